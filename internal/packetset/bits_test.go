package packetset

import (
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/packet"
)

// TestEveryBitOfFramesHasAPosition tests that each bit of a frame has a position in diagrams. A bit
// without one would be 0 in all packets, and a match on it would be the empty set.
func TestEveryBitOfFramesHasAPosition(t *testing.T) {
	for _, f := range packet.Fields() {
		word, shift, n := f.Place()
		for i := shift; i < shift+n; i++ {
			if has := bitAt[word-i/64][i%64] >= 0; has == ofNetwork(f) && f != packet.Inport && !strings.HasPrefix(f.Name, "x") {
				t.Errorf("bit %d of %s has a position: %v", i-shift, f.Name, has)
			}
		}
	}
	forgotten := packet.WalkField("forgotten", 0, 3, 7)
	listed := slices.Clip(order)
	if got := withRest(listed, append(packet.Fields(), forgotten)); !slices.Equal(got[:len(listed)], listed) || !slices.Equal(got[len(listed):], []*packet.Field{forgotten}) {
		t.Errorf("the order with one more field has %d fields behind the %d listed", len(got)-len(listed), len(listed))
	}
	for i, f := range listed { // without any one of them
		if got := withRest(slices.Delete(slices.Clone(listed), i, i+1), packet.Fields()); len(got) != len(listed) && f != packet.Inport {
			t.Errorf("the order without %s has %d fields, want %d", f.Name, len(got), len(listed))
		}
	}
}

// TestEveryFieldHasItsSymbols compares the symbols of fields, and which of them are compared
// for equality only, with the match language.
func TestEveryFieldHasItsSymbols(t *testing.T) {
	levels := map[string]dialect.SymbolLevel{}
	for _, row := range dialect.Symbols {
		if row.Kind != dialect.KindPredicate {
			levels[row.Name] = row.Level
		}
	}
	for _, f := range order {
		seen := false
		for _, of := range families {
			name, width, ok := symbolOf(f, of)
			if !ok {
				continue
			}
			level, known := levels[name]
			if !known {
				t.Errorf("%s is %q in packets of family %s, which is no symbol", f.Name, name, of.name)
				continue
			}
			seen = true
			isPort := (f == packet.TPSrc || f == packet.TPDst) && width == f.Bits // as compare
			if level == dialect.LevelNominal && f != packet.Inport && (!slices.Contains(nominal, f) || isPort) {
				t.Errorf("%s is compared for equality only, and not nominal", name)
			}
		}
		if !seen {
			t.Errorf("%s has no symbol", f.Name)
		}
	}
}
