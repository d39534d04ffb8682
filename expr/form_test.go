package expr

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/packet"
)

// anyPorts is a binder to whom every name that is not empty leads somewhere.
type anyPorts struct{}

func (anyPorts) Port(name string) PortSet {
	if name == "" {
		return nil
	}
	return portNamed(len(name))
}
func (anyPorts) Group(name string) PortSet { return portNamed(len(name)) }
func (anyPorts) Resident(name string) bool { return len(name) > 3 }

type portNamed uint64

func (k portNamed) Has(_ int, other uint64) bool { return uint64(k) == other }

// another returns a constant of the same kind, as text.
func another(r *rand.Rand, c Constant) string {
	n := c.Number
	switch n.Format {
	case IPv4:
		n.Value = packet.Uint(uint64(r.Uint32()))
	case IPv6:
		n.Value = packet.Value{Hi: r.Uint64(), Lo: r.Uint64()}
	case Ethernet:
		n.Value = packet.Uint(r.Uint64() >> 16)
	case Decimal:
		if n.Value.IsZero() {
			return []string{`""`, `"a"`, `"abc"`}[r.IntN(3)]
		}
		high := uint64(1) << (n.Value.Len() - 1)
		n.Value.Lo = high | r.Uint64()&(high-1)
	}
	if n.Masked {
		n.Value = n.Value.And(n.Mask)
	}
	return n.String()
}

// FuzzForm replaces the constants that the form of a match omits.  The result must have the same form,
// parse if the match does, and match the same packets as when it is parsed directly.
func FuzzForm(f *testing.F) {
	for _, s := range []string{
		"1", "ip", `inport == "a" && eth.src == 00:00:00:00:00:01`, "ip4.dst == {10.0.0.1, 10.0.0.2} && tcp.dst == 8080",
		"!(ip4.src == 10.0.0.1) || arp.op == 2", "ip6.dst == {fe80::1, ff02::2} && nd.target != fe80::1", "ct.est == 1 && ct_mark == 5",
		"xxreg0[0..31] == 10.0.0.1", "reg0[4..7] == 9", "1 < tcp.dst < 80", "10.0.0.1 == ip4.src", `outport == {"a", "b"} && flags.loopback`,
		"vlan.vid == 4095", "ip.proto == {17, 58}", "icmp4.type == 1.2.3.4", `ip4.dst == "a"`, "tcp.flags == 2 && reg1[0] == 1", "eth.dst == 1234567", "!={X::",
		"ip4.dst == 10.128.2.0/24", "ip4.src == {10.0.0.0/8, 10.0.0.1} && ip6.dst != fe80::/64", "eth.dst == 01:00:00:00:00:00/01:00:00:00:00:00",
		"reg0[8..31] == 10.0.0.0/8 || ip4.src == 0.0.0.0/0", "xxreg0 == ::/0 && !(ip6.src == 2001:db8::/ffff:ffff::)", "10.0.0.0/255.0.255.0 == arp.spa",
	} {
		f.Add(s, uint64(1))
	}
	t := SymbolsOf(dialect.Newest)
	env := Env{Symbols: t, DeferGroups: true}
	f.Fuzz(func(tt *testing.T, match string, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		var text formText
		if !text.addMatch(match, t) {
			return
		}
		e, err := text.parse(match, env)
		if _, plain := Parse(match, env); (plain == nil) != (err == nil) {
			tt.Fatalf("%s: %v by itself, %v by its form", match, plain, err)
		}
		changed, pos := "", 0
		for i, c := range text.constants {
			at := text.offsets[i]
			_, _, end := t.rules.Scan(match, at)
			changed += match[pos:at] + " " + another(r, c) + " " // or it may become one token with its neighbors, as X:: would
			pos = end
		}
		changed += match[pos:]
		var other formText
		if !other.addMatch(changed, t) || string(other.key) != string(text.key) {
			tt.Fatalf("%s becomes %s, of another form", match, changed)
		}
		plain, plainErr := Parse(changed, env)
		if (plainErr == nil) != (err == nil) {
			tt.Fatalf("%s: %v; %s: %v", match, err, changed, plainErr)
		}
		if err != nil {
			return
		}
		want := Compile(Annotate(plain), anyPorts{})
		got := compileForm(Annotate(e), anyPorts{}).matcher(other.constants, anyPorts{})
		if got.Always() != want.Always() {
			tt.Fatalf("%s: always %v, by its form %v", changed, want.Always(), got.Always())
		}
		for range 50 {
			var p packet.Packet
			for range 3 {
				field := packet.Fields()[r.IntN(len(packet.Fields()))]
				p.Set(field, packet.Value{Hi: r.Uint64(), Lo: r.Uint64()})
			}
			Walk(plain, func(e Expr) bool {
				if c, ok := e.(*Cmp); ok && c.Symbol.Field != nil && c.Symbol.Width > 0 && r.IntN(8) > 0 {
					p.SetMasked(c.Symbol.Field, c.Value, c.Mask)
				}
				return true
			})
			if a, b := want.Match(&p, 0), got.Match(&p, 0); a != b {
				tt.Fatalf("%s: %v, by the form of %s %v for %+v", changed, a, match, b, p)
			}
			for _, b := range got.Required(nil) {
				if got.Match(&p, 0) && p.Word(b.Word)&b.Mask != b.Value {
					tt.Fatalf("%s: matches a packet without %s", changed, fmt.Sprint(b))
				}
			}
			shown := func(b Bits) bool { return p.Word(b.Word)&b.Mask == b.Value }
			var necessary Necessary
			got.Necessary(&necessary)
			fulfilled := !slices.ContainsFunc(necessary.Bits, func(b Bits) bool { return !shown(b) }) &&
				!slices.ContainsFunc(necessary.Ports, func(b PortBits) bool {
					return b.Set == nil || !b.Set.Has(0, p.Word(b.Word)>>b.Shift&b.Mask)
				})
			if matched := got.Match(&p, 0); matched && !fulfilled || necessary.Exact && !matched && fulfilled {
				tt.Fatalf("%s: matches %v, with necessary comparisons %v fulfilled %v by %+v", changed, matched, necessary, fulfilled, p)
			}
			if one := got.RequiredOneOf(nil); len(one) > 0 && got.Match(&p, 0) && !slices.ContainsFunc(one, shown) {
				tt.Fatalf("%s: matches a packet with none of %s", changed, fmt.Sprint(one))
			}
			for _, field := range []*packet.Field{packet.IPTTL, packet.TPDst, packet.EthDst, packet.Reg(3)} {
				q := p
				q.SetUint(field, r.Uint64()>>r.IntN(64)&packet.Ones(field.Bits).Lo)
				if !got.Distinguishes(field, p.Uint(field), q.Uint(field)) && got.Match(&p, 0) != got.Match(&q, 0) {
					tt.Fatalf("%s: has different results for %s == %d and %d", changed, field.Symbol, p.Uint(field), q.Uint(field))
				}
			}
		}
	})
}
