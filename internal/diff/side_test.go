package diff

import (
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestBase compares a network with one that a server's log adds to it, and with the same
// one in a file of its own through which all packets are sent, prepared and not: the
// reports are the same.
func TestBase(t *testing.T) {
	db := readDatabase(t, demo.Bytes())
	before := db.network(t, "", "")
	var ids []string
	for _, f := range before.Search(func(r lflow.FlowRow) bool { return r.Match() != "1" }) {
		if id := f.Flow.UUID.String(); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	o := Options{CTNew: true}
	for i := 0; i < len(ids); i += 16 {
		whole := NewPair(before, db.network(t, "Logical_Flow", ids[i]), o)
		if !whole.alike().rows {
			t.Fatalf("without %s: rows beside flows differ", ids[i])
		}
		whole.alike = func() *alike { return &alike{} }
		want, err := whole.Everything(t.Context(), 400)
		if err != nil {
			t.Fatal(err)
		}
		added := append(slices.Clone(db), map[string]any{"Logical_Flow": map[string]any{ids[i]: nil}})
		after := added.network(t, "", "")
		for _, prepared := range []bool{false, true} {
			base := NewBase(before, o)
			if prepared {
				base.Prepare(400)
				base.running.Wait()
			}
			pair := base.With(after)
			changes := pair.FlowChanges(nil)
			got, err := pair.Everything(t.Context(), 400)
			base.Stop()
			if err != nil {
				t.Fatal(err)
			}
			if len(changes) != 1 || changes[0].Removed < 1 || changes[0].Added != 0 {
				t.Errorf("without %s: the stages that differ are %v", ids[i], changes)
			}
			if got, want := reportText(t, got), reportText(t, want); got != want {
				t.Errorf("without %s, prepared %v:\n%s\nwant:\n%s", ids[i], prepared, got, want)
			}
		}
	}
}
