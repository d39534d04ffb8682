package diff

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/demo"
)

// changed returns the database with rows of a table as edit leaves them: a row for which
// it returns nil is gone.
func (db database) changed(table string, edit func(id string, row map[string]any) map[string]any) (out database) {
	for _, record := range db {
		rows, ok := record[table].(map[string]any)
		if ok && rows != nil {
			kept := map[string]any{}
			for _, id := range slices.Sorted(maps.Keys(rows)) {
				row, is := rows[id].(map[string]any)
				if !is {
					continue
				}
				if row = edit(id, maps.Clone(row)); row != nil {
					kept[id] = row
				}
			}
			next := maps.Clone(record)
			next[table] = kept
			record = next
		}
		out = append(out, record)
	}
	return out
}

// mutation is a kind of change to a row of a database.
type mutation struct {
	name  string
	table string

	// edit changes the row, and reports whether the mutation applies to it.
	edit func(row map[string]any) bool
}

// text replaces the first part of a column that an expression finds.
func text(column, find string, with func(found string) string) func(map[string]any) bool {
	e := regexp.MustCompile(find)
	return func(row map[string]any) bool {
		s, _ := row[column].(string)
		at := e.FindStringIndex(s)
		if at == nil {
			return false
		}
		row[column] = s[:at[0]] + with(s[at[0]:at[1]]) + s[at[1]:]
		return row[column] != s
	}
}

// increment adds one to the last number of a text.
func increment(s string) string {
	e := regexp.MustCompile(`\d+$`)
	return e.ReplaceAllStringFunc(s, func(d string) string {
		var n int
		fmt.Sscan(d, &n)
		return fmt.Sprint((n + 1) % 65536)
	})
}

func constant(s string) func(string) string { return func(string) string { return s } }

// mutations are the changes that TestMutations makes.
var mutations = []mutation{
	{"a port of an ACL or service is the next one", "Logical_Flow", text("match", `(tcp|udp)\.dst == \d+`, increment)},
	{"a range of ports is longer by one", "Logical_Flow", text("match", `(tcp|udp)\.dst <= \d+`, increment)},
	{"one port is a range", "Logical_Flow", text("match", `tcp\.dst == 22\b`, constant("tcp.dst >= 22 && tcp.dst <= 23"))},
	{"a route has a longer prefix", "Logical_Flow", text("match", `ip4\.dst == [0-9.]+/24`, func(s string) string { return strings.TrimSuffix(s, "24") + "25" })},
	{"a next hop is another", "Logical_Flow", text("actions", `\breg0 = \d+\.\d+\.\d+\.\d+`, increment)},
	{"a backend is another", "Logical_Flow", ofNewConnections(text("actions", `backends=\d+\.\d+\.\d+\.\d+`, increment))},
	{"a backend has another port", "Logical_Flow", ofNewConnections(text("actions", `backends=\d+\.\d+\.\d+\.\d+:\d+`, increment))},
	{"NAT is to another address", "Logical_Flow", text("actions", `ct_[sd]nat(_in_czone)?\(\d+\.\d+\.\d+\.\d+`, increment)},
	{"a flow allows what it dropped", "Logical_Flow", text("actions", `^(/\* drop \*/|drop;)$`, constant("next;"))},
	{"a flow drops what it sent on", "Logical_Flow", text("actions", `^next;$`, constant("drop;"))},
	{"an output is to another port", "Logical_Flow", text("actions", `outport = "_MC_unknown"`, constant(`outport = "_MC_flood"`))},
	{"a check of sizes has another limit", "Logical_Flow", text("actions", `check_pkt_larger\(\d+`, increment)},
	{"DHCP gives another lease", "Logical_Flow", text("actions", `lease_time = \d+`, increment)},
	{"a flow logs", "Logical_Flow", text("actions", `^next;$`, constant(`log(name="x", verdict=allow, severity=info); next;`))},
	{"port security has another address", "Port_Binding", func(row map[string]any) bool {
		s, ok := row["port_security"].(string)
		if !ok || !strings.Contains(s, ".") {
			return false
		}
		row["port_security"] = regexp.MustCompile(`\d+\.\d+\.\d+\.\d+`).ReplaceAllStringFunc(s, increment)
		return row["port_security"] != s
	}},
	{"port security is gone", "Port_Binding", func(row map[string]any) bool {
		_, ok := row["port_security"].(string)
		delete(row, "port_security")
		return ok
	}},
	{"an address set has another address", "Address_Set", func(row map[string]any) bool {
		s, ok := row["addresses"].(string)
		if !ok || !strings.Contains(s, ".") {
			return false
		}
		row["addresses"] = increment(s)
		return row["addresses"] != s
	}},
	{"a chassis is another", "Port_Binding", func(row map[string]any) bool {
		_, ok := row["chassis"]
		delete(row, "chassis")
		return ok && row["type"] == nil
	}},
	{"a learned address is another", "MAC_Binding", text("mac", `0[0-9a-f]$`, constant("99"))},
}

