package suite

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// replyStates are the conntrack states of a reply whose test chooses none: that
// of an established connection's other direction, as often as it is asked for.
var replyStates = func() []uint64 {
	all := make([]uint64, 256)
	for i := range all {
		all[i] = packet.CTTracked | packet.CTEstablished | packet.CTReply
	}
	return all
}()

// reply walks the answer to a packet from the port that it was delivered to.
// It is nil, with a failure or trouble, where there is none to be sent.
func (j *checker) reply(r *Reply, matched func(*lflow.Datapath, *lflow.Flow)) *checker {
	found := j.ended(verdict.OutcomeDelivered)
	if len(found) != 1 {
		j.fail(r.Pos, "reply", "one copy delivered, that can be answered", j.actual(), j.explain()...)
		return nil
	}
	port := j.net.port(found[0])
	if port == nil {
		j.fail(r.Pos, "reply", "delivery to a logical port", j.actual())
		return nil
	}
	p, err := replyPacket(&found[0].Packet)
	if err != nil {
		j.mismatch(r.Pos, err)
		return nil
	}
	if p.Uint(packet.EthSrc)>>40&1 != 0 { // nobody answers from a group's address
		if hosts := j.net.Hosts(port); len(hosts) > 0 {
			p.SetUint(packet.EthSrc, hosts[0].MAC)
		}
	}
	p.SetUint(packet.Inport, port.Key)
	c := sim.Choices{CT: replyStates, Matched: matched, ReverseNAT: j.translations(&found[0])}
	if r.CT != nil {
		c.CT = r.CT.list
	}
	t, err := sim.Walk(j.net.Network(), port.Datapath, p, c)
	if err != nil {
		j.mismatch(r.Pos, err)
		return nil
	}
	return &checker{walk: newWalk(j.net, p.Header(packet.HeaderStyle{}), t), testCase: j.testCase, prefix: "reply."}
}

// echoTypes are the ICMP types that are answered, and the types of the answers: RFC
// 792, RFC 4443.
var echoTypes = []struct {
	typ             *packet.Field
	request, answer uint64
}{{packet.ICMPType, 8, 0}, {packet.ICMPv6Type, 128, 129}}

// replyPacket returns the packet that answers one, as it leaves the system that was
// asked: addresses and ports exchanged, nothing of what the network noted on the
// way.
func replyPacket(p *packet.Packet) (packet.Packet, error) {
	q := *p
	for i := range packet.NumRegs {
		q.SetUint(packet.Reg(i), 0)
	}
	q.SetUint(packet.PktMark, 0)
	q.ClearConntrack()
	swap := func(a, b *packet.Field) {
		q.Set(a, p.Get(b))
		q.Set(b, p.Get(a))
	}
	swap(packet.EthSrc, packet.EthDst)
	switch {
	case p.IsARP():
		if p.Uint(packet.ARPOp) != 1 {
			return q, fmt.Errorf("nothing answers ARP but a request")
		}
		swap(packet.ARPSPA, packet.ARPTPA)
		swap(packet.ARPSHA, packet.ARPTHA)
		q.SetUint(packet.ARPOp, 2)
		return q, nil
	case p.IsIPv4():
		swap(packet.IPv4Src, packet.IPv4Dst)
	case p.IsIPv6():
		swap(packet.IPv6Src, packet.IPv6Dst)
	default:
		return q, fmt.Errorf("nothing is known of what answers a packet that is neither IP nor ARP")
	}
	q.SetUint(packet.IPTTL, 64)
	switch p.Uint(packet.IPProto) {
	case packet.ProtoTCP, packet.ProtoUDP, packet.ProtoSCTP:
		swap(packet.TPSrc, packet.TPDst)
	case packet.ProtoICMP, packet.ProtoICMPv6:
		for _, e := range echoTypes {
			if p.Has(e.typ) && p.Uint(e.typ) == e.request {
				q.SetUint(e.typ, e.answer)
				return q, nil
			}
		}
		return q, fmt.Errorf("nothing answers ICMP but an echo request")
	}
	return q, nil
}
