package sim_test

import (
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// TestUndo sends a reply through conntrack: what was done to the connection is
// undone where it was done, and nowhere else.
func TestUndo(t *testing.T) {
	v4 := func(s string) packet.Value { v, _ := packet.ParseIPv4(s); return packet.Uint(v) }
	balanced := sim.Translation{Dst: true, Before: sim.Endpoint{Addr: v4("10.9.0.1"), Port: 80}, After: sim.Endpoint{Addr: v4("10.0.0.1"), Port: 8080}}
	hidden := sim.Translation{Before: sim.Endpoint{Addr: v4("192.168.0.5")}, After: sim.Endpoint{Addr: v4("10.0.0.2")}}
	with := func(x sim.Translation, f func(*sim.Translation)) sim.Translation { f(&x); return x }
	tests := []struct {
		name   string
		action string
		undo   sim.Translation
		want   string // source and destination as delivered
	}{
		{"destination", "ct_dnat;", balanced, "10.9.0.1:80 10.0.0.2:99"},
		{"load balancer", "ct_lb;", balanced, "10.9.0.1:80 10.0.0.2:99"},
		{"source", "ct_snat;", hidden, "10.0.0.1:8080 192.168.0.5:99"},
		{"source where destinations are undone", "ct_dnat;", hidden, "10.0.0.1:8080 10.0.0.2:99"},
		{"destination where sources are undone", "ct_snat;", balanced, "10.0.0.1:8080 10.0.0.2:99"},
		{"another connection", "ct_dnat;", with(balanced, func(x *sim.Translation) { x.After.Addr = v4("10.0.0.9") }), "10.0.0.1:8080 10.0.0.2:99"},
		{"another port", "ct_dnat;", with(balanced, func(x *sim.Translation) { x.After.Port = 81 }), "10.0.0.1:8080 10.0.0.2:99"},
		{"another family", "ct_dnat;", with(balanced, func(x *sim.Translation) { x.After.IPv6 = true }), "10.0.0.1:8080 10.0.0.2:99"},
		{"in its zone", "ct_dnat;", with(balanced, func(x *sim.Translation) { x.Zone = 1 }), "10.9.0.1:80 10.0.0.2:99"},
		{"in another zone", "ct_dnat;", with(balanced, func(x *sim.Translation) { x.Zone = 2 }), "10.0.0.1:8080 10.0.0.2:99"},
		{"on another datapath", "ct_dnat;", with(balanced, func(x *sim.Translation) { x.Datapath = &lflow.Datapath{} }), "10.0.0.1:8080 10.0.0.2:99"},
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
			n, err := lflow.Read(t.Context(), "undo", db.Bytes(), lflow.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			undo := tt.undo
			if undo.Datapath == nil {
				undo.Datapath = n.Datapaths[0]
			}
			tr, err := sim.Trace(n, sim.Request{
				Microflow: `inport == "p1" && ip4.src == 10.0.0.1 && ip4.dst == 10.0.0.2 && tcp.src == 8080 && tcp.dst == 99`,
				Choices:   sim.Choices{ReverseNAT: []sim.Translation{undo}},
			})
			if err != nil {
				t.Fatal(err)
			}
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
			undone := !strings.HasPrefix(tt.want, "10.0.0.1:8080 10.0.0.2")
			if _, changed := address(tr); changed != (undone && tt.action != "ct_lb;") {
				t.Errorf("the trace has a change: %v", changed)
			}
		})
	}
}

// address returns the address that a trace says conntrack put in.
func address(tr *trace.Trace) (s string, ok bool) {
	trace.Walk(tr.Root, func(n trace.Node) bool {
		if f, isFork := n.(*trace.Fork); isFork && f.Address != "" {
			s, ok = f.Address, true
		}
		return true
	})
	return s, ok
}
