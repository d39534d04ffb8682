// Package portsec has the port security of logical ports as rules for the packets that a port may
// send, and those that it may receive. Rules are data, which can be evaluated for a packet, for a
// set of packets and in a search for packets.
package portsec

import (
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Rules returns the checks that a packet must pass before a port sends it or, if sends is
// false, receives it. None means that every packet may pass.
type Rules func(port *lflow.Port, sends bool) []Check

// Check is a list of rules, of which the first that a packet matches decides. A packet that
// matches none passes.
type Check []Rule

// Rule is a conjunction of terms.
type Rule struct {
	Terms   []Term
	Refuses bool
}

// Term requires bits of a field to have a value.
type Term struct {
	Field       *packet.Field
	Value, Mask packet.Value
}

// Refuses reports whether a packet does not pass a check.
func Refuses(checks []Check, p *packet.Packet) bool {
	for _, c := range checks {
		if c.refuses(p) {
			return true
		}
	}
	return false
}

func (c Check) refuses(p *packet.Packet) bool {
	for i := range c {
		if c[i].matches(p) {
			return c[i].Refuses
		}
	}
	return false
}

func (r *Rule) matches(p *packet.Packet) bool {
	for i := range r.Terms {
		if t := &r.Terms[i]; !p.Get(t.Field).Xor(t.Value).And(t.Mask).IsZero() {
			return false
		}
	}
	return true
}

// Flatten returns several checks as one.
func Flatten(checks []Check) Check {
	switch len(checks) {
	case 0:
		return nil
	case 1:
		return checks[0]
	}
	first, rest := checks[0].total(), Flatten(checks[1:]).total()
	var out Check
	for _, r := range first {
		if r.Refuses {
			out = append(out, r)
			continue
		}
		for _, s := range rest {
			if terms, ok := both(r.Terms, s.Terms); ok {
				out = append(out, Rule{terms, s.Refuses})
			}
		}
	}
	return out
}

// total returns a check whose last rule matches every packet.
func (c Check) total() Check {
	if n := len(c); n > 0 && len(c[n-1].Terms) == 0 {
		return c
	}
	return append(c[:len(c):len(c)], Rule{})
}

// both returns the conjunction of terms; ok is false if no packet matches it.
func both(a, b []Term) (all []Term, ok bool) {
	for _, t := range a {
		for _, o := range b {
			if t.Field == o.Field && !t.Value.Xor(o.Value).And(t.Mask).And(o.Mask).IsZero() {
				return nil, false
			}
		}
	}
	return append(a[:len(a):len(a)], b...), true
}

// allow and refuse append a rule to a check.
func (c *Check) allow(terms ...[]Term)  { c.add(false, terms) }
func (c *Check) refuse(terms ...[]Term) { c.add(true, terms) }

func (c *Check) add(refuses bool, terms [][]Term) {
	r := Rule{Refuses: refuses}
	for _, t := range terms {
		r.Terms = append(r.Terms, t...)
	}
	*c = append(*c, r)
}

// is returns terms that require values of whole fields.
func is(f *packet.Field, v uint64) []Term { return isValue(f, packet.Uint(v)) }

func isValue(f *packet.Field, v packet.Value) []Term {
	return []Term{{f, v, packet.Ones(f.Bits)}}
}

// begins returns a term that requires the first bits of a field.
func begins(f *packet.Field, v packet.Value, bits int) []Term {
	return []Term{{f, v, packet.Range(f.Bits-bits, bits)}}
}

// all joins terms.
func all(lists ...[]Term) (out []Term) {
	for _, t := range lists {
		out = append(out, t...)
	}
	return out
}

// The packets that port security distinguishes, and the codes and types of ICMPv6: those of
// neighbor discovery and of multicast listener reports.
const multicastReport, multicastReport2 = 131, 143

var (
	ipv4 = is(packet.EthType, packet.EthTypeIPv4)
	ipv6 = is(packet.EthType, packet.EthTypeIPv6)
	arp  = is(packet.EthType, packet.EthTypeARP)

	icmpv6       = all(ipv6, is(packet.IPProto, packet.ProtoICMPv6))
	fromAny      = isValue(packet.IPv6Src, packet.Value{})
	noCode       = is(packet.TPDst, 0)
	broadcast    = is(packet.IPv4Dst, 0xffffffff)
	multicast4   = begins(packet.IPv4Dst, packet.Uint(0xe<<28), 4)
	multicast6   = begins(packet.IPv6Dst, packet.Ones(8).Shl(120), 8)
	linkMulti    = begins(packet.IPv6Dst, packet.Uint(0xff02).Shl(112), 16)
	usualTTLOfND = is(packet.IPTTL, 255)

	// dhcpRequest is a request of a client without an address.
	dhcpRequest = all(ipv4, is(packet.IPProto, packet.ProtoUDP), is(packet.TPSrc, 68), is(packet.TPDst, 67), is(packet.IPv4Src, 0), broadcast)
)

// icmp6Type returns terms that require a type of ICMPv6.
func icmp6Type(typ uint64) []Term { return all(icmpv6, is(packet.TPSrc, typ)) }
