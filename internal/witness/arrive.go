package witness

import (
	"slices"
	"sync"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Arrivals bounds the packets that may arrive at some ports.  Every packet that does is
// within the bound, whatever conntrack and load balancers choose; others may be too,
// because priorities are left out, and of matches what does not say where a packet goes.
//
// Near the ports, in their datapaths and in those at the other ends of these, the bound
// goes back table by table.  Elsewhere it is what addresses can become of one another
// (addresses.go).  Several goroutines may use it.
type Arrivals struct {
	mu      sync.Mutex
	x       *Finder
	z       *search // as what actions are undone
	to      []*lflow.Port
	sources map[*lflow.Port][]*lflow.Port // the ports that lead to a port
	near    *sweep
	headers *addresses // that packets have that come from afar, nil if they may have any
	leaving map[*path]*sweep
	leaves  map[*lflow.Datapath]bool // those of leaving
	fans    map[*lead][]*group       // by the first of a list
}

// Bound is a set of packets that enter a datapath as hosts send them: those of Direct,
// and those that are in both Leaving and Addressed.  All says that it is every packet.
type Bound struct {
	All                        bool
	Direct, Leaving, Addressed []*Region
}

// maxNear is how many datapaths may be near.
const maxNear = 16

// Arrivals returns the bound of the packets that may arrive at ports.
func (x *Finder) Arrivals(to []*lflow.Port) *Arrivals {
	a := &Arrivals{x: x, to: to, sources: map[*lflow.Port][]*lflow.Port{}, leaving: map[*path]*sweep{}, leaves: map[*lflow.Datapath]bool{}, fans: map[*lead][]*group{}}
	a.z = &search{x: x, exact: true}
	var local []*lflow.Datapath
	for _, p := range to {
		if !slices.Contains(local, p.Datapath) {
			local = append(local, p.Datapath)
		}
	}
	near := slices.Clone(local)
	for _, p := range x.n.Ports() {
		if p.Peer == nil {
			continue
		}
		a.sources[p.Peer] = append(a.sources[p.Peer], p)
		if slices.Contains(local, p.Peer.Datapath) && !slices.Contains(near, p.Datapath) {
			near = append(near, p.Datapath)
		}
	}
	a.near = a.newSweep()
	if len(near) > maxNear {
		a.near.all = true
		return a
	}
	for _, d := range near {
		a.near.within[d] = true
	}
	for _, p := range to {
		a.near.leave(x.path(p.Datapath), p, &Region{})
	}
	a.near.run()
	if !a.near.all {
		a.headers = x.addresses(a.near.far)
	}
	return a
}

// From returns the bound of the packets that enter a datapath.
func (a *Arrivals) From(d *lflow.Datapath) (b Bound) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.near.all {
		return Bound{All: true}
	}
	p := a.x.path(d)
	b.Direct = a.near.entering(p)
	if len(a.near.far) == 0 {
		return b
	}
	if a.headers == nil {
		return Bound{All: true}
	}
	s := a.leaving[p]
	if s == nil {
		s = a.newSweep()
		s.within[d] = true
		for _, port := range d.Ports() {
			if port.Peer != nil {
				s.leave(p, port, &Region{})
			}
		}
		s.run()
		a.leaving[p] = s
		a.leaves[d] = true
	}
	b.Addressed = a.headers.regions()
	b.Leaving = s.entering(p)
	if s.all {
		b.Leaving = []*Region{{}}
	}
	return b
}

// At returns the bound of the packets that come to a table.
func (a *Arrivals) At(d *lflow.Datapath, s Stage) (b Bound) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.near.all {
		return Bound{All: true}
	}
	var at position
	if a.near.within[d] || a.leaves[d] {
		at = position{a.x.path(d), s}
	}
	b.Direct = a.near.seen[at]
	if len(a.near.far) == 0 {
		return b
	}
	if a.headers == nil {
		return Bound{All: true}
	}
	b.Addressed = a.headers.regions()
	b.Leaving = []*Region{{}}
	if w := a.leaving[at.p]; w != nil && !w.all {
		b.Leaving = w.seen[at]
	}
	return b
}

// MayEach reports whether the bound has every packet that is to leave a switch by a port.
func (a *Arrivals) MayEach(d *lflow.Datapath, key uint64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.near.all || !a.near.within[d] {
		return false
	}
	every := &Region{}
	every.Fix(packet.Outport, packet.Uint(key), packet.Ones(32))
	return slices.ContainsFunc(a.near.seen[position{a.x.path(d), egress}], every.within)
}

// Has reports whether a packet is in the region, by its words.
func (r *Region) Has(p *[packet.Words]uint64) bool {
	for i, w := range p {
		if (w^r.val[i])&r.mask[i] != 0 {
			return false
		}
	}
	return true
}

// families are the words of the fields that packets of one family have.
var families = [2]words{
	region(isValue(packet.IPv4Src, packet.Value{}), isValue(packet.IPv4Dst, packet.Value{})).mask,
	region(isValue(packet.IPv6Src, packet.Value{}), isValue(packet.IPv6Dst, packet.Value{}), isValue(packet.NDTarget, packet.Value{})).mask,
}

