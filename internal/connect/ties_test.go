package connect_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// TestTies sends a packet through ten tables, in each of which two flows of one priority
// match it. Where they make the same of it, they are one way to choose, where they do not
// each is tried.
func TestTies(t *testing.T) {
	for _, test := range []struct {
		name, one, other string
		ways             int
		complete         bool
		verdict          connect.Verdict
	}{
		{"same register", "reg1 = 7; next;", "reg1[0..2] = 7; next;", 1, true, connect.Works},
		{"order", "reg2[0] = 1; reg2[1] = 1; next;", "reg2[0..1] = 3; next;", 1, true, connect.Works},
		{"set already", "next;", "flags.loopback = 0; next;", 1, true, connect.Works},
		{"log", `log(name="a", verdict=allow, severity=info); reg3 = 1; next;`, `reg3 = 1; log(name="b", verdict=allow, severity=info); next;`, 1, true, connect.Works},
		{"commit", "reg4 = 1; ct_commit { ct_mark.blocked = 0; }; next;", "reg4[0] = 1; ct_commit { ct_mark.blocked = 0; }; next;", 1, true, connect.Works},
		{"other register", "reg5 = 1; next;", "reg5 = 2; next;", connect.MaxCombinations, false, connect.Uncertain},
		{"other table", "reg6 = 1; next;", "reg6 = 1; next(pipeline=ingress, table=10);", 10, true, connect.Works},
		{"logged drop", "drop;", `log(name="a", verdict=drop, severity=info);`, 1, true, connect.Fails},
		{"drop", "next;", "drop;", 11, true, connect.Varies},
	} {
		t.Run(test.name, func(t *testing.T) {
			const tables = 10
			db := sbtest.New("23.03.0")
			hv1 := db.Row("Chassis", map[string]any{"name": "hv1"})
			d := db.Datapath("s", 1)
			db.Port(d, "a", 1, "", "chassis", sbtest.Ref(hv1), "mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.1"))
			db.Port(d, "b", 2, "", "chassis", sbtest.Ref(hv1), "mac", sbtest.Set("0a:00:00:00:00:02 10.0.0.2"))
			for table := range tables {
				db.Flow(d, "ingress", table, 100, "ip4.src == 10.0.0.1", test.one)
				db.Flow(d, "ingress", table, 100, "ip4.dst == 10.0.0.2", test.other)
				db.Flow(d, "ingress", table, 0, "1", "next;")
			}
			db.Flow(d, "ingress", tables, 50, "eth.dst == 0a:00:00:00:00:01", `outport = "a"; output;`)
			db.Flow(d, "ingress", tables, 50, "eth.dst == 0a:00:00:00:00:02", `outport = "b"; output;`)
			db.Flow(d, "egress", 0, 0, "1", "output;")
			a := answerOver(t, clusterOf(t, db), connect.Opening{Microflow: strings.Replace(flow, "tcp", "udp", 2)})
			ways := 0
			for _, o := range a.Outcomes {
				ways += len(o.Combinations)
			}
			if ways != test.ways || a.Complete != test.complete || a.Verdict != test.verdict {
				t.Errorf("%d ways, complete %v, %s; want %d, %v, %s", ways, a.Complete, a.Verdict, test.ways, test.complete, test.verdict)
			}
			warned := slices.ContainsFunc(a.Warnings, func(text string) bool { return strings.Contains(text, "both match at priority 100") })
			if warned != (test.ways > 1) {
				t.Errorf("warnings: %q", a.Warnings)
			}
		})
	}
}
