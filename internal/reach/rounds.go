package reach

import (
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// lifetimes has, for each network, the lowest TTLs that its flows do not distinguish from others.
type lifetimes map[*lflow.Network]func() *[256]uint8

func newLifetimes(networks []*lflow.Network) lifetimes {
	l := lifetimes{}
	for _, n := range networks {
		l[n] = sync.OnceValue(func() *[256]uint8 { return lowestAlike(n) })
	}
	return l
}

// shorten is sim.Choices.ShortenLoops. It leaves out all rounds but those in which flows
// distinguish a TTL, and one before them: what its copies commit on the way back, those of the
// rounds that are left out find.
func (l lifetimes) shorten(n *lflow.Network, before, now uint64) uint64 {
	of := l[n]
	if of == nil || now < 2 {
		return now
	}
	lowest := uint64(of()[before])
	round := before - now
	if lowest+round > now {
		return now
	}
	return lowest + (now-lowest)%round + round
}

// lowestAlike returns, for each TTL, the lowest TTL such that no flow of a network
// distinguishes the TTLs between them. Symbols such as nd and mldv1 compare the TTL with 255 and 1.
func lowestAlike(n *lflow.Network) *[256]uint8 {
	differs := [256]bool{0: true, 1: true, 2: true, 255: true} // from the TTL before
	seen := map[string]bool{}
	for row := range n.Rows() {
		text := row.Match()
		if seen[text] || !strings.Contains(text, "ttl") && !strings.Contains(text, "^") {
			continue
		}
		seen[text] = true
		m := row.Flow().Matcher()
		for ttl := range uint64(255) {
			differs[ttl+1] = differs[ttl+1] || m.Never() || m.Distinguishes(packet.IPTTL, ttl, ttl+1) // it has none if its variables differ by chassis
		}
	}
	var lowest [256]uint8
	for ttl := range lowest {
		if lowest[ttl] = uint8(ttl); !differs[ttl] {
			lowest[ttl] = lowest[ttl-1]
		}
	}
	return &lowest
}

// shortened continues with the TTL of a walk that left out rounds of a loop. It restricts the
// class to the packets for which the rounds are the same.
func (r *image) shortened(s *packetset.State, c *trace.Container, w way) {
	if len(c.Nodes) == 0 {
		return
	}
	t, ok := c.Nodes[0].(*trace.Table)
	if !ok {
		return
	}
	ttl := s.Field(packet.IPTTL)
	if ttl.Of(&r.rep) == t.Packet.Get(packet.IPTTL) {
		return
	}
	if w.before == nil {
		r.fail("a loop is shortened that does not repeat")
		return
	}
	r.compare(w.before)
	if w.before.first == nil {
		r.fail("a loop is shortened in which the packet changes")
		return
	}
	s.SetUint(packet.IPTTL, t.Packet.Uint(packet.IPTTL))
}
