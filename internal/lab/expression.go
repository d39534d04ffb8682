package lab

import (
	"fmt"
	"regexp"
	"strings"
)

// A symbol is a field of the match language, with its width and the usual form of its
// constants.
type symbol struct {
	name string
	bits int
	form string // dec, mac, ip4 or ip6
}

// symbols are the numeric fields of OVN 23.03 (ovn-sb(5), "Symbols").
var symbols = []symbol{
	{"eth.src", 48, "mac"},
	{"eth.dst", 48, "mac"},
	{"eth.type", 16, "dec"},
	{"vlan.tci", 16, "dec"},
	{"vlan.vid", 12, "dec"},
	{"vlan.pcp", 3, "dec"},
	{"vlan.present", 1, "dec"},
	{"ip.proto", 8, "dec"},
	{"ip.dscp", 6, "dec"},
	{"ip.ecn", 2, "dec"},
	{"ip.ttl", 8, "dec"},
	{"ip.frag", 2, "dec"},
	{"ip4.src", 32, "ip4"},
	{"ip4.dst", 32, "ip4"},
	{"ip6.src", 128, "ip6"},
	{"ip6.dst", 128, "ip6"},
	{"ip6.label", 20, "dec"},
	{"icmp4.type", 8, "dec"},
	{"icmp4.code", 8, "dec"},
	{"icmp6.type", 8, "dec"},
	{"icmp6.code", 8, "dec"},
	{"arp.op", 16, "dec"},
	{"arp.spa", 32, "ip4"},
	{"arp.tpa", 32, "ip4"},
	{"arp.sha", 48, "mac"},
	{"arp.tha", 48, "mac"},
	{"rarp.op", 16, "dec"},
	{"rarp.spa", 32, "ip4"},
	{"rarp.tpa", 32, "ip4"},
	{"rarp.sha", 48, "mac"},
	{"rarp.tha", 48, "mac"},
	{"nd.target", 128, "ip6"},
	{"nd.sll", 48, "mac"},
	{"nd.tll", 48, "mac"},
	{"tcp.src", 16, "dec"},
	{"tcp.dst", 16, "dec"},
	{"tcp.flags", 12, "dec"},
	{"udp.src", 16, "dec"},
	{"udp.dst", 16, "dec"},
	{"sctp.src", 16, "dec"},
	{"sctp.dst", 16, "dec"},
	{"pkt.mark", 32, "dec"},
	{"ct_mark", 32, "dec"},
	{"ct_label", 128, "dec"},
	{"ct_state", 32, "dec"},
	{"flags", 32, "dec"},
	{"reg0", 32, "dec"},
	{"reg5", 32, "dec"},
	{"reg9", 32, "dec"},
	{"xreg0", 64, "dec"},
	{"xreg4", 64, "dec"},
	{"xxreg0", 128, "ip6"},
	{"xxreg1", 128, "ip6"},
	{"ct_label.ecmp_reply_eth", 48, "mac"},
	{"ct_label.label", 32, "dec"},
	{"ct_mark.ecmp_reply_port", 16, "dec"},
	{"ct_mark.natted", 1, "dec"},
	{"ct_label.blocked", 1, "dec"},
	{"flags.loopback", 1, "dec"},
	{"ip.is_frag", 1, "dec"},
	{"ct.new", 1, "dec"},
	{"ct.est", 1, "dec"},
	{"ct.trk", 1, "dec"},
	{"ct.rpl", 1, "dec"},
	{"ct.snat", 1, "dec"},
}

// predicates are the names of predefined expressions.
var predicates = []string{
	"ip", "ip4", "ip6", "tcp", "udp", "sctp", "icmp", "icmp4", "icmp6", "igmp", "arp", "rarp", "nd", "nd_ns", "nd_na", "nd_rs", "nd_ra",
	"mldv1", "mldv2", "eth.bcast", "eth.mcast", "eth.mcastv6", "ip4.mcast", "ip4.src_mcast", "ip6.mcast", "ip6.mcast_flood",
	"ip6.mcast_rsvd", "ip6.mcast_all_rtrs", "ip.is_frag", "ip.later_frag", "ip.first_frag", "vlan.present", "ct.trk", "ct.new && ct.trk",
	"ct_mark.blocked", "flags.force_snat_for_lb", "0", "1", "vlan.vid", "nosuch", "ip4.nosuch",
}

// expression generates a microflow of random comparisons. Most of them are rejected, with a
// message for each fault.
func (m *MicroflowGenerator) expression(p *packet) {
	p.terms = p.terms[:1]
	for range m.between(1, 4) {
		p.add("%s", m.operand(2))
	}
}

// operand draws a term, a negated one, or several in parentheses.
func (m *MicroflowGenerator) operand(depth int) string {
	switch v := m.Float64(); {
	case depth == 0 || v < .72:
		return m.comparison()
	case v < .77:
		return "!" + m.comparison()
	case v < .82:
		return "!(" + m.operand(depth-1) + ")"
	case v < .9:
		return "(" + m.operand(depth-1) + " && " + m.operand(depth-1) + ")"
	case v < .98:
		return "(" + m.operand(depth-1) + " || " + m.operand(depth-1) + ")"
	default:
		return m.operand(depth-1) + pick(m.Rand, " && ", " || ", " ") + m.operand(depth-1)
	}
}

