package diff

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestChangedMTU lowers a gateway_mtu by 100 bytes.  Every packet that changes has a
// size of that range: packets of other sizes are too large on both sides, or on none.
func TestChangedMTU(t *testing.T) {
	packed, err := os.ReadFile(filepath.Join("..", "..", "testdata", "corpus", "seed-05.db.gz"))
	if err != nil {
		t.Fatal(err)
	}
	const old, lower = "check_pkt_larger(1414)", "check_pkt_larger(1314)"
	db, changed := readDatabase(t, packed), 0
	after := db.changed("Logical_Flow", func(_ string, row map[string]any) map[string]any {
		if actions, _ := row["actions"].(string); strings.Contains(actions, old) {
			row["actions"] = strings.ReplaceAll(actions, old, lower)
			changed++
		}
		return row
	})
	if changed == 0 {
		t.Fatal("no flow checks sizes")
	}
	r, err := NewPair(db.network(t, "", ""), after.network(t, "", ""), Options{CTNew: true}).Everything(t.Context(), DefaultLimit)
	if err != nil {
		t.Fatal(err)
	}
	if r.Differing() == 0 || len(r.Uncovered) > 0 {
		t.Errorf("%d packets changed, not covered: %q", r.Differing(), r.Uncovered)
	}
	for _, c := range r.Causes {
		for _, d := range c.Packets {
			if d.Size <= 1314 || d.Size > 1414 {
				t.Errorf("%s changed, which has %d bytes", d.Name, d.Size)
			}
		}
	}
}
