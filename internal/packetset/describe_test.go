package packetset

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// reader parses the texts and matches that describe sets.
type reader struct {
	m    *Manager
	n    *lflow.Network
	d    *lflow.Datapath
	keys []uint64
}

// match returns the packets of a match.
func (r *reader) match(text string) (Set, error) {
	e, err := expr.ParseFlow(text, r.n.FlowEnv())
	if err != nil {
		return Empty, fmt.Errorf("%q: %w", text, err)
	}
	return r.m.Match(expr.Compile(expr.Annotate(e), r.n.Binder()), NewState(), r.d.Index, r.keys), nil
}

// divide splits text at a word outside of parentheses, braces and quotes.
func divide(text, word string) (parts []string) {
	depth, quoted, from := 0, false, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(' || c == '{':
			depth++
		case c == ')' || c == '}':
			depth--
		case depth == 0 && strings.HasPrefix(text[i:], word):
			parts = append(parts, text[from:i])
			i += len(word) - 1
			from = i + 1
		}
	}
	return append(parts, text[from:])
}

// text returns the packets of a text, which has alternatives of exceptions of conditions.
func (r *reader) text(text string) (Set, error) {
	joined := func(parts []string, op func(a, b Set) Set) (Set, error) {
		all, err := r.text(parts[0])
		for _, p := range parts[1:] {
			s, failure := r.text(p)
			if err == nil {
				err = failure
			}
			all = op(all, s)
		}
		return all, err
	}
	if parts := divide(text, ", or "); len(parts) > 1 {
		return joined(parts, r.m.Or)
	}
	if parts := divide(text, " || "); len(parts) > 1 {
		return joined(parts, r.m.Or)
	}
	if parts := divide(text, " except "); len(parts) == 2 {
		return joined(parts, r.m.Without)
	}
	if parts := divide(text, " && "); len(parts) > 1 {
		return joined(parts, r.m.And)
	}
	if strings.HasPrefix(text, "(") {
		return r.text(text[1 : len(text)-1])
	}
	switch text {
	case "any packet":
		text = "1"
	case "other Ethernet types":
		return r.text("!ip && !arp && !rarp")
	case "ip4 of other protocols":
		return r.text("ip4 && !tcp && !udp && !sctp && !icmp4")
	case "ip6 of other protocols":
		return r.text("ip6 && !tcp && !udp && !sctp && !icmp6")
	case "!vlan.present", "!eth.mcast":
	default:
		if strings.HasPrefix(text, "!") { // the match language has no negation of such names
			s, err := r.match(text[1:])
			return r.m.Not(s), err
		}
		return r.comparison(text)
	}
	return r.match(text)
}

// comparison returns the packets of a comparison. It has what the match language has not: ranges,
// and the negation of values of a nominal field, which are the packets that have the field with
// another value.
func (r *reader) comparison(text string) (Set, error) {
	name, values, not := strings.Cut(text, " != ")
	if !not {
		name, values, _ = strings.Cut(text, " == ")
	}
	sym, ok := r.n.Symbols().Lookup(name)
	if !ok || sym.Field == nil {
		return r.match(text)
	}
	if sym.Field == packet.IPFrag {
		values = strings.NewReplacer("no", "0", "first", "1", "later", "3").Replace(values)
	}
	nominal := sym.Level == expr.Nominal
	var parts []string
	for _, v := range strings.Split(strings.Trim(values, "{}"), ", ") {
		low, high, ranged := strings.Cut(v, "..")
		from, _ := strconv.ParseUint(low, 0, 32)
		to, _ := strconv.ParseUint(high, 0, 32)
		switch {
		case !ranged:
			parts = append(parts, name+" == "+v)
		case !nominal:
			parts = append(parts, fmt.Sprintf("(%s >= %s && %s <= %s)", name, low, name, high))
		default:
			for v := from; v <= to; v++ {
				parts = append(parts, fmt.Sprintf("%s == %d", name, v))
			}
		}
	}
	all := strings.Join(parts, " || ")
	switch {
	case !not:
		return r.match(all)
	case !nominal:
		return r.match("!(" + all + ")")
	}
	having, err := r.match(cmp.Or(sym.Prereqs, "1"))
	if err != nil {
		return Empty, err
	}
	with, err := r.match(all)
	return r.m.Without(having, with), err
}

// check compares the text and the match of a set with the set. It returns false if the set has
// no text.
func (r *reader) check(t *testing.T, from string, s, among Set, ports []Port) (described bool) {
	t.Helper()
	if s == Empty {
		return true
	}
	got := r.m.Describe(s, among, ports)
	if got.Cut || strings.Contains(got.Text, "tp.") { // tp. are ports of protocols without ports
		return false
	}
	for what, text := range map[string]string{"text": got.Text, "match": got.Match} {
		read := r.text
		if what == "match" {
			if read = r.match; text == "" {
				continue
			}
		}
		back, err := read(text)
		if err != nil {
			t.Errorf("%s: %s %q: %v", from, what, text, err)
			continue
		}
		if back = r.m.And(back, among); back != s {
			p, _ := r.m.Sample(r.m.Or(r.m.Without(s, back), r.m.Without(back, s)))
			t.Errorf("%s: %s %s: differs for %s", from, what, text, p.Header(packet.HeaderStyle{}))
		}
	}
	return got.Match != ""
}

