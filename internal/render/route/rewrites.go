package route

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/trace"
)

// rewrites are what happened to a packet on its way through a datapath, as far
// as it can be seen from outside: at most one a field, the last.  It is used
// as a value; each method returns a new list.
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

// change adds what a node says, unless it is about a register: nobody outside
// sees those.
func (r rewrites) change(n *trace.Change) rewrites {
	if n.Target != nil && n.Target.Register {
		return r
	}
	return r.with(n.Field, wording.ChangeLine(n))
}

// fork adds what NAT and load balancers put into a packet.
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

// within adds all that a table's own actions change, for a copy that ended in
// them.
func (r rewrites) within(t *trace.Table) rewrites {
	for _, n := range t.Nodes {
		if c, ok := n.(*trace.Change); ok {
			r = r.change(c)
		}
	}
	return r
}
