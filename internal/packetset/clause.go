package packetset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/packet"
)

// symbols are the names of fields in the match language; symbolOf has those that depend on
// the family.
var symbols = map[*packet.Field]string{
	packet.EthType: "eth.type", packet.VLANTCI: "vlan.tci", packet.IPProto: "ip.proto", packet.IPFrag: "ip.frag",
	packet.TCPFlags: "tcp.flags", packet.IPTTL: "ip.ttl", packet.IPDSCP: "ip.dscp", packet.IPECN: "ip.ecn", packet.IPv6Label: "ip6.label",
	packet.EthDst: "eth.dst", packet.IPv4Dst: "ip4.dst", packet.IPv6Dst: "ip6.dst", packet.NDTarget: "nd.target", packet.ARPTHA: "nd.tll",
	packet.Inport: "inport", packet.EthSrc: "eth.src", packet.IPv4Src: "ip4.src", packet.ARPSHA: "nd.sll", packet.IPv6Src: "ip6.src",
}

// symbolOf returns the symbol of a field in a family, and the number of bits that it has
// there.
func symbolOf(f *packet.Field, of family) (name string, width int, ok bool) {
	switch f {
	case packet.TPSrc, packet.TPDst:
		switch of.name {
		case "tcp", "udp", "sctp":
			return of.name + map[*packet.Field]string{packet.TPSrc: ".src", packet.TPDst: ".dst"}[f], 16, true
		case "icmp4", "icmp6":
			return of.name + map[*packet.Field]string{packet.TPSrc: ".type", packet.TPDst: ".code"}[f], 8, true
		}
		return f.Name, 16, false
	case packet.IPProto, packet.IPv4Src, packet.IPv4Dst, packet.ARPSHA, packet.ARPTHA:
		if of.name == "arp" || of.name == "rarp" {
			return of.name + map[*packet.Field]string{
				packet.IPProto: ".op", packet.IPv4Src: ".spa", packet.IPv4Dst: ".tpa", packet.ARPSHA: ".sha", packet.ARPTHA: ".tha",
			}[f], f.Bits, true
		}
	}
	return symbols[f], f.Bits, true
}

// nominal are the fields that are compared for equality only: those of that level in the
// match language, and ip.frag, whose values have names.
var nominal = []*packet.Field{packet.EthType, packet.IPProto, packet.TPSrc, packet.TPDst, packet.IPDSCP, packet.IPECN, packet.IPTTL, packet.IPFrag}

// clause is a condition on the values of a field, as text.
type clause struct {
	text, match string
	spoken      bool // match is a match
	cut         bool // there are too many values to write
	cost        int  // see formula.cost
}

// The costs of a value, which replaces the length of its text, and those of an exclusion
// and of bits of an address, which are added.
const (
	costValue = 16 // a name or an address
	costNot   = 6
	costBits  = 24
)

// clause returns the condition that a field has one of some values, in packets of families
// that have symbol s.
func (m *Manager) clause(f *packet.Field, values Set, s symbol, inports []Port) *clause {
	if values <= All {
		return &clause{text: s.name + " == ...", cut: true}
	}
	list, ok := m.alternatives(values)
	if !ok {
		return &clause{text: s.name + " == ...", cut: true}
	}
	c := &clause{}
	if f == packet.Inport {
		c.text = ports(list[len(list)-1], inports)
		c.match, c.spoken = c.text, true
	} else {
		c.text, c.match, c.spoken = m.compare(f, list[len(list)-1], s)
		c.spoken = c.spoken && s.known
	}
	c.cost = len(c.text)
	if f == packet.Inport || isAddress(f) { // the length of a name or an address does not matter
		comparisons := 1 + strings.Count(c.text, " && ") + strings.Count(c.text, " || ")
		c.cost = comparisons*len(s.name) + (comparisons+strings.Count(c.text, ", "))*costValue
	}
	if strings.Contains(c.text, "!=") {
		c.cost += costNot
	}
	if strings.Contains(c.text, "[") || strings.Contains(c.text, "/") && isScattered(f, list[len(list)-1]) {
		c.cost += costBits
	}
	return c
}

// isScattered reports whether the bits that addresses have in common are not those of a
// familiar range: a prefix, of an Ethernet address one of whole bytes, or the bit of groups.
func isScattered(f *packet.Field, cubes []cube) bool {
	return isAddress(f) && slices.ContainsFunc(cubes, func(c cube) bool {
		if f.Kind == packet.KindEthernet {
			return (!isPrefix(c.mask, f.Bits) || c.mask.TrailingZeros()%8 != 0) && c.mask != packet.Uint(1<<40)
		}
		return !isPrefix(c.mask, f.Bits)
	})
}

// isPrefix reports whether a mask is that of a prefix.
func isPrefix(mask packet.Value, width int) bool {
	ofs, n := mask.Run()
	return n > 0 && ofs+n == width
}

