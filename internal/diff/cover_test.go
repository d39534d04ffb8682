package diff

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// database is a standalone database's log, record by record, as ovsdb(5) has it.
type database []map[string]any

// readDatabase reads a gzip'd log.
func readDatabase(t *testing.T, packed []byte) (db database) {
	t.Helper()
	data, err := sbtest.Unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range sbtest.Records(data) {
		var record map[string]any
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&record); err != nil {
			t.Fatal(err)
		}
		db = append(db, record)
	}
	return db
}

// network reads the database without one row of a table.
func (db database) network(t *testing.T, table, without string) *lflow.Network {
	t.Helper()
	var log bytes.Buffer
	for _, record := range db {
		if rows, ok := record[table].(map[string]any); ok && rows[without] != nil {
			kept := map[string]any{}
			for id, row := range rows {
				if id != without {
					kept[id] = row
				}
			}
			changed := maps.Clone(record)
			changed[table] = kept
			record = changed
		}
		text, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		log.Write(sbtest.Record("JSON", append(text, '\n')))
	}
	return tracetest.Read(t, "test", log.Bytes(), lflow.Options{})
}

// TestEveryRemovedFlow removes the flows of a network one at a time: for each, a
// packet takes it, or it is shown that none does or that other flows do the same.
func TestEveryRemovedFlow(t *testing.T) {
	networks := map[string][]byte{"demo": demo.Bytes()}
	if corpus := os.Getenv("OVNWALK_CORPUS"); corpus != "" {
		data, err := os.ReadFile(filepath.Join(corpus, "25.03", "01-routing.db.gz"))
		if err != nil {
			t.Fatal(err)
		}
		networks["01-routing"] = data
	}
	for name, packed := range networks {
		t.Run(name, func(t *testing.T) {
			db := readDatabase(t, packed)
			before := db.network(t, "", "")
			var ids []string
			for _, f := range before.Search(func(lflow.FlowRow) bool { return true }) {
				if id := f.Flow.UUID.String(); !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
			}
			changed, same, equal, dead := 0, 0, 0, 0
			for i, id := range ids {
				if testing.Short() && i%8 != 0 {
					continue
				}
				after := db.network(t, "Logical_Flow", id)
				r, err := NewPair(before, after, Options{CTNew: true}).Everything(t.Context(), 400)
				if err != nil {
					t.Fatal(err)
				}
				switch {
				case r.ContentDifferences != 1 || len(r.Uncovered) > 0 || r.Covered+r.Unreachable+r.Equivalent != 1:
					t.Errorf("%d differences, %d met, %d unreachable, not met %q", r.ContentDifferences, r.Covered, r.Unreachable, r.Uncovered)
				case r.Covered == 0 && r.Differing() > 0:
					t.Errorf("%s is unreachable or equivalent, and %d packets changed", id, r.Differing())
				case r.Differing() > 0:
					changed++
				case r.Unreachable == 1:
					dead++
				case r.Equivalent == 1:
					equal++
				default:
					same++
				}
			}
			t.Logf("of %d flows %d change packets, %d are met without a change, %d are equivalent, %d are unreachable", len(ids), changed, same, equal, dead)
		})
	}
}

// TestOpposingFlows adds a flow that does what the flows below it do, but for one that takes few
// packets: one of these packets is sent.  Without the flow it is the same.
func TestOpposingFlows(t *testing.T) {
	for _, match := range []string{"ip4.src == 203.0.113.77", "tcp.src == 4711", "udp.dst == 4711", "ip.ttl == 17", `outport == "q1" && icmp4.type == 13`} {
		for _, actions := range [][2]string{{"drop;", "next;"}, {"next;", "drop;"}} {
			t.Run(match+" "+actions[1], func(t *testing.T) {
				before := usual()
				before.acl = []string{"ip|" + actions[0] + "|1000", match + "|" + actions[1] + "|1001"}
				after := usual()
				after.acl = append(slices.Clone(before.acl), "ip|"+actions[0]+"|1002")
				networks := [2]*lflow.Network{before.network(t), after.network(t)}
				for i := range networks {
					r, err := NewPair(networks[i], networks[1-i], Options{CTNew: true}).Everything(t.Context(), DefaultLimit)
					if err != nil || r.Differing() == 0 {
						t.Errorf("%v\n%s", err, reportText(t, r))
					}
				}
			})
		}
	}
}

