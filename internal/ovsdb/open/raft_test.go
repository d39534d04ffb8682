package open

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/logfile"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
)

// raftHeader is a header with a snapshot up to index 1 that has the test schema and one transaction.
func raftHeader(txn string) string {
	return fmt.Sprintf(`{"server_id":%q,"local_address":"ssl:10.0.0.1:6644","name":"OVN_Southbound","cluster_id":%q,`+
		`"prev_servers":{%q:"ssl:10.0.0.1:6644"},"prev_index":1,"prev_term":1,"prev_eid":%q,"prev_data":[%s,%s]}`,
		ovsdbtest.UUIDText(100), ovsdbtest.UUIDText(101), ovsdbtest.UUIDText(100), ovsdbtest.UUIDText(102), ovsdbtest.Schema, ovsdbtest.Fill(txn))
}

// logEntry is an entry with a transaction.
func logEntry(term, index int, txn string) string {
	return fmt.Sprintf(`{"term":%d,"index":%d,"eid":%q,"data":[null,%s]}`, term, index, ovsdbtest.UUIDText(200+index), ovsdbtest.Fill(txn))
}

func setRow(n int, name string) string {
	return fmt.Sprintf(`{"_date":1,"Address_Set":{"U%d":{"name":%q}}}`, n, name)
}

func commitTo(index int) string { return fmt.Sprintf(`{"commit_index":%d}`, index) }

// cluster frames records as a Raft log.
func cluster(records ...string) string {
	var b strings.Builder
	for _, r := range records {
		b.WriteString(ovsdbtest.Record(logfile.MagicClustered, r))
	}
	return b.String()
}

