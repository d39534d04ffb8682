package reach

import (
	"regexp"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// lifetimes returns, for each TTL, the lowest TTL such that no flow distinguishes the TTLs
// between them. It is nil if they are not known.
type lifetimes func() *[256]uint8

func newLifetimes(networks []*lflow.Network) lifetimes {
	return sync.OnceValue(func() *[256]uint8 { return lowestAlike(networks) })
}

// shorten is sim.Choices.ShortenLoops. It leaves out rounds in which flows distinguish no TTL of a
// lookup, but for the last of them: on the way back from the rounds after it, its copies commit
// what those of the rounds that are left out would, so that nothing is new to the round before them.
func (l lifetimes) shorten(before, now, margin uint64) uint64 {
	if l == nil {
		return now
	}
	round := before - now
	floor := uint64(l()[before]) + max(round, margin)
	if floor >= now {
		return now
	}
	return floor + (now-floor)%round
}

// lowestAlike returns the result of lifetimes for the flows of networks. Symbols such as nd and mldv1
// compare the TTL with 255 and 1. Actions that read the TTL distinguish all.
func lowestAlike(networks []*lflow.Network) *[256]uint8 {
	differs := [256]bool{0: true, 1: true, 2: true, 255: true} // from the TTL before
	for _, n := range networks {
		seen := map[string]bool{}
		for row := range n.Rows() {
			reads := readsTTL(row.Actions())
			text := row.Match()
			if !reads && (seen[text] || !strings.Contains(text, "ttl") && !strings.Contains(text, "^")) {
				continue
			}
			seen[text] = true
			m := row.Flow().Matcher()
			for ttl := range uint64(255) {
				differs[ttl+1] = differs[ttl+1] || reads || m.Never() || m.Distinguishes(packet.IPTTL, ttl, ttl+1) // it has no matcher if its variables differ by chassis
			}
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

// writesTTL are the actions that change the TTL without reading it into another field.
var writesTTL = regexp.MustCompile(`ip\.ttl *(--|= *\d+)`)

// readsTTL reports whether actions may copy the TTL. Variables may stand for any text.
func readsTTL(actions string) bool {
	if !strings.Contains(actions, "ip.ttl") {
		return strings.Contains(actions, "^")
	}
	return strings.Contains(writesTTL.ReplaceAllString(actions, ""), "ip.ttl")
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
		r.fail("the TTL differs from that of the walk")
		return
	}
	r.compare(w.before)
	if w.before.first == nil {
		r.fail("rounds are left out after which the packet has changed")
		return
	}
	s.SetUint(packet.IPTTL, t.Packet.Uint(packet.IPTTL))
}
