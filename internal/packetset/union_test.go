package packetset

import (
	"math/rand/v2"
	"testing"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// TestUnion compares unions of many sets with unions of two at a time: of conjunctions of the same
// bits, of other conjunctions, and of sets that are not conjunctions.
func TestUnion(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	m := NewManager(0)
	fields := []*packet.Field{packet.IPv4Dst, packet.TPDst, packet.EthDst}
	for range 300 {
		var sets []Set
		want := Empty
		for range r.IntN(12) {
			s := []Set{Empty, All, m.WellFormed()}[min(r.IntN(40), 2)]
			if r.IntN(10) > 0 {
				s = m.And(m.Is(packet.EthType, packet.EthTypeIPv4), m.Is(fields[r.IntN(3)], r.Uint64N(9)))
			}
			if r.IntN(4) == 0 {
				s = m.And(s, m.Is(packet.IPProto, r.Uint64N(3)))
			}
			sets = append(sets, s)
			want = m.Or(want, s)
		}
		if got := m.Union(sets); got != want {
			t.Fatalf("the union of %d sets differs", len(sets))
		}
	}
}

// TestMatchAny compares the packets that match one of several flows of a table with the union of
// those that match each.
func TestMatchAny(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, n := range networks(t) {
		m := NewManager(0)
		for _, d := range n.Datapaths {
			for table := range 40 {
				for _, pipeline := range []lflow.Pipeline{lflow.Ingress, lflow.Egress} {
					p, _ := m.Draw(m.WellFormed(), r)
					s := randomState(r, &p)
					var matchers []*expr.Matcher
					want := Empty
					for _, f := range n.Flows(d, pipeline, table) {
						if f.Err(d) != nil || len(matchers) > 100 {
							continue
						}
						matchers = append(matchers, f.Matcher())
						want = m.Or(want, m.Match(f.Matcher(), s, d.Index, nil))
					}
					if m.MatchAny(matchers, s, d.Index, nil) != want {
						t.Fatalf("%s, table %d: not the union of %d matches", d.Name, table, len(matchers))
					}
				}
			}
		}
	}
}
