package suite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// outport is the register that holds the key of the output port, as
// ovn-architecture(7) lays them out; inport that of the input port.
var (
	inport  = packet.Reg(14)
	outport = packet.Reg(15)
)

// judge compares what became of packets with what was expected.
type judge struct {
	*walk
	kase     *kase
	prefix   string // before the names of expectations, for the reply's
	failures []Failure
	trouble  []Problem
}

func (j *judge) fail(p Pos, what, want, got string, why ...string) {
	j.failures = append(j.failures, Failure{Pos: p, What: j.prefix + what, Want: want, Got: got, Why: why})
}

func (j *judge) bad(p Pos, err error) {
	j.trouble = append(j.trouble, Problem{p, err.Error()})
}

// expect compares all that is asked, and does not stop at the first that fails.
func (j *judge) expect(e *Expect) {
	if e.Delivered != nil {
		j.delivered(e.Delivered)
	}
	if e.Dropped != nil {
		j.dropped(e.Dropped, e.Delivered == nil)
	}
	if e.Replied != nil {
		j.fate(e.Replied, "replied", j.replies(), func(d trace.Disposition) string { return d.Made.String() })
	}
	if e.Controller != nil {
		j.fate(e.Controller, "controller", j.ended(trace.FateController), func(d trace.Disposition) string { return d.Action })
	}
	if e.Looped != nil {
		j.fate(e.Looped, "looped", j.ended(trace.FateLooped), func(trace.Disposition) string { return "" })
	}
	for _, f := range e.Rewritten {
		j.rewritten(f)
	}
	for _, s := range e.Visits {
		j.visits(s, true)
	}
	for _, s := range e.Never {
		j.visits(s, false)
	}
	for _, g := range e.Goldens {
		j.golden(g)
	}
}

// happened tells in a line how the copies ended, the answers to the packet
// included.
func (j *judge) happened() string {
	var parts []string
	for _, d := range j.ends {
		if d.Made == trace.MadeNot || d.Made == trace.MadeClone || d.Seems == trace.FateReplied {
			parts = append(parts, endText(d))
		}
	}
	if len(parts) == 0 {
		return "nothing came of it"
	}
	return strings.Join(slices.Compact(parts), ", ")
}

// delivered compares the ports that copies were delivered to: exactly those
// that are named, in any order.
func (j *judge) delivered(want *Ports) {
	found := j.ended(trace.FateDelivered)
	if want.Any {
		if len(found) == 0 {
			j.fail(want.Pos, "delivered", "delivered", j.happened(), j.explain()...)
		}
		return
	}
	var wanted []*lflow.Port
	var names []string
	for _, name := range want.Names {
		p, err := j.named(name.Value)
		if err != nil {
			j.bad(name.Pos, err)
			return
		}
		wanted = append(wanted, p)
		names = append(names, p.Label(true))
	}
	same := len(wanted) > 0 || len(found) == 0
	for _, p := range wanted {
		same = same && slices.ContainsFunc(found, func(d trace.Disposition) bool { return j.net.port(d) == p })
	}
	for _, d := range found {
		same = same && slices.Contains(wanted, j.net.port(d))
	}
	if same {
		return
	}
	text := "delivered to nobody"
	if len(names) > 0 {
		text = "delivered to " + strings.Join(names, ", ")
	}
	j.fail(want.Pos, "delivered", text, j.happened(), j.explain()...)
}

// named finds the port that an expectation names: $from and $to are those of
// the case.
func (j *judge) named(name string) (*lflow.Port, error) {
	given, ok := map[string]named{"$from": j.kase.from, "$to": j.kase.to}[name]
	switch {
	case !ok:
		return j.net.Port(name)
	case given.port == nil:
		return nil, fmt.Errorf("%s is no port here, but %q", name, given.Value)
	}
	return given.port, nil
}

