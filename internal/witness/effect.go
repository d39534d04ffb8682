package witness

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// outcome is one possible effect of an action, with the packets for which it is possible.
// The outcomes of an action cover all packets.
type outcome struct {
	when   *Region   // the packets that have the outcome, nil for all
	except []*Region // those of them that have another outcome
	state  uint64    // the conntrack state that the lookup returns, 0 for none

	// back turns a region after the action into the one before it. If over is true, the
	// result has every packet that the outcome takes into the region, else it has only
	// packets that are known to be taken there. It returns false if there is none. A nil
	// back changes nothing.
	back func(r *Region, over bool) bool
}

// lookups are the conntrack states that a lookup may return, the most common first.
var lookups = []uint64{
	packet.CTTracked | packet.CTNew,
	packet.CTTracked | packet.CTEstablished,
	packet.CTTracked | packet.CTEstablished | packet.CTReply,
	packet.CTTracked | packet.CTInvalid,
	packet.CTTracked | packet.CTRelated,
	packet.CTTracked | packet.CTReply | packet.CTRelated,
	packet.CTTracked,
	packet.CTTracked | packet.CTNew | packet.CTRelated,
	packet.CTTracked | packet.CTEstablished | packet.CTRelated,
	packet.CTTracked | packet.CTEstablished | packet.CTReply | packet.CTRelated,
	packet.CTTracked | packet.CTNew | packet.CTDstNAT,
	packet.CTTracked | packet.CTEstablished | packet.CTDstNAT,
	packet.CTTracked | packet.CTEstablished | packet.CTReply | packet.CTDstNAT,
	packet.CTTracked | packet.CTNew | packet.CTSrcNAT,
	packet.CTTracked | packet.CTEstablished | packet.CTSrcNAT,
	packet.CTTracked | packet.CTEstablished | packet.CTReply | packet.CTSrcNAT,
	packet.CTTracked | packet.CTEstablished | packet.CTSrcNAT | packet.CTDstNAT,
	packet.CTTracked | packet.CTEstablished | packet.CTReply | packet.CTSrcNAT | packet.CTDstNAT,
}

// cares are the bits of a packet on which the regions of a step depend.
type cares words

// field reports whether bits of a field are in c.
func (c *cares) field(f *packet.Field, mask packet.Value) bool {
	r := Region{mask: words(*c)}
	_, m := r.forget(f, mask)
	return !m.IsZero()
}

// anyBit reports whether any bit of the fields is in c.
func (c *cares) anyBit(fields ...*packet.Field) bool {
	return slices.ContainsFunc(fields, func(f *packet.Field) bool { return c.field(f, packet.Ones(f.Bits)) })
}

// ref reports whether bits to which a reference refers are in c.
func (c *cares) ref(f expr.FieldRef) bool {
	field, ofs, bits := f.Resolve()
	return field != nil && c.field(field, packet.Range(ofs, bits))
}

// set undoes an assignment of a constant to bits of a field. It returns false if the region
// requires another value.
func set(r *Region, f *packet.Field, v, mask packet.Value) bool {
	was, m := r.forget(f, mask)
	return was.Xor(v).And(m).IsZero()
}

func setField(r *Region, f *packet.Field, v uint64) bool {
	return set(r, f, packet.Uint(v), packet.Ones(f.Bits))
}

func setRef(r *Region, f expr.FieldRef, v uint64) bool {
	field, ofs, bits := f.Resolve()
	return field == nil || set(r, field, packet.Uint(v).And(packet.Ones(bits)).Shl(ofs), packet.Range(ofs, bits))
}

// lose removes the requirements on fields that get an unknown value.
func lose(r *Region, over bool, fields ...*packet.Field) bool {
	for _, f := range fields {
		if _, m := r.forget(f, packet.Ones(f.Bits)); !over && !m.IsZero() {
			return false
		}
	}
	return true
}

func loseRef(r *Region, over bool, f expr.FieldRef) bool {
	field, ofs, bits := f.Resolve()
	if field == nil {
		return true
	}
	_, m := r.forget(field, packet.Range(ofs, bits))
	return over || m.IsZero()
}

// moveField undoes a copy of a field to another one of the same width.
func moveField(r *Region, dst, src *packet.Field) bool {
	v, m := r.forget(dst, packet.Ones(dst.Bits))
	return r.Fix(src, v, m)
}

