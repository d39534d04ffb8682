package sim_test

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// TestUndo sends a reply through conntrack: what the choices undo in a zone is undone
// there, and shown as the translation that it is.
func TestUndo(t *testing.T) {
	v4 := func(s string) packet.Value { v, _ := packet.ParseIPv4(s); return packet.Uint(v) }
	source := func(p *packet.Packet) { p.Set(packet.IPv4Src, v4("10.9.0.1")); p.SetUint(packet.TPSrc, 80) }
	destination := func(p *packet.Packet) { p.Set(packet.IPv4Dst, v4("192.168.0.5")) }
	const same = "10.0.0.1:8080 10.0.0.2:99"
	tests := []struct {
		name   string
		action string
		undo   func(*packet.Packet)
		zone   sim.CTZone // without its datapath, which is the switch
		want   string     // source and destination as delivered
		kind   trace.ForkKind
	}{
		{"the source", "ct_dnat;", source, sim.CTZone{Port: 1}, "10.9.0.1:80 10.0.0.2:99", trace.ForkCTSNAT},
		{"load balancer", "ct_lb;", source, sim.CTZone{Port: 1}, "10.9.0.1:80 10.0.0.2:99", trace.ForkCTLB},
		{"the destination", "ct_snat;", destination, sim.CTZone{Port: 1}, "10.0.0.1:8080 192.168.0.5:99", trace.ForkCTDNAT},
		{"the other one of one zone", "ct_dnat;", destination, sim.CTZone{Port: 1}, "10.0.0.1:8080 192.168.0.5:99", trace.ForkCTDNAT},
		{"in another zone", "ct_dnat;", source, sim.CTZone{Port: 2}, same, trace.ForkCTDNAT},
		{"a new translation", "ct_dnat(10.0.0.7);", source, sim.CTZone{Port: 1}, "10.0.0.1:8080 10.0.0.7:99", trace.ForkCTDNAT},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := sbtest.New("23.03")
			sw := db.Datapath("sw", 1)
			db.Port(sw, "p1", 1, "")
			db.Port(sw, "p2", 2, "")
			db.Flow(sw, "ingress", 0, 0, "1", tt.action)
			db.Flow(sw, "ingress", 1, 0, "1", `outport = "p2"; output;`)
			db.Flow(sw, "egress", 0, 0, "1", "output;")
			n := tracetest.Read(t, "undo", db.Bytes(), lflow.Options{})
			zone := tt.zone
			zone.Datapath = n.Datapaths[0]
			undo := func(z sim.CTZone, p *packet.Packet) bool {
				if z == zone {
					tt.undo(p)
				}
				return z == zone
			}
			tr := tracetest.Trace(t, n, sim.Request{
				Microflow: `inport == "p1" && ip4.src == 10.0.0.1 && ip4.dst == 10.0.0.2 && tcp.src == 8080 && tcp.dst == 99`,
				Choices:   sim.Choices{Undo: undo},
			})
			got := ""
			trace.Walk(tr.Root, func(n trace.Node) bool {
				if d, ok := n.(*trace.Delivered); ok {
					p := &d.Packet
					f := func(f *packet.Field) string { return f.Format(p.Get(f)) }
					got = f(packet.IPv4Src) + ":" + f(packet.TPSrc) + " " + f(packet.IPv4Dst) + ":" + f(packet.TPDst)
				}
				return true
			})
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			trace.Walk(tr.Root, func(n trace.Node) bool {
				if f, ok := n.(*trace.Fork); ok && tt.want != same && f.Kind != tt.kind {
					t.Errorf("shown as %v, want %v", f.Kind, tt.kind)
				}
				return true
			})
		})
	}
}
