package sim_test

import (
	"net/netip"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// TestSolicitations compares the packet that nd_ns makes with what compose_nd_ns() of Open vSwitch's
// lib/packets.c makes in pinctrl_handle_nd_ns() of ovn-controller. The actions of nd_ns set the target
// only in a neighbor solicitation.
func TestSolicitations(t *testing.T) {
	ip := func(s string) packet.Value { return packet.FromAddr(netip.MustParseAddr(s)) }
	n := lab(t, "26.03", `reg0[0] = 1; eth.src = 0a:00:00:00:00:fe; nd_ns { nd.target = fd00::1:2:3; next; };`)
	const tcp = `inport == "p1" && eth.src == 0a:00:00:00:00:01 && ip6 && ip6.src == fd00::1 && ip6.dst == fd00::9:8765:4321 && ip.ttl == 64 && tcp && tcp.dst == 80 && tcp.flags == 2`
	for _, solicits := range []bool{false, true} {
		tr := tracetest.Trace(t, n, sim.Request{Microflow: tcp, Choices: sim.Choices{Solicits: solicits}})
		var made, inside *packet.Packet
		trace.Walk(tr.Root, func(n trace.Node) bool {
			if f, ok := n.(*trace.Fork); ok && f.Kind == trace.ForkNDNS {
				made = &f.Packet
				for _, sub := range f.Nodes {
					if table, ok := sub.(*trace.Table); ok {
						inside = &table.Packet
					}
				}
			}
			return true
		})
		if made == nil || inside == nil {
			t.Fatal("no solicitation in the trace")
		}
		if made.Uint(packet.EthDst) != 0x3333ff654321 || made.Uint(packet.TPSrc) != packet.NDSolicit || made.Uint(packet.Reg(0)) != 1 {
			t.Errorf("%s", made.Header(packet.HeaderStyle{}))
		}
		if got := made.IsND(); got != solicits {
			t.Errorf("Solicits %v: is a neighbor solicitation: %v", solicits, got)
		}
		if !solicits {
			continue
		}
		for f, want := range map[*packet.Field]packet.Value{
			packet.EthSrc:   packet.Uint(0x0a00000000fe),
			packet.IPv6Src:  ip("fe80::800:ff:fe00:fe"),
			packet.IPv6Dst:  ip("ff02::1:ff65:4321"),
			packet.IPTTL:    packet.Uint(255),
			packet.IPProto:  packet.Uint(packet.ProtoICMPv6),
			packet.TPDst:    {},
			packet.TCPFlags: {},
			packet.NDTarget: ip("fd00::9:8765:4321"),
			packet.NDSLL:    packet.Uint(0x0a00000000fe),
			packet.NDTLL:    {},
		} {
			if got := made.Get(f); got != want {
				t.Errorf("%s: %s, want %s", f.Name, f.Format(got), f.Format(want))
			}
		}
		if got := inside.Get(packet.NDTarget); got != ip("fd00::1:2:3") {
			t.Errorf("target: %s", packet.NDTarget.Format(got))
		}
	}
}
