package packetset

import (
	"math/rand/v2"
	"testing"

	"github.com/ovnwalk/ovnwalk/packet"
)

// TestUnion compares unions with the sum of their sets, one after the other: of conjunctions of
// the same bits, of others, and of sets that are none.
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
			t.Fatalf("the union of %d sets is another one", len(sets))
		}
	}
}
