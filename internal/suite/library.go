package suite

import (
	"fmt"
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

// Walked is what became of a program's packet.
type Walked struct {
	judge *judge
}

// Want is what a program expects; what is zero is not asked.
type Want struct {
	Delivered []string
	Anywhere  bool     // delivered to any port
	Dropped   []string // codes; empty, but not nil, for any
	Replied   []string // words; likewise
	Field     string   // a field, and the value that it must have
	Value     string
	Visits    []string
	Never     []string
	Minimal   *string
}

// Send walks a program's packet.
func Send(b *address.Book, p Probe) (*Walked, error) {
	t := &Test{Inputs: Inputs{Via: text{Value: p.Via}, Datapath: text{Value: p.Datapath}, CTNew: p.CTNew, lists: map[string]bool{}}}
	k := &kase{
		test: t, from: named{text: text{Value: p.From}}, to: named{text: text{Value: p.To}},
		proto: text{Value: p.Proto}, packet: text{Value: p.Match}, flow: text{Value: p.Microflow}, member: member{id: p.SelectID},
	}
	for _, s := range p.CT {
		state, err := sim.ParseCTState(s)
		if err != nil {
			return nil, err
		}
		k.ct.list = append(k.ct.list, state)
	}
	if p.LBDst != "" {
		var err error
		if k.lb.to, err = sim.ParseBackend(p.LBDst); err != nil {
			return nil, err
		}
	}
	if p.Microflow != "" && p.From+p.To+p.Via+p.Proto+p.Match != "" {
		return nil, fmt.Errorf("a microflow says all of its packet: leave out From, To, Via, Proto and Match, or the microflow")
	}
	w, err := (&network{Book: b}).send(k, nil)
	if err != nil {
		return nil, err
	}
	return &Walked{&judge{walk: w, kase: k}}, nil
}

// Trace returns the trace of the walk.
func (w *Walked) Trace() *trace.Trace { return w.judge.trace }

// Packet returns the packet, in the match language.
func (w *Walked) Packet() string { return w.judge.packet }

// Check returns a complaint for each expectation that the walk does not meet, or
// that cannot be answered.
func (w *Walked) Check(want Want) []string {
	e := &Expect{Visits: texts(want.Visits), Never: texts(want.Never)}
	if want.Delivered != nil || want.Anywhere {
		e.Delivered = &Ports{Any: want.Anywhere, Names: texts(want.Delivered)}
	}
	if want.Dropped != nil {
		e.Dropped = &Words{Any: len(want.Dropped) == 0, Words: texts(want.Dropped)}
	}
	if want.Replied != nil {
		e.Replied = &Words{Any: len(want.Replied) == 0, Words: texts(want.Replied)}
	}
	if want.Field != "" {
		e.Rewritten = []Field{{text{Value: want.Field}, text{Value: want.Value}}}
	}
	if want.Minimal != nil {
		e.Goldens = []*Golden{{View: "minimal", Text: *want.Minimal}}
	}
	j := &judge{walk: w.judge.walk, kase: w.judge.kase, prefix: w.judge.prefix}
	j.expect(e)
	return j.complaints()
}

// Reply walks the answer from the port that the packet was delivered to.  It is
// nil, with complaints, where there is none.
func (w *Walked) Reply() (*Walked, []string) {
	j := &judge{walk: w.judge.walk, kase: w.judge.kase}
	back := j.reply(&Reply{}, nil)
	if back == nil {
		return nil, j.complaints()
	}
	return &Walked{back}, nil
}

func texts(values []string) (out []text) {
	for _, v := range values {
		out = append(out, text{Value: v})
	}
	return out
}

// complaints returns what failed, each with its explanation.
func (j *judge) complaints() (out []string) {
	for i := range j.failures {
		x := &j.failures[i]
		lines := append([]string{x.Text()}, x.Why...)
		out = append(out, strings.Join(append(lines, "packet: "+j.packet), "\n"))
	}
	for _, p := range j.trouble {
		out = append(out, p.Msg)
	}
	return out
}

// Complaints returns what failed or was in trouble, one entry each with its
// explanation.
func (r *Report) Complaints() (out []string) {
	for _, f := range r.Files {
		for _, p := range f.Bad {
			out = append(out, f.at(p.Pos)+": "+p.Msg)
		}
		for _, res := range f.Results {
			for _, p := range res.Trouble {
				out = append(out, f.at(p.Pos)+": "+res.Name+": "+p.Msg)
			}
			for i := range res.Failures {
				x := &res.Failures[i]
				lines := append([]string{f.at(x.Pos) + ": " + res.Name + ": " + x.Text()}, x.Why...)
				out = append(out, strings.Join(append(lines, "packet: "+res.Packet), "\n"))
			}
		}
	}
	return out
}
