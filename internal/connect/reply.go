package connect

import (
	"errors"

	"github.com/ovnwalk/ovnwalk/packet"
)

// echoTypes are the ICMP types of echo requests and replies: RFC 792, RFC 4443.
var echoTypes = []struct {
	typ             *packet.Field
	request, answer uint64
}{{packet.ICMPType, 8, 0}, {packet.ICMPv6Type, 128, 129}}

// Errors for packets to which no host replies.
var (
	errARPReply     = errors.New("of ARP packets, only requests have replies")
	errNoEcho       = errors.New("of ICMP packets, only echo requests have replies")
	errNotAnswering = errors.New("the reply to a packet that is neither IP nor ARP is unknown")
)

// ReplyTo returns the reply of the host that receives a packet, as the host sends it: with
// addresses and ports exchanged, and without the fields of the walk.  It returns an error if
// there is no reply.
func ReplyTo(p *packet.Packet) (packet.Packet, error) {
	q := onWire(p)
	if p.IsARP() {
		return arpReply(p, q)
	}
	if !p.IsIP() {
		return q, errNotAnswering
	}
	turn(&q, p)
	q.SetUint(packet.IPTTL, 64)
	q.SetUint(packet.IPDSCP, 0)
	q.SetUint(packet.IPECN, 0)
	q.SetUint(packet.IPFrag, 0)
	switch p.Uint(packet.IPProto) {
	case packet.ProtoTCP, packet.ProtoUDP, packet.ProtoSCTP:
		q.SetUint(packet.TPSrc, p.Uint(packet.TPDst))
		q.SetUint(packet.TPDst, p.Uint(packet.TPSrc))
		if q.Uint(packet.IPProto) == packet.ProtoTCP {
			q.SetUint(packet.TCPFlags, packet.TCPACK)
			if p.Uint(packet.TCPFlags) == packet.TCPSYN {
				q.SetUint(packet.TCPFlags, packet.TCPSYNACK)
			}
		}
	case packet.ProtoICMP, packet.ProtoICMPv6:
		for _, e := range echoTypes {
			if p.Has(e.typ) && p.Uint(e.typ) == e.request {
				q.SetUint(e.typ, e.answer)
				return q, nil
			}
		}
		return q, errNoEcho
	}
	return q, nil
}

func arpReply(p *packet.Packet, q packet.Packet) (packet.Packet, error) {
	if p.Uint(packet.ARPOp) != 1 {
		return q, errARPReply
	}
	for _, x := range [][2]*packet.Field{{packet.EthSrc, packet.EthDst}, {packet.ARPSPA, packet.ARPTPA}, {packet.ARPSHA, packet.ARPTHA}} {
		q.Set(x[0], p.Get(x[1]))
		q.Set(x[1], p.Get(x[0]))
	}
	q.SetUint(packet.ARPOp, 2)
	return q, nil
}

// isConversation reports whether a packet has a protocol with known replies.
func isConversation(p *packet.Packet) bool {
	switch p.Uint(packet.IPProto) {
	case packet.ProtoTCP, packet.ProtoUDP, packet.ProtoSCTP, packet.ProtoICMP, packet.ProtoICMPv6:
		return p.IsIP()
	}
	return false
}
