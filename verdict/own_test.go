package verdict_test

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// TestOfPacketLeavesOutGenerated compares it with Of: the packet's own end is first
// in both, and only what is generated is missing.
func TestOfPacketLeavesOutGenerated(t *testing.T) {
	end := &trace.Pipeline{Egress: true, Container: trace.Container{Nodes: []trace.Node{&trace.Table{Container: trace.Container{Nodes: []trace.Node{&trace.Delivered{Port: trace.PortNamed("p", "", nil)}}}}}}}
	root := &trace.Pipeline{Container: trace.Container{Nodes: []trace.Node{&trace.Table{
		Stage: "lr_in_arp_request",
		Flow:  &trace.Flow{UUID: "f", Priority: 100},
		Container: trace.Container{Nodes: []trace.Node{
			&trace.Fork{Kind: trace.ForkARP, Container: trace.Container{Nodes: []trace.Node{end}}},
			&trace.Fork{Kind: trace.ForkMirror, Container: trace.Container{Nodes: []trace.Node{end}}},
		}},
	}}}}
	all, own := verdict.Of(&trace.Trace{Root: root}), verdict.OfPacket(&trace.Trace{Root: root})
	if len(all) != 3 || len(own) != 1 {
		t.Fatalf("%d and %d ends, want 3 and 1", len(all), len(own))
	}
	if own[0].Code != all[0].Code || own[0].Code != verdict.ArpUnresolved {
		t.Errorf("the packet ends with %q and %q, want %q", own[0].Code, all[0].Code, verdict.ArpUnresolved)
	}
}
