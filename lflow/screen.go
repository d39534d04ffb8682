package lflow

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/packet"
)

// screened is a flow of a stage with necessary comparisons of its match on the stage's datapath.
// Most flows of a stage do not match a packet, and most of these fail such a comparison, so that
// the flow, which is elsewhere in memory, need not be read. A value fills one cache line.
type screened struct {
	mask, value [2]uint64 // of the packet's words
	ports       uint64    // the keys of ports modulo 64, a bit for each
	flow        *Flow
	priority    int32
	word        [2]uint8
	portWord    uint8
	portShift   uint8
	exact       bool // whether packets that satisfy the comparisons match
	plain       bool // whether the result of a lookup has nothing but the flow
}

const (
	// screenedFlows is the number of flows up to which a stage may be screened.
	screenedFlows = 256

	// lookupsBeforeScreen is the number of lookups in a stage before it is screened, which
	// reads all of its flows.
	lookupsBeforeScreen = 8

	// screenedPerStep is the number of screened flows that take as long as a step of another
	// lookup, which reads a flow or a hash table.
	screenedPerStep = 8
)

// countSteps counts the steps of lookups in a stage that is not screened. After some lookups it
// screens the stage, if that saves time.
func (s *stage) countSteps(steps int, d *Datapath) {
	if s.rows > screenedFlows || s.lookups.Load() >= lookupsBeforeScreen {
		return
	}
	all := s.steps.Add(int64(steps))
	if s.lookups.Add(1) != lookupsBeforeScreen {
		return
	}
	list := screenFlows(s.list(), d)
	if int64(len(list))*lookupsBeforeScreen <= screenedPerStep*all {
		s.screened.Store(&list)
	}
}

// screenFlows returns the flows that packets of a datapath may match, with comparisons.
func screenFlows(flows []*Flow, d *Datapath) []screened {
	list := make([]screened, 0, len(flows))
	var necessary expr.Necessary
	for _, f := range flows {
		if c, ok := screenFlow(f, d, &necessary); ok {
			list = append(list, c)
		}
	}
	return list
}

// screenFlow returns a flow with comparisons; ok is false if no packet of the datapath satisfies
// them. It overwrites necessary.
func screenFlow(f *Flow, d *Datapath, necessary *expr.Necessary) (c screened, ok bool) {
	f.parsed()
	c = screened{flow: f, priority: int32(f.Priority), ports: ^uint64(0)}
	if f.err != nil || f.templated {
		return c, true // a false match may need further examination
	}
	c.plain = !f.matcher.ComparesAbsent() && (len(f.bound) == 0 || f.Err(d) == nil)
	f.matcher.Necessary(necessary)
	c.exact = necessary.Exact && len(f.bound) == 0
	words := necessary.Bits
	for _, p := range necessary.Ports {
		keys, known := keysOn(p.Set, d)
		switch {
		case !known || p.Mask&63 != 63:
			c.exact = false
		case keys == 0:
			return c, false
		case bits.OnesCount64(keys) < bits.OnesCount64(c.ports):
			c.ports, c.portWord, c.portShift = keys, uint8(p.Word), uint8(p.Shift)
			c.exact = false
		default:
			c.exact = false
		}
	}
	slices.SortStableFunc(words, func(a, b expr.Bits) int { return cmp.Compare(selectivity(b), selectivity(a)) })
	for i, w := range words {
		if i == len(c.word) {
			c.exact = false
			break
		}
		c.word[i], c.mask[i], c.value[i] = uint8(w.Word), w.Mask, w.Value
	}
	return c, true
}

// selectivity estimates the share of packets that a comparison excludes, given that most packets
// are of a few kinds.
func selectivity(b expr.Bits) int {
	ethType, _, _ := packet.EthType.Place()
	proto, _, _ := packet.IPProto.Place()
	if b.Word == ethType || b.Word == proto {
		return 0
	}
	return bits.OnesCount64(b.Mask)
}

// keysOn returns the keys of a set's ports on a datapath, modulo 64. known is false if the set
// has another type.
func keysOn(set expr.PortSet, d *Datapath) (keys uint64, known bool) {
	switch set := set.(type) {
	case nil:
		return 0, true
	case emptyName:
		return 1, true
	case *Port:
		if set.Datapath.Index == d.Index {
			keys = 1 << (set.Key % 64)
		}
		return keys, true
	case groupSet:
		for _, g := range set {
			if g.Datapath.Index == d.Index {
				return 1 << (g.Key % 64), true
			}
		}
		return 0, true
	case *boundGroup:
		for _, w := range set.keys[d.Index] {
			keys |= w
		}
		return keys, true
	}
	return 0, false
}

// passes reports whether a packet satisfies the comparisons.
func (c *screened) passes(p *packet.Packet) bool {
	return p.Word(int(c.word[0]))&c.mask[0] == c.value[0] && p.Word(int(c.word[1]))&c.mask[1] == c.value[1] &&
		c.ports>>(p.Word(int(c.portWord))>>c.portShift&63)&1 != 0
}

// lookUpScreened returns the flow for a packet among screened ones. ok is false if the result
// has more than the flow.
func lookUpScreened(list []screened, p *packet.Packet, d *Datapath) (found *Flow, ok bool) {
	var priority int32
	for i := range list {
		c := &list[i]
		switch {
		case found != nil && c.priority < priority:
			return found, true
		case !c.passes(p):
		case !c.plain:
			return nil, false
		case !c.exact && !c.flow.matcher.Match(p, d.Index):
		case found != nil:
			return nil, false
		default:
			found, priority = c.flow, c.priority
		}
	}
	return found, true
}

// tryScreened tries screened flows.
func (h *lookup) tryScreened(list []screened, p *packet.Packet, d *Datapath) {
	for i := range list {
		c := &list[i]
		switch {
		case h.decided(int(c.priority)):
			return
		case !c.passes(p):
		case c.exact:
			h.take(c.flow)
		default:
			h.try(c.flow, p, d)
		}
	}
}
