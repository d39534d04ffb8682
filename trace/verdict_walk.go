package trace

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/ovnwalk/ovnwalk/packet"
)

// Verdicts returns how a walk ends: a disposition for each copy of the packet,
// the packet itself first, then copies, each in the order in which the walk came
// to them.  What conntrack gives back is
// the same packet going on; clones, a multicast group's members and the answers
// that the network makes are copies.
func Verdicts(t *Trace) []Disposition {
	v := &verdicts{}
	if t.Root != nil {
		v.nodes(t.Root.Nodes, way{pipeline: t.Root, packet: t.Packet})
	}
	slices.SortStableFunc(v.list, func(a, b Disposition) int { return cmp.Compare(min(a.Made, 1), min(b.Made, 1)) })
	return v.list
}

// verdicts gathers dispositions.
type verdicts struct{ list []Disposition }

// way is one copy's way so far.  It is passed by value: copies share what they
// have behind them.
type way struct {
	pipeline *Pipeline
	table    *Table
	packet   packet.Packet
	made     Made
	last     *step
	doubts   []Doubt
	assumed  []Assumption
}

// step is a table on a copy's way, and the steps before it.
type step struct {
	before   *step
	pipeline *Pipeline
	table    *Table
}

// place returns where a copy is.
func (w *way) place() Place {
	p := Place{Datapath: w.pipeline.Datapath, Key: w.pipeline.Key, Egress: w.pipeline.Egress}
	if t := w.table; t != nil {
		p.Table, p.Stage, p.Flow = t.Number, t.Stage, t.Flow
	}
	return p
}

// doubt notes a doubt where the copy is; a flow that does not parse is one of
// the table that comes next.
func (w *way) doubt(d Doubt) {
	d.Place = w.place()
	if d.Why == DoubtUnparsed {
		d.Place.Stage, d.Place.Flow = d.Flow.Stage, d.Flow
	}
	known := slices.ContainsFunc(w.doubts, func(o Doubt) bool {
		return o.Why == d.Why && o.Text == d.Text && o.Place.same(d.Place) && sameFlow(o.Flow, d.Flow)
	})
	if !known { // as it is on a packet's way around a loop
		w.doubts = append(slices.Clip(w.doubts), d)
	}
}

func (w *way) assume(what Assumed, value string) {
	a := Assumption{what, value, w.place()}
	known := slices.ContainsFunc(w.assumed, func(o Assumption) bool {
		return o.What == a.What && o.Value == a.Value && o.Place.same(a.Place)
	})
	if !known {
		w.assumed = append(slices.Clip(w.assumed), a)
	}
}

func (p Place) same(o Place) bool {
	return p.Key == o.Key && p.Egress == o.Egress && p.Table == o.Table && p.Datapath == o.Datapath && sameFlow(p.Flow, o.Flow)
}

func sameFlow(a, b *Flow) bool {
	return a == b || a != nil && b != nil && a.UUID == b.UUID
}

// nodes follows a copy through the nodes of a pipeline, of a table, or of the
// actions on a packet that was made.
func (v *verdicts) nodes(nodes []Node, w way) {
	start := len(v.list)
	led := false
	for _, n := range nodes {
		switch n := n.(type) {
		case *Table:
			v.table(n, w)
			led = true
		case *Pipeline:
			led = v.pipeline(n, w) || led
		case *Fork:
			if n.Kind.goesOn() {
				v.goOn(n, w)
				led = true
				continue
			}
			v.copied(n, w)
		case *Delivered:
			v.delivered(n, w)
			led = true
		case *Omitted:
			v.drop(SamePort, w)
			led = true
		case *Remark:
			led = v.remark(n, &w) || led
		case *Action:
			if a, ok := unknowns[n.Name]; ok {
				w.assume(a.what, a.value)
			}
		case *Uncertain:
			w.doubt(Doubt{Why: DoubtUnparsed, Flow: n.Flow, Text: n.Reason})
		case *Overlap:
			w.assume(AssumedPriority, n.Other.UUID)
		case *Drop, *Change, *Reached, *Replaced, *Log:
		}
	}
	e := endOf(nodes, &w)
	switch {
	case !led:
		v.ended(e, w, start)
	case e.handed != "":
		w.made = MadeClone
		d := w.disposition(FateController)
		d.Action = e.handed
		v.list = slices.Insert(v.list, start, d.certain())
	}
}

