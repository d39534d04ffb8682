package suite

import (
	"context"
	"fmt"

	"github.com/ovnwalk/ovnwalk/internal/yaml"

	"github.com/ovnwalk/ovnwalk/internal/reach"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// Reach is an assertion about all packets that ports may send.
type Reach struct {
	Pos
	From, To, Packets text
	Spoof, BothWays   bool
	Assert            reach.Assertion

	asserted text // the key of the assertion, with its position
	several  bool // whether there are several assertions
}

// reachKeys are the keys of assertions about sets of packets.
var reachKeys = map[string]key[*Reach]{
	"from":      func(d *decoder, r *Reach, k text, v yaml.Node) { r.From, _ = d.Text(v, k.Value) },
	"to":        func(d *decoder, r *Reach, k text, v yaml.Node) { r.To, _ = d.Text(v, k.Value) },
	"packets":   func(d *decoder, r *Reach, k text, v yaml.Node) { r.Packets, _ = d.Text(v, k.Value) },
	"spoof":     func(d *decoder, r *Reach, k text, v yaml.Node) { r.Spoof = d.Truth(v, k.Value) },
	"both-ways": func(d *decoder, r *Reach, k text, v yaml.Node) { r.BothWays = d.Truth(v, k.Value) },
	"assert-none": func(d *decoder, r *Reach, k text, v yaml.Node) {
		r.assert(k)
		r.Assert.None = d.Truth(v, k.Value)
	},
	"assert-only": func(d *decoder, r *Reach, k text, v yaml.Node) {
		r.assert(k)
		t, _ := d.Text(v, k.Value)
		r.Assert.Only = t.Value
	},
	"assert-all": func(d *decoder, r *Reach, k text, v yaml.Node) {
		r.assert(k)
		r.Assert.All = d.Truth(v, k.Value)
	},
}

func (r *Reach) assert(k text) {
	r.several = r.several || r.asserted.Value != ""
	r.asserted = k
}

// checkReach refuses what does not go with assertions of sets of packets.
func (d *decoder) checkReach(t *Test) {
	r := t.Reach
	own := func(key string, said bool) bool { return said && !t.inherited[key] }
	switch {
	case r.To.Value == "":
		d.Fail(r.Pos, "reach does not say where packets arrive: give it a to")
	case r.several || r.Assert == reach.Assertion{}:
		d.Fail(r.Pos, "reach takes one assertion: assert-none: true, assert-only: MATCH or assert-all: true")
	case !t.Expect.empty():
		d.Fail(t.Expect.Pos, "expect goes with a packet, and reach is of sets of packets: make two tests of them")
	case own("from", t.From != nil), own("to", t.To != nil), own("packet", t.Packet != nil), own("proto", t.Proto != nil),
		own("microflow", t.Microflow != nil), own("ct", t.CT != nil), own("ct-new", t.CTNew != nil), own("lb-dst", t.LBDst != nil), own("select-id", t.SelectID != nil):
		d.Fail(r.Pos, "reach has from, to and packets of its own: leave out those of the test")
	}
}

// reach runs one case that is an assertion of sets of packets.
func (s *runner) reach(j *job) {
	t, r := j.testCase.test.Reach, j.result
	fail := func(at text, err error) {
		p := at.Pos
		if p == (Pos{}) {
			p = t.Pos
		}
		r.Errors = append(r.Errors, Problem{p, err.Error()})
	}
	zones := j.net.reachZones()
	q := &reach.Question{Spoof: t.Spoof, BothWays: t.BothWays, Packets: t.Packets.Value, Later: t.Assert.OfAll()}
	for _, end := range []struct {
		name  text
		ports *[]*lflow.Port
	}{{t.From, &q.From}, {t.To, &q.To}} {
		if end.name.Value == "" {
			continue
		}
		ports, err := zones.Select(end.name.Value)
		if err != nil {
			fail(end.name, err)
			return
		}
		*end.ports = ports
	}
	a, err := zones.Ask(context.Background(), q)
	if err != nil {
		fail(t.Packets, err)
		return
	}
	proof, err := a.Check(t.Assert)
	if err != nil {
		fail(t.asserted, fmt.Errorf("assert-only: %w", err))
		return
	}
	switch {
	case proof.Holds:
	case proof.Counterexample == "":
		fail(t.asserted, fmt.Errorf("neither proven nor refuted: %s (for example of %s)", proof.Open, proof.Example))
	default:
		r.Failures = append(r.Failures, Failure{
			Pos: t.asserted.Pos, Key: "reach." + t.asserted.Value, Want: t.want(), Got: proof.Result.String(),
			Explanation: []string{"counterexample: " + proof.Counterexample},
		})
	}
}

// reachZones returns the zones for questions about sets of packets.
func (n *network) reachZones() *reach.Zones {
	if n.peers == nil {
		return reach.OneZone(n.Resolver)
	}
	z := &reach.Zones{Across: n.zones.Across}
	for _, v := range n.peers {
		z.Resolvers = append(z.Resolvers, v.Resolver)
		for name, opened := range n.zones.ByName {
			if opened == v.Network() {
				z.Names = append(z.Names, name)
			}
		}
	}
	return z
}

// want returns the assertion in words.
func (r *Reach) want() string {
	replies := ""
	if r.BothWays {
		replies = " and is answered"
	}
	switch {
	case r.Assert.None:
		return "no packet arrives" + replies
	case r.Assert.All:
		return "every packet arrives" + replies
	}
	if r.BothWays {
		replies = " and are answered"
	}
	return "only packets arrive" + replies + " that satisfy " + r.Assert.Only
}
