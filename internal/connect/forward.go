package connect

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/conntrack"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// output outputs a packet: from the ingress pipeline to the egress pipelines of its output
// ports, on this or other chassis, and from the egress pipeline to its port.
func (w *simulation) output(p *packet.Packet, at sim.ActionContext) {
	if w.xlate.ended {
		w.drop(LostCopy, p, at)
		return
	}
	if at.Pipeline == lflow.Egress {
		w.leave(p, at)
		return
	}
	w.resubmit(3) // to the tables that compare its length, of remote and of local output
	key := p.Uint(packet.Outport) & packet.PortKey
	group, isGroup := at.Datapath.Group(key)
	port, isPort := at.Datapath.Port(key)
	if w.checksLength(p, at) {
		defer w.Abandon()
	}
	switch {
	case isGroup:
		w.flood(group, p, at, w.mayTunnel(p, at))
	case isPort:
		w.send(w.zone(at.Datapath).Binding(port), p, at, w.mayTunnel(p, at))
	case key == 0:
		w.drop(verdict.NoOutport, p, at)
	default:
		w.drop(verdict.UnknownPort, p, at)
	}
}

// checksLength reports whether the chassis compares the packet's length with an MTU when it is
// output. For that Open vSwitch translates the output in two branches, one of which pauses for
// ovn-controller, and ends the translation of the packet behind them.
func (w *simulation) checksLength(p *packet.Packet, at sim.ActionContext) bool {
	if !p.IsIP() {
		return false
	}
	h, z := w.chassis(p), w.zone(at.Datapath)
	for _, f := range []*packet.Field{packet.Inport, packet.Outport} {
		port, ok := at.Datapath.Port(p.Uint(f) & packet.PortKey)
		if ok && z.ChecksLength(h, z.Binding(port)) && w.avoidsNetwork(h, z.Binding(port)) {
			return true
		}
	}
	return false
}

// mayTunnel reports whether a packet may leave its chassis by a tunnel.
func (w *simulation) mayTunnel(p *packet.Packet, at sim.ActionContext) bool {
	if p.Uint(packet.LogicalFlags)&packet.FlagLocalOnly != 0 {
		return false
	}
	in, ok := at.Datapath.Port(p.Uint(packet.Inport))
	return !ok || in.Type != "localport"
}

// mirror sends a copy of a packet to a port of the datapath.
func (w *simulation) mirror(a *action.Mirror, p *packet.Packet, at sim.ActionContext) {
	port, err := at.Datapath.Network().Port(a.Port)
	if err != nil || port.Datapath != at.Datapath {
		return
	}
	q := *p
	q.SetUint(packet.Outport, port.Key)
	q.SetUint(enteredBy, 0)
	node := &trace.Fork{Kind: trace.ForkMirror, Packet: q}
	at.Out.Add(node)
	w.send(w.zone(at.Datapath).Binding(port), &q, at.Within(&node.Container), w.mayTunnel(p, at))
}

// forwardToOne sends a packet to one of several ports.  The action has no effect on chassis if
// one of the ports is not on the datapath or, with liveness, has no tunnel to monitor.
func (w *simulation) forwardToOne(a *action.FwdGroup, p *packet.Packet, at sim.ActionContext) {
	h := w.chassis(p)
	var ports []*lflow.Port
	for _, name := range a.ChildPorts {
		b := w.zone(at.Datapath).BindingNamed(name)
		switch {
		case b == nil || b.Port.Datapath != at.Datapath:
			w.drop(verdict.UnknownPort, p, at)
			return
		case a.Liveness && (b.Chassis == nil || b.Chassis == h || !h.Tunnels(b.Chassis)):
			w.drop(NoTunnel, p, at)
			return
		}
		ports = append(ports, b.Port)
	}
	if len(ports) == 0 {
		w.drop(verdict.UnknownPort, p, at)
		return
	}
	if !w.hash(p, at) {
		return
	}
	port := ports[w.script.choose(keyOf(p, at, "port"), len(ports), func(i int) string { return ports[i].DisplayName(true) })]
	// ovn-controller writes the decimal key into the group as a hexadecimal number.
	key, err := strconv.ParseUint(strconv.FormatUint(port.Key, 10), 16, 16)
	if err != nil {
		w.drop(verdict.UnknownPort, p, at)
		return
	}
	p.SetUint(packet.Outport, key)
	deepen(p)
	w.output(p, at)
}

