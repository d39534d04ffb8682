package connect_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// row is a flow that a northbound row of a stateless policy leads to.
type row struct {
	pipeline string
	table    int
	stage    string
	priority int
	match    string
	actions  string
	hint     string // of the row, "" for none
}

// flow is the first packet of a connection from a to b.
const flow = `inport == "a" && eth.src == 0a:00:00:00:00:01 && eth.dst == 0a:00:00:00:00:02 && ip4.src == 10.0.0.1 && ip4.dst == 10.0.0.2 && ip.ttl == 64 && tcp.src == 40000 && tcp.dst == 80`

// blocked returns a switch with two ports on two chassis, of which b's is bound if
// bound is set, and the flows.
func blocked(t *testing.T, bound bool, flows []row) *cluster.Cluster {
	t.Helper()
	db := sbtest.New("23.03.0")
	var chassis []string
	for _, name := range []string{"hv1", "hv2"} {
		chassis = append(chassis, db.Row("Chassis", map[string]any{"name": name}))
	}
	d := db.Datapath("sw", 1)
	db.Port(d, "a", 1, "", "chassis", sbtest.Ref(chassis[0]), "mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.1"))
	more := []any{"mac", sbtest.Set("0a:00:00:00:00:02 10.0.0.2")}
	if bound {
		more = append(more, "chassis", sbtest.Ref(chassis[1]))
	}
	db.Port(d, "b", 2, "", more...)
	for _, r := range append(flows,
		row{"ingress", 0, "ls_in_acl", 0, "1", "next;", ""},
		row{"ingress", 1, "ls_in_l2_lkup", 50, "eth.dst == 0a:00:00:00:00:01", `outport = "a"; output;`, ""},
		row{"ingress", 1, "ls_in_l2_lkup", 50, "eth.dst == 0a:00:00:00:00:02", `outport = "b"; output;`, ""},
		row{"egress", 0, "ls_out_acl", 0, "1", "next;", ""},
		row{"egress", 1, "ls_out_apply_port_sec", 0, "1", "output;", ""},
	) {
		ids := []string{"stage-name", r.stage}
		if r.hint != "" {
			ids = append(ids, "stage-hint", r.hint)
		}
		db.Row("Logical_Flow", map[string]any{
			"logical_datapath": sbtest.Ref(d), "pipeline": r.pipeline, "table_id": r.table, "priority": r.priority,
			"match": r.match, "actions": r.actions, "external_ids": sbtest.Map(ids...),
		})
	}
	db.Row("Load_Balancer", map[string]any{"name": "lb", "vips": sbtest.Map("10.9.9.9:80", "10.0.0.2:80", "10.9.9.8:80", "")})
	return clusterOf(t, db)
}

