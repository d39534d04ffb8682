package witness

import (
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Stage is a table of one of a datapath's pipelines.
type Stage struct {
	Pipeline lflow.Pipeline
	Table    int
}

// The stages in which packets enter the pipelines.
var (
	start  = Stage{lflow.Ingress, 0}
	egress = Stage{lflow.Egress, 0}
)

// maxRegions is the maximum number of regions of a flow's match.
const maxRegions = 512

// flow is a logical flow on one datapath.
type flow struct {
	*lflow.Flow
	stage Stage
	at    int // its index in its table

	once    sync.Once
	list    []*Region // the packets that satisfy the match
	words   []sparse  // the same regions by their words
	partial bool      // whether there are other packets too

	edgeList atomic.Pointer[[]*edge] // see edges
}

// regions returns the packets that satisfy a flow's match. partial is true if there are
// more than are listed.
func (p *path) regions(f *flow) (list []*Region, partial bool) {
	f.once.Do(func() {
		f.list, f.partial = p.x.regions(p.d, f.Flow)
		for _, r := range f.list {
			f.words = append(f.words, r.sparse())
		}
	})
	return f.list, f.partial
}

// mayMeet returns false if no packet of a region satisfies a flow's match. It makes it
// unnecessary to compute the regions of most flows, of which a match over port groups and
// address sets has hundreds.
func (p *path) mayMeet(f *flow, r *Region) bool {
	if f.Err(p.d) != nil {
		return false
	}
	list, all := p.x.cubesOf(f.Flow)
	return !all || slices.ContainsFunc(list, func(c expr.Cube) bool {
		return !slices.ContainsFunc(c.Terms(), func(t *expr.Cmp) bool {
			return t.Symbol.Field != nil && t.Symbol.Width > 0 && r.excludes(t.Symbol.Field, t.Value, t.Mask)
		})
	})
}

// edge is a path from a flow to its target: the actions that run before, and last the one
// that continues.
type edge struct {
	from *flow
	ops  []op
	kind int // edges of one kind have the same effect
}

// target is where an edge leads: a table, or out of a pipeline.
type target struct {
	Stage
	output bool
}

// op is an action, with its effect on the packet that continues.
type op struct {
	action.Action
	fork  bool // the packet that continues is the one that the action makes
	enter bool // the actions nested in it continue
}

// path has the flows of a datapath with their edges.
type path struct {
	x      *Finder
	n      *lflow.Network
	d      *lflow.Datapath
	macs   []lflow.Learned
	fdb    []lflow.Learned
	asked  sync.Map          // by the question, see answered
	tables map[Stage][]*flow // in the order of lookups
	once   sync.Once

	forms  []*form
	leads  map[target][]lead
	toPort map[uint64][]lead // the edges of ingress outputs to a port or group that the flow names
	toAny  []lead            // the other ones
	broken bool              // whether a flow does not parse

	edgesOnce sync.Once
	edges     edges

	bits sync.Once        // protects may and left
	may  map[Stage]*words // the bits of registers and states that may be set there
	left words            // the same for packets that leave the egress pipeline

	backends []netip.Addr // the backends of the datapath's load balancers

	plainOnce, leavesOnce, hairpinsOnce, refusalsOnce sync.Once

	plain    bool  // see isPlain
	leftover words // see leaves
	hairpins hairpins
	refusals refusals

	samples func() []*words // likely packets
	brought func() words    // the same for packets from the datapaths of peers
}

// maxTables is the maximum number of tables of a pipeline: numbers of tables are bytes.
const maxTables = 256

// flowsAtOnce is the number of flows that one goroutine reads after the other.
const flowsAtOnce = 128

// inParallel calls read with ranges of n flows, from as many goroutines as there are
// processors.
func inParallel(n int, read func(from, to int)) {
	mmapfault.Each(0, (n+flowsAtOnce-1)/flowsAtOnce, func(i int) { read(i*flowsAtOnce, min((i+1)*flowsAtOnce, n)) })
}

// load parses the actions of a datapath's flows, only the first of those that differ in
// constants. Matches are parsed when a search reaches them.
func (p *path) load() {
	p.tables, p.leads = map[Stage][]*flow{}, map[target][]lead{}
	p.macs, p.fdb = p.d.MACBindings(), p.d.FDBEntries()
	if p.x.StaticMACs {
		p.macs = p.d.Neighbors()
	}
	known := map[int]*form{}
	var all []*lflow.Flow
	for _, pipeline := range []lflow.Pipeline{lflow.Ingress, lflow.Egress} {
		for table := range maxTables {
			s := Stage{pipeline, table}
			flows := p.n.Flows(p.d, pipeline, table)
			if len(flows) == 0 {
				continue
			}
			all = append(all, flows...)
			made, list := make([]flow, len(flows)), make([]*flow, len(flows))
			for i, f := range flows {
				g := &made[i]
				g.Flow, g.stage, g.at, list[i] = f, s, i, g
			}
			p.tables[s] = list
		}
	}
	inParallel(len(all), func(from, to int) {
		for _, f := range all[from:to] {
			_ = f.Err(p.d) // this parses the flow; the loop below reads the result
		}
	})
	for _, pipeline := range []lflow.Pipeline{lflow.Ingress, lflow.Egress} {
		for table := range maxTables {
			for _, g := range p.tables[Stage{pipeline, table}] {
				f := g.Flow
				if f.Err(p.d) != nil {
					p.broken = true
					continue
				}
				number, differs := f.Form()
				of := known[number]
				if of == nil {
					of = p.newForm(g, differs)
					if number != 0 {
						known[number] = of
					}
				} else {
					of.flows = append(of.flows, g)
				}
				if of.balances && len(p.backends) < maxBackends {
					eachBackend(f.Actions().List, func(b action.Backend) {
						if len(p.backends) < maxBackends && !slices.Contains(p.backends, b.Addr) {
							p.backends = append(p.backends, b.Addr)
						}
					})
				}
			}
		}
	}
	p.toPort = map[uint64][]lead{}
	for _, l := range p.leads[target{Stage{Pipeline: lflow.Ingress}, true}] {
		if _, ok := l.first().outport(p); !ok {
			p.toAny = append(p.toAny, l)
			continue
		}
		l.divide(func(i int) uint64 { key, _ := l.edge(i).outport(p); return key }, func(key uint64, l lead) { p.toPort[key] = append(p.toPort[key], l) })
	}
}

// edges are the edges from all flows of a datapath.
type edges struct {
	into   map[Stage][]*edge
	output map[lflow.Pipeline][]*edge
	toPort map[uint64][]*edge // see path
	toAny  []*edge
}

// edgeKey identifies equal edges: by the stage and the actions of their flows, and by their
// index among the edges from these.
type edgeKey struct {
	stage   Stage
	actions string
	index   int
}

// allEdges returns the edges from all flows, in the order of lookups.
func (p *path) allEdges() *edges {
	p.edgesOnce.Do(func() {
		p.edges = edges{map[Stage][]*edge{}, map[lflow.Pipeline][]*edge{}, map[uint64][]*edge{}, nil}
		all := &p.edges
		kinds := map[edgeKey]int{}
		for _, pipeline := range []lflow.Pipeline{lflow.Ingress, lflow.Egress} {
			for table := range maxTables {
				for _, f := range p.tables[Stage{pipeline, table}] {
					if f.Err(p.d) != nil {
						continue
					}
					index := 0
					eachEdge(f, f.Actions().List, nil, func(to target, e *edge) {
						index++
						k := edgeKey{f.stage, f.ActionsText(), index}
						if _, ok := kinds[k]; !ok {
							kinds[k] = len(kinds)
						}
						e.kind = kinds[k]
						if to.output {
							all.output[to.Pipeline] = append(all.output[to.Pipeline], e)
						} else {
							all.into[to.Stage] = append(all.into[to.Stage], e)
						}
					})
				}
			}
		}
		for _, e := range all.output[lflow.Ingress] {
			if key, ok := e.outport(p); ok {
				all.toPort[key] = append(all.toPort[key], e)
			} else {
				all.toAny = append(all.toAny, e)
			}
		}
	})
	return &p.edges
}

// outport returns the key of the port or group to which the actions before an output set
// the output port.
func (e *edge) outport(p *path) (key uint64, ok bool) {
	for _, o := range e.ops {
		dst, _ := writes(o.Action)
		for _, f := range dst {
			if field, _, _ := f.Resolve(); field != packet.Outport {
				continue
			}
			a, is := o.Action.(*action.Load)
			if ok = is && a.Dst.Symbol.Width == 0; ok {
				key, _ = p.n.PortKey(p.d, a.Value.Str)
			}
		}
	}
	return key, ok
}

// cubes is a flow's match as a union of conjunctions.
type cubes struct {
	list []expr.Cube
	all  bool
	once sync.Once
}

// regions returns the packets that satisfy a flow's match on a datapath. partial is true if
// there are others too.
func (x *Finder) regions(d *lflow.Datapath, f *lflow.Flow) (out []*Region, partial bool) {
	if f.Err(d) != nil {
		return nil, false
	}
	cubes, all := x.cubesOf(f)
	if !all {
		return []*Region{{}}, true
	}
	for _, c := range cubes {
		more, all := regionsOf(x.n, d, c)
		out = append(out, more...)
		if !all || len(out) > maxRegions {
			return out, true
		}
	}
	return out, false
}

// cubesOf returns a flow's match as conjunctions. all is false if there are too many.
func (x *Finder) cubesOf(f *lflow.Flow) (list []expr.Cube, all bool) {
	x.mu.Lock()
	c := x.cubes[f]
	if c == nil {
		c = &cubes{}
		x.cubes[f] = c
	}
	x.mu.Unlock()
	c.once.Do(func() {
		c.all = true
		if cond, ok := f.Condition(); ok {
			c.list, c.all = x.cubesIn(cond)
		}
	})
	return c.list, c.all
}

// cubesIn returns a condition as conjunctions; all is false if there are too many.
func (x *Finder) cubesIn(cond expr.Expr) (list []expr.Cube, all bool) {
	if x.AnyChassis {
		cond = expr.OnAnyChassis(cond)
	}
	return expr.Cubes(cond, maxRegions, x.n.Binder().Resident)
}

// regionsOf returns a cube's packets, with one region for each member of its port groups.
// all is false if there are others.
func regionsOf(n *lflow.Network, d *lflow.Datapath, c expr.Cube) (out []*Region, all bool) {
	out = []*Region{{}}
	for _, t := range slices.Concat(c.Terms(), c.Also()) {
		f := t.Symbol.Field
		var keys []uint64
		switch {
		case f == nil:
			return nil, false
		case t.Symbol.Width > 0:
		case t.Group != "":
			set := n.Binder().Group(t.Group)
			for _, p := range d.Ports() {
				if set != nil && set.Has(d.Index, p.Key) {
					keys = append(keys, p.Key)
				}
			}
			if len(keys) == 0 {
				return nil, true
			}
		default:
			key, ok := n.PortKey(d, t.Port)
			if !ok {
				return nil, true
			}
			keys = append(keys, key)
		}
		var next []*Region
		for _, r := range out {
			if keys == nil {
				if r.Fix(f, t.Value, t.Mask) {
					next = append(next, r)
				}
				continue
			}
			for _, k := range keys {
				q := *r
				if q.Fix(f, packet.Uint(k), packet.Ones(32)) {
					next = append(next, &q)
				}
			}
		}
		if out = next; len(out) > maxRegions {
			return nil, false
		}
	}
	return out, true
}

// eachEdge calls visit with the edges from a flow's actions, before which other actions run.
func eachEdge(f *flow, list []action.Action, before []op, visit func(to target, e *edge)) {
	to := func(at target, last ...op) {
		visit(at, &edge{from: f, ops: append(slices.Clip(before), last...)})
	}
	before = slices.Grow(slices.Clip(before), len(list))
	for _, a := range list {
		switch a := a.(type) {
		case *action.Next:
			to(target{Stage: Stage{a.Pipeline, a.Table}})
		default:
			if pipeline, table, ok := action.NextTable(a, f.Pipeline); ok {
				to(target{Stage: Stage{pipeline, table}}, op{Action: a, fork: true})
			}
		case *action.Mirror:
			to(target{Stage: egress}, op{Action: a, fork: true})
		case *action.Output:
			to(target{Stage{Pipeline: f.Pipeline}, true})
		case *action.Nested:
			eachEdge(f, a.List, append(slices.Clip(before), op{Action: a, enter: true}), visit)
		}
		before = append(before, op{Action: a})
	}
}

// metadata is the number of words, from the first, that are not part of the packet on the
// wire: the registers, the mark and the conntrack state.
const metadata = 10

// flowBits returns the bits of the metadata that may be set in each stage, for packets that
// stay in the datapath, and the bits that may be set in packets that leave the egress
// pipeline.
func (p *path) flowBits() (may map[Stage]*words, left *words) {
	p.bits.Do(p.findBits)
	return p.may, &p.left
}

func (p *path) findBits() {
	p.may = map[Stage]*words{start: {}, egress: {}}
	for s := range p.tables {
		p.may[s] = &words{}
	}
	var ports Region
	ports.Fix(packet.Outport, packet.Uint(0), packet.Ones(32))
	ports.Fix(packet.Inport, packet.Uint(0), packet.Ones(32))
	*p.may[start], *p.may[egress] = ports.mask, ports.mask
	after := func(e *edge) words {
		w := *p.may[e.from.stage]
		for _, o := range e.ops {
			o.sets(&w)
		}
		return w
	}
	for changed := true; changed; {
		changed = false
		for _, e := range p.allEdges().output[lflow.Ingress] {
			w := after(e)
			clear(w[:8]) // the registers are cleared
			changed = p.may[egress].add(&w) || changed
		}
		for s, edges := range p.allEdges().into {
			if there := p.may[s]; there != nil {
				for _, e := range edges {
					w := after(e)
					changed = there.add(&w) || changed
				}
			}
		}
	}
	for _, e := range p.allEdges().output[lflow.Egress] {
		w := after(e)
		p.left.add(&w)
	}
}

// add adds the bits of the metadata that others have, and reports whether any were new.
func (w *words) add(more *words) (changed bool) {
	for i := range metadata {
		if more[i]&^w[i] != 0 {
			w[i] |= more[i]
			changed = true
		}
	}
	return changed
}