// move turns a region after a copy or an exchange into the one before it.
func move(r *Region, dst, src expr.FieldRef, both bool) bool {
	df, dofs, bits := dst.Resolve()
	sf, sofs, _ := src.Resolve()
	if df == nil || sf == nil {
		return true
	}
	v, m := r.forget(df, packet.Range(dofs, bits))
	if both {
		w, n := r.forget(sf, packet.Range(sofs, bits))
		if !r.Fix(df, w.Shr(sofs).Shl(dofs), n.Shr(sofs).Shl(dofs)) {
			return false
		}
	}
	return r.Fix(sf, v.Shr(dofs).Shl(sofs), m.Shr(dofs).Shl(sofs))
}

// only returns the outcome of an action that has a single one.
func only(back func(r *Region, over bool) bool) []outcome { return []outcome{{back: back}} }

// bit returns the function that undoes the assignment of a constant; see outcome.back.
func bit(dst expr.FieldRef, v uint64) func(*Region, bool) bool {
	return func(r *Region, _ bool) bool { return setRef(r, dst, v) }
}

// outcomes returns the possible effects of an action on the bits of a step, or nil if it
// has none. ok is false if the packet ends there.
func (o op) outcomes(x *path, c *cares) ([]outcome, bool) {
	switch a := o.Action.(type) {
	case *action.Load:
		return x.assign(a, c), true
	case *action.Move:
		if !c.ref(a.Dst) {
			return nil, true
		}
		return only(func(r *Region, _ bool) bool { return move(r, a.Dst, a.Src, false) }), true
	case *action.Exchange:
		if !c.ref(a.Left) && !c.ref(a.Right) {
			return nil, true
		}
		return only(func(r *Region, _ bool) bool { return move(r, a.Left, a.Right, true) }), true
	case *action.Pop:
		return only(func(r *Region, over bool) bool { return loseRef(r, over, a.Field) }), true
	case *action.DecTTL:
		if !c.anyBit(packet.IPTTL) {
			return nil, true
		}
		return only(decrement), true
	case *action.CTClear:
		return only(func(r *Region, over bool) bool {
			return setField(r, packet.CTState, 0) && setField(r, packet.CTMark, 0) && set(r, packet.CTLabel, packet.Value{}, packet.Ones(128)) && lose(r, over, tuple...)
		}), true
	case *action.CTNext, *action.CTNAT, *action.CTLB, *action.CTCommitNAT, *action.CTCommitToZone:
		if !o.fork {
			return nil, true
		}
		return x.conntrack(a, c), true
	case *action.Select:
		return o.members(a, c), true
	case *action.Mirror:
		if !o.fork {
			return nil, true
		}
		port, err := x.n.Port(a.Port)
		if err != nil || port.Datapath != x.d {
			return nil, false
		}
		return only(func(r *Region, _ bool) bool {
			return setField(r, packet.Inport, 0) && setField(r, packet.Outport, port.Key)
		}), true
	case *action.Nested:
		if !o.enter || a.Kind == action.Clone {
			return nil, true
		}
		return only(func(r *Region, over bool) bool { return made(a.Kind, r, over) }), true
	case *action.PutOpts:
		return only(bit(a.Dst, 1)), true
	case *action.DHCPRelay:
		return only(func(r *Region, _ bool) bool {
			return setRef(r, a.Dst, 1) && (!a.Resp || setField(r, packet.IPv4Dst, 0xffffffff) && setField(r, packet.EthDst, 0xffffffffffff))
		}), true
	case *action.CheckPktLarger:
		return x.larger(a, c), true
	case *action.Result:
		return x.query(a, c), true
	case *action.GetMACBind, *action.LookupMACBind, *action.LookupMACBindIP, *action.ChkEVPNARP, *action.GetFDB, *action.LookupFDB:
		return x.learned(a, c), true

	// These end the actions of a flow, and edges has their targets, or they change nothing
	// that a region can require.
	case *action.Output, *action.Next, *action.FloodRemote, *action.FwdGroup,
		*action.Push, *action.OVNFieldLoad, *action.CTCommit, *action.CTCommitParams, *action.CTSNATToVIP,
		*action.CommitECMPNH, *action.CommitLBAff, *action.PutMACBind, *action.PutFDB, *action.BindVport, *action.HandleSvcCheck,
		*action.IGMP, *action.DHCPv6Reply, *action.BFDMsg, *action.TriggerEvent, *action.SetQueue, *action.SetMeter,
		*action.Log, *action.Sample, *action.MACCacheUse:
		return nil, true
	}
	return only(unmodelled), true
}

// unmodelled is the outcome of an action whose effect is not known: any packet may be in
// the region after it, but none is known to be.
func unmodelled(r *Region, over bool) bool {
	*r = Region{}
	return over
}

