package witness

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/packet"
)

// tuple are the fields of the original direction of a connection.
var tuple = []*packet.Field{packet.CTProto, packet.CTIPv4Src, packet.CTIPv4Dst, packet.CTIPv6Src, packet.CTIPv6Dst, packet.CTTPSrc, packet.CTTPDst}

// headers are the fields from which conntrack sets the tuple.
var headers = []*packet.Field{packet.IPProto, packet.IPv4Src, packet.IPv4Dst, packet.IPv6Src, packet.IPv6Dst, packet.TPSrc, packet.TPDst}

// saved undoes the assignment of the headers before a fork to the tuple.
func saved(r *Region) bool {
	for i, f := range tuple {
		if !moveField(r, f, headers[i]) {
			return false
		}
	}
	return true
}

// tracked returns the packets that conntrack has processed, or those that it has not.
func tracked(yes bool) *Region {
	r, v := &Region{}, uint64(0)
	if yes {
		v = packet.CTTracked
	}
	r.Fix(packet.CTState, packet.Uint(v), packet.Uint(packet.CTTracked))
	return r
}

// add undoes the setting of bits of the conntrack state.
func add(r *Region, bits uint64) bool {
	return set(r, packet.CTState, packet.Uint(bits), packet.Uint(bits))
}

// conntrack returns the outcomes of an action that sends the packet to conntrack.
func (p *path) conntrack(a action.Action, c *cares) []outcome {
	states := lookups
	if !c.anyBit(packet.CTState) {
		states = lookups[:1]
	}
	var out []outcome
	// A packet that conntrack has already processed in this pipeline keeps its state.
	lookup := func(bits uint64, back func(*Region, bool) bool) {
		out = append(out, outcome{when: tracked(true), back: func(r *Region, over bool) bool { return add(r, bits) && back(r, over) }})
		for _, s := range states {
			out = append(out, outcome{when: tracked(false), state: s, back: func(r *Region, over bool) bool { return add(r, s|bits) && back(r, over) }})
		}
	}
	kept := func(r *Region, _ bool) bool { return saved(r) }
	switch a := a.(type) {
	case *action.CTNext:
		for _, s := range states {
			out = append(out, outcome{state: s, back: func(r *Region, _ bool) bool { return setField(r, packet.CTState, s) && saved(r) }})
		}
	case *action.CTNAT:
		switch {
		case !a.Addr.IsValid():
			lookup(0, kept)
		default:
			f, bit := translated(a), uint64(packet.CTSrcNAT)
			if a.Dst {
				bit = packet.CTDstNAT
			}
			lookup(bit, func(r *Region, _ bool) bool {
				return set(r, f, packet.FromAddr(a.Addr), packet.Ones(f.Bits)) && saved(r)
			})
		}
	case *action.CTLB:
		for _, b := range backends(a, c) {
			for _, s := range states {
				out = append(out, outcome{when: b.when, state: s, back: func(r *Region, over bool) bool { return add(r, s|b.bits) && b.back(r, over) && saved(r) }})
			}
		}
	default:
		lookup(0, kept)
	}
	return out
}

// redirect is an effect of a load balancer on a packet.
type redirect struct {
	when *Region
	bits uint64
	back func(*Region, bool) bool
}

// maxBackends is the maximum number of backends that are distinguished.
const maxBackends = 64

// backends returns the effects of a load balancer: it redirects the packet to a backend of
// its address family, or leaves it unchanged if there is none.
func backends(a *action.CTLB, c *cares) (out []redirect) {
	nothing := func(*Region, bool) bool { return true }
	if len(a.Backends) == 0 {
		return []redirect{{back: nothing}}
	}
	for _, v6 := range []bool{false, true} {
		when, dst := &Region{}, packet.IPv4Dst
		etherType := uint64(packet.EthTypeIPv4)
		if v6 {
			dst, etherType = packet.IPv6Dst, packet.EthTypeIPv6
		}
		when.Fix(packet.EthType, packet.Uint(etherType), packet.Ones(16))
		var list []action.Backend
		for _, b := range a.Backends {
			if b.Addr.Is4() != v6 && !slices.Contains(list, b) {
				list = append(list, b)
			}
		}
		switch {
		case list == nil:
			out = append(out, redirect{when, 0, nothing})
		case len(list) > maxBackends || !c.anyBit(dst, packet.TPDst):
			out = append(out, redirect{when, packet.CTDstNAT, func(r *Region, over bool) bool { return lose(r, over, dst, packet.TPDst) }})
		default:
			for _, b := range list {
				v := packet.FromAddr(b.Addr)
				out = append(out, redirect{when, packet.CTDstNAT, func(r *Region, _ bool) bool {
					return set(r, dst, v, packet.Ones(dst.Bits)) && (b.Port == 0 || setField(r, packet.TPDst, uint64(b.Port)))
				}})
			}
		}
	}
	return out
}

