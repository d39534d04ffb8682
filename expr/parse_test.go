package expr

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr/grammar"
)

// env gives meaning to two address sets and two port groups.
// symbol returns the symbol with a name, nil if there is none.
func symbol(t *Symbols, name string) *Symbol {
	s, _ := t.Lookup(name)
	return s
}

func env(release string) Env {
	s := SymbolsOf(dialect.MustParse(release))
	sets := map[string][]string{
		"as_web":   {"10.0.0.9", "10.0.0.1", "10.0.0.0/28"},
		"as_empty": {},
		"as_mac":   {"0a:00:00:00:00:01"},
	}
	groups := map[string][]string{"pg_db": {"db1", "db2"}, "pg_none": {}}
	return Env{
		Symbols: s,
		Set: func(name string) (*AddressSet, bool) {
			m, ok := sets[name]
			set, _ := s.AddressSet(name, m)
			return set, ok
		},
		Group: func(name string) ([]string, bool) {
			g, ok := groups[name]
			return g, ok
		},
	}
}

func TestParseCanonical(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"equality", "ip4.dst==192.0.2.1", "ip4.dst == 0xc0000201"},
		{"prefix becomes a subfield", "ip4.dst == 192.0.2.0/24", "ip4.dst[8..31] == 0xc00002"},
		{"ragged mask", "ip4.dst == 192.0.2.5/255.0.0.255", "ip4.dst == 0xc0000005/0xff0000ff"},
		{"one masked bit", "ip4.dst == 128.0.0.0/1", "ip4.dst[31]"},
		{"negated bit", "reg3[7] == 0", "!reg3[7]"},
		{"bit alone", "flags.loopback", "flags.loopback"},
		{"inequality under negation", "!(tcp.src != 9)", "tcp.src == 0x9"},
		{"constant on the left turns", "9 > tcp.src", "tcp.src < 0x9"},
		{"range", "0x10 < udp.dst <= 32", "udp.dst > 0x10 && udp.dst <= 0x20"},
		{"range downwards", "32 >= udp.dst >= 16", "udp.dst <= 0x20 && udp.dst >= 0x10"},
		{"set", "tcp.dst == {1 2, 3}", "tcp.dst == 0x1 || tcp.dst == 0x2 || tcp.dst == 0x3"},
		{"set with !=", "tcp.dst != {1, 2}", "tcp.dst != 0x1 && tcp.dst != 0x2"},
		{"flattening", "reg0 == 1 && (reg1 == 2 && reg2 == 3)", "reg0 == 0x1 && reg1 == 0x2 && reg2 == 0x3"},
		{"grouping stays", "reg0 == 1 && (reg1 == 2 || reg2 == 3)", "reg0 == 0x1 && (reg1 == 0x2 || reg2 == 0x3)"},
		{"De Morgan", "!(reg0 == 1 && reg1 < 2)", "reg0 != 0x1 || reg1 >= 0x2"},
		{"truths", "1 && !0", "1 && 1"},
		{"comments", "reg0 == 1 // one\n && /* two */ reg1 == 2", "reg0 == 0x1 && reg1 == 0x2"},
		{"residence", `is_chassis_resident("cr-p")`, `is_chassis_resident("cr-p")`},
		{"negated residence", `!is_chassis_resident("cr-p")`, `!is_chassis_resident("cr-p")`},
		{"escapes in strings", `inport == "a\"\u0001\/"`, `inport == "a\"\u0001/"`},
		{"address set, sorted", "ip4.src == $as_web", "ip4.src[4..31] == 0xa00000 || ip4.src == 0xa000001 || ip4.src == 0xa000009"},
		{"address set among others", "ip4.src == {$as_web, 1.1.1.1}", "ip4.src[4..31] == 0xa00000 || ip4.src == 0xa000001 || ip4.src == 0xa000009 || ip4.src == 0x1010101"},
		{"empty address set", "ip4.src == $as_empty", "0"},
		{"not in an empty address set", "ip4.src != $as_empty", "1"},
		{"port group", "inport == @pg_db", `inport == "db1" || inport == "db2"`},
		{"empty port group", "inport == @pg_none", "0"},
		{"Ethernet", "eth.src == 0A:00:00:00:00:0f", "eth.src == 0xa000000000f"},
		{"IPv6", "ip6.dst == fd00::1/64", "ip6.dst[64..127] == 0xfd00000000000000"},
		{"IPv4 in IPv6", "ip6.dst == ::ffff:10.0.0.1", "ip6.dst == 0xffff0a000001"},
		{"Ethernet of uneven octets", "eth.src == 0x1:22:133:4:55:6", "eth.src == 0x12233045506"},
		{"wide hexadecimal", "xxreg0 == 0x0123456789abcdef0123456789abcdef", "xxreg0 == 0x123456789abcdef0123456789abcdef"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := Parse(tt.in, env("25.03"))
			if err != nil {
				t.Fatal(err)
			}
			got := Format(e)
			if got != tt.want {
				t.Errorf("%s: got %s, want %s", tt.in, got, tt.want)
			}
			again, err := Parse(got, env("25.03"))
			if err != nil || Format(again) != got {
				t.Errorf("canonical text does not parse to itself: %v", err)
			}
		})
	}
}

