package witness

import (
	"encoding/binary"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/packet"
)

// group is edges from a table that write the same bits, and set the same of them to
// constants.
type group struct {
	stage    Stage
	writes   sparse // the bits, as a mask
	edges    []*edge
	takesAll bool // whether a flow of them matches every packet

	gives  sparse // the mask of the constants, of which values has the first words
	values []constants
	of     map[[fewWords]uint64]int // the places in values
}

// fewWords is by how many words of constants edges are found.
const fewWords = 3

// constants is the edges that set bits to the same.
type constants struct {
	key   [fewWords]uint64
	edges []*edge
}

// fan returns edges by what they do to a packet, without those whose packet is not
// followed.
func (a *Arrivals) fan(p *path, edges []*edge) []*group {
	if known, ok := a.fans[edges[0]]; ok {
		return known
	}
	var out []*group
	groups := map[string]*group{}
	var name []byte
	for _, e := range edges {
		writes, gives, followed := p.effects(e)
		if !followed {
			continue
		}
		name = append(name[:0], byte(e.from.stage.Pipeline), byte(e.from.stage.Table))
		for _, masks := range []sparse{writes, gives} {
			for _, m := range masks {
				name = binary.LittleEndian.AppendUint64(append(name, byte(m.i)), m.mask)
			}
			name = append(name, 0xff)
		}
		g := groups[string(name)]
		if g == nil {
			g = &group{stage: e.from.stage, writes: writes, gives: gives, of: map[[fewWords]uint64]int{}}
			groups[string(name)] = g
			out = append(out, g)
		}
		g.edges = append(g.edges, e)
		g.takesAll = g.takesAll || e.from.MatchesAll()
		var key [fewWords]uint64
		for i := range min(len(gives), fewWords) {
			key[i] = gives[i].val
		}
		at, ok := g.of[key]
		if !ok {
			at = len(g.values)
			g.of[key] = at
			g.values = append(g.values, constants{key: key})
		}
		g.values[at].edges = append(g.values[at].edges, e)
	}
	a.fans[edges[0]] = out
	return out
}

// effects returns the bits that an edge may write, and the constants that bits surely are
// after it; followed is false where the packet that goes on is not followed.
func (p *path) effects(e *edge) (writes, gives sparse, followed bool) {
	if p.isAnswer(e) {
		return nil, nil, false
	}
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
			if f := translated(a); o.fork && a.Addr.IsValid() && !p.n.Dialect.Has(dialect.NATKeepsAddress) {
				given.Fix(f, packet.FromAddr(a.Addr), packet.Ones(f.Bits))
			}
		}
	}
	return written.sparse(), given.sparse(), true
}

// balances reports whether a packet may be in a region after an edge, as far as a load
// balancer sets its destination.
func (e *edge) balances(r *Region) bool {
	a, ok := e.ops[len(e.ops)-1].Action.(*action.CTLB)
	if !ok || len(a.Backends) == 0 {
		return true
	}
	c := *r
	v4, mask4 := c.forget(packet.IPv4Dst, packet.Ones(32))
	v6, mask6 := c.forget(packet.IPv6Dst, packet.Ones(128))
	one := a.Backends[0].Addr.Is4()
	for _, b := range a.Backends {
		v, mask := v6, mask6
		if b.Addr.Is4() {
			v, mask = v4, mask4
		}
		if b.Addr.Is4() != one || packet.FromAddr(b.Addr).Xor(v).And(mask).IsZero() {
			return true
		}
	}
	// The other family keeps its destination.
	typ, known := c.forget(packet.EthType, packet.Ones(16))
	return known != packet.Ones(16) || (typ.Lo == packet.EthTypeIPv4) != one
}

// meeting returns the edges after which a packet may be in a region.
func (g *group) meeting(r *Region) (out []*edge) {
	words := g.gives[:min(len(g.gives), fewWords)]
	var key [fewWords]uint64
	whole := true
	for i, m := range words {
		whole = whole && m.mask&^r.mask[m.i] == 0
		key[i] = r.val[m.i] & m.mask
	}
	if at, ok := g.of[key]; whole {
		if !ok {
			return nil
		}
		return g.values[at].edges
	}
	for _, c := range g.values {
		meets := true
		for i, m := range words {
			meets = meets && (c.key[i]^key[i])&m.mask&r.mask[m.i] == 0
		}
		if meets {
			out = append(out, c.edges...)
		}
	}
	return out
}
