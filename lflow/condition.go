package lflow

import (
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
)

// Condition returns the condition under which a packet matches the flow, for comparing flows:
// the annotated match and the actions' prerequisites, with unresolved references to port
// groups and conditions on chassis. Each call parses the flow. ok is false for a flow that does
// not parse.
func (f *Flow) Condition() (e expr.Expr, ok bool) {
	n := f.n
	match, err := n.expand(f.MatchText())
	if err != nil {
		return nil, false
	}
	e, err = expr.ParseFlow(match, n.flowEnv())
	if err != nil {
		return nil, false
	}
	text, err := n.expand(f.ActionsText())
	if err != nil {
		return nil, false
	}
	a, err := action.ParseFlow(text, n.ActionEnv(f.Pipeline, f.Table))
	if err != nil {
		return nil, false
	}
	return expr.Annotate(expr.AllOf(e, a.Prereqs)), true
}
