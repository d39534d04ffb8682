package witness

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// addresses are the packets that have one of some IP addresses in one of the fields from
// which it may come to where it counts.  Flows copy addresses from one of these fields to another, or set them
// to constants.  So a packet has none of the addresses after a flow unless it had one
// before, or took a flow that sets one: then it had an address that this flow matches.
//
// The address that such a flow matches counts with the protocol and the destination port
// that it matches too, unless other flows set these to the same.
type addresses struct {
	list    []address
	ports   []uint64 // the constants that flows set protocols and ports to
	free    bool     // whether flows set them to anything else
	sources func(holder int) fieldSet

	packets []*Region // see regions
}

// address is addresses of a family, under a mask, in some fields.
type address struct {
	v6      bool
	v, mask packet.Value
	in      fieldSet
	service service
}

// fieldSet is a set of the fields that hold addresses, a bit for each in the order of holders.
type fieldSet uint8

// service is a protocol and a destination port, 0 and 0 for all.
type service struct{ proto, port uint64 }

// holders are the fields that hold addresses, those of the destination first.  ARP's
// share them with IPv4.
var holders = []*packet.Field{packet.IPv4Dst, packet.IPv6Dst, packet.IPv4Src, packet.IPv6Src, packet.NDTarget}

const numHolders = 5

var holding = func() (w words) {
	var r Region
	for _, f := range holders {
		r.Fix(f, packet.Value{}, packet.Ones(f.Bits))
	}
	return r.mask
}()

// within reports whether an address under a mask is among others, in one of their fields.
func (a *address) within(o *address) bool {
	return a.v6 == o.v6 && a.in&o.in != 0 && o.mask.AndNot(a.mask).IsZero() && a.v.Xor(o.v).And(o.mask).IsZero()
}

// has reports whether an address under a mask is one of them.
func (a *addresses) has(o address) bool {
	return slices.ContainsFunc(a.list, func(k address) bool { return o.within(&k) })
}

// add adds an address that all packets of a region have.  It is false where they have
// none in common.
func (a *addresses) add(r *Region) bool {
	var found []address
	var of service
	c := *r
	proto, whole := c.forget(packet.IPProto, packet.Ones(8))
	port, all := c.forget(packet.TPDst, packet.Ones(16))
	if !a.free && whole == packet.Ones(8) && all == packet.Ones(16) &&
		!slices.Contains(a.ports, port.Lo) && !slices.Contains(a.ports, proto.Lo) {
		of = service{proto.Lo, port.Lo}
	}
	for i, f := range holders {
		v, m := c.forget(f, packet.Ones(f.Bits))
		if m.IsZero() {
			continue
		}
		o := address{f.Bits > 32, v, m, 1 << i, of}
		if slices.ContainsFunc(a.list, func(k address) bool {
			return o.within(&k) && (k.service == service{} || k.service == o.service)
		}) {
			return true
		}
		found = append(found, o)
	}
	if len(found) > 0 {
		o := found[0]
		o.in = a.sources(bits.TrailingZeros8(uint8(o.in)))
		a.list = append(a.list, o)
	}
	return len(found) > 0
}

// regions returns the packets.
func (a *addresses) regions() []*Region {
	if a.packets != nil {
		return a.packets
	}
	var out []*Region
	for _, k := range a.list {
		for i, f := range holders {
			if k.in>>i&1 != 0 {
				r := &Region{}
				r.Fix(f, k.v, k.mask)
				if k.service != (service{}) {
					r.Fix(packet.IPProto, packet.Uint(k.service.proto), packet.Ones(8))
					r.Fix(packet.TPDst, packet.Uint(k.service.port), packet.Ones(16))
				}
				out = append(out, r)
			}
		}
	}
	a.packets = out
	return out
}

// maxAddresses is how many addresses are followed.
const maxAddresses = 1024

// addresses returns addresses of which every packet has one that any flows turn into one
// of some regions; nil where there are none that all have.
func (x *Finder) addresses(list []*Region) *addresses {
	known := x.assignments()
	if known == nil {
		return nil
	}
	a := &addresses{ports: known.ports, free: known.anyPort, sources: known.sources}
	for _, r := range list {
		if !a.add(r) {
			return nil
		}
	}
	texts := known.list
	done := make([]bool, len(texts))
	for changed := true; changed; {
		changed = false
		for i, t := range texts {
			if done[i] || !slices.ContainsFunc(t.values, a.has) {
				continue
			}
			done[i], changed = true, true
			for _, row := range t.rows {
				if f := row.Flow(); t.isAnswer(f) {
					continue
				} else if !x.matched(f, a) || len(a.list) > maxAddresses {
					return nil
				}
			}
		}
	}
	return a
}

