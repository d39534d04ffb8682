package tracehtml

import (
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// portNames are the names of the ports in a trace, by their keys, which
// packets have in their registers 14 and 15 (ovn-architecture(7)).
type portNames struct {
	names wording.Names
	known map[portKey]string
}

type portKey struct {
	datapath trace.DatapathRef
	port     uint64
}

// gather takes the names from the pipelines, whose first lookup has the keys.
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

// name writes the ports' names beside their keys.
func (p portNames) name(groups []fieldGroup, d *trace.DatapathRef, t *trace.Table, on nextPacket) []fieldGroup {
	for _, g := range groups {
		for i := range g.Rows {
			row := &g.Rows[i]
			for _, r := range []int{14, 15} {
				if reg := packet.Reg(r); row.Name == registerWords[reg.Name] {
					row.Was = p.beside(row.Was, d, t.Packet.Uint(reg))
					if on.packet != nil {
						row.Is = p.beside(row.Is, on.datapath, on.packet.Uint(reg))
					}
				}
			}
		}
	}
	return groups
}

func (p portNames) beside(value string, d *trace.DatapathRef, port uint64) string {
	if name := p.known[portKey{datapathOf(d), port}]; name != "" {
		return value + " " + name
	}
	return value
}

// chosen is the port or group that a table of an ingress pipeline sends the
// packet to, "" where it does not, or the trace does not have its name.
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
