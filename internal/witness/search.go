package witness

import (
	"cmp"
	"hash/maphash"
	"math/bits"
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// search is the state of one search.
type search struct {
	x    *Finder
	try  func(Packet) Reachability
	seen map[visit]bool
	left int // the steps that are left

	attempt int
	exact   bool // whether the parts that were given up are known to have no packets
	local   bool // whether packets only start at ports of the flow's datapath

	emitted map[string]bool // the packets that were tried
}

// visit identifies a region in a stage.
type visit struct {
	d *lflow.Datapath
	s Stage
	r Region

	without uint64 // a digest of the excluded regions
}

// branch is a possible step backward.
type branch struct {
	e       *edge
	r       Region
	without []*Region
	states  []uint64 // conntrack states that the edge's actions look up, the last one first
	need    int      // the number of bits that must have been set before
}

// zero returns the bits of the metadata that are 0 in all packets in a stage.
func (z *search) zero(p *path, s Stage) (w words) {
	all, _ := p.flowBits()
	may := all[s]
	if may == nil {
		return w
	}
	for i := range metadata {
		w[i] = ^may[i]
	}
	if !z.local {
		brought := p.brought()
		for i := range metadata {
			w[i] &^= brought[i]
		}
	}
	return w
}

var seed = maphash.MakeSeed()

// digest returns a digest of regions that does not depend on their order. A hash of maphash
// for arrays is not sufficient: it is the exclusive or of hashes of the parts, so that
// regions that differ in two parts may have equal ones.
func digest(list []*Region) (sum uint64) {
	for _, r := range list {
		h := maphash.Comparable(seed, *r)
		h = (h ^ h>>33) * 0xff51afd7ed558ccd
		h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
		sum += h ^ h>>33
	}
	return sum
}

// maxDepth is the maximum number of tables that a search goes backward.
const maxDepth = 250

// fewSplits is maxSplits for the test whether a step has any packets.
const fewSplits = 300

// back continues from a region of packets that reach a stage, except those in the regions
// without. It returns false when the search is over.
func (z *search) back(p *path, s Stage, r *Region, without []*Region, cts []uint64, depth int) bool {
	if z.left--; z.left <= 0 || depth > maxDepth {
		z.left = min(z.left, 0)
		return true
	}
	known := *r
	zero := z.zero(p, s)
	for i := range metadata {
		if r.val[i]&zero[i] != 0 {
			return true
		}
		known.mask[i] |= zero[i]
	}
	r = &known
	without, empty := r.restrict(without)
	if empty {
		return true
	}
	if _, ok, sure := r.pick(without, &r.val, fewSplits); !ok && sure {
		return true
	}
	key := visit{p.d, s, *r, digest(without)}
	if z.seen[key] {
		return true
	}
	z.seen[key] = true
	if s == start && !z.start(p, r, without, cts, depth) {
		return false
	}
	if s == egress && !z.fromIngress(p, r, without, cts, depth) {
		return false
	}
	return z.each(p, z.branches(p, nil, p.allEdges().into[s], r, without), cts, depth)
}

// mix returns a pseudo-random number.
func mix(a, b, c int) int {
	x := uint32(a)*0x9e3779b1 ^ uint32(b)*0x85ebca6b ^ uint32(c)*0xc2b2ae35
	x = (x ^ x>>15) * 0x2c1b3c6d
	return int(x >> 16)
}

// each goes backward over branches, the most promising first: the first attempt takes them
// in order of the bits that they need, others move some of them.
func (z *search) each(p *path, list []branch, cts []uint64, depth int) bool {
	for i := range list {
		if z.attempt > 0 {
			list[i].need += mix(z.attempt, depth, i) % 8
		}
	}
	slices.SortStableFunc(list, func(a, b branch) int { return cmp.Or(a.need-b.need, a.r.fixed()-b.r.fixed()) })
	for i := range list {
		b := &list[i]
		if z.left <= 0 {
			return true
		}
		if !z.back(p, b.e.from.stage, &b.r, b.without, append(cts[:len(cts):len(cts)], b.states...), depth+1) {
			return false
		}
	}
	return true
}

// madeCost sorts generated packets after sent ones, stateCost those that come with a
// conntrack state after those that get it in this datapath.
const (
	madeCost  = 16
	stateCost = 4
)

// stateWord is the word with the conntrack state.
var stateWord, _, _ = packet.CTState.Place()

// maxPreimages is the maximum number of preimages of a region under one edge.
const maxPreimages = 4096

// preimage is a region before an edge, of packets that lead to a region after it.
type preimage struct {
	r      Region
	taken  []outcome // of the actions that matter, the last one first
	states []uint64
}

// undo returns the preimages of a region under an edge. It adds the bits on
// which the regions depend to c.
func (z *search) undo(p *path, e *edge, r *Region, c *cares) []preimage {
	list := []preimage{{r: *r}}
	for i := len(e.ops) - 1; i >= 0 && len(list) > 0; i-- {
		outs, goes := e.ops[i].outcomes(p, c)
		if !goes {
			return nil
		}
		if outs == nil {
			continue
		}
		answered := func(*Region) []outcome { return nil }
		if a, ok := e.ops[i].Action.(*action.GetMACBind); ok && p.x.Asked != nil {
			answered = func(r *Region) []outcome { return p.answered(e.from, a, r) }
		}
		if len(list)*len(outs) > maxPreimages {
			z.exact = false
			return nil
		}
		c.after(e.ops[i], outs)
		next := list[:0] // of one outcome, in place
		if len(outs) > 1 || p.x.Asked != nil {
			next = nil
		}
		for _, w := range list {
			for _, o := range slices.Concat(outs, answered(&w.r)) {
				next = append(next, w)
				if n := &next[len(next)-1]; !n.before(&o) {
					next = next[:len(next)-1]
				}
			}
		}
		list = next
	}
	return list
}

// before replaces a preimage by the one before an outcome. It returns false if there is none.
func (w *preimage) before(o *outcome) bool {
	if o.back != nil && !o.back(&w.r, true) {
		return false
	}
	if o.when != nil {
		if !w.r.meets(o.when) {
			return false
		}
		w.r, _ = w.r.meet(o.when)
	}
	w.taken = append(w.taken[:len(w.taken):len(w.taken)], *o)
	if o.state != 0 {
		w.states = append(w.states[:len(w.states):len(w.states)], o.state)
	}
	return true
}

// after adds the bits that determine whether an action's outcomes lead to the bits in c.
func (c *cares) after(o op, outs []outcome) {
	add := func(r *Region) {
		for i := range c {
			c[i] |= r.mask[i]
		}
	}
	addFields := func(fields ...*packet.Field) {
		for _, f := range fields {
			r := &Region{}
			r.Fix(f, packet.Value{}, packet.Ones(f.Bits))
			add(r)
		}
	}
	for _, out := range outs {
		if out.when != nil {
			add(out.when)
		}
		for _, e := range out.except {
			add(e)
		}
	}
	switch a := o.Action.(type) {
	case *action.Move:
		if f, ofs, bits := a.Src.Resolve(); f != nil {
			r := &Region{}
			r.Fix(f, packet.Value{}, packet.Range(ofs, bits))
			add(r)
		}
	case *action.Exchange:
		for _, side := range []expr.FieldRef{a.Left, a.Right} {
			if f, _, _ := side.Resolve(); f != nil {
				addFields(f)
			}
		}
	case *action.Nested:
		for i := metadata; i < len(c); i++ {
			c[i] = ^uint64(0)
		}
	case *action.Result:
		addFields(packet.TPDst, packet.IPProto, packet.CTState)
	}
	if action.Recirculates(o.Action) {
		addFields(packet.CTState)
		if c.anyBit(tuple...) {
			addFields(headers...)
		}
	}
}

// leftOut returns the excluded regions before an edge, of those after it.
func (w *preimage) leftOut(without []*Region) []*Region {
	out, before := make([]*Region, 0, len(without)), make([]Region, len(without))
	for i, b := range without {
		c := &before[i]
		*c = *b
		if !slices.ContainsFunc(w.taken, func(o outcome) bool { return o.back != nil && !o.back(c, false) }) {
			out = append(out, c)
		}
	}
	// The exceptions of an action are undone by the actions before it.
	for i, o := range w.taken {
		for _, e := range o.except {
			c := *e
			if !slices.ContainsFunc(w.taken[i+1:], func(o outcome) bool { return o.back != nil && !o.back(&c, false) }) {
				out = append(out, &c)
			}
		}
	}
	return out
}

// effect identifies preimages with the same packets.
type effect struct {
	s       Stage
	r       Region
	without uint64
	states  uint64
}

// bundle has the edges whose preimages have one effect.
type bundle struct {
	preimage preimage
	without  []*Region
	members  []*edge
}

// branches appends the steps backward over edges to a region. Flows of a table with the
// same effect are treated as one, so that those with a higher priority need not be
// excluded.
func (z *search) branches(p *path, out []branch, edges []*edge, r *Region, without []*Region) []branch {
	c := cares(r.mask)
	for _, b := range without {
		for i := range c {
			c[i] |= b.mask[i]
		}
	}
	var order []*bundle
	known := map[effect]*bundle{}
	done := map[int][]*bundle{}
	for _, e := range edges {
		if same, ok := done[e.kind]; ok {
			for _, s := range same {
				s.members = append(s.members, e)
			}
			continue
		}
		var to []*bundle
		zero := z.zero(p, e.from.stage)
		own := c
		for _, w := range z.undo(p, e, r, &own) {
			if !w.r.possible(&zero) {
				continue
			}
			before, empty := w.r.restrict(w.leftOut(without))
			if empty {
				continue
			}
			var states uint64
			for _, s := range w.states {
				states = states*31 + s + 1
			}
			k := effect{e.from.stage, w.r, digest(before), states}
			s := known[k]
			if s == nil {
				s = &bundle{preimage: w, without: before}
				known[k] = s
				order = append(order, s)
			}
			if !slices.Contains(to, s) {
				s.members = append(s.members, e)
				to = append(to, s)
			}
		}
		done[e.kind] = to
	}
	for _, s := range order {
		out = z.members(p, out, s)
	}
	return out
}

// members appends a branch for each flow of a bundle, if it has packets that the flows of
// lower priority do not have.
func (z *search) members(p *path, out []branch, s *bundle) []branch {
	same := map[*flow]bool{}
	for _, e := range s.members {
		same[e.from] = true
	}
	slices.SortStableFunc(s.members, func(a, b *edge) int { return b.from.at - a.from.at })
	zero := z.zero(p, s.members[0].from.stage)
	first := len(out)
	for _, e := range s.members {
		list, partial := p.regions(e.from)
		for _, g := range list {
			both, ok := s.preimage.r.meet(g)
			if !ok || !both.possible(&zero) {
				continue
			}
			z.exact = z.exact && !partial
			b := branch{e: e, r: both, without: p.above(e.from, &both, same, slices.Clip(s.without)), states: s.preimage.states}
			if slices.ContainsFunc(out[first:], func(o branch) bool { return b.covered(&o) }) {
				continue
			}
			for i := range metadata {
				v := both.val[i]
				if i == 7 {
					v &= 1<<32 - 1 // the input port is known
				}
				b.need += bits.OnesCount64(v)
			}
			if v := both.val[stateWord]; v != 0 {
				b.need += stateCost
			}
			for _, o := range e.ops {
				if o.enter {
					b.need += madeCost
				}
			}
			out = append(out, b)
		}
	}
	return out
}

// covered reports whether another branch has all packets of this one.
func (b *branch) covered(o *branch) bool {
	if !b.r.within(&o.r) {
		return false
	}
	return !slices.ContainsFunc(o.without, func(x *Region) bool {
		both, ok := x.meet(&b.r)
		return ok && !slices.ContainsFunc(b.without, both.within)
	})
}

// possible reports whether a region requires none of the bits that are always 0.
func (r *Region) possible(zero *words) bool {
	for i := range metadata {
		if r.val[i]&zero[i] != 0 {
			return false
		}
	}
	return true
}
