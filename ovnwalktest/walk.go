package ovnwalktest

import (
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/suite"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Packet says what is sent.  Its members are those of a suite's tests.
type Packet struct {
	From  string // the sending logical port, whose addresses are filled in
	To    string // a logical port or an IP address; the next hop is found
	Via   string // the next hop where several routers are attached
	Proto string // tcp:443, udp:53, icmp, ...

	// Match is what else holds of the packet, in the match language; it wins
	// over what would be filled in.
	Match string

	// Microflow is all of the packet, in the match language, instead of the
	// above; Datapath is where it starts, "" for its inport.
	Microflow, Datapath string

	CT       []string // the conntrack states that it meets, such as "new", "est,rpl"
	CTNew    *bool    // whether it is a new connection's beyond CT; nil for yes after no state and after a new one
	LBDst    string   // the backend that load balancers take, as IP[:PORT]
	SelectID uint16   // the member that select actions take, 0 for no choice
}

// Walk is the outcome of a packet.  Its methods assert something and return it,
// so that calls can be strung together.
type Walk struct {
	walked *suite.Outcome
	failed bool // nothing was walked, and the test knows
}

// Walk sends a packet.  Where it cannot be made out, as when a port does not
// exist, the test ends at once.
func (n *Network) Walk(t TB, p Packet) *Walk {
	t.Helper()
	w, err := suite.Send(n.resolver, suite.Probe(p))
	if err != nil {
		t.Fatalf("%v", err)
		return &Walk{failed: true}
	}
	return &Walk{walked: w}
}

// Trace returns the trace, for assertions of one's own.
func (w *Walk) Trace() *trace.Trace { return w.walked.Trace() }

// Ends returns how the walk ended, for each copy of the packet.
func (w *Walk) Ends() []verdict.Disposition { return verdict.Of(w.walked.Trace()) }

// Packet returns the packet that was sent, in the match language.
func (w *Walk) Packet() string { return w.walked.Packet() }

// Delivered asserts that copies of the packet are delivered to these ports and
// no others, or, without any, to at least one.
func (w *Walk) Delivered(t TB, ports ...string) *Walk {
	t.Helper()
	return w.check(t, suite.Expectation{Delivered: ports, Anywhere: len(ports) == 0})
}

// Dropped asserts that nothing is delivered and a copy is dropped with one of
// the codes, or, without any, with whatever code.
func (w *Walk) Dropped(t TB, codes ...verdict.Code) *Walk {
	t.Helper()
	want := suite.Expectation{Dropped: []string{}}
	for _, c := range codes {
		want.Dropped = append(want.Dropped, string(c))
	}
	return w.check(t, want)
}

// Replied asserts that the network itself answers, in one of these ways or,
// without any, in whatever way: see trace.Origin for the words, such as "echo",
// "arp" or "tcp-reset".
func (w *Walk) Replied(t TB, how ...string) *Walk {
	t.Helper()
	return w.check(t, suite.Expectation{Replied: append([]string{}, how...)})
}

// Rewritten asserts the value of a field of the packet as it was delivered.  The
// value may be all that the match language compares a field with.
func (w *Walk) Rewritten(t TB, field, value string) *Walk {
	t.Helper()
	return w.check(t, suite.Expectation{Field: field, Value: value})
}

// Visits asserts that something was done at each of the stages, written as STAGE
// or DATAPATH/STAGE.
func (w *Walk) Visits(t TB, stages ...string) *Walk {
	t.Helper()
	return w.check(t, suite.Expectation{Visits: stages})
}

// Never asserts that nothing was done at any of the stages.
func (w *Walk) Never(t TB, stages ...string) *Walk {
	t.Helper()
	return w.check(t, suite.Expectation{Never: stages})
}

// Minimal asserts the minimal view of the trace, as ovn-trace --minimal prints
// it, without the line that heads it.
func (w *Walk) Minimal(t TB, view string) *Walk {
	t.Helper()
	return w.check(t, suite.Expectation{Minimal: &view})
}

// Reply sends the answer from the port that the packet was delivered to, as an
// established connection's reply, and returns the outcome of it.  What NAT and
// load balancers did to the packet is undone.
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

func (w *Walk) check(t TB, want suite.Expectation) *Walk {
	t.Helper()
	if w.failed {
		return w
	}
	for _, c := range w.walked.Check(want) {
		t.Errorf("%s", c)
	}
	return w
}