// send sends a packet to its output port: on this chassis if the port is there, else over the
// physical network of the switch if it has one, else through a tunnel.
func (w *simulation) send(b *cluster.Binding, p *packet.Packet, at sim.ActionContext, tunnels bool) {
	h := w.chassis(p)
	q := *p
	others := b.Others(h)
	switch {
	case w.isPatch(h, b): // without a peer there is no flow to its egress pipeline, unlike in floods
		if _, lost := w.peer(h, b); lost != "" {
			w.drop(lost, p, at)
			return
		}
		w.enterEgress(h, b, &q, at)
		return
	case h.Local(b):
		if tunnels {
			w.copyTo(others, p, at)
		}
		w.enterEgress(h, b, &q, at)
		return
	case b.Port.Type == "chassisredirect" && b.On(h):
		if b.Port.Distributed == nil {
			w.drop(verdict.NoGateway, p, at)
			return
		}
		if at.Datapath.Network().Dialect.Has(dialect.GatewayHairpins) {
			q.SetUint(enteredBy, 0)
		}
		d := w.zone(at.Datapath).Binding(b.Port.Distributed)
		at.Out.Add(&trace.Replaced{Port: b.Port.Ref(), Distributed: d.Port.Ref()})
		q.SetUint(packet.Outport, d.Port.Key)
		w.enterEgress(h, d, &q, at)
		return
	case b.Port.Type == "chassisredirect" && b.Bridged:
		w.bridge(h, b, &q, at)
		return
	}
	z := w.zone(at.Datapath)
	if ln := z.LocalnetOn(h, at.Datapath); ln != nil && ln != b && !b.Multichassis() && !b.Function && !z.AlwaysTunnels() {
		// A physical switch would forward replies to a port on several chassis to only one of them.
		port, _ := at.Datapath.Port(p.Uint(packet.Inport))
		in := z.Binding(port)
		if tunnels && in != nil && in.Multichassis() && len(others) > 0 && w.avoidsNetwork(h, in) {
			w.copyTo(others, p, at)
			return
		}
		q.SetUint(packet.Outport, ln.Port.Key)
		w.resubmit(1) // to the table of local output, again
		w.enterEgress(h, ln, &q, at)
		return
	}
	switch {
	case b.Chassis == nil && len(b.Additional) == 0:
		w.unbound(b, p, at)
	case !tunnels:
		w.drop(NotLocal, p, at)
	case len(others) == 0:
		w.unbound(b, p, at)
	default:
		if b.Function {
			q.SetUint(enteredBy, 0)
		}
		w.copyTo(others, &q, at)
	}
}

// avoidsNetwork reports whether packets from a port on several chassis take tunnels to other chassis
// although the switch has a physical network. For nested containers, ovn-controller loses this state
// when it recomputes all flows, until the row of the port changes, so that it is a choice.
func (w *simulation) avoidsNetwork(h *cluster.Chassis, b *cluster.Binding) bool {
	if b.Parent == "" {
		return true
	}
	options := []string{"packets of " + b.Port.DisplayName(true) + " take tunnels", "packets of " + b.Port.DisplayName(true) + " take the physical network"}
	key := choiceKey{kind: "nested port", port: b.Port, on: h.Number}
	return w.script.choose(key, len(options), func(i int) string { return options[i] }) == 0
}

// copyTo sends copies of a packet to other chassis.
func (w *simulation) copyTo(others []*cluster.Chassis, p *packet.Packet, at sim.ActionContext) {
	h := w.chassis(p)
	for _, to := range others {
		q := *p
		w.tunnel(h, to, &q, at)
	}
}

// isPatch reports whether a port has a peer on the same chassis.
func (w *simulation) isPatch(h *cluster.Chassis, b *cluster.Binding) bool {
	return b.Port.Type == "patch" || b.Port.Type == "l3gateway" && b.On(h)
}

// bridge sends a packet for a chassisredirect port on another chassis over the physical network
// of the switch behind the port.  Without such a network the packet is dropped.
func (w *simulation) bridge(h *cluster.Chassis, b *cluster.Binding, p *packet.Packet, at sim.ActionContext) {
	d := b.Port.Distributed
	if d == nil || d.Peer == nil || len(b.MAC) == 0 {
		w.drop(verdict.NoPeer, p, at)
		return
	}
	ln := w.zone(at.Datapath).LocalnetOn(h, d.Peer.Datapath)
	mac, ok := packet.ParseMAC(firstField(b.MAC[0]))
	if ln == nil || !ok {
		w.drop(NotMapped, p, at)
		return
	}
	p.SetUint(packet.EthSrc, mac)
	at.Datapath = d.Peer.Datapath
	p.SetUint(packet.Outport, ln.Port.Key)
	w.toNetwork(h, ln, p, at)
}

