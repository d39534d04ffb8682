package cli

import (
	"fmt"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// fieldTest selects the flows whose match refers to certain fields and that may match a
// packet with certain values of them.  A flow that several datapaths share is parsed once.
type fieldTest struct {
	n      *lflow.Network
	filter *listFilter
	fields map[*expr.Symbol]bool
	words  []string  // a match that refers to the fields contains one of them
	wanted expr.Expr // the values, annotated; nil for any values

	answers map[lflow.UUID]*fieldAnswer // for flows whose match contains one of the words
}

// fieldAnswer is whether to list a flow.
type fieldAnswer struct {
	keep bool

	// ports is the condition to evaluate for each datapath if the answer depends on which of
	// its ports are in a port group.
	ports expr.Expr
}

// newFieldTest reads a field or a comparison, as in a microflow.
func (o *listFilter) newFieldTest(n *lflow.Network, text string) (*fieldTest, error) {
	t := &fieldTest{n: n, filter: o, fields: map[*expr.Symbol]bool{}, answers: map[lflow.UUID]*fieldAnswer{}}
	e, err := expr.Parse(text, n.CheckEnv())
	if ref, ferr := n.Symbols().ParseFieldRef(strings.TrimSpace(text)); ferr == nil && ref.Symbol.Predicate == "" {
		t.fields[root(ref.Symbol)] = true
	} else if err != nil {
		return nil, fmt.Errorf("--field: %w", err)
	} else {
		expr.Walk(e, func(e expr.Expr) bool {
			if c, ok := e.(*expr.Cmp); ok {
				t.fields[root(c.Symbol)] = true
			}
			return true
		})
		t.wanted = expr.Annotate(e)
	}
	for _, s := range n.Symbols().All() {
		if t.fields[root(s)] {
			t.words = append(t.words, s.Name)
		}
	}
	return t, nil
}

// keep reports whether to list a flow of a datapath.
func (t *fieldTest) keep(d *lflow.Datapath, f *lflow.Flow) bool {
	a := t.answers[f.UUID]
	if a == nil {
		if !t.named(f.MatchText()) {
			return false
		}
		a = &fieldAnswer{}
		t.answers[f.UUID] = a
		t.answer(d, f, a)
		return a.keep
	}
	if a.ports != nil {
		keep, _, _ := t.satisfiable(d, a.ports)
		return keep
	}
	return a.keep
}

// named reports whether a match contains the name of one of the fields, or a template
// variable, whose value may contain it.
func (t *fieldTest) named(match string) bool {
	for _, w := range t.words {
		if strings.Contains(match, w) {
			return true
		}
	}
	return strings.Contains(match, "^")
}

// answer parses a flow and decides whether to list it on a datapath.
func (t *fieldTest) answer(d *lflow.Datapath, f *lflow.Flow, a *fieldAnswer) {
	looks, err := t.looks(f)
	if err != nil {
		t.filter.unread[f.UUID] = true
	}
	if !looks || t.wanted == nil {
		a.keep = looks
		return
	}
	condition, ok := f.Condition()
	if !ok {
		t.filter.unread[f.UUID] = true
		return
	}
	e := expr.AllOf(t.wanted, condition)
	var decided, grouped bool
	if a.keep, decided, grouped = t.satisfiable(d, e); !decided {
		t.filter.undecided[f.UUID] = true
	}
	if grouped {
		a.ports = e
	}
}

// satisfiable reports whether a packet on a datapath may satisfy an expression,
// and whether that depends on the ports in a port group.
func (t *fieldTest) satisfiable(d *lflow.Datapath, e expr.Expr) (ok, decided, grouped bool) {
	binder := t.n.Binder()
	ok, decided = expr.Satisfiable(e, expr.Names{
		Resident: binder.Resident,
		Member: func(group, port string) bool {
			grouped = true
			key, ok := t.n.PortKey(d, port)
			return ok && binder.Group(group).Has(d.Index, key)
		},
	})
	return ok, decided, grouped
}

// looks reports whether the parsed match of a flow refers to one of the fields.
func (t *fieldTest) looks(f *lflow.Flow) (found bool, err error) {
	text, err := f.ParsedMatch()
	if err != nil {
		return false, err
	}
	e, err := expr.ParseFlow(text, t.n.FlowEnv())
	if err != nil {
		return false, err
	}
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Cmp); ok {
			found = found || t.fields[root(c.Symbol)]
		}
		return !found
	})
	return found, nil
}

// root returns the field that a subfield is part of.
func root(s *expr.Symbol) *expr.Symbol {
	for s.Parent != nil {
		s = s.Parent
	}
	return s
}