// comparison draws a predicate or a comparison of a field or of a part of one.
func (m *MicroflowGenerator) comparison() string {
	if m.chance(.2) {
		return pick(m.Rand, predicates...)
	}
	s := pick(m.Rand, symbols...)
	name := s.name
	if m.chance(.08) {
		low := m.IntN(s.bits + 1)
		high := low + m.IntN(max(1, s.bits-low))
		name = fmt.Sprintf("%s[%d..%d]", s.name, low, high)
		if m.chance(.3) {
			name = fmt.Sprintf("%s[%d]", s.name, low)
		}
		s = symbol{name, high - low + 1, "dec"}
	}
	relation := pick(m.Rand, "==", "==", "==", "==", "==", "==", "==", "!=", "<", "<=", ">", ">=")
	switch v := m.Float64(); {
	case v < .03:
		return name
	case v < .07:
		return m.constant(s) + " " + relation + " " + name
	case v < .1:
		return fmt.Sprintf("%s %s %s %s %s", m.constant(s), pick(m.Rand, "<", "<=", ">"), name, pick(m.Rand, "<", "<=", "=="), m.constant(s))
	case v < .17:
		var all []string
		for range m.between(1, 3) {
			all = append(all, m.constant(s))
		}
		return name + " " + relation + " {" + strings.Join(all, pick(m.Rand, ", ", ", ", " ")) + "}"
	case v < .2:
		return name + " " + relation + " " + pick(m.Rand, `"sw0-p0"`, `"x"`, "$as_0", "@pg_0", "$nosuch", pick(m.Rand, symbols...).name)
	case v < .22:
		return pick(m.Rand, "inport", "outport") + " " + relation + " " + pick(m.Rand, `"sw0-p0"`, `{"a", "b"}`, "5", "@pg_0", `""`)
	default:
		return name + " " + relation + " " + m.constant(s)
	}
}

// constant draws a constant for a field, a few with a mutation.
func (m *MicroflowGenerator) constant(s symbol) string {
	text := m.plain(s)
	if m.chance(.06) {
		text = m.mutate(text)
	}
	return text
}

// number matches a number in a constant.
var number = regexp.MustCompile(`[0-9]+`)

// mutate changes a number of a constant, its mask or any byte.
func (m *MicroflowGenerator) mutate(text string) string {
	at := m.IntN(len(text))
	switch runs := number.FindAllStringIndex(text, -1); {
	case len(runs) > 0 && m.chance(.5):
		run := pick(m.Rand, runs...)
		n := text[run[0]:run[1]]
		return text[:run[0]] + pick(m.Rand, "0"+n, "00"+n, n+"0", "256", "257", "300", "1"+n, "", "-"+n, "+"+n, " "+n, "0x"+n, "65536", "4294967296") + text[run[1]:]
	case m.chance(.3):
		value, _, _ := strings.Cut(text, "/")
		return value + "/" + pick(m.Rand, "33", "129", "-1", "024", "255.0.255.0", "255.255.0.0.", "255.255.255.256", "::1", "ffff:0:ffff::", "ff:00:ff:00:ff:00", "0x0f0f", "", "0", "24/8")
	case m.chance(.3):
		return text[:at] + text[at+1:]
	default:
		return text[:at] + pick(m.Rand, "0", "9", "a", "F", "g", "x", ":", "::", ".", "..", "/", "%", "-", "_", "\\", "\"", "é", "\t") + text[at+m.IntN(2):]
	}
}

// plain generates a constant for a field, mostly a valid one, in one of the forms of the
// language.
func (m *MicroflowGenerator) plain(s symbol) string {
	form := s.form
	if m.chance(.04) {
		form = pick(m.Rand, "dec", "mac", "ip4", "ip6")
	}
	mask := m.chance(.12)
	switch form {
	case "mac":
		text := fmt.Sprintf("%02x:%02x:00:00:%02x:%02x", m.IntN(256), m.IntN(256), m.IntN(3), m.IntN(256))
		if mask {
			text += "/" + pick(m.Rand, "ff:ff:ff:00:00:00", "01:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "24")
		}
		return text
	case "ip4":
		text := fmt.Sprintf("%d.%d.0.%d", m.IntN(256), m.IntN(4), m.IntN(256))
		if mask {
			text += "/" + pick(m.Rand, "24", "8", "0", "32", "33", "255.255.0.0", "255.0.255.0", "0xff000000")
		}
		return text
	case "ip6":
		text := pick(m.Rand, "::", "::1", "fe80::5054:ff:fe00:1", "fd10::b", "2001:db8::1", "ff02::1:ff00:b", "::ffff:10.0.0.1", "1:2:3:4:5:6:7:8")
		if mask {
			text += "/" + pick(m.Rand, "64", "128", "0", "10", "129", "ffff::", "::ffff")
		}
		return text
	}
	width := s.bits
	if m.chance(.04) {
		width++ // one bit too many
	}
	value := m.Uint64N(1 << min(width, 62))
	if m.chance(.3) {
		value = pick(m.Rand, uint64(0), 1, 2, 6, 17, 64, 255, 0x800, 0x86dd, 0x806) & (1<<min(width, 62) - 1)
	}
	format := pick(m.Rand, "%d", "%d", "%d", "%#x", "%#x", "0x%X", "%03d")
	text := fmt.Sprintf(format, value)
	if mask {
		text += "/" + fmt.Sprintf(format, m.Uint64N(1<<min(width, 62)))
	}
	return text
}
