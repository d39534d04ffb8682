package shadow_test

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/shadow"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// compared returns what is found of the last of some flows on a switch, each of
// a priority below the one before.
func compared(t *testing.T, matches ...string) shadow.Result {
	t.Helper()
	db := sbtest.New("23.03")
	sw := db.Datapath("sw", 1)
	db.Port(sw, "a", 1, "")
	db.Port(sw, "b", 2, "")
	for i, match := range matches {
		db.Flow(sw, "ingress", 0, 100-i, match, "next;")
	}
	n := tracetest.Read(t, "sb", db.Bytes(), lflow.Options{})
	var last shadow.Result
	n.EachTable(func(_ lflow.Pipeline, _ int, flows []lflow.Found) {
		table, sets := shadow.NewTable(n), shadow.NewSets(n)
		for _, f := range flows {
			condition, ok := f.Flow.Condition()
			if !ok {
				t.Fatalf("%s does not parse", f.Flow.MatchText())
			}
			last = table.Compare(f.Flow, sets.Of(f.Datapaths), condition)
		}
	})
	return last
}

// TestCompare has matches and whether every packet of the first is one of the
// second.
func TestCompare(t *testing.T) {
	for _, tt := range []struct {
		below, above string
		want         bool
	}{
		{"tcp.dst == 80", "1", true},
		{"1", "tcp.dst == 80", false},
		{"tcp.dst == 80", "tcp", true},
		{"tcp.dst == 80", "ip", true},
		{"tcp", "tcp.dst == 80", false},
		{"tcp.dst == 80", "udp", false},
		{"ip4.src == 10.1.0.0/16", "ip4.src == 10.0.0.0/8", true},
		{"ip4.src == 10.0.0.0/8", "ip4.src == 10.1.0.0/16", false},
		{"ip4.src == 11.1.0.0/16", "ip4.src == 10.0.0.0/8", false},
		{"ip4.src == {10.1.0.0/16, 10.2.0.1}", "ip4.src == 10.0.0.0/8", true},
		{"ip4.src == {10.1.0.0/16, 11.2.0.1}", "ip4.src == 10.0.0.0/8", false},
		{"tcp.dst == 80", "tcp.dst == {80, 443}", true},
		{"tcp.dst == {80, 443}", "tcp.dst == {443, 80, 22}", true},
		{"tcp.dst == {80, 25}", "tcp.dst == {443, 80, 22}", false},
		{"tcp.dst == 80 && ip4.src == 10.0.0.1", "ip4.src == 10.0.0.1 && tcp.dst == 80", true},
		{"tcp.dst < 80", "tcp.dst < 100", true},
		{"tcp.dst < 100", "tcp.dst < 80", false},
		{"reg0 == 5", "reg0 != 6", true},
		{"reg0 == 6", "reg0 != 6", false},
		{`inport == "a"`, `inport == "a"`, true},
		{`inport == "a"`, `inport == "b"`, false},
		{`inport == "a" && ip4`, `inport == {"b", "a"}`, true},
		{`is_chassis_resident("a") && ip4`, `is_chassis_resident("a")`, true},
		{`is_chassis_resident("a")`, `!is_chassis_resident("a")`, false},
		{`is_chassis_resident("a")`, `is_chassis_resident("b")`, false},
		{"ip4", `is_chassis_resident("a")`, false},
		{`ip4 && (is_chassis_resident("a") || tcp)`, "ip4", true},
		{"(ip4 && tcp) || (ip6 && udp)", "ip", true},
		{"(ip4 && tcp) || arp", "ip", false},
	} {
		if r := compared(t, tt.above, tt.below); r.Never || (r.By != nil) != tt.want || (r.Cubes != nil) == tt.want {
			t.Errorf("%s below %s: got %+v, want shadowed %v", tt.below, tt.above, r, tt.want)
		}
	}
}

// TestNever has conditions that contradict themselves.
func TestNever(t *testing.T) {
	for _, match := range []string{
		"ip4 && ip6", "tcp && udp.dst == 53", "reg0 == 1 && reg0 == 2", `inport == "a" && inport == "b"`,
		`is_chassis_resident("a") && !is_chassis_resident("a")`,
	} {
		if r := compared(t, match); !r.Never {
			t.Errorf("%s: got %+v", match, r)
		}
	}
}

// TestSeveralFlows has a flow that two others cover, a part of it each.
func TestSeveralFlows(t *testing.T) {
	if r := compared(t, "tcp.dst == 80", "ip4 && udp", "tcp.dst == 80 || (ip4 && udp)"); len(r.By) != 2 {
		t.Errorf("got %+v, want two covering flows", r)
	}
}

// TestGroupAndPort has a flow that takes the packets of a port only if it is in a
// group, and so covers none of that port alone.
func TestGroupAndPort(t *testing.T) {
	db := sbtest.New("23.03")
	sw := db.Datapath("sw", 1)
	db.Port(sw, "a", 1, "")
	db.Port(sw, "b", 2, "")
	db.Row("Port_Group", map[string]any{"name": "1_pg", "ports": "b"})
	db.Flow(sw, "ingress", 0, 2, `inport == @pg && inport == "a"`, "next;")
	db.Flow(sw, "ingress", 0, 1, `inport == "a"`, "next;")
	n := tracetest.Read(t, "sb", db.Bytes(), lflow.Options{})
	table, sets := shadow.NewTable(n), shadow.NewSets(n)
	for _, f := range n.Search(func(lflow.FlowRow) bool { return true }) {
		if err := f.Flow.Err(f.Datapaths[0]); err != nil {
			t.Fatal(err)
		}
		condition, _ := f.Flow.Condition()
		if r := table.Compare(f.Flow, sets.Of(f.Datapaths), condition); r.By != nil {
			t.Errorf("%s is covered by %s", f.Flow.MatchText(), r.By[0].MatchText())
		}
	}
}
