package sim

import (
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Bounds of a walk.  Past one of them it goes no further and says so in the
// trace.
const (
	// MaxTables is how many look-ups a walk makes.
	MaxTables = 250_000

	// MaxDepth is how deep look-ups nest: each table that an action leads to
	// counts.  A packet may go around a loop of routers 255 times before its
	// time to live ends it, which is some 6,000 tables; the real tool's stack
	// has room for 2,500 to 5,000.
	MaxDepth = 10_000
)

// Walker is one walk under way.  It looks packets up and carries out what has
// the same effect for everybody; a policy does the rest, and has the walker go
// on where a packet comes to.
type Walker struct {
	semantics Semantics
	trace     *trace.Trace
	matched   func(*lflow.Datapath, *lflow.Flow)
	physical  OpenFlow
	except    func(*lflow.Flow, *packet.Packet, *lflow.Datapath) bool

	lookups   int
	depth     int
	exhausted bool
	paused    bool
	refusal   error
	warned    map[string]bool
	zones     map[*lflow.Network]string // names of those that the packet entered through tunnels
	memory    *Memory
	reused    bool // whether the memory may have had other traces
}

// NewWalker returns a walker that writes down what it finds in a trace.
func NewWalker(p Semantics, t *trace.Trace) *Walker {
	return &Walker{semantics: p, trace: t, memory: &Memory{}}
}

// Observe has a function notified of every flow that the walk takes, those included
// that the trace passes in silence.
func (w *Walker) Observe(matched func(*lflow.Datapath, *lflow.Flow)) { w.matched = matched }

// Except has the walk go as if there were no flows for which except is true of a
// packet on a datapath.
func (w *Walker) Except(except func(*lflow.Flow, *packet.Packet, *lflow.Datapath) bool) {
	w.except = except
}

// Semantics answers what logical flows leave open, and carries out the actions
// whose effect is not the same for everybody who asks: what conntrack knows,
// what becomes of output, what the controller makes of a packet.
type Semantics interface {
	// Act carries out an action that the walk itself does not.
	Act(a action.Action, p *packet.Packet, at ActionContext)

	// MACBinding returns the Ethernet address that an IP address (IPv4 mapped
	// into IPv6) is bound to on a port.
	MACBinding(d *lflow.Datapath, port uint64, ip packet.Value) (mac uint64, ok bool)

	// HasMACBinding reports whether an IP address is bound to that Ethernet
	// address on a port.
	HasMACBinding(d *lflow.Datapath, port uint64, ip packet.Value, mac uint64) bool

	// Prefer returns the flow that is taken of several with the same priority
	// that match.
	Prefer(found lflow.LookupResult, p *packet.Packet) *lflow.Flow

	// Dropped hears of a packet that a flow dropped, or no flow took.  In the
	// latter case, at.Excluded are the flows that would have taken it.
	Dropped(p *packet.Packet, at ActionContext)

	// FDB returns the key of the port where an Ethernet address was learned.
	FDB(d *lflow.Datapath, mac uint64) (port uint64, ok bool)
}

// ActionContext is where in the network actions run.
type ActionContext struct {
	Datapath *lflow.Datapath
	Pipeline lflow.Pipeline
	Table    int
	Flow     *lflow.Flow
	Excluded []*lflow.Flow    // those that match and are left out, where Flow is nil
	Rest     []action.Action  // those of the flow that follow the one that runs
	Out      *trace.Container // where what they do is written down
}

// Tables takes a packet through the tables of a pipeline from one on.  Tables
// in which it meets nothing but "next;" for every packet are passed in silence.
func (w *Walker) Tables(d *lflow.Datapath, p *packet.Packet, pipeline lflow.Pipeline, table int, out *trace.Container) {
	if !w.Within(out) {
		return
	}
	w.depth++
	defer func() { w.depth-- }()
	n := d.Network()
	var hit lflow.LookupResult
	from := table
	for {
		if w.matched == nil {
			next := n.SkipPassThrough(d, pipeline, table)
			w.lookups += next - table
			table = next
		}
		hit = w.lookup(d, pipeline, table, p)
		w.lookups++
		w.addUncertainties(hit, out)
		if len(hit.Ties) > 0 {
			hit.Flow = w.semantics.Prefer(hit, p)
		}
		if hit.Flow != nil && w.matched != nil {
			w.matched(d, hit.Flow)
		}
		if hit.Flow == nil || !hit.Flow.IsPassThrough() {
			break
		}
		table++
	}
	node := w.newTable()
	node.Number, node.From, node.Packet = table, from, *p
	if out.Nodes == nil {
		w.growNodes(out, 2)
	}
	out.Add(node)
	if hit.Flow == nil {
		stage, ok := n.FindStage(d, pipeline, table)
		node.Stage, node.EmptyStage = stage, ok && stage == ""
		w.semantics.Dropped(p, ActionContext{Datapath: d, Pipeline: pipeline, Table: table, Excluded: hit.Excluded, Out: out})
		return
	}
	node.Flow = hit.Flow.Ref()
	node.Stage = node.Flow.Stage
	w.openFlow(node.Flow.Cookie, &node.Container)
	w.Run(hit.Flow.Actions().List, p, ActionContext{Datapath: d, Pipeline: pipeline, Table: table, Flow: hit.Flow, Out: &node.Container})
}

// lookup finds the flow that a packet takes.
func (w *Walker) lookup(d *lflow.Datapath, pipeline lflow.Pipeline, table int, p *packet.Packet) lflow.LookupResult {
	if w.except == nil {
		return d.Network().Lookup(d, pipeline, table, p)
	}
	return d.Network().LookupExcept(d, pipeline, table, p, func(f *lflow.Flow) bool { return w.except(f, p, d) })
}

// newTable returns a node for a table.  They are made several at a time: a walk
// has many, and they go together.
func (w *Walker) newTable() *trace.Table {
	node := &w.memory.tables.take(1, 8)[0]
	if w.reused {
		*node = trace.Table{}
	}
	return node
}

// newFork returns a node for a fork.
func (w *Walker) newFork(kind trace.ForkKind) *trace.Fork {
	f := &w.memory.forks.take(1, 4)[0]
	*f = trace.Fork{Kind: kind}
	return f
}

// newPipeline returns a node for a pipeline.
func (w *Walker) newPipeline(p trace.Pipeline) *trace.Pipeline {
	node := &w.memory.pipelines.take(1, 4)[0]
	*node = p
	return node
}

// copyOf returns a copy of a packet, which goes its own way.
func (w *Walker) copyOf(p *packet.Packet) *packet.Packet {
	q := &w.memory.packets.take(1, 4)[0]
	*q = *p
	return q
}

// growNodes makes room for n nodes in a container, out of what is made for many.
func (w *Walker) growNodes(c *trace.Container, n int) {
	if len(c.Nodes) > 0 {
		c.Nodes = slices.Grow(c.Nodes, n)
		return
	}
	c.Nodes = w.memory.nodes.take(n, 64)[:0]
}

// Within reports whether the walk may go on, and records once that it may not.
func (w *Walker) Within(out *trace.Container) bool {
	var bound string
	switch {
	case w.refusal != nil || w.exhausted:
		return false
	case w.lookups >= MaxTables:
		bound = fmt.Sprintf("%d tables", MaxTables)
		w.exhausted = true
	case w.depth >= MaxDepth:
		bound = fmt.Sprintf("%d tables within each other", MaxDepth)
		w.exhausted = true // or every table on the way back would be tried
	default:
		return true
	}
	out.Add(&trace.Remark{Kind: trace.RemarkLimit, Text: bound})
	return false
}

// addUncertainties writes down the flows that may have decided otherwise.
func (w *Walker) addUncertainties(h lflow.LookupResult, out *trace.Container) {
	for _, err := range h.Unparsed {
		ref := err.Flow.Ref()
		out.Add(&trace.Uncertain{Flow: ref, Reason: err.Err.Error()})
		w.warn(ref, err.Error())
	}
	for _, a := range h.Absent {
		at := ActionContext{Out: out}
		at.aborts(fmt.Sprintf("%s in the match of flow %s", a.Field, a.Flow.UUID))
	}
	for _, tie := range h.Ties {
		if tie.Actions().String() == h.Flow.Actions().String() {
			continue
		}
		taken, other := h.Flow.Ref(), tie.Ref()
		out.Add(&trace.Overlap{Selected: taken, Other: other})
		w.warn(taken, fmt.Sprintf("Logical_Flow %s and %s both match at priority %d and do different things; the first is taken",
			taken.UUID, other.UUID, taken.Priority))
	}
}

func (w *Walker) warn(f *trace.Flow, text string) {
	if w.warned[text] {
		return
	}
	if w.warned == nil {
		w.warned = map[string]bool{}
	}
	w.warned[text] = true
	w.trace.Warnings = append(w.trace.Warnings, trace.Warning{Flow: f, Text: text})
}

// PortOf returns the port of a key as traces refer to it, nil for key 0.
func PortOf(d *lflow.Datapath, key uint64) *trace.PortRef {
	if p, ok := d.Port(key); ok {
		return p.Ref()
	}
	if key&packet.PortKey == 0 {
		return nil
	}
	return &trace.PortRef{Key: key & packet.PortKey, Datapath: d.Ref()}
}
