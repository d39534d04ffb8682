package action

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// northdBugs are refusals of actions that a release's own northd writes, by
// release: the release's ovn-trace refuses them in the same words.
var northdBugs = map[string]string{
	"2.11.0":  "128-bit constant is not compatible with 32-bit field arp.spa.", // an ARP answer for an IPv6 address
	"23.03.0": "Syntax error at `drop' expecting action.",                      // flags.force_snat_for_lb = 1; drop;
}

// TestCorpus parses the actions of every flow of the databases of the corpus, and compares the DHCP
// options that northd wrote with the built-in ones for use without a database.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("OVNWALK_CORPUS")
	if dir == "" {
		t.Skip("OVNWALK_CORPUS names no corpus")
	}
	flows := 0
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".db.gz") {
			return err
		}
		r, err := dialect.Parse(filepath.Base(filepath.Dir(path)))
		if err != nil {
			return err
		}
		env := Env{Dialect: dialect.For(r), Tracing: true}
		seen := map[*Options]map[string]Option{}
		options := func(table *Options, rows map[string]*Option) {
			for _, o := range rows {
				if seen[table] == nil {
					seen[table] = map[string]Option{}
				}
				seen[table][o.Name] = *o
				if have, ok := table.Lookup(o.Name); !ok || *have != *o {
					t.Errorf("%s: option %+v, want %+v", path, have, *o)
				}
			}
		}
		dhcp, dhcpv6 := DHCPOptions(env.Dialect), DHCPv6Options(env.Dialect)
		eachRecord(t, path, func(rec record) {
			options(dhcp, rec.DHCPOptions)
			options(dhcpv6, rec.DHCPv6Options)
			for _, f := range rec.LogicalFlow {
				if f == nil || f.Pipeline == "" {
					continue
				}
				checkFlow(t, path, *f, env)
				flows++
			}
		})
		for _, table := range []*Options{dhcp, dhcpv6} {
			if n := len(seen[table]); n != len(table.byName) {
				t.Errorf("%s has %d options, want %d", path, n, len(table.byName))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if flows == 0 {
		t.Errorf("no flows under %s", dir)
	}
	t.Logf("%d flows", flows)
}

func checkFlow(t *testing.T, path string, f flow, env Env) {
	t.Helper()
	env.Pipeline, env.Table = Ingress, f.TableID
	if f.Pipeline == "egress" {
		env.Pipeline = Egress
	}
	a, err := Parse(f.Actions, env)
	switch {
	case err != nil && strings.Contains(f.Actions, "^") && strings.Contains(err.Error(), "emplate"):
	case err != nil && err.Error() == northdBugs[env.Dialect.Release().String()]:
	case err != nil:
		t.Errorf("%s: %s: %v", path, f.Actions, err)
	default:
		roundTrip(t, a.String(), env)
	}
}

// flow is a row of Logical_Flow in a record of a database.
type flow struct {
	Actions  string `json:"actions"`
	Pipeline string `json:"pipeline"`
	TableID  int    `json:"table_id"`
}

// record is a record of a database file, a transaction: rows by their UUID.
type record struct {
	LogicalFlow   map[string]*flow   `json:"Logical_Flow"`
	DHCPOptions   map[string]*Option `json:"DHCP_Options"`
	DHCPv6Options map[string]*Option `json:"DHCPv6_Options"`
}

// eachRecord calls f for every record of a database file.
func eachRecord(t *testing.T, path string, f func(record)) {
	t.Helper()
	for _, text := range sbtest.Records(sbtest.Content(t, path)) {
		var rec record
		if err := json.Unmarshal(text, &rec); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		f(rec)
	}
}
