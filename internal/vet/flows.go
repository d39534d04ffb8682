package vet

import (
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// flow is a logical flow with all that the checks need of it.  A flow that many
// datapaths share is one.
type flow struct {
	*lflow.Flow
	on *datapathSet

	match   expr.Expr // as it is written, nil where the flow does not parse
	actions action.Actions
	texts   [2]string // the texts that were parsed, match and actions

	least []expr.Cube // what it matches on every chassis, while its table is compared
}

// datapathSet is a set of datapaths.
type datapathSet struct {
	list []*lflow.Datapath // in the network's order
	bits []uint64
}

func newDatapathSet(n int, list []*lflow.Datapath) *datapathSet {
	p := &datapathSet{list: list, bits: make([]uint64, (n+63)/64)}
	for _, d := range list {
		p.bits[d.Index/64] |= 1 << (d.Index % 64)
	}
	return p
}

// common returns the first datapath that is in both sets, nil where none is.
func (p *datapathSet) common(q *datapathSet) *lflow.Datapath {
	if p == q {
		return p.list[0]
	}
	meet := false
	for i, w := range p.bits {
		if w&q.bits[i] != 0 {
			meet = true
			break
		}
	}
	if !meet {
		return nil
	}
	for _, d := range p.list {
		if q.has(d) {
			return d
		}
	}
	return nil
}

func (p *datapathSet) has(d *lflow.Datapath) bool { return p.bits[d.Index/64]>>(d.Index%64)&1 != 0 }

// within reports whether all of p is in a set of bits.
func (p *datapathSet) within(bits []uint64) bool {
	for i, w := range p.bits {
		if w&^bits[i] != 0 {
			return false
		}
	}
	return true
}

// names returns the datapaths' names.
func (p *datapathSet) names() []string {
	out := make([]string, len(p.list))
	for i, d := range p.list {
		out[i] = d.DisplayName(true)
	}
	return out
}

// gather lists every flow once, in the order of its first datapath, pipeline,
// table and priority.
func (v *checker) gather() []*flow {
	sets := map[*lflow.Datapath][]*datapathSet{} // by first member
	intern := func(list []*lflow.Datapath) *datapathSet {
		for _, p := range sets[list[0]] {
			if sameDatapaths(p.list, list) {
				return p
			}
		}
		p := newDatapathSet(len(v.n.Datapaths), list)
		sets[list[0]] = append(sets[list[0]], p)
		return p
	}
	known := map[string]*flow{}
	var flows []*flow
	for _, found := range v.n.Search(func(lflow.FlowRow) bool { return true }) {
		id := found.Flow.UUID.String()
		if f := known[id]; f != nil { // a row that names both a datapath and a group
			f.on = intern(unionDatapaths(f.on, found.Datapaths))
			continue
		}
		f := &flow{Flow: found.Flow, on: intern(found.Datapaths)}
		known[id] = f
		flows = append(flows, f)
	}
	return flows
}

func sameDatapaths(a, b []*lflow.Datapath) bool {
	if len(a) != len(b) {
		return false
	}
	if &a[0] == &b[0] {
		return true
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// unionDatapaths returns the datapaths that are in either, in the network's order.
func unionDatapaths(p *datapathSet, more []*lflow.Datapath) []*lflow.Datapath {
	q := newDatapathSet(64*len(p.bits), more)
	var out []*lflow.Datapath
	i, j := 0, 0
	for i < len(p.list) || j < len(q.list) {
		switch {
		case j == len(q.list) || i < len(p.list) && p.list[i].Index < q.list[j].Index:
			out = append(out, p.list[i])
			i++
		case i == len(p.list) || q.list[j].Index < p.list[i].Index:
			out = append(out, q.list[j])
			j++
		default:
			out = append(out, p.list[i])
			i, j = i+1, j+1
		}
	}
	return out
}
