package open

import (
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
)

func TestTransactions(t *testing.T) {
	tests := []struct {
		name string
		txns []string
		want string
	}{
		{"empty", nil, ""},
		{
			"insert",
			[]string{`{"Address_Set":{"U1":{"name":"a","addresses":["set",["x","y"]]}}}`},
			`Address_Set U1 addresses=["set",["x","y"]] name="a"` + "\n",
		},
		{"defaults are left out", []string{`{"Address_Set":{"U1":{}},"_date":1}`}, "Address_Set U1\n"},
		{
			"space everywhere",
			[]string{" {\t\"Address_Set\" : { \"U1\" : { \"name\" : \"a\" , \"addresses\":[\"set\", [ ]] } }\n} "},
			`Address_Set U1 addresses=["set", [ ]] name="a"` + "\n",
		},
		{
			"replace a column",
			[]string{`{"Address_Set":{"U1":{"name":"a","addresses":"x"}}}`, `{"Address_Set":{"U1":{"name":"b"}}}`},
			`Address_Set U1 addresses="x" name="b"` + "\n",
		},
		{
			"without the mark a change replaces",
			[]string{`{"Address_Set":{"U1":{"addresses":"x"}}}`, `{"Address_Set":{"U1":{"addresses":"y"}}}`},
			`Address_Set U1 addresses="y"` + "\n",
		},
		{
			"delete",
			[]string{`{"Address_Set":{"U1":{"name":"a"},"U2":{"name":"b"}}}`, `{"Address_Set":{"U1":null}}`},
			`Address_Set U2 name="b"` + "\n",
		},
		{
			"delete and insert again",
			[]string{`{"Address_Set":{"U1":{"name":"a","addresses":"x"}}}`, `{"Address_Set":{"U1":null}}`, `{"Address_Set":{"U1":{"name":"c"}}}`},
			`Address_Set U1 name="c"` + "\n",
		},
		{
			"a freed slot serves another row",
			[]string{`{"Address_Set":{"U1":{"name":"a","addresses":"x"}}}`, `{"Address_Set":{"U1":null}}`, `{"Address_Set":{"U2":{"name":"c"}}}`},
			`Address_Set U2 name="c"` + "\n",
		},
		{
			"names starting with _ are ignored",
			[]string{`{"_comment":"x \" y","_date":12,"_is_diff":true,"Address_Set":{"U1":{"name":"a"}}}`},
			`Address_Set U1 name="a"` + "\n",
		},
		{"names with escapes", []string{`{"Address_Set":{"U1":{"name":"\u0041\n\"\\"}}}`}, `Address_Set U1 name="\u0041\n\"\\"` + "\n"},
		{
			"_uuid and _version in a row are ignored",
			[]string{`{"Address_Set":{"U1":{"_uuid":["uuid","U1"],"_version":["uuid","U2"],"name":"a"}}}`},
			`Address_Set U1 name="a"` + "\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mustRead(t, ovsdbtest.Database(tt.txns...), ovsdb.Options{})
			if got := ovsdbtest.Dump(s); got != tt.want {
				t.Errorf("rows:\n%swant:\n%s", got, tt.want)
			}
			if len(s.Warnings) != 0 {
				t.Errorf("warnings: %v", s.Warnings)
			}
		})
	}
}