// TestLimitIsExact sends no packet past the limit, and does not call networks
// the same of which it left packets out.
func TestLimitIsExact(t *testing.T) {
	changed := usual()
	changed.acl = []string{`outport == "q1" && ip|reg5 = 1; next;`}
	for _, limit := range []int{1, 7, 50, DefaultLimit} {
		r, err := NewPair(usual().network(t), changed.network(t), Options{CTNew: true}).Everything(t.Context(), limit)
		if err != nil {
			t.Fatal(err)
		}
		if whole := limit == DefaultLimit; r.Packets > limit || r.Same() != whole || !whole && r.Packets != limit {
			t.Errorf("limit %d: %d packets, same %v\n%s", limit, r.Packets, r.Same(), reportText(t, r))
		}
	}
}

// TestContents changes what is no flow.
func TestContents(t *testing.T) {
	db := readDatabase(t, demo.Bytes())
	before := db.network(t, "", "")
	r, err := NewPair(before, before, Options{CTNew: true}).Everything(t.Context(), DefaultLimit)
	if err != nil || !r.Same() || r.ContentDifferences != 0 {
		t.Errorf("%v\n%s", err, reportText(t, r))
	}
	for _, record := range db {
		rows, _ := record["Port_Binding"].(map[string]any)
		for _, row := range rows {
			if row.(map[string]any)["logical_port"] == "vm1" {
				row.(map[string]any)["chassis"] = []any{"set", []any{}}
			}
		}
	}
	r, err = NewPair(before, db.network(t, "", ""), Options{CTNew: true}).Everything(t.Context(), DefaultLimit)
	if err != nil || r.Same() || len(r.Ports) != 1 || !strings.HasPrefix(r.Ports[0], "port vm1: chassis worker1, now none") {
		t.Errorf("%v\n%s", err, reportText(t, r))
	}
}

// TestUnreadRows adds a row that no walk reads: the databases are not the same, and the
// report lists it by its UUID.
func TestUnreadRows(t *testing.T) {
	const id = "7b1d0a5e-2b34-4c6f-8d11-0a0b0c0d0e0f"
	db := readDatabase(t, demo.Bytes())
	before := db.network(t, "", "")
	tests := []struct {
		table string
		row   map[string]any
	}{
		{"Static_MAC_Binding", map[string]any{"logical_port": "lrp", "ip": "192.168.0.9", "mac": "02:00:00:00:00:09"}},
		{"Meter", map[string]any{"name": "acl-meter", "unit": "pktps"}},
		{"Mirror", map[string]any{"name": "m", "filter": "from-lport", "sink": "10.0.0.1", "type": "gre", "index": 1}},
		{"DNS", map[string]any{"records": []any{"map", []any{[]any{"vm1.example.org", "192.168.0.11"}}}}},
	}
	for _, tt := range tests {
		t.Run(tt.table, func(t *testing.T) {
			changed := append(database(nil), db...)
			last := maps.Clone(changed[len(changed)-1])
			last[tt.table] = map[string]any{id: tt.row}
			changed[len(changed)-1] = last
			r, err := NewPair(before, changed.network(t, "", ""), Options{CTNew: true}).Everything(t.Context(), DefaultLimit)
			if err != nil || r.Same() || len(r.Uncovered) != 1 || !strings.Contains(r.Uncovered[0], tt.table) || !strings.Contains(r.Uncovered[0], id) {
				t.Errorf("%v\n%s", err, reportText(t, r))
			}
		})
	}
}
