package packetset

import (
	"cmp"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/packet"
)

// family is a kind of packets for which the match language has a name.
type family struct {
	name    string
	ethType uint64 // 0 for any other
	proto   uint64 // 0 for any other
}

var families = [...]family{
	{"tcp", packet.EthTypeIPv4, packet.ProtoTCP},
	{"udp", packet.EthTypeIPv4, packet.ProtoUDP},
	{"sctp", packet.EthTypeIPv4, packet.ProtoSCTP},
	{"icmp4", packet.EthTypeIPv4, packet.ProtoICMP},
	{"ip4", packet.EthTypeIPv4, 0},
	{"tcp", packet.EthTypeIPv6, packet.ProtoTCP},
	{"udp", packet.EthTypeIPv6, packet.ProtoUDP},
	{"sctp", packet.EthTypeIPv6, packet.ProtoSCTP},
	{"icmp6", packet.EthTypeIPv6, packet.ProtoICMPv6},
	{"ip6", packet.EthTypeIPv6, 0},
	{"arp", packet.EthTypeARP, 0},
	{"rarp", packet.EthTypeRARP, 0},
	{"", 0, 0},
}

// kinds is a set of families, a bit for each.
type kinds uint16

const (
	ip4Kinds kinds = 1<<5 - 1
	ip6Kinds kinds = ip4Kinds << 5
	ipKinds        = ip4Kinds | ip6Kinds
	otherIP4 kinds = 1 << 4
	otherIP6 kinds = 1 << 9
	icmp4    kinds = 1 << 3
	icmp6    kinds = 1 << 8
	arp      kinds = 1 << 10
	rarp     kinds = 1 << 11
	unnamed  kinds = 1 << 12
	allKinds kinds = 1<<len(families) - 1
)

func (k kinds) has(i int) bool { return k>>i&1 != 0 }

func (k kinds) count() int { return bits.OnesCount16(uint16(k)) }

func (k kinds) first() int { return bits.TrailingZeros16(uint16(k)) }

// phrase is a text that describes the packets of some families.
type phrase struct {
	of   kinds
	text string
	or   bool // it has several parts, joined by "or"
}

// simple are the names of families in the match language. exact are these, and other
// conditions without a negation. named are those of exact, negations, and terms that the
// language does not have.
var simple, exact, named = func() (simple, exact, named []phrase) {
	for _, n := range []phrase{
		{of: ipKinds, text: "ip"},
		{of: ip4Kinds, text: "ip4"},
		{of: ip6Kinds, text: "ip6"},
		{of: 1<<0 | 1<<5, text: "tcp"},
		{of: 1<<1 | 1<<6, text: "udp"},
		{of: 1<<2 | 1<<7, text: "sctp"},
		{of: icmp4 | icmp6, text: "icmp"},
		{of: icmp4, text: "icmp4"},
		{of: icmp6, text: "icmp6"},
		{of: arp, text: "arp"},
		{of: rarp, text: "rarp"},
	} {
		simple = append(simple, n)
		named = append(named, n, phrase{of: allKinds &^ n.of, text: "!" + n.text})
	}
	exact = slices.Clone(simple)
	for i, word := range []string{"tcp", "udp", "sctp"} {
		both := []phrase{{of: 1 << i, text: "ip4 && " + word}, {of: 1 << (5 + i), text: "ip6 && " + word}}
		exact, named = append(exact, both...), append(named, both...)
	}
	exact = append(exact,
		phrase{of: otherIP4, text: "ip4 && ip.proto == " + otherProtocols(packet.ProtoICMP)},
		phrase{of: otherIP6, text: "ip6 && ip.proto == " + otherProtocols(packet.ProtoICMPv6)})
	return simple, exact, append(named,
		phrase{of: otherIP4, text: "ip4 of other protocols"},
		phrase{of: otherIP6, text: "ip6 of other protocols"},
		phrase{of: unnamed, text: "other Ethernet types"})
}()

// otherProtocols lists the numbers of the protocols that have no family.
func otherProtocols(icmp int) string {
	var list []string
	for i := range 256 {
		if i != packet.ProtoTCP && i != packet.ProtoUDP && i != packet.ProtoSCTP && i != icmp {
			list = append(list, strconv.Itoa(i))
		}
	}
	return "{" + strings.Join(list, ", ") + "}"
}

