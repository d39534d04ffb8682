package wording

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// TestEveryRemarkHasWords checks that every remark has a text.
func TestEveryRemarkHasWords(t *testing.T) {
	constants, _ := tracetest.Declared(t, "trace")
	names := constants["RemarkKind"]
	if len(names) == 0 {
		t.Fatal("found no remarks")
	}
	seen := map[string]bool{}
	for i, name := range names {
		line := Words{}.remarkLine(&trace.Remark{Kind: trace.RemarkKind(i), Text: name})
		if line == "" {
			t.Errorf("trace.%s has no words", name)
		}
		if seen[line] {
			t.Errorf("trace.%s says what another remark says: %s", name, line)
		}
		seen[line] = true
	}
}

// TestEveryForkHasWords does the same for packets made from others.
func TestEveryForkHasWords(t *testing.T) {
	constants, _ := tracetest.Declared(t, "trace")
	names := constants["ForkKind"]
	for i, name := range names {
		if forkLine(&trace.Fork{Kind: trace.ForkKind(i), Variant: "ct_lb_mark"}) == "" {
			t.Errorf("trace.%s has no words", name)
		}
	}
}

// TestEveryNodeHasALine walks the union of nodes.
func TestEveryNodeHasALine(t *testing.T) {
	flow := &trace.Flow{}
	all := map[string]trace.Node{
		"Pipeline": &trace.Pipeline{}, "Table": &trace.Table{}, "Action": &trace.Action{Text: trace.SameText("next;")}, "Drop": &trace.Drop{},
		"Change": &trace.Change{Field: "f"}, "Delivered": &trace.Delivered{}, "Reached": &trace.Reached{}, "Replaced": &trace.Replaced{},
		"Omitted": &trace.Omitted{}, "Fork": &trace.Fork{}, "Log": &trace.Log{}, "Remark": &trace.Remark{},
		"Uncertain": &trace.Uncertain{Flow: flow}, "Overlap": &trace.Overlap{Selected: flow, Other: flow},
	}
	_, names := tracetest.Declared(t, "trace")
	w := Of(&trace.Trace{}, Names{})
	for _, name := range names {
		n, ok := all[name]
		if !ok {
			t.Errorf("trace.%s is a node that this test does not know", name)
			continue
		}
		if w.Line(n) == "" {
			t.Errorf("trace.%s has no line", name)
		}
	}
}

func TestPacketTitle(t *testing.T) {
	set := func(pairs ...any) *packet.Packet {
		var p packet.Packet
		for i := 0; i < len(pairs); i += 2 {
			p.SetUint(pairs[i].(*packet.Field), uint64(pairs[i+1].(int)))
		}
		return &p
	}
	for _, c := range []struct {
		p              *packet.Packet
		word, from, to string
	}{
		{set(packet.EthSrc, 1, packet.EthDst, 2), "Ethernet", "00:00:00:00:00:01", "00:00:00:00:00:02"},
		{set(packet.EthType, packet.EthTypeARP, packet.ARPSPA, 1, packet.ARPTPA, 2), "ARP", "0.0.0.1", "0.0.0.2"},
		{set(packet.EthType, packet.EthTypeIPv4, packet.IPv4Src, 1, packet.IPv4Dst, 2), "IP", "0.0.0.1", "0.0.0.2"},
		{set(packet.EthType, packet.EthTypeIPv4, packet.IPProto, 1), "ICMP", "0.0.0.0", "0.0.0.0"},
		{set(packet.EthType, packet.EthTypeIPv4, packet.IPProto, 17, packet.TPSrc, 5, packet.TPDst, 6), "UDP", "0.0.0.0:5", "0.0.0.0:6"},
		{set(packet.EthType, packet.EthTypeIPv6, packet.IPProto, 132, packet.TPDst, 6), "SCTP", "[::]:0", "[::]:6"},
		{set(packet.EthType, packet.EthTypeIPv6, packet.IPProto, 58, packet.TPSrc, 135), "ND", "::", "::"},
		{set(packet.EthType, packet.EthTypeIPv6, packet.IPProto, 58, packet.TPSrc, 128), "ICMP", "::", "::"},
		{set(packet.EthType, packet.EthTypeIPv6), "IPv6", "::", "::"},
	} {
		if word, from, to := PacketTitle(c.p); word != c.word || from != c.from || to != c.to {
			t.Errorf("got %s %s %s, want %s %s %s", word, from, to, c.word, c.from, c.to)
		}
	}
}

func TestEveryOriginHasAWord(t *testing.T) {
	constants, _ := tracetest.Declared(t, "verdict")
	if len(OriginWords) != len(constants["Origin"]) {
		t.Errorf("%d words for %v", len(OriginWords), constants["Origin"])
	}
}