// loaded returns the value that an assignment gives to bits of a field. The field is nil if
// no packet has it.
func (p *path) loaded(a *action.Load) (field *packet.Field, value, mask packet.Value) {
	field, ofs, bits := a.Dst.Resolve()
	value, mask = a.Value.Number.Value, packet.Ones(bits)
	if a.Dst.Symbol.Width == 0 {
		key, _ := p.n.PortKey(p.d, a.Value.Str)
		value = packet.Uint(key)
	} else if a.Value.Number.Masked {
		mask = mask.And(a.Value.Number.Mask)
	}
	return field, value.And(mask).Shl(ofs), mask.Shl(ofs)
}

// assign returns the outcome of an assignment.
func (p *path) assign(a *action.Load, c *cares) []outcome {
	field, value, mask := p.loaded(a)
	if field == nil {
		return nil
	}
	if _, ofs, bits := a.Dst.Resolve(); !c.field(field, packet.Range(ofs, bits)) {
		return nil
	}
	return only(func(r *Region, _ bool) bool { return set(r, field, value, mask) })
}

// decrement undoes "ip.ttl--", which does not change 0.
func decrement(r *Region, over bool) bool {
	v, m := r.forget(packet.IPTTL, packet.Ones(8))
	if m != packet.Ones(8) || v.Lo == 0 {
		return over || m.IsZero()
	}
	return v.Lo < 255 && r.Fix(packet.IPTTL, packet.Uint(v.Lo+1), m)
}

// members returns the outcomes of a selection among members, each with its number.
func (o op) members(a *action.Select, c *cares) (out []outcome) {
	if !o.fork || !c.ref(a.Dst) {
		return nil
	}
	for _, m := range a.Members {
		out = append(out, outcome{back: bit(a.Dst, uint64(m.ID))})
	}
	return out
}

// larger returns the outcomes of a check of the packet's length, one for each length that
// checks distinguish.
func (p *path) larger(a *action.CheckPktLarger, c *cares) (out []outcome) {
	if !c.ref(a.Dst) {
		return nil
	}
	for _, length := range p.x.lengths() {
		when := &Region{}
		when.fixWord(lengthWord, uint64(length), ^uint64(0))
		answer := uint64(0)
		if length > int(a.Len) {
			answer = 1
		}
		out = append(out, outcome{when: when, back: bit(a.Dst, answer)})
	}
	return out
}

// query returns the outcomes of an action without arguments that stores a result.
func (p *path) query(a *action.Result, c *cares) []outcome {
	if !c.ref(a.Dst) {
		return nil
	}
	switch a.Kind {
	case action.DNSLookup:
		return only(bit(a.Dst, 0))
	case action.CheckInPortSec:
		return p.security(a.Dst, packet.Inport)
	case action.CheckOutPortSec:
		return p.security(a.Dst, packet.Outport)
	case action.ChkLBHairpin, action.ChkLBHairpinReply:
		return p.hairpin(a)
	case action.CTTpDst:
		return only(moveTo(a.Dst, packet.TPDst))
	case action.CTProto:
		return only(moveTo(a.Dst, packet.IPProto))
	case action.CTStateSave:
		return []outcome{{when: tracked(true), back: moveTo(a.Dst, packet.CTState)}, {when: tracked(false), back: bit(a.Dst, 0)}}
	case action.ChkECMPNHMAC, action.ChkECMPNH, action.ChkLBAff, action.CTNwDst, action.CTIP6Dst:
		return nil // the walk does not change the field
	}
	return only(func(r *Region, over bool) bool { return loseRef(r, over, a.Dst) })
}

// maxHairpins is the maximum number of pairs of a virtual address and a backend that are
// distinguished.
const maxHairpins = 1024

// hairpin returns the outcomes of chk_lb_hairpin and its like: whether load balancing sends
// a packet back to its sender, a backend, from a virtual address with the port in a field.
// If there are too many pairs, any virtual address is possible.
func (p *path) hairpin(a *action.Result) []outcome {
	port := packet.CTTPDst
	if a.Kind == action.ChkLBHairpinReply {
		port = packet.TPDst
	}
	vips := [][]require{nil}
	if all := p.n.VIPs(); len(all)*len(p.backends) <= maxHairpins {
		vips = nil
		seen := map[packet.Value]bool{}
		for _, v := range all {
			if seen[v.Addr] {
				continue // the first one of an address counts
			}
			seen[v.Addr] = true
			dst := packet.CTIPv4Dst
			if v.IPv6 {
				dst = packet.CTIPv6Dst
			}
			vips = append(vips, []require{isValue(dst, v.Addr), is(port, uint64(v.Port))})
		}
	}
	translated := require{packet.CTState, packet.Uint(packet.CTDstNAT), packet.Uint(packet.CTDstNAT)}
	out := []outcome{{back: bit(a.Dst, 0)}}
	for _, b := range p.backends {
		v := packet.FromAddr(b)
		both := []require{translated, isIPv6, isValue(packet.IPv6Src, v), isValue(packet.IPv6Dst, v)}
		if b.Is4() {
			both = []require{translated, isIPv4, isValue(packet.IPv4Src, v), isValue(packet.IPv4Dst, v)}
		}
		for _, vip := range vips {
			if when := region(append(both[:4:4], vip...)...); when != nil {
				out = append(out, outcome{when: when, back: bit(a.Dst, 1)})
			}
		}
	}
	return out
}

