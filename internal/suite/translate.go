package suite

import (
	"net/netip"

	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// translations returns what NAT and load balancers changed on the way of a copy,
// which conntrack remembers when the copy is answered.
func (w *walk) translations(d *verdict.Disposition) (out []sim.Translation) {
	var down func(n trace.Node, p *trace.Pipeline, before *packet.Packet, so []sim.Translation) bool
	down = func(n trace.Node, p *trace.Pipeline, before *packet.Packet, so []sim.Translation) bool {
		switch n := n.(type) {
		case *trace.Pipeline:
			p = n
		case *trace.Table:
			before = &n.Packet
		case *trace.Fork:
			if t, ok := w.net.translation(n, p, before); ok {
				so = append(so[:len(so):len(so)], t)
			}
			before = &n.Packet
		case *trace.Delivered:
			if n.Port == d.Port && n.Packet == d.Packet {
				out = so
				return true
			}
		}
		for _, s := range n.Subs() {
			if down(s, p, before, so) {
				return true
			}
		}
		return false
	}
	down(w.trace.Root, nil, nil, nil)
	return out
}

// translation returns what a fork translated.
func (n *network) translation(f *trace.Fork, p *trace.Pipeline, before *packet.Packet) (t sim.Translation, ok bool) {
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
		t.Zone = before.Uint(inport) & 0xffff
		if p.Egress {
			t.Zone = before.Uint(outport) & 0xffff
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
