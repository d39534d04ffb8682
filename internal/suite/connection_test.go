package suite_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/coverage"
	"github.com/ovnwalk/ovnwalk/internal/suite"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
)

const ticketsDB = "../../testdata/tickets/sb.db.gz"

// TestTickets runs the suite of the tickets over the network without corrections.
func TestTickets(t *testing.T) {
	r := run(t, suite.Options{DB: ticketsDB, Traces: true}, filepath.Join(suitesDir, "tickets.ovnwalk.yaml"))
	for format, name := range map[string]string{"text": "tickets.golden", "junit": "tickets.xml.golden", "tap": "tickets.tap.golden", "github": "tickets.github.golden", "json": "tickets.json.golden"} {
		tracetest.Golden(t, name, []byte(report(t, r, format, suite.Style{Verbose: format == "text"})))
	}
	if c := r.Counts(); c.Failed != 4 || c.Passed != 1 || c.Total() != 5 {
		t.Errorf("%+v", c)
	}
}

// TestConnectionExpectations expects of connections what they do, and what they do not.
func TestConnectionExpectations(t *testing.T) {
	const reply = "from: web1, to: db1, proto: tcp:5432"   // loses its reply
	const shop = "from: pc1, to: 10.9.9.9, proto: tcp:443" // of one backend
	for _, tt := range []struct {
		name, inputs, expect string
		want                 string // what the report says, "" for a test that passes
	}{
		{"verdict", reply, "connection: one-way, code: ct-invalid, lost: reply", ""},
		{"one of several", reply, "connection: [works, one-way], code: [acl-drop, ct-invalid], lost: [reply, third]", ""},
		{"another verdict", reply, "connection: fails", "expected connection fails"},
		{"another code", reply, "connection: one-way, code: acl-drop", "expected code acl-drop"},
		{"another packet", reply, "connection: one-way, lost: request", "expected lost request"},
		{"varies", shop, "connection: varies, code: acl-drop, lost: request", ""},
		{"a code without a loss", "from: pc1, to: web1, proto: tcp:443", "connection: works, code: acl-drop", "got no packet lost: works"},
		{"translated", shop, "connection: varies, translated: {ip4.dst: 10.0.1.11}", ""},
		{"translated otherwise", shop, "connection: varies, translated: {ip4.dst: 10.0.1.12}", "got ip4.dst = 10.0.1.11 at web1 on hv1"},
		{"not translated", shop, "connection: varies, translated: {ip4.src: 10.0.4.11}", "got ip4.src = 10.0.4.11, as it was sent, at web1 on hv1"},
		{"translated and lost", shop + ", lb-dst: 10.0.1.12", "connection: fails, translated: {ip4.dst: 10.0.1.12}", "got the first packet does not arrive: fails: acl-drop"},
		{"by way of", reply, "connection: one-way, via-chassis: [hv1, hv2]", ""},
		{"by another chassis", reply, "connection: one-way, via-chassis: gw1", "got its path is hv1: web edge db =tunnel=> hv2: db"},
		{"unknown chassis on the path", reply, "connection: one-way, via-chassis: gw9", `unknown chassis "gw9"; the database has: gw1, gw2, hv1, hv2`},
		{"unknown chassis down", reply + ", chassis-down: [hv1, gw9]", "connection: fails", `chassis-down: unknown chassis "gw9"`},
		{"chassis down", reply + ", chassis-down: hv2", "connection: fails, code: port-not-bound", ""},
		{"sender elsewhere", reply + ", chassis: hv2", "connection: fails", "port web1 is not on chassis hv2, but on hv1"},
		{"unknown backend", shop + ", lb-dst: 10.0.1.13", "connection: works", "lb-dst: 10.0.1.13: no load balancer on the connection's path lists that backend"},
		{"backend without a balancer", reply + ", lb-dst: 10.0.1.13", "connection: works", "no load balancer on the connection's path lists that backend"},
		{"no field", reply, "connection: one-way, translated: {ip4.nonsense: 1}", "ip4.nonsense"},
		{"unknown port", "from: web1, to: db9, proto: tcp:5432", "connection: works", `no logical port "db9"`},
		{"unknown network", "from: physnet:dmz, to: db1, proto: tcp:5432", "connection: works", "physnet:dmz: no port leads to that physical network; the database has physical"},
		{"does not go together", reply, "connection: works, delivered: db1", "connection goes with code, lost, translated and via-chassis"},
		{"no verdict", reply, "lost: reply", "go with connection, which says the verdict"},
		{"states", reply + ", ct: est", "connection: works", "leave out ct and ct-new"},
		{"for connections alone", reply + ", chassis-down: hv1", "delivered: db1", "chassis-down goes with expect: {connection: ...}"},
		{"bad address", reply + ", mac: {10.0.0: '0a:00:00:00:00:01'}", "connection: works", `mac: "10.0.0" is not an IP address`},
		{"bad Ethernet address", reply + ", mac: {10.0.0.1: zero}", "connection: works", `mac: "zero" is not an Ethernet address`},
		{"misspelled verdict", reply, "connection: work", `connection: no "work": did you mean works?`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := write(t, "tests: [{name: a, "+tt.inputs+", expect: {"+tt.expect+"}}]\n")
			r := run(t, suite.Options{DB: ticketsDB}, file)
			text := report(t, r, "text", suite.Style{})
			if tt.want == "" {
				if c := r.Counts(); c.Passed != 1 || c.Total() != 1 {
					t.Error(text)
				}
			} else if r.Counts().Passed != 0 || !strings.Contains(text, tt.want) {
				t.Errorf("not %q:\n%s", tt.want, text)
			}
		})
	}
}

// TestConnectionDefaults has defaults for both kinds of tests.
func TestConnectionDefaults(t *testing.T) {
	file := write(t, `defaults: {from: web1, to: db1, proto: tcp:5432, ct: new, chassis-down: gw1, hosts-answer: true, size: 100, lb-dst: 10.0.0.9, tags: [x]}
tests:
  - {name: a packet, expect: {delivered: db1}}
  - {name: a connection, expect: {connection: one-way}}
`)
	r := run(t, suite.Options{DB: ticketsDB}, file)
	if c := r.Counts(); c.Passed != 2 || c.Total() != 2 {
		t.Error(report(t, r, "text", suite.Style{}))
	}
}

// TestConnectionViewpoint looks from a chassis, which is nothing to connections: they go
// over all of them.
func TestConnectionViewpoint(t *testing.T) {
	r := run(t, suite.Options{Chassis: "hv2"}, filepath.Join(suitesDir, "connections.ovnwalk.yaml"))
	if c := r.Counts(); c.Passed != c.Total() {
		t.Error(report(t, r, "text", suite.Style{}))
	}
}

// TestConnectionCoverage counts the flows that all packets of a connection take.
func TestConnectionCoverage(t *testing.T) {
	met := func(expect string) int {
		var c coverage.Collector
		r := run(t, suite.Options{DB: ticketsDB, Observer: &c}, write(t, "tests: [{name: a, from: web1, to: db1, proto: tcp:5432, expect: {"+expect+"}}]\n"))
		if r.Counts().Passed != 1 {
			t.Fatal(report(t, r, "text", suite.Style{}))
		}
		n := 0
		for _, f := range c.Profile().Databases[0].Flows {
			if f.Hits > 0 {
				n++
			}
		}
		return n
	}
	packet, connection := met("delivered: db1"), met("connection: one-way")
	if packet == 0 || connection <= packet {
		t.Errorf("a packet meets %d flows, its connection %d", packet, connection)
	}
}
