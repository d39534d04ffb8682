package connect

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/northd"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Obstacle is a place that loses or rejects a packet of a connection.
type Obstacle struct {
	Role    string // request, reply or third
	Where   Drop
	Removal Removal
	Detail  string // the assumption of the removal, such as the name of a chassis
}

// Removal is how the walk continues without an obstacle.  The words are stable.
type Removal string

// The removals.
const (
	WithoutFlow Removal = "without-flow"  // as if the deciding flow, and the others of its northbound row, did not exist
	AsResolved  Removal = "resolved"      // as if the next hop had answered with an Ethernet address
	AsBound     Removal = "bound"         // as if the port were bound to a chassis
	AsUp        Removal = "chassis-up"    // as if a chassis were up
	AsBackend   Removal = "backend-up"    // as if the backends of the load balancer were up
	NoLimit     Removal = "without-limit" // as if Open vSwitch had no limit
	Stuck       Removal = "none"          // the walk cannot continue
)

// MaxObstacles is the maximum number of obstacles that are removed.
const MaxObstacles = 100

// without has the codes of drops that the removal of flows avoids.  For other codes something
// is missing, which no removal replaces.
var without = map[Code]scope{
	verdict.ACLDrop: row, verdict.ACLReject: row, verdict.CTInvalid: decidingFlow,
	verdict.PolicyDrop: row, verdict.RouteDiscard: row,
	verdict.PortSecurity: endingFlow, verdict.PortDisabled: endingFlow, verdict.VLANNotAllowed: endingFlow,
	verdict.BadSource: endingFlow, verdict.ExternalPort: endingFlow, verdict.GatewayDrop: endingFlow,
	verdict.TooBig: endingFlow, verdict.NetFunction: endingFlow, verdict.Other: endingFlow,
}

// scope is the set of flows that are removed with a flow.
type scope uint8

const (
	row          scope = iota + 1 // all flows of its northbound row
	decidingFlow                  // the flow alone, for one port of the datapath
	endingFlow                    // the flow that carries out the decision
)

// removed has the flows that a walk skips, and its assumptions.
type removed struct {
	rows     map[string]bool // stage hints
	flows    map[flowAt]bool
	defaults map[flowAt]bool // flows for packets that no ACL matches, by stage
	balanced map[flowAt]bool // flows that end packets to virtual addresses
	macs     map[macKey]uint64
	noLimit  bool
}

// flowAt is a flow, or a stage, for packets with a given input or output port.
type flowAt struct {
	name string
	place
}

// place is a pipeline of a datapath, with its input or output port.
type place struct {
	d    *lflow.Datapath
	port uint64
}

func placeOf(d *lflow.Datapath, pipeline lflow.Pipeline, p *packet.Packet) place {
	port := packet.Inport
	if pipeline == lflow.Egress {
		port = packet.Outport
	}
	return place{d, p.Uint(port) & packet.PortKey}
}

// excludes reports whether a walk skips a flow.
func (r *removed) excludes(f *lflow.Flow, p *packet.Packet, d *lflow.Datapath) bool {
	ref := f.Ref()
	if ref.Hint != "" && r.rows[ref.Hint] {
		return true
	}
	at := placeOf(d, f.Pipeline, p)
	return r.flows[flowAt{ref.UUID, at}] || isDefault(f) && r.defaults[flowAt{ref.Stage, at}]
}

// isDefault reports whether a flow drops packets that no ACL matches.
func isDefault(f *lflow.Flow) bool {
	return f.Priority <= 1 && f.Ref().Hint == "" && !action.Continues(f.Actions().List)
}

// passes reports whether a packet that no flow matches, because flows were removed, continues
// in the next table.  It does not in tables that look up the output port or the next hop.
func (w *simulation) passes(p *packet.Packet, at sim.ActionContext) bool {
	if at.Flow != nil || len(at.Excluded) == 0 {
		return false
	}
	switch stage := at.Excluded[0].Stage(); {
	case northd.Family(stage) == "lr_in_ip_routing" || stage == "lr_in_ip_routing_ecmp":
		return false
	case (northd.ACLStages.Has(stage) || northd.ACLActionStages.Has(stage)) && p.Uint(packet.CTState)&(packet.CTTracked|packet.CTEstablished) == packet.CTTracked:
		northd.CommitBit.Set(p) // like an ACL that allows a connection
	}
	w.Tables(at.Datapath, p, at.Pipeline, at.Table+1, at.Out)
	return true
}

// balancesAnyway sends a packet to a backend of its virtual address, if the flow that ends it
// because no backend is up is removed.
func (w *simulation) balancesAnyway(p *packet.Packet, at sim.ActionContext) bool {
	if w.removed == nil || at.Flow == nil || !w.removed.balanced[flowAt{at.Flow.Ref().UUID, placeOf(at.Datapath, at.Pipeline, p)}] {
		return false
	}
	backends := w.configuredBackends(p, at)
	if len(backends) == 0 {
		return false
	}
	w.loadBalance(&action.CTLB{Kind: action.CTLBMark, Backends: backends, Table: at.Table + 1}, p, at)
	return true
}

