package ovnwalktest

import (
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/suite"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Packet describes a packet.  Its fields are those of a test in a suite.
type Packet struct {
	From  string // the sending logical port, whose addresses are used
	To    string // a logical port or an IP address; the next hop is found
	Via   string // the next hop, if several routers are attached
	Proto string // tcp:443, udp:53, icmp, ...

	// Match has further conditions on the packet, in the match language.  They override
	// defaults.
	Match string

	// Microflow describes the packet in the match language, instead of the fields above.
	// Datapath is the datapath where it starts, or "" for that of its inport.
	Microflow, Datapath string

	CT       []string // the results of its conntrack lookups, such as "new", "est,rpl"
	CTNew    *bool    // whether lookups after those of CT return a new connection; if nil, they do after none and after a new one
	LBDst    string   // the backend that load balancers select, as IP[:PORT]
	SelectID uint16   // the member that select actions select, 0 for the default
}

// Walk is the result of a packet. Its assertions return it, so that they can be chained.
type Walk struct {
	walked *suite.Outcome
	failed bool // no packet was walked, and the test has failed
}

// Walk walks a packet. If its description is invalid, such as a port that does not exist, the test
// ends.
func (n *Network) Walk(t TB, p Packet) *Walk {
	t.Helper()
	w, err := suite.Send(n.resolver, suite.Probe(p))
	if err != nil {
		t.Fatalf("%v", err)
		return &Walk{failed: true}
	}
	return &Walk{walked: w}
}

// Trace returns the trace.
func (w *Walk) Trace() *trace.Trace { return w.walked.Trace() }

// Ends returns the disposition of each copy of the packet.
func (w *Walk) Ends() []verdict.Disposition { return verdict.Of(w.walked.Trace()) }

// Packet returns the packet that was sent, in the match language.
func (w *Walk) Packet() string { return w.walked.Packet() }

// Delivered asserts that copies of the packet are delivered to these ports and
// no others; without ports, to at least one.
func (w *Walk) Delivered(t TB, ports ...string) *Walk {
	t.Helper()
	return w.check(t, &suite.Expect{Delivered: &suite.Ports{Any: len(ports) == 0, Names: suite.Texts(ports)}})
}

// Dropped asserts that nothing is delivered and a copy is dropped with one of
// the codes; without codes, with any code.
func (w *Walk) Dropped(t TB, codes ...verdict.Code) *Walk {
	t.Helper()
	return w.check(t, &suite.Expect{Dropped: suite.AnyOf(codes)})
}

// Replied asserts that the network replies to the packet with one of these kinds of
// replies, the words of verdict.Origin such as "echo"; without words, with any.
func (w *Walk) Replied(t TB, how ...string) *Walk {
	t.Helper()
	return w.check(t, &suite.Expect{Replied: suite.AnyOf(how)})
}

// Rewritten asserts the value of a field of the packet on delivery.  The value is any
// constant of the match language.
func (w *Walk) Rewritten(t TB, field, value string) *Walk {
	t.Helper()
	return w.check(t, &suite.Expect{Rewritten: suite.FieldIs(field, value)})
}

// Visits asserts that a flow with an effect matched at each of the stages, written as
// STAGE or DATAPATH/STAGE.
func (w *Walk) Visits(t TB, stages ...string) *Walk {
	t.Helper()
	return w.check(t, &suite.Expect{Visits: suite.Texts(stages)})
}

// Never asserts the opposite of Visits for each of the stages.
func (w *Walk) Never(t TB, stages ...string) *Walk {
	t.Helper()
	return w.check(t, &suite.Expect{Never: suite.Texts(stages)})
}

// Minimal asserts the minimal view of the trace, as ovn-trace --minimal prints
// it, without its first line.
func (w *Walk) Minimal(t TB, view string) *Walk {
	t.Helper()
	return w.check(t, &suite.Expect{Goldens: []*suite.Golden{{View: "minimal", Text: view}}})
}

// Reply walks the reply from the port where the packet was delivered, as a packet of
// an established connection, and returns its result.  Translations by NAT and load
// balancers are undone.
func (w *Walk) Reply(t TB) *Walk {
	t.Helper()
	if w.failed {
		return w
	}
	back, complaints := w.walked.Reply()
	if back == nil {
		t.Fatalf("%s", strings.Join(complaints, "\n"))
		return &Walk{failed: true}
	}
	return &Walk{walked: back}
}

func (w *Walk) check(t TB, want *suite.Expect) *Walk {
	t.Helper()
	if w.failed {
		return w
	}
	for _, c := range w.walked.Check(want) {
		t.Errorf("%s", c)
	}
	return w
}
