package route

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/trace"
)

// rewrites are the changes of a packet in a datapath that are visible outside of it: for each field,
// the last one.  It is a value; each method returns a new list.
type rewrites []rewrite

type rewrite struct{ field, text string }

func (r rewrites) with(field, text string) rewrites {
	out := slices.DeleteFunc(slices.Clone(r), func(old rewrite) bool { return old.field == field })
	return append(out, rewrite{field, text})
}

func (r rewrites) list() []string {
	var out []string
	for _, w := range r {
		out = append(out, w.text)
	}
	return out
}

// change adds the change in a node, unless it is that of a register, which is not visible outside.
func (r rewrites) change(n *trace.Change) rewrites {
	if n.Target != nil && n.Target.Register {
		return r
	}
	return r.with(n.Field, wording.ChangeLine(n))
}

// fork adds the changes by NAT and load balancers.
func (r rewrites) fork(n *trace.Fork) rewrites {
	if n.Address == "" {
		return r
	}
	family, side := "ip4.", "dst"
	if n.IPv6 {
		family = "ip6."
	}
	if n.Kind == trace.ForkCTSNAT {
		side = "src"
	}
	return r.with(family+side, family+side+" = "+n.Address)
}

// within adds the changes by a table's actions, for a copy that ended in them.
func (r rewrites) within(t *trace.Table) rewrites {
	for _, n := range t.Nodes {
		if c, ok := n.(*trace.Change); ok {
			r = r.change(c)
		}
	}
	return r
}
