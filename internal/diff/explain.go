package diff

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/northd"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Where is a flow that decided.
type Where struct {
	Datapath string `json:"datapath"`
	Stage    string `json:"stage"`          // the pipeline and table where the database has none
	UUID     string `json:"uuid,omitempty"` // "" where no flow of the stage matched
	Priority int    `json:"priority"`
	Match    string `json:"match,omitempty"`
	Actions  string `json:"actions,omitempty"`
	Hint     string `json:"-"` // its stage-hint, "" for none

	// Cause is the orchestrator's object for which the flow was made, and MadeFrom are the
	// northbound rows from which it was generated, if Name found them.
	Cause    string   `json:"cause,omitempty"`
	MadeFrom []string `json:"made_from,omitempty"`
}

// Flow returns the flow, or nil if none matched.
func (w *Where) Flow() *trace.Flow {
	if w == nil || w.UUID == "" {
		return nil
	}
	return &trace.Flow{UUID: w.UUID, Stage: w.Stage, Priority: w.Priority, Match: trace.Text{Friendly: w.Match, Plain: w.Match}, Actions: w.Actions, Hint: w.Hint}
}

// Name sets the objects and rows for which the deciding flows of both databases were made.
func (r *Report) Name(before, after func(*trace.Flow) (cause string, rows []string)) {
	for _, c := range r.Causes {
		if f := c.Before.Flow(); f != nil {
			c.Before.Cause, c.Before.MadeFrom = before(f)
		}
		if f := c.After.Flow(); f != nil {
			c.After.Cause, c.After.MadeFrom = after(f)
		}
	}
}

// causeKey is what differences of one cause have in common.
type causeKey struct {
	kind     Kind
	what     string // in words: the field, the code, the port
	was, now string // the flows, or places, that decided
}

// visible are the fields of a packet that can be seen from outside.  Of several
// that one table writes differently the first names the cause.
var visible = []struct {
	name  string
	field *packet.Field
}{
	{"ip4.dst", packet.IPv4Dst},
	{"ip6.dst", packet.IPv6Dst},
	{"ip4.src", packet.IPv4Src},
	{"ip6.src", packet.IPv6Src},
	{"the destination port or code", packet.TPDst},
	{"the source port or type", packet.TPSrc},
	{"ip.proto", packet.IPProto},
	{"ip.dscp", packet.IPDSCP},
	{"ip.ttl", packet.IPTTL},
	{"eth.type", packet.EthType},
	{"vlan.tci", packet.VLANTCI},
	{"eth.dst", packet.EthDst},
	{"eth.src", packet.EthSrc},
}

// explain finds the cause of a difference: the first decision that differs, and the flows that made
// it. A walk is nil if the packet could not be sent.
func (d *Difference) explain(a, b *walk) {
	d.cause = causeKey{kind: d.Kind}
	if a == nil || b == nil {
		d.cause.what = "the packet cannot be sent in one of the networks"
		return
	}
	what, x, y := a.decided(b)
	d.cause.what = what
	d.flows = [2]*Where{x, y}
	d.cause.was, d.cause.now = x.key(), y.key()
}

func (w *Where) key() string {
	if w == nil {
		return ""
	}
	if w.UUID != "" {
		return w.Stage + "/" + w.UUID // one row, whichever datapaths share it
	}
	return w.Datapath + "/" + w.Stage
}

// decided finds the first decision of two walks that was another.
func (w *walk) decided(v *walk) (what string, x, y *Where) {
	as, bs := w.pipelines(), v.pipelines()
	for i := range min(len(as), len(bs)) {
		a, b := as[i], bs[i]
		last := i+1 == len(as) || i+1 == len(bs)
		if a.datapath != b.datapath || a.egress != b.egress || a.origin != b.origin {
			if i == 0 {
				break
			}
			return "next datapath", as[i-1].end(), bs[i-1].end()
		}
		if last && (w.dropped() || v.dropped()) {
			break
		}
		// The first table that writes a field otherwise decides, not the first
		// field that differs in the end.
		type choice struct {
			what string
			p, q *trace.Table
			step int
		}
		var first *choice
		consider := func(what string, ofA, ofB func(*packet.Packet) string) {
			if ofA(&a.after) == ofB(&b.after) {
				return
			}
			p, q := a.writer(ofA), b.writer(ofB)
			step := min(a.index(p), b.index(q))
			if first == nil || step < first.step {
				first = &choice{what, p, q, step}
			}
		}
		for _, f := range visible {
			of := func(p *packet.Packet) string {
				if !p.Has(f.field) {
					return ""
				}
				return f.field.Format(p.Get(f.field))
			}
			consider(f.name, of, of)
		}
		if !a.egress && !last {
			exitA := func(p *packet.Packet) string { return a.exit(w.n, p) }
			exitB := func(p *packet.Packet) string { return b.exit(v.n, p) }
			consider("output port", exitA, exitB)
		}
		if first != nil {
			x, y := w.at(as[:i], a, first.p, first.q), v.at(bs[:i], b, first.q, first.p)
			return title(first.what, x, y), x, y
		}
	}
	return w.explainEnds(v)
}

