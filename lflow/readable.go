package lflow

import (
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/packet"
)

// mayMatch reports whether a flow that does not parse may match a packet: the parts of its match
// that parse are true.
func (f *Flow) mayMatch(p *packet.Packet, d *Datapath) bool {
	f.parsed()
	if f.err == nil {
		return true // it does not parse on this datapath only, and the rest is true
	}
	return f.matcher.Match(p, d.Index)
}

// readable compiles the parts of a match that parse: those operands of a conjunction that parse
// alone.
func (f *Flow) readable(match string) {
	var parts []expr.Expr
	env := f.n.flowEnv()
	var add func(text string, depth int)
	add = func(text string, depth int) {
		if e, err := expr.ParseFlow(text, env); err == nil {
			parts = append(parts, e)
			return
		}
		if depth == maxUnwrapped {
			return
		}
		inner, wrapped := unwrapped(text)
		if wrapped {
			text = inner
		}
		if all := conjuncts(text); wrapped || len(all) > 1 {
			for _, part := range all {
				add(part, depth+1)
			}
		}
	}
	add(strings.TrimSpace(match), 0)
	e := expr.AllOf(parts...)
	if e == nil {
		e = expr.Bool(true)
	}
	f.matcher = *expr.Compile(expr.Annotate(e), binder{n: f.n})
}

// maxUnwrapped bounds the nesting of parentheses that unwrapped removes.
const maxUnwrapped = 100

// unwrapped removes parentheses around the whole text.
func unwrapped(text string) (string, bool) {
	if !strings.HasPrefix(text, "(") || !strings.HasSuffix(text, ")") {
		return "", false
	}
	wraps := true
	depth, balanced := scan(text, func(at, depth int) {
		wraps = wraps && (depth > 0 || at == len(text)-1)
	})
	if !wraps || !balanced || depth != 0 {
		return "", false
	}
	return strings.TrimSpace(text[1 : len(text)-1]), true
}

// conjuncts splits a text at the && outside of parentheses, braces and quotes. It returns nil for
// a text that has || there, or that is not balanced.
func conjuncts(text string) (parts []string) {
	from, either := 0, false
	_, balanced := scan(text, func(at, depth int) {
		switch {
		case depth > 0:
		case strings.HasPrefix(text[at:], "||"):
			either = true
		case strings.HasPrefix(text[at:], "&&") && at >= from:
			parts = append(parts, strings.TrimSpace(text[from:at]))
			from = at + len("&&")
		}
	})
	if either || !balanced {
		return nil
	}
	return append(parts, strings.TrimSpace(text[from:]))
}

// scan calls f for each byte outside of quotes with its depth in parentheses and braces. It
// returns the depth at the end, and false if a closing character has no opening one or a quote
// is not closed.
func scan(text string, f func(at, depth int)) (depth int, balanced bool) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && quoted:
			i++
			continue
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(' || c == '{':
			depth++
		case c == ')' || c == '}':
			depth--
		}
		if depth < 0 {
			return depth, false
		}
		if !quoted {
			f(i, depth)
		}
	}
	return depth, !quoted
}
