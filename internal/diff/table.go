package diff

import (
	"maps"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/witness"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// maxNodes bounds the sets of packets of one change.
const maxNodes = 1 << 20

// manyNodes is the size of sets for which typical packets are tried before others are searched.
const manyNodes = 1 << 10

// inTable returns what the tables of both networks alone say of a change.  A flow is
// equivalent if each packet that may take it may take flows with the same actions in the
// other network's table, and no others: nothing then becomes of it otherwise by this change,
// wherever it comes from.  It is unreachable if flows of a higher priority take all of its
// packets.  Packets do not count that the tables before cannot send there.  Else, or where
// neither is known, it is uncovered.
//
// Of large sets usual packets are guessed where it is uncovered, until one shows a difference.
//
// Rivals are the flows of the other network that take such packets, true for those that do
// something else with some of them; nil where they are not known.
func (s *generator) inTable(c *change, shows func(witness.Packet) bool) (answer state, rivals map[*lflow.Flow]bool) {
	d := s.datapaths[1-c.side][s.identities[c.side][c.d]]
	if d == nil || c.f.Err(c.d) != nil || !s.readAlike || len(s.references.in("", c.f.ActionsText())) > 0 {
		return uncovered, nil
	}
	own, others := s.nets[c.side].Flows(c.d, c.f.Pipeline, c.f.Table), s.nets[1-c.side].Flows(d, c.f.Pipeline, c.f.Table)
	if len(others) == 0 || others[0].Stage() != c.f.Stage() { // another release has the stage elsewhere
		return uncovered, nil
	}
	keys, ok := portKeys(c.d, d)
	if !ok {
		return uncovered, nil
	}
	var tooLarge error
	defer packetset.Catch(&tooLarge) // uncovered, then
	m, anywhere := packetset.NewManager(maxNodes), packetset.Anywhere()
	filter := packetset.NewMatcherFilter(c.f.Matcher(), c.d.Index, keys)
	// take returns those of some packets that match one of the first flows, all of one
	// priority, by what these flows do.  Which of them a packet takes is not determined.
	take := func(packets packetset.Set, flows []*lflow.Flow, d *lflow.Datapath, each func(*lflow.Flow, packetset.Set)) (all packetset.Set, of map[string]packetset.Set, rest []*lflow.Flow) {
		of, rest = map[string]packetset.Set{}, flows
		for len(rest) > 0 && rest[0].Priority == flows[0].Priority {
			f := rest[0]
			rest = rest[1:]
			if f.Err(d) != nil || filter.Rejects(f.Matcher(), d.Index) {
				continue
			}
			if taken := m.And(packets, m.Match(f.Matcher(), anywhere, d.Index, keys)); taken != packetset.Empty {
				of[f.ActionsText()] = m.Or(of[f.ActionsText()], taken)
				all = m.Or(all, taken)
				each(f, taken)
			}
		}
		return all, of, rest
	}
	nobody := func(*lflow.Flow, packetset.Set) {}
	left := m.Match(c.f.Matcher(), anywhere, c.d.Index, keys)
	for left != packetset.Empty && own[0].Priority != c.f.Priority {
		taken, _, rest := take(left, own, c.d, nobody)
		left, own = m.Without(left, taken), rest
	}
	if left == packetset.Empty {
		return unreachable, nil
	}
	may := left
	_, ours, _ := take(left, own, c.d, nobody)
	differs, known := packetset.Empty, map[*lflow.Flow]bool{}
	for left != packetset.Empty && len(others) > 0 {
		type part struct {
			f   *lflow.Flow
			set packetset.Set
		}
		var parts []part
		taken, theirs, rest := take(left, others, d, func(f *lflow.Flow, set packetset.Set) { parts = append(parts, part{f, set}) })
		here := packetset.Empty
		for _, of := range []map[string]packetset.Set{ours, theirs} {
			for actions := range of {
				a, b := m.And(taken, ours[actions]), theirs[actions]
				here = m.Or(here, m.Or(m.Without(a, b), m.Without(b, a)))
			}
		}
		for _, p := range parts {
			known[p.f] = m.Meets(p.set, here)
		}
		differs = m.Or(differs, here)
		left, others = m.Without(left, taken), rest
	}
	differs = m.Or(differs, left)
	if differs == packetset.Empty {
		return equivalent, nil
	}
	at, x := witness.Stage{Pipeline: c.f.Pipeline, Table: c.f.Table}, s.finders[c.side]
	if !x.Never(m, c.d, at, differs, keys) {
		if m.Size() > manyNodes {
			_ = slices.ContainsFunc(x.Guess(m, c.d, at, differs), shows)
		}
		return uncovered, known
	}
	if differs == may {
		return unreachable, nil
	}
	return equivalent, nil
}

// portKeys returns the keys that a port of a packet can have on two datapaths: those of their ports and
// multicast groups, and 0. ok is false if a key has another port or group on each.
func portKeys(a, b *lflow.Datapath) (keys []uint64, ok bool) {
	names := [2]map[uint64]string{{}, {}}
	for i, d := range []*lflow.Datapath{a, b} {
		for _, p := range d.Ports() {
			names[i][p.Key] = p.Name
		}
		for _, g := range d.Groups() {
			names[i][g.Key] = g.Name
		}
	}
	for key, name := range names[1] {
		if was, known := names[0][key]; known && was != name {
			return nil, false
		}
		names[0][key] = name
	}
	return append(slices.Sorted(maps.Keys(names[0])), 0), true
}
