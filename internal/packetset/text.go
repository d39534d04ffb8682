package packetset

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/packet"
)

// Description is a set as a person would write it.
type Description struct {
	// Text is one line, such as "tcp.dst == {5432, 8000..8080}".
	Text string

	// Alternatives are the parts of Text, of which one holds.
	Alternatives []string

	// Cut reports that there are more than MaxTerms of them, of which the last is "...".
	Cut bool

	// Match is the same in the match language, "" where the language cannot say it,
	// as of protocols of which it has only some.
	Match string
}

// Port is an input port: its key, and the name that the match language has for it.
type Port struct {
	Key  uint64
	Name string
}

// family is packets of one kind that the match language has names for.
type family struct {
	name    string
	ethType uint64 // 0 for those of no other kind
	proto   uint64 // likewise
}

var families = []family{
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
	otherIP4 kinds = 1 << 4
	otherIP6 kinds = 1 << 9
	unnamed  kinds = 1 << 12
	allKinds kinds = 1<<13 - 1
)

// unions are the names of several families, the largest first.
var unions = []struct {
	of          kinds
	text, match string
}{
	{allKinds, "any packet", "1"},
	{ip4Kinds | ip6Kinds, "ip", "ip"},
	{(ip4Kinds | ip6Kinds) &^ (1<<3 | 1<<8), "ip && !icmp", "ip && !icmp"},
	{(ip4Kinds | ip6Kinds) &^ (1<<0 | 1<<5), "ip && !tcp", "ip && !tcp"},
	{(ip4Kinds | ip6Kinds) &^ (1<<1 | 1<<6), "ip && !udp", "ip && !udp"},
	{ip4Kinds, "ip4", "ip4"},
	{ip6Kinds, "ip6", "ip6"},
	{ip4Kinds &^ (1 << 3), "ip4 && !icmp4", "ip4 && !icmp4"},
	{ip6Kinds &^ (1 << 8), "ip6 && !icmp6", "ip6 && !icmp6"},
	{ip4Kinds &^ (1 << 0), "ip4 && !tcp", "ip4 && !tcp"},
	{ip6Kinds &^ (1 << 5), "ip6 && !tcp", "ip6 && !tcp"},
	{ip4Kinds &^ (1 << 1), "ip4 && !udp", "ip4 && !udp"},
	{ip6Kinds &^ (1 << 6), "ip6 && !udp", "ip6 && !udp"},
	{1<<0 | 1<<5, "tcp", "tcp"},
	{1<<1 | 1<<6, "udp", "udp"},
	{1<<2 | 1<<7, "sctp", "sctp"},
	{1<<3 | 1<<8, "icmp", "icmp"},
	{1 << 0, "ip4 && tcp", "ip4 && tcp"},
	{1 << 5, "ip6 && tcp", "ip6 && tcp"},
	{1 << 1, "ip4 && udp", "ip4 && udp"},
	{1 << 6, "ip6 && udp", "ip6 && udp"},
	{1 << 2, "ip4 && sctp", "ip4 && sctp"},
	{1 << 7, "ip6 && sctp", "ip6 && sctp"},
	{1 << 3, "icmp4", "icmp4"},
	{1 << 8, "icmp6", "icmp6"},
	{otherIP4, "ip4 of other protocols", "ip4 && ip.proto == " + otherProtocols(packet.ProtoICMP)},
	{otherIP6, "ip6 of other protocols", "ip6 && ip.proto == " + otherProtocols(packet.ProtoICMPv6)},
	{1 << 10, "arp", "arp"},
	{1 << 11, "rarp", "rarp"},
	{unnamed, "other Ethernet types", ""},
}

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

// among returns the packets of a family.
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

// And returns the description of the packets of which a clause holds too.
func (d Description) And(clause string) Description {
	and := func(text string) string {
		switch {
		case text == "any packet" || text == "1":
			return clause
		case isUnion(text):
			text = "(" + text + ")"
		}
		return text + " && " + clause
	}
	out := Description{Cut: d.Cut}
	for i, text := range d.Alternatives {
		if !d.Cut || i < len(d.Alternatives)-1 {
			text = and(text)
		}
		out.Alternatives = append(out.Alternatives, text)
	}
	out.Text = strings.Join(out.Alternatives, ", or ")
	if d.Match != "" {
		out.Match = and(d.Match)
	}
	return out
}

// Any returns the description of the packets of which one of several descriptions holds.
func Any(list []Description) (d Description) {
	if len(list) == 1 {
		return list[0]
	}
	var matches []string
	for _, o := range list {
		d.Alternatives = append(d.Alternatives, o.Alternatives...)
		matches = append(matches, "("+o.Match+")")
	}
	d.Text = strings.Join(d.Alternatives, ", or ")
	if !slices.Contains(matches, "()") {
		d.Match = strings.Join(matches, " || ")
	}
	return d
}

// isUnion reports whether a text has "||" outside of parentheses.
func isUnion(text string) bool {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '|':
			if depth == 0 {
				return true
			}
		}
	}
	return false
}

// term is a conjunction: packets of families, of which fields have values.
type term struct {
	kinds       kinds
	text, match []string
	wordless    bool // the match language cannot say it
}

// MaxTerms is how many alternatives a description has at most.
const MaxTerms = 2000

