package witness

import (
	"slices"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Arrivals bounds the packets that may arrive at some ports. Every packet that arrives is
// within the bound, for any choices of conntrack and load balancers. Other packets may be
// within it too, because it ignores priorities and the parts of matches that do not affect
// where a packet goes.
//
// Near the ports, in their datapaths and those of their peers, the bound is computed
// backward table by table. Elsewhere it is computed from the translations between addresses
// (addresses.go). It may be used by several goroutines.
type Arrivals struct {
	mu      sync.Mutex
	x       *Finder
	z       *search                       // whose actions are undone
	sources map[*lflow.Port][]*lflow.Port // the ports that lead to a port
	near    *sweep
	headers *addresses // of packets that come from datapaths that are not near, nil if they may have any
	leaving map[*path]*sweep
	leaves  map[*lflow.Datapath]bool // those of leaving
	fans    map[*lead][]*group       // by the first of a list
}

// Bound is a set of packets that enter a datapath from hosts: those of Direct, and those
// that are in both Leaving and Addressed. If All is true, it has every packet.
type Bound struct {
	All                        bool
	Direct, Leaving, Addressed []*Region
}

// maxNear is the maximum number of near datapaths.
const maxNear = 16

// Arrivals returns the bound of the packets that may arrive at ports.
func (x *Finder) Arrivals(to []*lflow.Port) *Arrivals {
	a := &Arrivals{x: x, sources: map[*lflow.Port][]*lflow.Port{}, leaving: map[*path]*sweep{}, leaves: map[*lflow.Datapath]bool{}, fans: map[*lead][]*group{}}
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
	var reading sync.WaitGroup
	for _, d := range near[min(1, len(near)):] {
		reading.Go(func() { mmapfault.Run(func() { x.path(d) }) })
	}
	reading.Go(func() { mmapfault.Run(func() { x.assignments() }) })
	for _, p := range to {
		a.near.leave(x.path(p.Datapath), p, &Region{})
	}
	a.near.run()
	reading.Wait()
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
			if port.Peer != nil || a.x.isCarried(port) {
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

// At returns the bound of the packets that reach a table.
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

// MayEach reports whether the bound has every packet that is output to a port of a switch.
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

// families are the words of the fields that only packets of one address family have.
var families = [2]words{
	region(isValue(packet.IPv4Src, packet.Value{}), isValue(packet.IPv4Dst, packet.Value{})).mask,
	region(isValue(packet.IPv6Src, packet.Value{}), isValue(packet.IPv6Dst, packet.Value{}), isValue(packet.NDTarget, packet.Value{})).mask,
}

// Families reports whether a region requires addresses that only packets of IPv4 and ARP
// have, and addresses that only packets of IPv6 have.
func (r *Region) Families() (v4, v6 bool) {
	for i, m := range r.mask {
		v4, v6 = v4 || m&families[0][i] != 0, v6 || m&families[1][i] != 0
	}
	return v4, v6
}

// Words calls word for each word of a packet of which the region requires bits.
func (r *Region) Words(word func(i int, value, mask uint64)) {
	for i := range packet.Words {
		if r.mask[i] != 0 {
			word(i, r.val[i], r.mask[i])
		}
	}
}

// Terms calls term for each of some fields of which the region requires bits.
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

// sweep goes backward from ports through some datapaths. The result includes every packet
// that arrives.
type sweep struct {
	a      *Arrivals
	within map[*lflow.Datapath]bool
	seen   map[position][]*Region
	queue  []swept
	far    []*Region // packets that come from other datapaths, when they enter
	all    bool      // whether the result is every packet
}

type swept struct {
	position
	r *Region
}

func (a *Arrivals) newSweep() *sweep {
	return &sweep{a: a, within: map[*lflow.Datapath]bool{}, seen: map[position][]*Region{}}
}

// entering returns the packets that hosts send into a datapath: their only metadata is the
// input port.
func (w *sweep) entering(p *path) (out []*Region) {
	for _, r := range w.seen[position{p, start}] {
		if c := *r; c.fresh() {
			out = append(out, r)
		}
	}
	return out
}

// maxSwept is the maximum number of regions of a position.
const maxSwept = 512

// visit adds packets that reach a table.
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
	one := r // most regions are known, and need no memory
	w.seen[at] = append(known, &one)
	w.queue = append(w.queue, swept{at, &one})
}

// kept are the words that a bound distinguishes: the ports, addresses, the protocol and the
// destination's transport port. A register is kept if all of its bits are required, as
// those of a next hop's address.
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

// coarsen removes the requirements on bits that bounds do not distinguish.
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

// run goes backward until there are no new regions.
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

// leave goes backward from the packets that leave by a port.
func (w *sweep) leave(p *path, port *lflow.Port, r *Region) {
	if w.all = w.all || !p.isPlain(); w.all {
		return
	}
	c := *r
	if c.Fix(packet.Outport, packet.Uint(port.Key), packet.Ones(16)) {
		w.back(p, p.leads[target{Stage{Pipeline: lflow.Egress}, true}], &c)
	}
}

// enter goes backward to the datapaths from which packets come.
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
		w.carried(port, r, &inner)
		for _, from := range w.a.sources[port] {
			if w.within[from.Datapath] {
				w.leave(w.a.x.path(from.Datapath), from, &inner)
			} else if !slices.ContainsFunc(w.far, r.within) {
				w.far = append(w.far, r)
			}
		}
	}
}