func clusterOf(t *testing.T, db *sbtest.DB) *cluster.Cluster {
	t.Helper()
	n := tracetest.Read(t, "sb", db.Bytes(), lflow.Options{})
	c, err := cluster.New([]*lflow.Network{n}, cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answerOver walks a connection whose first packet is that of an opening.
func answerOver(t *testing.T, c *cluster.Cluster, o connect.Opening) *connect.Answer {
	t.Helper()
	first, err := o.First(c)
	if err != nil {
		t.Fatal(err)
	}
	return connect.Ask(c, &connect.Options{}, first)
}

// TestObstacleBackends continues at a configured backend if none is up, and stops if none is
// configured.
func TestObstacleBackends(t *testing.T) {
	for _, test := range []struct {
		vip       string
		removal   connect.Removal
		remaining connect.Verdict
	}{
		{"10.9.9.9", connect.AsBackend, connect.Works},
		{"10.9.9.8", connect.Stuck, connect.Fails},
	} {
		c := blocked(t, true, []row{{"ingress", 0, "ls_in_lb", 120, "ip4.dst == " + test.vip + " && tcp.dst == 80", "drop;", "0000000a"}})
		first, err := connect.Opening{Microflow: strings.Replace(flow, "ip4.dst == 10.0.0.2", "ip4.dst == "+test.vip, 1)}.First(c)
		if err != nil {
			t.Fatal(err)
		}
		o := connect.Ask(c, &connect.Options{Obstacles: true}, first).Outcomes[0]
		if len(o.Obstacles) != 1 || o.Obstacles[0].Where.Code != verdict.LBNoBackend || o.Obstacles[0].Removal != test.removal || o.Remaining != test.remaining {
			t.Errorf("%s: %+v, %s", test.vip, o.Obstacles, o.Remaining)
		}
	}
}

// TestObstaclesAreBounded stops after as many obstacles as are removed.
func TestObstaclesAreBounded(t *testing.T) {
	var flows []row
	for i := range connect.MaxObstacles + 1 {
		flows = append(flows, row{"ingress", 0, "ls_in_acl", 1000 + i, `inport == "a"`, "drop;", fmt.Sprintf("%08x", i+1)})
	}
	c := blocked(t, true, flows)
	first, err := connect.Opening{Microflow: flow}.First(c)
	if err != nil {
		t.Fatal(err)
	}
	o := connect.Ask(c, &connect.Options{Obstacles: true}, first).Outcomes[0]
	if len(o.Obstacles) != connect.MaxObstacles || o.Remaining != connect.Fails {
		t.Errorf("%d obstacles, %s", len(o.Obstacles), o.Remaining)
	}
}

// TestObstacles lists the obstacles in the order in which packets reach them.
func TestObstacles(t *testing.T) {
	const (
		in, out = "ls_in_acl", "ls_out_acl"
		drop    = "drop;"
	)
	tests := []struct {
		name      string
		bound     bool
		flows     []row
		want      []string // packet, code, removal
		remaining connect.Verdict
	}{
		{"nothing", true, nil, nil, connect.Works},
		{"one after the other, in both directions", false, []row{
			{"ingress", 0, in, 2000, `inport == "a" && tcp.dst == 80`, drop, "0000000a"},
			{"ingress", 0, in, 1000, `inport == "a" && ip4.dst == 10.0.0.2`, drop, "0000000b"},
			{"egress", 0, out, 1000, `outport == "a" && tcp.src == 80`, drop, "0000000c"},
		}, []string{"request acl-drop without-flow 0000000a", "request acl-drop without-flow 0000000b", "request port-not-bound bound ", "reply acl-drop without-flow 0000000c"}, connect.Works},
		{"the rest of a row is no second obstacle", true, []row{
			{"ingress", 0, in, 2000, `inport == "a" && tcp.flags == 2`, drop, "0000000a"},
			{"ingress", 0, in, 1999, `inport == "a" && tcp`, drop, "0000000a"},
		}, []string{"request acl-drop without-flow 0000000a"}, connect.Works},
		{"what an allowing row covers", true, []row{
			{"ingress", 0, in, 2000, `inport == "a" && tcp.dst == 80`, drop, "0000000a"},
			{"ingress", 0, in, 1500, `inport == "a" && tcp`, "next;", "0000000b"},
			{"ingress", 0, in, 1000, `inport == "a"`, drop, "0000000c"},
		}, []string{"request acl-drop without-flow 0000000a"}, connect.Works},
		{"the default, once for each port", true, []row{
			{"ingress", 0, in, 1, `ip`, drop, ""},
		}, []string{"request acl-drop without-flow ", "reply acl-drop without-flow "}, connect.Works},
		{"the last packet", true, []row{
			{"egress", 0, out, 1000, `outport == "b" && tcp.flags == 0x10`, drop, "0000000a"},
		}, []string{"third acl-drop without-flow 0000000a"}, connect.Works},
		{"no way on", true, []row{
			{"ingress", 0, in, 2000, `inport == "a"`, drop, "0000000a"},
			{"ingress", 0, in, 1000, `inport == "a" && tcp`, "eth.dst = 0a:00:00:00:00:09; next;", ""},
		}, []string{"request acl-drop without-flow 0000000a", "request unknown-mac none "}, connect.Fails},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := blocked(t, test.bound, test.flows)
			first, err := connect.Opening{Microflow: flow}.First(c)
			if err != nil {
				t.Fatal(err)
			}
			before := connect.Ask(c, &connect.Options{}, first)
			a := connect.Ask(c, &connect.Options{Obstacles: true}, first)
			var got []string
			for _, x := range a.Outcomes[0].Obstacles {
				hint := ""
				if x.Where.Flow != nil && x.Removal == connect.WithoutFlow {
					hint = x.Where.Flow.Hint
				}
				got = append(got, fmt.Sprintf("%s %s %s %s", x.Role, x.Where.Code, x.Removal, hint))
			}
			if !slices.Equal(got, test.want) || a.Outcomes[0].Remaining != test.remaining {
				t.Errorf("got  %q %s\nwant %q %s", got, a.Outcomes[0].Remaining, test.want, test.remaining)
			}
			if after := connect.Ask(c, &connect.Options{}, first); a.Verdict != before.Verdict || after.Verdict != before.Verdict {
				t.Errorf("the verdict is %s, with obstacles %s, afterwards %s", before.Verdict, a.Verdict, after.Verdict)
			}
		})
	}
}