// end returns the flow of the last table of a hop.
func (l *pipelinePath) end() *Where {
	return whereOf(l.at, l.egress, l.steps[len(l.steps)-1].table)
}

// dropped reports whether the packet itself was not delivered.
func (w *walk) dropped() bool {
	d := w.main()
	return d != nil && d.TentativeOutcome == verdict.OutcomeDropped
}

// main returns the most significant end of the packet itself: a delivery if there is one, else a
// drop; nil if the packet has no end.
func (w *walk) main() (found *verdict.Disposition) {
	for i := range w.ends {
		d := &w.ends[i]
		switch {
		case d.Origin == verdict.OriginPacket && d.TentativeOutcome != verdict.OutcomeDropped:
			return d
		case found == nil, d.Origin == verdict.OriginPacket && found.Origin != verdict.OriginPacket:
			found = d
		}
	}
	return found
}

// at returns the flow of a table. If the table is nil, it returns the flow that the walk took where the
// other walk decided, on the same visit of the datapath.
func (w *walk) at(before []*pipelinePath, l *pipelinePath, t, other *trace.Table) *Where {
	if t != nil {
		return whereOf(l.at, l.egress, t)
	}
	if other == nil {
		return nil
	}
	visit := 0
	for _, b := range before {
		if b.datapath == l.datapath && b.egress == l.egress {
			visit++
		}
	}
	return w.flowIn(trace.Place{Datapath: l.at, Egress: l.egress, Table: other.Number, Stage: other.Stage}, visit)
}

// explainEnds explains walks that differ in how they end.
func (w *walk) explainEnds(v *walk) (what string, x, y *Where) {
	d, e := w.main(), v.main()
	switch {
	case d == nil || e == nil:
		return "outcome", nil, nil
	case w.dropped() && v.dropped():
		if d.DecidedAt.Datapath.DisplayName(true) != e.DecidedAt.Datapath.DisplayName(true) || northd.Family(d.DecidedAt.Stage) != northd.Family(e.DecidedAt.Stage) {
			// The one that came as far as where the other ended took another flow
			// there.
			if x := w.flowIn(e.DecidedAt, v.visit(e.DecidedAt)); x != nil {
				return string(e.Code), x, place(e.DecidedAt)
			}
			if y := v.flowIn(d.DecidedAt, w.visit(d.DecidedAt)); y != nil {
				return "no longer " + string(d.Code), place(d.DecidedAt), y
			}
		}
		return string(d.Code) + ", now " + string(e.Code), place(d.DecidedAt), place(e.DecidedAt)
	case v.dropped():
		return string(e.Code), w.flowIn(e.DecidedAt, v.visit(e.DecidedAt)), place(e.DecidedAt)
	case w.dropped():
		return "no longer " + string(d.Code), place(d.DecidedAt), v.flowIn(d.DecidedAt, w.visit(d.DecidedAt))
	}
	if w.receivers() != v.receivers() {
		return "receivers", place(d.DecidedAt), place(e.DecidedAt)
	}
	return "outcome", place(d.DecidedAt), place(e.DecidedAt)
}

