package suite_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/suite"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
)

func record(t *testing.T, db string, r suite.Recording) (string, []string, error) {
	t.Helper()
	n, err := open(t.Context(), suite.Source{DB: db, Release: r.Release, Chassis: r.Chassis})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Networks[0].Close()
	r.DB = db
	if db != "demo" {
		if r.DB, err = filepath.Abs(db); err != nil {
			t.Fatal(err)
		}
	}
	text, notes, err := suite.Record(t.Context(), n, r)
	return string(text), notes, err
}

// passesAsRecorded records a suite, which its schema allows and whose tests all pass, and
// returns its text.
func passesAsRecorded(t *testing.T, db string, o suite.Recording) string {
	t.Helper()
	text, notes, err := record(t, db, o)
	if err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(notes, "\n"))
	}
	if err := compile(t).Validate(instance(t, text)); err != nil {
		t.Errorf("%#v", err)
	}
	r := run(t, suite.Options{}, write(t, text))
	if c := r.Counts(); c.Passed == 0 || c.Passed != c.Total() {
		t.Errorf("%s\n%s", report(t, r, "text", suite.Style{}), text)
	}
	return text
}

// TestRecord records every network of the repository and runs the recorded suites, which pass.
func TestRecord(t *testing.T) {
	dbs, _ := filepath.Glob("../../testdata/corpus/*.db.gz")
	more, _ := filepath.Glob(filepath.Join(suitesDir, "*.db.gz"))
	for _, db := range append(dbs, append(more, "demo")...) {
		t.Run(filepath.Base(db), func(t *testing.T) {
			passesAsRecorded(t, db, suite.Recording{Protos: []string{"icmp", "tcp:80"}, CT: []string{"new", "new"}, Reply: true})
		})
	}
}

// TestRecordConnections records connections and runs the recorded suites: they pass, and some fail in
// the corrected network of the tickets.
func TestRecordConnections(t *testing.T) {
	dbs, _ := filepath.Glob("../../testdata/corpus/*.db.gz")
	for _, db := range append(dbs, "../../testdata/office/sb.db.gz", "../../testdata/wire/main/seed-11/sb.db.gz", ticketsDB) {
		t.Run(db, func(t *testing.T) {
			text := passesAsRecorded(t, db, suite.Recording{Protos: []string{"icmp", "tcp:443"}, Connections: true, HostsAnswer: true})
			if db != ticketsDB {
				return
			}
			if c := run(t, suite.Options{DB: "../../testdata/tickets/fixed/sb.db.gz"}, write(t, text)).Counts(); c.Failed == 0 || c.Errored > 0 {
				t.Errorf("the fixed network: %+v", c)
			}
		})
	}
}

// TestRecordedSuiteFindsChanges runs what was recorded of one network over another in
// which a rule is gone.
func TestRecordedSuiteFindsChanges(t *testing.T) {
	text, _, err := record(t, filepath.Join(suitesDir, "shop.db.gz"), suite.Recording{From: []string{"client"}, To: []string{"@pg_db"}, CT: []string{"new"}})
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, suite.Options{DB: filepath.Join(suitesDir, "shop-broken.db.gz")}, write(t, text))
	if c := r.Counts(); c.Failed != 2 || c.Total() != 2 {
		t.Errorf("%s\n%s", report(t, r, "text", suite.Style{}), text)
	}
}

func TestRecordText(t *testing.T) {
	text, notes, err := record(t, "demo", suite.Recording{From: []string{"vm*"}, To: []string{"vm2", "8.8.8.8", "192.168.0.1", "fd00::1"}, CT: []string{"est,rpl"}, Reply: true, Chassis: "worker1"})
	if err != nil {
		t.Fatal(err)
	}
	tracetest.Golden(t, "record.golden", []byte(text+"# "+strings.Join(notes, "\n# ")+"\n"))
}

func TestRecordRefuses(t *testing.T) {
	tests := []struct {
		name string
		r    suite.Recording
		want string
	}{
		{"port", suite.Recording{From: []string{"vm3"}}, `the database has no logical port "vm3"; did you mean vm1 or vm2?`},
		{"pattern", suite.Recording{To: []string{"db*"}}, "no port's name fits db*"},
		{"bad pattern", suite.Recording{To: []string{"[db*"}}, "[db*: syntax error in pattern"},
		{"group", suite.Recording{To: []string{"@pg"}}, `the database has no port group "pg"`},
		{"sender that is an address", suite.Recording{From: []string{"10.0.0.1"}}, `the database has no logical port "10.0.0.1"`},
		{"protocol", suite.Recording{Protos: []string{"tcp:x"}}, `protocol tcp:x: "x" is no port from 0 to 65535`},
		{"state", suite.Recording{CT: []string{"old"}}, "old: unknown connection tracking state flag (known: new, est, rel, rpl, inv, trk, snat, dnat)"},
		{"nothing", suite.Recording{From: []string{"vm1"}, To: []string{"192.168.0.77"}}, "there is nothing to record: no packet between two ports can be made out"},
		{"limit", suite.Recording{Limit: 3}, "too many packets to record: 2 senders, 2 destinations and 1 protocol make 4, and the limit is 3: choose ports with --from and --to, or raise --limit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := record(t, "demo", tt.r)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			if tt.name == "limit" && !errors.Is(err, suite.ErrLimit) {
				t.Error("not the sentinel")
			}
		})
	}
}

// TestRecordQuotes checks names with a special meaning in YAML.
func TestRecordQuotes(t *testing.T) {
	for _, name := range []string{"vm", "no", "null", "true", "1e3", "a: b", "a #b", "x,y", "[x]", "-", "vm-1.2_3/4", "*x", "é", "0x10", "$to", "@x", ""} {
		text := "db: demo\ntests:\n  - name: " + suite.Quote(name+"!") + "\n    from: " + suite.Quote(name) + "\n    to: [a, " + suite.Quote(name) + "]\n    expect: {delivered: true}\n"
		s, err := suite.Parse("x", []byte(text))
		if name == "" {
			if err == nil {
				t.Error("an empty name is taken")
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if test := s.Tests[0]; test.Name != name+"!" || test.From[0].Name != name || test.To[1].Name != name {
			t.Errorf("%q comes back as %q, %q, %q", name, test.Name, test.From[0].Name, test.To[1].Name)
		}
	}
}
