package verdict

import (
	"cmp"
	"slices"
	"strconv"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/northd"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Of returns a disposition for each copy of the packet: first for the packet itself, then for the
// copies, in the order of the walk. A packet after conntrack is the same packet; clones, packets to
// members of a multicast group, and replies of the network are copies.
func Of(t *trace.Trace) []Disposition {
	return newVerdicts().of(t)
}

// OfPacket is like Of, but omits the generated copies on which the verdict of the packet does not
// depend (see [trace.ForkKind.DecidesVerdict]).
func OfPacket(t *trace.Trace) []Disposition {
	v := newVerdicts()
	v.own = true
	return v.of(t)
}

// of returns the dispositions.  v must not be used afterwards.
func (v *verdicts) of(t *trace.Trace) []Disposition {
	v.trace(t)
	list := v.list
	slices.SortStableFunc(list, func(a, b Disposition) int { return cmp.Compare(min(a.Origin, 1), min(b.Origin, 1)) })
	clear(v.steps)
	*v = verdicts{steps: v.steps[:0]}
	spare.Put(v)
	return list
}

// spare has verdicts whose memory for steps can be reused.
var spare = sync.Pool{New: func() any { return new(verdicts) }}

func newVerdicts() *verdicts { return spare.Get().(*verdicts) }

// Ends returns the dispositions of the copies that end because no action continues them, by the
// container of the last nodes on their path: that of a table or a fork.
func Ends(t *trace.Trace) map[*trace.Container]Disposition {
	v := &verdicts{ends: map[*trace.Container]Disposition{}}
	v.trace(t)
	return v.ends
}

// IsUncertain reports whether the outcome of a copy is uncertain: a flow on its path
// does not parse, an action is not modelled, or a limit ended the walk.
func IsUncertain(t *trace.Trace) bool {
	for _, d := range Of(t) {
		if d.Outcome == OutcomeUncertain {
			return true
		}
	}
	return false
}

// verdicts collects dispositions.
type verdicts struct {
	list []Disposition
	ends map[*trace.Container]Disposition // nil if they are not needed
	own  bool                             // see OfPacket

	steps []step // the current allocation
}

// step allocates a step. It allocates several at a time, because a trace has many.
func (v *verdicts) step(s step) *step {
	if len(v.steps) == cap(v.steps) {
		v.steps = make([]step, 0, stepsAtOnce)
	}
	v.steps = append(v.steps, s)
	return &v.steps[len(v.steps)-1]
}

const stepsAtOnce = 96

func (v *verdicts) trace(t *trace.Trace) {
	if t.Root != nil {
		v.nodes(&t.Root.Container, path{pipeline: t.Root, packet: &t.Packet})
	}
}

// path is the path of one copy. It is passed by value: copies share their common steps.
type path struct {
	pipeline      *trace.Pipeline
	table         *trace.Table
	packet        *packet.Packet
	origin        Origin
	last          *step
	uncertainties []Uncertainty
	assumptions   []Assumption
}

// step is a table on a copy's path, linked to the steps before it.
type step struct {
	before   *step
	pipeline *trace.Pipeline
	table    *trace.Table
}

// place returns the current place of a copy.
func (w *path) place() trace.Place {
	p := trace.Place{Datapath: w.pipeline.Datapath, Egress: w.pipeline.Egress, Zone: w.pipeline.Zone}
	if t := w.table; t != nil {
		p.Table, p.Stage, p.Flow, p.Cause = t.Number, t.Stage, t.Flow, t.Cause
	}
	return p
}

// addUncertainty adds an uncertainty at the current place. A flow that does not parse is of the next
// table.
func (w *path) addUncertainty(d Uncertainty) {
	d.Place = w.place()
	if d.Kind == UncertaintyUnparsed {
		d.Place.Stage, d.Place.Flow = d.Flow.Stage, d.Flow
	}
	known := slices.ContainsFunc(w.uncertainties, func(o Uncertainty) bool {
		return o.Kind == d.Kind && o.Text == d.Text && samePlace(o.Place, d.Place) && sameFlow(o.Flow, d.Flow)
	})
	if !known { // as on a path in a loop
		w.uncertainties = append(slices.Clip(w.uncertainties), d)
	}
}

func (w *path) addAssumption(what AssumptionKind, value string) {
	a := Assumption{what, value, w.place()}
	known := slices.ContainsFunc(w.assumptions, func(o Assumption) bool {
		return o.Kind == a.Kind && o.Value == a.Value && samePlace(o.Place, a.Place)
	})
	if !known {
		w.assumptions = append(slices.Clip(w.assumptions), a)
	}
}

func samePlace(p, o trace.Place) bool {
	return p.Datapath.Is(o.Datapath) && p.Zone == o.Zone && p.Egress == o.Egress && p.Table == o.Table && sameFlow(p.Flow, o.Flow)
}

func sameFlow(a, b *trace.Flow) bool {
	return a == b || a != nil && b != nil && a.UUID == b.UUID
}

// nodes follows a copy through the nodes of a container: a pipeline, a table, or a generated packet.
func (v *verdicts) nodes(c *trace.Container, w path) {
	start := len(v.list)
	led, punted := false, false
	for _, n := range c.Nodes {
		switch n := n.(type) {
		case *trace.Table:
			v.table(n, w)
			led = true
		case *trace.Pipeline:
			led = v.pipeline(n, w) || led
		case *trace.Fork:
			if n.Kind.Relation() == trace.ForkSame {
				v.follow(n, w)
				led = true
				continue
			}
			v.copied(n, w)
		case *trace.Delivered:
			v.delivered(n, w)
			led = true
		case *trace.Omitted:
			v.drop(SamePort, w)
			led = true
		case *trace.Remark:
			led = v.remark(n, &w) || led
		case *trace.Action:
			effect := effectOf(n.Name)
			if effect.kind == assumes {
				w.addAssumption(effect.what, effect.value)
			}
			punted = punted || effect.kind == punts
		case *trace.Uncertain:
			w.addUncertainty(Uncertainty{Kind: UncertaintyUnparsed, Flow: n.Flow, Text: n.Reason})
		case *trace.Overlap:
			w.addAssumption(AssumedPriority, n.Other.UUID)
		case *trace.Drop, *trace.Change, *trace.Reached, *trace.Replaced, *trace.Log:
		}
	}
	switch {
	case !led:
		v.ended(endOf(c.Nodes, &w), w, start, c)
	case punted:
		w.origin = OriginClone
		d := w.disposition(OutcomeController)
		d.Action = endOf(c.Nodes, &w).puntedBy
		v.list = slices.Insert(v.list, start, d.certain())
	}
}

// table follows a copy into a table.
func (v *verdicts) table(t *trace.Table, w path) {
	w.origin = replyOrigin(w.origin, w.packet, &t.Packet)
	w.packet = &t.Packet
	w.table = t
	w.last = v.step(step{w.last, w.pipeline, t})
	v.nodes(&t.Container, w)
}

// pipeline follows a copy into a pipeline, or the copies to a multicast group into those of its
// members. It returns false if the group's only port is the input port, so that there is no copy.
func (v *verdicts) pipeline(p *trace.Pipeline, w path) bool {
	w.pipeline = p
	if p.Group == "" {
		v.nodes(&p.Container, w)
		return true
	}
	before := len(v.list)
	for _, n := range p.Nodes {
		switch n := n.(type) {
		case *trace.Pipeline:
			if len(n.Nodes) > 0 && !isOmitted(n.Nodes[0]) { // no copy is sent back
				v.pipeline(n, w)
			}
		case *trace.Remark:
			v.remark(n, &w)
		}
	}
	return len(v.list) > before
}

func isOmitted(n trace.Node) bool {
	_, ok := n.(*trace.Omitted)
	return ok
}

// follow follows the packet of a fork after conntrack or select.
func (v *verdicts) follow(f *trace.Fork, w path) {
	switch {
	case f.Kind == trace.ForkSelect && f.Random:
		w.addAssumption(AssumedMember, f.Field+" = "+strconv.FormatUint(f.Value, 10))
	case f.Kind == trace.ForkCTLB && f.Random:
		w.addAssumption(AssumedBackend, f.Address)
	case (f.Kind == trace.ForkCTDNAT || f.Kind == trace.ForkCTSNAT) && f.Address == "" || f.Kind == trace.ForkCTCommitNAT:
		w.addAssumption(AssumedNoNAT, "")
	}
	if f.Tracked && f.Assumed {
		w.addAssumption(AssumedState, packet.FormatCTState(f.State))
	}
	w.packet = &f.Packet
	v.nodes(&f.Container, w)
}

// copied follows a copy or generated packet.
func (v *verdicts) copied(f *trace.Fork, w path) {
	if v.own && !f.Kind.DecidesVerdict() {
		return
	}
	w.origin = OriginOf(f.Kind, w.origin)
	w.packet = &f.Packet
	v.nodes(&f.Container, w)
}

// delivered ends a copy at a port.
func (v *verdicts) delivered(n *trace.Delivered, w path) {
	d := w.disposition(OutcomeDelivered)
	if w.origin.IsReply() {
		d.Outcome = OutcomeReplied
	}
	d.Port, d.Packet, d.Node, d.Owner = n.Port, n.Packet, n.Node, n.Owner
	switch {
	case wantsPeer(n.Port):
		d.Outcome, d.Code = OutcomeDropped, NoPeer
	case n.Unclaimed:
		d.Outcome, d.Code = OutcomeDropped, Unclaimed
	case n.Port.IsUnnamed():
		d.Outcome, d.Code = OutcomeDropped, UnknownPort
	}
	if d.Outcome == OutcomeDelivered {
		d.AllowedBy = w.last.acls()
	}
	v.add(d)
}

// wantsPeer reports whether ports of the type connect datapaths, so that a copy is delivered to one
// only if it has no peer.
func wantsPeer(p *trace.PortRef) bool {
	return p != nil && (p.Type == "patch" || p.Type == "l3gateway")
}

// acls returns the flows of ACLs among the steps that allow the packet, in order: those that northd
// generates for a row of ACL, without the defaults and without ACLs that pass the packet to the
// next tier.
func (s *step) acls() (out []trace.Place) {
	for ; s != nil; s = s.before {
		at := path{pipeline: s.pipeline, table: s.table}
		f := s.table.Flow
		if f == nil || f.Priority == 0 || f.Hint == "" || !northd.ACLStages.Has(s.table.Stage) || s.table.Stage == "" || !s.allows() {
			continue
		}
		if p := at.place(); !slices.ContainsFunc(out, func(o trace.Place) bool { return samePlace(o, p) }) {
			out = append(out, p)
		}
	}
	slices.Reverse(out)
	return out
}

// allows reports whether the flow of an ACL allows the packet: according to the stored verdict if a
// later stage applies it, else if the flow continues the packet.
func (s *step) allows() bool {
	return !northd.ACLEvalStages.Has(s.table.Stage) || slices.ContainsFunc(s.table.Nodes, func(n trace.Node) bool {
		a, ok := n.(*trace.Action)
		return ok && a.Text.Plain == northd.ACLAllow
	})
}

// remark records the uncertainties and assumptions of a remark, and reports whether the copy ended
// there.
func (v *verdicts) remark(n *trace.Remark, w *path) (led bool) {
	switch n.Kind {
	case trace.RemarkOutputToNull:
		v.drop(NoOutport, *w)
		return true
	case trace.RemarkNoDistributed:
		v.drop(NoGateway, *w)
		return true
	case trace.RemarkLost:
		v.drop(Code(n.Text), *w)
		return true
	case trace.RemarkLimit:
		w.addUncertainty(Uncertainty{Kind: UncertaintyLimit, Text: n.Text})
		d := w.disposition(OutcomeDropped)
		d.Code = Other
		if w.repeats() {
			d.Outcome, d.Code = OutcomeLooped, Loop
			if len(d.Uncertainties) == 1 { // no other uncertainty: the endless loop is certain
				d.Uncertainties = nil
			}
		}
		v.add(d)
		return true
	case trace.RemarkDHCPAssumed:
		w.addAssumption(AssumedDHCP, "")
	case trace.RemarkDHCPRelayAssumed:
		w.addAssumption(AssumedRelay, "")
	case trace.RemarkDNSUnknown:
		w.addAssumption(AssumedNoDNS, "")
	case trace.RemarkEVPNUnknown, trace.RemarkRemoteFDB:
		w.addAssumption(AssumedUnknown, "what other hosts have learned")
	case trace.RemarkUnimplemented:
		w.addAssumption(AssumedUnknown, n.Text)
	case trace.RemarkMissingZone:
		w.addUncertainty(Uncertainty{Kind: UncertaintyZone, Text: n.Text})
	case trace.RemarkUnmodelled:
		w.addUncertainty(Uncertainty{Kind: UncertaintyUnmodelled, Flow: w.place().Flow, Text: n.Text})
	default:
	}
	return false
}

// ended adds the disposition of a copy that no node continues.
func (v *verdicts) ended(e pathEnd, w path, start int, c *trace.Container) {
	if e.forwardedByCopy && len(v.list) > start {
		return // the clone or the reply is the result
	}
	d := w.disposition(OutcomeDropped)
	switch {
	case e.puntedBy+e.learnedBy != "":
		d.Outcome, d.Action = OutcomeController, e.puntedBy+e.learnedBy
	case e.unmodelled != "":
		w.addUncertainty(Uncertainty{Kind: UncertaintyUnmodelled, Flow: w.place().Flow, Text: e.unmodelled})
		d = w.disposition(OutcomeDropped)
		d.Code = Other
	default:
		if s := e.decidingStep(w.last); s != nil {
			at := path{pipeline: s.pipeline, table: s.table}
			d.DecidedAt, e.table = at.place(), s.table
		}
		d.Code = e.code()
		if d.Code == TTLExceeded && w.isLoop(packet.IPTTL) {
			d.Outcome = OutcomeLooped
		}
	}
	if v.ends != nil {
		v.ends[c] = d.certain()
	}
	v.list = slices.Insert(v.list, start, d.certain())
}

// drop ends a copy.
func (v *verdicts) drop(c Code, w path) {
	d := w.disposition(OutcomeDropped)
	d.Code = c
	v.add(d)
}

func (v *verdicts) add(d Disposition) { v.list = append(v.list, d.certain()) }

// disposition returns the disposition of a copy at its current place.
func (w *path) disposition(f Outcome) Disposition {
	p := w.place()
	return Disposition{Outcome: f, Origin: w.origin, Packet: *w.packet, End: p, DecidedAt: p, Last: w.table, Uncertainties: w.uncertainties, Assumptions: w.assumptions}
}

// certain sets the outcome to uncertain if there are uncertainties.
func (d Disposition) certain() Disposition {
	d.TentativeOutcome = d.Outcome
	if len(d.Uncertainties) > 0 {
		d.Outcome = OutcomeUncertain
	}
	return d
}

// isLoop reports whether a copy entered the same pipeline before as the same packet, except for one
// field.
func (w *path) isLoop(but *packet.Field) bool {
	state := func(p packet.Packet) packet.Packet {
		if but != nil {
			p.SetUint(but, 0)
		}
		return p
	}
	seen := map[loopState]bool{}
	for s := w.last; s != nil; s = s.before {
		if s.before != nil && s.before.pipeline == s.pipeline {
			continue
		}
		at := loopState{s.pipeline.Key(), s.pipeline.Egress, s.table.Number, state(s.table.Packet)}
		if seen[at] {
			return true
		}
		seen[at] = true
	}
	return false
}

// repeats reports whether a copy reached the same table before as the same packet, so that its path
// is endless.
func (w *path) repeats() bool {
	seen := map[loopState]bool{}
	for s := w.last; s != nil; s = s.before {
		at := loopState{s.pipeline.Key(), s.pipeline.Egress, s.table.Number, s.table.Packet}
		if seen[at] {
			return true
		}
		seen[at] = true
	}
	return false
}

// loopState is the state that is the same in each round of a loop.
type loopState struct {
	key    int64
	egress bool
	table  int
	packet packet.Packet
}