func TestClustered(t *testing.T) {
	// A schema without Address_Set.addresses, and with the name optional.
	narrow := strings.Replace(ovsdbtest.Schema, `"Address_Set":{"isRoot":true,"columns":{"name":{"type":"string"},"addresses":{"type":{"key":"string","min":0,"max":"unlimited"}}}}`,
		`"Address_Set":{"isRoot":true,"columns":{"name":{"type":{"key":"string","min":0,"max":1}},"extra":{"type":"integer"}}}`, 1)
	if narrow == ovsdbtest.Schema {
		t.Fatal("the schema was not changed")
	}
	tests := []struct {
		name    string
		o       ovsdb.Options
		records []string
		want    string
		warn    []string
	}{
		{"snapshot alone", ovsdb.Options{}, []string{raftHeader(setRow(1, "a"))}, "U1=a", nil},
		{"snapshot without rows", ovsdb.Options{}, []string{raftHeader("null"), logEntry(1, 2, setRow(1, "a")), commitTo(2)}, "U1=a", nil},
		{"committed entries", ovsdb.Options{}, []string{raftHeader(setRow(1, "a")), `{"term":2}`, logEntry(2, 2, setRow(2, "b")), logEntry(2, 3, setRow(3, "c")), commitTo(3)}, "U1=a U2=b U3=c", nil},
		{"votes, leaders and notes", ovsdb.Options{}, []string{
			raftHeader(setRow(1, "a")), `{"term":2,"vote":"` + ovsdbtest.UUIDText(100) + `"}`, `{"term":2,"leader":"` + ovsdbtest.UUIDText(100) + `"}`,
			`{"note":"transfer leadership"}`, `{"comment":"created by ovsdb","term":2,"index":2,"servers":{}}`, logEntry(2, 3, setRow(2, "b")), commitTo(3),
		}, "U1=a U2=b", nil},
		{
			"past the last commit",
			ovsdb.Options{},
			[]string{raftHeader(setRow(1, "a")), logEntry(2, 2, setRow(2, "b")), commitTo(2), logEntry(2, 3, setRow(3, "c")), logEntry(2, 4, setRow(4, "d"))},
			"U1=a U2=b",
			[]string{"2 log entries are past the last commit (index 2) and not applied"},
		},
		{
			"no commit at all",
			ovsdb.Options{},
			[]string{raftHeader(setRow(1, "a")), logEntry(2, 2, setRow(2, "b"))},
			"U1=a",
			[]string{"1 log entry is past the last commit (index 1) and not applied"},
		},
		{
			"uncommitted applied",
			ovsdb.Options{Uncommitted: true},
			[]string{raftHeader(setRow(1, "a")), logEntry(2, 2, setRow(2, "b")), commitTo(2), logEntry(2, 3, setRow(3, "c"))},
			"U1=a U2=b U3=c", nil,
		},
		{"entries without data past the commit need no word", ovsdb.Options{}, []string{raftHeader(setRow(1, "a")), `{"term":2,"index":2}`}, "U1=a", nil},
		{"an entry replaces a deposed leader's", ovsdb.Options{}, []string{
			raftHeader(setRow(1, "a")), logEntry(2, 2, setRow(2, "old")), logEntry(2, 3, setRow(3, "gone")), logEntry(2, 4, setRow(4, "gone")),
			logEntry(3, 2, setRow(2, "new")), logEntry(3, 3, setRow(5, "e")), commitTo(3),
		}, "U1=a U2=new U5=e", nil},
		{
			"a replaced entry may not come back",
			ovsdb.Options{Uncommitted: true},
			[]string{raftHeader(setRow(1, "a")), logEntry(2, 2, setRow(2, "b")), logEntry(2, 3, setRow(3, "gone")), logEntry(3, 3, `{"_date":2}`)},
			"U1=a U2=b", nil,
		},
		{"new schema with data", ovsdb.Options{}, []string{raftHeader(setRow(1, "a")), strings.Replace(logEntry(2, 2, setRow(2, "b")), "[null,", "["+narrow+",", 1), commitTo(2)}, "U2=b", nil},
		{"new schema without data", ovsdb.Options{}, []string{
			raftHeader(`{"Address_Set":{"U1":{"name":"a","addresses":"x"},"U2":{}}}`),
			`{"term":2,"index":2,"eid":"` + ovsdbtest.UUIDText(1) + `","data":[` + narrow + `,null]}`, logEntry(2, 3, setRow(3, "c")), commitTo(3),
		}, "U1=a U2= U3=c", nil},
		{"members in another order", ovsdb.Options{}, []string{raftHeader(setRow(1, "a")), `{"data":[null,` + ovsdbtest.Fill(setRow(2, "b")) + `],"eid":"` + ovsdbtest.UUIDText(3) + `","index":2,"term":2}`, commitTo(2)}, "U1=a U2=b", nil},
		{"a difference", ovsdb.Options{}, []string{
			raftHeader(`{"Address_Set":{"U1":{"name":"a","addresses":["set",["x","y"]]}}}`),
			logEntry(2, 2, `{"Address_Set":{"U1":{"name":"b","addresses":"y"}},"_is_diff":true}`), commitTo(2),
		}, "U1=b", nil},

		{"torn", ovsdb.Options{}, []string{raftHeader(setRow(1, "a")), logEntry(2, 2, setRow(2, "b")), commitTo(2), "TORN"}, "U1=a U2=b", []string{"truncated"}},
		{
			"torn before the commit",
			ovsdb.Options{},
			[]string{raftHeader(setRow(1, "a")), logEntry(2, 2, setRow(2, "b")), "TORN"},
			"U1=a",
			[]string{"truncated", "1 log entry is past the last commit"},
		},
		{"an entry that does not fit keeps those before it, committed later", ovsdb.Options{}, []string{
			raftHeader(setRow(1, "a")), logEntry(2, 2, setRow(2, "b")),
			logEntry(2, 3, `{"Nope":{}}`), logEntry(2, 4, setRow(4, "d")), commitTo(4),
		}, "U1=a U2=b", []string{`no table "Nope"`}},
		{"commit goes back", ovsdb.Options{}, []string{raftHeader(setRow(1, "a")), logEntry(2, 2, setRow(2, "b")), commitTo(2), commitTo(1)}, "U1=a U2=b", []string{"the commit index goes back from 2 to 1"}},
		{
			"commit past the end",
			ovsdb.Options{},
			[]string{raftHeader(setRow(1, "a")), logEntry(2, 2, setRow(2, "b")), commitTo(9)},
			"U1=a",
			[]string{"the commit index is 9, but the log ends at 2", "1 log entry is"},
		},
		{"a hole", ovsdb.Options{}, []string{raftHeader(setRow(1, "a")), logEntry(2, 5, setRow(2, "b")), commitTo(5)}, "U1=a", []string{"an entry with index 5 follows index 1"}},
		{
			"below the commit",
			ovsdb.Options{},
			[]string{raftHeader(setRow(1, "a")), logEntry(2, 2, setRow(2, "b")), logEntry(2, 3, setRow(3, "c")), commitTo(3), logEntry(2, 2, setRow(4, "d"))},
			"U1=a U2=b U3=c",
			[]string{"the commit index is already 3"},
		},
		{"below the snapshot", ovsdb.Options{}, []string{raftHeader(setRow(1, "a")), logEntry(2, 1, setRow(2, "b"))}, "U1=a", []string{"the commit index is already 1"}},
		{
			"terms go back",
			ovsdb.Options{},
			[]string{raftHeader(setRow(1, "a")), logEntry(3, 2, setRow(2, "b")), logEntry(2, 3, setRow(3, "c")), commitTo(3)},
			"U1=a",
			[]string{"an entry of term 2 follows one of term 3", "1 log entry is"},
		},
		{"an index that is none", ovsdb.Options{}, []string{raftHeader(setRow(1, "a")), `{"term":2,"index":-3}`}, "U1=a", []string{"index is -3"}},
		{"data that is no pair", ovsdb.Options{}, []string{raftHeader(setRow(1, "a")), `{"term":2,"index":2,"data":[null]}`, commitTo(2)}, "U1=a", []string{"not a pair of a schema and a transaction"}},
		{"left its cluster", ovsdb.Options{}, []string{raftHeader(setRow(1, "a")), `{"note":"left"}`}, "U1=a", []string{"has left its cluster"}},
		{"not JSON", ovsdb.Options{}, []string{raftHeader(setRow(1, "a")), `{"term":2`}, "U1=a", []string{"not valid JSON"}},
		{"a schema of another database", ovsdb.Options{}, []string{
			raftHeader(setRow(1, "a")),
			strings.Replace(logEntry(2, 2, setRow(2, "b")), "[null,", "["+strings.Replace(ovsdbtest.Schema, "OVN_South", "OVN_North", 1)+",", 1), commitTo(2),
		}, "U1=a", []string{"in a log of database OVN_Southbound"}},
		{
			"a value that does not fit the new schema",
			ovsdb.Options{},
			[]string{
				raftHeader(`{"Address_Set":{"U1":{"name":"a","addresses":["set",["x","y"]]}}}`),
				`{"term":2,"index":2,"data":[` + strings.Replace(ovsdbtest.Schema, `"addresses":{"type":{"key":"string","min":0,"max":"unlimited"}}`, `"addresses":{"type":"string"}`, 1) + `,null]}`, commitTo(2),
			},
			"U1=a",
			[]string{"under the new schema: the value has 2 elements"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := cluster(tt.records...)
			if n := len(tt.records) - 1; tt.records[n] == "TORN" {
				text = cluster(tt.records[:n]...) + cluster(logEntry(9, 9, setRow(9, "z")))[:100]
			}
			s := mustRead(t, text, tt.o)
			var rows []string
			sets := s.Table("Address_Set")
			name, _ := sets.Col("name")
			for n := 1; n <= 9; n++ {
				if r, ok := sets.Get(ovsdbtest.UUID(n)); ok {
					rows = append(rows, fmt.Sprintf("U%d=%s", n, r.String(name)))
				}
			}
			if got := strings.Join(rows, " "); got != tt.want || sets.Len() != len(rows) {
				t.Errorf("rows %s, want %s", got, tt.want)
			}
			if len(s.Warnings) != len(tt.warn) {
				t.Fatalf("warnings %v, want %q", s.Warnings, tt.warn)
			}
			for i, w := range s.Warnings {
				if !strings.Contains(w.String(), tt.warn[i]) {
					t.Errorf("warning %q, want %q in it", w, tt.warn[i])
				}
			}
		})
	}
}

