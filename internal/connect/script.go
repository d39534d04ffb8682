package connect

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
)

// script makes the choices that a hash makes in a real network, such as that of a backend, next
// hop or member.  Choices beyond its end take the first option and are added to it, so that the
// next script can take the next option.
type script struct {
	picks   []int
	options []int
	made    []Choice
	by      map[choiceKey]int

	// orders are the bridges of which it chooses the order of ports.  If a walk adds one, the
	// script is stale: the choice comes before others that were made.
	orders  map[orderKey]bool
	isStale bool

	// discards are the translations that fail, by number, whose actions have no effect. If a walk adds one, the
	// connection is walked again with the same choices.
	discards map[int]bool
	repeats  bool
	walks    int // the number of walks before it with the same choices
}

func newScript(picks []int, orders map[orderKey]bool) *script {
	return &script{picks: picks, orders: orders}
}

// discard adds a translation that fails, and removes those with higher numbers, which may be other ones in the
// next walk.  It returns false if there were too many walks.
func (s *script) discard(translation int) bool {
	if s.walks == maxRepeats {
		return false
	}
	s.repeats = true
	next := map[int]bool{translation: true}
	for n := range s.discards {
		if n < translation {
			next[n] = true
		}
	}
	s.discards = next
	return true
}

// again returns the script for the next walk with the same choices.
func (s *script) again() *script {
	next := newScript(slices.Clone(s.picks), s.orders)
	next.discards, next.walks = s.discards, s.walks+1
	return next
}

// Choice is a choice that was made.
type Choice struct {
	Kind   string // such as "backend"
	Option string // the option taken
	Of     int    // the number of options
}

// choiceKey is the input of a hash: packets of one connection and direction take the same
// option each time.
type choiceKey struct {
	kind         string
	flow         string
	port         *lflow.Port // of "localport", "bridge port" and "nested port"
	on           uint64
	proto        uint64
	src, dst     packet.Value
	sport, dport uint64
}

func keyOf(p *packet.Packet, at sim.ActionContext, what string) choiceKey {
	k := choiceKey{kind: what, on: p.Uint(packet.OnChassis), proto: p.Uint(packet.IPProto), sport: p.Uint(packet.TPSrc), dport: p.Uint(packet.TPDst)}
	k.src, k.dst = addresses(p)
	if at.Flow != nil {
		k.flow = at.Flow.UUID.String()
	}
	return k
}

// choose returns the index of the option taken, of n; name returns the name of an option.
func (s *script) choose(key choiceKey, n int, name func(int) string) int {
	if n < 2 {
		return 0
	}
	if i, ok := s.by[key]; ok && i < n {
		return i
	}
	place := len(s.options)
	if place == len(s.picks) {
		s.picks = append(s.picks, 0)
	}
	i := min(s.picks[place], n-1)
	s.options = append(s.options, n)
	s.remember(key, i, n, name(i))
	return i
}

// chosen returns the first option for which is returns true, the one that the options of the walk
// select, or -1.
func (s *script) chosen(key choiceKey, n int, is func(int) bool, name func(int) string) int {
	for i := range n {
		if !is(i) {
			continue
		}
		if _, ok := s.by[key]; !ok {
			s.remember(key, i, n, name(i))
		}
		return i
	}
	return -1
}

// remember records a choice.
func (s *script) remember(key choiceKey, i, n int, option string) {
	s.made = append(s.made, Choice{Kind: key.kind, Option: option, Of: n})
	if s.by == nil {
		s.by = map[choiceKey]int{}
	}
	s.by[key] = i
}

// next returns the script with the next combination of options, or nil after the last one.
func (s *script) next() *script {
	for i := len(s.options) - 1; i >= 0; i-- {
		if s.picks[i]+1 < s.options[i] {
			picks := append([]int(nil), s.picks[:i+1]...)
			picks[i]++
			return newScript(picks, s.orders)
		}
	}
	return nil
}
