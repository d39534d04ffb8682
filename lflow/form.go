package lflow

import (
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
)

// parseForm reads a flow together with those that differ from it only in constants.
// It is false where the flow has no form or does not parse.
func (f *Flow) parseForm() (ok bool) {
	n := f.n
	f.matcher, f.bound, ok = n.flows.forms.Compile(uint16(placeOf(f.Pipeline, f.Table)), f.MatchText(), f.ActionsText(), n.flowEnv(), binder{n},
		func(match expr.Expr) (expr.Expr, []*boundGroup, error) {
			a, err := action.ParseFlow(f.ActionsText(), n.ActionEnv(f.Pipeline, f.Table))
			if err != nil {
				return nil, nil, err
			}
			f.actions.Store(&a)
			return a.Prereqs, n.groupsIn(match), nil
		})
	return ok
}
