package suite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Probe is a packet that a program sends, as a test of a suite has it.
type Probe struct {
	From, To, Via, Proto, Match string
	Microflow, Datapath         string
	CT                          []string
	CTNew                       *bool
	LBDst                       string
	SelectID                    uint16
}

// Outcome is the outcome of a program's packet.
type Outcome struct {
	checker *checker
}

// testCase returns the probe as the case of a test.
func (p *Probe) testCase() (*testCase, error) {
	if p.Microflow != "" && p.From+p.To+p.Via+p.Proto+p.Match != "" {
		return nil, fmt.Errorf("a microflow says all of its packet: leave out From, To, Via, Proto and Match, or the microflow")
	}
	t := &Test{Inputs: Inputs{Via: text{Value: p.Via}, Datapath: text{Value: p.Datapath}, CTNew: p.CTNew, lists: map[string]bool{}}}
	k := &testCase{
		test: t, from: endpointName{text: text{Value: p.From}}, to: endpointName{text: text{Value: p.To}}, proto: text{Value: p.Proto},
		packet: text{Value: p.Match}, flow: text{Value: p.Microflow}, member: member{text{Value: fmt.Sprint(p.SelectID)}, p.SelectID},
	}
	for _, s := range p.CT {
		state, err := sim.ParseCTState(s)
		if err != nil {
			return nil, err
		}
		k.ct.list = append(k.ct.list, state)
	}
	if p.LBDst != "" {
		to, err := sim.ParseBackend(p.LBDst)
		if err != nil {
			return nil, err
		}
		k.lb = backend{text{Value: p.LBDst}, to}
	}
	return k, nil
}

// Send walks a program's packet.
func Send(b *address.Resolver, p Probe) (*Outcome, error) {
	k, err := p.testCase()
	if err != nil {
		return nil, err
	}
	w, err := (&network{Resolver: b}).send(k, nil)
	if err != nil {
		return nil, err
	}
	return &Outcome{&checker{walk: w, testCase: k}}, nil
}

// Trace returns the trace of the walk.
func (w *Outcome) Trace() *trace.Trace { return w.checker.trace }

// Packet returns the packet, in the match language.
func (w *Outcome) Packet() string { return w.checker.packet }

// Check returns a complaint for each expectation that the walk does not meet, or
// that cannot be answered.
func (w *Outcome) Check(want *Expect) []string {
	j := &checker{walk: w.checker.walk, testCase: w.checker.testCase, prefix: w.checker.prefix}
	j.expect(want)
	return j.complaints()
}

// Reply walks the reply from the port to which the packet was delivered. If there is no reply, it
// returns nil and the reasons.
func (w *Outcome) Reply() (*Outcome, []string) {
	j := &checker{walk: w.checker.walk, testCase: w.checker.testCase}
	back := j.reply(&Reply{}, nil)
	if back == nil {
		return nil, j.complaints()
	}
	return &Outcome{back}, nil
}

// Texts returns the values of a program's expectation.
func Texts[S ~string](values []S) (out []text) {
	for _, v := range values {
		out = append(out, text{Value: string(v)})
	}
	return out
}

// AnyOf returns the expectation of one of these words; of any, if there are none.
func AnyOf[S ~string](words []S) *Alternatives {
	return &Alternatives{Any: len(words) == 0, Names: Texts(words)}
}

// FieldIs returns the expectation that a field has a value.
func FieldIs(field, value string) []Field {
	return []Field{{text{Value: field}, text{Value: value}}}
}

// complaints returns what failed, each with its explanation.
func (j *checker) complaints() []string { return complaints(j.failures, j.errors, j.packet) }

func complaints(failures []Failure, errors []Problem, packet string) (out []string) {
	for i := range failures {
		x := &failures[i]
		out = append(out, x.complaint("", packet))
	}
	for _, p := range errors {
		out = append(out, p.Msg)
	}
	return out
}

// complaint returns what failed after a heading, the explanation and the packet, a line each.
func (x *Failure) complaint(heading, packet string) string {
	return strings.Join(slices.Concat([]string{heading + x.Text()}, x.Explanation, []string{"packet: " + packet}), "\n")
}

// Failures returns what failed or could not be run, one entry each with its
// explanation.
func (r *Report) Failures() (out []string) {
	for _, f := range r.Files {
		for _, p := range f.Errors {
			out = append(out, f.position(p.Pos)+": "+p.Msg)
		}
		for _, res := range f.Results {
			for _, p := range res.Errors {
				out = append(out, f.position(p.Pos)+": "+res.Name+": "+p.Msg)
			}
			for i := range res.Failures {
				x := &res.Failures[i]
				out = append(out, x.complaint(f.position(x.Pos)+": "+res.Name+": ", res.Packet))
			}
		}
	}
	return out
}
