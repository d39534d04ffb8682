package lflow

import (
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
)

// flowForm is what flows share that differ only in constants.
type flowForm struct {
	number int
	bound  []*boundGroup
}

// parseForm reads a flow together with those that differ from it only in constants.
// It is false where the flow has no form or does not parse.
func (f *Flow) parseForm() (ok bool) {
	n := f.n
	var of flowForm
	f.matcher, of, ok = n.flows.forms.Compile(uint16(placeOf(f.Pipeline, f.Table)), f.MatchText(), f.ActionsText(), n.flowEnv(), binder{n},
		func(match expr.Expr) (expr.Expr, flowForm, error) {
			a, err := action.ParseFlow(f.ActionsText(), n.ActionEnv(f.Pipeline, f.Table))
			if err != nil {
				return nil, flowForm{}, err
			}
			f.actions.Store(&a)
			return a.Prereqs, flowForm{int(n.flows.numbers.Add(1)), n.groupsIn(match)}, nil
		})
	f.form, f.bound = of.number, of.bound
	return ok
}

// Form returns a number that only flows of the same table share that differ in nothing
// but constants: addresses, names of ports, numbers that matches compare with, and, of
// actions, ports of back ends and numbers that parts of fields are set to.  It is 0 for a
// flow that was read by itself.
func (f *Flow) Form() int {
	f.parsed()
	return f.form
}
