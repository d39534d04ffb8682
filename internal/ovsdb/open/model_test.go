package open

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
)

// modelRow is a row of a simple model of a database: a scalar, a set and a map.
type modelRow struct {
	key int
	set map[string]bool
	ids map[string]string
}

func (m modelRow) String() string {
	return fmt.Sprint(m.key, slices.Sorted(maps.Keys(m.set)), m.ids)
}

// odd are strings with escapes, in several notations.
var odd = []string{"a", "b", `q"`, `\`, "é", "tab\t", "😀", "", "nul\x00", "/"}

// spell renders a string as JSON with random unnecessary escapes.
func spell(r *rand.Rand, s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	if r.IntN(2) == 0 {
		return string(b)
	}
	return strings.NewReplacer("é", `\u00e9`, "/", `\/`, "😀", `\ud83d\ude00`, "a", `\u0061`, "é", `\u00E9`).Replace(string(b))
}

func (m modelRow) random(r *rand.Rand) modelRow {
	n := modelRow{key: m.key, set: maps.Clone(m.set), ids: maps.Clone(m.ids)}
	if r.IntN(2) == 0 {
		n.key = r.IntN(3)
	}
	for range r.IntN(4) {
		s := odd[r.IntN(len(odd))]
		if n.set[s] {
			delete(n.set, s)
		} else {
			n.set[s] = true
		}
		k := odd[r.IntN(len(odd))]
		if r.IntN(3) == 0 {
			delete(n.ids, k)
		} else {
			n.ids[k] = odd[r.IntN(len(odd))]
		}
	}
	return n
}

// set and map as JSON, in random order.
func setJSON(r *rand.Rand, set map[string]bool) string {
	var list []string
	for s := range set {
		list = append(list, spell(r, s))
	}
	if len(list) == 1 && r.IntN(2) == 0 {
		return list[0]
	}
	return `["set",[` + strings.Join(list, ",") + `]]`
}

func mapJSON(r *rand.Rand, m map[string]string) string {
	var list []string
	for k, v := range m {
		list = append(list, "["+spell(r, k)+", "+spell(r, v)+"]")
	}
	return `["map",[` + strings.Join(list, ",") + `]]`
}

// change renders the columns that differ, as values or as differences.
func (m modelRow) change(r *rand.Rand, n modelRow, diff bool) string {
	var cols []string
	if m.key != n.key {
		cols = append(cols, fmt.Sprintf(`"tunnel_key":%d`, n.key))
	}
	if !maps.Equal(m.set, n.set) {
		set := n.set
		if diff {
			set = map[string]bool{}
			for s := range m.set {
				set[s] = true
			}
			for s := range n.set {
				if !set[s] {
					set[s] = true
				} else {
					delete(set, s)
				}
			}
		}
		cols = append(cols, `"labels" :`+setJSON(r, set))
	}
	if !maps.Equal(m.ids, n.ids) {
		ids := n.ids
		if diff {
			ids = map[string]string{}
			for k, v := range m.ids {
				if w, ok := n.ids[k]; !ok || w != v {
					ids[k] = v
				}
			}
			for k, v := range n.ids {
				if w, ok := m.ids[k]; !ok || w != v {
					ids[k] = v
				}
			}
		}
		cols = append(cols, `"external_ids":`+mapJSON(r, ids))
	}
	r.Shuffle(len(cols), func(i, j int) { cols[i], cols[j] = cols[j], cols[i] })
	return "{" + strings.Join(cols, ",") + "}"
}

// TestAgainstModel reads logs of random transactions and compares the rows with those of
// a simple model of maps.
func TestAgainstModel(t *testing.T) {
	schema := strings.Replace(ovsdbtest.Schema, `"tunnel_key":{"type":"integer"},`, `"tunnel_key":{"type":"integer"},"labels":{"type":{"key":"string","min":0,"max":"unlimited"}},`, 1)
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 11))
		model := map[int]modelRow{}
		texts := []string{schema}
		for range r.IntN(40) {
			diff := r.IntN(3) > 0
			members := []string{`"_date":1`}
			if diff {
				members = append(members, `"_is_diff":true`)
			}
			var rows []string
			for _, n := range r.Perm(8)[:r.IntN(4)] {
				old, ok := model[n]
				switch {
				case ok && r.IntN(4) == 0:
					delete(model, n)
					rows = append(rows, fmt.Sprintf(`%q:null`, ovsdbtest.UUIDText(n)))
				default:
					base := modelRow{set: map[string]bool{}, ids: map[string]string{}}
					if ok {
						base = old
					}
					model[n] = base.random(r)
					rows = append(rows, fmt.Sprintf(`%q: %s`, ovsdbtest.UUIDText(n), base.change(r, model[n], diff && ok)))
				}
			}
			if len(rows) > 0 {
				members = append(members, `"Datapath_Binding":{`+strings.Join(rows, ", ")+`}`)
			}
			r.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
			texts = append(texts, "{"+strings.Join(members, ",")+"}")
		}
		s := mustRead(t, ovsdbtest.Log(texts...), ovsdb.Options{})
		tab := s.Table("Datapath_Binding")
		key, _ := tab.Col("tunnel_key")
		labels, _ := tab.Col("labels")
		ids, _ := tab.Col("external_ids")
		if len(s.Warnings) > 0 || tab.Len() != len(model) {
			t.Fatalf("seed %d: %d rows, want %d; %v", seed, tab.Len(), len(model), s.Warnings)
		}
		for n, want := range model {
			row, ok := tab.Get(ovsdbtest.UUID(n))
			if !ok {
				t.Fatalf("seed %d: row %d is missing", seed, n)
			}
			got := modelRow{key: int(row.Int(key)), set: map[string]bool{}, ids: maps.Collect(row.Map(ids))}
			for _, l := range row.Strings(labels) {
				got.set[l] = true
			}
			if got.String() != want.String() {
				t.Fatalf("seed %d, row %d:\n%s\nwant\n%s", seed, n, got, want)
			}
		}
	}
}