// Families reports whether a region speaks of addresses that only packets of IPv4 and ARP
// have, and of such of IPv6.
func (r *Region) Families() (v4, v6 bool) {
	for i, m := range r.mask {
		v4, v6 = v4 || m&families[0][i] != 0, v6 || m&families[1][i] != 0
	}
	return v4, v6
}

// Words calls word with what a region requires of each word of a packet.
func (r *Region) Words(word func(i int, value, mask uint64)) {
	for i := range packet.Words {
		if r.mask[i] != 0 {
			word(i, r.val[i], r.mask[i])
		}
	}
}

// Terms calls term with what a region requires of some fields.
func (r *Region) Terms(fields []*packet.Field, term func(f *packet.Field, v, mask packet.Value)) {
	c := *r
	for _, f := range fields {
		if v, m := c.forget(f, packet.Ones(f.Bits)); !m.IsZero() {
			term(f, v, m)
		}
	}
}

// position is a table of a datapath.
type position struct {
	p *path
	s Stage
}

// sweep goes back from ports through some datapaths, as wide as it takes to miss no
// packet.
type sweep struct {
	a      *Arrivals
	within map[*lflow.Datapath]bool
	seen   map[position][]*Region
	queue  []swept
	far    []*Region // packets that come from other datapaths, as they enter those within
	all    bool      // whether the bound is given up
}

type swept struct {
	position
	r *Region
}

func (a *Arrivals) newSweep() *sweep {
	return &sweep{a: a, within: map[*lflow.Datapath]bool{}, seen: map[position][]*Region{}}
}

// entering returns the packets that hosts send into a datapath: they have no metadata
// but their input port.
func (w *sweep) entering(p *path) (out []*Region) {
	for _, r := range w.seen[position{p, start}] {
		if c := *r; c.fresh() {
			out = append(out, r)
		}
	}
	return out
}

// maxSwept is how many regions of a position are distinguished.
const maxSwept = 512

// visit adds packets that come to a table.
func (w *sweep) visit(p *path, s Stage, r Region) {
	w.a.coarsen(p, &r)
	at := position{p, s}
	known := w.seen[at]
	if w.all || slices.ContainsFunc(known, r.within) {
		return
	}
	if w.all = len(known) >= maxSwept; w.all {
		return
	}
	w.seen[at] = append(known, &r)
	w.queue = append(w.queue, swept{at, &r})
}

// kept are the words of a packet by which bounds distinguish: the ports, addresses, the
// protocol and the destination's transport port.  Registers are kept where all of one is known, as a next hop's
// address is.
var kept = func() (w words) {
	var r Region
	for _, f := range []*packet.Field{
		packet.Inport, packet.Outport, packet.EthSrc, packet.EthDst, packet.EthType,
		packet.IPv4Src, packet.IPv4Dst, packet.IPv6Src, packet.IPv6Dst, packet.NDTarget, packet.IPProto, packet.TPDst,
	} {
		r.Fix(f, packet.Value{}, packet.Ones(f.Bits))
	}
	return r.mask
}()

// coarsen drops what bounds do not distinguish.
func (a *Arrivals) coarsen(p *path, r *Region) {
	answers, admitted := a.answers(p, r), p.refusing().admitted(r)
	for i := range r.mask {
		keep := kept[i] | answers[i] | admitted[i]
		if i < 7 {
			for _, half := range []uint64{1<<32 - 1, ^uint64(1<<32 - 1)} {
				if r.mask[i]&half == half {
					keep |= half
				}
			}
		}
		r.mask[i] &= keep
		r.val[i] &= keep
	}
}

// run goes back until nothing new is found.
func (w *sweep) run() {
	for len(w.queue) > 0 && !w.all {
		at := w.queue[len(w.queue)-1]
		w.queue = w.queue[:len(w.queue)-1]
		switch at.s {
		case start:
			w.enter(at.p, at.r)
		case egress:
			w.output(at.p, at.r)
		}
		w.back(at.p, at.p.leads[target{Stage: at.s}], at.r)
	}
}

// leave goes back from the packets that leave by a port.
func (w *sweep) leave(p *path, port *lflow.Port, r *Region) {
	if w.all = w.all || !p.isPlain(); w.all {
		return
	}
	c := *r
	if c.Fix(packet.Outport, packet.Uint(port.Key), packet.Ones(16)) {
		w.back(p, p.leads[target{Stage{Pipeline: lflow.Egress}, true}], &c)
	}
}

// enter goes back to the datapaths from which packets come.
func (w *sweep) enter(p *path, r *Region) {
	inner := *r
	v, m := inner.forget(packet.Inport, packet.Ones(32))
	if out, _ := inner.forget(packet.Outport, packet.Ones(32)); out.Lo != 0 {
		return
	}
	for _, port := range p.d.Ports() {
		if (port.Key^v.Lo)&m.Lo != 0 {
			continue
		}
		for _, from := range w.a.sources[port] {
			if w.within[from.Datapath] {
				w.leave(w.a.x.path(from.Datapath), from, &inner)
			} else if !slices.ContainsFunc(w.far, r.within) {
				w.far = append(w.far, r)
			}
		}
	}
}

