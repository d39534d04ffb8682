package witness

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/packet"
)

// states are the conntrack states that a lookup may find, the commonest first.
var states = []uint64{
	packet.CTTracked | packet.CTNew,
	packet.CTTracked | packet.CTEstablished,
	packet.CTTracked | packet.CTEstablished | packet.CTReply,
	packet.CTTracked | packet.CTInvalid,
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

// alternatives returns how many answers an action may get from what is outside
// the packet: of conntrack a state, of a table an entry or, as 0, none.
func (o op) alternatives(x *path) int {
	switch a := o.Action.(type) {
	case *action.CTNext, *action.CTNAT, *action.CTLB, *action.CTCommitNAT, *action.CTCommitToZone:
		if o.fork {
			return len(states)
		}
	case *action.GetMACBind, *action.LookupMACBind, *action.LookupMACBindIP:
		return 1 + len(x.macs)
	case *action.GetFDB, *action.LookupFDB:
		return 1 + len(x.fdb)
	case *action.Result:
		if (a.Kind == action.CheckInPortSec || a.Kind == action.CheckOutPortSec) && x.secured {
			return 2
		}
	}
	return 1
}

// back turns a region after an action into the one before it, if the action gets
// an answer of its alternatives.  With over, it holds every packet that may come
// out in the region; else only packets that surely do.  It is false where no
// packet does.
func (o op) back(x *path, r *Region, over bool, answer int) bool {
	lose := func(fields ...*packet.Field) bool {
		for _, f := range fields {
			if _, m := r.forget(f, packet.Ones(f.Bits)); !over && !m.IsZero() {
				return false
			}
		}
		return true
	}
	loseRef := func(f expr.FieldRef) bool {
		field, ofs, bits := f.Resolve()
		if field == nil {
			return true
		}
		_, m := r.forget(field, packet.Range(ofs, bits))
		return over || m.IsZero()
	}
	set := func(field *packet.Field, v, mask packet.Value) bool {
		was, m := r.forget(field, mask)
		return was.Xor(v).And(m).IsZero()
	}
	setRef := func(f expr.FieldRef, v uint64) bool {
		field, ofs, bits := f.Resolve()
		return field == nil || set(field, packet.Uint(v).Shl(ofs), packet.Range(ofs, bits))
	}
	// What an answer sets is known only if nothing else decides it too.
	setBit := func(f expr.FieldRef, v uint64, certain bool) bool {
		if !over && !certain {
			return loseRef(f)
		}
		return setRef(f, v)
	}
	setKnown := func(f *packet.Field, v uint64, certain bool) bool {
		if !over && !certain {
			return lose(f)
		}
		return set(f, packet.Uint(v), packet.Ones(f.Bits))
	}
	fixRef := func(f expr.FieldRef, v packet.Value) bool {
		field, ofs, bits := f.Resolve()
		return field == nil || r.Fix(field, v.And(packet.Ones(bits)).Shl(ofs), packet.Range(ofs, bits))
	}
	fixIP := func(f expr.FieldRef, v packet.Value) bool {
		mapped := packet.MapIPv4(v.Lo & packet.Ones(32).Lo)
		return (f.Bits == 32) == (v == mapped) && fixRef(f, v)
	}
	move := func(dst, src *packet.Field) bool {
		v, m := r.forget(dst, packet.Ones(dst.Bits))
		return r.Fix(src, v, m)
	}
	original := func() bool {
		return move(packet.CTProto, packet.IPProto) && move(packet.CTIPv4Src, packet.IPv4Src) && move(packet.CTIPv4Dst, packet.IPv4Dst) &&
			move(packet.CTIPv6Src, packet.IPv6Src) && move(packet.CTIPv6Dst, packet.IPv6Dst) && move(packet.CTTPSrc, packet.TPSrc) && move(packet.CTTPDst, packet.TPDst)
	}
	switch a := o.Action.(type) {
	case *action.Load:
		field, ofs, bits := a.Dst.Resolve()
		if field == nil {
			return true
		}
		value, mask := a.Value.Number.Value, packet.Ones(bits)
		if a.Dst.Symbol.Width == 0 {
			key, _ := x.n.PortKey(x.d, a.Value.Str)
			value = packet.Uint(key)
		} else if a.Value.Number.Masked {
			mask = mask.And(a.Value.Number.Mask)
		}
		return set(field, value.Shl(ofs), mask.Shl(ofs))
	case *action.Move:
		return swap(r, a.Dst, a.Src, false)
	case *action.Exchange:
		return swap(r, a.Left, a.Right, true)
	case *action.Pop:
		return loseRef(a.Field)
	case *action.DecTTL:
		v, m := r.forget(packet.IPTTL, packet.Ones(8))
		switch {
		case m == packet.Ones(8):
			return v.Lo < 255 && r.Fix(packet.IPTTL, packet.Uint(v.Lo+1), m)
		default:
			return over || m.IsZero()
		}
	case *action.CTClear:
		for _, f := range []*packet.Field{packet.CTState, packet.CTMark, packet.CTLabel} {
			if !set(f, packet.Value{}, packet.Ones(f.Bits)) {
				return false
			}
		}
		return lose(packet.CTProto, packet.CTIPv4Src, packet.CTIPv4Dst, packet.CTIPv6Src, packet.CTIPv6Dst, packet.CTTPSrc, packet.CTTPDst)
	case *action.CTSNATToVIP:
		return lose(packet.IPv4Src, packet.IPv6Src)
	case *action.CTNext:
		return !o.fork || set(packet.CTState, packet.Uint(states[answer]), packet.Ones(32)) && original()
	case *action.CTNAT:
		if !o.fork {
			return true
		}
		if !over {
			return lose(packet.CTState, packet.IPv4Dst, packet.IPv4Src, packet.IPv6Src, packet.IPv6Dst) && original()
		}
		if a.Addr.IsValid() {
			f := map[[2]bool]*packet.Field{
				{true, true}: packet.IPv4Dst, {true, false}: packet.IPv6Dst, {false, true}: packet.IPv4Src, {false, false}: packet.IPv6Src,
			}[[2]bool{a.Dst, a.Addr.Is4()}]
			if !set(f, packet.FromAddr(a.Addr), packet.Ones(f.Bits)) {
				return false
			}
		}
		return lose(packet.CTState) && original()
	case *action.CTLB:
		if o.fork && over && len(a.Backends) > 0 && !slices.ContainsFunc(a.Backends, func(b action.Backend) bool {
			to, dst := *r, packet.IPv6Dst
			if b.Addr.Is4() {
				dst = packet.IPv4Dst
			}
			return to.Fix(dst, packet.FromAddr(b.Addr), packet.Ones(dst.Bits)) && (b.Port == 0 || to.Fix(packet.TPDst, packet.Uint(uint64(b.Port)), packet.Ones(16)))
		}) {
			return false
		}
		return !o.fork || lose(packet.CTState, packet.IPv4Dst, packet.IPv6Dst, packet.TPDst) &&
			lose(packet.CTProto, packet.CTIPv4Src, packet.CTIPv4Dst, packet.CTIPv6Src, packet.CTIPv6Dst, packet.CTTPSrc, packet.CTTPDst)
	case *action.CTCommitNAT, *action.CTCommitToZone:
		return !o.fork || lose(packet.CTState) && original()
	case *action.Select:
		return !o.fork || loseRef(a.Dst)
	case *action.Mirror:
		return !o.fork || lose(packet.Inport, packet.Outport)
	case *action.Nested:
		if !o.enter || a.Kind == action.Clone {
			return true
		}
		return o.made(a.Kind, r, over)
	case *action.GetMACBind:
		if answer == 0 {
			return setKnown(packet.EthDst, 0, len(x.macs) == 0)
		}
		e := x.macs[answer-1]
		return set(packet.EthDst, packet.Uint(e.MAC), packet.Ones(48)) && fixRef(a.Port, packet.Uint(e.Port)) && fixIP(a.IP, e.IP)
	case *action.LookupMACBind:
		if answer == 0 {
			return setBit(a.Dst, 0, len(x.macs) == 0)
		}
		e := x.macs[answer-1]
		return setBit(a.Dst, 1, true) && fixRef(a.Port, packet.Uint(e.Port)) && fixIP(a.IP, e.IP) && fixRef(a.MAC, packet.Uint(e.MAC))
	case *action.LookupMACBindIP:
		if answer == 0 {
			return setBit(a.Dst, 0, len(x.macs) == 0)
		}
		e := x.macs[answer-1]
		return setBit(a.Dst, 1, true) && fixRef(a.Port, packet.Uint(e.Port)) && fixIP(a.IP, e.IP)
	case *action.ChkEVPNARP:
		return setBit(a.Dst, 0, true)
	case *action.GetFDB:
		if answer == 0 {
			return setBit(a.Dst, 0, len(x.fdb) == 0)
		}
		e := x.fdb[answer-1]
		return setBit(a.Dst, e.Port, true) && fixRef(a.MAC, packet.Uint(e.MAC))
	case *action.LookupFDB:
		if answer == 0 {
			return setBit(a.Dst, 0, len(x.fdb) == 0)
		}
		e := x.fdb[answer-1]
		return setBit(a.Dst, 1, true) && fixRef(a.MAC, packet.Uint(e.MAC)) && fixRef(a.Port, packet.Uint(e.Port))
	case *action.PutOpts:
		return loseRef(a.Dst)
	case *action.DHCPRelay:
		return loseRef(a.Dst) && lose(packet.IPv4Src, packet.IPv4Dst)
	case *action.Result:
		switch a.Kind {
		case action.DNSLookup:
			field, ofs, bits := a.Dst.Resolve()
			return set(field, packet.Value{}, packet.Range(ofs, bits))
		case action.CheckInPortSec, action.CheckOutPortSec:
			return setBit(a.Dst, uint64(answer), !x.secured)
		case action.ChkECMPNHMAC, action.ChkECMPNH, action.ChkLBAff, action.CTNwDst, action.CTIP6Dst:
			return true // the walk leaves the field as it was
		default:
		}
		return loseRef(a.Dst)
	}
	return true
}

// made turns a region of packets that a nested action makes into the one of the
// packets that it makes them from.
func (o op) made(k action.NestedKind, r *Region, over bool) bool {
	type source struct{ dst, src *packet.Field }
	var copies []source
	set := func(f *packet.Field, v uint64) bool {
		was, m := r.forget(f, packet.Ones(f.Bits))
		return was.Xor(packet.Uint(v)).And(m).IsZero()
	}
	lose := func(fields ...*packet.Field) bool {
		for _, f := range fields {
			if _, m := r.forget(f, packet.Ones(f.Bits)); !over && !m.IsZero() {
				return false
			}
		}
		return true
	}
	var ok bool
	switch k {
	case action.ARP:
		ok = set(packet.EthType, packet.EthTypeARP) && set(packet.IPProto, 1) && set(packet.ARPTHA, 0) && set(packet.IPTTL, 0)
		copies = []source{{packet.ARPSHA, packet.EthSrc}}
	case action.NDNA, action.NDNARouter:
		ok = set(packet.TPSrc, packet.NDAdvertise) && set(packet.NDSLL, 0)
		copies = []source{
			{packet.EthSrc, packet.EthDst},
			{packet.EthDst, packet.EthSrc},
			{packet.IPv6Dst, packet.IPv6Src},
			{packet.IPv6Src, packet.NDTarget},
			{packet.NDTLL, packet.EthDst},
		}
	case action.NDNS:
		ok = set(packet.TPSrc, packet.NDSolicit) && set(packet.NDSLL, 0) && lose(packet.EthDst)
		copies = []source{{packet.NDTLL, packet.EthDst}}
	case action.ICMP4, action.ICMP4Error:
		ok = set(packet.IPProto, packet.ProtoICMP) && lose(packet.TPSrc, packet.TPDst, packet.IPTTL)
	case action.ICMP6, action.ICMP6Error:
		ok = set(packet.IPProto, packet.ProtoICMPv6) && lose(packet.TPSrc, packet.TPDst, packet.IPTTL)
	case action.TCPReset:
		ok = set(packet.IPProto, packet.ProtoTCP) && lose(packet.IPTTL, packet.TCPFlags)
	case action.SCTPAbort:
		ok = lose(packet.IPProto, packet.IPTTL, packet.TCPFlags)
	default:
		ok = lose(packet.IPProto, packet.IPTTL, packet.TCPFlags, packet.TPSrc, packet.TPDst)
		copies = []source{
			{packet.EthSrc, packet.EthDst},
			{packet.EthDst, packet.EthSrc},
			{packet.IPv4Src, packet.IPv4Dst},
			{packet.IPv4Dst, packet.IPv4Src},
			{packet.IPv6Src, packet.IPv6Dst},
			{packet.IPv6Dst, packet.IPv6Src},
		}
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

// swap turns a region after a copy, or an exchange, into the one before it.
func swap(r *Region, dst, src expr.FieldRef, both bool) bool {
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

// sets adds the bits that an action may set.
func (o op) sets(w *words) {
	all := func(f *packet.Field, mask packet.Value) {
		var r Region
		r.Fix(f, packet.Value{}, mask)
		for i := range w {
			w[i] |= r.mask[i]
		}
	}
	ref := func(f expr.FieldRef) {
		if field, ofs, bits := f.Resolve(); field != nil {
			all(field, packet.Range(ofs, bits))
		}
	}
	switch a := o.Action.(type) {
	case *action.Load:
		field, ofs, bits := a.Dst.Resolve()
		switch {
		case field == nil:
		case a.Dst.Symbol.Width == 0:
			all(field, packet.Range(ofs, bits))
		default:
			all(field, a.Value.Number.Value.And(packet.Ones(bits)).Shl(ofs))
		}
	case *action.Move:
		ref(a.Dst)
	case *action.Exchange:
		ref(a.Left)
		ref(a.Right)
	case *action.Pop:
		ref(a.Field)
	case *action.LookupMACBind:
		ref(a.Dst)
	case *action.LookupMACBindIP:
		ref(a.Dst)
	case *action.ChkEVPNARP:
		ref(a.Dst)
	case *action.GetFDB:
		ref(a.Dst)
	case *action.LookupFDB:
		ref(a.Dst)
	case *action.PutOpts:
		ref(a.Dst)
	case *action.DHCPRelay:
		ref(a.Dst)
	case *action.Result:
		if a.Kind != action.DNSLookup {
			ref(a.Dst)
		}
	case *action.Select:
		ref(a.Dst)
	case *action.CTNext, *action.CTNAT, *action.CTLB, *action.CTCommitNAT, *action.CTCommitToZone:
		if o.fork {
			all(packet.CTState, packet.Ones(32))
		}
	case *action.Mirror:
		if o.fork {
			all(packet.Inport, packet.Ones(32))
			all(packet.Outport, packet.Ones(32))
		}
	}
}
