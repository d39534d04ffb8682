package expr

import "github.com/ovnwalk/ovnwalk/expr/lex"

// Outline is how the text of an expression is put together: which of its bytes
// are comparisons, and how these are joined.  It is for those who show a text
// and want to point at a part of it.  Negations are driven down to the
// comparisons.
type Outline struct {
	Join       Join
	Start, End int       // the bytes of the text, an exclamation mark before it included
	Subs       []Outline // two or more, but for a comparison none

	// Text is what has to parse by itself for a comparison, with the negations
	// that hold for it.
	Text string
}

// Join is how the parts of an Outline are joined.
type Join uint8

// The kinds of outlines.
const (
	Comparison Join = iota // or a truth, or a condition
	JoinAll                // true where all parts are
	JoinAny                // true where one part is
)

// OutlineOf returns the outline of an expression that parses.  For one that
// does not, the outline is of no use.
func OutlineOf(text string, t *Symbols) Outline {
	o := outliner{text: text, rules: t.rules}
	o.next(0)
	return o.joined(false, 0)
}

// outliner goes over a text's tokens.
type outliner struct {
	text       string
	rules      lex.Rules
	typ        lex.Type
	start, end int // of the current token
	before     int // where the token before it ends
}

func (o *outliner) next(pos int) {
	o.before = pos
	o.typ, o.start, o.end = o.rules.Scan(o.text, pos)
}

// joined reads operands joined by one kind of operator.
func (o *outliner) joined(not bool, depth int) Outline {
	out := o.operand(not, depth)
	op := o.typ
	if op != lex.And && op != lex.Or {
		return out
	}
	all := Outline{Join: JoinAny, Start: out.Start, Subs: []Outline{out}}
	if (op == lex.And) != not {
		all.Join = JoinAll
	}
	for o.typ == op {
		o.next(o.end)
		all.Subs = append(all.Subs, o.operand(not, depth))
	}
	all.End = all.Subs[len(all.Subs)-1].End
	return all
}

// operand reads a comparison or what stands in parentheses, perhaps negated.
func (o *outliner) operand(not bool, depth int) Outline {
	start := o.start
	if o.typ == lex.Not {
		not = !not
		o.next(o.end)
	}
	if o.typ == lex.LParen && depth < maxDepth {
		o.next(o.end)
		in := o.joined(not, depth+1)
		if o.typ == lex.RParen {
			if in.Join == Comparison {
				in.Start, in.End = start, o.end
			}
			o.next(o.end)
		}
		return in
	}
	from := o.start
	for nested := 0; o.typ != lex.End && o.typ != lex.Invalid; o.next(o.end) {
		switch o.typ {
		case lex.LParen, lex.LCurly:
			nested++
		case lex.RParen, lex.RCurly:
			nested--
		default:
		}
		if nested < 0 || nested == 0 && (o.typ == lex.And || o.typ == lex.Or) {
			break
		}
	}
	out := Outline{Start: start, End: max(o.before, from), Text: o.text[from:max(o.before, from)]}
	if not {
		out.Text = "!(" + out.Text + ")"
	}
	return out
}
