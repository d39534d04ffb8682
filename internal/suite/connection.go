package suite

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/render/exchange"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
)

// Connection is the expected result of a connection. Fields that are nil are not checked.
type Connection struct {
	Pos
	Verdict    *Alternatives
	Code       *Alternatives // why a packet is lost
	Lost       *Alternatives // which one
	Translated []Field       // fields of the first packet as it arrives, other than it was sent
	ViaChassis []text        // chassis on the path of the first packet
}

// connected is a connection that was walked.
type connected struct {
	net    *network
	first  *connect.First
	answer *connect.Answer
}

// connect walks a case's connection.  The error, if any, is an *inputError.
func (n *network) connect(k *testCase, matched func(*lflow.Datapath, *lflow.Flow)) (*connected, error) {
	opening := connect.Opening{Microflow: k.flow.Value, Chassis: k.chassis}
	if k.flow.Value == "" {
		opening.Probe = address.Probe{From: k.from.inputName(), To: k.to.inputName(), Via: k.test.Via.Value, Proto: k.proto.Value, Packet: k.packet.Value}
	}
	first, err := opening.First(n.cluster)
	if err != nil {
		return nil, &inputError{k.errorPos(err), err}
	}
	options := &connect.Options{LBDst: k.lb.to, SelectID: k.member.id, MACs: map[packet.Value]uint64{}, Matched: matched}
	if k.test.HostsAnswer != nil {
		options.HostsAnswer = *k.test.HostsAnswer
	}
	if k.test.Size != nil {
		options.Size = k.test.Size.bytes
	}
	for _, m := range k.test.MAC {
		options.MACs[m.ip] = m.mac
	}
	w := &connected{n, first, connect.Ask(n.cluster, options, first)}
	switch own := func(key string) bool { return !k.test.inherited[key] }; {
	case w.answer.Unused.LBDst && own("lb-dst"):
		return nil, &inputError{k.lb.Pos, fmt.Errorf("lb-dst: %s: no load balancer on the connection's path lists that backend", k.lb.Value)}
	case w.answer.Unused.SelectID && own("select-id"):
		return nil, &inputError{k.member.Pos, fmt.Errorf("select-id: no select action on the connection's path has member %s", k.member.Value)}
	}
	return w, nil
}

// packet returns the first packet, in the match language.
func (w *connected) packet(k *testCase) string {
	if k.flow.Value != "" {
		return k.flow.Value
	}
	return w.first.Microflow
}

// outcomes returns the outcomes that lose a packet.
func (w *connected) losses() (all []*connect.Outcome) {
	for i := range w.answer.Outcomes {
		if o := &w.answer.Outcomes[i]; o.Lost != "" {
			all = append(all, o)
		}
	}
	return all
}

// connectionChecker compares a connection with the expected result.
type connectionChecker struct {
	*connected
	findings
}

func (j *connectionChecker) fail(p Pos, what, want, got string) {
	j.failures = append(j.failures, Failure{Pos: p, Key: what, Want: want, Got: got, Explanation: j.explain()})
}

func (j *connectionChecker) expect(c *Connection) {
	if c.Verdict != nil && !c.Verdict.has(string(j.answer.Verdict)) {
		j.fail(c.Verdict.Pos, "connection", c.Verdict.text("connection"), exchange.Headline(j.answer))
	}
	if c.Code != nil {
		j.losses(c.Code, "code", func(o *connect.Outcome) string { return string(o.Where.Code) })
	}
	if c.Lost != nil {
		j.losses(c.Lost, "lost", func(o *connect.Outcome) string { return o.Lost })
	}
	for _, f := range c.Translated {
		j.translated(f)
	}
	for _, h := range c.ViaChassis {
		j.via(h)
	}
}

// losses compares a word of each outcome that loses a packet.
func (j *connectionChecker) losses(want *Alternatives, what string, word func(*connect.Outcome) string) {
	all := j.connected.losses()
	if len(all) == 0 {
		j.fail(want.Pos, what, want.text(what), "no packet lost: "+exchange.Headline(j.answer))
		return
	}
	for _, o := range all {
		if !want.has(word(o)) {
			j.fail(want.Pos, what, want.text(what), exchange.Loss(o))
			return
		}
	}
}

