package action

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/grammar"
)

// plainNumbers returns a copy of the actions without the formats in which their
// numbers were written, which the canonical text does not always keep: a zero is
// a lone 0 in hexadecimal too.
func plainNumbers(list []Action) []Action {
	constants := func(cs []expr.Constant) []expr.Constant {
		out := append([]expr.Constant(nil), cs...)
		for i := range out {
			out[i].Number.Format = 0
		}
		return out
	}
	out := make([]Action, len(list))
	for i, a := range list {
		out[i] = a
		switch a := a.(type) {
		case *Load:
			out[i] = &Load{a.Dst, constants([]expr.Constant{a.Value})[0]}
		case *OVNFieldLoad:
			out[i] = &OVNFieldLoad{a.Dst, constants([]expr.Constant{a.Value})[0]}
		case *PutOpts:
			c := *a
			c.Options = append([]OptionValue(nil), a.Options...)
			for j := range c.Options {
				c.Options[j].Value.Values = constants(c.Options[j].Value.Values)
			}
			out[i] = &c
		case *Nested:
			out[i] = &Nested{a.Kind, plainNumbers(a.List)}
		case *CTCommit:
			out[i] = &CTCommit{plainNumbers(a.Nested)}
		}
	}
	return out
}

// readsBack reports whether upstream accepts its own canonical text of the actions, with the same
// meaning.
func readsBack(list []Action) bool {
	for _, a := range list {
		switch a := a.(type) {
		case *FwdGroup: // fwd_group();
			if len(a.ChildPorts) == 0 {
				return false
			}
		case *SetMeter: // set_meter(-1);
			if int64(a.Rate) < 0 || int64(a.Burst) < 0 {
				return false
			}
		case *OVNFieldLoad: // a mask is not printed, and of an MTU only the low 16 bits
			n := a.Value.Number
			if n.Masked || strings.HasSuffix(a.Dst.Symbol.Name, "frag_mtu") && n.Value.Len() > 16 {
				return false
			}
		case *Nested:
			if !readsBack(a.List) {
				return false
			}
		case *CTCommit:
			if !readsBack(a.Nested) {
				return false
			}
		}
	}
	return true
}

// roundTrip checks that what text means is what its canonical form means; a text
// that does not parse passes.
func roundTrip(t *testing.T, text string, env Env) {
	t.Helper()
	sameByGrammar(t, text, env)
	a, err := ParseFlow(text, env)
	if err != nil || !readsBack(a.List) {
		return
	}
	again, err := Parse(a.String(), env)
	if err != nil {
		t.Errorf("%v: %s prints as %s, which is refused: %v", env.Dialect.Release(), text, a, err)
		return
	}
	if !reflect.DeepEqual(plainNumbers(a.List), plainNumbers(again.List)) {
		t.Errorf("%v: %s prints as %s, which reads as %s", env.Dialect.Release(), text, a, again)
	}
	if fmt.Sprint(formatted(a.Prereqs)) != fmt.Sprint(formatted(again.Prereqs)) {
		t.Errorf("%v: %s requires %s, its canonical form %s", env.Dialect.Release(), text, formatted(a.Prereqs), formatted(again.Prereqs))
	}
}

func formatted(e expr.Expr) string {
	if e == nil {
		return "nothing"
	}
	return expr.Format(e)
}

// sameByGrammar checks that the grammar and the parser of flows return the same actions, or both an
// error.
func sameByGrammar(t *testing.T, text string, env Env) {
	t.Helper()
	want, err := ParseFlow(text, env)
	var got Actions
	l := tableOf(env.Dialect)
	tree, gerr := grammar.ParseActions(text, l.symbols.Rules())
	taken := gerr == nil
	if taken {
		got, taken = build(tree, text, l, env)
	}
	switch {
	case taken != (err == nil):
		t.Errorf("%v: %q: the reader says %v; the grammar takes it: %t (%v)", env.Dialect.Release(), text, err, taken, gerr)
	case taken && (got.String() != want.String() || !reflect.DeepEqual(got.List, want.List)):
		t.Errorf("%v: %q: the reader has %s, the grammar %s", env.Dialect.Release(), text, want, got)
	case taken && formatted(got.Prereqs) != formatted(want.Prereqs):
		t.Errorf("%v: %q: the reader requires %s, the grammar %s", env.Dialect.Release(), text, formatted(want.Prereqs), formatted(got.Prereqs))
	}
}

// TestRoundTrip checks the texts of the tables, and texts made from them by
// taking tokens out, doubling them and putting in others.
func TestRoundTrip(t *testing.T) {
	var texts []string
	for _, row := range dialect.Actions {
		texts = append(texts, row.Text)
	}
	for _, c := range accepted {
		texts = append(texts, c.text)
	}
	var words []string
	for _, text := range texts {
		words = append(words, strings.Fields(spaced.Replace(text))...)
	}
	releases := everyRelease()
	rnd := rand.New(rand.NewPCG(1, 2))
	mutate := func(text string) string {
		w := strings.Fields(spaced.Replace(text))
		for range 1 + rnd.IntN(2) {
			i := rnd.IntN(len(w))
			switch rnd.IntN(3) {
			case 0:
				w = append(w[:i:i], w[i+1:]...)
			case 1:
				w = append(w[:i+1:i+1], w[i:]...)
			case 2:
				w[i] = words[rnd.IntN(len(words))]
			}
			if len(w) == 0 {
				return ""
			}
		}
		return strings.Join(w, " ")
	}
	for _, text := range texts {
		if text == "" {
			continue
		}
		for _, r := range releases {
			roundTrip(t, text, Env{Dialect: dialect.For(r), Table: 3})
		}
		for range 200 {
			roundTrip(t, mutate(text), Env{Dialect: dialect.For(releases[rnd.IntN(len(releases))]), Table: 3})
		}
	}
}

var spaced = strings.NewReplacer("(", " ( ", ")", " ) ", ",", " , ", ";", " ; ", "{", " { ", "}", " } ", "=", " = ",
	"[", " [ ", "]", " ] ")

// FuzzParse checks that no text makes the parser panic or print what it does not
// read back.
func FuzzParse(f *testing.F) {
	for _, row := range dialect.Actions {
		f.Add(row.Text, uint8(0), false)
		f.Add(row.Text, uint8(40), true)
	}
	for _, c := range refused {
		f.Add(c.text, uint8(255), false)
	}
	releases := everyRelease()
	newest := uint8(len(releases) - 1) //nolint:gosec // some fifty releases
	f.Add("icmp4.frag_mtu=0/0;", newest, false)
	f.Add("icmp4_error { icmp4.inner_ip4.src=0/0; };", newest, false)
	f.Fuzz(func(t *testing.T, text string, release uint8, egress bool) {
		env := Env{Dialect: dialect.For(releases[int(release)%len(releases)]), Table: 5}
		if egress {
			env.Pipeline = Egress
		}
		if strings.ContainsAny(text, `"\`) {
			// Names are printed verbatim, in quotes, and may not parse again.
			if a, err := Parse(text, env); err == nil {
				_ = a.String()
			}
			sameByGrammar(t, text, env)
			return
		}
		roundTrip(t, text, env)
	})
}
