package expr

import (
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr/grammar"
)

// parts resolves each comparison of a tree by itself, with the negations driven
// down to it, and joins them.  The texts of the comparisons are added to sketch.
func parts(m *grammar.Match, negated bool, text string, env Env, sketch *strings.Builder) (Expr, error) {
	operands, all := m.Operands()
	join, sign := AnyOf, " | "
	if all != negated {
		join, sign = AllOf, " & "
	}
	if len(operands) > 1 {
		sketch.WriteString("(")
	}
	subs := make([]Expr, len(operands))
	for i, o := range operands {
		if i > 0 {
			sketch.WriteString(sign)
		}
		var err error
		if o.Paren != nil {
			subs[i], err = parts(o.Paren, negated != o.Not, text, env, sketch)
		} else {
			from, to := o.Unnegated().Bytes()
			sketch.WriteString(map[bool]string{true: "not "}[negated != o.Not] + "[" + text[from:to] + "]")
			subs[i], err = ResolveOperand(o, negated, env)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(operands) == 1 {
		return subs[0], nil
	}
	sketch.WriteString(")")
	return join(subs...), nil
}

func TestOperands(t *testing.T) {
	symbols := SymbolsOf(dialect.Newest)
	env := Env{Symbols: symbols, DeferGroups: true}
	for _, c := range []struct{ text, want string }{
		{"1", "[1]"},
		{"ip4", "[ip4]"},
		{"ip4 && tcp.dst == 80", "([ip4] & [tcp.dst == 80])"},
		{"ip4.src == {10.0.0.1, 10.0.0.2} || arp", "([ip4.src == {10.0.0.1, 10.0.0.2}] | [arp])"},
		{"!ip.later_frag && ip4", "(not [ip.later_frag] & [ip4])"},
		{"!(ct.new && !ct.est) || tcp", "((not [ct.new] | [ct.est]) | [tcp])"},
		{"(((ip4)) && (tcp || udp))", "([ip4] & ([tcp] | [udp]))"},
		{`inport == "a" && is_chassis_resident("b)") && ip`, `([inport == "a"] & [is_chassis_resident("b)")] & [ip])`},
		{`!is_chassis_resident("b")`, `not [is_chassis_resident("b")]`},
		{"1024 <= tcp.dst < 2048 && /* why */ ip4", "([1024 <= tcp.dst < 2048] & [ip4])"},
		{"reg0[9] == 1 && (outport == @pg && ip4)", "([reg0[9] == 1] & ([outport == @pg] & [ip4]))"},
	} {
		m, err := symbols.Tree(c.text)
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		if _, err := parts(m, false, c.text, env, &got); err != nil || got.String() != c.want {
			t.Errorf("%s: %s (%v), want %s", c.text, got.String(), err, c.want)
		}
	}
}

// FuzzOperands checks that the operands of a valid expression together are the expression.
func FuzzOperands(f *testing.F) {
	for _, s := range []string{
		"1", "!(ip4 && (tcp || !udp))", `inport == {"a", "b"} && ip4.dst[8..15] == 3`, "0 < ip.ttl <= 5 || !eth.mcast", "!(!(ip4))",
		"(ct.new && !ct.est) || (!ct.new && ct.est && !ct.rpl)", "vlan.vid == 3 && !(ip.proto == {6, 17})", "!(1 && 0)",
	} {
		f.Add(s)
	}
	env := Env{Symbols: SymbolsOf(dialect.Newest), DeferGroups: true}
	f.Fuzz(func(t *testing.T, text string) {
		whole, err := Parse(text, env)
		if err != nil {
			return
		}
		m, err := env.Symbols.Tree(text)
		if err != nil {
			t.Fatalf("%q parses but has no tree: %v", text, err)
		}
		var sketch strings.Builder
		e, err := parts(m, false, text, env, &sketch)
		if err != nil {
			t.Fatalf("%q: the parts %s do not resolve: %v", text, sketch.String(), err)
		}
		if got, want := Format(e), Format(whole); got != want {
			t.Fatalf("%q: the parts are %s, the whole %s", text, got, want)
		}
	})
}
