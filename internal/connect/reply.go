package connect

import (
	"errors"

	"github.com/ovnwalk/ovnwalk/packet"
)

// echoTypes are the ICMP types that are answered, and the types of the answers: RFC
// 792, RFC 4443.
var echoTypes = []struct {
	typ             *packet.Field
	request, answer uint64
}{{packet.ICMPType, 8, 0}, {packet.ICMPv6Type, 128, 129}}

// The errors for packets to which no host replies.
var (
	errARPReply     = errors.New("nothing answers ARP but a request")
	errNoEcho       = errors.New("nothing answers ICMP but an echo request")
	errNotAnswering = errors.New("nothing is known of what answers a packet that is neither IP nor ARP")
)

// ReplyTo returns the answer of the host that receives a packet, as it leaves that
// host: addresses and ports exchanged, nothing of what the network noted on the way.
// The error says why there is none.
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

// isConversation reports whether a packet is of a protocol whose hosts answer each
// other, of those that are known.
func isConversation(p *packet.Packet) bool {
	switch p.Uint(packet.IPProto) {
	case packet.ProtoTCP, packet.ProtoUDP, packet.ProtoSCTP, packet.ProtoICMP, packet.ProtoICMPv6:
		return p.IsIP()
	}
	return false
}
