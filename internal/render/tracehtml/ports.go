package tracehtml

import (
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// portNames are the names of the ports in a trace, by their keys, which
// packets have in their registers 14 and 15 (ovn-architecture(7)).
type portNames map[portKey]string

type portKey struct {
	datapath int64
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
			p.add(at.Key, t.Packet.Uint(packet.Inport), at.Inport)
			if at.Egress {
				p.add(at.Key, t.Packet.Uint(packet.Outport), at.Outport)
			}
		}
		return true
	})
}

func (p portNames) add(datapath int64, port uint64, name string) {
	if name != "" && port != 0 {
		p[portKey{datapath, port}] = name
	}
}

// name writes the ports' names beside their keys.
func (p portNames) name(groups []fieldGroup, datapath int64, t *trace.Table, on nextPacket) []fieldGroup {
	for _, g := range groups {
		for i := range g.Rows {
			row := &g.Rows[i]
			for _, r := range []int{14, 15} {
				if reg := packet.Reg(r); row.Name == registerWords[reg.Name] {
					row.Was = p.beside(row.Was, datapath, t.Packet.Uint(reg))
					if on.packet != nil {
						row.Is = p.beside(row.Is, on.datapath, on.packet.Uint(reg))
					}
				}
			}
		}
	}
	return groups
}

func (p portNames) beside(value string, datapath int64, port uint64) string {
	if name := p[portKey{datapath, port}]; name != "" {
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
			return n.Port
		case *trace.Pipeline:
			if n.Group != "" && before == 0 {
				return n.Group
			}
			if n.Group != "" {
				return ""
			}
		}
	}
	return p[portKey{on.datapath, on.packet.Uint(reg)}]
}
