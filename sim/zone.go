package sim

import (
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// CTNewAfter reports whether the lookups after the conntrack states that a user
// gave are those of a new connection, where the user does not say: they are
// after none and after a new one.
func CTNewAfter(given []uint64) bool {
	return len(given) == 0 || given[len(given)-1]&packet.CTNew != 0
}

// zone is a conntrack zone: a switch has one for each port, a router one for
// DNAT and one for SNAT.
type zone struct {
	d    *lflow.Datapath
	port uint64
	snat bool
}

// zoneOf returns the zone that an action uses for a packet: on a switch that of
// the input port in the ingress pipeline, of the output port in the egress one.
func zoneOf(p *packet.Packet, at spot, snat bool) zone {
	if at.d.Type == "logical-router" {
		return zone{d: at.d, snat: snat}
	}
	key := inportKey
	if at.pipeline == lflow.Egress {
		key = outportKey
	}
	return zone{d: at.d, port: p.Uint(key) & 0xffff}
}

// commit notes that the walk committed the connection to a zone.
func (w *walker) commit(z zone) {
	if !w.choices.CTNew {
		return
	}
	if w.committed == nil {
		w.committed = map[zone]bool{}
	}
	w.committed[z] = true
}

// committing returns the zone that an action commits to.
func committing(a action.Action, p *packet.Packet, at spot) zone {
	switch a := a.(type) {
	case *action.CTCommitNAT:
		return zoneOf(p, at, a.Zone == action.ZoneSNAT)
	case *action.CTCommitToZone:
		return zoneOf(p, at, a.Zone == action.ZoneSNAT)
	default:
	}
	return zoneOf(p, at, false)
}