// compare writes the condition that a field has the values of cubes.
func (m *Manager) compare(f *packet.Field, cubes []cube, s symbol) (text, match string, spoken bool) {
	name, width, spoken := s.name, s.width, true
	full := packet.Ones(width)
	for i := range cubes { // the bits that the field lacks are 0
		cubes[i].mask = cubes[i].mask.And(full)
	}
	if f == packet.VLANTCI && len(cubes) == 1 && cubes[0].mask == packet.Uint(0x1000) {
		if cubes[0].value.IsZero() {
			return "!vlan.present", "!vlan.present", true
		}
		return "vlan.present", "vlan.present", true
	}
	isPort := (f == packet.TPSrc || f == packet.TPDst) && width == f.Bits
	onlyEqual := slices.Contains(nominal, f) && !isPort
	runs, ok := intervals(cubes, width)
	if !ok && onlyEqual && width <= 8 {
		runs, ok = intervals(numbers(cubes, width), width)
	}
	var no []interval
	op, cost := "==", len(cubes)
	if ok {
		no = others(runs, width)
		n, m := constants(f, runs, width), constants(f, no, width)
		if m > 0 && m < n || m == 1 && n == 1 && no[0].low == no[0].high && runs[0].low != runs[0].high {
			op, n = "!=", m
		}
		limit := max(cost, few)
		if isScattered(f, cubes) {
			limit *= 2
		}
		if ok = onlyEqual || n <= limit; ok {
			cost = n
		}
	}
	if !slices.Contains(nominal, f) && cost > few {
		if text, ok := m.except(name, f, cubes, width, cost); ok {
			return text, text, spoken
		}
	}
	switch {
	case !ok:
		text := masked(name, f, cubes)
		return text, text, !slices.Contains(nominal, f)
	case op == "!=" && onlyEqual:
		text, _ = list(f, no, width)
		_, match = list(f, runs, width)
		return name + " != " + text, name + " == " + match, spoken
	case op == "!=":
		runs = no
	}
	text, match = list(f, runs, width)
	if f.Kind == packet.KindDecimal && !onlyEqual && slices.ContainsFunc(runs, func(r interval) bool { return r.low != r.high }) {
		match = compared(name, op, runs, width)
		return name + " " + op + " " + text, match, spoken
	}
	return name + " " + op + " " + text, name + " " + op + " " + match, spoken
}

// few is the number of constants that are easy to read.
const few = 3

// constants returns the number of constants that list writes for runs.
func constants(f *packet.Field, runs []interval, width int) (n int) {
	for _, r := range runs {
		if r.low == r.high || !isAddress(f) {
			n++
		} else {
			n += len(r.addresses(f, width))
		}
	}
	return n
}

func isAddress(f *packet.Field) bool {
	return f.Kind == packet.KindIPv4 || f.Kind == packet.KindIPv6 || f.Kind == packet.KindEthernet
}

// except writes values as those under a mask, without some of them and with others. ok is
// false if that needs as many constants as the limit or more.
func (m *Manager) except(name string, f *packet.Field, cubes []cube, width, limit int) (text string, ok bool) {
	hull := cubes[0]
	set := Empty
	for _, c := range cubes {
		hull.mask = hull.mask.And(c.mask).AndNot(hull.value.Xor(c.value))
		hull.value = hull.value.And(hull.mask)
		set = m.Or(set, m.Equal(f, c.value, c.mask))
	}
	var bases []cube
	if f.Kind == packet.KindIPv4 || f.Kind == packet.KindIPv6 { // a prefix
		for hull.mask.TrailingZeros() < width && !isPrefix(hull.mask, width) {
			hull.mask = hull.mask.Flip(hull.mask.TrailingZeros())
		}
		hull.value = hull.value.And(hull.mask)
	} else {
		for i := range width {
			bit := packet.Uint(1).Shl(i)
			bases = append(bases, cube{bit, bit}, cube{packet.Value{}, bit})
		}
	}
	bases = slices.Insert(bases, 0, hull)
	var base cube
	var without, besides []interval
	for _, c := range bases {
		if c.mask.IsZero() || isScattered(f, []cube{c}) {
			continue
		}
		under := m.Equal(f, c.value, c.mask)
		fewer, ok := m.runs(m.Without(under, set), width)
		if !ok || len(fewer) >= limit {
			continue
		}
		more, ok := m.runs(m.Without(set, under), width)
		if !ok || len(fewer)+len(more) >= limit {
			continue
		}
		if cost := 1 + constants(f, fewer, width) + constants(f, more, width); cost < limit {
			base, without, besides, limit = c, fewer, more, cost
		}
	}
	if base.mask.IsZero() {
		return "", false
	}
	text = masked(name, f, []cube{base})
	if len(without) > 0 {
		_, values := list(f, without, width)
		text += " && " + name + " != " + values
	}
	if len(besides) > 0 {
		if len(without) > 0 {
			text = "(" + text + ")" // the match language does not mix operators
		}
		_, values := list(f, besides, width)
		text = "(" + text + " || " + name + " == " + values + ")"
	}
	return text, true
}

// runs returns the values of a field as runs, if the set depends on that field alone; else
// ok is false.
func (m *Manager) runs(s Set, width int) (runs []interval, ok bool) {
	if s <= All {
		return nil, s == Empty
	}
	values, ok := m.alternatives(s)
	if !ok || len(values) != 1 {
		return nil, false
	}
	return intervals(values[0], width)
}

