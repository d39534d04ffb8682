package sim

import (
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// output continues a packet of the ingress pipeline in the egress pipeline of each of its output
// ports, and delivers a packet of the egress pipeline to its port.
func (w *tracer) output(p *packet.Packet, at ActionContext) {
	key := p.Uint(packet.Outport) & packet.PortKey
	if key == 0 {
		at.remark(trace.RemarkOutputToNull)
		return
	}
	port, isPort := at.Datapath.Port(key)
	group, isGroup := at.Datapath.Group(key)
	if !isPort && !isGroup {
		at.Out.Add(&trace.Remark{Kind: trace.RemarkUnknownOutput, Key: key})
	}
	if at.Pipeline == lflow.Egress {
		w.outputToPort(p, port, group, at)
		return
	}
	q := w.copyOf(p)
	for i := range packet.NumRegs {
		if r := packet.Reg(i); r != packet.Inport && r != packet.Outport {
			q.SetUint(r, 0)
		}
	}
	loopback := p.Uint(packet.LogicalFlags)&packet.FlagLoopback != 0
	if group != nil {
		w.multicast(group, q, loopback, at)
		return
	}
	if w.isLost(q, port, false, at.Out) {
		return
	}
	if port != nil && port.Type == "chassisredirect" {
		d := port.Distributed
		if d == nil {
			at.Out.Add(&trace.Remark{Kind: trace.RemarkNoDistributed, Port: port.Ref()})
			return
		}
		if !at.brief {
			at.Out.Add(&trace.Replaced{Port: port.Ref(), Distributed: d.Ref()})
		}
		port = d
		q.SetUint(packet.Outport, d.Key)
	}
	if !loopback && (port == nil || port.Key == q.Uint(packet.Inport)&packet.PortKey) {
		at.Out.Add(&trace.Omitted{})
		return
	}
	if w.tunnels(port) {
		w.across(q, port, at)
		return
	}
	node := w.newPipeline(trace.Pipeline{
		Egress: true, Zone: w.zones[at.Datapath.Network()], Datapath: at.Datapath.Ref(),
		Inport: PortOf(at.Datapath, q.Uint(packet.Inport)), Outport: PortOf(at.Datapath, key),
	})
	if port != nil {
		node.Outport = port.Ref()
	}
	at.Out.Add(node)
	w.Tables(at.Datapath, q, lflow.Egress, 0, &node.Container)
}

// isLost moves a packet to the chassis of its output port, and reports whether it ends before that.
func (w *tracer) isLost(q *packet.Packet, port *lflow.Port, flood bool, out *trace.Container) bool {
	if w.choices.Moves == nil || port == nil {
		return false
	}
	lost := w.choices.Moves(q, port, flood)
	if lost != "" {
		out.Add(&trace.Remark{Kind: trace.RemarkLost, Text: lost})
	}
	return lost != ""
}

// multicast sends one copy to each member of a group. As in ovn-trace, registers that one copy's
// egress pipeline sets are kept for the next copy, but not the input port, which some tunnels do not carry.
func (w *tracer) multicast(g *lflow.Group, q *packet.Packet, loopback bool, at ActionContext) {
	node := &trace.Pipeline{Zone: w.zones[at.Datapath.Network()], Datapath: at.Datapath.Ref(), Group: g.Name}
	at.Out.Add(node)
	in, on := q.Uint(packet.Inport)&packet.PortKey, q.Uint(packet.OnChassis)
	for _, port := range g.Ports() {
		if !w.Within(&node.Container) {
			return
		}
		copied := port.Key != in || loopback
		sub := &trace.Pipeline{
			Egress: true, Zone: node.Zone, Datapath: at.Datapath.Ref(),
			Inport: PortOf(at.Datapath, in), Outport: port.Ref(), Indent: copied,
		}
		node.Add(sub)
		if !copied {
			sub.Add(&trace.Omitted{})
			continue
		}
		q.SetUint(packet.Outport, port.Key)
		q.SetUint(packet.OnChassis, on)
		before := q.Uint(packet.Inport)
		lost := w.isLost(q, port, true, &sub.Container)
		carried := q.Uint(packet.Inport) == before
		switch {
		case lost:
		case w.tunnels(port):
			at.Out = &sub.Container
			w.across(q, port, at)
		default:
			w.Tables(at.Datapath, q, lflow.Egress, 0, &sub.Container)
		}
		if !carried {
			q.SetUint(packet.Inport, before)
		}
	}
}

// outputToPort delivers a packet to a port, or continues it in the datapath of the port's peer.
func (w *tracer) outputToPort(p *packet.Packet, port *lflow.Port, group *lflow.Group, at ActionContext) {
	key := p.Uint(packet.Outport)
	ref := PortOf(at.Datapath, key)
	if port == nil && group != nil {
		ref.Name = trace.SameText(group.Name)
	}
	if !at.brief {
		at.Out.Add(&trace.Reached{Port: ref})
	}
	if port != nil && w.across(p, port, at) {
		return
	}
	if port == nil || port.Peer == nil {
		at.Out.Add(&trace.Delivered{Port: ref, Unclaimed: port != nil && port.Unclaimed(), Packet: *p, Node: machine(port)})
		return
	}
	peer := port.Peer
	node := w.newPipeline(trace.Pipeline{Zone: w.zones[peer.Datapath.Network()], Datapath: peer.Datapath.Ref(), Inport: peer.Ref()})
	at.Out.Add(node)
	q := w.copyOf(p)
	q.SetUint(packet.Inport, peer.Key)
	q.SetUint(packet.Outport, 0)
	if w.choices.ClearsConntrack {
		q.ClearConntrack()
	}
	if w.choices.Leaves != nil {
		q.SetUint(packet.OnChassis, w.choices.Leaves(q.Uint(packet.OnChassis)))
	}
	if w.choices.ShortenLoops != nil && peer.Datapath.Type == "logical-router" {
		w.enterRouter(peer.Datapath, q, &node.Container)
		return
	}
	w.Tables(peer.Datapath, q, lflow.Ingress, 0, &node.Container)
}

// mirror sends a copy to a port of this datapath through the egress pipeline.
func (w *tracer) mirror(a *action.Mirror, p *packet.Packet, at ActionContext) {
	port, err := at.Datapath.Network().Port(a.Port)
	if err != nil || port.Datapath != at.Datapath {
		at.remark(trace.RemarkMirrorMissing)
		return
	}
	q := *p
	q.SetUint(packet.Inport, 0)
	q.SetUint(packet.Outport, port.Key)
	node := &trace.Fork{Kind: trace.ForkMirror, Packet: q}
	at.Out.Add(node)
	if w.follows(node, a, at) {
		w.Tables(at.Datapath, &q, lflow.Egress, 0, &node.Container)
	}
}
