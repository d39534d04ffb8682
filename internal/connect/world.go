// Package connect walks a connection through a cluster: the first packet, the receiver's reply
// and, for TCP, the sender's next packet, with a connection table on each chassis.
package connect

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/conntrack"
	"github.com/ovnwalk/ovnwalk/internal/interconnect"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// simulation implements [sim.Semantics] over the chassis of a cluster: with a connection table
// on each chassis, tunnels and physical networks between them, and the replies and bindings of
// ovn-controller.
type simulation struct {
	*sim.Walker
	cluster *cluster.Cluster
	options *Options
	script  *script
	trace   *trace.Trace

	tables   map[*cluster.Chassis]*conntrack.Table
	zones    map[*cluster.Chassis]map[uint16]uint16 // to the zones of the recorded tables
	macs     map[macKey]uint64
	claims   map[macKey][]uint64 // the Ethernet addresses in replies for an address in this step, in order
	fdb      map[fdbKey]uint64
	learned  map[any]learned // flows that actions add: hairpin replies, affinity, next hops
	stations stations
	vips     map[*cluster.Zone][]cluster.VIP
	quoted   []packet.Packet // packets that ICMP errors quote, numbered from 1
	buffers  []*translation  // the translation in each pass, numbered from 1, or nil

	outputs      []portOutput // of bridges, which the walk is behind, the innermost one last
	xlate        xlate
	translations int // the number of translations so far
	counted      int // the lookups of the walk that are counted as resubmissions

	waiting []waiting
	events  []event
	now     int // milliseconds
	hops    []Hop
	steps   int  // the number of packets sent
	crossed int  // the number of times that a frame entered a chassis from a physical network
	stopped bool // whether a walk reached a limit

	arrived  []Arrival
	dropped  []Drop
	problems []interconnect.Problem // of zones that the walk entered
	assumed  []string
	removed  *removed // what the walk skips, or nil

	announces bool // whether an announcement is walked, which tunnels do not carry

	usedBackend, usedMember bool // whether the options' choices were taken
}

// macKey is an IP address on a port, fdbKey an Ethernet address on a switch.
type (
	macKey struct {
		d    *lflow.Datapath
		port uint64
		ip   packet.Value
	}
	fdbKey struct {
		d   *lflow.Datapath
		mac uint64
	}
)

// learned has the values that a flow added by an action loads.
type learned struct {
	addr packet.Value
	port uint16
}

// waiting is a packet that is buffered until the Ethernet address of its next hop is known.
type waiting struct {
	key     macKey
	on      uint64 // the number of the chassis
	release func(mac uint64)
	step    int  // the number of the step in which it was buffered
	lost    Drop // the drop of the packet if there is no reply
}

func newSimulation(c *cluster.Cluster, o *Options, s *script) *simulation {
	return &simulation{
		cluster: c, options: o, script: s,
		tables: map[*cluster.Chassis]*conntrack.Table{}, zones: map[*cluster.Chassis]map[uint16]uint16{}, macs: map[macKey]uint64{}, fdb: map[fdbKey]uint64{},
		xlate:   xlate{limits: limits{resubmissions: &resubmissions{}}},
		learned: map[any]learned{}, stations: stations{learned: map[cluster.Station]lastSeen{}}, vips: map[*cluster.Zone][]cluster.VIP{},
	}
}

// logicalRegisters is the number of registers that logical pipelines use, from reg0.
const logicalRegisters = 10

func clearRegisters(p *packet.Packet, n int) {
	for i := range n {
		p.SetUint(packet.Reg(i), 0)
	}
}

func (w *simulation) chassis(p *packet.Packet) *cluster.Chassis {
	return w.cluster.Numbered(p.Uint(packet.OnChassis))
}

func (w *simulation) zone(d *lflow.Datapath) *cluster.Zone { return w.cluster.ZoneOf(d.Network()) }

// inject sends a packet and runs the walk until there are no more events.
func (w *simulation) inject(send func(out *trace.Container)) step {
	t := &trace.Trace{Root: &trace.Pipeline{}}
	t.Release = w.cluster.Release().String()
	w.trace = t
	w.Walker, w.counted = sim.NewWalker(w, t), 0
	w.Observe(w.options.Matched)
	if w.removed != nil {
		w.Except(w.removed.excludes)
	}
	w.arrived, w.dropped, w.problems, w.events, w.crossed = nil, nil, nil, nil, 0
	w.claims = map[macKey][]uint64{}
	w.steps++
	w.translate(func() { send(&t.Root.Container) })
	for len(w.events) > 0 {
		e := w.events[0]
		w.events = w.events[1:]
		w.now = e.at
		w.translate(e.run)
	}
	for _, x := range w.waiting {
		if x.step == w.steps {
			w.dropped = append(w.dropped, x.lost)
		}
	}
	w.stopped = w.stopped || w.Stopped()
	w.settleEnds()
	for i := range w.dropped {
		w.dropped[i].Path = w.pathTo(w.dropped[i].last)
	}
	return step{arrived: w.arrived, dropped: w.dropped, problems: w.problems, trace: t}
}

// event is a function that runs at a later time.
type event struct {
	at  int // milliseconds
	run func()
}

// after schedules run after a delay in milliseconds.
func (w *simulation) after(delay int, run func()) {
	e := event{w.now + delay, run}
	i, _ := slices.BinarySearchFunc(w.events, e, func(x, e event) int {
		if x.at <= e.at {
			return -1
		}
		return 1
	})
	w.events = slices.Insert(w.events, i, e)
}

// step is the result of sending one packet.
type step struct {
	arrived  []Arrival
	dropped  []Drop
	problems []interconnect.Problem
	trace    *trace.Trace
}

// drop records that a packet ends.
func (w *simulation) drop(code Code, p *packet.Packet, at sim.ActionContext) {
	w.dropped = append(w.dropped, w.ended(code, p, at))
}

// ended returns the drop of a packet with its place.
func (w *simulation) ended(code Code, p *packet.Packet, at sim.ActionContext) Drop {
	d := Drop{Code: code, Datapath: at.Datapath.Ref(), Packet: onWire(p), at: placeOf(at.Datapath, at.Pipeline, p), last: p.Uint(lastHop)}
	if h := w.chassis(p); h != nil {
		d.Chassis = h.Name
	}
	if at.Flow != nil {
		d.Stage, d.Flow = at.Flow.Stage(), at.Flow.Ref()
	} else {
		d.Stage = at.Datapath.Network().Stage(at.Datapath, at.Pipeline, at.Table)
	}
	return d
}

// Dropped implements sim.Semantics.
func (w *simulation) Dropped(p *packet.Packet, at sim.ActionContext) {
	if !w.endsBefore(p, at) {
		w.mayEnd(p, at)
	}
}

// Prefer implements sim.Semantics.  Which of several flows with the same priority a switch takes
// is undefined, but it takes the same one each time; the flow is a choice.
func (w *simulation) Prefer(found lflow.LookupResult, p *packet.Packet) *lflow.Flow {
	flows := append([]*lflow.Flow{found.Flow}, found.Ties...)
	key := choiceKey{kind: "flow", on: p.Uint(packet.OnChassis)}
	for _, f := range flows {
		key.flow += f.UUID.String()
	}
	return flows[w.script.choose(key, len(flows), func(i int) string { return flows[i].UUID.String() })]
}
