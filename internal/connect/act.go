package connect

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/portsec"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Act implements sim.Semantics.
func (w *simulation) Act(a action.Action, p *packet.Packet, at sim.ActionContext) {
	switch a := a.(type) {
	case *action.Output:
		w.output(p, at)
	case *action.Mirror:
		w.mirror(a, p, at)
	case *action.FloodRemote:
		w.floodRemote(p, at)
	case *action.FwdGroup:
		w.forwardToOne(a, p, at)

	case *action.CTNext:
		w.ctNext(a, p, at)
	case *action.CTNAT:
		w.nat(a, p, at)
	case *action.CTLB:
		w.loadBalance(a, p, at)
	case *action.CTCommitNAT:
		w.commitNAT(a, p, at)
	case *action.CTCommitToZone:
		w.commitToZone(a, p, at)
	case *action.CTCommit:
		w.commit(a, p, at)
	case *action.CTCommitParams:
		w.commitParams(a, p, at)
	case *action.CTSNATToVIP:
		w.snatToVIP(p, at)
	case *action.Select:
		w.selectOne(a, p, at)

	case *action.Nested:
		w.make(a, p, at)
	case *action.DecTTL:
		if p.IsIP() && p.Uint(packet.IPTTL) <= 1 { // Open vSwitch translates none of the actions that follow
			w.drop(verdict.TTLExceeded, p, at)
			w.Pause()
			return
		}
		sim.DecTTL(p, at)
	case *action.OVNFieldLoad:
		quoteMTU(a, p)

	case *action.PutOpts:
		w.resumes(p)
		answerRequest(a, p)
	case *action.DHCPRelay:
		w.resumes(p)
		a.Dst.WriteBool(p, !a.Resp)
		if a.Resp { // the server's reply determines the output port
			at.Unmodelled("dhcp_relay_resp_chk")
		}
	case *action.Result:
		w.result(a, p, at)
	case *action.CheckPktLarger:
		w.compares()
		a.Dst.WriteBool(p, w.length(p) > int(a.Len))

	case *action.PutMACBind:
		w.learnMAC(macKey{at.Datapath, a.Port.Read(p).Lo & 0xffff, a.IP.ReadIP(p)}, a.MAC.Read(p).Lo, p)
	case *action.PutFDB:
		w.learnFDB(fdbKey{at.Datapath, a.MAC.Read(p).Lo}, a.Port.Read(p).Lo&0xffff)
	case *action.CommitLBAff:
		w.learnAffinity(a, p, at)
	case *action.CommitECMPNH:
		w.learned[nextHopKey(p, at, true)] = learned{}
		w.learned[nextHopKey(p, at, false).reverse()] = learned{}

	case *action.TriggerEvent:
		w.mayEnd(p, at)

	default:
		at.Unmodelled(fmt.Sprintf("%T", a))
	}
}

// answerRequest turns a request into the reply to put_dhcp_opts and similar actions, as far
// as ovn-controller does; flows set the other fields.
func answerRequest(a *action.PutOpts, p *packet.Packet) {
	answers := isRequest(a, p)
	switch {
	case !answers:
	case a.Kind == action.DHCPv4: // for a client that sets no broadcast flag
		for _, o := range a.Options {
			if o.Option.Name == "offerip" && len(o.Value.Values) == 1 {
				p.Set(packet.IPv4Dst, o.Value.Values[0].Number.Value)
			}
		}
	case a.Kind == action.NDRA:
		p.SetUint(packet.TPSrc, routerAdvertisement)
	default:
	}
	a.Dst.WriteBool(p, answers)
}

// isRequest reports whether a packet is a request that the action answers.
func isRequest(a *action.PutOpts, p *packet.Packet) bool {
	src, dst := p.Uint(packet.TPSrc), p.Uint(packet.TPDst)
	switch a.Kind {
	case action.DHCPv4:
		return src == 68 && dst == 67
	case action.DHCPv6:
		return src == 546 && dst == 547
	default:
	}
	return true
}