// made turns a region of packets that a nested action generates into the region of the
// packets from which it generates them.
func made(k action.NestedKind, r *Region, over bool) bool {
	type source struct{ dst, src *packet.Field }
	var copies []source
	zero := func(fields ...*packet.Field) bool {
		return !slices.ContainsFunc(fields, func(f *packet.Field) bool { return !set(r, f, packet.Value{}, packet.Ones(f.Bits)) })
	}
	var ok bool
	switch k {
	case action.ARP:
		ok = setField(r, packet.EthType, packet.EthTypeARP) && setField(r, packet.ARPOp, 1) &&
			zero(packet.ARPTHA, packet.IPTTL, packet.IPFrag, packet.IPDSCP, packet.IPECN, packet.TCPFlags)
		copies = []source{{packet.ARPSHA, packet.EthSrc}}
	case action.NDNA, action.NDNARouter:
		ok = setField(r, packet.TPSrc, packet.NDAdvertise)
		copies = []source{
			{packet.EthSrc, packet.EthDst},
			{packet.EthDst, packet.EthSrc},
			{packet.IPv6Dst, packet.IPv6Src},
			{packet.IPv6Src, packet.NDTarget},
			{packet.NDTLL, packet.EthDst},
		}
		ok = ok && zero(packet.NDSLL)
	case action.NDNS:
		ok = setField(r, packet.TPSrc, packet.NDSolicit) && zero(packet.NDSLL) && lose(r, over, packet.EthDst)
		copies = []source{{packet.NDTLL, packet.EthDst}}
	case action.ICMP4, action.ICMP4Error:
		ok = icmpError(r, packet.ProtoICMP, 3)
	case action.ICMP6, action.ICMP6Error:
		ok = icmpError(r, packet.ProtoICMPv6, 1)
	case action.TCPReset:
		ok = setField(r, packet.IPProto, packet.ProtoTCP) && setField(r, packet.TCPFlags, packet.TCPReset) && setField(r, packet.IPTTL, 255)
	case action.SCTPAbort:
		ok = lose(r, over, packet.IPProto, packet.IPTTL, packet.TCPFlags)
	case action.Clone: // the packet is unchanged
		return true
	case action.Reject: // depends on the packet's protocol
		ok = lose(r, over, packet.IPProto, packet.IPTTL, packet.TCPFlags, packet.TPSrc, packet.TPDst)
		copies = []source{
			{packet.EthSrc, packet.EthDst},
			{packet.EthDst, packet.EthSrc},
			{packet.IPv4Src, packet.IPv4Dst},
			{packet.IPv4Dst, packet.IPv4Src},
			{packet.IPv6Src, packet.IPv6Dst},
			{packet.IPv6Dst, packet.IPv6Src},
		}
	default:
		return unmodelled(r, over)
	}
	if !ok {
		return false
	}
	before := make([]Region, len(copies))
	for i, c := range copies {
		v, m := r.forget(c.dst, packet.Ones(c.dst.Bits))
		before[i].Fix(c.src, v, m)
	}
	for i := range before {
		both, ok := r.meet(&before[i])
		if !ok {
			return false
		}
		*r = both
	}
	return true
}

// icmpError undoes the generation of an ICMP error for an unreachable host, RFC 792 and RFC
// 4443.
func icmpError(r *Region, proto, typ uint64) bool {
	return setField(r, packet.IPProto, proto) && setField(r, packet.IPTTL, 255) && setField(r, packet.TPSrc, typ) && setField(r, packet.TPDst, 1)
}

// sets adds the bits that the operation may set.
func (o op) sets(w *words) {
	all := func(f *packet.Field, mask packet.Value) {
		var r Region
		r.Fix(f, packet.Value{}, mask)
		for i := range w {
			w[i] |= r.mask[i]
		}
	}
	written, value := writes(o.Action)
	for _, f := range written {
		if field, ofs, bits := f.Resolve(); field != nil {
			all(field, value.And(packet.Ones(bits)).Shl(ofs))
		}
	}
	if !o.fork {
		return
	}
	if action.Recirculates(o.Action) {
		all(packet.CTState, packet.Ones(32))
	}
	if _, ok := o.Action.(*action.Mirror); ok {
		all(packet.Inport, packet.Ones(32))
		all(packet.Outport, packet.Ones(32))
	}
}
