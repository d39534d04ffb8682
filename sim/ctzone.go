package sim

import (
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// CTNewAfter returns the default of CTNew after the given conntrack states: true if there are none
// or the last one is new.
func CTNewAfter(given []uint64) bool {
	return len(given) == 0 || given[len(given)-1]&packet.CTNew != 0
}

// CTZone is a conntrack zone: a switch has one for each port, a router one for DNAT
// and one for SNAT.
type CTZone struct {
	Datapath *lflow.Datapath
	Port     uint64 // the tunnel key of a switch's port, 0 on a router
	SNAT     bool
}

// zoneOf returns the zone that an action uses for a packet: on a switch that of the input port in
// the ingress pipeline, and of the output port in the egress pipeline.
func zoneOf(p *packet.Packet, at ActionContext, snat bool) CTZone {
	if at.Datapath.Type == "logical-router" {
		return CTZone{Datapath: at.Datapath, SNAT: snat}
	}
	key := packet.Inport
	if at.Pipeline == lflow.Egress {
		key = packet.Outport
	}
	return CTZone{Datapath: at.Datapath, Port: p.Uint(key) & 0xffff}
}

// commit records that the walk committed a packet's connection to a zone.
func (w *tracer) commit(z CTZone, p *packet.Packet) {
	if !w.choices.CTNew || w.isInvalid(z, p) {
		return
	}
	if _, ok := w.firstCommitted(z); !ok {
		w.committed = append(w.committed, commitment{z, endpointsOf(p)})
		w.effects++
	}
}

// commitment is a connection that the walk committed to a zone.
type commitment struct {
	zone  CTZone
	first endpoints // of the packet that was committed
}

// firstCommitted returns the addresses of the packet that was committed to a zone; ok is
// false if none was.
func (w *tracer) firstCommitted(z CTZone) (first endpoints, ok bool) {
	for i := range w.committed {
		if c := &w.committed[i]; c.zone == z {
			return c.first, true
		}
	}
	return endpoints{}, false
}

// endpoints are the addresses of a packet.
type endpoints struct{ src, dst packet.Value }

func endpointsOf(p *packet.Packet) endpoints {
	if p.IsIPv6() {
		return endpoints{p.Get(packet.IPv6Src), p.Get(packet.IPv6Dst)}
	}
	return endpoints{p.Get(packet.IPv4Src), p.Get(packet.IPv4Dst)}
}

// newConnectionState returns the state of a packet in a zone for a connection that the walk opens:
// new until it is committed there, then established, with the reply flag in the other direction.
func (w *tracer) newConnectionState(z CTZone, p *packet.Packet) uint64 {
	first, ok := w.firstCommitted(z)
	if !ok {
		if w.isInvalid(z, p) {
			return packet.CTTracked | packet.CTInvalid
		}
		return packet.CTTracked | packet.CTNew
	}
	state := uint64(packet.CTTracked | packet.CTEstablished)
	if e := endpointsOf(p); e.src == first.dst && e.dst == first.src && e.src != e.dst {
		state |= packet.CTReply
	}
	return state
}

// isInvalid reports whether a packet neither opens a connection nor belongs to one that the walk committed to a zone.
func (w *tracer) isInvalid(z CTZone, p *packet.Packet) bool {
	if !w.choices.CTNew || w.choices.Opens == nil || w.choices.Opens(p) {
		return false
	}
	_, known := w.firstCommitted(z)
	return !known
}

// commitZone returns the zone that an action commits to.
func commitZone(a action.Action, p *packet.Packet, at ActionContext) CTZone {
	switch a := a.(type) {
	case *action.CTCommitNAT:
		return zoneOf(p, at, a.Zone == action.ZoneSNAT)
	case *action.CTCommitToZone:
		return zoneOf(p, at, a.Zone == action.ZoneSNAT)
	default:
	}
	return zoneOf(p, at, false)
}
