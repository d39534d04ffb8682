package sim

import (
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// round is the entry of a packet into a router. If the same packet, apart from its TTL, enters the
// router again on its path, and nothing was committed or chosen in between, all further rounds are
// the same until a flow compares the TTL with another result.
type round struct {
	before   *round // the entry of the packet into a router before this one, or nil
	datapath *lflow.Datapath
	packet   packet.Packet // with a TTL of 0
	ttl      uint64
	effects  int

	lookups  int // the lookups before it
	leftOut  int // the number of rounds after this one that were left out, 0 for none
	returned int // the value of effects when the walk returned from the rounds after them
	inner    int // the lookups of these
}

// enterRouter walks a packet from the first table of a router, and leaves out rounds of a loop if
// Choices.ShortenLoops does.
//
// The copies of the packet whose turn comes when the last round has ended take the same paths in the
// rounds that are left out as in the one before them. If they commit or choose something in that
// one, later copies may depend on it, and the walk stops. Their lookups count as if they were walked,
// so that copies that multiply in each round reach the limit.
func (w *tracer) enterRouter(d *lflow.Datapath, p *packet.Packet, out *trace.Container) {
	now := &round{before: w.round, datapath: d, packet: *p, ttl: p.Uint(packet.IPTTL), effects: w.effects, lookups: w.lookups}
	now.packet.SetUint(packet.IPTTL, 0)
	same := now.before
	for same != nil && !same.repeats(now) {
		same = same.before
	}
	ttl := now.ttl
	if same != nil && same.ttl > ttl && same.leftOut == 0 {
		ttl = w.choices.ShortenLoops(d.Network(), same.ttl, ttl)
	}
	leftOut := 0
	if ttl < now.ttl {
		leftOut = int((now.ttl - ttl) / (same.ttl - now.ttl))
		p.SetUint(packet.IPTTL, ttl)
		now.ttl = ttl
	}
	w.round = now
	w.Tables(d, p, lflow.Ingress, 0, out)
	w.round = now.before
	if leftOut > 0 {
		same.leftOut, same.returned, same.inner = leftOut, w.effects, w.lookups-now.lookups
	}
	if now.leftOut > 0 {
		if now.returned != w.effects {
			w.Stop("a loop whose rounds differ", out)
		}
		w.lookups += now.leftOut * (w.lookups - now.lookups - now.inner)
		w.Within(out)
	}
}

// repeats reports whether a later entry repeats r.
func (r *round) repeats(later *round) bool {
	return r.datapath == later.datapath && r.effects == later.effects && r.packet == later.packet
}
