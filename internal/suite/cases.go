package suite

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/similar"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
)

// MaxCases is how many cases the lists of one test may multiply to.
const MaxCases = 100_000

// testCase is one combination of the members of a test's lists.
type testCase struct {
	test    *Test
	name    string
	chassis string
	from    endpointName
	to      endpointName
	proto   text
	packet  text
	flow    text // the microflow
	ct      states
	lb      backend
	member  member
}

// endpointName is a port or an address, and the place in the file that it comes from.
type endpointName struct {
	text
	port *lflow.Port // nil for an address, or a name that is yet to be looked up
}

// inputName returns its name in the network.
func (n endpointName) inputName() string {
	if n.port != nil {
		return n.port.Name
	}
	return n.Value
}

// inputError is a name in a test's inputs that the network lacks.
type inputError struct {
	Pos
	err error
}

func (e *inputError) Error() string { return e.err.Error() }
func (e *inputError) Unwrap() error { return e.err }

// expand returns the cases of a test on a chassis, in the order of its lists.
func (n *network) expand(t *Test, chassis string) ([]*testCase, error) {
	from, err := n.selected(t.From)
	if err != nil {
		return nil, err
	}
	to, err := n.selected(t.To)
	if err != nil {
		return nil, err
	}
	cases := []*testCase{{test: t, chassis: chassis}}
	cases = product(cases, from, func(k *testCase, v endpointName) { k.from = v })
	cases = product(cases, to, func(k *testCase, v endpointName) { k.to = v })
	cases = product(cases, t.Proto, func(k *testCase, v text) { k.proto = v })
	cases = product(cases, t.Packet, func(k *testCase, v text) { k.packet = v })
	cases = product(cases, t.Microflow, func(k *testCase, v text) { k.flow = v })
	cases = product(cases, t.CT, func(k *testCase, v states) { k.ct = v })
	cases = product(cases, t.LBDst, func(k *testCase, v backend) { k.lb = v })
	cases = product(cases, t.SelectID, func(k *testCase, v member) { k.member = v })
	if cases == nil {
		return nil, &inputError{t.Pos, fmt.Errorf("the test's lists multiply to more than %d cases", MaxCases)}
	}
	kept := cases[:0]
	for _, k := range cases {
		if k.from.port != nil && k.from.port == k.to.port && t.lists["from"] && t.lists["to"] {
			continue // a port does not send to itself
		}
		k.name = k.title()
		kept = append(kept, k)
	}
	if len(kept) == 0 {
		return nil, &inputError{t.Pos, fmt.Errorf("the test's groups hold nothing to send between")}
	}
	return kept, nil
}

// product multiplies cases by alternatives; without any they stay as they are.  It
// returns nil past the bound.
func product[T any](cases []*testCase, values []T, set func(*testCase, T)) []*testCase {
	if len(values) == 0 || cases == nil {
		return cases
	}
	if len(cases)*len(values) > MaxCases {
		return nil
	}
	out := make([]*testCase, 0, len(cases)*len(values))
	for _, k := range cases {
		for _, v := range values {
			c := *k
			set(&c, v)
			out = append(out, &c)
		}
	}
	return out
}

// title returns the test's name and what distinguishes the case from the others.
func (k *testCase) title() string {
	var parts []string
	add := func(key, value string) {
		if k.test.lists[key] {
			parts = append(parts, key+"="+value)
		}
	}
	add("chassis", k.chassis)
	add("from", k.from.Value)
	add("to", k.to.Value)
	add("proto", k.proto.Value)
	add("packet", k.packet.Value)
	add("microflow", k.flow.Value)
	add("ct", k.ct.Value)
	add("lb-dst", k.lb.Value)
	add("select-id", k.member.Value)
	if len(parts) == 0 {
		return k.test.Name
	}
	return k.test.Name + " [" + strings.Join(parts, " ") + "]"
}

// choices returns the choices of the case for the walk.
func (k *testCase) choices() sim.Choices {
	wordForWord := k.test.Expect != nil && k.test.Expect.wordForWord()
	ctNew := !wordForWord && sim.CTNewAfter(k.ct.list)
	if k.test.CTNew != nil {
		ctNew = *k.test.CTNew
	}
	return sim.Choices{CT: k.ct.list, CTNew: ctNew, LBListed: !wordForWord, LBDst: k.lb.to, SelectID: k.member.id}
}

// selected returns what selectors name.
func (n *network) selected(list []Selector) (out []endpointName, err error) {
	for _, s := range list {
		found, err := n.members(s)
		if err != nil {
			return nil, &inputError{s.Pos, err}
		}
		out = append(out, found...)
	}
	if len(out) == 0 && len(list) > 0 {
		return nil, &inputError{list[0].Pos, fmt.Errorf("%s holds nothing", list[0])}
	}
	return out, nil
}

func (n *network) members(s Selector) (out []endpointName, err error) {
	switch s.Kind {
	case One:
		var p *lflow.Port
		if _, err := netip.ParseAddr(s.Name); err != nil {
			p, _ = n.Port(s.Name)
		}
		return []endpointName{{text{Pos: s.Pos, Value: s.Name}, p}}, nil
	case PortGroup:
		ports, err := n.Group(s.Name)
		if err != nil {
			return nil, err
		}
		return portsNamed(s, ports), nil
	case Switch:
		d, err := n.Datapath(s.Name)
		if err != nil {
			return nil, err
		}
		return portsNamed(s, n.VIFs(d)), nil
	case AddressSet:
		set, ok := n.Network().AddressSet(s.Name)
		if !ok {
			return nil, &address.UnknownError{Kind: "address set", Name: s.Name, Similar: similar.Names(s.Name, n.Network().AddressSets())}
		}
		for _, c := range set.Members {
			switch v := c.Number; {
			case v.Masked:
			case v.Format == expr.IPv6:
				out = append(out, endpointName{text: text{Pos: s.Pos, Value: string(packet.AppendIPv6(nil, v.Value))}})
			case v.Format == expr.IPv4:
				out = append(out, endpointName{text: text{Pos: s.Pos, Value: string(packet.AppendIPv4(nil, v.Value.Lo))}})
			}
		}
	}
	return out, nil
}

func portsNamed(s Selector, ports []*lflow.Port) (out []endpointName) {
	for _, p := range ports {
		out = append(out, endpointName{text{Pos: s.Pos, Value: p.DisplayName(true)}, p})
	}
	return out
}
