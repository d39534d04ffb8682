package open

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
)

func TestAccessors(t *testing.T) {
	s := mustRead(t, ovsdbtest.Database(`{"Logical_Flow":{"U1":{"logical_datapath":["uuid","U2"],"pipeline":"ingress","table_id":12,"priority":65535,`+
		`"match":"inport == \"a\"","actions":"next;","tags":["map",[["k","v"],["in_out_port","a\tb"]]],"controller_meter":["set",[]]},`+
		`"U3":{"logical_dp_group":["set",[["uuid","U4"]]],"controller_meter":["set",["m"]],"table_id":["set",[3]]}},`+
		`"IP_Multicast":{"U5":{"enabled":true,"ports":["set",[1,-2]],"size":8}},`+
		`"Meter":{"U6":{"bands":["set",[["uuid","U1"],["uuid","U2"]]]}},`+
		`"Address_Set":{"U7":{"addresses":["set",["x","\u00e9\ud83d\ude00"]]},"U8":{"addresses":"one"}}}`), ovsdb.Options{Schema: "OVN_Southbound"})
	if s.Name != "OVN_Southbound" || s.SchemaVersion != "20.27.0" {
		t.Errorf("schema %s %s", s.Name, s.SchemaVersion)
	}
	flows := s.Table("Logical_Flow")
	col := func(t *ovsdb.Table, name string) ovsdb.Col { c, _ := t.Col(name); return c }
	get := func(t *ovsdb.Table, n int) ovsdb.Row { r, _ := t.Get(ovsdbtest.UUID(n)); return r }
	a, b := get(flows, 1), get(flows, 3)
	mc, meter, sets := s.Table("IP_Multicast"), s.Table("Meter"), s.Table("Address_Set")

	check := func(what string, got, want any) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	check("len", flows.Len(), 2)
	check("string", a.String(col(flows, "pipeline")), "ingress")
	check("string with escapes", a.String(col(flows, "match")), `inport == "a"`)
	check("string left out", b.String(col(flows, "match")), "")
	check("optional string, empty", a.String(col(flows, "controller_meter")), "")
	check("optional string, set", b.String(col(flows, "controller_meter")), "m")
	check("int", a.Int(col(flows, "priority")), int64(65535))
	check("int in a set of one", b.Int(col(flows, "table_id")), int64(3))
	check("int of a string", a.Int(col(flows, "match")), int64(0))
	check("has: scalar left out", b.Has(col(flows, "match")), true)
	check("has: empty optional", a.Has(col(flows, "controller_meter")), false)
	check("has: set optional", b.Has(col(flows, "controller_meter")), true)
	check("has: left out optional", b.Has(col(flows, "logical_datapath")), false)
	check("has: map", a.Has(col(flows, "tags")), true)
	check("has: no column", a.Has(ovsdb.NoCol), false)
	u, ok := a.Ref(col(flows, "logical_datapath"))
	check("ref", u, ovsdbtest.UUID(2))
	check("ref set", ok, true)
	u, ok = b.Ref(col(flows, "logical_dp_group"))
	check("ref in a set of one", u, ovsdbtest.UUID(4))
	check("ref in a set of one, set", ok, true)
	_, ok = b.Ref(col(flows, "logical_datapath"))
	check("ref not set", ok, false)
	v, ok := a.MapGet(col(flows, "tags"), "in_out_port")
	check("map get", v, "a\tb")
	check("map get, there", ok, true)
	_, ok = a.MapGet(col(flows, "tags"), "nope")
	check("map get of nothing", ok, false)
	check("bool", get(mc, 5).Bool(col(mc, "enabled")), true)
	check("refs", slices.Equal(get(meter, 6).Refs(col(meter, "bands")), []ovsdb.UUID{ovsdbtest.UUID(1), ovsdbtest.UUID(2)}), true)
	check("strings", strings.Join(get(sets, 7).Strings(col(sets, "addresses")), "|"), "x|é😀")
	check("strings of one", strings.Join(get(sets, 8).Strings(col(sets, "addresses")), "|"), "one")
	check("raw", string(get(sets, 8).Raw(col(sets, "addresses"))), `"one"`)

	none := s.Table("No_Such_Table")
	check("no table", none == nil, true)
	c, ok := none.Col("x")
	check("no table's column", c, ovsdb.NoCol)
	check("no table's column, there", ok, false)
	check("no table's len", none.Len(), 0)
	for range none.Rows() {
		t.Error("a nil table has a row")
	}
	_, ok = none.Get(ovsdbtest.UUID(1))
	check("no table's row", ok, false)
	check("zero row", a.String(ovsdb.NoCol)+b.String(-5), "")
}

func TestRowsAreSorted(t *testing.T) {
	for _, n := range []int{10, 3 << 14} {
		var b bytes.Buffer
		if err := ovsdbtest.Generate(&b, n, 10); err != nil {
			t.Fatal(err)
		}
		s := mustRead(t, b.String(), ovsdb.Options{Wanted: flowColumns})
		flows := s.Table("Logical_Flow")
		var last ovsdb.UUID
		count := 0
		for r := range flows.Rows() {
			if count++; last.Compare(r.UUID()) >= 0 {
				t.Fatalf("%s comes after %s", r.UUID(), last)
			}
			last = r.UUID()
			if got, ok := flows.Get(last); !ok || got != r {
				t.Fatalf("Get(%s) finds another row", last)
			}
			if flows.At(r.Number()) != r {
				t.Fatalf("At(%d) returns another row", r.Number())
			}
		}
		var unsorted, parts []ovsdb.Row
		for r := range flows.Unsorted() {
			unsorted = append(unsorted, r)
		}
		for k := range 3 {
			for r := range flows.Part(k, 3) {
				parts = append(parts, r)
			}
		}
		if !slices.Equal(unsorted, parts) {
			t.Error("the parts are not the whole")
		}
		if count != n || len(unsorted) != n || flows.Len() != n {
			t.Errorf("%d rows sorted, %d unsorted, Len %d, want %d", count, len(unsorted), flows.Len(), n)
		}
	}
}

func TestWanted(t *testing.T) {
	s := mustRead(t, ovsdbtest.Database(`{"Address_Set":{"U1":{"name":"a","addresses":"x"}},"Meter":{"U2":{"name":"b"}}}`),
		ovsdb.Options{Wanted: ovsdb.Wanted{"Address_Set": {"name", "future"}}})
	if got, want := ovsdbtest.Dump(s), "Address_Set U1 name=\"a\"\n"; got != want {
		t.Errorf("rows:\n%swant:\n%s", got, want)
	}
	if s.Table("Meter") != nil {
		t.Error("a table that was not wanted")
	}
}

// TestRowError expects the place of a row in an error about it.
func TestRowError(t *testing.T) {
	s := mustRead(t, ovsdbtest.Database(`{"Logical_Flow":{"U5":{"priority":1}}}`), ovsdb.Options{})
	r, _ := s.Table("Logical_Flow").Get(ovsdbtest.UUID(5))
	place := ", table Logical_Flow, row " + ovsdbtest.UUIDText(5) + ": no good"
	e := r.Error(ovsdb.ErrDamaged, "no %s", "good")
	if !errors.Is(e, ovsdb.ErrDamaged) || !strings.HasPrefix(e.Error(), "test.db: byte ") || !strings.HasSuffix(e.Error(), place) {
		t.Errorf("%v", e)
	}
}