// has reports whether a word is one of the alternatives.
func (w *Alternatives) has(word string) bool {
	return slices.ContainsFunc(w.Names, func(t text) bool { return t.Value == word })
}

// translated compares a field of the first packet as it arrives, in each outcome in
// which it does.
func (j *connectionChecker) translated(f Field) {
	test, ref, err := j.net.fieldTest(f)
	if err != nil {
		j.mismatch(f.Pos, err)
		return
	}
	want, arrives := f.Value+" translated to "+f.Want.Value, false
	for i := range j.answer.Outcomes {
		p := &j.answer.Outcomes[i].Packets[0]
		if p.Answered < 0 {
			continue
		}
		arrives = true
		a := &p.Arrived[p.Answered]
		got := fieldText(ref, &a.Packet)
		switch {
		case got == fieldText(ref, &p.Sent):
			j.fail(f.Pos, "translated", want, fmt.Sprintf("%s = %s, as it was sent, at %s", f.Value, got, exchange.Receiver(a)))
			return
		case !test.Match(&a.Packet, 0):
			j.fail(f.Pos, "translated", want, fmt.Sprintf("%s = %s at %s", f.Value, got, exchange.Receiver(a)))
			return
		}
	}
	if !arrives {
		j.fail(f.Pos, "translated", want, "the first packet does not arrive: "+exchange.Headline(j.answer))
	}
}

// via compares the chassis on the path of the first packet, in each outcome.
func (j *connectionChecker) via(name text) {
	h := j.net.cluster.Named(name.Value)
	if h == nil {
		j.mismatch(name.Pos, j.net.cluster.Unknown(name.Value))
		return
	}
	for i := range j.answer.Outcomes {
		path := requestPath(&j.answer.Outcomes[i])
		if slices.ContainsFunc(path, func(hop connect.Hop) bool { return hop.Chassis == h.Name }) {
			continue
		}
		j.fail(name.Pos, "via-chassis", "the first packet on chassis "+name.Value, "its path is "+cmp.Or(exchange.Path(path), "on no chassis"))
		return
	}
}

// requestPath returns the path of the first packet, as far as it goes.
func requestPath(o *connect.Outcome) []connect.Hop {
	p := &o.Packets[0]
	if p.Answered >= 0 {
		return p.Arrived[p.Answered].Path
	}
	if back := p.Back(); back != nil {
		return back.Path
	}
	return p.Decisive().Path
}

// connect runs one case that is a connection.
func (s *runner) connect(j *job, matched func(*lflow.Datapath, *lflow.Flow)) {
	r := j.result
	w, err := j.net.connect(j.testCase, matched)
	if err != nil {
		r.Errors = []Problem{problem(j.testCase.test.Pos, err)}
		return
	}
	r.Packet = w.packet(j.testCase)
	r.Request = sim.Request{Microflow: r.Packet, Choices: j.testCase.choices()}
	if s.Traces {
		r.ways = w.explain()
	}
	r.warnings = append(w.first.Warnings, w.answer.Warnings...)
	c := &connectionChecker{connected: w}
	c.expect(j.testCase.test.Expect.Connection)
	r.Failures, r.Errors = c.failures, c.errors
	for i := range w.answer.Outcomes {
		o := &w.answer.Outcomes[i]
		for k := range o.Packets {
			j.net.saw(o.Packets[k].Trace)
		}
		if o.Verdict == connect.Uncertain {
			r.Uncertainties = append(r.Uncertainties, exchange.Loss(o))
		}
	}
}

// unknownChassis returns the place of the chassis that an error is about.
func (t *Test) unknownChassis(err error) (Pos, bool) {
	unknown, ok := errors.AsType[*cluster.UnknownChassisError](err)
	if !ok {
		return Pos{}, false
	}
	for _, name := range append(slices.Clone(t.ChassisDown), t.Chassis...) {
		if name.Value == unknown.Name {
			return name.Pos, true
		}
	}
	return t.Pos, true
}

// downNames returns the chassis that are down, as one text.
func (t *Test) downNames() string {
	var names []string
	for _, h := range t.ChassisDown {
		names = append(names, h.Value)
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), "\n")
}