// table follows a copy into a table.
func (v *verdicts) table(t *Table, w way) {
	w.made = turned(w.made, &w.packet, &t.Packet)
	w.packet = t.Packet
	w.table = t
	w.last = &step{w.last, w.pipeline, t}
	v.nodes(t.Nodes, w)
}

// pipeline follows a copy into a pipeline, or the copies to a multicast group
// into each member's.  It is false where the group has no port but the one that
// the packet came in by, so that no copy is made.
func (v *verdicts) pipeline(p *Pipeline, w way) bool {
	w.pipeline = p
	if p.Group == "" {
		v.nodes(p.Nodes, w)
		return true
	}
	before := len(v.list)
	for _, n := range p.Nodes {
		switch n := n.(type) {
		case *Pipeline:
			if len(n.Nodes) > 0 && !isOmitted(n.Nodes[0]) { // no copy goes back
				v.pipeline(n, w)
			}
		case *Remark:
			v.remark(n, &w)
		}
	}
	return len(v.list) > before
}

// unknownGroup is what northd calls the ports of a switch that take frames for
// Ethernet addresses that no port has.
const unknownGroup = "_MC_unknown"

func isOmitted(n Node) bool {
	_, ok := n.(*Omitted)
	return ok
}

// goesOn tells the forks that are the same packet, not a copy.
func (k Kind) goesOn() bool {
	switch k {
	case CTNext, CTDNAT, CTSNAT, CTLB, CTCommitNAT, CTCommitToZone, Select:
		return true
	default:
	}
	return false
}

// goOn follows a packet that conntrack gave back, or that chose a member.
func (v *verdicts) goOn(f *Fork, w way) {
	switch {
	case f.Kind == Select && f.Random:
		w.assume(AssumedMember, f.Field+" = "+strconv.FormatUint(f.Value, 10))
	case f.Kind == CTLB && f.Random:
		w.assume(AssumedBackend, f.Address)
	case (f.Kind == CTDNAT || f.Kind == CTSNAT) && f.Address == "" || f.Kind == CTCommitNAT:
		w.assume(AssumedNoNAT, "")
	}
	if f.Tracked && f.Assumed {
		w.assume(AssumedState, packet.FormatCTState(f.State))
	}
	w.packet = f.Packet
	v.nodes(f.Nodes, w)
}

// copied follows a copy.
func (v *verdicts) copied(f *Fork, w way) {
	w.made = f.Kind.makes(w.made)
	w.packet = f.Packet
	v.nodes(f.Nodes, w)
}

// delivered ends a copy at a port.
func (v *verdicts) delivered(n *Delivered, w way) {
	d := w.disposition(FateDelivered)
	if w.made.IsReply() {
		d.Fate = FateReplied
	}
	d.Port, d.Type, d.Packet = n.Port, n.Type, n.Packet
	switch {
	case n.Type == "patch" || n.Type == "l3gateway":
		d.Fate, d.Code = FateDropped, NoPeer
	case n.Unclaimed:
		d.Fate, d.Code = FateDropped, Unclaimed
	case n.Port == unnamed:
		d.Fate, d.Code = FateDropped, UnknownPort
	}
	v.add(d)
}

// unnamed is what a walk calls a port that is none.
const unnamed = "(unnamed)"

