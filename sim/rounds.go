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
	lookups  int    // the lookups before it
	low      uint64 // the lowest TTL of a lookup since then, without those of the rounds in last

	last *last // the last rounds, if rounds after this one were left out
}

// last are the rounds that are walked after those that are left out.
type last struct {
	leftOut int    // the number of rounds that are left out
	margin  uint64 // by how much the TTL of a lookup may be below that at the start of its round
	effects int    // the value of effects when the walk returned from the last rounds
	lookups int    // the lookups of the last rounds
	low     uint64 // the lowest TTL of these
}

// enterRouter walks a packet from the first table of a router, and leaves out rounds of a loop if
// Choices.ShortenLoops does.
//
// The copies of the packet that are walked on the way back from the last round take the same paths
// in the rounds that are left out as in this one. If they commit or choose something in this one, or have
// a lower TTL than the copies that were known, the walk stops. Their lookups count as if they were
// walked, so that copies that multiply in each round reach the limit.
func (w *tracer) enterRouter(d *lflow.Datapath, p *packet.Packet, out *trace.Container) {
	ttl := p.Uint(packet.IPTTL)
	now := &round{before: w.round, datapath: d, packet: *p, ttl: ttl, effects: w.effects, lookups: w.lookups, low: ttl}
	now.packet.SetUint(packet.IPTTL, 0)
	same, low := now.before, ttl
	for same != nil && !same.repeats(now) {
		low = min(low, same.low)
		same = same.before
	}
	margin := uint64(0)
	if same != nil && same.ttl > ttl && same.last == nil {
		margin = same.ttl - min(low, same.low)
		now.ttl = w.choices.ShortenLoops(same.ttl, ttl, margin)
		p.SetUint(packet.IPTTL, now.ttl)
	}
	w.walkRound(now, d, p, out)
	switch {
	case now.ttl < ttl:
		same.last = &last{int(ttl-now.ttl) / int(same.ttl-ttl), margin, w.effects, w.lookups - now.lookups, now.lowest()}
	case now.before != nil:
		now.before.low = min(now.before.low, now.lowest())
	}
}

// walkRound walks a packet from a router that it enters.
func (w *tracer) walkRound(r *round, d *lflow.Datapath, p *packet.Packet, out *trace.Container) {
	w.round = r
	w.Tables(d, p, lflow.Ingress, 0, out)
	w.round = r.before
	l := r.last
	if l == nil {
		return
	}
	if l.effects != w.effects || r.ttl-min(r.ttl, r.low) > l.margin {
		w.Stop("a loop whose rounds differ", out)
	}
	w.lookups += l.leftOut * (w.lookups - r.lookups - l.lookups)
	w.Within(out)
}

// repeats reports whether a later entry repeats r.
func (r *round) repeats(later *round) bool {
	return r.datapath == later.datapath && r.effects == later.effects && r.packet == later.packet
}

// lowest returns the lowest TTL of a lookup after r.
func (r *round) lowest() uint64 {
	if r.last != nil {
		return min(r.low, r.last.low)
	}
	return r.low
}
