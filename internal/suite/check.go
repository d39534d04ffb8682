package suite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/similar"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// checker compares the outcome of packets with the expected one.
type checker struct {
	*walk
	testCase *testCase
	prefix   string // before the names of expectations, for the reply's
	findings
}

// findings are the expectations that were not met, and those that cannot be checked.
type findings struct {
	failures []Failure
	errors   []Problem
}

func (f *findings) mismatch(p Pos, err error) {
	f.errors = append(f.errors, Problem{p, err.Error()})
}

func (j *checker) fail(p Pos, what, want, got string, why ...string) {
	j.failures = append(j.failures, Failure{Pos: p, Key: j.prefix + what, Want: want, Got: got, Explanation: why})
}

// expect checks all expectations, also after one has failed.
func (j *checker) expect(e *Expect) {
	if e.Delivered != nil {
		j.delivered(e.Delivered)
	}
	for i := range otherEnds {
		j.outcome(e, &otherEnds[i])
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

// actual returns a line about the ends of the copies, including replies to the packet.
func (j *checker) actual() string {
	j.inTerms()
	var parts []string
	for _, d := range j.ends {
		if d.Origin == verdict.OriginPacket || d.Origin == verdict.OriginClone || d.TentativeOutcome == verdict.OutcomeReplied {
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
func (j *checker) delivered(want *Ports) {
	found := j.ended(verdict.OutcomeDelivered)
	if want.Any {
		if len(found) == 0 {
			j.fail(want.Pos, "delivered", "delivered", j.actual(), j.explain()...)
		}
		return
	}
	var wanted []*lflow.Port
	var names []string
	for _, name := range want.Names {
		p, err := j.named(name.Value)
		if err != nil {
			j.mismatch(name.Pos, err)
			return
		}
		wanted = append(wanted, p)
		names = append(names, p.DisplayName(true))
	}
	same := len(wanted) > 0 || len(found) == 0
	for _, p := range wanted {
		same = same && slices.ContainsFunc(found, func(d verdict.Disposition) bool { return j.net.port(d) == p })
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
	j.fail(want.Pos, "delivered", text, j.actual(), j.explain()...)
}

// named finds the port that an expectation names: $from and $to are those of
// the case.
func (j *checker) named(name string) (*lflow.Port, error) {
	given, ok := map[string]endpointName{"$from": j.testCase.from, "$to": j.testCase.to}[name]
	switch {
	case !ok:
		return j.net.Port(name)
	case given.port == nil:
		return nil, fmt.Errorf("%s is no port here, but %q", name, given.Value)
	}
	return given.port, nil
}

// otherEnd is a way in which copies end other than delivery.
type otherEnd struct {
	key  string // of the expectation
	want func(*Expect) *Alternatives
	find func(*walk) []verdict.Disposition
	word func(verdict.Disposition) string // the word for one in an expectation
}

var otherEnds = []otherEnd{
	{"dropped", func(e *Expect) *Alternatives { return e.Dropped }, endedAs(verdict.OutcomeDropped), func(d verdict.Disposition) string { return string(d.Code) }},
	{"replied", func(e *Expect) *Alternatives { return e.Replied }, (*walk).replies, func(d verdict.Disposition) string { return d.Origin.String() }},
	{"controller", func(e *Expect) *Alternatives { return e.Controller }, endedAs(verdict.OutcomeController), func(d verdict.Disposition) string { return d.Action }},
	{"looped", func(e *Expect) *Alternatives { return e.Looped }, endedAs(verdict.OutcomeLooped), func(verdict.Disposition) string { return "true" }},
}

func endedAs(outcome verdict.Outcome) func(*walk) []verdict.Disposition {
	return func(w *walk) []verdict.Disposition { return w.ended(outcome) }
}

// outcome compares the words for copies that ended in one way with the expected ones. Unless
// another expectation states what was delivered, a drop means that nothing was.
func (j *checker) outcome(e *Expect, end *otherEnd) {
	want, found, ok := end.want(e), end.find(j.walk), false
	switch {
	case want == nil:
		return
	case want.None:
		ok = len(found) == 0
	case end.key == "dropped" && e.Delivered == nil && len(j.ended(verdict.OutcomeDelivered)) > 0:
	case want.Any:
		ok = len(found) > 0
	default:
		ok = slices.ContainsFunc(found, func(d verdict.Disposition) bool { return want.has(end.word(d)) })
	}
	if !ok {
		j.fail(want.Pos, end.key, want.text(end.key), j.actual(), j.explain()...)
	}
}

// text returns the expectation in words.
func (w *Alternatives) text(what string) string {
	if w.None {
		return "not " + what
	}
	if w.Any {
		return what
	}
	words := make([]string, len(w.Names))
	for i, t := range w.Names {
		words[i] = t.Value
	}
	return what + " " + strings.Join(words, " or ")
}

// visits compares the stages at which something was done to a copy.
func (j *checker) visits(want text, wanted bool) {
	at, stage, hasDatapath := strings.Cut(want.Value, "/")
	if !hasDatapath {
		at, stage = "", want.Value
	}
	var d *lflow.Datapath
	if hasDatapath {
		var err error
		if d, err = j.net.Datapath(at); err != nil {
			j.mismatch(want.Pos, err)
			return
		}
	}
	if !j.net.stage(stage) {
		j.mismatch(want.Pos, &address.UnknownError{Kind: "stage", Name: stage, Similar: similar.Names(stage, j.net.stageNames())})
		return
	}
	var path []string // the stages on the path, for the explanation
	var by *trace.Table
	for p := range trace.Paths(j.trace) {
		if t, ok := p.Node.(*trace.Table); ok {
			path = append(path, p.Pipeline.Datapath.DisplayName(true)+"/"+t.Stage)
			if by == nil && t.Stage == stage && (d == nil || d.Ref().Is(p.Pipeline.Datapath)) {
				by = t
			}
		}
	}
	switch {
	case wanted && by == nil:
		j.fail(want.Pos, "visits", "a visit to "+want.Value, "none", "the path was "+strings.Join(slices.Compact(path), " "))
	case !wanted && by != nil:
		j.fail(want.Pos, "never", "no visit to "+want.Value, "one", j.flowText(by.Flow))
	}
}

// rewritten compares a field of the packet as it was delivered.
func (j *checker) rewritten(f Field) {
	test, ref, err := j.net.fieldTest(f)
	if err != nil {
		j.mismatch(f.Pos, err)
		return
	}
	want := f.Value + " = " + f.Want.Value
	found := j.ended(verdict.OutcomeDelivered)
	if len(found) == 0 {
		j.fail(f.Pos, "rewritten", want, "nothing was delivered: "+j.actual(), j.explain()...)
		return
	}
	for _, d := range found {
		if !test.Match(&d.Packet, 0) {
			j.fail(f.Pos, "rewritten", want, fmt.Sprintf("%s = %s at %s", f.Value, fieldText(ref, &d.Packet), d.End.Datapath.DisplayName(true)+"/"+d.Port.DisplayName(true)))
		}
	}
}
