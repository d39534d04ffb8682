package sim

import (
	"cmp"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Entry is where a packet to a port of another interconnect zone continues.
type Entry struct {
	// Zone is the name of the zone. Datapath is its datapath with the same tunnel key as the
	// datapath of the port, or nil if the walk cannot continue.
	Zone     string
	Datapath *lflow.Datapath

	// Warnings are differences between the databases of the two zones.
	Warnings []string
}

// tunnels reports whether packets to a port enter another zone without the egress pipeline of
// their own zone.
func (w *tracer) tunnels(port *lflow.Port) bool {
	return w.choices.Tunnels && port != nil && port.Type == "remote" && w.choices.Across != nil && w.choices.Across(port).Datapath != nil
}

// across continues a packet to a port of another zone in the egress pipeline of the port's own
// chassis. A tunnel carries the headers and the keys of the datapath and of both ports, which are
// looked up in the other database. It returns false if the walk ends at the port.
func (w *tracer) across(p *packet.Packet, port *lflow.Port, at ActionContext) bool {
	if port.Type != "remote" || w.choices.Across == nil {
		return false
	}
	e := w.choices.Across(port)
	for _, text := range e.Warnings {
		w.warn(nil, text)
	}
	if e.Datapath == nil {
		if node := machine(port); node != "" {
			at.Out.Add(&trace.Remark{Kind: trace.RemarkMissingZone, Text: node})
		}
		return false
	}
	if w.zones == nil {
		w.zones = map[*lflow.Network]string{}
	}
	w.zones[e.Datapath.Network()] = e.Zone
	q := *p
	q.ClearConntrack()
	for i := range packet.NumRegs {
		q.SetUint(packet.Reg(i), 0)
	}
	q.SetUint(packet.Inport, p.Uint(packet.Inport)&geneveInport)
	q.SetUint(packet.Outport, p.Uint(packet.Outport)&packet.PortKey)
	out, ok := e.Datapath.Port(q.Uint(packet.Outport))
	if !ok || out.Type == "remote" { // no other tunnel follows
		at.Out.Add(&trace.Remark{Kind: trace.RemarkUnknownOutput, Key: q.Uint(packet.Outport)})
		return true
	}
	node := &trace.Pipeline{
		Egress: true, Zone: e.Zone, Datapath: e.Datapath.Ref(),
		Inport: PortOf(e.Datapath, q.Uint(packet.Inport)), Outport: out.Ref(),
	}
	at.Out.Add(node)
	n, model := w.n, w.model
	if w.n = e.Datapath.Network(); !w.choices.Uniform {
		w.model = w.n.Dialect
	}
	w.Tables(e.Datapath, &q, lflow.Egress, 0, &node.Container)
	w.n, w.model = n, model
	return true
}

// geneveInport is the part of an ingress port's key that Geneve tunnels carry.
const geneveInport = 0x7fff

// machine returns the node of another zone that has a port, or "" if the port is of this zone or
// no chassis has it.
func machine(port *lflow.Port) string {
	if port == nil || port.Type != "remote" {
		return ""
	}
	c, ok := port.Datapath.Network().RemoteChassis(port)
	if !ok {
		return ""
	}
	return cmp.Or(c.Hostname, c.Name)
}
