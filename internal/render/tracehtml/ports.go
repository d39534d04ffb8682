package tracehtml

import (
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// portNames are the names of the ports in a trace, by their tunnel keys, which are in registers 14 and
// 15 (ovn-architecture(7)).
type portNames struct {
	names wording.Names
	known map[portKey]string
}

type portKey struct {
	datapath trace.DatapathRef
	port     uint64
}

// gather adds the ports of pipelines, with the keys that the packet has at their first table.
func (p portNames) gather(root *trace.Pipeline) {
	trace.Walk(root, func(n trace.Node) bool {
		at, ok := n.(*trace.Pipeline)
		if !ok || len(at.Nodes) == 0 {
			return true
		}
		if t, ok := at.Nodes[0].(*trace.Table); ok {
			p.add(at.Datapath, t.Packet.Uint(packet.Inport), at.Inport)
			if at.Egress {
				p.add(at.Datapath, t.Packet.Uint(packet.Outport), at.Outport)
			}
		}
		return true
	})
}

func (p portNames) add(d *trace.DatapathRef, port uint64, ref *trace.PortRef) {
	if name := p.names.Port(ref); name != "" && port != 0 {
		p.known[portKey{datapathOf(d), port}] = name
	}
}

// name appends the names of ports to their keys.
func (p portNames) name(groups []fieldGroup, d *trace.DatapathRef, t *trace.Table, on nextPacket) []fieldGroup {
	for _, g := range groups {
		for i := range g.Rows {
			row := &g.Rows[i]
			for _, r := range []int{14, 15} {
				if reg := packet.Reg(r); row.Name == registerNames[reg.Name] {
					row.Was = p.withName(row.Was, d, t.Packet.Uint(reg))
					if on.packet != nil {
						row.Is = p.withName(row.Is, on.datapath, on.packet.Uint(reg))
					}
				}
			}
		}
	}
	return groups
}

func (p portNames) withName(value string, d *trace.DatapathRef, port uint64) string {
	if name := p.known[portKey{datapathOf(d), port}]; name != "" {
		return value + " " + name
	}
	return value
}

// chosen returns the port or multicast group that a table of an ingress pipeline sets as outport, ""
// if it sets none or the trace has no name for it.
func (p portNames) chosen(in *trace.Pipeline, t *trace.Table, on nextPacket) string {
	reg := packet.Outport
	before := t.Packet.Uint(reg)
	if in.Egress || on.packet == nil || on.packet.Uint(reg) == before {
		return ""
	}
	for _, n := range t.Nodes {
		switch n := n.(type) {
		case *trace.Replaced:
			return p.names.Port(n.Port)
		case *trace.Pipeline:
			if n.Group != "" && before == 0 {
				return n.Group
			}
			if n.Group != "" {
				return ""
			}
		}
	}
	return p.known[portKey{datapathOf(on.datapath), on.packet.Uint(reg)}]
}