// setZones loads the conntrack zones of a packet's input or output port; zones that are 0 are
// not loaded.
func setZones(h *cluster.Chassis, b *cluster.Binding, p *packet.Packet) {
	dnat, snat := h.NATZones(b.Port.Datapath)
	for _, z := range []struct {
		reg    *packet.Field
		number uint16
	}{{packet.PortZone, h.PortZone(b)}, {packet.DNATZone, dnat}, {packet.SNATZone, snat}} {
		if z.number != 0 {
			p.SetUint(z.reg, uint64(z.number))
		}
	}
}

// enterEgress sends a packet to the egress pipeline of a port on the chassis.
func (w *simulation) enterEgress(h *cluster.Chassis, b *cluster.Binding, p *packet.Packet, at sim.ActionContext) {
	setZones(h, b, p)
	w.egress(b, p, at)
}

// egress sends a packet to the egress pipeline of a port, unless that is its input port.
func (w *simulation) egress(b *cluster.Binding, p *packet.Packet, at sim.ActionContext) {
	w.resubmit(1) // to the table that compares the ports
	f := p.Uint(packet.LogicalFlags)
	if b.Port.Type == "localnet" {
		local := f&packet.FlagLocalport != 0 && !w.toExternal(b, p) || f&(packet.FlagLocalOnly|packet.FlagOverrideLocalOnly) == packet.FlagLocalOnly
		if local {
			w.drop(NotLocal, p, at)
			return
		}
	}
	if f&packet.FlagLoopback == 0 && p.Uint(packet.Inport)&packet.PortKey == b.Port.Key {
		at.Out.Add(&trace.Omitted{})
		w.drop(verdict.SamePort, p, at)
		return
	}
	clearRegisters(p, logicalRegisters)
	w.hop(p, Hop{Kind: HopEgress, Datapath: at.Datapath.Ref(), Router: at.Datapath.Type == "logical-router", Port: b.Port.Ref()})
	node := &trace.Pipeline{
		Egress: true, Datapath: at.Datapath.Ref(),
		Inport: sim.PortOf(at.Datapath, p.Uint(packet.Inport)), Outport: b.Port.Ref(),
	}
	at.Out.Add(node)
	w.Tables(at.Datapath, p, lflow.Egress, 0, &node.Container)
}

// toExternal reports whether a packet is for an external port that the chassis serves.
func (w *simulation) toExternal(ln *cluster.Binding, p *packet.Packet) bool {
	return w.zone(ln.Port.Datapath).External(w.chassis(p), ln.Port.Datapath, p.Uint(packet.EthDst))
}

// flood sends copies of a packet to the members of a multicast group: through patch ports and to
// localports, once to each other chassis that has members, then to those on this chassis.  A
// translation by conntrack for one copy applies to those that follow.
func (w *simulation) flood(g *lflow.Group, p *packet.Packet, at sim.ActionContext, remote bool) {
	h, z := w.chassis(p), w.zone(at.Datapath)
	node := &trace.Pipeline{Datapath: at.Datapath.Ref(), Group: g.Name}
	at.Out.Add(node)
	at = at.Within(&node.Container)
	copies, unmapped := 0, "" // a physical network that the chassis does not map
	copyTo := func(b *cluster.Binding, zones bool) {
		copies++
		q := *p
		q.SetUint(packet.Outport, b.Port.Key)
		if zones {
			if zone := h.PortZone(b); zone != 0 {
				q.SetUint(packet.PortZone, uint64(zone))
			}
		}
		w.egress(b, &q, at)
	}
	localnet, transit := z.LocalnetOn(h, at.Datapath), cluster.IsTransit(at.Datapath)
	var elsewhere []*cluster.Chassis
	var local []func()
	lost := false
	members := slices.SortedFunc(slices.Values(g.Ports()), func(a, b *lflow.Port) int { return strings.Compare(a.UUID, b.UUID) })
	for _, port := range members { // in the order in which ovn-controller reads them
		b := z.Binding(port)
		switch {
		case b == nil || !w.Within(at.Out):
		case w.xlate.ended:
			lost = true
		case w.xlate.failed:
		case port.Type == "remote":
			if remote && b.Chassis != nil {
				copies++
				q := *p
				q.SetUint(packet.Outport, port.Key)
				w.tunnel(h, b.Chassis, &q, at)
			}
		case port.Type == "patch" && !transit || port.Type == "localport":
			if remote && (port.Type == "patch" || h.Local(b) && w.plugged(b)) {
				copyTo(b, false)
			}
		case port.Type == "patch", port.Type == "l3gateway" && b.On(h), h.Local(b) && port.Type != "mirror": // no interface has the name of a mirror's
			local = append(local, func() { copyTo(b, true) })
		case port.Type == "chassisredirect" && b.On(h):
			if port.Distributed != nil {
				local = append(local, func() { copyTo(z.Binding(port.Distributed), false) })
			}
		case port.Type == "localnet":
			unmapped = b.Network
		case localnet == nil:
			for _, to := range b.Others(h) {
				if !slices.Contains(elsewhere, to) {
					elsewhere = append(elsewhere, to)
				}
			}
		}
	}
	if len(local) == 0 && copies == 0 && len(elsewhere) == 0 && unmapped != "" {
		d := w.ended(NotMapped, p, at)
		d.Detail = unmapped
		w.dropped = append(w.dropped, d)
	}
	if remote && !w.xlate.ended {
		w.copyTo(elsewhere, p, at)
	}
	for _, output := range local {
		switch {
		case !w.Within(at.Out):
		case w.xlate.ended:
			lost = true
		case w.xlate.failed:
		default:
			output()
		}
	}
	if lost {
		w.drop(LostCopy, p, at)
	}
}

