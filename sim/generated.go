package sim

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// generated identifies a packet that an action generated.
type generated struct {
	datapath *lflow.Datapath
	flow     *lflow.Flow
	action   action.Action
	packet   packet.Packet
}

// follows reports whether the walk follows the packet of a fork.
func (w *tracer) follows(f *trace.Fork, a action.Action, at ActionContext) bool {
	if f.Kind.DecidesVerdict() {
		return true
	}
	w.generates = true
	switch {
	case w.choices.Generated == GeneratedAll:
		return true
	case w.choices.Generated == GeneratedNone, w.choices.Needs != nil && w.choices.Needs.Met(w.isCommitted):
		return false
	}
	g := generated{at.Datapath, at.Flow, a, f.Packet}
	before, known := w.generated[g]
	if known && before == w.effects {
		return false
	}
	if w.generated == nil {
		w.generated = map[generated]int{}
	}
	w.generated[g] = w.effects
	w.mark = nil // it is not followed again
	return true
}

// beside walks the packet of a fork.
func (w *tracer) beside(f *trace.Fork, walk func()) {
	if f.Kind.DecidesVerdict() {
		walk()
		return
	}
	w.aside++
	walk()
	w.aside--
}

// Needs are the conntrack zones on which generated packets may have an effect: those in which a
// packet that decides the verdict is looked up after an action generated one that does not (see
// [trace.ForkKind.DecidesVerdict]). The zero value has none.
type Needs struct {
	zones   []CTZone
	chooses bool // whether such a packet chooses after that
}

// Met reports whether generated packets have no effect any more after commits to some zones. This is
// never the case if a choice is made after them.
func (n *Needs) Met(isCommitted func(CTZone) bool) bool {
	return !n.chooses && !slices.ContainsFunc(n.zones, func(z CTZone) bool { return !isCommitted(z) })
}

// Len returns the number of needs, 0 for nil.
func (n *Needs) Len() (count int) {
	if n == nil {
		return 0
	}
	if n.chooses {
		count = 1
	}
	return count + len(n.zones)
}

// needs returns Choices.Needs, if a packet that decides the verdict is walked after one was generated, or nil.
func (w *tracer) needs() *Needs {
	if !w.generates || w.aside > 0 {
		return nil
	}
	return w.choices.Needs
}

// needsZone records a lookup in a zone.
func (w *tracer) needsZone(z CTZone) {
	if n := w.needs(); n != nil && !slices.Contains(n.zones, z) {
		n.zones = append(n.zones, z)
	}
}

// needsChoice records a choice.
func (w *tracer) needsChoice() {
	if n := w.needs(); n != nil {
		n.chooses = true
	}
}
