package connect

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
)

// Limits of one translation in Open vSwitch (ofproto/ofproto-dpif-xlate.c).
const (
	// maxCrossed is the depth at which nothing is resubmitted any more.  Patch ports between datapaths, bridges
	// and buckets of groups count.
	maxCrossed = 64

	// maxResubmits is the maximum number of resubmissions.
	maxResubmits = maxCrossed * maxCrossed
)

// maxRepeats is the maximum number of walks with the same choices.
const maxRepeats = 8

// limits is the state of a translation as far as the limits are concerned.  Open vSwitch discards all actions of
// a translation that exceeds one, including those before that.
type limits struct {
	*resubmissions

	id        int  // the number of the translation in the walk, from 1
	isPart    bool // whether it is the output of a bridge to one port, which fails alone: the actions before that remain
	failed    bool // whether it exceeded a limit
	discarded bool // whether it is known from the previous walk that it fails, so that no action has an effect
}

// resubmissions is the number of resubmissions of a translation, which its parts share.
type resubmissions struct {
	n int

	// Open vSwitch translates a comparison of the length of a packet for both results, of which the walk takes
	// one.  The other one is assumed to have no more resubmissions.
	compared, before int // the number of comparisons, and the sum of n before each
}

// most returns the number of resubmissions, if those for other lengths of packets are as many.
func (r *resubmissions) most() int { return r.n + r.compared*r.n - r.before }

// compares records a comparison of the length of a packet.
func (w *simulation) compares() {
	w.resubmit(0)
	w.xlate.compared++
	w.xlate.before += w.xlate.n
}

// number gives a translation its number.
func (w *simulation) number(l *limits) {
	w.translations++
	l.id, l.discarded = w.translations, l.discarded || w.script.discards[w.translations]
}

// resubmit counts n resubmissions of the translation, and those to tables of logical pipelines since the last call.
// Their numbers are those of controller/physical.c, in releases with tables that compare the length of packets:
// older ones have one less for each output.
func (w *simulation) resubmit(n int) {
	w.xlate.n += n + w.Lookups() - w.counted
	w.counted = w.Lookups()
}

// exceeds reports whether the translation has more resubmissions than Open vSwitch allows.
func (w *simulation) exceeds() bool {
	w.resubmit(0)
	return w.xlate.n > maxResubmits && !w.unlimited()
}

// hasFailed reports whether the translation of a packet exceeds a limit, so that the packet is lost.
func (w *simulation) hasFailed(p *packet.Packet, at sim.ActionContext) bool {
	switch {
	case w.exceeds():
		w.fail(TooManyLookups, p, at)
	case p.Uint(crossings) >= maxCrossed && !w.unlimited():
		w.fail(TooDeep, p, at)
	default:
		if w.xlate.most() > maxResubmits && !w.unlimited() {
			w.Stop("the resubmissions of a translation, which may depend on the length of the packet", at.Out)
		}
		return false
	}
	return true
}

// isDiscarded reports whether an output of a packet is lost because its translation fails.
func (w *simulation) isDiscarded(p *packet.Packet, at sim.ActionContext) bool {
	if w.hasFailed(p, at) {
		return true
	}
	if !w.takesEffect() {
		w.drop(Discarded, p, at)
		return true
	}
	return false
}

// takesEffect reports whether an action of the translation has an effect.
func (w *simulation) takesEffect() bool {
	return !w.xlate.failed && !w.xlate.discarded && !w.exceeds()
}

// fail ends the translation of a packet that exceeds a limit. The connection is walked again, without effects of the
// actions before that.
func (w *simulation) fail(code Code, p *packet.Packet, at sim.ActionContext) {
	w.drop(code, p, at)
	x := &w.xlate
	x.failed = true
	switch {
	case x.isPart:
		if code == TooManyLookups {
			x.bridge.choose(w.script)
		}
	case x.discarded:
	case w.script.discard(x.id):
		w.Stop("a translation that is discarded", at.Out) // the connection is walked again
	default:
		w.Stop(fmt.Sprintf("%d translations that are discarded", maxRepeats), at.Out)
	}
}

// endsBefore reports whether a packet that a flow ends is lost before, because its translation exceeds a limit.  The
// first table after a patch port is looked up at any depth.
func (w *simulation) endsBefore(p *packet.Packet, at sim.ActionContext) bool {
	return (at.Pipeline != lflow.Ingress || at.Table > 0) && w.hasFailed(p, at)
}

// deepen adds one to the depth of the translation of a packet.
func deepen(p *packet.Packet) { p.SetUint(crossings, p.Uint(crossings)+1) }
