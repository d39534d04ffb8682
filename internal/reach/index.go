package reach

import (
	"math/bits"
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// minIndexed is the minimum number of flows of a table that gets an index.
const minIndexed = 64

// flowIndex finds the flows of a table that packets with some bits in common may match, by
// the bits that flows require.
type flowIndex struct {
	flows []*lflow.Flow
	place map[*lflow.Flow]int
	kinds []indexKind
	rest  []int // flows that require no bits
}

// indexKind has the flows that require a value in certain bits of one word.
type indexKind struct {
	word int
	mask uint64
	of   map[uint64][]int
}

// indexOf returns the index of a table's flows, or nil if there are few.
func (x *space) indexOf(at tableKey, flows []*lflow.Flow) *flowIndex {
	if len(flows) < minIndexed {
		return nil
	}
	at.state = 0
	i := x.indexes[at]
	if i == nil {
		i = newFlowIndex(flows)
		x.indexes[at] = i
	}
	return i
}

func newFlowIndex(flows []*lflow.Flow) *flowIndex {
	x := &flowIndex{flows: flows, place: make(map[*lflow.Flow]int, len(flows))}
	type kind struct {
		word int
		mask uint64
	}
	known := map[kind]int{}
	var required []expr.Bits
	for i, f := range flows {
		x.place[f] = i
		required = f.Matcher().Required(required[:0])
		if len(required) == 0 {
			x.rest = append(x.rest, i)
			continue
		}
		most := slices.MaxFunc(required, func(a, b expr.Bits) int { return bits.OnesCount64(a.Mask) - bits.OnesCount64(b.Mask) })
		k := kind{most.Word, most.Mask}
		at, ok := known[k]
		if !ok {
			at = len(x.kinds)
			known[k] = at
			x.kinds = append(x.kinds, indexKind{k.word, k.mask, map[uint64][]int{}})
		}
		of := x.kinds[at].of
		of[most.Value&most.Mask] = append(of[most.Value&most.Mask], i)
	}
	return x
}

// before returns the flows before a place, in order, without those that a filter rejects by
// the bits of the index.
func (x *flowIndex) before(place int, filter *packetset.Filter) []*lflow.Flow {
	candidates := slices.Clone(x.rest)
	for i := range x.kinds {
		k := &x.kinds[i]
		value, ok := filter.Known(k.word, k.mask)
		if ok {
			candidates = append(candidates, k.of[value]...)
			continue
		}
		for _, list := range k.of {
			candidates = append(candidates, list...)
		}
		if len(candidates) > len(x.flows)/4 {
			return x.flows[:place]
		}
	}
	slices.Sort(candidates)
	var out []*lflow.Flow
	for _, i := range candidates {
		if i < place {
			out = append(out, x.flows[i])
		}
	}
	return out
}
