package suite_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/suite"
)

// balancer returns a database with a switch on which a service has the given backends; without any
// there is no load balancer.  As in flows of northd, packets of established connections take an action
// without backends.
func balancer(backends string) []byte {
	db := sbtest.New("23.03")
	sw := db.Datapath("sw", 1)
	db.Port(sw, "a", 1, "", "mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.1"))
	db.Port(sw, "b", 2, "", "mac", sbtest.Set("0a:00:00:00:00:02 10.0.0.2"))
	db.Flow(sw, "ingress", 0, 0, "1", "ct_lb_mark;")
	if backends != "" {
		db.Flow(sw, "ingress", 1, 10, "ct.new && ip4.dst == 10.9.9.9", "ct_lb_mark(backends="+backends+");")
	}
	db.Flow(sw, "ingress", 1, 0, "1", "next;")
	db.Flow(sw, "ingress", 2, 10, "ip4.dst == 10.0.0.2", `outport = "b"; output;`)
	db.Flow(sw, "egress", 0, 0, "1", "output;")
	return db.Bytes()
}

const toService = `microflow: 'inport == "a" && eth.src == 0a:00:00:00:00:01 && eth.dst == 0a:00:00:00:00:02 && ip4.src == 10.0.0.1 && ip4.dst == 10.9.9.9 && ip.ttl == 64 && tcp.dst == 80'`

// TestChoices runs tests with choices that the network does not have: a backend that no load balancer
// lists is an error, an unused choice a note.
func TestChoices(t *testing.T) {
	const listed = "no load balancer on the packet's path lists"
	for _, tt := range []struct {
		name, backends, inputs, expect string
		want                           string // the count
		says                           string
	}{
		{"listed, new", "10.0.0.2,10.0.0.3", "lb-dst: 10.0.0.2", "delivered: b", "1 passed", ""},
		{"listed, established", "10.0.0.2,10.0.0.3", "lb-dst: 10.0.0.2, ct: est", "delivered: b", "1 passed", ""},
		{"the other one", "10.0.0.2,10.0.0.3", "lb-dst: 10.0.0.3", "dropped: true", "1 passed", ""},
		{"not listed", "10.0.0.3", "lb-dst: 10.0.0.2", "dropped: true", "0 passed, 1 error", listed + " that backend"},
		{"not listed, established", "10.0.0.3", "lb-dst: 10.0.0.2, ct: est", "delivered: b", "0 passed, 1 error", listed + " the backend 10.0.0.2"},
		{"no load balancer, established", "", "lb-dst: 10.0.0.2, ct: [est, est]", "delivered: b", "0 passed, 1 error", listed + " the backend 10.0.0.2"},
		{"no load balancer, new", "", "lb-dst: 10.0.0.2", "delivered: b", "0 passed, 1 failed", "came to no load balancer"},
		{"no select", "10.0.0.2", "select-id: 3", "delivered: b", "1 passed", "no select action on the packet's path has member 3"},
		{"the first of some states", "10.0.0.2", "ct: [new, new, new, new]", "delivered: b", "1 passed", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := write(t, "db: sb.db\ntests:\n  - {name: x, "+toService+", "+tt.inputs+", expect: {"+tt.expect+"}}\n")
			sbtest.WriteFile(t, filepath.Join(filepath.Dir(file), "sb.db"), balancer(tt.backends))
			got := report(t, run(t, suite.Options{}, file), "text", suite.Style{})
			if !strings.HasSuffix(got, "\n"+tt.want+"\n") && got != tt.want+"\n" || !strings.Contains(got, tt.says) {
				t.Errorf("want %q and %q, got\n%s", tt.want, tt.says, got)
			}
			if tt.says == "" && strings.Contains(got, "line ") {
				t.Errorf("a note in\n%s", got)
			}
		})
	}
}

// TestCTNew checks that packets open connections by default, and not if a test disables it.
func TestCTNew(t *testing.T) {
	db := sbtest.New("23.03")
	sw := db.Datapath("sw", 1)
	db.Port(sw, "a", 1, "", "mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.1"))
	db.Port(sw, "new", 2, "")
	db.Port(sw, "est", 3, "")
	db.Flow(sw, "ingress", 0, 0, "1", "ct_next;")
	db.Flow(sw, "ingress", 1, 0, "1", "ct_next;")
	db.Flow(sw, "ingress", 2, 0, "ct.new", `outport = "new"; output;`)
	db.Flow(sw, "ingress", 2, 0, "ct.est", `outport = "est"; output;`)
	db.Flow(sw, "egress", 0, 0, "1", "output;")
	file := write(t, `db: sb.db
defaults: {microflow: 'inport == "a" && ip4 && ip.ttl == 64'}
tests:
  - {name: nothing said, expect: {delivered: new}}
  - {name: one state, ct: new, expect: {delivered: new}}
  - {name: established, ct: est, expect: {delivered: est}}
  - {name: established then new, ct: est, ct-new: true, expect: {delivered: new}}
  - {name: new then established, ct: new, ct-new: false, expect: {delivered: est}}
  - {name: never new, ct-new: false, expect: {delivered: est}}
`)
	sbtest.WriteFile(t, filepath.Join(filepath.Dir(file), "sb.db"), db.Bytes())
	if r := run(t, suite.Options{}, file); r.Counts().Passed != 6 {
		t.Error(report(t, r, "text", suite.Style{}))
	}
}

// TestNearMiss shows, where a test fails, what would have let its packet pass.
func TestNearMiss(t *testing.T) {
	file := write(t, "db: sb.db\ntests:\n  - {name: x, "+toService+", expect: {delivered: b}}\n")
	db := sbtest.New("23.03")
	sw := db.Datapath("sw", 1)
	db.Port(sw, "a", 1, "")
	db.Port(sw, "b", 2, "")
	db.Flow(sw, "ingress", 0, 10, "eth.dst == 0a:00:00:00:00:02 && ip4.dst == 10.9.9.9 && tcp.dst == 81", `outport = "b"; output;`)
	db.Flow(sw, "ingress", 0, 0, "1", "drop;")
	db.Flow(sw, "egress", 0, 0, "1", "output;")
	sbtest.WriteFile(t, filepath.Join(filepath.Dir(file), "sb.db"), db.Bytes())
	got := report(t, run(t, suite.Options{}, file), "text", suite.Style{})
	if want := "\n        near miss: tcp.dst is 80, wanted 81\n"; !strings.Contains(got, want) {
		t.Errorf("%q is not in\n%s", want, got)
	}
}
