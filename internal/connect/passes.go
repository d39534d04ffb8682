package connect

import (
	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/conntrack"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// maxRecirculations returns the maximum number of recirculations of a packet on a chassis that
// the userspace datapath allows.  Decapsulation counts as one.
func maxRecirculations(at sim.ActionContext) uint64 {
	if at.Datapath.Network().Dialect.Has(dialect.DeepRecirculation) {
		return 8
	}
	return 6
}

// pass recirculates a packet, after which flows match its actual headers.  It returns false if
// the packet is lost because of the limit.
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

// hash recirculates a packet to compute its hash, by which groups select buckets, unless it was
// computed before.  It returns false if the packet is lost because of the limit.
func (w *simulation) hash(p *packet.Packet, at sim.ActionContext) bool {
	if p.Uint(hashed) == 0 {
		p.SetUint(hashed, 1)
		w.pauses(p)
		return w.pass(p, at)
	}
	return true
}

// xlate is the state of one translation of Open vSwitch.  A packet through a patch port is a
// clone.  If a clone pauses, for a reply of ovn-controller or for a hash, it is resumed later, but
// Open vSwitch translates no action that follows it.
type xlate struct {
	clones int  // the depth of clones
	pauses bool // whether the innermost clone pauses
	ended  bool

	bridge *bridgeOutput    // the output of which it is part, nil for none
	by     *cluster.Binding // the port of that output

	limits
}

// translate runs a new translation, for a packet that is not a clone.
func (w *simulation) translate(run func()) {
	w.translateAs(xlate{limits: limits{resubmissions: &resubmissions{}}}, run)
}

func (w *simulation) translateAs(x xlate, run func()) {
	w.resubmit(0)
	outer := w.xlate
	w.xlate = x
	w.number(&w.xlate.limits)
	run()
	w.resubmit(0)
	w.xlate = outer
}

// clone translates a packet through a patch port.
func (w *simulation) clone(p *packet.Packet, out *trace.Container, run clone) {
	t := &w.xlate
	outer := t.pauses
	t.pauses = false
	t.clones++
	run(p, out)
	t.clones--
	if t.pauses && t.bridge != nil {
		t.bridge.leave(run, t.by, w.script)
	}
	t.ended = t.ended || t.pauses
	t.pauses = outer
}

// pauses records that the translation of a packet pauses.  The packet continues in a new one.
func (w *simulation) pauses(p *packet.Packet) {
	x := &w.xlate
	x.pauses = x.clones > 0
	if w.takesEffect() {
		x.limits = limits{resubmissions: &resubmissions{}}
		w.number(&x.limits)
		p.SetUint(crossings, 0)
	}
}

// resumes continues with a packet that ovn-controller sends back. Flows match its actual headers, and its metadata is what flows
// matched: the conntrack state that the datapath stored with it is lost (ofproto/ofproto-dpif.c, nxt_resume).
func (w *simulation) resumes(p *packet.Packet) {
	w.pauses(p)
	w.settle(p)
	w.beginPass(p)
	for _, f := range []*packet.Field{recirculations, conntrack.KeptState, conntrack.KeptZone} {
		p.SetUint(f, 0)
	}
}

// setPasses copies the counters of recirculations and crossings from a packet that continues as
// p; those of a new packet, if same is nil, are 0.
func setPasses(p, same *packet.Packet) {
	for _, f := range []*packet.Field{recirculations, crossings, hashed, packetOut, passNumber, conntrack.KeptState, conntrack.KeptZone} {
		n := uint64(0)
		if same != nil {
			n = same.Uint(f)
		}
		p.SetUint(f, n)
	}
}
