package packetset

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/packet"
)

// formula is the written form of a set of packets: those of some families whose fields have
// certain values, for which one of several formulas holds, and for which another one does
// not.
type formula struct {
	names    phrase // of the families that no literal implies
	literals []literal
	any      []*formula // one of them holds; empty for no condition
	except   *formula   // does not hold; nil for no condition
	cut      bool       // some of its parts are too long to write

	set  Set // the packets for which it holds
	cost int // see price
}

// literal is a field that has one of several values.
type literal struct {
	*clause
	field  *packet.Field
	symbol symbol
	values Set
	set    Set // the packets that have the symbol and one of the values
}

// Costs besides the length of the text: of joining two parts, of parentheses, of an
// exception, and of an exception within another formula.
const (
	costJoin   = 4
	costNest   = 2
	costExcept = 8
	costWithin = 12
)

// isUnion reports whether a formula consists of alternatives only.
func (f *formula) isUnion() bool {
	return len(f.any) > 0 && len(f.literals) == 0 && f.names.text == "" && f.except == nil
}

// parts returns the number of conditions of a conjunction.
func (f *formula) parts() int {
	n := len(f.literals)
	if f.names.text != "" {
		n++
	}
	if len(f.any) > 0 {
		n++
	}
	return n
}

// price computes the cost of reading a formula.
func (f *formula) price() {
	f.cost = len(f.names.text) + costJoin*max(0, f.parts()-1)
	for _, l := range f.literals {
		f.cost += l.cost
	}
	for _, a := range f.any {
		f.cost += a.cost + costJoin
		if a.parts() > 1 || a.except != nil {
			f.cost += costNest
		}
		if a.except != nil {
			f.cost += costWithin
		}
	}
	if f.parts() > 1 && len(f.any) > 0 {
		f.cost += costNest
	}
	if f.except != nil {
		f.cost += f.except.cost + costExcept
		if f.except.except != nil {
			f.cost += costWithin
		}
	}
}

// add adds an alternative.
func (f *formula) add(a *formula) {
	if a.isUnion() {
		f.any = append(f.any, a.any...)
	} else {
		f.any = append(f.any, a)
	}
}

// replaced returns a formula whose text is replaced.
func (f *formula) replaced(replace func(string) string) *formula {
	out := *f
	out.literals = slices.Clone(f.literals)
	for i, l := range out.literals {
		c := *l.clause
		c.text = replace(c.text)
		out.literals[i].clause = &c
	}
	out.any = slices.Clone(f.any)
	for i, a := range out.any {
		out.any[i] = a.replaced(replace)
	}
	if f.except != nil {
		out.except = f.except.replaced(replace)
	}
	return &out
}

// text writes a formula in one line.
func (f *formula) text() string {
	text := f.conjunction()
	if len(f.any) > 0 {
		one := f.alternatives(" || ")
		if f.parts() > 1 {
			text += " && (" + one + ")"
		} else {
			text = one
		}
	}
	if f.except == nil {
		return text
	}
	not := f.except.text()
	if f.except.isUnion() || f.except.except != nil {
		not = "(" + not + ")"
	}
	if f.isAlternatives() {
		text = "(" + text + ")"
	}
	return text + " except " + not
}

// isAlternatives reports whether the text before an exception consists of alternatives.
func (f *formula) isAlternatives() bool {
	return f.parts() == 1 && (len(f.any) > 0 || f.names.or)
}

// conjunction writes the conditions besides the alternatives.
func (f *formula) conjunction() string {
	var parts []string
	if f.names.text != "" {
		name := f.names.text
		if f.names.or && f.parts() > 1 {
			name = "(" + name + ")"
		}
		parts = append(parts, name)
	}
	for _, l := range f.literals {
		parts = append(parts, l.text)
	}
	switch {
	case f.parts() > 0:
	case f.cut:
		return "..."
	default:
		return "any packet"
	}
	return strings.Join(parts, " && ")
}

func (f *formula) alternatives(or string) string {
	texts := make([]string, len(f.any))
	for i, a := range f.any {
		texts[i] = a.text()
		if or == " || " {
			texts[i] = enclosed(texts[i])
		}
	}
	return strings.Join(texts, or)
}

// lineWidth is the number of bytes beyond which a formula is written in several lines.
const lineWidth = 100

// lines writes a formula in lines. The longer parts of a long formula are indented, each in
// its own lines.
func (f *formula) lines() (out []string) {
	text := f.text()
	if f.isUnion() {
		text = f.alternatives(", or ")
	}
	if len(text) <= lineWidth || len(f.any) == 0 && f.except == nil {
		return []string{text}
	}
	indent := ""
	if f.parts() > 1 || len(f.any) == 0 {
		out, indent = append(out, f.conjunction()), "  "
		if len(f.any) > 0 {
			out[0] += ", and"
		}
	}
	out = append(out, indented(f.any, indent)...)
	if f.except == nil {
		return out
	}
	if len(f.any) > 0 {
		out = append(out, "except")
	} else {
		out[len(out)-1] += ", except"
	}
	if f.except.isUnion() {
		return append(out, indented(f.except.any, "  ")...)
	}
	return append(out, indented([]*formula{f.except}, "  ")...)
}

// indented writes alternatives, each in lines of its own.
func indented(list []*formula, indent string) (out []string) {
	for i, a := range list {
		for _, line := range a.lines() {
			out = append(out, indent+line)
		}
		if i < len(list)-1 {
			out[len(out)-1] += ", or"
		}
	}
	return out
}
