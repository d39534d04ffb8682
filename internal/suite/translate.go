package suite

import (
	"net/netip"
	"slices"

	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// translations returns what NAT and load balancers changed on the way of a copy,
// which conntrack remembers when the copy is answered.
func (w *walk) translations(d *verdict.Disposition) (out []sim.Translation) {
	for p := range trace.Paths(w.trace) {
		n, ok := p.Node.(*trace.Delivered)
		if !ok || n.Port != d.Port || n.Packet != d.Packet {
			continue
		}
		for ; p != nil; p = p.Parent {
			if f, ok := p.Node.(*trace.Fork); ok {
				if t, ok := w.net.translation(f, p); ok {
					out = append(out, t)
				}
			}
		}
		slices.Reverse(out)
		break
	}
	return out
}

// packetBefore returns the packet of which a fork was made, nil where the trace
// does not have it.
func packetBefore(p *trace.Path) *packet.Packet {
	for p = p.Parent; p != nil; p = p.Parent {
		switch n := p.Node.(type) {
		case *trace.Table:
			return &n.Packet
		case *trace.Fork:
			return &n.Packet
		}
	}
	return nil
}

// translation returns what a fork translated.
func (n *network) translation(f *trace.Fork, at *trace.Path) (t sim.Translation, ok bool) {
	p, before := at.Pipeline, packetBefore(at)
	if f.Address == "" || before == nil {
		return t, false
	}
	t = sim.Translation{Dst: f.Kind != trace.ForkCTSNAT}
	for _, d := range n.Network().Datapaths {
		if d.TunnelKey == p.Key && d.DisplayName(true) == p.Datapath {
			t.Datapath = d
		}
	}
	ip, err := netip.ParseAddr(f.Address)
	if err != nil || t.Datapath == nil {
		return t, false
	}
	if t.Datapath.Type != "logical-router" {
		t.Zone = before.Uint(packet.Inport) & packet.PortKey
		if p.Egress {
			t.Zone = before.Uint(packet.Outport) & packet.PortKey
		}
	}
	addr, port := packet.IPv4Src, packet.TPSrc
	switch {
	case t.Dst && f.IPv6:
		addr, port = packet.IPv6Dst, packet.TPDst
	case t.Dst:
		addr, port = packet.IPv4Dst, packet.TPDst
	case f.IPv6:
		addr = packet.IPv6Src
	}
	t.Before = sim.Endpoint{IPv6: f.IPv6, Addr: before.Get(addr)}
	t.After = sim.Endpoint{IPv6: f.IPv6, Addr: packet.FromAddr(ip)}
	if was, is := before.Uint(port), f.Packet.Uint(port); was != is {
		t.Before.Port, t.After.Port = uint16(was), uint16(is)
	}
	return t, true
}