// output goes backward from the egress pipeline to the outputs that lead to it.
func (w *sweep) output(p *path, r *Region) {
	entered := func(c *Region) bool { // the registers are cleared, except for the ports
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
			if port.Type == "localnet" && fits(port) && w.a.x.isCarried(port) { // chassis send packets to ports of others by it
				w.back(p, p.leads[target{Stage{Pipeline: lflow.Ingress}, true}], &inner)
			}
		}
	}
	// A copy of a group starts with what the copies before it left.
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

// maxSeparateFlows is the maximum number of flows of a table with the same effect on a
// region that are distinguished by their matches.
const maxSeparateFlows = 8

// back goes backward over edges from packets after them.
func (w *sweep) back(p *path, leads []lead, r *Region) {
	if len(leads) == 0 || w.all {
		return
	}
	fan, of := w.a.fan(p, leads), r.family()
	passed := map[Stage]bool{} // tables through which a flow leads without a change of the packet
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
		var order []Region // the regions before the edges
		members := map[Region][]*flow{}
		add := func(before []preimage, from ...*flow) {
			for i := range before {
				c := before[i].r
				if w.a.coarsen(p, &c); members[c] == nil {
					order = append(order, c)
				}
				members[c] = append(members[c], from...)
			}
		}
		if g.translates {
			left := *r
			for i, m := range g.others {
				left.mask[i] &^= m
				left.val[i] &^= m
			}
			w.same(p, g, g.flows, &left)
		}
		for _, f := range g.leads {
			if constants := f.constants[of]; !constants.touches(&r.mask) {
				if before, c := w.undo(p, f.first(), r); !constants.touches((*words)(&c)) {
					add(before, f.flows...) // the constants do not matter
					continue
				}
			}
			g.meeting(p, f, r, func(e *edge) {
				before, _ := w.undo(p, e, r)
				add(before, e.from)
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

// undo returns the regions before an edge that lead to one after it, and the bits on which
// they depend.
func (w *sweep) undo(p *path, e *edge, r *Region) (list []preimage, c cares) {
	for _, answered := range w.a.beforeAnswer(p, e, r) {
		for _, after := range p.beforeSecurity(e, &answered) {
			own := cares(after.mask)
			list = append(list, w.a.z.undo(p, e, &after, &own)...)
			for i := range c {
				c[i] |= own[i]
			}
		}
	}
	return list, c
}

// same continues with a region before edges of the flows of a group.
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

// take adds packets of a region that take a flow of a group. It reports whether other
// packets of the flows take another flow before.
func (w *sweep) take(p *path, g *group, r Region) (guarded bool) {
	if g.drop != nil {
		left, ok := r.meet(&g.drop.bit)
		if !ok {
			return true
		}
		r = left
	}
	w.visit(p, g.stage, r)
	return g.drop != nil
}
