package coverage_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/coverage"
	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/page"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
)

// counted returns a network small enough to count by hand: a switch with ports a
// and b, whose ingress has ACLs in table 0 and a lookup in table 1.
func counted(t *testing.T) *lflow.Network {
	t.Helper()
	db := sbtest.New("23.03")
	sw := db.Datapath("sw", 1)
	db.Port(sw, "a", 1, "")
	db.Port(sw, "b", 2, "")
	flow := func(pipeline string, table, priority int, match, actions, stage, hint string) {
		ids := []string{"stage-name", stage}
		if hint != "" {
			ids = append(ids, "stage-hint", hint)
		}
		db.Row("Logical_Flow", map[string]any{
			"logical_datapath": sbtest.Ref(sw), "pipeline": pipeline, "table_id": table, "priority": priority,
			"match": match, "actions": actions, "external_ids": sbtest.Map(ids...),
		})
	}
	const acl, lookup, out = "ls_in_acl", "ls_in_l2_lkup", "ls_out_apply_port_sec"
	flow("ingress", 0, 2000, "ip4.src == 10.0.0.0/8", "next;", acl, "aaaaaaaa")                                               // taken
	flow("ingress", 0, 1999, "ip4.src == 10.1.0.0/16 && tcp.dst == 80", "drop;", acl, "bbbbbbbb")                             // shadowed
	flow("ingress", 0, 1998, "tcp.dst == 22", `log(name="no ssh", severity=info, verdict=drop); /* drop */`, acl, "cccccccc") // missed
	flow("ingress", 0, 1997, `inport == "gone"`, "drop;", acl, "dddddddd")                                                    // never
	flow("ingress", 0, 1996, "ip4.nonsense == 3", "drop;", acl, "eeeeeeee")                                                   // does not parse
	flow("ingress", 0, 1, "tcp", "next;", acl, "aaaaaaaa")                                                                    // missed, of an ACL that was met
	flow("ingress", 0, 0, "1", "next;", acl, "")                                                                              // taken, in silence
	flow("ingress", 1, 50, "eth.dst == 0a:00:00:00:00:02", `outport = "b"; output;`, lookup, "")                              // taken
	flow("ingress", 1, 50, "eth.dst == 0a:00:00:00:00:01", `outport = "a"; output;`, lookup, "")                              // missed
	flow("egress", 0, 0, "1", "output;", out, "")                                                                             // taken
	r := db.Row("Datapath_Binding", map[string]any{"tunnel_key": 2, "external_ids": sbtest.Map("name", "r", "logical-router", "00000000-0000-4000-8000-000000000009")})
	db.Flow(r, "ingress", 0, 1, "ip4", "drop;") // missed
	return tracetest.Read(t, "counted", db.Bytes(), lflow.Options{})
}

// collected walks two packets from a to b, of which the first meets ACL
// aaaaaaaa and the second none.
func collected(t *testing.T) *coverage.Profile {
	t.Helper()
	n := counted(t)
	var c coverage.Collector
	for _, src := range []string{"10.2.3.4", "192.0.2.1"} {
		tracetest.Trace(t, n, sim.Request{
			Microflow: `inport == "a" && eth.dst == 0a:00:00:00:00:02 && ip4.src == ` + src + " && udp",
			Choices:   sim.Choices{Matched: func(d *lflow.Datapath, f *lflow.Flow) { c.Matched(n, d, f) }},
		})
	}
	c.Add("counted.db", n)
	return c.Profile()
}