// Describe writes a set, as distinct from the other packets of a bigger one: what
// holds of all of these is not said.  Ports are the input ports of the bigger one.
func (m *Manager) Describe(s, among Set, ports []Port) Description {
	p := printer{m: m, inports: ports}
	byRest := map[Set]int{}
	var groups []struct {
		rest  Set
		kinds kinds
	}
	for i := range families {
		of := m.family(i)
		care := m.And(among, of)
		if care == Empty {
			continue
		}
		p.present |= 1 << i
		mine := m.And(s, of)
		if mine == Empty {
			continue
		}
		rest := All
		if mine != care {
			rest = m.Simplify(mine, care)
			rest = m.Simplify(rest, of)
		}
		g, known := byRest[rest]
		if !known {
			g = len(groups)
			byRest[rest] = g
			groups = append(groups, struct {
				rest  Set
				kinds kinds
			}{rest: rest})
		}
		groups[g].kinds |= 1 << i
	}
	for _, g := range groups {
		p.group(g.rest, g.kinds)
	}
	return p.description()
}

type printer struct {
	m       *Manager
	inports []Port
	present kinds
	terms   []term
	many    bool
}

// group adds the packets of families of which the rest holds.  What the rest
// says of fields that have another name in each family is said for each.
func (p *printer) group(rest Set, of kinds) {
	if rest == All {
		p.terms = append(p.terms, term{kinds: of})
		return
	}
	// Fields that differ in name split the families.
	var split []kinds
	ports, addresses := p.m.dependsOn(rest, packet.TPSrc, packet.TPDst), p.m.dependsOn(rest, packet.IPv4Src, packet.IPv4Dst, packet.ARPSHA, packet.ARPTHA)
	for i := range families {
		k := kinds(1) << i
		if of&k == 0 {
			continue
		}
		j := slices.IndexFunc(split, func(s kinds) bool {
			o := families[bits.TrailingZeros16(uint16(s))]
			return (!ports || o.name == families[i].name) && (!addresses || o.ethType == families[i].ethType)
		})
		if j < 0 {
			split = append(split, k)
		} else {
			split[j] |= k
		}
	}
	for _, k := range split {
		p.rest(rest, term{kinds: k})
	}
}

// dependsOn reports whether a set says something of one of several fields.
func (m *Manager) dependsOn(s Set, fields ...*packet.Field) bool {
	seen := map[Set]bool{}
	var visit func(Set) bool
	visit = func(s Set) bool {
		if s <= All || seen[s] {
			return false
		}
		seen[s] = true
		n := m.nodes[s]
		for _, f := range fields {
			if at := spans[f]; n.bit >= at.first && n.bit < at.first+at.bits {
				return true
			}
		}
		return visit(n.lo) || visit(n.hi)
	}
	return visit(s)
}

// rest adds what a set says, field by field.
func (p *printer) rest(s Set, t term) {
	if len(p.terms) >= MaxTerms {
		p.many = true
		return
	}
	if s == All {
		p.terms = append(p.terms, t)
		return
	}
	f, alts, ok := p.m.alternatives(s)
	if !ok {
		p.many = true
		return
	}
	for _, a := range alts {
		if a.rest == Empty {
			continue
		}
		u := t
		text, match, spoken := p.clause(f, a.cubes, families[bits.TrailingZeros16(uint16(t.kinds))])
		u.text = append(slices.Clip(t.text), text)
		u.match = append(slices.Clip(t.match), match)
		u.wordless = t.wordless || !spoken
		p.rest(a.rest, u)
	}
}

// description joins the terms.
func (p *printer) description() Description {
	var d Description
	var texts, matches []string
	spoken := !p.many
	for _, t := range p.terms {
		left := t.kinds
		var names, words []string
		if left == p.present && len(t.text) > 0 { // the other packets are of the same kinds
			left = 0
		}
		for i, u := range unions {
			of := u.of & p.present
			if of == 0 || of&^left != 0 {
				continue
			}
			for _, narrow := range unions[i+1:] {
				if narrow.of&p.present == of && !strings.Contains(narrow.match, "&&") {
					u = narrow
				}
			}
			left &^= of
			if left == 0 && len(names) == 0 && len(t.text) > 0 && implied(u.text, t.text) {
				names, words = []string{""}, []string{""}
				break
			}
			names, words = append(names, u.text), append(words, u.match)
			t.wordless = t.wordless || u.match == ""
			if left == 0 {
				break
			}
		}
		texts = append(texts, conjunct(names, t.text))
		matches = append(matches, conjunct(words, t.match))
		spoken = spoken && !t.wordless
	}
	if p.many {
		texts = append(texts, "...")
	}
	d.Text, d.Alternatives, d.Cut = strings.Join(texts, ", or "), texts, p.many
	if !spoken {
		return d
	}
	switch len(matches) {
	case 0:
		d.Match = "0"
	case 1:
		d.Match = matches[0]
	default:
		for i, m := range matches {
			if strings.Contains(m, "&&") || strings.Contains(m, "||") {
				matches[i] = "(" + m + ")"
			}
		}
		d.Match = strings.Join(matches, " || ")
	}
	return d
}

// implied reports whether what is said of fields implies the name of a family.
func implied(name string, clauses []string) bool {
	if name == "any packet" {
		return true
	}
	for _, c := range clauses {
		if strings.HasPrefix(strings.TrimPrefix(c, "("), name+".") {
			return true
		}
	}
	return false
}

// conjunct joins the names of families, of which one holds, and what holds besides.
func conjunct(names, clauses []string) string {
	name := strings.Join(names, " || ")
	if len(clauses) == 0 {
		return name
	}
	if name == "1" || name == "" || name == "any packet" {
		return strings.Join(clauses, " && ")
	}
	if len(names) > 1 {
		for i, n := range names {
			if strings.Contains(n, "&&") {
				names[i] = "(" + n + ")"
			}
		}
		name = "(" + strings.Join(names, " || ") + ")"
	}
	return name + " && " + strings.Join(clauses, " && ")
}
