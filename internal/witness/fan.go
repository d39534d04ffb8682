package witness

import (
	"encoding/binary"
	"slices"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/packet"
)

// group are edges from a table that write the same bits, and set the same bits to
// constants.
type group struct {
	stage    Stage
	writes   sparse // the bits, as a mask
	gives    sparse // the mask of those that are constants afterwards
	leads    []*fanned
	flows    []*flow
	takesAll bool // whether one of the flows matches every packet

	// translates is whether conntrack translates packets: it leaves those as they are that
	// open no connection. others are the bits that other actions may write, as a mask.
	translates bool
	others     words

	drop *securityDrop // of packets before one of the flows, nil if none
}

// fanned are the edges from flows of a form, indexed by the constants to which they set
// bits.
type fanned struct {
	lead
	constants [numFamilies]sparse // see edge.constants

	values []uint64                 // of the words of gives, by flow; nil until the first lookup
	of     map[[fewWords]uint64]int // the first flow with given values of the first of these words, from 1
	next   []int                    // the next flow with the same ones
}

// fewWords is the number of words of constants by which edges are hashed.
const fewWords = 4

// fan groups edges by their effects on packets. It omits edges whose packet is not
// followed.
func (a *Arrivals) fan(p *path, leads []lead) []*group {
	if known, ok := a.fans[&leads[0]]; ok {
		return known
	}
	var out []*group
	groups := map[string]*group{}
	var name []byte
	add := func(l lead, drop *securityDrop) {
		writes, gives := p.effects(l.first())
		name = append(name[:0], byte(l.stage.Pipeline), byte(l.stage.Table), 0)
		if drop != nil {
			name[2] = 1
		}
		for _, masks := range []sparse{writes, gives} {
			for _, m := range masks {
				name = binary.LittleEndian.AppendUint64(append(name, byte(m.i)), m.mask)
			}
			name = append(name, 0xff)
		}
		g := groups[string(name)]
		if g == nil {
			g = &group{stage: l.stage, drop: drop, writes: writes, gives: gives}
			groups[string(name)] = g
			out = append(out, g)
		}
		f := &fanned{lead: l}
		for of := range f.constants {
			f.constants[of] = l.first().constants(family(of))
		}
		g.leads = append(g.leads, f)
		g.leave(l.first())
		g.flows = append(g.flows, l.flows...)
		g.takesAll = g.takesAll || slices.ContainsFunc(l.flows, func(f *flow) bool { return f.MatchesAll() })
	}
	divide := func(l lead) {
		drop := p.refusing().drops[l.stage]
		if drop == nil {
			add(l, nil)
			return
		}
		l.divide(func(i int) uint64 {
			if l.flows[i].Priority < drop.priority {
				return 1
			}
			return 0
		}, func(passes uint64, l lead) {
			if passes == 1 {
				add(l, drop)
			} else {
				add(l, nil)
			}
		})
	}
	for _, l := range leads {
		switch first := l.first(); {
		case !first.isFollowed():
			continue
		case !first.mayAnswer():
			divide(l)
			continue
		}
		answers := l.answers()
		l.divide(func(i int) uint64 {
			if answers(i) {
				return 1
			}
			return 0
		}, func(answers uint64, l lead) {
			if answers == 0 {
				divide(l)
			}
		})
	}
	a.fans[&leads[0]] = out
	return out
}

// leave notes which bits of packets an edge writes besides those that it translates.
func (g *group) leave(e *edge) {
	var others Region
	translates := false
	for _, o := range e.ops {
		switch o.Action.(type) {
		case *action.CTNAT, *action.CTLB:
			translates = true
			continue
		}
		r := o.written()
		for i, m := range r.mask {
			others.mask[i] |= m
		}
	}
	if !translates {
		return
	}
	g.translates = true
	for i, m := range others.mask {
		g.others[i] |= m
	}
}

// isFollowed reports whether the packet that continues after an edge is followed.
func (e *edge) isFollowed() bool { return !slices.ContainsFunc(e.ops, op.isUnfollowed) }

// effects returns the bits that an edge may write, and those that are constants after it,
// with their values.
func (p *path) effects(e *edge) (writes, gives sparse) {
	var written, given Region
	for _, o := range e.ops {
		r := o.written()
		for i, m := range r.mask {
			written.mask[i] |= m
			given.mask[i] &^= m
			given.val[i] &^= m
		}
		switch a := o.Action.(type) {
		case *action.Load:
			if field, value, mask := p.loaded(a); field != nil {
				given.Fix(field, value, mask)
			}
		case *action.CTNAT:
			if f := translated(a); o.fork && a.Addr.IsValid() {
				given.Fix(f, packet.FromAddr(a.Addr), packet.Ones(f.Bits))
			}
		}
	}
	return written.sparse(), given.sparse()
}

// balances reports whether a packet may be in a region after an edge, with respect to the
// destinations that a load balancer sets. Packets of a family without backends keep
// theirs.
func (e *edge) balances(r *Region) bool {
	a, ok := e.ops[len(e.ops)-1].Action.(*action.CTLB)
	if !ok || len(a.Backends) == 0 {
		return true
	}
	c, of := *r, r.family()
	for _, f := range []*packet.Field{packet.IPv4Dst, packet.IPv6Dst} {
		v6 := f == packet.IPv6Dst
		if !of.mayBe(v6) {
			continue
		}
		v, mask := c.forget(f, packet.Ones(f.Bits))
		none := true
		for _, b := range a.Backends {
			if b.Addr.Is4() != v6 {
				none = false
				if packet.FromAddr(b.Addr).Xor(v).And(mask).IsZero() {
					return true
				}
			}
		}
		if none {
			return true
		}
	}
	return false
}

// index indexes the edges by their constants.
func (f *fanned) index(p *path, gives sparse) {
	values := make([]uint64, len(f.flows)*len(gives))
	inParallel(len(f.flows), func(from, to int) {
		edge := f.edge
		if s := f.substitution(p.n.FlowEnv().Symbols); s != nil {
			edge = s.edge
		}
		for i := from; i < to; i++ {
			_, given := p.effects(edge(i))
			for k, w := range given {
				values[i*len(gives)+k] = w.val
			}
		}
	})
	f.values, f.of, f.next = values, map[[fewWords]uint64]int{}, make([]int, len(f.flows))
	for i := len(f.flows) - 1; i >= 0; i-- { // so that each list has the order of the flows
		var key [fewWords]uint64
		copy(key[:], values[i*len(gives):][:len(gives)])
		f.next[i] = f.of[key]
		f.of[key] = i + 1
	}
}

// meeting calls visit with the edges of a form after which a packet may be in a region.
func (g *group) meeting(p *path, f *fanned, r *Region, visit func(*edge)) {
	if f.values == nil {
		f.index(p, g.gives)
	}
	try := func(i int) {
		for k, m := range g.gives {
			if (f.values[i*len(g.gives)+k]^r.val[m.i])&m.mask&r.mask[m.i] != 0 {
				return
			}
		}
		if e := f.edge(i); e.balances(r) {
			visit(e)
		}
	}
	var key [fewWords]uint64
	for i, m := range g.gives[:min(len(g.gives), fewWords)] {
		if m.mask&^r.mask[m.i] != 0 {
			for i := range f.flows {
				try(i)
			}
			return
		}
		key[i] = r.val[m.i] & m.mask
	}
	for i := f.of[key]; i > 0; i = f.next[i-1] {
		try(i - 1)
	}
}
