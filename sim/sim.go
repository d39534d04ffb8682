// Package sim walks a packet through the pipelines of a logical network as ovn-trace(8) does, and
// records the walk as a trace.
//
// The caller gives choices that the database does not determine: conntrack states, the backend of
// a load balancer, the member of a select action. If they are not given, the trace records the
// defaults that were assumed.
package sim

import (
	"errors"
	"fmt"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Request describes a packet to trace.
type Request struct {
	// Datapath is the datapath where the packet starts, by name or by a prefix of its UUID;
	// "" stands for that of the microflow's inport.
	Datapath string

	// EmptyName means that an empty Datapath is a name, not the default.
	EmptyName bool

	// Microflow describes the packet, in the match language.
	Microflow string

	// Parsed, if not nil, is the expression of Microflow, which is then not parsed.
	Parsed expr.Expr

	// Bulk parses the microflow with expr.ParseFlow, which is faster than expr.Parse
	// and returns the same result.
	Bulk bool

	Choices
}

// Choices are the decisions that the database does not determine.
type Choices struct {
	// CT are the results of the packet's conntrack lookups, in order.  Further lookups
	// return an established connection.
	CT []uint64

	// CTNew makes the packet the first of its connection: after the states of CT, the
	// connection is new in a conntrack zone until the walk commits it there, and
	// established afterwards.
	CTNew bool

	// Opens, if not nil, reports whether a packet may open a connection. With CTNew, a lookup of one that
	// may not is invalid in a zone to which the walk committed nothing: it is neither translated nor committed there.
	// If Opens is nil, every packet may.
	Opens func(p *packet.Packet) bool

	// LBDst is the backend that load balancers select.
	LBDst Backend

	// LBListed restricts LBDst to load balancers that list it, for packets of new connections.
	// ovn-trace(8) uses it for all load balancers, as if conntrack had the connection.
	LBListed bool

	// SelectID is the member that select actions choose, 0 for the default.
	SelectID uint16

	// Size is the packet's size in bytes, which check_pkt_larger compares.  With 0
	// the action has no effect, as in ovn-trace(8).
	Size int

	// Translated, if not nil, is called for each translation by NAT or a load balancer
	// with the zone, and the packet before and after it.
	Translated func(z CTZone, before, after *packet.Packet)

	// Undo, if not nil, undoes the translation of a connection in the zone for a packet
	// of its reply.  It reports whether there was a translation.  If Undo is nil, nothing
	// is undone, as in ovn-trace(8).
	Undo func(z CTZone, p *packet.Packet) bool

	// Connection, if not nil, looks up a packet in a zone after the states of CT. It
	// sets the mark and the label of the packet's connection, and returns its state.  It
	// replaces CTNew.
	Connection func(z CTZone, p *packet.Packet) (state uint64)

	// ClearsConntrack clears the conntrack fields of a packet behind ct_commit and in the
	// next datapath, as chassis do.  ovn-trace(8) keeps them.
	ClearsConntrack bool

	// NextHop, if not nil, reports whether a router has the next hop of a packet's
	// connection from commit_ecmp_nh.  If NextHop is nil, none has, as in ovn-trace(8).
	NextHop func(d *lflow.Datapath, p *packet.Packet) bool

	// Solicits makes the neighbor solicitations of nd_ns as ovn-controller does. ovn-trace(8) keeps
	// the protocol, the addresses and the time to live of the packet for which an address is requested.
	Solicits bool

	// StaticMACs also uses configured MAC bindings, as chassis do. ovn-trace(8) does not.
	StaticMACs bool

	// Asked, if not nil, returns the Ethernet address that a router learns when it requests the
	// next hop of an output port for which there is no binding. In ovn-trace(8) the packet ends
	// there.
	Asked func(d *lflow.Datapath, port uint64, ip packet.Value) (mac uint64, ok bool)

	// PortSecurity, if not nil, reports whether a port must not send a packet or, if sends
	// is false, receive it.  If PortSecurity is nil, the port's Security decides, as in
	// ovn-trace(8).
	PortSecurity func(port *lflow.Port, p *packet.Packet, sends bool) (refused bool)

	// Choose, if not nil, chooses one of a load balancer's backends or of a select's members,
	// unless LBDst or SelectID does. Its arguments are the packet and the number of options; it
	// returns an index in their order in the action.
	Choose func(p *packet.Packet, options int) int

	// Uniform executes the actions of every release as the newest ovn-trace does, so that walks
	// over networks of different releases differ only by their flows. On gateway routers,
	// packets continue after ct_snat without an address, as on chassis; in ovn-trace(8) they end
	// there.
	Uniform bool

	// Matched, if not nil, is called for every flow that the walk takes, including
	// those that the trace omits because they only advance every packet.
	Matched func(*lflow.Datapath, *lflow.Flow)

	// Across, if not nil, returns where a packet to a port of type remote continues in another
	// interconnect zone. Without it the walk ends there, as in ovn-trace(8).
	Across func(*lflow.Port) Entry

	// Moves, if not nil, moves a packet that is output to a port, or a copy of a flood, to the port's chassis. It may change
	// packet.OnChassis and packet.Inport of the packet. If the packet does not get there, it returns why, as the
	// code of a verdict, else "".
	Moves func(q *packet.Packet, port *lflow.Port, flood bool) (lost string)

	// Stays, if not nil, is called with a packet at a table and the flow that it takes, nil for
	// none. If it changes where the packet is (packet.OnChassis), it returns true, and the flow
	// is looked up again.
	Stays func(d *lflow.Datapath, p lflow.Pipeline, table int, f *lflow.Flow, q *packet.Packet) bool

	// Takes, if not nil, is called for each flow that a packet takes, before its actions are
	// executed. It may change packet.OnChassis and packet.Inport of the packet.
	Takes func(*lflow.Datapath, *lflow.Flow, *packet.Packet)

	// Leaves, if not nil, returns the number of a packet that leaves a datapath by a patch
	// port on the chassis of a number.
	Leaves func(chassis uint64) uint64

	// Local, if not nil, reports whether a port, by its name, is on the chassis of a packet.
	// ct_lb_mark_local selects only such backends. In ovn-trace(8) it selects any.
	Local func(n *lflow.Network, port string, chassis uint64) bool

	// Tunnels makes packets to a port of type remote that continue in another zone skip the
	// egress pipeline of their own zone, as on chassis. ovn-trace(8) walks it.
	Tunnels bool

	// Memory, if not nil, holds the nodes of the trace.
	Memory *Memory

	// Brief omits from the trace the nodes on which no verdict depends: changes, ports
	// that were reached or replaced, logs, and tables in which the packet takes a
	// preliminary flow.
	Brief bool

	// Generated selects which generated packets that do not decide the verdict are followed. With
	// GeneratedNone, connections that they commit are not found by later lookups of conntrack.
	Generated Generated

	// StopsInLoops stops the walk, as at a limit, after some rounds of a loop in which a packet
	// comes to the same table unchanged, and nothing is committed or chosen. Otherwise the walk
	// continues to its limits.
	StopsInLoops bool

	// ShortenLoops, if not nil, leaves out rounds of a loop of routers. It is called when a packet
	// enters a router for another time, and nothing has changed but its TTL, which was before and is
	// now; in the round, the TTL of a lookup was lower than before by up to margin. It returns the TTL
	// with which the packet continues: now, or now less a multiple of the difference, if no flow
	// distinguishes the TTLs of lookups in the rounds that are left out. Where it turns out that
	// these rounds may differ nevertheless, the walk stops, as at a limit.
	ShortenLoops func(before, now, margin uint64) (ttl uint64)

	// OpenFlow, if not nil, finds the OpenFlow flows of each logical flow in the trace.
	OpenFlow OpenFlow
}

// Generated selects, among the generated packets that do not decide the verdict (see
// [trace.ForkKind.DecidesVerdict]), those whose paths a walk follows. The forks of the others have
// no nodes.
type Generated uint8

// The selections.
const (
	GeneratedAll Generated = iota // all of them

	// GeneratedOnce follows a packet unless the same action generated the same packet before, and
	// nothing was committed to a conntrack zone or chosen since. Its path is then the same and
	// has no effect on others. Routers that search for an address may solicit each other until
	// the packet's TTL expires, and each flood doubles the packets.
	GeneratedOnce

	GeneratedNone // none
)

// Backend is the backend of a load balancer.
type Backend struct {
	IsSet bool
	IPv6  bool
	Addr  packet.Value
	Port  uint16 // 0 for none
}

// RefusalError is the error for a request that cannot be traced, with the message of
// ovn-trace.
type RefusalError struct {
	Msg string
	Err error // a *expr.SyntaxError, *expr.MicroflowError or nil
}

// Error returns the message.
func (e *RefusalError) Error() string { return e.Msg }

// Unwrap returns the error of the microflow's parser.
func (e *RefusalError) Unwrap() error { return e.Err }

func refusalError(err error) error {
	return &RefusalError{Msg: "error parsing flow: " + err.Error(), Err: err}
}

// Trace walks the packet that a request describes.  The error, if any, is a
// *RefusalError.
func Trace(n *lflow.Network, r Request) (*trace.Trace, error) {
	t := &trace.Trace{}
	d, p, err := start(n, r, t)
	if err != nil {
		return nil, err
	}
	return walkFrom(n, d, lflow.Ingress, 0, p, r.Choices, t)
}

// Walk walks a packet that enters a datapath at its input port: register 14 has the
// tunnel key.  The error, if any, is a *RefusalError.
func Walk(n *lflow.Network, d *lflow.Datapath, p packet.Packet, c Choices) (*trace.Trace, error) {
	return WalkFrom(n, d, 0, p, c)
}

// WalkFrom is like Walk, but begins at a table of the ingress pipeline.
func WalkFrom(n *lflow.Network, d *lflow.Datapath, table int, p packet.Packet, c Choices) (*trace.Trace, error) {
	return walkFrom(n, d, lflow.Ingress, table, c.Memory.packet(p), c, c.Memory.trace())
}

// WalkEgress is like Walk, but begins at the egress pipeline, as for a packet from a tunnel:
// registers 14 and 15 have the keys of its ports.
func WalkEgress(n *lflow.Network, d *lflow.Datapath, p packet.Packet, c Choices) (*trace.Trace, error) {
	return walkFrom(n, d, lflow.Egress, 0, c.Memory.packet(p), c, c.Memory.trace())
}

func walkFrom(n *lflow.Network, d *lflow.Datapath, at lflow.Pipeline, table int, p *packet.Packet, c Choices, t *trace.Trace) (*trace.Trace, error) {
	t.Release = n.Dialect.Release().String()
	t.Packet = *p
	for _, state := range c.CT {
		for _, why := range CTStateConflicts(state) {
			t.Warnings = append(t.Warnings, trace.Warning{Text: why})
		}
	}
	port, ok := d.Port(p.Uint(packet.Inport))
	if !ok && n.Dialect.Has(dialect.InportRequired) && p.Uint(packet.Inport) == 0 {
		return nil, &RefusalError{Msg: ErrNoInport.Error(), Err: ErrNoInport}
	}
	w := newTracer(n, c, t)
	t.Root = w.newPipeline(trace.Pipeline{Datapath: d.Ref(), Egress: at == lflow.Egress})
	if ok {
		t.Root.Inport = port.Ref()
	} else {
		t.Root.Inport = &trace.PortRef{Key: p.Uint(packet.Inport) & packet.PortKey, Datapath: d.Ref()}
	}
	if out, ok := d.Port(p.Uint(packet.Outport)); ok && at == lflow.Egress {
		t.Root.Outport = out.Ref()
	}
	w.Tables(d, p, at, table, &t.Root.Container)
	if w.refusal != nil {
		return nil, w.refusal
	}
	t.Unused = w.unused()
	return t, nil
}

// ErrNoInport means that a microflow has no input port. ovn-trace of some releases aborts on it.
var ErrNoInport = errors.New("microflow does not specify ingress port")

// Start returns the datapath and the packet that a request describes, with warnings
// about them.  The error, if any, is a *RefusalError.
func Start(n *lflow.Network, r Request) (*lflow.Datapath, packet.Packet, []trace.Warning, error) {
	t := &trace.Trace{}
	d, p, err := start(n, r, t)
	if err != nil {
		return nil, packet.Packet{}, nil, err
	}
	return d, *p, t.Warnings, nil
}

// start finds the datapath and the packet that a request describes.
func start(n *lflow.Network, r Request, t *trace.Trace) (*lflow.Datapath, *packet.Packet, error) {
	warn := func(w *lflow.Warning) {
		if w != nil {
			t.Warnings = append(t.Warnings, trace.Warning{Text: w.Text})
		}
	}
	rules := expr.MicroflowRulesOf(n.Dialect)
	var d *lflow.Datapath
	if r.Datapath != "" || r.EmptyName {
		var err error
		var several *lflow.AmbiguousError
		if d, err = n.Datapath(r.Datapath); errors.As(err, &several) {
			warn(&lflow.Warning{Text: err.Error()})
		}
		if d == nil {
			if n.Dialect.Has(dialect.UnknownDatapathLate) { // these releases have no templates
				if _, err := expr.ParseMicroflow(r.Microflow, n.MicroflowEnv(), rules, func(string) (uint64, bool) { return 0, true }); err != nil {
					return nil, nil, refusalError(err)
				}
			}
			return nil, nil, &RefusalError{Msg: fmt.Sprintf(`unknown datapath "%s"`, r.Datapath)}
		}
	}
	text, err := n.ExpandMicroflow(r.Microflow)
	if err != nil {
		return nil, nil, &RefusalError{Msg: fmt.Sprintf(`failed to parse flow expression "%s"`, r.Microflow), Err: err}
	}
	parse := func() (expr.Expr, error) {
		switch {
		case r.Parsed != nil:
			return r.Parsed, nil
		case r.Bulk:
			return expr.ParseFlow(text, n.MicroflowEnv())
		}
		return expr.Parse(text, n.MicroflowEnv())
	}
	var e expr.Expr
	if d == nil {
		if e, err = parse(); err != nil {
			return nil, nil, refusalError(err)
		}
		name, err := expr.FindInport(e)
		if err != nil {
			return nil, nil, refusalError(err)
		}
		port, err := n.Port(name)
		if err != nil {
			return nil, nil, &RefusalError{Msg: fmt.Sprintf(`unknown port "%s"`, name)}
		}
		d = port.Datapath
	}
	if e == nil && r.Bulk && r.Parsed == nil {
		if p, ok := n.MicroflowPacket(d, text); ok {
			return d, &p, nil
		}
	}
	if e == nil {
		if e, err = parse(); err != nil {
			return nil, nil, refusalError(err)
		}
	}
	m, err := expr.NewMicroflow(e, rules, func(name string) (uint64, bool) { return n.PortKey(d, name) })
	if err != nil {
		return nil, nil, refusalError(err)
	}
	for _, name := range m.Unknown {
		t.Warnings = append(t.Warnings, trace.Warning{Text: fmt.Sprintf("%s: unknown logical port on datapath %s", name, d.Name)})
	}
	return d, &m.Packet, nil
}
