package expr

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
)

// setTexts are matches that name the sets of TestAddressSetsAreBraces in each way
// in which the parser, annotation and the compiler may distinguish them.
var setTexts = []string{
	"ip4.src == $v4", "ip4.src == {$v4}", "ip4.src == $v4 && tcp.dst == 80", "ip4.dst == $v4 && ip4.src == $v4",
	"ip4.src == {$v4, 9.9.9.9}", "ip4.src == {9.9.9.9, $v4}", "ip4.src == {$v4, $few}", "ip4.src == {$few, $v4}", "ip4.src == {$none, $v4}",
	"ip4.src != $v4", "!(ip4.src == $v4)", "!(ip4.src != $v4)", "!(ip4.src == $v4 || tcp)", "ip4.src == $v4 || ip4.dst == $v4",
	"ip4.src == $v4 || tcp", "(ip4.src == $v4 || ip4.src == 9.9.9.9) && tcp.src == 1", "$v4 == ip4.src", "arp.spa == $v4", "xxreg0[0..31] == $v4",
	"reg0 == $v4 && ip4.src == $v4", "ip6.dst == $v6", "ip6.dst == $v6 && udp.dst == 53", "ip4.src == $v6", "eth.src == $mac", "eth.src == $v4",
	"ip4.src == $few", "ip4.src == $none", "ip4.src != $none", "inport == $v4", `inport == {"a", $v4}`, `inport == {$none, "a"}`, "ip4.src == {$v4, $none}", "ip4.src == {$none, $v4, $none} && ip4.dst == {$few, $none}",
	"reg0 == $v4 && reg0 == {10.0.0.1, 10.0.0.2}", "xxreg0[0..31] == $v4 || xxreg0[32..63] == $v4", "tcp == $ones", "ip == $ones && tcp",
	"ip4.src == {$v4, \"a\"}", "!ip4.src == $v4", "tcp == $v4", "ip.frag == $v4",
}

// TestAddressSetsAreBraces compares a match that names an address set with one that has the members in
// braces.
func TestAddressSetsAreBraces(t *testing.T) {
	sets := map[string][]string{
		"few": {"10.9.0.1", "10.9.0.0/24"}, "none": {},
		"v4": {"0.0.0.1", "10.0.0.0/8"}, "v6": {"::1"}, "mac": {"00:00:00:00:00:01/ff:00:00:00:00:01"},
		"ones": slices.Repeat([]string{"1"}, fewMembers),
	}
	for i := range 2 * fewMembers {
		sets["v4"] = append(sets["v4"], fmt.Sprintf("192.168.%d.%d/255.255.%d.255", i&^1, i%3, 255-i%2))
		sets["v6"] = append(sets["v6"], fmt.Sprintf("fe80::%x", i), fmt.Sprintf("2001:db8:%x::/48", i))
		sets["mac"] = append(sets["mac"], fmt.Sprintf("0a:00:00:00:00:%02x", i))
	}
	for _, release := range []string{"20.03", "24.03"} {
		symbols := SymbolsOf(dialect.MustParse(release))
		made, braces := map[string]*AddressSet{}, []string{}
		for name, members := range sets {
			set, bad := symbols.AddressSet(name, append(members, "x", "y")) // so that there is room behind the members
			if len(bad) != 2 {
				t.Fatal(bad)
			}
			made[name] = set
			all := (&ConstantSet{Values: set.Members, Curly: true}).String()
			braces = append(braces, "$"+name, strings.Trim(all, "{}"))
		}
		env := Env{Symbols: symbols, DeferGroups: true, Set: func(name string) (*AddressSet, bool) { s, ok := made[name]; return s, ok }}
		var wait sync.WaitGroup
		for _, text := range setTexts {
			wait.Go(func() {
				inBraces := text
				for i := 0; i < len(braces); i += 2 {
					inBraces = strings.ReplaceAll(inBraces, "{"+braces[i], "{"+braces[i+1])
					inBraces = strings.ReplaceAll(inBraces, ", "+braces[i], ", "+braces[i+1])
					inBraces = strings.ReplaceAll(inBraces, braces[i], "{"+braces[i+1]+"}")
				}
				if inBraces == "" || strings.Contains(inBraces, "{}") || strings.Contains(inBraces, "{,") {
					return // the language has no way to write it
				}
				r := rand.New(rand.NewPCG(1, uint64(len(text))))
				for range 2 { // the second finds what the first made
					sameMatch(t, r, text, env, inBraces)
				}
			})
		}
		wait.Wait()
		for name, set := range made {
			if again, _ := symbols.AddressSet(name, sets[name]); !reflect.DeepEqual(again.Members, set.Members) {
				t.Errorf("%s: matches changed the members of $%s", release, name)
			}
		}
	}
}

// sameMatch compares a match with another text of the same meaning.
func sameMatch(t *testing.T, r *rand.Rand, text string, env Env, other string) {
	got, err := Parse(text, env)
	want, wantErr := Parse(other, Env{Symbols: env.Symbols, DeferGroups: true})
	if (err == nil) != (wantErr == nil) {
		t.Errorf("%s: %v, %v in braces", text, err, wantErr)
	}
	if err != nil || wantErr != nil {
		return
	}
	for _, step := range []struct {
		name string
		of   func(Expr) Expr
	}{
		{"as parsed", func(e Expr) Expr { return e }},
		{"annotated", Annotate},
		{"simplified", func(e Expr) Expr { return Simplify(Annotate(e)) }},
		{"negated", func(e Expr) Expr { return Annotate(Negate(e)) }},
	} {
		if g, w := Format(step.of(got)), Format(step.of(want)); g != w {
			t.Errorf("%s, %s:\n%s\nin braces\n%s", text, step.name, g, w)
		}
	}
	a, b := Compile(Annotate(got), anyPorts{}), Compile(Annotate(want), anyPorts{})
	for range 300 {
		p := randomPacket(r)
		Walk(Annotate(want), func(e Expr) bool {
			if c, ok := e.(*Cmp); ok && c.Symbol.Field != nil && r.IntN(4) > 0 {
				p.SetMasked(c.Symbol.Field, c.Value, c.Mask)
			}
			return true
		})
		if a.Match(&p, 0) != b.Match(&p, 0) {
			t.Errorf("%s: %v, in braces %v, for %+v", text, a.Match(&p, 0), b.Match(&p, 0), p)
		}
	}
}