// TestCounts compares with the comments in counted.
func TestCounts(t *testing.T) {
	p := collected(t)
	if len(p.Databases) != 1 {
		t.Fatalf("%d databases", len(p.Databases))
	}
	db := p.Databases[0]
	if want := (coverage.Counts{Total: 11, Reachable: 8, Covered: 4, Shadowed: 1, Never: 1, Unparsed: 1}); db.Counts != want {
		t.Errorf("got %+v, want %+v", db.Counts, want)
	}
	kinds := []coverage.Kind{
		{Kind: "logical-switch", Counts: coverage.Counts{Total: 10, Reachable: 7, Covered: 4, Shadowed: 1, Never: 1, Unparsed: 1}},
		{Kind: "logical-router", Counts: coverage.Counts{Total: 1, Reachable: 1}},
	}
	for i, k := range db.Kinds {
		if k != kinds[i] {
			t.Errorf("kind %d: got %+v, want %+v", i, k, kinds[i])
		}
	}
	stages := []string{"ls_in_acl 2/4", "ls_in_l2_lkup 1/2", "ls_out_apply_port_sec 1/1", "ingress_0 0/1"}
	for i, s := range db.Stages {
		if got := s.Stage + " " + itoa(s.Covered) + "/" + itoa(s.Reachable); got != stages[i] {
			t.Errorf("stage %d: got %s, want %s", i, got, stages[i])
		}
	}
	acls := map[string]coverage.Counts{
		"aaaaaaaa": {Total: 2, Reachable: 2, Covered: 1}, "bbbbbbbb": {Total: 1, Shadowed: 1}, "cccccccc": {Total: 1, Reachable: 1},
		"dddddddd": {Total: 1, Never: 1}, "eeeeeeee": {Total: 1, Unparsed: 1},
	}
	if len(db.ACLs) != len(acls) {
		t.Errorf("%d ACLs", len(db.ACLs))
	}
	for _, a := range db.ACLs {
		if a.Counts != acls[a.Hint] {
			t.Errorf("ACL %s: got %+v, want %+v", a.Hint, a.Counts, acls[a.Hint])
		}
		if (a.Name == "no ssh") != (a.Hint == "cccccccc") {
			t.Errorf("ACL %s is called %q", a.Hint, a.Name)
		}
	}
	var over string
	hits := 0
	for _, f := range db.Flows {
		hits += f.Hits
		if f.State == coverage.Shadowed {
			over = f.By
		}
	}
	if hits != 6 { // two packets, three tables each
		t.Errorf("%d hits", hits)
	}
	if f := find(db, over); f == nil || f.Match != "ip4.src == 10.0.0.0/8" {
		t.Errorf("shadowed by %+v", f)
	}
	if got := p.Percent(); got != 50 {
		t.Errorf("%v percent", got)
	}
}

func itoa(n int) string { return string(rune('0' + n)) }

func find(db *coverage.Database, uuid string) *coverage.Flow {
	for i := range db.Flows {
		if db.Flows[i].UUID == uuid {
			return &db.Flows[i]
		}
	}
	return nil
}

func TestWriters(t *testing.T) {
	p := collected(t)
	for _, w := range []struct {
		name  string
		write func(*bytes.Buffer) error
	}{
		{"text.golden", func(b *bytes.Buffer) error { return p.WriteText(b) }},
		{"json.golden", func(b *bytes.Buffer) error { return p.WriteJSON(b) }},
		{"page.golden", func(b *bytes.Buffer) error { return p.WriteHTML(b, page.About{File: "sb.db"}) }},
	} {
		var b bytes.Buffer
		if err := w.write(&b); err != nil {
			t.Fatal(err)
		}
		tracetest.Golden(t, w.name, b.Bytes())
	}
}

// TestJSONRoundTrip reads a profile back into what it was.
func TestJSONRoundTrip(t *testing.T) {
	var first, second bytes.Buffer
	if err := collected(t).WriteJSON(&first); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(first.Bytes()))
	d.DisallowUnknownFields()
	var p coverage.Profile
	if err := d.Decode(&p); err != nil {
		t.Fatal(err)
	}
	if err := p.WriteJSON(&second); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() {
		t.Errorf("it comes back as\n%s", second.String())
	}
}

