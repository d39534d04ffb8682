package diff

import (
	"context"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestTitles names causes by what the deciding flows do.
func TestTitles(t *testing.T) {
	flow := func(match, actions string) *Where {
		return &Where{Datapath: "lr", Stage: "s", UUID: "u", Match: match, Actions: actions}
	}
	dnat := "ip && ip4.dst == 172.16.0.20 && inport == \"lr-ext\""
	tests := []struct {
		name, field string
		was, now    *Where
		want        string
	}{
		{"a floating IP leads to another instance", "eth.src", flow(dnat, "ct_dnat(10.0.0.1);"), flow(dnat, "ct_dnat(10.0.0.2);"), "destination NAT of 172.16.0.20: 10.0.0.1, now 10.0.0.2"},
		{"a floating IP is gone", "ip4.dst", flow(dnat, "ct_dnat(10.0.0.1);"), flow("1", "next;"), "destination NAT of 172.16.0.20: 10.0.0.1, now none"},
		{"its source", "ip4.src", flow("ip && ip4.src == 10.0.0.1", "ct_snat_in_czone(172.16.0.20);"), flow("ip && ip4.src == 10.0.0.1", "ct_snat_in_czone(172.16.0.21);"), "source NAT of 10.0.0.1: 172.16.0.20, now 172.16.0.21"},
		{"a route leads elsewhere", "output port", flow("1", `outport = "a"; next;`), flow("1", `outport = "b"; next;`), `output port: "a", now "b"`},
		{"a field", "ip.dscp", flow("1", "next;"), flow("1", "ip.dscp = 10; next;"), "ip.dscp"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := title(tt.field, tt.was, tt.now); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestSecondVisit sends a packet to its own switch through the router: it passes the ACLs twice, and a
// new one drops it the second time.
func TestSecondVisit(t *testing.T) {
	before, after := usual(), usual()
	before.routes[0] += " back"
	after.routes[0] += " back"
	before.acl = []string{`outport == "sw0-lr"|reg5 = 1; next;`}
	after.acl = append(before.acl, `outport == "p2" && ip.ttl == 63|drop;`)
	k := Packet{Name: "p1 to p2 through lr", Microflow: `inport == "p1" && eth.src == 02:00:00:00:00:01 && eth.dst == 02:00:00:00:ff:00 && ip4 && ip4.src == 10.0.0.1 && ip4.dst == 10.0.0.2 && ip.ttl == 64`}
	r, err := Compare(context.Background(), before.network(t), after.network(t), []Packet{k}, Options{CTNew: true})
	if err != nil || len(r.Causes) != 1 {
		t.Fatalf("%v, %d causes\n%s", err, len(r.Causes), reportText(t, r))
	}
	c := r.Causes[0]
	if c.Summary != "acl-drop" || c.Before.Match != "1" || !strings.Contains(c.After.Match, "ip.ttl == 63") {
		t.Errorf("%s: was %s, now %s", c.Summary, c.Before.text(), c.After.text())
	}
}

// TestMinorCausesAreLast has more packets of which only copies differ than others.
func TestMinorCausesAreLast(t *testing.T) {
	r := &Report{}
	for range 5 {
		r.add(&Difference{Kind: Verdict, minor: true, cause: causeKey{kind: Verdict, what: "receivers"}})
	}
	r.add(&Difference{Kind: Rewrite, cause: causeKey{kind: Rewrite, what: "ip4.dst"}})
	r.finish()
	if len(r.Causes) != 2 || r.Causes[0].Summary != "ip4.dst" || r.Causes[1].Summary != "receivers" {
		t.Errorf("%s, then %s", r.Causes[0].Summary, r.Causes[1].Summary)
	}
}

// TestReceiversInAnyOrder floods a packet to ports with other tunnel keys: there is no difference, and
// the report has friendly names.
func TestReceiversInAnyOrder(t *testing.T) {
	names := map[string]string{"a": "11111111-0000-4000-8000-000000000001", "b": "11111111-0000-4000-8000-000000000002", "c": "11111111-0000-4000-8000-000000000003"}
	network := func(order, members string) *lflow.Network {
		db := sbtest.New("25.03.0")
		sw := db.Row("Datapath_Binding", map[string]any{"tunnel_key": 1, "external_ids": sbtest.Map("name", "sw", "logical-switch", "00000001-1111-4000-8000-000000000000")})
		ports := map[string]string{}
		for i, p := range strings.Fields(order) {
			ports[p] = db.Port(sw, names[p], i+1, "", "external_ids", sbtest.Map("name", p))
		}
		var refs []any
		for _, p := range strings.Fields(members) {
			refs = append(refs, sbtest.Ref(ports[p]))
		}
		db.Row("Multicast_Group", map[string]any{"datapath": sbtest.Ref(sw), "name": "_MC_flood", "tunnel_key": 32768, "ports": []any{"set", refs}})
		for _, f := range [][3]string{{"ingress", "eth.mcast", `outport = "_MC_flood"; output;`}, {"egress", "1", "output;"}} {
			db.Row("Logical_Flow", map[string]any{"logical_datapath": sbtest.Ref(sw), "pipeline": f[0], "table_id": 0, "priority": 0, "match": f[1], "actions": f[2], "external_ids": sbtest.Map("stage-name", "ls_"+f[0])})
		}
		return tracetest.Read(t, "test", db.Bytes(), lflow.Options{})
	}
	k := Packet{Name: "flood", Microflow: `inport == "` + names["a"] + `" && eth.dst == ff:ff:ff:ff:ff:ff && arp && arp.op == 1`}
	send := func(before, after *lflow.Network) *Report {
		r, err := Compare(context.Background(), before, after, []Packet{k}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := send(network("a b c", "a b c"), network("a c b", "a b c")); !r.Same() {
		t.Errorf("the order of receivers differs:\n%s", reportText(t, r))
	}
	r := send(network("a b c", "a b c"), network("a b c", "a b"))
	if text := reportText(t, r); !strings.Contains(text, "was delivered to b; delivered to c\n        now delivered to b\n") || strings.Contains(text, "delivered to 1111") {
		t.Errorf("got\n%s", text)
	}
}