func newReader(m *Manager, n *lflow.Network, d *lflow.Datapath) (r *reader, in Set, ports []Port) {
	r = &reader{m: m, n: n, d: d}
	for _, p := range d.Ports() {
		ports = append(ports, Port{p.Key, p.Name})
		r.keys = append(r.keys, p.Key)
		in = m.Or(in, m.Is(packet.Inport, p.Key))
	}
	return r, m.And(in, m.WellFormed()), ports
}

func TestDescriptionEqualsSet(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, n := range networks(t) {
		m := NewManager(0)
		d := n.Datapaths[0]
		r, all, ports := newReader(m, n, d)
		described, undescribed := 0, 0
		last := Empty
		for f := range n.ListFlows(d) {
			if f.Err(d) != nil || random.IntN(8) != 0 {
				continue
			}
			s := m.And(all, m.Match(f.Matcher(), NewState(), d.Index, r.keys))
			for _, set := range []Set{s, m.Without(all, s), m.Without(s, last), m.Without(last, s), m.Or(s, last)} {
				if r.check(t, f.MatchText(), set, all, ports) {
					described++
				} else {
					undescribed++
				}
			}
			last = s
		}
		t.Logf("%s: %d have a text, %d do not", d.Name, described, undescribed)
		if undescribed*4 > described {
			t.Errorf("%s: %d of %d sets have no text", d.Name, undescribed, described+undescribed)
		}
	}
}

// TestExceptionBesideValue describes a set with && and ||, which the match language rejects in
// one expression without parentheses.
func TestExceptionBesideValue(t *testing.T) {
	n := networks(t)[0]
	m := NewManager(0)
	r, all, ports := newReader(m, n, n.Datapaths[0])
	bit := packet.Uint(1).Shl(40)
	group := m.Without(m.Equal(packet.EthDst, bit, bit), m.Is(packet.EthDst, 0xffffffffffff))
	s := m.And(all, m.And(m.Or(group, m.Is(packet.EthDst, 0x404400000003)), m.Is(packet.IPProto, 6)))
	s = m.And(s, m.And(m.Is(packet.EthType, 0x800), m.Is(packet.IPv4Dst, 0xc0a8000b)))
	if !r.check(t, "multicast but broadcast, or one address", s, all, ports) {
		t.Error("no match")
	}
}

func TestRandomDescriptionEqualsSet(t *testing.T) {
	n := networks(t)[0]
	m := NewManager(0)
	r, all, ports := newReader(m, n, n.Datapaths[0])
	random := rand.New(rand.NewPCG(9, 10))
	atoms := []string{
		"ip4", "ip6", "tcp", "udp", "icmp4", "icmp6", "arp", "tcp.dst == 80", "tcp.dst == {80, 443}", "udp.dst >= 1024", "udp.src == 53",
		"ip4.dst == 10.0.0.0/8", "ip4.dst == 10.1.2.3", "ip4.src == 10.1.2.0/24", "ip6.dst == fe80::/64", "eth.mcast", "eth.dst == 0a:00:00:00:00:01",
		"icmp6.type == 135", "icmp6.code == 0", "nd.target == fe80::1", "nd.sll == 0a:00:00:00:00:01", "arp.op == 1", "arp.tpa == 10.0.0.1", "ip.ttl == 255",
		"vlan.present", "ip.frag == 1", "tcp.flags[1] == 1", "ip.proto == 89", "eth.type == 0x88cc",
	}
	draw := func() Set {
		s := All
		for range 1 + random.IntN(3) {
			a, err := r.match(atoms[random.IntN(len(atoms))])
			if err != nil {
				t.Fatal(err)
			}
			if random.IntN(4) == 0 {
				a = m.Not(a)
			}
			s = m.And(s, a)
		}
		return s
	}
	described, undescribed := 0, 0
	for i := range 300 {
		s := draw()
		for range random.IntN(4) {
			if o := draw(); random.IntN(2) == 0 {
				s = m.Or(s, o)
			} else {
				s = m.Without(s, o)
			}
		}
		among := all
		if random.IntN(2) == 0 {
			among = m.And(all, m.Or(s, draw()))
		}
		if r.check(t, fmt.Sprint("set ", i), m.And(s, among), among, ports) {
			described++
		} else {
			undescribed++
		}
	}
	t.Logf("%d have a text, %d do not", described, undescribed)
	if undescribed*4 > described {
		t.Errorf("%d of %d sets have no text", undescribed, described+undescribed)
	}
}