func TestParseRefusals(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", "Syntax error at end of input expecting constant."},
		{"reg0 == 1 &", "`&' is only valid as part of `&&'."},
		{"reg0 == 1 | reg1 == 2", "`|' is only valid as part of `||'."},
		{"reg0 == 1 reg1 == 2", "Syntax error at `reg1' expecting end of input."},
		{"reg0 == 1 && reg1 == 2 || reg2 == 3", "&& and || must be parenthesized when used together."},
		{"!reg0 == 1", "Missing parentheses around operand of !."},
		{"(reg0 == 1", "Syntax error at end of input expecting `)'."},
		{"reg0 = 1", "Syntax error at `=' expecting relational operator."},
		{"nosuch == 1", "Syntax error at `nosuch' expecting field name."},
		{"reg0 == nosuch", "Syntax error at `nosuch' expecting constant."},
		{"reg0[3..40] == 1", "Cannot select bits 3 to 40 of 32-bit field reg0."},
		{"reg0[7..3] == 1", "Invalid bit range 7 to 3."},
		{"reg0[x] == 1", "Syntax error at `x' expecting small integer."},
		{"inport[0] == 1", "Cannot select subfield of string field inport."},
		{"ip.ttl[0] == 1", "Cannot select subfield of nominal field ip.ttl."},
		{"ip.ttl > 5", "Only == and != operators may be used with nominal field ip.ttl."},
		{"eth.mcast == 2", "2-bit constant is not compatible with 1-bit field eth.mcast."},
		{"vlan.present > 0", "Only == and != operators may be used with Boolean field vlan.present."},
		{"tcp.dst > {1, 2}", "Only == and != operators may be used with value sets."},
		{"reg0 > $as_empty", "Only == and != operators may be used to compare a field against an empty value set."},
		{"ip.proto != 6", "Nominal field ip.proto may only be tested for equality (taking enclosing `!' operators into account)."},
		{"!udp", "Nominal predicate udp may only be tested positively, e.g. `udp' or `udp == 1' but not `!udp' or `udp == 0'."},
		{"udp == 0", "Nominal predicate udp may only be tested positively, e.g. `udp' or `udp == 1' but not `!udp' or `udp == 0'."},
		{`tcp.dst == "x"`, "Integer field tcp.dst is not compatible with string constant."},
		{"outport == 1", "String field outport is not compatible with integer constant."},
		{`outport == {"a", 1}`, "Syntax error at `1' expecting string."},
		{"ip4.src == fd00::1", "128-bit constant is not compatible with 32-bit field ip4.src."},
		{"ip4.src == $none", "Syntax error at `$none' expecting address set name."},
		{"inport == @none", "Syntax error at `@none' expecting port group name."},
		{"inport == @", "`@' must be followed by a valid identifier."},
		{"is_resident(1)", "parsing function name"},
		{"is_chassis_resident(1)", "Syntax error at `1' expecting string."},
		{"1 == reg0 == 2", "Range expressions must have the form `x < field < y' or `x > field > y', with each `<' optionally replaced by `<=' or `>' by `>=')."},
		{"1 < reg0 > 2", "Range expressions must have the form `x < field < y' or `x > field > y', with each `<' optionally replaced by `<=' or `>' by `>=')."},
		{"reg0 == 007", "Decimal constants must not have leading zeros."},
		{"reg0 == 18446744073709551616", "Decimal constants must be less than 2**64."},
		{"reg0 == 0x", "Hex digits expected following 0x."},
		{"reg0 == 0xg", "Invalid syntax in hexadecimal constant."},
		{"reg0 == 0x1" + strings.Repeat("0", 256), "Hexadecimal constant requires more than 1024 bits."},
		{"reg0 == 0x1" + strings.Repeat("0", 40), "161-bit constant is not compatible with 32-bit field reg0."},
		{"reg0 == 1.2.3", "Invalid numeric constant."},
		{"reg0 == 1/0x1", "Value and mask have incompatible formats."},
		{"reg0 == 1/", "Integer constant expected."},
		{"reg0 == 1.1.1.1/33", "Value and mask have incompatible formats."},
		{`inport == "open`, "Input ends inside quoted string."},
		{`inport == "\q"`, "bad escape \\q"},
		{`inport == "\u12"`, "quoted string ends within \\u escape"},
		{"reg0 == 1 #", "Invalid character `#' in input."},
		{"reg0 == 1 \xc3", "Invalid byte 0x-61 in input."},
		{"reg0 == 1 /* open", "`/*' without matching `*/'."},
		{"reg0 == 1 / 2", "`/' is only valid as part of `//' or `/*'."},
		{"^X == 1", "Unexpanded template."},
		{"reg0 == ^X", "Unexpanded template."},
		{strings.Repeat("(", 101) + "1" + strings.Repeat(")", 101), "Parentheses nested too deeply."},
		{"eth.src > 00:00:00:00:00:01/00:00:00:00:00:ff", "Only == and != operators may be used with masked constants.  Consider using subfields instead (e.g. eth.src[0..15] > 0x1111 in place of eth.src > 00:00:00:00:11:11/00:00:00:00:ff:ff)."},
		{"reg0", "Explicit `!= 0' is required for inequality test of multibit field against 0."},
		{"inport", "Syntax error at end of input expecting relational operator."},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			_, err := Parse(tt.in, env("25.03"))
			if err == nil || err.Error() != tt.want {
				t.Fatalf("got %v, want %s", err, tt.want)
			}
			if se, ok := errors.AsType[*SyntaxError](err); !ok || se.Start < 0 || se.Start > se.End || se.End > len(tt.in) {
				t.Errorf("bad place: %+v", se)
			}
		})
	}
}