// plugged reports whether a localport has a VIF, which is not in the database.  A packet to
// this port alone is assumed to be received; for floods it is a choice, the same on all
// chassis.
func (w *simulation) plugged(b *cluster.Binding) bool {
	options := []string{b.Port.DisplayName(true) + " has a VIF", b.Port.DisplayName(true) + " has none"}
	return w.script.choose(choiceKey{kind: "localport", port: b.Port}, len(options), func(i int) string { return options[i] }) == 0
}

// tunnelPort returns the number of a chassis' tunnel port to another chassis.
func tunnelPort(to *cluster.Chassis) uint64 { return 1<<31 | to.Number }

// tunnel sends a packet to another chassis, where it continues in the egress pipeline.  The
// tunnel carries only its headers and the keys of its datapath and ports.
func (w *simulation) tunnel(from, to *cluster.Chassis, p *packet.Packet, at sim.ActionContext) {
	if w.announces {
		return
	}
	if h := to.InOwnZone(); h != nil && p.Uint(enteredBy) == tunnelPort(h) {
		w.drop(verdict.SamePort, p, at)
		return
	}
	if from.InUserspace() {
		w.resubmit(1) // to the bridge of the tunnel
	}
	if w.isDiscarded(p, at) {
		return
	}
	sent := at.Datapath
	at, ok := w.toZone(from, to, p, at)
	if !ok {
		return
	}
	out := p.Uint(packet.Outport) & packet.PortKey
	q := w.decapsulated(from, to, p, sent)
	w.translate(func() {
		w.resubmit(1) // to the table of local output
		w.outOfTunnel(out, &q, at)
	})
}

// outOfTunnel sends a packet from a tunnel to its output port.
func (w *simulation) outOfTunnel(out uint64, q *packet.Packet, at sim.ActionContext) {
	if group, ok := at.Datapath.Group(out); ok {
		w.flood(group, q, at, false)
		return
	}
	if port, ok := at.Datapath.Port(out); ok {
		w.send(w.zone(at.Datapath).Binding(port), q, at, false)
		return
	}
	w.drop(verdict.UnknownPort, q, at)
}

// decapsulated returns a packet of a datapath after decapsulation on another chassis.
func (w *simulation) decapsulated(from, to *cluster.Chassis, p *packet.Packet, d *lflow.Datapath) packet.Packet {
	q := *p
	w.settle(&q)
	q = headersOf(&q)
	if from.CarriesInport(to) {
		q.SetUint(packet.Inport, p.Uint(packet.Inport)&0x7fff)
	}
	to = to.InOwnZone()
	q.SetUint(packet.Outport, p.Uint(packet.Outport)&packet.PortKey)
	q.SetUint(packet.OnChassis, to.Number)
	q.SetUint(enteredBy, tunnelPort(from))
	q.SetUint(recirculations, 1) // decapsulation recirculates
	w.beginPass(&q)
	w.hop(&q, Hop{Kind: HopTunnel, Tunnel: &Tunnel{d, from.Name, to.Name, q.Uint(packet.Inport), q.Uint(packet.Outport)}})
	return q
}

// headersOf returns the fields of a packet that are on the wire.
func headersOf(p *packet.Packet) packet.Packet {
	q := *p
	q.ClearConntrack()
	clearRegisters(&q, packet.NumRegs)
	q.SetUint(packet.PktMark, 0)
	for _, f := range []*packet.Field{packet.CTZone, packet.OnChassis, enteredBy} {
		q.SetUint(f, 0)
	}
	setPasses(&q, nil)
	return q
}

// onWire returns a frame without the fields of the walk.
func onWire(p *packet.Packet) packet.Packet {
	q := headersOf(p)
	for _, f := range []*packet.Field{quotedPacket, lastHop, madeLength, aborts, conntrack.ZeroSequence} {
		q.SetUint(f, 0)
	}
	return q
}