// configuredBackends returns the backends of a packet's virtual address, including those that
// are down.
func (w *simulation) configuredBackends(p *packet.Packet, at sim.ActionContext) (all []action.Backend) {
	_, dst := addresses(p)
	for _, v := range w.balanced(at) {
		if v.IPv6 != p.IsIPv6() || v.Addr != dst || v.Port != 0 && (uint64(v.Proto) != p.Uint(packet.IPProto) || uint64(v.Port) != p.Uint(packet.TPDst)) {
			continue
		}
		for _, b := range v.Backends {
			all = append(all, action.Backend{Addr: addrOf(b.Addr, v.IPv6), Port: b.Port})
		}
	}
	return all
}

func addrOf(v packet.Value, v6 bool) netip.Addr {
	if v6 {
		return v.Addr16()
	}
	return v.Addr4()
}

// unlimited reports whether limits of Open vSwitch are ignored.
func (w *simulation) unlimited() bool { return w.removed != nil && w.removed.noLimit }

// unbound drops a packet because a port is on no chassis.
func (w *simulation) unbound(b *cluster.Binding, p *packet.Packet, at sim.ActionContext) {
	d := w.ended(UnboundPort, p, at)
	if d.unbound = b; b.Parent != "" {
		d.unbound = cmp.Or(w.zone(at.Datapath).BindingNamed(b.Parent), b)
	}
	w.dropped = append(w.dropped, d)
}

// findObstacles removes the place that loses a packet and walks the connection again, until no
// packet is lost.
func (o *Outcome) findObstacles(c *cluster.Cluster, options *Options, from Source, first packet.Packet) {
	given := c.Options()
	defer func() { _ = c.Change(given) }() // names of its chassis are known
	r := &removed{rows: map[string]bool{}, flows: map[flowAt]bool{}, defaults: map[flowAt]bool{}, balanced: map[flowAt]bool{}, macs: map[macKey]uint64{}}
	again := func() Outcome {
		_, packets := walk(c, options, newScript(slices.Clone(o.picks), maps.Clone(o.orders)), r, from, first)
		next := Outcome{Packets: packets}
		next.decide()
		return next
	}
	last := *o
	for last.Where.Code != "" && len(o.Obstacles) < MaxObstacles {
		x := Obstacle{Role: last.Lost, Where: last.Where}
		next, ok := r.up(c, &x, &last, again)
		if !ok {
			r.remove(c, &x)
			if x.Removal == "" {
				x.Removal = Stuck
			} else if next = again(); next.same(&last) {
				x.Removal = Stuck
			}
		}
		o.Obstacles = append(o.Obstacles, x)
		if x.Removal == Stuck {
			break
		}
		last = next
	}
	o.Remaining = last.Verdict
}

// up finds a chassis that is down and without which, if it were up, an obstacle would not exist.
func (r *removed) up(c *cluster.Cluster, x *Obstacle, last *Outcome, again func() Outcome) (next Outcome, ok bool) {
	if without[x.Where.Code] != 0 {
		return next, false
	}
	options := c.Options()
	for i, name := range options.Down {
		_ = c.Change(cluster.Options{Down: slices.Delete(slices.Clone(options.Down), i, i+1), Bound: options.Bound}) // its chassis are known
		if next = again(); !next.same(last) {
			x.Removal, x.Detail = AsUp, name
			return next, true
		}
	}
	_ = c.Change(options) // its chassis are known
	return next, false
}

// remove removes an obstacle if possible.
func (r *removed) remove(c *cluster.Cluster, x *Obstacle) {
	d := &x.Where
	ending := cmp.Or(d.ending, d.Flow)
	switch scope := without[d.Code]; {
	case scope == row && d.Flow != nil && d.Flow.Hint != "":
		r.rows[d.Flow.Hint] = true
		x.Removal = WithoutFlow
	case scope == row && d.Flow != nil && d.Flow.Priority <= 1:
		r.defaults[flowAt{d.Flow.Stage, d.at}] = true
		x.Removal = WithoutFlow
	case scope == endingFlow && ending != nil:
		r.flows[flowAt{ending.UUID, d.at}] = true
		x.Removal = WithoutFlow
	case scope != 0 && d.Flow != nil:
		r.flows[flowAt{d.Flow.UUID, d.at}] = true
		x.Removal = WithoutFlow
	case d.Code == verdict.LBNoBackend && ending != nil:
		r.balanced[flowAt{ending.UUID, d.at}] = true
		x.Removal = AsBackend
	case d.Code == Unresolved:
		r.macs[d.hop] = c.MAC(d.hop.ip)
		x.Removal, x.Detail = AsResolved, packet.EthDst.Format(packet.Uint(r.macs[d.hop]))
	case d.Code == TooDeep || d.Code == TooManyLookups || d.Code == Discarded:
		r.noLimit = true
		x.Removal = NoLimit
	case d.Code == UnboundPort && d.unbound != nil:
		options := c.Options()
		h := c.Suggest(d.unbound, d.Chassis)
		if h == nil {
			return
		}
		bound := map[string]string{d.unbound.Port.Name: h.Name}
		maps.Copy(bound, options.Bound)
		_ = c.Change(cluster.Options{Down: options.Down, Bound: bound}) // its chassis are known
		x.Removal, x.Detail = AsBound, h.Name
	}
}
