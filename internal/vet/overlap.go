package vet

import (
	"fmt"
	"maps"
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/northd"
	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/internal/shadow"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// overlaps gathers the pairs of flows of one priority that match a packet both
// and do different things.
type overlaps struct {
	v           *checker
	actions     map[string]int // numbers of the actions' canonical texts
	known       map[*northd.Pair]*Finding
	left        int // how many pairs of cubes may still be compared
	found       int
	higherCubes map[string][]expr.Cube // of flows that take packets first, by UUID
	more        int                    // overlaps past those that are reported
}

// action returns a number for the flow's actions: equal numbers have the same effect.
func (o *overlaps) action(f *flow) int {
	if o.actions == nil {
		o.actions = map[string]int{}
	}
	text := f.actions.String()
	id, ok := o.actions[text]
	if !ok {
		id = len(o.actions)
		o.actions[text] = id
	}
	return id
}

// pair is two flows, in the order in which they are met.
type pair struct{ f, g *flow }

// among finds the overlaps among the cubes of flows of one priority.
func (o *overlaps) among(items []flowCube) {
	done := map[pair]bool{}
	var met []pair
	shared := map[pair][][2]*flowCube{}
	eachPair(items, map[partition]bool{}, func(a, b *flowCube) bool {
		o.left--
		if a.action == b.action || a.f == b.f || !a.cube.Meets(b.cube) || a.f.on.Common(b.f.on) == nil {
			return o.left > 0
		}
		p := pair{a.f, b.f}
		if !done[p] {
			done[p] = true
			met = append(met, p)
		}
		if len(shared[p]) < maxTries {
			shared[p] = append(shared[p], [2]*flowCube{a, b})
		}
		return o.left > 0
	})
	order := map[*flow]int{}
	for i := range items {
		order[items[i].f] = i
	}
	slices.SortStableFunc(met, func(p, q pair) int {
		if c := min(order[p.f], order[p.g]) - min(order[q.f], order[q.g]); c != 0 {
			return c
		}
		return max(order[p.f], order[p.g]) - max(order[q.f], order[q.g])
	})
	for _, p := range met {
		o.reportPair(p, shared[p])
	}
}

// maxTries is how many packets are tried for a pair of flows, or of datapaths.
const maxTries = 16

// reportPair reports a pair of flows, if some packet shows that they overlap.
func (o *overlaps) reportPair(p pair, cubes [][2]*flowCube) {
	known := northd.OverlapOf(p.f, p.g)
	if known != nil && o.known[known] != nil {
		o.known[known].Count++
		return
	}
	for _, c := range cubes {
		d, shown, ok := o.findPacket(p, c[0], c[1])
		if !ok {
			continue
		}
		f := Finding{
			Code: Overlap, Flows: []Where{where(p.f.Flow), where(p.g.Flow)}, Datapaths: []string{d.DisplayName(true)}, Packet: shown,
			Message: fmt.Sprintf("a packet on %s matches %s and %s, both of priority %d, and they do different things",
				d.DisplayName(true), short(p.f.UUID.String()), short(p.g.UUID.String()), p.f.Priority),
		}
		if known != nil {
			f.KnownReason, f.Count = known.Reason, 1
			o.known[known] = &f
			return
		}
		if o.found++; o.found > maxOverlaps {
			o.more++
			return
		}
		o.v.add(f)
		return
	}
}

// finish reports the findings that represent several, and omitted checks.
func (o *overlaps) finish() {
	for _, f := range slices.SortedFunc(maps.Values(o.known), func(a, b *Finding) int {
		return slices.Compare([]string{a.Message}, []string{b.Message})
	}) {
		o.v.add(*f)
	}
	if o.more > 0 {
		o.v.add(Finding{Code: NotCompared, Message: fmt.Sprintf("%s more than the %d that are reported", report.Count(o.more, "overlap"), maxOverlaps)})
	}
	if o.left <= 0 {
		o.v.add(Finding{Code: NotCompared, Message: fmt.Sprintf("more than %d pairs of alternatives would have to be compared for overlaps: some tables were not gone through to the end", maxPairs)})
	}
}

// findPacket finds a packet that both flows match, and no flow above, on a datapath
// that has both.
func (o *overlaps) findPacket(p pair, a, b *flowCube) (d *lflow.Datapath, text string, ok bool) {
	both, ok := a.cube.Intersect(b.cube)
	if !ok {
		return nil, "", false
	}
	bare := both.Packet(func(string, string) (uint64, bool) { return 0, false })
	if !northd.Reachable(p.f.Stage(), &bare) {
		return nil, "", false
	}
	tries := 0
	for _, d := range p.f.on.List {
		if !p.g.on.Has(d) {
			continue
		}
		if tries++; tries > maxTries {
			break
		}
		for _, c := range []expr.Cube{o.v.withDefaults(both), both} {
			if text, ok := o.search(d, p, c); ok {
				return d, text, true
			}
		}
	}
	return nil, "", false
}

// maxSearch bounds the cubes that are searched for a packet.
const maxSearch = 200

// search searches for a packet of a cube that both flows match and that no flow of higher priority takes.
// If one does, it continues with the rest of the cube, one bit at a time.
func (o *overlaps) search(d *lflow.Datapath, p pair, c expr.Cube) (text string, ok bool) {
	queue := []expr.Cube{c}
	for n := 0; n < len(queue) && n < maxSearch; n++ {
		c := queue[n]
		for _, at := range o.v.portChoices(d, c) {
			k := o.v.packet(d, c, at)
			if !p.f.Match(&k, d) || !p.g.Match(&k, d) || !northd.Reachable(p.f.Stage(), &k) {
				continue
			}
			hit := o.v.n.Lookup(d, p.f.Pipeline, p.f.Table, &k)
			if hit.Flow != nil && hit.Flow.Priority == p.f.Priority {
				return at.microflow(c), true
			}
			if len(queue) < maxSearch {
				queue = append(queue, o.outside(d, c, hit.Flow, &k)...)
			}
		}
	}
	return "", false
}

// outside returns pieces of a cube that a flow, which takes a packet of it, does
// not take.
func (o *overlaps) outside(d *lflow.Datapath, c expr.Cube, f *lflow.Flow, k *packet.Packet) (out []expr.Cube) {
	for _, over := range o.cubesOf(f) {
		if !expr.Compile(over.Expr(), o.v.n.Binder()).Match(k, d.Index) {
			continue
		}
		for _, t := range over.Terms() {
			if t.Symbol.Width == 0 {
				for _, q := range d.Ports() {
					out = o.narrowed(out, c, &expr.Cmp{Symbol: t.Symbol, Port: q.Name})
				}
				continue
			}
			for i := range t.Symbol.Width {
				if t.Mask.Bit(i) != 0 {
					bit := packet.Range(i, 1)
					out = o.narrowed(out, c, &expr.Cmp{Symbol: t.Symbol, Value: bit.AndNot(t.Value), Mask: bit})
				}
			}
		}
	}
	return out
}

// narrowed appends the part of a cube that satisfies a comparison, if it is smaller.
func (o *overlaps) narrowed(out []expr.Cube, c expr.Cube, t *expr.Cmp) []expr.Cube {
	one, ok := expr.Cubes(t, 1, o.v.n.Binder().Resident)
	if !ok || len(one) == 0 || len(out) >= maxSearch || c.Within(one[0]) {
		return out
	}
	if both, ok := c.Intersect(one[0]); ok {
		out = append(out, both)
	}
	return out
}

// cubesOf returns the cubes of a flow that takes a packet.
func (o *overlaps) cubesOf(f *lflow.Flow) []expr.Cube {
	if f == nil {
		return nil
	}
	id := f.UUID.String()
	cubes, ok := o.higherCubes[id]
	if !ok {
		other := &flow{Flow: f}
		if o.v.read(other) == nil {
			cubes, _ = expr.Cubes(expr.Annotate(expr.AllOf(other.match, other.actions.Prereqs)), shadow.MaxFlowCubes, o.v.n.Binder().Resident)
		}
		o.higherCubes[id] = cubes
	}
	return cubes
}
