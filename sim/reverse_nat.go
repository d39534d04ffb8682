package sim

import (
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Translation is what NAT or a load balancer changed in the packets of a
// connection on their way there, and conntrack changes back in the replies, in
// the zone in which it was done.
type Translation struct {
	Datapath *lflow.Datapath

	// Zone is, on a switch, the tunnel key of the logical port whose zone it
	// was; a router has a zone of its own, and Zone is 0.
	Zone uint64

	// Dst reports whether the destination was changed, else the source.
	Dst bool

	Before, After Endpoint
}

// Endpoint is an address and a transport port.
type Endpoint struct {
	IPv6 bool
	Addr packet.Value
	Port uint16 // 0 where it does not count
}

// reverseNAT changes back what a translation of the source or of the destination did
// to the connection that a packet answers.  It returns the address that the
// packet has now, and the field that has it; nil where nothing is to be undone.
func (w *tracer) reverseNAT(dst bool, q *packet.Packet, at ActionContext) (*packet.Field, packet.Value) {
	zone := packet.Inport
	if at.Pipeline == lflow.Egress {
		zone = packet.Outport
	}
	for _, t := range w.choices.ReverseNAT {
		if t.Datapath != at.Datapath || t.Dst != dst || t.Zone != 0 && t.Zone != q.Uint(zone)&0xffff || t.After.IPv6 != q.IsIPv6() || !q.IsIP() {
			continue
		}
		addr, port := packet.IPv4Dst, packet.TPDst
		switch {
		case t.Dst && t.After.IPv6:
			addr, port = packet.IPv6Src, packet.TPSrc
		case t.Dst:
			addr, port = packet.IPv4Src, packet.TPSrc
		case t.After.IPv6:
			addr = packet.IPv6Dst
		}
		ported := t.After.Port != 0
		if q.Get(addr) != t.After.Addr || ported && q.Uint(port) != uint64(t.After.Port) {
			continue
		}
		q.Set(addr, t.Before.Addr)
		if ported {
			q.SetUint(port, uint64(t.Before.Port))
		}
		return addr, t.Before.Addr
	}
	return nil, packet.Value{}
}