// dropped compares why copies were dropped.  Unless it is said elsewhere what
// was delivered, a drop means that nothing was.
func (j *judge) dropped(want *Words, alone bool) {
	if alone && !want.None && len(j.ended(trace.FateDelivered)) > 0 {
		j.fail(want.Pos, "dropped", want.text("dropped"), j.happened(), j.explain()...)
		return
	}
	j.fate(want, "dropped", j.ended(trace.FateDropped), func(d trace.Disposition) string { return string(d.Code) })
}

// fate compares copies that ended in one way with what they should be called.
func (j *judge) fate(want *Words, what string, found []trace.Disposition, word func(trace.Disposition) string) {
	ok := len(found) > 0
	switch {
	case want.None:
		ok = !ok
	case !want.Any:
		ok = slices.ContainsFunc(found, func(d trace.Disposition) bool {
			return slices.ContainsFunc(want.Words, func(t text) bool { return t.Value == word(d) })
		})
	}
	if !ok {
		j.fail(want.Pos, what, want.text(what), j.happened(), j.explain()...)
	}
}

// text returns what is expected, in words.
func (w *Words) text(what string) string {
	if w.None {
		return "not " + what
	}
	if w.Any {
		return what
	}
	words := make([]string, len(w.Words))
	for i, t := range w.Words {
		words[i] = t.Value
	}
	return what + " " + strings.Join(words, " or ")
}

// visits compares the stages at which something was done to a copy.
func (j *judge) visits(want text, wanted bool) {
	at, stage, hasDatapath := strings.Cut(want.Value, "/")
	if !hasDatapath {
		at, stage = "", want.Value
	}
	var d *lflow.Datapath
	if hasDatapath {
		var err error
		if d, err = j.net.Datapath(at); err != nil {
			j.bad(want.Pos, err)
			return
		}
	}
	if !j.net.stage(stage) {
		j.bad(want.Pos, &address.UnknownError{What: "stage", Name: stage, Near: address.Near(stage, j.net.stageNames())})
		return
	}
	var way []string // of the stages on the way, for the explanation
	var by *trace.Table
	j.tables(func(p *trace.Pipeline, t *trace.Table) {
		way = append(way, p.Datapath+"/"+t.Stage)
		if by == nil && t.Stage == stage && (d == nil || d.TunnelKey == p.Key) {
			by = t
		}
	})
	switch {
	case wanted && by == nil:
		j.fail(want.Pos, "visits", "a visit to "+want.Value, "none", "the way was "+strings.Join(slices.Compact(way), " "))
	case !wanted && by != nil:
		j.fail(want.Pos, "never", "no visit to "+want.Value, "one", flowText(by.Flow))
	}
}

// tables calls f for every table on the walk's ways.
func (j *judge) tables(f func(*trace.Pipeline, *trace.Table)) {
	var down func(n trace.Node, p *trace.Pipeline)
	down = func(n trace.Node, p *trace.Pipeline) {
		switch n := n.(type) {
		case *trace.Pipeline:
			p = n
		case *trace.Table:
			f(p, n)
		}
		for _, s := range n.Subs() {
			down(s, p)
		}
	}
	down(j.trace.Root, nil)
}

// rewritten compares a field of the packet as it was delivered.
func (j *judge) rewritten(f Field) {
	test, ref, err := j.net.fieldTest(f)
	if err != nil {
		j.bad(f.Pos, err)
		return
	}
	want := f.Value + " = " + f.Want.Value
	found := j.ended(trace.FateDelivered)
	if len(found) == 0 {
		j.fail(f.Pos, "rewritten", want, "nothing was delivered: "+j.happened(), j.explain()...)
		return
	}
	for _, d := range found {
		if !test.Match(&d.Packet, 0) {
			j.fail(f.Pos, "rewritten", want, fmt.Sprintf("%s = %s at %s", f.Value, fieldText(ref, &d.Packet), d.End.Datapath+"/"+d.Port))
		}
	}
}
