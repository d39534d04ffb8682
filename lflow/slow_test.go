package lflow

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/packet"
)

// slowFlow is a flow read the plain way: its text parsed by itself, its match
// kept as a tree.
type slowFlow struct {
	*Flow
	tree   expr.Expr
	groups []*boundGroup
	err    bool
}

func readSlowly(n *Network, f *Flow) slowFlow {
	s := slowFlow{Flow: f}
	match, err1 := n.expand(f.MatchText())
	e, err2 := expr.Parse(match, n.flowEnv())
	text, err3 := n.expand(f.ActionsText())
	a, err4 := action.Parse(text, n.ActionEnv(f.Pipeline, f.Table))
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
		s.err = true
		return s
	}
	s.tree, s.groups = expr.Annotate(expr.AllOf(e, a.Prereqs)), n.groupsIn(e)
	return s
}

// slowLookup finds a packet's flow among all flows of a table, one after the
// other.
func slowLookup(n *Network, flows []slowFlow, p *packet.Packet, d *Datapath) (found *Flow, rivals, unparsed []*Flow) {
	for _, f := range flows {
		if found != nil && f.Priority != found.Priority {
			break
		}
		if f.err {
			if f.mayMatch(p, d) {
				unparsed = append(unparsed, f.Flow)
			}
			continue
		}
		if !holds(n, f.tree, p, d) {
			continue
		}
		known := true
		for _, g := range f.groups {
			known = known && g.on(d.Index)
		}
		switch {
		case !known:
			unparsed = append(unparsed, f.Flow)
		case found == nil:
			found = f.Flow
		default:
			rivals = append(rivals, f.Flow)
		}
	}
	unparsed = slices.DeleteFunc(unparsed, func(f *Flow) bool { return found != nil && f.Priority <= found.Priority })
	return found, rivals, unparsed
}

// holds evaluates a tree on a packet.
func holds(n *Network, e expr.Expr, p *packet.Packet, d *Datapath) bool {
	switch e := e.(type) {
	case expr.Bool:
		return bool(e)
	case *expr.Resident:
		return n.resident(e.Port) != e.Not
	case *expr.And:
		for _, s := range e.Subs {
			if !holds(n, s, p, d) {
				return false
			}
		}
		return true
	case *expr.Or:
		for _, s := range e.Subs {
			if holds(n, s, p, d) {
				return true
			}
		}
		return false
	case *expr.Cmp:
		return compares(n, e, p, d)
	}
	panic("a tree of unknown kind")
}

func compares(n *Network, e *expr.Cmp, p *packet.Packet, d *Datapath) bool {
	f := e.Symbol.Field
	if f == nil {
		return false
	}
	v := p.Get(f)
	if e.Symbol.Width > 0 {
		order := v.And(e.Mask).Cmp(e.Value)
		return map[expr.Op]bool{
			expr.EQ: order == 0, expr.NE: order != 0, expr.LT: order < 0, expr.LE: order <= 0,
			expr.GT: order > 0, expr.GE: order >= 0,
		}[e.Op]
	}
	var set expr.PortSet
	if e.Group != "" {
		set = n.boundGroup(e.Group)
	} else if set = n.portSet(e.Port); set == nil {
		return false
	}
	return set.Has(d.Index, v.Lo&0xffff) == (e.Op == expr.EQ)
}
