package connect

import (
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// leave outputs a packet to its port at the end of the egress pipeline: to the datapath of the
// peer, to a host, or to a physical network.
func (w *simulation) leave(p *packet.Packet, at sim.ActionContext) {
	key := p.Uint(packet.Outport) & packet.PortKey
	port, ok := at.Datapath.Port(key)
	if !ok {
		w.drop(verdict.UnknownPort, p, at)
		return
	}
	h, b := w.chassis(p), w.zone(at.Datapath).Binding(port)
	at.Out.Add(&trace.Reached{Port: port.Ref()})
	if w.resubmit(2); w.hasFailed(p, at) { // to the tables that save the input port, and of physical ports
		return
	}
	q := *p
	flags := q.Uint(packet.LogicalFlags)
	if flags&packet.FlagLoopback != 0 || b.Parent != "" || flags&packet.FlagNestedContainer != 0 && w.zone(at.Datapath).ReturnsContainers(h, port) {
		q.SetUint(enteredBy, 0)
	}
	switch {
	case b.Inactive(h):
		w.drop(Inactive, p, at)
	case w.isPatch(h, b):
		w.toPeer(h, b, &q, at)
	case !h.Local(b):
		w.unbound(b, p, at)
	case q.Uint(enteredBy) == w.physicalPort(b):
		w.drop(verdict.SamePort, p, at)
	case port.Type == "localnet" || port.Type == "l2gateway":
		w.toNetwork(h, b, &q, at)
	default:
		if b.Tag != 0 {
			pushVLAN(b.Tag, &q)
		}
		w.deliver(h, b, &q, at)
	}
}

// physicalPort returns the number of the Open vSwitch port of a logical port; a nested container
// has that of its parent.
func (w *simulation) physicalPort(b *cluster.Binding) uint64 {
	if parent := w.zone(b.Port.Datapath).BindingNamed(b.Parent); parent != nil {
		b = parent
	}
	return uint64(b.Port.Datapath.Index+1)<<16 | b.Port.Key
}

// toPeer sends a packet to the datapath of a patch port's peer.
func (w *simulation) toPeer(h *cluster.Chassis, b *cluster.Binding, p *packet.Packet, at sim.ActionContext) {
	peer, lost := w.peer(h, b)
	if lost != "" {
		w.drop(lost, p, at)
		return
	}
	w.clone(p, at.Out, func(p *packet.Packet, out *trace.Container) {
		q := headersOf(p)
		setPasses(&q, p)
		deepen(&q)
		q.SetUint(packet.PktMark, p.Uint(packet.PktMark))
		q.SetUint(enteredBy, p.Uint(enteredBy))
		w.enter(h, peer, &q, out)
	})
}

// peer returns the peer of a patch port on a chassis, or the code of the drop if there is none:
// the rows do not refer to each other, or the chassis does not have the peer's datapath.
func (w *simulation) peer(h *cluster.Chassis, b *cluster.Binding) (peer *cluster.Binding, lost Code) {
	d := b.Port.Datapath
	peer = w.zone(d).Binding(b.Port.Peer)
	switch {
	case peer == nil || peer.Port.Type != b.Port.Type && !d.Network().Dialect.Has(dialect.MixedPeers):
		return nil, verdict.NoPeer
	case !h.Carries(peer.Port.Datapath), h.MayLack(peer.Port.Datapath) && !w.carries(h, peer.Port.Datapath):
		return nil, NotCarried
	}
	return peer, ""
}

// carries reports whether a chassis has the flows of a datapath, as a choice.
func (w *simulation) carries(h *cluster.Chassis, d *lflow.Datapath) bool {
	options := []string{h.Name + " carries " + d.DisplayName(true), h.Name + " does not carry " + d.DisplayName(true)}
	key := choiceKey{kind: "datapath", flow: d.UUID, on: h.Number}
	return w.script.choose(key, len(options), func(i int) string { return options[i] }) == 0
}

// enter sends a packet to the ingress pipeline of a port.
func (w *simulation) enter(h *cluster.Chassis, b *cluster.Binding, p *packet.Packet, out *trace.Container) {
	d := b.Port.Datapath
	p.SetUint(packet.OnChassis, h.Number)
	p.SetUint(packet.Inport, b.Port.Key)
	if p.Uint(passNumber) == 0 {
		w.beginPass(p)
	}
	w.hop(p, Hop{Kind: HopIngress, Datapath: d.Ref(), Router: d.Type == "logical-router", Port: b.Port.Ref()})
	setZones(h, b, p)
	node := &trace.Pipeline{Datapath: d.Ref(), Inport: b.Port.Ref()}
	out.Add(node)
	w.Tables(d, p, lflow.Ingress, 0, &node.Container)
}

// deliver delivers a frame to the host behind a port.
func (w *simulation) deliver(h *cluster.Chassis, b *cluster.Binding, p *packet.Packet, at sim.ActionContext) {
	if w.isDiscarded(p, at) {
		return
	}
	w.settle(p)
	q := headersOf(p)
	at.Out.Add(&trace.Delivered{Port: b.Port.Ref(), Packet: *p})
	if b.Port.Type == "mirror" {
		b = w.zone(b.Port.Datapath).BindingNamed(b.Parent)
	}
	a := Arrival{Port: b.Port, Chassis: h.Name, Packet: onWire(&q), Path: w.path(&q)}
	if parent := w.zone(b.Port.Datapath).BindingNamed(b.Parent); parent != nil {
		a.Parent = parent.Port
	}
	w.arrived = append(w.arrived, a)
	w.hostAnswers(h, b, q, at.Out)
}

func pushVLAN(tag int64, p *packet.Packet) {
	const present = 0x1000
	p.SetUint(packet.VLANTCI, uint64(tag)&0xfff|present)
}

func firstField(s string) string {
	f := strings.Fields(s)
	if len(f) == 0 {
		return ""
	}
	return f[0]
}