// ofNewConnections leaves out flows for clients that have an affinity, which no client
// of a new connection has.
func ofNewConnections(edit func(map[string]any) bool) func(map[string]any) bool {
	return func(row map[string]any) bool {
		match, _ := row["match"].(string)
		return !strings.Contains(match, "reg9[6] == 1") && edit(row)
	}
}

// maxMutated is the number of rows that each mutation changes, spread over those that it
// applies to.
const maxMutated = 2

// TestMutations compares databases with mutations of them.  Each must be found: packets cover the
// difference, or it is unreachable or equivalent, or the report lists it.  Each mutation that applies
// to a row changes packets in at least one network.
func TestMutations(t *testing.T) {
	networks := map[string][]byte{"demo": demo.Bytes()}
	if corpus := os.Getenv("OVNWALK_CORPUS"); corpus != "" {
		for _, name := range []string{"01-routing", "02-l2", "03-secgroups", "04-nat", "05-lb", "06-services", "08-v6-routing", "09-extras"} {
			data, err := os.ReadFile(filepath.Join(corpus, "25.03", name+".db.gz"))
			if err != nil {
				t.Fatal(err)
			}
			networks[name] = data
		}
	}
	shown := map[string][3]int{} // changed, unreachable or equivalent, listed
	for _, name := range slices.Sorted(maps.Keys(networks)) {
		db := readDatabase(t, networks[name])
		before := db.network(t, "", "")
		for k, p := range mutations {
			if testing.Short() && k%4 != 0 {
				continue
			}
			var fits []string
			db.changed(p.table, func(id string, row map[string]any) map[string]any {
				if p.edit(row) {
					fits = append(fits, id)
				}
				return row
			})
			for i := range min(maxMutated, len(fits)) {
				id := fits[i*len(fits)/min(maxMutated, len(fits))]
				var what any
				after := db.changed(p.table, func(k string, row map[string]any) map[string]any {
					if k == id {
						was := fmt.Sprint(row)
						p.edit(row)
						what = was + " -> " + fmt.Sprint(row)
					}
					return row
				}).network(t, "", "")
				r, err := NewPair(before, after, Options{CTNew: true}).Everything(t.Context(), 600)
				if err != nil {
					t.Fatal(err)
				}
				n := shown[p.name]
				switch {
				case r.Differing() > 0 || len(r.Ports) > 0:
					n[0]++
				case len(r.Uncovered) > 0:
					n[2]++
					t.Logf("%s: %s: listed %q", name, p.name, r.Uncovered)
				case r.Unreachable+r.Equivalent == r.ContentDifferences && r.ContentDifferences > 0:
					n[1]++
				case r.Covered > 0:
					t.Logf("%s: %s: covered without a difference (%d, %d unreachable): %v", name, p.name, r.Covered, r.Unreachable, what)
				default:
					t.Errorf("%s: %s: not found: %v", name, p.name, what)
				}
				shown[p.name] = n
			}
		}
	}
	for _, p := range mutations {
		n := shown[p.name]
		t.Log(p.name, n)
		if n[0] == 0 && n[1]+n[2] > 0 {
			t.Errorf("%s: no packet changes", p.name)
		}
	}
}