// moveTo undoes a copy of the low bits of a field.
func moveTo(dst expr.FieldRef, src *packet.Field) func(*Region, bool) bool {
	return func(r *Region, _ bool) bool {
		field, ofs, bits := dst.Resolve()
		if field == nil {
			return true
		}
		v, m := r.forget(field, packet.Range(ofs, bits))
		return r.Fix(src, v.Shr(ofs), m.Shr(ofs))
	}
}

// learned returns the outcomes of a lookup of learned entries: one for each entry, and one
// for packets without an entry.
func (p *path) learned(a action.Action, c *cares) []outcome {
	var entries []*Region
	entry := func(back func(*Region, bool) bool, require ...func(*Region) bool) (out []outcome) {
		when := &Region{}
		for _, f := range require {
			if !f(when) {
				return nil
			}
		}
		entries = append(entries, when)
		return []outcome{{when: when, back: back}}
	}
	is := func(f expr.FieldRef, v packet.Value) func(*Region) bool {
		return func(r *Region) bool {
			field, ofs, bits := f.Resolve()
			return field == nil || r.Fix(field, v.And(packet.Ones(bits)).Shl(ofs), packet.Range(ofs, bits))
		}
	}
	isIP := func(f expr.FieldRef, v packet.Value) func(*Region) bool {
		return func(r *Region) bool {
			mapped := packet.MapIPv4(v.Lo & packet.Ones(32).Lo)
			return (f.Bits == 32) == (v == mapped) && is(f, v)(r)
		}
	}
	first := func(list []lflow.Learned, i int) bool {
		return i == 0 || list[i-1].Port != list[i].Port && list[i].IP != (packet.Value{}) || list[i-1].IP != list[i].IP ||
			list[i].IP == (packet.Value{}) && list[i-1].MAC != list[i].MAC
	}
	var out []outcome
	var none func(*Region, bool) bool
	switch a := a.(type) {
	case *action.GetMACBind:
		if !c.anyBit(packet.EthDst) {
			return nil
		}
		for i, e := range p.macs {
			if first(p.macs, i) {
				out = append(out, entry(func(r *Region, _ bool) bool { return setField(r, packet.EthDst, e.MAC) }, is(a.Port, packet.Uint(e.Port)), isIP(a.IP, e.IP))...)
			}
		}
		none = func(r *Region, _ bool) bool { return setField(r, packet.EthDst, 0) }
	case *action.LookupMACBind:
		if !c.ref(a.Dst) {
			return nil
		}
		for _, e := range p.macs {
			out = append(out, entry(bit(a.Dst, 1), is(a.Port, packet.Uint(e.Port)), isIP(a.IP, e.IP), is(a.MAC, packet.Uint(e.MAC)))...)
		}
		none = bit(a.Dst, 0)
	case *action.LookupMACBindIP:
		if !c.ref(a.Dst) {
			return nil
		}
		for i, e := range p.macs {
			if first(p.macs, i) {
				out = append(out, entry(bit(a.Dst, 1), is(a.Port, packet.Uint(e.Port)), isIP(a.IP, e.IP))...)
			}
		}
		none = bit(a.Dst, 0)
	case *action.ChkEVPNARP:
		return only(bit(a.Dst, 0))
	case *action.GetFDB:
		if a.Remote || !c.ref(a.Dst) {
			return nil
		}
		for i, e := range p.fdb {
			if first(p.fdb, i) {
				out = append(out, entry(bit(a.Dst, e.Port), is(a.MAC, packet.Uint(e.MAC)))...)
			}
		}
		none = bit(a.Dst, 0)
	case *action.LookupFDB:
		if !c.ref(a.Dst) {
			return nil
		}
		for i, e := range p.fdb {
			if first(p.fdb, i) {
				out = append(out, entry(bit(a.Dst, 1), is(a.MAC, packet.Uint(e.MAC)), is(a.Port, packet.Uint(e.Port)))...)
			}
		}
		none = bit(a.Dst, 0)
	default:
		return nil
	}
	return append(out, outcome{except: entries, back: none})
}