func TestConvertWritesOutDefaults(t *testing.T) {
	optional := strings.Replace(ovsdbtest.Schema, `"Address_Set":{"isRoot":true,"columns":{"name":{"type":"string"}`,
		`"Address_Set":{"isRoot":true,"columns":{"name":{"type":{"key":"string","min":0,"max":1}}`, 1)
	s := mustRead(t, cluster(raftHeader(`{"Address_Set":{"U1":{}}}`), `{"term":2,"index":2,"data":[`+optional+`,null]}`, commitTo(2)), ovsdb.Options{})
	sets := s.Table("Address_Set")
	name, _ := sets.Col("name")
	addresses, _ := sets.Col("addresses")
	r, ok := sets.Get(ovsdbtest.UUID(1))
	if !ok || string(r.Raw(name)) != `""` || r.Has(addresses) {
		t.Errorf("after a conversion the row is %q %q", r.Raw(name), r.Raw(addresses))
	}
}

func TestClusteredErrors(t *testing.T) {
	join := `{"server_id":"` + ovsdbtest.UUIDText(1) + `","local_address":"tcp:1.2.3.4:6644","name":"OVN_Southbound","remote_addresses":["tcp:1.2.3.5:6644"]}`
	tests := []struct {
		name    string
		records []string
		is      error
		text    string
	}{
		{"join-cluster", []string{join}, ovsdb.ErrNoData, "never joined its cluster"},
		{"join-cluster of another", []string{strings.Replace(join, "South", "North", 1)}, ovsdb.ErrWrongSchema, "an OVN_Northbound database"},
		{"northbound", []string{strings.ReplaceAll(raftHeader("{}"), "South", "North")}, ovsdb.ErrWrongSchema, "an OVN_Northbound database"},
		{"no data", []string{`{"server_id":"` + ovsdbtest.UUIDText(1) + `","local_address":"tcp:1.2.3.4:6644","name":"OVN_Southbound","prev_servers":{}}`}, ovsdb.ErrNoData, "no committed data"},
		{"no name", []string{strings.Replace(raftHeader(setRow(1, "a")), `"name":"OVN_Southbound",`, "", 1)}, ovsdb.ErrDamaged, "the cluster's header has no name of a database"},
		{"header that is none", []string{`[]`}, ovsdb.ErrDamaged, "header"},
		{"snapshot that is none", []string{strings.Replace(raftHeader("{}"), `"prev_data":[`, `"prev_data":[1,`, 1)}, ovsdb.ErrDamaged, "the snapshot in the cluster's header"},
		{"schema that is none", []string{strings.Replace(raftHeader("{}"), `"tables"`, `"tabled"`, 1)}, ovsdb.ErrDamaged, "no tables"},
		{"data before any schema", []string{strings.Replace(raftHeader(setRow(1, "a")), ovsdbtest.Schema, "null", 1)}, ovsdb.ErrNoData, "data without a schema"},
		{"only entry damaged", []string{raftHeader("null"), logEntry(2, 2, `{"Nope":1}`), commitTo(2)}, ovsdb.ErrNoData, `no table "Nope"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Bytes(t.Context(), "test.db", []byte(cluster(tt.records...)), ovsdb.Options{Schema: "OVN_Southbound"})
			if !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error %v, want %v with %q", err, tt.is, tt.text)
			}
		})
	}
}