// selectOne takes one member of a select action.
func (w *simulation) selectOne(a *action.Select, p *packet.Packet, at sim.ActionContext) {
	key, name := keyOf(p, at, "select"), func(i int) string { return fmt.Sprintf("%s = %d", a.Dst.String(), a.Members[i].ID) }
	i := w.script.chosen(key, len(a.Members), func(i int) bool { return a.Members[i].ID == w.options.SelectID }, name)
	if i < 0 {
		i = w.script.choose(key, len(a.Members), name)
	} else {
		w.usedMember = true
	}
	if !a.HasHash && !w.hash(p, at) {
		return
	}
	q := *p
	id := uint64(a.Members[i].ID)
	a.Dst.Write(&q, packet.Uint(id))
	deepen(&q)
	f := &trace.Fork{Kind: trace.ForkSelect, Field: a.Dst.String(), Value: id, Packet: q}
	at.Out.Add(f)
	w.Tables(at.Datapath, &q, at.Pipeline, a.Table, &f.Container)
}

// result executes an action that stores a result in a bit.
func (w *simulation) result(a *action.Result, p *packet.Packet, at sim.ActionContext) {
	const inConnection = packet.CTNew | packet.CTEstablished
	tracked := p.Uint(packet.CTState)&packet.CTTracked != 0
	original := func(f *packet.Field, v4 bool) packet.Value {
		if !tracked || p.Uint(packet.CTState)&inConnection == 0 || f != packet.CTTPDst && f != packet.CTProto && p.IsIPv4() != v4 {
			return packet.Value{}
		}
		return p.Get(f)
	}
	w.resubmit(1) // to the table with the result
	switch a.Kind {
	case action.CTNwDst:
		a.Dst.Write(p, original(packet.CTIPv4Dst, true))
	case action.CTIP6Dst:
		a.Dst.Write(p, original(packet.CTIPv6Dst, false))
	case action.CTTpDst:
		a.Dst.Write(p, original(packet.CTTPDst, true))
	case action.CTProto:
		a.Dst.Write(p, original(packet.CTProto, true))
	case action.CTStateSave:
		state := uint64(0)
		if tracked {
			state = p.Uint(packet.CTState) & 0xff
		}
		a.Dst.Write(p, packet.Uint(state))
	case action.ChkLBHairpin:
		a.Dst.WriteBool(p, w.hairpin(p, at))
	case action.ChkLBHairpinReply:
		_, ok := w.learned[hairpinReplyKey(p, at, true)]
		if !ok {
			_, ok = w.learned[hairpinReplyKey(p, at, false)]
		}
		a.Dst.WriteBool(p, ok)
	case action.ChkECMPNHMAC:
		_, ok := w.learned[nextHopKey(p, at, true)]
		a.Dst.WriteBool(p, ok)
	case action.ChkECMPNH:
		_, ok := w.learned[nextHopKey(p, at, false)]
		a.Dst.WriteBool(p, ok)
	case action.ChkLBAff:
		a.Dst.WriteBool(p, w.affinity(p, at))
	case action.DNSLookup:
		w.resumes(p)
		a.Dst.WriteBool(p, w.knowsName(at.Datapath))
		if sent, err := at.Datapath.Network().Symbols().ParseFieldRef("flags.from_ctrl"); err == nil {
			sent.WriteBool(p, true)
		}
	case action.CheckInPortSec, action.CheckOutPortSec: // see Refuses
	default:
		at.Unmodelled(a.Kind.String())
	}
}

// Refuses implements sim.PortSecurity, like the flows of chassis: those of a port are on the
// chassis that it is bound to, not on its additional chassis.
func (w *simulation) Refuses(port *lflow.Port, p *packet.Packet, sends bool) bool {
	w.resubmit(1)
	if b := w.zone(port.Datapath).Binding(port); b.Chassis != nil && b.Chassis != w.chassis(p) {
		return false
	}
	return portsec.Refuses(portsec.Chassis(port, sends), p)
}

// knowsName reports whether ovn-controller answers a DNS query, as a choice: packets have no payload, so that the name is
// unknown.
func (w *simulation) knowsName(d *lflow.Datapath) bool {
	options := []string{"the query is for no name of " + d.DisplayName(true), "the query is for a name of " + d.DisplayName(true)}
	return w.script.choose(choiceKey{kind: "name", flow: d.UUID}, len(options), func(i int) string { return options[i] }) == 1
}