func TestDifferences(t *testing.T) {
	insert := `{"Address_Set":{"U1":{"name":"n","addresses":["set",["b","d"]]}},` +
		`"Datapath_Binding":{"U2":{"tunnel_key":1,"external_ids":["map",[["a","1"],["b","2"]]]}},` +
		`"Meter":{"U3":{"name":"m","bands":["uuid","U4"]}},` +
		`"IP_Multicast":{"U5":{"enabled":true,"size":7,"ports":["set",[9,10]],"rates":["set",[0.5,2]],"weights":["map",[[9,1.5],[10,2]]]}}}`
	tests := []struct {
		name, table, col string
		txns             []string
		want             string
	}{
		{"set: add", "Address_Set", "addresses", []string{`{"_is_diff":true,"Address_Set":{"U1":{"addresses":"c"}}}`}, `["set",["b","c","d"]]`},
		{"set: remove", "Address_Set", "addresses", []string{`{"_is_diff":true,"Address_Set":{"U1":{"addresses":"b"}}}`}, `"d"`},
		{"set: remove all", "Address_Set", "addresses", []string{`{"_is_diff":true,"Address_Set":{"U1":{"addresses":["set",["b","d"]]}}}`}, `["set",[]]`},
		{"set: both", "Address_Set", "addresses", []string{`{"_is_diff":true,"Address_Set":{"U1":{"addresses":["set",["a","b"]]}}}`}, `["set",["a","d"]]`},
		{"set: escapes compare decoded", "Address_Set", "addresses", []string{`{"_is_diff":true,"Address_Set":{"U1":{"addresses":"\u0062"}}}`}, `"d"`},
		{"set: the mark comes last", "Address_Set", "addresses", []string{`{"Address_Set":{"U1":{"addresses":"c"}},"_date":1,"_is_diff":true}`}, `["set",["b","c","d"]]`},
		{"set: the mark is false", "Address_Set", "addresses", []string{`{"Address_Set":{"U1":{"addresses":"c"}},"_is_diff":false}`}, `"c"`},
		{"set: chain", "Address_Set", "addresses", []string{
			`{"_is_diff":true,"Address_Set":{"U1":{"addresses":"c"}}}`,
			`{"_is_diff":true,"Address_Set":{"U1":{"addresses":["set",["b","e"]]}}}`,
			`{"_is_diff":true,"Address_Set":{"U1":{"addresses":["set",["c","b"]]}}}`,
		}, `["set",["b","d","e"]]`},
		{"set: replaced in between", "Address_Set", "addresses", []string{
			`{"_is_diff":true,"Address_Set":{"U1":{"addresses":"c"}}}`,
			`{"Address_Set":{"U1":{"addresses":["set",["x","y"]]}}}`,
			`{"_is_diff":true,"Address_Set":{"U1":{"addresses":"y"}}}`,
		}, `"x"`},
		{"set: emptied, then filled", "Address_Set", "addresses", []string{
			`{"_is_diff":true,"Address_Set":{"U1":{"addresses":["set",["b","d"]]}}}`,
			`{"_is_diff":true,"Address_Set":{"U1":{"addresses":["set",["b","z"]]}}}`,
		}, `["set",["b","z"]]`},
		{"set: deleted and inserted again in one with the mark", "Address_Set", "addresses", []string{
			`{"_is_diff":true,"Address_Set":{"U1":null}}`,
			`{"_is_diff":true,"Address_Set":{"U1":{"addresses":["set",["b","q"]]}}}`,
		}, `["set",["b","q"]]`},
		{"set: numbers sort as numbers", "IP_Multicast", "ports", []string{`{"_is_diff":true,"IP_Multicast":{"U5":{"ports":["set",[8,100]]}}}`}, `["set",[8,9,10,100]]`},
		{"set: reals", "IP_Multicast", "rates", []string{`{"_is_diff":true,"IP_Multicast":{"U5":{"rates":["set",[2.0,1e1]]}}}`}, `["set",[0.5,1e1]]`},
		{"set of at least one: from the default", "Meter", "bands", []string{
			`{"Meter":{"U3":null}}`, `{"Meter":{"U3":{"name":"x"}}}`,
			`{"_is_diff":true,"Meter":{"U3":{"bands":["set",[["uuid","U4"],["uuid","00000000-0000-0000-0000-000000000000"]]]}}}`,
		}, `["uuid","U4"]`},
		{"set of at least one: a new row in one with the mark", "Meter", "bands", []string{
			`{"Meter":{"U3":null}}`, `{"_is_diff":true,"Meter":{"U3":{"bands":["uuid","U4"]}}}`,
		}, `["uuid","U4"]`},
		{"scalar: replaced", "Address_Set", "name", []string{`{"_is_diff":true,"Address_Set":{"U1":{"name":"n"}}}`}, `"n"`},
		{"optional: replaced by the same", "IP_Multicast", "size", []string{`{"_is_diff":true,"IP_Multicast":{"U5":{"size":7}}}`}, `7`},
		{"optional: emptied", "IP_Multicast", "enabled", []string{`{"_is_diff":true,"IP_Multicast":{"U5":{"enabled":["set",[]]}}}`}, `["set",[]]`},
		{"map: add", "Datapath_Binding", "external_ids", []string{`{"_is_diff":true,"Datapath_Binding":{"U2":{"external_ids":["map",[["c","3"]]]}}}`}, `["map",[["a","1"],["b","2"],["c","3"]]]`},
		{"map: remove", "Datapath_Binding", "external_ids", []string{`{"_is_diff":true,"Datapath_Binding":{"U2":{"external_ids":["map",[["a","1"]]]}}}`}, `["map",[["b","2"]]]`},
		{"map: change", "Datapath_Binding", "external_ids", []string{`{"_is_diff":true,"Datapath_Binding":{"U2":{"external_ids":["map",[["a","9"]]]}}}`}, `["map",[["a","9"],["b","2"]]]`},
		{"map: from nothing", "Datapath_Binding", "external_ids", []string{
			`{"Datapath_Binding":{"U2":{"external_ids":["map",[]]}}}`,
			`{"_is_diff":true,"Datapath_Binding":{"U2":{"external_ids":["map",[["z","1"]]]}}}`,
		}, `["map",[["z","1"]]]`},
		{"map: numbers", "IP_Multicast", "weights", []string{`{"_is_diff":true,"IP_Multicast":{"U5":{"weights":["map",[[9,1.50],[10,3],[1,1]]]}}}`}, `["map",[[1,1],[10,3]]]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mustRead(t, ovsdbtest.Database(append([]string{insert}, tt.txns...)...), ovsdb.Options{})
			tab := s.Table(tt.table)
			c, ok := tab.Col(tt.col)
			if !ok {
				t.Fatalf("no column %s", tt.col)
			}
			for r := range tab.Rows() {
				if slices.Contains([]ovsdb.UUID{ovsdbtest.UUID(1), ovsdbtest.UUID(2), ovsdbtest.UUID(3), ovsdbtest.UUID(5)}, r.UUID()) {
					if got := string(r.Raw(c)); got != ovsdbtest.Fill(tt.want) {
						t.Errorf("%s = %s, want %s", tt.col, got, ovsdbtest.Fill(tt.want))
					}
				}
			}
			if len(s.Warnings) != 0 {
				t.Errorf("warnings: %v", s.Warnings)
			}
		})
	}
}
