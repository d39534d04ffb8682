package witness

import (
	"slices"
	"sync"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Stage is a table of one of a datapath's pipelines.
type Stage struct {
	Pipeline lflow.Pipeline
	Table    int
}

// maxRegions is how many regions a flow's match may come to.
const maxRegions = 512

// flow is a logical flow on one datapath, with the packets that satisfy its
// match.
type flow struct {
	*lflow.Flow
	regions []*Region
	vague   bool // the match has too many alternatives; regions hold more than it does
}

// edge is a way on from a flow: the actions that run before it, and the one that
// leads on, last.
type edge struct {
	from *flow
	at   int // the flow's place in its table
	ops  []op
}

// op is an action, with what it does to the packet that goes on.
type op struct {
	action.Action
	fork  bool // the packet that goes on is the one that the action makes
	enter bool // the actions nested in it run from here
}

// path is what is known of a datapath's flows.
type path struct {
	n       *lflow.Network
	d       *lflow.Datapath
	macs    []lflow.Learned
	fdb     []lflow.Learned
	secured bool              // whether a port's security restricts it
	tables  map[Stage][]*flow // in the order in which they are tried
	into    map[Stage][]*edge
	output  map[lflow.Pipeline][]*edge
	may     map[Stage]*words // register and state bits that may be set there
	left    words            // the same of packets that leave the egress pipeline
	once    sync.Once

	brought func() words // the same of packets from the datapaths at the other ends
}

// load reads the flows of a datapath.
func (p *path) load() {
	p.tables, p.into, p.output = map[Stage][]*flow{}, map[Stage][]*edge{}, map[lflow.Pipeline][]*edge{}
	p.macs, p.fdb = p.d.MACBindings(), p.d.FDBEntries()
	p.secured = slices.ContainsFunc(p.d.Ports(), func(p *lflow.Port) bool { return len(p.Security) > 0 })
	seen := map[Stage]bool{}
	for f := range p.n.ListFlows(p.d) {
		s := Stage{f.Pipeline, f.Table}
		if seen[s] {
			continue
		}
		seen[s] = true
		for i, f := range p.n.Flows(p.d, s.Pipeline, s.Table) {
			g := &flow{Flow: f}
			g.regions, g.vague = Regions(p.n, p.d, f)
			p.tables[s] = append(p.tables[s], g)
			p.edges(g, i, f.Actions().List, nil)
		}
	}
	p.flowBits()
}

// Regions returns the packets that satisfy a flow's match on a datapath.  Vague
// is true where the regions may hold others too.
func Regions(n *lflow.Network, d *lflow.Datapath, f *lflow.Flow) (out []*Region, vague bool) {
	if f.Err(d) != nil {
		return nil, false
	}
	cond := f.Condition()
	if cond == nil {
		return nil, false
	}
	cubes, ok := expr.Cubes(cond, maxRegions, n.Binder().Resident)
	if !ok {
		return []*Region{{}}, true
	}
	for _, c := range cubes {
		more, all := regionsOf(n, d, c)
		out = append(out, more...)
		if !all || len(out) > maxRegions {
			return []*Region{{}}, true
		}
	}
	return out, false
}

// regionsOf returns a cube's packets, a region for each member of its port
// groups.
func regionsOf(n *lflow.Network, d *lflow.Datapath, c expr.Cube) ([]*Region, bool) {
	out := []*Region{{}}
	for _, t := range c.Terms() {
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

// edges files the ways on from a flow's actions.
func (p *path) edges(f *flow, at int, list []action.Action, before []op) {
	way := func(last ...op) *edge {
		return &edge{f, at, append(before[:len(before):len(before)], last...)}
	}
	to := func(s Stage, e *edge) { p.into[s] = append(p.into[s], e) }
	for _, a := range list {
		same := func(table int) Stage { return Stage{f.Pipeline, table} }
		switch a := a.(type) {
		case *action.Next:
			to(Stage{a.Pipeline, a.Table}, way())
		case *action.CTNext:
			to(same(a.Table), way(op{Action: a, fork: true}))
		case *action.CTNAT:
			to(same(a.Table), way(op{Action: a, fork: true}))
		case *action.CTLB:
			to(same(a.Table), way(op{Action: a, fork: true}))
		case *action.CTCommitNAT:
			to(same(a.Table), way(op{Action: a, fork: true}))
		case *action.CTCommitToZone:
			to(same(a.Table), way(op{Action: a, fork: true}))
		case *action.Select:
			to(same(a.Table), way(op{Action: a, fork: true}))
		case *action.Mirror:
			to(Stage{lflow.Egress, 0}, way(op{Action: a, fork: true}))
		case *action.Output:
			p.output[f.Pipeline] = append(p.output[f.Pipeline], way())
		case *action.Nested:
			p.edges(f, at, a.List, append(before[:len(before):len(before)], op{Action: a, enter: true}))
		}
		before = append(before[:len(before):len(before)], op{Action: a})
	}
}

// metadata is how many words from the first hold what only the pipelines know:
// the registers, the mark and the conntrack state.
const metadata = 10

// flowBits finds which bits of the metadata may be set where, within the
// datapath alone.
func (p *path) flowBits() {
	p.may = map[Stage]*words{}
	start := Stage{lflow.Ingress, 0}
	for s := range p.tables {
		p.may[s] = &words{}
	}
	if p.may[start] == nil {
		p.may[start] = &words{}
	}
	var ports Region
	ports.Fix(packet.Outport, packet.Uint(0), packet.Ones(32))
	ports.Fix(packet.Inport, packet.Uint(0), packet.Ones(32))
	for _, s := range []Stage{start, {lflow.Egress, 0}} {
		if p.may[s] != nil {
			*p.may[s] = ports.mask
		}
	}
	after := func(e *edge) words {
		w := *p.may[Stage{e.from.Pipeline, e.from.Table}]
		for _, o := range e.ops {
			o.sets(&w)
		}
		return w
	}
	for changed := true; changed; {
		changed = false
		if there := p.may[Stage{lflow.Egress, 0}]; there != nil {
			for _, e := range p.output[lflow.Ingress] {
				w := after(e)
				for i := 8; i < metadata; i++ { // the registers are cleared
					if w[i]&^there[i] != 0 {
						there[i] |= w[i]
						changed = true
					}
				}
			}
		}
		for s, edges := range p.into {
			there := p.may[s]
			if there == nil {
				continue
			}
			for _, e := range edges {
				w := after(e)
				for i := range metadata {
					if w[i]&^there[i] != 0 {
						there[i] |= w[i]
						changed = true
					}
				}
			}
		}
	}
	for _, e := range p.output[lflow.Egress] {
		w := after(e)
		for i := range metadata {
			p.left[i] |= w[i]
		}
	}
}
