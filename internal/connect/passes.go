package connect

import (
	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/conntrack"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
)

// maxRecirculations is how often a packet may be recirculated on a chassis: what the
// userspace datapath allows.  Coming out of a tunnel counts as once.
func maxRecirculations(at sim.ActionContext) uint64 {
	if at.Datapath.Network().Dialect.Has(dialect.DeepRecirculation) {
		return 8
	}
	return 6
}

// maxCrossed is how many patch ports a packet may cross between two recirculations:
// how deep Open vSwitch translates.
const maxCrossed = 64

// pass recirculates a packet, after which flows match its headers as they are.  It is
// false where the packet is lost by that.
func (w *simulation) pass(p *packet.Packet, at sim.ActionContext) bool {
	n := p.Uint(recirculations)
	if n >= maxRecirculations(at) && !w.unlimited() {
		w.drop(TooDeep, p, at)
		return false
	}
	if p.Uint(packetOut) == 2 && !at.Datapath.Network().Dialect.Has(dialect.RecirculatesPacketOut) {
		w.drop(LostPacketOut, p, at)
		return false
	}
	w.settle(p)
	w.beginPass(p)
	p.SetUint(recirculations, n+1)
	p.SetUint(crossings, 0)
	return true
}

// hash has the datapath compute a packet's hash, by which groups select, unless it did
// before.  The packet is recirculated for that.  It is false where the packet is lost
// by that.
func (w *simulation) hash(p *packet.Packet, at sim.ActionContext) bool {
	if p.Uint(hashed) == 0 {
		p.SetUint(hashed, 1)
		w.pauses()
		return w.pass(p, at)
	}
	return true
}

// xlate is what Open vSwitch translates in one go.  What goes through a patch port is a
// clone.  Where a clone has to pause, for an answer of ovn-controller or for a hash, it goes on later,
// but Open vSwitch translates nothing that follows it.
type xlate struct {
	clones int  // patch ports that were crossed
	pauses bool // the innermost clone does
	ended  bool
}

// translate begins a translation, of a packet that goes on by itself.
func (w *simulation) translate(run func()) {
	outer := w.xlate
	w.xlate = xlate{}
	run()
	w.xlate = outer
}

// clone translates what goes through a patch port.
func (w *simulation) clone(run func()) {
	t := &w.xlate
	outer := t.pauses
	t.pauses = false
	t.clones++
	run()
	t.clones--
	t.ended = t.ended || t.pauses
	t.pauses = outer
}

// pauses notes that the translation pauses.
func (w *simulation) pauses() { w.xlate.pauses = w.xlate.clones > 0 }

// setPasses gives p what is counted on a packet that goes on in the same datapath, of
// a new packet nothing.
func setPasses(p, same *packet.Packet) {
	for _, f := range []*packet.Field{recirculations, crossings, hashed, packetOut, passNumber, conntrack.KeptState, conntrack.KeptZone} {
		n := uint64(0)
		if same != nil {
			n = same.Uint(f)
		}
		p.SetUint(f, n)
	}
}