// remark takes note of what a remark says of a copy, and tells whether the copy
// ended there.
func (v *verdicts) remark(n *Remark, w *way) (led bool) {
	switch n.What {
	case OutputToNull:
		v.drop(NoOutport, *w)
		return true
	case NoDistributed:
		v.drop(NoGateway, *w)
		return true
	case Limit:
		w.doubt(Doubt{Why: DoubtLimit, Text: n.Text})
		d := w.disposition(FateDropped)
		d.Code = Other
		if w.repeats() {
			d.Fate, d.Code = FateLooped, Loop
			if len(d.Doubts) == 1 { // the way is certain, and so is that it has no end
				d.Doubts = nil
			}
		}
		v.add(d)
		return true
	case DHCPAssumed:
		w.assume(AssumedDHCP, "")
	case DHCPRelayAssumed:
		w.assume(AssumedRelay, "")
	case DNSUnknown:
		w.assume(AssumedNoDNS, "")
	case EVPNUnknown, RemoteFDB:
		w.assume(AssumedUnknown, "what other hosts have learned")
	case Unimplemented:
		w.assume(AssumedUnknown, n.Text)
	case Unmodelled:
		w.doubt(Doubt{Why: DoubtUnmodelled, Flow: w.place().Flow, Text: n.Text})
	default:
	}
	return false
}

// unknowns are actions that ask for what the database does not tell, and what
// the walk takes for the answer.
var unknowns = map[string]struct {
	what  Assumed
	value string
}{
	"check_pkt_larger": {AssumedFits, ""},
	"chk_ecmp_nh_mac":  {AssumedUnknown, "ECMP next hop"},
	"chk_ecmp_nh":      {AssumedUnknown, "ECMP next hop"},
	"chk_lb_aff":       {AssumedUnknown, "load balancer affinity"},
}

// ended settles what becomes of a copy that no node leads on.
func (v *verdicts) ended(e end, w way, start int) {
	if e.carried && len(v.list) > start {
		return // a clone or an answer is all that was to be
	}
	d := w.disposition(FateDropped)
	switch {
	case e.handed+e.taught != "":
		d.Fate, d.Action = FateController, e.handed+e.taught
	case e.unmodelled != "":
		w.doubt(Doubt{Why: DoubtUnmodelled, Flow: w.place().Flow, Text: e.unmodelled})
		d = w.disposition(FateDropped)
		d.Code = Other
	default:
		if s := e.decider(w.last); s != nil {
			at := way{pipeline: s.pipeline, table: s.table}
			d.Blame, e.table = at.place(), s.table
		}
		d.Code = e.code()
		if d.Code == TTLExceeded && w.loops(packet.IPTTL) {
			d.Fate = FateLooped
		}
	}
	v.list = slices.Insert(v.list, start, d.certain())
}

// drop ends a copy.
func (v *verdicts) drop(c Code, w way) {
	d := w.disposition(FateDropped)
	d.Code = c
	v.add(d)
}

func (v *verdicts) add(d Disposition) { v.list = append(v.list, d.certain()) }

// disposition returns what is known of a copy where it is.
func (w *way) disposition(f Fate) Disposition {
	p := w.place()
	return Disposition{Fate: f, Made: w.made, Packet: w.packet, End: p, Blame: p, Last: w.table, Doubts: w.doubts, Assumed: w.assumed}
}

// certain settles a disposition's fate, which doubts make uncertain.
func (d Disposition) certain() Disposition {
	d.Seems = d.Fate
	if len(d.Doubts) > 0 {
		d.Fate = FateUncertain
	}
	return d
}

// loops tells whether a copy entered the pipeline that it is in before, as the
// same packet apart from one field.
func (w *way) loops(but *packet.Field) bool {
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
		at := loopState{s.pipeline.Key, s.pipeline.Egress, s.table.Number, state(s.table.Packet)}
		if seen[at] {
			return true
		}
		seen[at] = true
	}
	return false
}

// repeats tells whether a copy came to a table before as the same packet, so that
// its way has no end.
func (w *way) repeats() bool {
	seen := map[loopState]bool{}
	for s := w.last; s != nil; s = s.before {
		at := loopState{s.pipeline.Key, s.pipeline.Egress, s.table.Number, s.table.Packet}
		if seen[at] {
			return true
		}
		seen[at] = true
	}
	return false
}

// loopState is what has to be the same for a walk to repeat itself.
type loopState struct {
	key    int64
	egress bool
	table  int
	packet packet.Packet
}
