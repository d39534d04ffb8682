package physical

import (
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Segments returns who runs the pipelines of a walk, in its order, with the names that
// people gave to datapaths and ports if they are wanted.
func Segments(n *lflow.Network, t *trace.Trace, friendly bool) []Segment {
	w := &walker{n: n, friendly: friendly}
	if t.Root == nil {
		return nil
	}
	at := location{}
	if d, ok := n.DatapathOfRef(t.Root.Datapath); ok {
		at = w.enters(d, t.Packet.Uint(packet.Inport))
	}
	w.pipeline(t.Root, at, nil)
	return w.segments
}

type walker struct {
	n        *lflow.Network
	friendly bool
	segments []Segment
	copied   bool
}

// location is where a packet is: on a chassis or, where that is nil, on none that
// is known, for the reason given.
type location struct {
	chassis *lflow.Chassis
	reason  PlacementReason
	pin     *lflow.Port
}

// remain returns the host of a packet that does not move.
func (h location) remain() location {
	if h.chassis == nil {
		return h
	}
	return location{chassis: h.chassis, reason: SameChassis}
}

// enters returns where a packet comes in by a port.
func (w *walker) enters(d *lflow.Datapath, key uint64) location {
	p, ok := d.Port(key)
	if !ok {
		return location{reason: Unbound}
	}
	return w.carries(p, location{reason: Unbound, pin: p})
}

// carries returns who carries a port; a port that is everywhere is where the
// packet is already.
func (w *walker) carries(p *lflow.Port, at location) location {
	switch p.Type {
	case "patch", "localport":
		return at.remain()
	case "localnet":
		if at.chassis != nil {
			return at.remain()
		}
		return location{reason: AnyChassis, pin: p}
	}
	c, ok := w.n.ChassisOf(p)
	switch {
	case !ok:
		return location{reason: Unbound, pin: p}
	case p.Type == "chassisredirect":
		return location{c, IsGateway, p}
	case p.Type == "vtep":
		return location{c, External, p}
	}
	return location{c, Bound, p}
}

// pipeline follows a packet that is at a host into a pipeline.
func (w *walker) pipeline(p *trace.Pipeline, at location, hop *Hop) {
	if p.Group != "" {
		w.group(p, at)
		return
	}
	if at.chassis == nil && at.reason == AnyChassis {
		if h := w.settled(p); h.chassis != nil {
			at = h
		}
	}
	segment := Segment{Datapath: p.Datapath.DisplayName(w.friendly), Key: p.Key(), Egress: p.Egress, Port: p.Inport.DisplayName(w.friendly), Copied: w.copied, Hop: hop}
	if p.Egress {
		segment.Port = p.Outport.DisplayName(w.friendly)
	}
	segment.Chassis, segment.Reason = at.chassis, at.reason
	if at.pin != nil {
		segment.PinnedBy = at.pin.DisplayName(w.friendly)
		if at.reason == IsGateway {
			segment.Others = w.n.Gateways(at.pin)
		}
	}
	segment.Parent, segment.Tag = w.parent(p)
	if c, ok := w.n.Viewpoint(); ok && (at.chassis == nil || !at.chassis.Same(c)) && w.asksChassis(p) {
		segment.Viewpoint = c.Name
	}
	w.segments = append(w.segments, segment)
	w.nodes(p.Nodes, p, at.remain(), len(w.segments)-1)
}

// parent returns the port that carries the packets of a pipeline's port with a
// VLAN tag, "" for none.
func (w *walker) parent(p *trace.Pipeline) (name string, tag int64) {
	d, known := w.n.DatapathOfRef(p.Datapath)
	in, out, ok := keys(p)
	if !known || !ok {
		return "", 0
	}
	key := in
	if p.Egress {
		key = out
	}
	port, ok := d.Port(key)
	if !ok {
		return "", 0
	}
	if name, tag = port.Parent(); name == "" {
		return "", 0
	}
	if carrier, err := w.n.Port(name); err == nil {
		name = carrier.DisplayName(w.friendly)
	}
	return name, tag
}

// nodes follows a packet through what a pipeline or a table holds.
func (w *walker) nodes(nodes []trace.Node, in *trace.Pipeline, at location, segment int) {
	var redirected bool
	for _, n := range nodes {
		switch n := n.(type) {
		case *trace.Table:
			w.nodes(n.Nodes, in, w.stands(n, in, at, segment), segment)
		case *trace.Fork:
			before := w.copied
			w.copied = before || n.Kind.Relation() == trace.ForkGenerated
			w.nodes(n.Nodes, in, at, segment)
			w.copied = before
		case *trace.Replaced:
			redirected = true
		case *trace.Pipeline:
			switch {
			case n.Egress && !n.Jump && n.Group == "":
				to, hop := w.output(n, at, redirected, 0)
				w.pipeline(n, to, hop)
			case !n.Egress && in.Egress && n.Group == "":
				w.pipeline(n, w.acrossPatch(n, at), nil)
			default:
				w.pipeline(n, at, nil)
			}
		}
	}
}

// stands returns where a packet is that took a table's flow: where the flow is in
// effect.  It notes a flow that the chassis of the segment does not have.
func (w *walker) stands(t *trace.Table, in *trace.Pipeline, at location, segment int) location {
	port, c := w.residency(in, t)
	if c == nil || at.chassis == nil && at.reason != AnyChassis || at.chassis != nil && at.chassis.Same(c) {
		return at // no chassis has it, or one that has the flow
	}
	if at.chassis != nil {
		w.segments[segment].Elsewhere = append(w.segments[segment].Elsewhere, Elsewhere{t.Flow.Cookie, port.DisplayName(w.friendly), c})
	}
	return hostOf(port, c)
}

// output returns where the egress pipeline of a port runs, and how the packet
// gets there; group is the key of the multicast group to which it was sent, 0
// for none.
func (w *walker) output(p *trace.Pipeline, at location, redirected bool, group uint64) (location, *Hop) {
	d, known := w.n.DatapathOfRef(p.Datapath)
	in, out, ok := keys(p)
	if !known || !ok {
		return at.remain(), nil
	}
	port, ok := d.Port(out)
	if !ok {
		return at.remain(), nil
	}
	target := port
	if redirected {
		target = redirect(d, port)
	}
	to := w.carries(target, at)
	key, name := target.Key, target.DisplayName(w.friendly)
	if g, ok := d.Group(group); ok {
		key, name = g.Key, g.Name
	}
	inport, _ := d.Port(in)
	return w.move(at, to, d, inport, in, key, name, target)
}

// move returns a host and how a packet comes there from another.
func (w *walker) move(at, to location, d *lflow.Datapath, inport *lflow.Port, in, out uint64, name string, target *lflow.Port) (location, *Hop) {
	if to.chassis == nil || at.chassis == nil || to.chassis.Same(at.chassis) {
		return to, nil
	}
	hop := &Hop{From: at.chassis, To: to.chassis}
	if ln := localnet(d); ln != nil && target.Type == "" {
		hop.Localnet = ln.DisplayName(w.friendly)
		return to, hop
	}
	hop.Tunnel = tunnel(w.n, at.chassis, to.chassis, target)
	hop.Tunnel.Key, hop.Tunnel.InKey, hop.Tunnel.OutKey, hop.Tunnel.OutPort = d.TunnelKey, in, out, name
	if inport != nil {
		hop.Tunnel.InPort = inport.DisplayName(w.friendly)
	}
	return to, hop
}

// TunnelHop returns the hop of a packet of a datapath from one chassis to another, with
// the keys of its input port, and of its output port or multicast group.  It is nil
// where the datapath's database lacks a chassis.
func TunnelHop(d *lflow.Datapath, from, to string, in, out uint64) *Hop {
	n := d.Network()
	hop := &Hop{}
	for _, c := range n.Chassis() {
		switch c.Name {
		case from:
			hop.From = c
		case to:
			hop.To = c
		}
	}
	if hop.From == nil || hop.To == nil {
		return nil
	}
	port, isPort := d.Port(out)
	hop.Tunnel = tunnel(n, hop.From, hop.To, port)
	hop.Tunnel.Key, hop.Tunnel.InKey, hop.Tunnel.OutKey = d.TunnelKey, in, out
	if p, ok := d.Port(in); ok {
		hop.Tunnel.InPort = p.DisplayName(true)
	}
	if g, ok := d.Group(out); ok {
		hop.Tunnel.OutPort = g.Name
	} else if isPort {
		hop.Tunnel.OutPort = port.DisplayName(true)
	}
	return hop
}

// acrossPatch returns where a packet is that came over a patch port: where it was,
// but a port with a gateway chassis takes packets there alone.
func (w *walker) acrossPatch(p *trace.Pipeline, at location) location {
	d, known := w.n.DatapathOfRef(p.Datapath)
	in, _, ok := keys(p)
	if !known || !ok {
		return at.remain()
	}
	port, ok := d.Port(in)
	if !ok {
		return at.remain()
	}
	if at.chassis == nil {
		if h := w.settled(p); h.chassis != nil {
			return h
		}
		if cr := redirect(d, port); cr != port {
			return w.carries(cr, at)
		}
		if port.Type == "l3gateway" {
			return w.carries(port, at)
		}
	}
	return at.remain()
}

// group follows the copies to a multicast group's members.  What is for several
// ports of one chassis goes there as one packet.
func (w *walker) group(p *trace.Pipeline, at location) {
	key := uint64(0)
	if d, ok := w.n.DatapathOfRef(p.Datapath); ok {
		if g, ok := d.GroupNamed(p.Group); ok {
			key = g.Key
		}
	}
	sent := map[string]bool{}
	for _, n := range p.Nodes {
		member, ok := n.(*trace.Pipeline)
		if !ok || len(member.Nodes) == 0 {
			continue
		}
		if _, none := member.Nodes[0].(*trace.Omitted); none {
			continue
		}
		to, hop := w.output(member, at, false, key)
		if hop != nil && sent[hop.To.Name] {
			to.reason, hop = SameAsPacket, nil
		} else if hop != nil {
			sent[hop.To.Name] = true
		}
		w.pipeline(member, to, hop)
	}
}

// keys returns the keys of the input and output ports of a packet that enters a
// pipeline.
func keys(p *trace.Pipeline) (in, out uint64, ok bool) {
	for _, n := range p.Nodes {
		if t, isTable := n.(*trace.Table); isTable {
			return t.Packet.Uint(packet.Inport) & packet.PortKey, t.Packet.Uint(packet.Outport) & packet.PortKey, true
		}
	}
	return 0, 0, false
}

// redirect returns the chassisredirect port that stands for a distributed one,
// or the port itself.
func redirect(d *lflow.Datapath, p *lflow.Port) *lflow.Port {
	for _, cr := range d.Ports() {
		if cr.Type == "chassisredirect" && cr.Distributed == p {
			return cr
		}
	}
	return p
}

// localnet returns a switch's port to a physical network, nil where it has none.
func localnet(d *lflow.Datapath) *lflow.Port {
	for _, p := range d.Ports() {
		if p.Type == "localnet" {
			return p
		}
	}
	return nil
}

// tunnel finds the tunnel from one chassis to another for a port, nil for a multicast
// group.
func tunnel(n *lflow.Network, from, to *lflow.Chassis, port *lflow.Port) Tunnel {
	ours, theirs := n.Encaps(from), n.Encaps(to)
	t := Tunnel{FromVXLAN: port != nil && port.Type == "vtep", Type: lflow.TunnelType(ours, theirs)}
	of := func(list []lflow.Encap) (ips []string) {
		for _, e := range list {
			if t.Type != "" && e.Type == t.Type {
				ips = append(ips, e.IP)
			}
		}
		return ips
	}
	t.Source, t.Remote = of(ours), of(theirs)
	if port == nil {
		return t
	}
	if e, ok := n.PortEncap(port); ok && e.Type == t.Type {
		t.Remote = []string{e.IP}
	}
	return t
}