// receivers returns who gets copies of the packet, as text.
func (w *walk) receivers() string {
	var out []string
	for i := range w.ends {
		if d := &w.ends[i]; d.TentativeOutcome == verdict.OutcomeDelivered {
			out = append(out, d.Port.DisplayName(false))
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// visits returns the flows that a walk took in a stage of a datapath, whatever
// the release calls it, one for each visit.
func (w *walk) visits(at trace.Place) []*Where {
	of := func(exact bool) (out []*Where) {
		for _, t := range w.passed {
			f := t.f.Ref()
			same := northd.Family(f.Stage) == northd.Family(at.Stage) && (!exact || f.Stage == at.Stage)
			if at.Stage == "" {
				same = t.f.Table == at.Table && (t.f.Pipeline == lflow.Egress) == at.Egress
			}
			if t.d.DisplayName(true) == at.Datapath.DisplayName(true) && same {
				out = append(out, place(t.place()))
			}
		}
		return out
	}
	if out := of(true); len(out) > 0 {
		return out
	}
	return of(false)
}

// attribute sets the flow of a change as the one that decided, and its counterpart in the other
// network, if otherwise the same flow would be shown for both networks.
func (d *Difference) attribute(c *change, sent [2]*packetResult) {
	if d.flows[0] == nil || d.flows[1] == nil || d.flows[0].UUID != d.flows[1].UUID || d.flows[0].UUID == "" {
		return
	}
	at := takenFlow{c.d, c.f}.place()
	own, other := sent[c.side], sent[1-c.side]
	for _, w := range own.walks {
		visit := slices.IndexFunc(w.visits(at), func(f *Where) bool { return f.UUID == at.Flow.UUID })
		if visit < 0 || len(other.walks) == 0 {
			continue
		}
		d.flows[c.side], d.flows[1-c.side] = place(at), other.walks[0].flowIn(at, visit)
		d.cause.was, d.cause.now = d.flows[0].key(), d.flows[1].key()
		return
	}
}

// visit returns on which visit of its stage a walk took the flow of a place,
// from 0.
func (w *walk) visit(at trace.Place) int {
	list := w.visits(at)
	for i := len(list) - 1; i >= 0; i-- {
		if at.Flow != nil && list[i].UUID == at.Flow.UUID {
			return i
		}
	}
	return max(0, len(list)-1)
}

// flowIn returns the flow that a walk took on a visit of a stage, or nil if it did not reach it.
func (w *walk) flowIn(at trace.Place, visit int) *Where {
	list := w.visits(at)
	if len(list) == 0 {
		return nil
	}
	return list[min(visit, len(list)-1)]
}

func stageName(stage string, egress bool, table int) string {
	switch {
	case stage != "":
		return stage
	case egress:
		return "egress-" + strconv.Itoa(table)
	}
	return "ingress-" + strconv.Itoa(table)
}

// stageOf returns the stage of a flow.
func stageOf(f *lflow.Flow) string {
	return stageName(f.Stage(), f.Pipeline == lflow.Egress, f.Table)
}

func whereOf(datapath *trace.DatapathRef, egress bool, t *trace.Table) *Where {
	return place(trace.Place{Datapath: datapath, Egress: egress, Table: t.Number, Stage: t.Stage, Flow: t.Flow})
}

func place(p trace.Place) *Where {
	w := &Where{Datapath: p.Datapath.DisplayName(true), Stage: stageName(p.Stage, p.Egress, p.Table)}
	if p.Flow != nil {
		w.UUID, w.Priority, w.Match, w.Actions, w.Hint = p.Flow.UUID, p.Flow.Priority, p.Flow.Match.Friendly, p.Flow.Actions, p.Flow.Hint
	}
	return w
}

// groupMoved puts differences that come of a port that is elsewhere under that cause.
func (r *Report) groupMoved(before, after *lflow.Network) {
	elsewhere := func(name string) (string, bool) {
		p, err := before.Port(name)
		q, err2 := after.Port(name)
		if name == "" || err != nil || err2 != nil || p.Datapath.DisplayName(true) == q.Datapath.DisplayName(true) {
			return "", false
		}
		return "port " + name + " was on " + p.Datapath.DisplayName(true) + " and is on " + q.Datapath.DisplayName(true), true
	}
	for _, d := range r.found {
		for _, name := range []string{d.From, d.To} {
			if what, ok := elsewhere(name); ok {
				d.cause, d.flows = causeKey{kind: Port, what: what}, [2]*Where{}
				break
			}
		}
	}
}

// groupMissing reports a port that only one of the networks has.
func (r *Report) groupMissing(before, after *lflow.Network) {
	names := map[string]string{}
	for _, p := range before.Ports() {
		if p.Type == "" && !after.HasPort(p.Name) {
			names[p.Name] = "port " + p.Name + " of " + p.Datapath.DisplayName(true) + " is gone"
		}
	}
	for _, p := range after.Ports() {
		if p.Type == "" && !before.HasPort(p.Name) {
			names[p.Name] = "port " + p.Name + " of " + p.Datapath.DisplayName(true) + " is new"
		}
	}
	for _, text := range names {
		r.Ports = append(r.Ports, text)
	}
	slices.Sort(r.Ports)
}