// TestPageIsSelfContained looks for what a page would fetch, and for text that is
// not escaped.
func TestPageIsSelfContained(t *testing.T) {
	var b bytes.Buffer
	if err := collected(t).WriteHTML(&b, page.About{}); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"http:", "https:", "src=", "@import", "url(", `name="no ssh"`} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("the page has %s", bad)
		}
	}
}

// A page has as many elements for a thousand flows of a stage as for one, and
// allows its own style and script and no others.
func TestPageIsLazy(t *testing.T) {
	elements := func(flows int) int {
		db := &coverage.Database{Name: "sb.db", Stages: []coverage.Stage{{Pipeline: "ingress", Stage: "ls_in_acl"}}}
		for i := range flows {
			db.Flows = append(db.Flows, coverage.Flow{Match: fmt.Sprintf("</template><b>%d", i), State: coverage.Missed, Datapaths: []string{"sw0"}})
			db.Stages[0].Total++
		}
		var b bytes.Buffer
		if err := (&coverage.Profile{Databases: []*coverage.Database{db}}).WriteHTML(&b, page.About{}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), `http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;`) {
			t.Error("no policy")
		}
		if n := strings.Count(b.String(), `"s":"missed"`); n != flows {
			t.Errorf("%d flows of %d", n, flows)
		}
		return strings.Count(b.String(), "<")
	}
	if one, many := elements(1), elements(1000); one != many {
		t.Errorf("%d tags for one flow, %d for a thousand", one, many)
	}
}

// TestSeveralChassis counts a database that is looked at twice once.
func TestSeveralChassis(t *testing.T) {
	var c coverage.Collector
	n, m := counted(t), counted(t)
	for _, d := range m.Datapaths {
		for _, f := range m.Flows(d, lflow.Ingress, 1) {
			c.Matched(m, d, f)
		}
	}
	c.Add("x", n)
	c.Add("x", m)
	p := c.Profile()
	if db := p.Databases[0]; len(p.Databases) != 1 || db.Total != 11 || db.Covered != 2 {
		t.Errorf("got %d databases, %+v", len(p.Databases), db.Counts)
	}
}

// TestShadowsAreSound walks every case of the corpus: no packet takes a flow that is reported as
// shadowed or as never matching.
func TestShadowsAreSound(t *testing.T) {
	dirs := []string{"../../testdata/corpus"}
	if more := os.Getenv("OVNWALK_CORPUS"); more != "" {
		dirs = append(dirs, more)
	}
	apart := 0
	for _, dir := range dirs {
		recordings, err := lab.Recordings(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range recordings {
			n := tracetest.Open(t, rec.Database, lflow.Options{})
			var none coverage.Collector // so that no flow counts as taken
			none.Add("x", n)
			unreachable := map[string]coverage.Flow{}
			for _, f := range none.Profile().Databases[0].Flows {
				if f.State == coverage.Shadowed || f.State == coverage.Never {
					unreachable[f.UUID] = f
				}
			}
			apart += len(unreachable)
			cases, err := lab.ReadCases[lab.Case](rec.Cases)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range cases {
				var positional []string
				for _, arg := range c.Args {
					if !strings.HasPrefix(arg, "--") {
						positional = append(positional, arg)
					}
				}
				req := sim.Request{Microflow: positional[len(positional)-1], Choices: sim.Choices{CT: []uint64{0x21, 0x21}, Matched: func(d *lflow.Datapath, f *lflow.Flow) {
					if g, ok := unreachable[f.UUID.String()]; ok {
						t.Errorf("%s: %s takes flow %s, which is %s by %s", rec.Name, positional, g.UUID, g.State, g.By)
					}
				}}}
				if len(positional) == 2 {
					req.Datapath = positional[0]
				}
				_, _ = sim.Trace(n, req) // a refusal takes no flow
			}
			_ = n.Close()
		}
	}
	if apart == 0 {
		t.Error("no flow of the corpus is unreachable, so that nothing was tested")
	}
}
