package shadow

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// Datapaths is a set of datapaths of one network.
type Datapaths struct {
	List []*lflow.Datapath // in the network's order
	bits []uint64
}

// Sets creates sets of datapaths of one network, each set once.
type Sets struct {
	n    *lflow.Network
	made map[*lflow.Datapath][]*Datapaths // by first member
}

// NewSets returns a Sets without any set.
func NewSets(n *lflow.Network) *Sets {
	return &Sets{n, map[*lflow.Datapath][]*Datapaths{}}
}

// Of returns the set of a list, which must be in the network's order and must not be changed.
func (s *Sets) Of(list []*lflow.Datapath) *Datapaths {
	var first *lflow.Datapath
	if len(list) > 0 {
		first = list[0]
	}
	for _, p := range s.made[first] {
		if len(p.List) == len(list) && (len(list) == 0 || &p.List[0] == &list[0] || slices.Equal(p.List, list)) {
			return p
		}
	}
	p := &Datapaths{List: list, bits: make([]uint64, (len(s.n.Datapaths)+63)/64)}
	for _, d := range list {
		p.bits[d.Index/64] |= 1 << (d.Index % 64)
	}
	s.made[first] = append(s.made[first], p)
	return p
}

// Has reports whether a datapath is in the set.
func (p *Datapaths) Has(d *lflow.Datapath) bool { return p.bits[d.Index/64]>>(d.Index%64)&1 != 0 }

// Common returns the first datapath that is in both sets, or nil.
func (p *Datapaths) Common(q *Datapaths) *lflow.Datapath {
	for i, w := range p.bits {
		if w&q.bits[i] != 0 {
			return p.List[slices.IndexFunc(p.List, q.Has)]
		}
	}
	return nil
}