func TestLexingByRelease(t *testing.T) {
	tests := []struct{ release, in, want string }{
		{"20.03", "reg0 - 1", "`-' is only valid as part of `--'."},
		{"20.06", "reg0 - 1", "Explicit `!= 0' is required for inequality test of multibit field against 0."},
		{"20.06", "ip4.src == 10.0.0.1/24", "Value contains unmasked 1-bits."},
		{"20.09", "ip4.src == 10.0.0.1/24", "ip4.src[8..31] == 0xa0000"},
		{"22.09", "^X", "Invalid character `^' in input."},
		{"22.12", "^X", "Unexpanded template."},
		{"21.12", "ip4.src == $as_web", "ip4.src == 0xa000009 || ip4.src == 0xa000001 || ip4.src[4..31] == 0xa00000"},
	}
	for _, tt := range tests {
		e, err := Parse(tt.in, env(tt.release))
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = Format(e)
		}
		if got != tt.want {
			t.Errorf("%s: %s: got %s, want %s", tt.release, tt.in, got, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"ip4 && tcp.dst == {80, 443}", `!(inport == @pg_db) || reg0[1..3] > 5`, "1 <= tcp.dst < 1024", "ip4.src == $as_web/8", `"\ud800\udc00"`, "/* */ 1"} {
		f.Add(s)
	}
	e := env("main")
	f.Fuzz(func(t *testing.T, s string) {
		tree, err := Parse(s, e)
		if err != nil {
			return
		}
		text := Format(tree)
		again, err := Parse(text, e)
		if err != nil {
			// A nominal field that an even number of negations compared is refused
			// where it is written without them.
			if !strings.HasPrefix(err.Error(), "Nominal ") {
				t.Errorf("%q: its text %q is refused: %v", s, text, err)
			}
			return
		}
		if Format(again) != text {
			t.Errorf("%q: %q became %q", s, text, Format(again))
		}
		Simplify(Annotate(tree))
	})
}

// FuzzGrammar checks that the grammar and the parser of flows return the same expression, or both an
// error.
func FuzzGrammar(f *testing.F) {
	for _, s := range grammarSeeds {
		f.Add(s)
	}
	e, deferred := env("main"), env("main")
	deferred.DeferGroups = true
	f.Fuzz(func(t *testing.T, s string) {
		for _, e := range []Env{e, deferred} {
			flow, err := ParseFlow(s, e)
			tree, terr := parseByGrammar(s, e)
			if (err == nil) != (terr == nil) {
				t.Fatalf("%q: the reader says %v, the grammar %v", s, err, terr)
			}
			if err == nil && !reflect.DeepEqual(flow, tree) {
				t.Fatalf("%q: the reader has %s, the grammar %s", s, Format(flow), Format(tree))
			}
		}
	})
}

func parseByGrammar(s string, e Env) (Expr, error) {
	m, err := grammar.ParseMatch(s, e.Symbols.Rules())
	if err != nil {
		return nil, err
	}
	return Resolve(m, e)
}

var grammarSeeds = []string{
	"ip4 && tcp.dst == {80, 443}", `!(inport == @pg_db) || reg0[1..3] > 5`, "1 <= tcp.dst < 1024", "1024 > tcp.dst >= 1", "ip4.src == $as_web/8",
	`"\ud800\udc00" == inport`, "/* */ 1", "0", "!1", "2", "!(1)", "!!ip4", "!ip4 == 1", "!reg0", "reg0", "reg0[3]", "reg0[3..1]", "reg0[32]", "inport[1]",
	"ip4 && arp || udp", "(ip4 && arp) || udp", "((ip4 && arp) && tcp)", "tcp.dst == {}", "tcp.dst == {1 2,3,}", "tcp.dst == {1,,2}", "1 < tcp.dst > 2",
	`is_chassis_resident("a")`, `!is_chassis_resident("a")`, `nosuch("a")`, "is_chassis_resident(a)", "ct.new && !ct.est", "eth.type == 0x800",
	"ip.proto == {6, 17}", "ip4.dst == {$as_web, 1.2.3.4}", `ip4.dst == {1.2.3.4, "a"}`, `inport == {"a", @pg_db}`, "^x == 1", "ip4.src = 1.2.3.4", "tcp.dst <", "&", "",
	"reg0[0x1]", "reg0[1..99999999999]", "{1, 2} == reg0", "{1} < reg0", "{0}", `inport == ""`, "vlan.present == 0 && ip.dscp != 0/3",
	"((((((((((1))))))))))", "(ip4", "ip4)", "eth.dst == 1:2:3:4:5:6/ff:ff:ff:0:0:0 && ip6.src == ::/0",
}