// matched adds addresses of the packets that a flow matches.
func (x *Finder) matched(f *lflow.Flow, a *addresses) bool {
	cond, ok := f.Condition()
	if !ok {
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

// assignments are all actions that set addresses.
type assignments struct {
	list    []*assignment
	ports   []uint64 // the constants that actions set protocols and ports to
	anyPort bool     // whether actions set them to anything else

	from [numHolders]fieldSet // for each field those that it is copied from
}

// assignment is the flows that have the same actions, which set addresses.
type assignment struct {
	all    *assignments
	values []address
	copies [][2]int // from one field to another
	turn   int      // the place in turns of the answer that the actions may make, -1 for none
	rows   []lflow.FlowRow
}

// readAssignments returns all actions that set addresses, nil where what some actions set
// is not known.
func readAssignments(n *lflow.Network) *assignments {
	byText := map[string]*assignment{}
	out := &assignments{}
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
			if t = (&assignment{all: out, turn: -1}); !unknown {
				unknown = !t.read(n, a.List)
			}
			if len(t.values)+len(t.copies) == 0 {
				t = nil
			} else {
				out.list = append(out.list, t)
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
	slices.Sort(out.ports)
	out.ports = slices.Compact(out.ports)
	for _, t := range out.list {
		if slices.ContainsFunc(t.copies, func(c [2]int) bool { return out.from[c[1]]>>c[0]&1 == 0 }) &&
			slices.ContainsFunc(t.rows, func(r lflow.FlowRow) bool { return !t.isAnswer(r.Flow()) }) {
			for _, c := range t.copies {
				out.from[c[1]] |= 1 << c[0]
			}
		}
	}
	return out
}

// sources returns the fields from which an address may come to a field.
func (a *assignments) sources(holder int) fieldSet {
	set := fieldSet(1) << holder
	for before := fieldSet(0); before != set; {
		before = set
		for i, from := range a.from {
			if set>>i&1 != 0 {
				set |= from
			}
		}
	}
	return set
}

// isAnswer reports whether the actions turn every packet that takes a flow into the answer to
// it.
func (t *assignment) isAnswer(f *lflow.Flow) bool {
	return t.turn >= 0 && surely(f, region(turns[t.turn].request...))
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
		t.values = append(t.values, address{f.Bits > 32, v, packet.Ones(f.Bits), 1 << slices.Index(holders, f), service{}})
	}
	switch a := a.(type) {
	case *action.Load:
		if a.Dst.Symbol.Width > 0 {
			t.turn = max(t.turn, answerOf(a.Dst, a.Value.Number.Value))
		}
		if field, ofs, bits := a.Dst.Resolve(); isPort(field) {
			t.all.anyPort = t.all.anyPort || field.Bits != bits || ofs != 0 || a.Value.Number.Masked
			t.all.ports = append(t.all.ports, a.Value.Number.Value.Lo)
		}
		f, touches := holder(a.Dst)
		if f != nil && !a.Value.Number.Masked {
			set(f, a.Value.Number.Value)
			return true
		}
		return !touches
	case *action.Move:
		t.all.readPorts([]expr.FieldRef{a.Dst})
		return t.readCopy(a.Dst, a.Src, false)
	case *action.Exchange:
		t.all.readPorts([]expr.FieldRef{a.Left, a.Right})
		return t.readCopy(a.Left, a.Right, true)
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
			t.all.ports = append(t.all.ports, uint64(b.Port))
		}
	case *action.DHCPRelay:
		set(packet.IPv4Dst, packet.Uint(0xffffffff))
	case *action.Nested:
		return a.Kind != action.Clone || t.read(n, a.List)
	}
	refs, _ := writes(a)
	t.all.readPorts(refs)
	return !slices.ContainsFunc(refs, func(ref expr.FieldRef) bool {
		_, touches := holder(ref)
		return touches
	})
}

// readCopy adds a copy, or both of an exchange.  It is false where what is copied to a field
// that holds addresses is not the whole of another one.
func (t *assignment) readCopy(dst, src expr.FieldRef, both bool) bool {
	to, touches := holder(dst)
	from, read := holder(src)
	if !touches && !(both && read) {
		return true
	}
	if to == nil || from == nil || to.Bits != from.Bits {
		return false
	}
	i, k := slices.Index(holders, from), slices.Index(holders, to)
	if t.copies = append(t.copies, [2]int{i, k}); both {
		t.copies = append(t.copies, [2]int{k, i})
	}
	return true
}

// isPort reports whether a field shares bits with a destination port or a protocol.
func isPort(f *packet.Field) bool {
	if f == nil {
		return false
	}
	word, _, _ := f.Place()
	port, _, _ := packet.TPDst.Place()
	proto, _, _ := packet.IPProto.Place()
	return word == port || word == proto
}

// readPorts notes that actions set fields to what is not known.
func (a *assignments) readPorts(refs []expr.FieldRef) {
	for _, ref := range refs {
		if f, _, _ := ref.Resolve(); isPort(f) {
			a.anyPort = true
		}
	}
}
