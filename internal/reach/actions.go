package reach

import (
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// act executes an action on the state. An action whose effect depends on the packet takes
// the branch of the walked packet.
func (r *image) act(a action.Action, s *packetset.State, at place, stack *[]packetset.Bits) {
	switch a := a.(type) {
	case *action.Next:
		r.next(a, s, at)
	case *action.Output:
		r.output(s, at)

	case *action.Load:
		r.load(a, s, at)
	case *action.Move:
		if r.hasBoth(s, a.Dst, a.Src) {
			write(s, a.Dst, read(s, a.Src))
		}
	case *action.Exchange:
		r.exchange(a, s)
	case *action.Push:
		*stack = append(*stack, read(s, a.Field))
	case *action.Pop:
		if n := len(*stack); n > 0 {
			write(s, a.Field, (*stack)[n-1])
			*stack = (*stack)[:n-1]
		}
	case *action.DecTTL:
		if r.has(s, packet.IPTTL) && !r.is(s, packet.IPTTL, 0) {
			s.SetUint(packet.IPTTL, r.fix(s.Field(packet.IPTTL)).Lo-1)
		}

	case *action.GetMACBind, *action.LookupMACBind, *action.LookupMACBindIP, *action.ChkEVPNARP, *action.GetFDB, *action.LookupFDB:
		r.learned(a, s, at)

	case *action.CTClear:
		r.clearConntrack(s)
	case *action.CTNext, *action.CTNAT, *action.CTLB, *action.CTCommitNAT, *action.CTCommitToZone, *action.CTCommit, *action.CTCommitParams:
		r.conntrack(a, s, at)
	case *action.Select:
		r.choose(a, s, at)

	case *action.Nested:
		r.nested(a, s, at)
	case *action.Mirror:
		r.mirror(a, s, at)

	case *action.PutOpts:
		setBit(s, a.Dst, true)
	case *action.DHCPRelay:
		if a.Resp {
			s.SetUint(packet.IPv4Dst, 0xffffffff)
			s.SetUint(packet.EthDst, 0xffffffffffff)
		}
		setBit(s, a.Dst, true)
	case *action.Result:
		r.result(a, s, at)
	case *action.CommitECMPNH:
		r.commitNextHop(s, at)

	case *action.CTSNATToVIP:
		r.unknown("a load balancer sends the packet back to its sender")

	case *action.FloodRemote, *action.OVNFieldLoad, *action.Log,
		*action.PutMACBind, *action.PutFDB, *action.SetQueue, *action.SetMeter, *action.IGMP, *action.BindVport,
		*action.HandleSvcCheck, *action.DHCPv6Reply, *action.BFDMsg, *action.TriggerEvent,
		*action.CommitLBAff, *action.Sample, *action.MACCacheUse, *action.CheckPktLarger, *action.FwdGroup:
		// Actions without an effect on the packet.

	default:
		r.fail(fmt.Sprintf("the effect of %T on sets is not known", a))
	}
}

// read returns the bits to which a reference refers.
func read(s *packetset.State, f expr.FieldRef) packetset.Bits {
	field, ofs, bits := f.Resolve()
	if field == nil {
		return packetset.Constant(packet.Value{}, bits)
	}
	return s.Get(field, ofs, bits)
}

// write changes the bits to which a reference refers.
func write(s *packetset.State, f expr.FieldRef, v packetset.Bits) {
	field, ofs, bits := f.Resolve()
	if field != nil {
		v = v.Widen(bits)
		s.Set(field, ofs, v)
	}
}

func setBit(s *packetset.State, f expr.FieldRef, b bool) {
	v := packet.Value{}
	if b {
		v.Lo = 1
	}
	_, _, bits := f.Resolve()
	write(s, f, packetset.Constant(v, bits))
}

func (r *image) hasBoth(s *packetset.State, a, b expr.FieldRef) bool {
	fa, _, _ := a.Resolve()
	fb, _, _ := b.Resolve()
	return r.has(s, fa) && r.has(s, fb)
}

func (r *image) load(a *action.Load, s *packetset.State, at place) {
	field, ofs, bits := a.Dst.Resolve()
	if !r.has(s, field) {
		return
	}
	value, mask := a.Value.Number.Value, packet.Ones(bits)
	switch {
	case a.Dst.Symbol.Width == 0:
		key, _ := at.datapath.Network().PortKey(at.datapath, a.Value.Str)
		value = packet.Uint(key)
	case a.Value.Number.Masked:
		mask = mask.And(a.Value.Number.Mask)
	}
	for i := 0; i < bits; { // runs of the mask
		if mask.Bit(i) == 0 {
			i++
			continue
		}
		n := 1
		for i+n < bits && mask.Bit(i+n) != 0 {
			n++
		}
		s.Set(field, ofs+i, packetset.Constant(value.Shr(i), n))
		i += n
	}
}

// exchange writes in the same order as the walk: the left field last, and all of its bits.
func (r *image) exchange(a *action.Exchange, s *packetset.State) {
	if !r.hasBoth(s, a.Left, a.Right) {
		return
	}
	field, _, _ := a.Left.Resolve()
	whole, left, right := s.Field(field), read(s, a.Left), read(s, a.Right)
	write(s, a.Right, left)
	s.SetField(field, whole)
	write(s, a.Left, right)
}

// next follows the packet to another table.
func (r *image) next(a *action.Next, s *packetset.State, at place) {
	if a.Pipeline == at.pipeline {
		if r.leaving != nil && !r.far && at.datapath != r.d {
			r.leaving(r, a.Table, s, at)
			r.skip(at.nodes)
			return
		}
		r.tables(at.nodes, s, at.datapath, a.Pipeline, a.Table, at.way)
		return
	}
	if r.stop > 0 {
		r.fail("the packet comes to the egress pipeline before the table at which the walk is to stop")
		return
	}
	if node, ok := find[*trace.Pipeline](r, at.nodes); ok {
		r.enter(&node.Container, s, at.datapath, a.Pipeline, a.Table, at.way)
	}
}

// learned executes the actions that look up learned entries.
func (r *image) learned(a action.Action, s *packetset.State, at place) {
	d := at.datapath
	switch a := a.(type) {
	case *action.GetMACBind:
		mac, ok := r.binding(d, s, a.Port, a.IP)
		if !ok {
			mac = r.asked(d, s, read(s, a.Port), read(s, a.IP), at)
		}
		s.SetUint(packet.EthDst, mac)
	case *action.LookupMACBindIP:
		_, ok := r.binding(d, s, a.Port, a.IP)
		setBit(s, a.Dst, ok)
	case *action.LookupMACBind:
		port, ip, mac := read(s, a.Port), read(s, a.IP), read(s, a.MAC)
		var sets []packetset.Set
		for _, e := range d.Neighbors() {
			sets = append(sets, r.m.And(r.boundTo(port, ip, e), r.m.Becomes(&mac, packet.Uint(e.MAC), packet.Ones(48))))
		}
		setBit(s, a.Dst, r.decide(r.m.Union(sets)))
	case *action.ChkEVPNARP:
		setBit(s, a.Dst, false)
	case *action.GetFDB:
		if a.Remote {
			return
		}
		port, _ := r.fdb(d, read(s, a.MAC))
		_, _, bits := a.Dst.Resolve()
		write(s, a.Dst, packetset.Constant(packet.Uint(port), bits))
	case *action.LookupFDB:
		port, ok := r.fdb(d, read(s, a.MAC))
		bits := read(s, a.Port)
		setBit(s, a.Dst, ok && r.decide(r.m.Becomes(&bits, packet.Uint(port), packet.Ones(bits.Width))))
	}
}

// boundTo returns the packets with the port and the address of a binding.
func (r *image) boundTo(port, ip packetset.Bits, e lflow.Learned) packetset.Set {
	addr := e.IP
	if ip.Width == 32 {
		if addr != packet.MapIPv4(addr.Lo&packet.Ones(32).Lo) {
			return packetset.Empty
		}
		addr = packet.Uint(addr.Lo & packet.Ones(32).Lo)
	}
	return r.m.And(r.m.Becomes(&port, packet.Uint(e.Port), packet.Ones(port.Width)), r.m.Becomes(&ip, addr, packet.Ones(ip.Width)))
}

// binding looks up the MAC binding of an address on a port.
func (r *image) binding(d *lflow.Datapath, s *packetset.State, portRef, ipRef expr.FieldRef) (mac uint64, ok bool) {
	port, ip := read(s, portRef), read(s, ipRef)
	var sets []packetset.Set
	for _, e := range d.Neighbors() {
		set := r.boundTo(port, ip, e)
		if r.m.Has(set, &r.rep) {
			r.decide(set)
			return e.MAC, true
		}
		sets = append(sets, set)
	}
	r.decide(r.m.Union(sets))
	return 0, false
}

// fdb looks up the port of an Ethernet address in the FDB.
func (r *image) fdb(d *lflow.Datapath, mac packetset.Bits) (port uint64, ok bool) {
	var sets []packetset.Set
	for _, e := range d.FDBEntries() {
		set := r.m.Becomes(&mac, packet.Uint(e.MAC), packet.Ones(48))
		if r.m.Has(set, &r.rep) {
			r.decide(set)
			return e.Port, true
		}
		sets = append(sets, set)
	}
	r.decide(r.m.Union(sets))
	return 0, false
}

// result executes an action without arguments that stores a result.
func (r *image) result(a *action.Result, s *packetset.State, at place) {
	switch a.Kind {
	case action.CheckInPortSec:
		r.portSecurity(a.Dst, s, packet.Inport, at)
	case action.CheckOutPortSec:
		r.portSecurity(a.Dst, s, packet.Outport, at)
	case action.DNSLookup:
		setBit(s, a.Dst, false)
	case action.ChkLBHairpin:
		r.hairpin(a.Dst, s, packet.CTTPDst)
	case action.ChkLBHairpinReply:
		r.hairpin(a.Dst, s, packet.TPDst)
	case action.CTStateSave:
		state := r.fix(s.Field(packet.CTState)).Lo
		if state&packet.CTTracked == 0 {
			state = 0
		}
		_, _, bits := a.Dst.Resolve()
		write(s, a.Dst, packetset.Constant(packet.Uint(state&0xff), bits))
	case action.CTTpDst:
		write(s, a.Dst, s.Field(packet.TPDst))
	case action.CTProto:
		write(s, a.Dst, s.Field(packet.IPProto))
	case action.ChkECMPNH:
		if r.sessions != nil {
			setBit(s, a.Dst, r.hasNextHop(at.datapath, s, r.equal))
		}
	case action.ChkECMPNHMAC, action.ChkLBAff, action.CTNwDst, action.CTIP6Dst:
	default:
		r.fail(fmt.Sprintf("the effect of %s on sets is not known", a.Kind))
	}
}

// hairpin stores whether load balancing sends the packet back to its sender.
func (r *image) hairpin(dst expr.FieldRef, s *packetset.State, port *packet.Field) {
	back := r.fix(s.Field(packet.CTState)).Lo&packet.CTDstNAT != 0 &&
		(r.has(s, packet.IPv4Src) && r.equal(s.Field(packet.IPv4Src), s.Field(packet.IPv4Dst)) ||
			r.has(s, packet.IPv6Src) && r.equal(s.Field(packet.IPv6Src), s.Field(packet.IPv6Dst)))
	if back {
		vip, ok := r.n.VIP(r.fix(s.Field(packet.CTIPv4Dst)), r.fix(s.Field(packet.CTIPv6Dst)))
		back = ok && r.is(s, port, uint64(vip.Port))
	}
	setBit(s, dst, back)
}

// pick returns the option of the next choice.
func (r *image) pick(options int, at place) int {
	r.afterCut(nil)
	if v := at.way.before; v != nil {
		r.compare(v)
		if j := v.chooses(at.flow, options, r.chosen); j < r.chosen {
			if r.same == nil {
				r.same = map[int]int{}
			}
			r.same[r.chosen] = j
		}
	}
	i := 0
	if r.chosen < len(r.script) {
		i = r.script[r.chosen]
	}
	r.chosen++
	return min(i, options-1)
}

// choose takes one member of a select.
func (r *image) choose(a *action.Select, s *packetset.State, at place) {
	f, ok := find[*trace.Fork](r, at.nodes)
	if !ok {
		return
	}
	i := slices.IndexFunc(a.Members, func(m action.Member) bool { return m.ID == 0 })
	if i < 0 {
		i = r.pick(len(a.Members), at)
	}
	q := s.Clone()
	_, _, bits := a.Dst.Resolve()
	write(q, a.Dst, packetset.Constant(packet.Uint(uint64(a.Members[i].ID)), bits))
	r.fork(f, q, at.datapath, at.pipeline, a.Table, at.way)
}