// compared writes runs of numbers with order comparisons.
func compared(name, op string, runs []interval, width int) string {
	var parts, single []string
	for _, r := range runs {
		low, high := strconv.FormatUint(r.low.Lo, 10), strconv.FormatUint(r.high.Lo, 10)
		switch {
		case r.low == r.high:
			single = append(single, low)
		case op == "==" && r.low.IsZero():
			parts = append(parts, name+" <= "+high)
		case op == "==" && r.high == packet.Ones(width):
			parts = append(parts, name+" >= "+low)
		case op == "==":
			parts = append(parts, low+" <= "+name+" <= "+high)
		case r.low.IsZero():
			parts = append(parts, name+" > "+high)
		case r.high == packet.Ones(width):
			parts = append(parts, name+" < "+low)
		default:
			parts = append(parts, "("+name+" < "+low+" || "+name+" > "+high+")")
		}
	}
	if len(single) == 1 {
		parts = append(parts, name+" "+op+" "+single[0])
	} else if len(single) > 1 {
		parts = append(parts, name+" "+op+" {"+strings.Join(single, ", ")+"}")
	}
	if len(parts) == 1 {
		return parts[0]
	}
	join := " || "
	if op == "!=" {
		join = " && "
	}
	return "(" + strings.Join(parts, join) + ")"
}

// list writes runs of values, in braces if there are several. text is for readers, match
// for the match language, which has no ranges.
func list(f *packet.Field, runs []interval, width int) (text, match string) {
	var texts, matches []string
	for _, r := range runs {
		low, high := f.Format(r.low), f.Format(r.high)
		switch {
		case r.low == r.high:
			texts, matches = append(texts, low), append(matches, constant(f, r.low))
		case isAddress(f):
			for _, c := range r.addresses(f, width) {
				one := constant(f, c.value)
				if c.mask != packet.Ones(width) {
					one += "/" + maskText(f, c.mask)
				}
				texts, matches = append(texts, one), append(matches, one)
			}
		default:
			if f == packet.IPFrag { // its values have names
				for v := r.low; v.Cmp(r.high) <= 0; v = plusOne(v) {
					texts = append(texts, f.Format(v))
				}
			} else {
				texts = append(texts, low+".."+high)
			}
			for v := r.low; v.Cmp(r.high) <= 0 && len(matches) < 300; v = plusOne(v) {
				matches = append(matches, constant(f, v))
			}
		}
	}
	return braces(texts), braces(matches)
}

func braces(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return "{" + strings.Join(list, ", ") + "}"
}

// constant writes a value in the syntax of the match language.
func constant(f *packet.Field, v packet.Value) string {
	switch f.Kind {
	case packet.KindDecimal, packet.KindEthernet, packet.KindIPv4, packet.KindIPv6:
		return f.Format(v)
	default:
	}
	return string(packet.AppendHex(nil, v))
}

// maskText writes a mask: in full for an Ethernet address, else as the length of the prefix.
func maskText(f *packet.Field, mask packet.Value) string {
	if f.Kind != packet.KindEthernet {
		return strconv.Itoa(mask.OnesCount())
	}
	return f.Format(mask)
}

// masked writes values under masks.
func masked(name string, f *packet.Field, cubes []cube) string {
	if f.Kind == packet.KindIPv4 || f.Kind == packet.KindIPv6 {
		values := make([]string, len(cubes))
		for i, c := range cubes {
			values[i] = f.Format(c.value)
			if _, n := c.mask.Run(); !isPrefix(c.mask, f.Bits) {
				values[i] += "/" + f.Format(c.mask)
			} else if n < f.Bits {
				values[i] += "/" + strconv.Itoa(n)
			}
		}
		return name + " == " + braces(values)
	}
	parts := make([]string, len(cubes))
	for i, c := range cubes {
		ofs, n := c.mask.Run()
		switch {
		case f == packet.EthDst && c.mask == packet.Uint(1<<40):
			parts[i] = []string{"!eth.mcast", "eth.mcast"}[c.value.Bit(40)]
		case n == 1:
			parts[i] = fmt.Sprintf("%s[%d] == %d", name, ofs, c.value.Bit(ofs))
		case n > 0:
			parts[i] = fmt.Sprintf("%s[%d..%d] == %s", name, ofs, ofs+n-1, packet.AppendHex(nil, c.value.Shr(ofs)))
		case f.Kind == packet.KindEthernet:
			parts[i] = name + " == " + f.Format(c.value) + "/" + f.Format(c.mask)
		default:
			parts[i] = name + " == " + string(packet.AppendHex(nil, c.value)) + "/" + string(packet.AppendHex(nil, c.mask))
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, " || ") + ")"
}

// ports writes the input ports whose keys are in cubes.
func ports(cubes []cube, inports []Port) string {
	var names []string
	for _, port := range inports {
		if slices.ContainsFunc(cubes, func(c cube) bool { return packet.Uint(port.Key).And(c.mask) == c.value }) {
			names = append(names, strconv.Quote(port.Name))
		}
	}
	return "inport == " + braces(names)
}
