package expr

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
)

// sketch writes an outline with its comparisons' texts.
func sketch(o Outline) string {
	if o.Join == Comparison {
		return "[" + o.Text + "]"
	}
	subs := make([]string, len(o.Subs))
	for i, s := range o.Subs {
		subs[i] = sketch(s)
	}
	return "(" + strings.Join(subs, map[Join]string{JoinAll: " & ", JoinAny: " | "}[o.Join]) + ")"
}

func TestOutline(t *testing.T) {
	symbols := SymbolsOf(dialect.Newest)
	for _, c := range []struct{ text, want string }{
		{"1", "[1]"},
		{"ip4", "[ip4]"},
		{"ip4 && tcp.dst == 80", "([ip4] & [tcp.dst == 80])"},
		{"ip4.src == {10.0.0.1, 10.0.0.2} || arp", "([ip4.src == {10.0.0.1, 10.0.0.2}] | [arp])"},
		{"!ip.later_frag && ip4", "([!(ip.later_frag)] & [ip4])"},
		{"!(ct.new && !ct.est) || tcp", "(([!(ct.new)] | [ct.est]) | [tcp])"},
		{"(((ip4)) && (tcp || udp))", "([ip4] & ([tcp] | [udp]))"},
		{`inport == "a" && is_chassis_resident("b)") && ip`, `([inport == "a"] & [is_chassis_resident("b)")] & [ip])`},
		{`!is_chassis_resident("b")`, `[!(is_chassis_resident("b"))]`},
		{"1024 <= tcp.dst < 2048 && /* why */ ip4", "([1024 <= tcp.dst < 2048] & [ip4])"},
		{"reg0[9] == 1 && (outport == @pg && ip4)", "([reg0[9] == 1] & ([outport == @pg] & [ip4]))"},
	} {
		o := OutlineOf(c.text, symbols)
		if got := sketch(o); got != c.want {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
		walkOutline(o, func(o Outline) {
			if o.Join == Comparison && !strings.Contains(o.Text, strings.Trim(c.text[o.Start:o.End], "!()")) {
				t.Errorf("%s: the bytes of [%s] are %q", c.text, o.Text, c.text[o.Start:o.End])
			}
		})
	}
}

func walkOutline(o Outline, f func(Outline)) {
	f(o)
	for _, s := range o.Subs {
		walkOutline(s, f)
	}
}

// join parses an outline's comparisons and joins them.
func join(o Outline, env Env) (Expr, error) {
	if o.Join == Comparison {
		return Parse(o.Text, env)
	}
	subs := make([]Expr, len(o.Subs))
	for i, s := range o.Subs {
		e, err := join(s, env)
		if err != nil {
			return nil, err
		}
		subs[i] = e
	}
	if o.Join == JoinAll {
		return AllOf(subs...), nil
	}
	return AnyOf(subs...), nil
}

// FuzzOutline holds that the parts of an expression that parses are the whole.
func FuzzOutline(f *testing.F) {
	for _, s := range []string{
		"1", "!(ip4 && (tcp || !udp))", `inport == {"a", "b"} && ip4.dst[8..15] == 3`, "0 < ip.ttl <= 5 || !eth.mcast", "!(!(ip4))",
		"(ct.new && !ct.est) || (!ct.new && ct.est && !ct.rpl)", "vlan.vid == 3 && !(ip.proto == {6, 17})", "!(1 && 0)",
	} {
		f.Add(s)
	}
	env := Env{Symbols: SymbolsOf(dialect.Newest), DeferGroups: true}
	f.Fuzz(func(t *testing.T, text string) {
		o := OutlineOf(text, env.Symbols)
		whole, err := Parse(text, env)
		if err != nil {
			return
		}
		parts, err := join(o, env)
		if err != nil {
			t.Fatalf("%q: the parts %s do not parse: %v", text, sketch(o), err)
		}
		if got, want := fmt.Sprint(Format(parts)), Format(whole); got != want {
			t.Fatalf("%q: the parts are %s, the whole %s", text, got, want)
		}
	})
}