// output goes back from the egress pipeline to the outputs that lead there.
func (w *sweep) output(p *path, r *Region) {
	entered := func(c *Region) bool { // the registers are cleared, but for the ports
		for i := range 7 {
			if c.val[i] != 0 {
				return false
			}
			c.mask[i] = 0
		}
		return true
	}
	inner := *r
	key, m := inner.forget(packet.Outport, packet.Ones(32))
	ok := entered(&inner)
	if ok && m.Lo&packet.PortKey != packet.PortKey {
		w.back(p, p.leads[target{Stage{Pipeline: lflow.Ingress}, true}], &inner)
	}
	named := func(c Region, key uint64) {
		if c.Fix(packet.Outport, packet.Uint(key), packet.Ones(16)) {
			w.back(p, p.toPort[key], &c)
			w.back(p, p.toAny, &c)
		}
	}
	fits := func(port *lflow.Port) bool { return (port.Key^key.Lo)&m.Lo == 0 }
	if ok && m.Lo&packet.PortKey == packet.PortKey {
		named(inner, key.Lo&packet.PortKey)
		for _, port := range p.d.Ports() {
			if port.Distributed != nil && fits(port.Distributed) {
				named(inner, port.Key)
			}
		}
	}
	// A copy to a group finds what the copies before it left.
	copied := *r
	copied.forget(packet.Outport, packet.Ones(32))
	for i, left := range p.leaves() {
		copied.mask[i] &^= left
		copied.val[i] &^= left
	}
	if entered(&copied) {
		for _, g := range p.d.Groups() {
			if slices.ContainsFunc(g.Ports(), fits) {
				named(copied, g.Key)
			}
		}
	}
}

// maxSeparateFlows is up to how many flows of a table with the same effect on a region are
// distinguished by their matches.
const maxSeparateFlows = 8

// back goes back over ways on from packets after them.
func (w *sweep) back(p *path, leads []lead, r *Region) {
	if len(leads) == 0 || w.all {
		return
	}
	fan, of := w.a.fan(p, leads), r.family()
	passed := map[Stage]bool{} // tables that a flow leads through as the packet is
	for _, g := range fan {
		if g.takesAll && !g.writes.touches(&r.mask) {
			guarded := w.take(p, g, *r)
			passed[g.stage] = passed[g.stage] || !guarded
		}
	}
	for _, g := range fan {
		if !g.writes.touches(&r.mask) {
			if !passed[g.stage] {
				w.same(p, g, g.flows, r)
			}
			continue
		}
		var order []Region // what the ways on lead back to
		members := map[Region][]*flow{}
		add := func(before []way, from ...*flow) {
			for i := range before {
				c := before[i].r
				if w.a.coarsen(p, &c); members[c] == nil {
					order = append(order, c)
				}
				members[c] = append(members[c], from...)
			}
		}
		for _, f := range g.leads {
			if constants := f.constants[of]; !constants.touches(&r.mask) {
				if ways, c := w.undo(p, f.first(), r); !constants.touches((*words)(&c)) {
					add(ways, f.flows...) // the constants do not count
					continue
				}
			}
			g.meeting(p, f, r, func(e *edge) {
				ways, _ := w.undo(p, e, r)
				add(ways, e.from)
			})
		}
		if w.all = w.all || !w.a.z.exact; w.all {
			return
		}
		for i := range order {
			w.same(p, g, members[order[i]], &order[i])
		}
	}
}

// undo returns the regions before a way on that lead to one after it, and the bits on
// which they depend.
func (w *sweep) undo(p *path, e *edge, r *Region) (ways []way, c cares) {
	for _, answered := range w.a.beforeAnswer(p, e, r) {
		for _, after := range p.beforeSecurity(e, &answered) {
			own := cares(after.mask)
			ways = append(ways, w.a.z.undo(p, e, &after, &own)...)
			for i := range c {
				c[i] |= own[i]
			}
		}
	}
	return ways, c
}

// same goes on with a region from which ways on from flows of a group lead on.
func (w *sweep) same(p *path, g *group, flows []*flow, r *Region) {
	all := len(flows) > maxSeparateFlows || slices.ContainsFunc(flows, func(f *flow) bool { return f.MatchesAll() })
	for i := 0; i < len(flows) && !all; i++ {
		list, partial := p.regions(flows[i])
		all = partial
		for _, m := range list {
			if both, ok := r.meet(m); ok {
				w.take(p, g, both)
			}
		}
	}
	if all {
		w.take(p, g, *r)
	}
}

// take adds packets of a region that take a flow of a group, and reports whether others of
// them take another one before.
func (w *sweep) take(p *path, g *group, r Region) (guarded bool) {
	if g.guard != nil {
		left, ok := r.meet(&g.guard.bit)
		if !ok {
			return true
		}
		r = left
	}
	w.visit(p, g.stage, r)
	return g.guard != nil
}
