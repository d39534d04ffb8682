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
	takesAll bool   // whether one of the flows matches every packet
	guard    *guard // of packets before one of the flows, nil if none
}

// fanned are the edges from flows of a form, indexed by the constants to which they set
// bits.
type fanned struct {
	lead
	constants [numFamilies]sparse // see edge.constants

	values []given // nil until the first lookup
	of     map[[fewWords]uint64][]int
}

// given is an edge, with the values of the words of gives.
type given struct {
	edge  *edge
	words []uint64
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
	add := func(l lead, guard *guard) {
		writes, gives, followed := p.effects(l.first())
		if !followed {
			return
		}
		name = append(name[:0], byte(l.stage.Pipeline), byte(l.stage.Table), 0)
		if guard != nil {
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
			g = &group{stage: l.stage, guard: guard, writes: writes, gives: gives}
			groups[string(name)] = g
			out = append(out, g)
		}
		f := &fanned{lead: l}
		for of := range f.constants {
			f.constants[of] = l.first().constants(family(of))
		}
		g.leads = append(g.leads, f)
		g.flows = append(g.flows, l.flows...)
		g.takesAll = g.takesAll || slices.ContainsFunc(l.flows, func(f *flow) bool { return f.MatchesAll() })
	}
	divide := func(l lead) {
		guard := p.refusing().guards[l.stage]
		if guard == nil {
			add(l, nil)
			return
		}
		l.divide(func(e *edge) uint64 {
			if e.from.Priority < guard.priority {
				return 1
			}
			return 0
		}, func(passes uint64, l lead) {
			if passes == 1 {
				add(l, guard)
			} else {
				add(l, nil)
			}
		})
	}
	for _, l := range leads {
		if !l.first().mayAnswer() {
			divide(l)
			continue
		}
		l.divide(func(e *edge) uint64 {
			if e.isAnswer() {
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

// effects returns the bits that an edge may write, and those that are constants after it,
// with their values; followed is false if the packet that continues is not followed.
func (p *path) effects(e *edge) (writes, gives sparse, followed bool) {
	var written, given Region
	for _, o := range e.ops {
		if o.isUnfollowed() {
			return nil, nil, false
		}
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
	return written.sparse(), given.sparse(), true
}

// balances reports whether a packet may be in a region after an edge, with respect to the
// destinations that a load balancer sets. Packets of a family without back ends keep
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
func (f *fanned) index(p *path) {
	f.values, f.of = make([]given, len(f.flows)), map[[fewWords]uint64][]int{}
	for i := range f.flows {
		e := f.edge(i)
		_, gives, _ := p.effects(e)
		v := given{e, make([]uint64, len(gives))}
		for k := range gives {
			v.words[k] = gives[k].val
		}
		f.values[i] = v
		var key [fewWords]uint64
		copy(key[:], v.words)
		f.of[key] = append(f.of[key], i)
	}
}

// meeting calls visit with the edges of a form after which a packet may be in a region.
func (g *group) meeting(p *path, f *fanned, r *Region, visit func(*edge)) {
	if f.values == nil {
		f.index(p)
	}
	try := func(v *given) {
		for k, m := range g.gives {
			if (v.words[k]^r.val[m.i])&m.mask&r.mask[m.i] != 0 {
				return
			}
		}
		if v.edge.balances(r) {
			visit(v.edge)
		}
	}
	var key [fewWords]uint64
	for i, m := range g.gives[:min(len(g.gives), fewWords)] {
		if m.mask&^r.mask[m.i] != 0 {
			for i := range f.values {
				try(&f.values[i])
			}
			return
		}
		key[i] = r.val[m.i] & m.mask
	}
	for _, i := range f.of[key] {
		try(&f.values[i])
	}
}
