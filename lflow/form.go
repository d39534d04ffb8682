package lflow

import (
	"sync"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
)

// flowForm is the data that flows share that differ only in constants.
type flowForm struct {
	actions *actionsForm
	bound   []*boundGroup
}

// actionsForm is the data that flows of a table share whose actions differ only in constants.
type actionsForm struct {
	number  int
	differs bool // whether there are such constants
	prereqs expr.Expr
}

// actionsForms are the forms of a network, by the place and the key of expr.Form.
type actionsForms struct {
	mu  sync.Mutex
	all map[uint16]map[string]*actionsForm
	n   int
}

// of returns a form; for a new one it stores the result of read.
func (x *actionsForms) of(f expr.Form, read func() (prereqs expr.Expr, err error)) (*actionsForm, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	known := x.all[f.Place]
	if a := known[string(f.Key)]; a != nil {
		return a, nil
	}
	prereqs, err := read()
	if err != nil {
		return nil, err
	}
	if known == nil {
		if x.all == nil {
			x.all = map[uint16]map[string]*actionsForm{}
		}
		known = map[string]*actionsForm{}
		x.all[f.Place] = known
	}
	x.n++
	a := &actionsForm{x.n, f.Differs, prereqs}
	known[string(f.Key)] = a
	return a, nil
}

// parseForm parses a flow by its form. It returns false if the flow has no form or does not
// parse.
func (f *Flow) parseForm() (ok bool) {
	n := f.n
	var of flowForm
	f.matcher, of, ok = n.flows.forms.Compile(uint16(placeOf(f.Pipeline, f.Table)), f.MatchText(), f.ActionsText(), n.flowEnv(), binder{n: n},
		func(match expr.Expr, actions expr.Form) (expr.Expr, flowForm, error) {
			a, err := n.flows.actionsForms.of(actions, func() (expr.Expr, error) {
				a, err := action.ParseFlow(f.ActionsText(), n.ActionEnv(f.Pipeline, f.Table))
				if err == nil {
					f.actions.Store(&a)
				}
				return a.Prereqs, err
			})
			if err != nil {
				return nil, flowForm{}, err
			}
			return a.prereqs, flowForm{a, n.groupsIn(match)}, nil
		})
	f.form, f.bound = of.actions, of.bound
	return ok
}

// Form returns a number that is shared only by flows of the same table whose actions differ in
// nothing but constants: addresses, names of ports, ports of backends and numbers that parts
// of fields are set to; differs is false if they do not differ at all. The number is 0 for a
// flow that was parsed without a form.
func (f *Flow) Form() (number int, differs bool) {
	f.parsed()
	if f.form == nil {
		return 0, true
	}
	return f.form.number, f.form.differs
}
