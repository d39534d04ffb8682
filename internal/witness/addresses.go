package witness

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// addresses are the packets that have one of some IP addresses in any of the fields that
// hold addresses.  Flows copy addresses from one of these fields to another, or set them
// to constants.  So a packet has none of the addresses after a flow unless it had one
// before, or took a flow that sets one: then it had an address that this flow matches.
type addresses struct {
	list []address
}

// address is addresses of a family, under a mask.
type address struct {
	v6      bool
	v, mask packet.Value
}

// holders are the fields that hold addresses, those of the destination first.  ARP's
// share them with IPv4.
var holders = []*packet.Field{packet.IPv4Dst, packet.IPv6Dst, packet.IPv4Src, packet.IPv6Src, packet.NDTarget}

var holding = func() (w words) {
	var r Region
	for _, f := range holders {
		r.Fix(f, packet.Value{}, packet.Ones(f.Bits))
	}
	return r.mask
}()

// has reports whether an address under a mask is one of them.
func (a *addresses) has(o address) bool {
	return slices.ContainsFunc(a.list, func(k address) bool {
		return k.v6 == o.v6 && k.mask.AndNot(o.mask).IsZero() && k.v.Xor(o.v).And(k.mask).IsZero()
	})
}

// add adds an address that all packets of a region have.  It is false where they have
// none in common.
func (a *addresses) add(r *Region) bool {
	var found []address
	c := *r
	for _, f := range holders {
		if v, m := c.forget(f, packet.Ones(f.Bits)); !m.IsZero() {
			o := address{f.Bits > 32, v, m}
			if a.has(o) {
				return true
			}
			found = append(found, o)
		}
	}
	if len(found) > 0 {
		a.list = append(a.list, found[0])
	}
	return len(found) > 0
}

// regions returns the packets.
func (a *addresses) regions() (out []*Region) {
	for _, k := range a.list {
		for _, f := range holders {
			if k.v6 == (f.Bits > 32) {
				r := &Region{}
				r.Fix(f, k.v, k.mask)
				out = append(out, r)
			}
		}
	}
	return out
}

// maxAddresses is how many addresses are followed.
const maxAddresses = 1024

// addresses returns addresses of which every packet has one that any flows turn into one
// of some regions; nil where there are none that all have.
func (x *Finder) addresses(list []*Region) *addresses {
	a := &addresses{}
	for _, r := range list {
		if !a.add(r) {
			return nil
		}
	}
	texts := x.assignments()
	if texts == nil {
		return nil
	}
	done := make([]bool, len(texts))
	for changed := true; changed; {
		changed = false
		for i, t := range texts {
			if done[i] || !slices.ContainsFunc(t.values, a.has) {
				continue
			}
			done[i], changed = true, true
			for _, row := range t.rows {
				if !x.matched(row.Flow(), a) || len(a.list) > maxAddresses {
					return nil
				}
			}
		}
	}
	return a
}

// matched adds addresses of the packets that a flow matches.
func (x *Finder) matched(f *lflow.Flow, a *addresses) bool {
	cond := f.Condition()
	if cond == nil {
		return false
	}
	list, ok := expr.Cubes(cond, maxRegions, x.n.Binder().Resident)
	if !ok {
		return false
	}
	for _, c := range list {
		r, possible := &Region{}, true
		for _, t := range c.Terms() {
			if t.Symbol.Field != nil && t.Symbol.Width > 0 {
				possible = possible && r.Fix(t.Symbol.Field, t.Value, t.Mask)
			}
		}
		if possible && !a.add(r) {
			return false
		}
	}
	return true
}

// assignment is the flows that have the same actions, which set addresses.
type assignment struct {
	values []address
	rows   []lflow.FlowRow
}

// readAssignments returns all actions that set addresses, nil where what some actions set
// is not known.
func readAssignments(n *lflow.Network) []*assignment {
	byText := map[string]*assignment{}
	out := []*assignment{}
	unknown := false
	n.Search(func(r lflow.FlowRow) bool {
		if unknown {
			return false
		}
		text := r.Actions()
		t, known := byText[text]
		if !known {
			a, err := action.ParseFlow(text, n.ActionEnv(r.Pipeline(), r.Table()))
			unknown = err != nil || strings.ContainsRune(text, '^')
			if t = (&assignment{}); !unknown {
				unknown = !t.read(n, a.List)
			}
			if len(t.values) == 0 {
				t = nil
			} else {
				out = append(out, t)
			}
			byText[text] = t
		}
		if t != nil {
			t.rows = append(t.rows, r)
		}
		return false
	})
	if unknown {
		return nil
	}
	return out
}

// holder returns the field that holds addresses and is all of what a reference stands
// for; touches reports whether it has bits of one at all.
func holder(ref expr.FieldRef) (f *packet.Field, touches bool) {
	field, ofs, bits := ref.Resolve()
	if field == nil {
		return nil, false
	}
	var r Region
	r.Fix(field, packet.Value{}, packet.Range(ofs, bits))
	for i, m := range r.mask {
		touches = touches || m&holding[i] != 0
	}
	for _, h := range holders {
		var whole Region
		whole.Fix(h, packet.Value{}, packet.Ones(h.Bits))
		if whole.mask == r.mask {
			return h, true
		}
	}
	return nil, touches
}

// read adds the addresses that actions set.  It is false where they make an address of
// anything but constants and other addresses.
func (t *assignment) read(n *lflow.Network, list []action.Action) bool {
	for _, a := range list {
		if !t.readOne(n, a) {
			return false
		}
	}
	return true
}

func (t *assignment) readOne(n *lflow.Network, a action.Action) bool {
	set := func(f *packet.Field, v packet.Value) {
		t.values = append(t.values, address{f.Bits > 32, v, packet.Ones(f.Bits)})
	}
	switch a := a.(type) {
	case *action.Load:
		f, touches := holder(a.Dst)
		if f != nil && !a.Value.Number.Masked {
			set(f, a.Value.Number.Value)
			return true
		}
		return !touches
	case *action.Move:
		return copies(a.Dst, a.Src, false)
	case *action.Exchange:
		return copies(a.Left, a.Right, true)
	case *action.CTNAT:
		if a.Addr.IsValid() && !n.Dialect.Has(dialect.NATKeepsAddress) {
			set(translated(a), packet.FromAddr(a.Addr))
		}
	case *action.CTLB:
		for _, b := range a.Backends {
			f := packet.IPv4Dst
			if !b.Addr.Is4() {
				f = packet.IPv6Dst
			}
			set(f, packet.FromAddr(b.Addr))
		}
	case *action.DHCPRelay:
		set(packet.IPv4Dst, packet.Uint(0xffffffff))
	case *action.Nested:
		return !isFollowed(a.Kind) || t.read(n, a.List)
	}
	refs, _ := writes(a)
	return !slices.ContainsFunc(refs, func(ref expr.FieldRef) bool {
		_, touches := holder(ref)
		return touches
	})
}

// copies reports whether what is copied to fields that hold addresses is the whole of
// another one.
func copies(dst, src expr.FieldRef, both bool) bool {
	to, touches := holder(dst)
	from, read := holder(src)
	if !touches && !(both && read) {
		return true
	}
	return to != nil && from != nil && to.Bits == from.Bits
}