// phraseFor returns the shortest text for all packets of the needed families that has no
// packet of a family that is not allowed.
func phraseFor(need, allowed kinds) phrase {
	best, _ := either(named, need, allowed)
	for _, base := range append([]phrase{{of: allKinds}}, named...) {
		if need&^base.of != 0 {
			continue
		}
		p, ok := base, true
		for out := p.of &^ allowed; ok && out != 0; out = p.of &^ allowed {
			var not phrase
			for _, s := range simple {
				if s.of&need == 0 && cmp.Or(cmp.Compare((s.of&out).count(), (not.of&out).count()), cmp.Compare(len(not.text), len(s.text))) > 0 {
					not = s
				}
			}
			if ok = not.of&out != 0; ok {
				p.of &^= not.of
				p.text = strings.TrimPrefix(p.text+" && !"+not.text, " && ")
			}
		}
		if ok && len(p.text) < len(best.text) {
			best = p
		}
	}
	if slices.ContainsFunc(simple, func(s phrase) bool { return s.text == best.text }) {
		return narrowest(need, best)
	}
	return best
}

// narrowest returns the simple name of the fewest families that include the needed ones and
// are all in the phrase, or the phrase.
func narrowest(need kinds, best phrase) phrase {
	all := best.of
	for _, n := range simple {
		if need&^n.of == 0 && n.of&^all == 0 && n.of.count() < best.of.count() {
			best = n
		}
	}
	return best
}

// either joins phrases so that they have the needed families, and no other than those
// allowed; ok is false if no such phrases exist.
func either(list []phrase, need, allowed kinds) (all phrase, ok bool) {
	var texts []string
	for left := need; left != 0; left &^= all.of {
		var best phrase
		for _, n := range list {
			if n.of&^allowed == 0 && cmp.Or(cmp.Compare((n.of&left).count(), (best.of&left).count()), cmp.Compare(len(best.text), len(n.text))) > 0 {
				best = n
			}
		}
		if best.of&left == 0 {
			return all, false
		}
		texts = append(texts, best.text)
		all.of |= best.of
	}
	all.or = len(texts) > 1
	if all.or {
		for i := range texts {
			texts[i] = enclosed(texts[i])
		}
	}
	all.text = strings.Join(texts, " || ")
	return all, true
}

// enclosed returns text of several parts in parentheses.
func enclosed(text string) string {
	if strings.Contains(text, " && ") || strings.Contains(text, " || ") || strings.Contains(text, " except ") {
		return "(" + text + ")"
	}
	return text
}

// family returns the packets of a family.
func (m *Manager) family(i int) Set {
	f := families[i]
	if f.ethType == 0 {
		s := All
		for _, o := range families {
			if o.ethType != 0 {
				s = m.Without(s, m.Is(packet.EthType, o.ethType))
			}
		}
		return s
	}
	s := m.Is(packet.EthType, f.ethType)
	if f.proto != 0 {
		return m.And(s, m.Is(packet.IPProto, f.proto))
	}
	for _, o := range families {
		if o.ethType == f.ethType && o.proto != 0 {
			s = m.Without(s, m.Is(packet.IPProto, o.proto))
		}
	}
	return s
}

// symbol is the name of a field in the packets of some families.
type symbol struct {
	name  string
	width int   // the number of its bits in them
	of    kinds // the families that have it
	known bool  // the match language has it
}

// prefixes are the families of symbols, by the first part of their names. Symbols with
// another first part exist in all families.
var prefixes = map[string]kinds{
	"tcp": 1<<0 | 1<<5, "udp": 1<<1 | 1<<6, "sctp": 1<<2 | 1<<7, "icmp4": icmp4, "icmp6": icmp6, "nd": icmp6,
	"ip4": ip4Kinds, "ip6": ip6Kinds, "ip": ipKinds, "arp": arp, "rarp": rarp,
}

// symbolsOf has the symbol of each field in each family.
var symbolsOf = func() map[*packet.Field][len(families)]symbol {
	all := map[*packet.Field][len(families)]symbol{}
	for _, f := range order {
		var list [len(families)]symbol
		for i := range families {
			name, width, ok := symbolOf(f, families[i])
			word, _, _ := strings.Cut(name, ".")
			of, limited := prefixes[word]
			if !limited {
				of = allKinds
			}
			if !ok || !of.has(i) {
				name, of, ok = f.Name, allKinds, false
			}
			list[i] = symbol{name, width, of, ok}
		}
		all[f] = list
	}
	return all
}()

// symbol returns the name of a field in all of some families; ok is false if they have
// different names.
func (k kinds) symbol(f *packet.Field) (s symbol, ok bool) {
	s = symbolsOf[f][k.first()]
	for left := k; left != 0; left &= left - 1 {
		if symbolsOf[f][left.first()] != s {
			return s, false
		}
	}
	return s, s.known || k.count() == 1
}
