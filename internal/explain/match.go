package explain

import (
	"cmp"
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/grammar"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// matchAnalyzer finds the parts of matches that fail for packets.  It caches comparisons,
// which flows share.
type matchAnalyzer struct {
	n        *lflow.Network
	friendly bool
	env      expr.Env
	binder   expr.Binder
	known    map[operand]*comparison
	writes   packet.Kind // how the comparison that is explained writes addresses
}

func newMatchAnalyzer(n *lflow.Network, friendly bool) *matchAnalyzer {
	return &matchAnalyzer{n: n, friendly: friendly, env: n.FlowEnv(), binder: n.Binder(), known: map[operand]*comparison{}}
}

// operand is the text of a comparison, a constant or a condition, and whether it is under an odd
// number of negations.
type operand struct {
	text    string
	negated bool
}

// comparison is an operand of a match that has no operands itself.
type comparison struct {
	expr  expr.Expr // as written; nil if it cannot be resolved
	whole *expr.Matcher
}

// comparison returns the comparison of an operand of a tree.
func (j *matchAnalyzer) comparison(o *grammar.Operand, key operand) *comparison {
	if c := j.known[key]; c != nil {
		return c
	}
	c := &comparison{}
	if e, err := expr.ResolveOperand(o, key.negated != o.Not, j.env); err == nil {
		c.expr = e
		c.whole = expr.Compile(expr.Annotate(e), j.binder)
	}
	j.known[key] = c
	return c
}

// failure is a part that failed, and its distance from being true.
type failure struct {
	start, end int
	operand              // the kind of part, "" for a prerequisite of the actions
	expr       expr.Expr // the part
	distance   float64   // from 0, near, to 1; 2 for another kind of packet
	kind       bool      // whether it requires another kind of packet
}

// distance returns the total distance of failures.
func distance(fs []failure) float64 {
	sum := 0.0
	for _, f := range fs {
		sum += 1 + f.distance
	}
	return sum
}

// packetAt is a packet at a datapath.
type packetAt struct {
	d *lflow.Datapath
	p *packet.Packet
}

// failures returns the smallest failed parts of a flow's match, none if it is true; ok is false for a
// match that does not parse.
func (j *matchAnalyzer) failures(f *lflow.Flow, s packetAt) (fs []failure, ok bool) {
	if f.Err(s.d) != nil {
		return nil, false
	}
	text, err := f.ParsedMatch()
	if err != nil {
		return nil, false
	}
	tree, err := j.env.Symbols.Tree(text)
	if err != nil {
		return nil, false
	}
	fs = j.match(tree, false, text, s)
	if pre := f.Actions().Prereqs; pre != nil && len(fs) == 0 {
		pre = expr.Annotate(pre)
		if !j.holds(pre, s) {
			fs = append(fs, j.failure(failure{expr: pre}, s))
		}
	}
	return fs, true
}

// match returns the failed parts of an expression, in which a negation exchanges && and ||. Of
// alternatives it returns the nearest.
func (j *matchAnalyzer) match(m *grammar.Match, negated bool, text string, s packetAt) []failure {
	operands, all := m.Operands()
	var out []failure
	for i, o := range operands {
		fs := j.operand(o, negated, text, s)
		switch {
		case all != negated:
			out = append(out, fs...)
		case len(fs) == 0:
			return nil
		case i == 0 || distance(fs) < distance(out):
			out = fs
		}
	}
	return out
}

// operand returns the failed parts of an operand.  The position of a comparison includes its
// negations and parentheses.
func (j *matchAnalyzer) operand(o *grammar.Operand, negated bool, text string, s packetAt) []failure {
	start, end := o.Bytes()
	negated = negated != o.Not
	for o.Paren != nil {
		if operands, _ := o.Paren.Operands(); len(operands) > 1 {
			return j.match(o.Paren, negated, text, s)
		}
		o = o.Paren.First
		negated = negated != o.Not
	}
	from, to := o.Unnegated().Bytes()
	key := operand{text[from:to], negated}
	c := j.comparison(o, key)
	if c.expr != nil && c.whole.Match(s.p, s.d.Index) {
		return nil
	}
	return []failure{j.failure(failure{start: start, end: end, operand: key, expr: c.expr}, s)}
}

// failure returns a failed part with its distance.
func (j *matchAnalyzer) failure(f failure, s packetAt) failure {
	f.distance, f.kind = j.distance(f.expr, s), j.asksKind(f.expr, s)
	if f.kind {
		f.distance = 2
	}
	return f
}

// holds reports whether an annotated expression is true.
func (j *matchAnalyzer) holds(e expr.Expr, s packetAt) bool {
	return expr.Compile(e, j.binder).Match(s.p, s.d.Index)
}

// distance returns the distance of a failed part from being true: for an address or a number, the
// share of its bits from the first difference to the end.
func (j *matchAnalyzer) distance(e expr.Expr, s packetAt) float64 {
	best := 1.0
	if e == nil {
		return best
	}
	expr.Walk(e, func(e expr.Expr) bool {
		switch e := e.(type) {
		case *expr.Cmp:
			best = min(best, cmpDistance(e, s))
		case *expr.Resident:
			best = min(best, 0.5)
		}
		return true
	})
	return best
}

// asksKind reports whether a failed part cannot be true for a packet of the same kind: with this Ethernet
// type and, if it is not neighbor discovery, not of that kind.
func (j *matchAnalyzer) asksKind(e expr.Expr, s packetAt) bool {
	return e != nil && j.needsOtherKind(expr.Annotate(e), s)
}

// needsOtherKind reports whether an annotated expression is false for all values of the other
// fields in packets of the same kind.
func (j *matchAnalyzer) needsOtherKind(e expr.Expr, s packetAt) bool {
	needs := func(e expr.Expr) bool { return j.needsOtherKind(e, s) }
	switch e := e.(type) {
	case *expr.Cmp:
		return !j.holds(e, s) && (e.Symbol.Field == packet.EthType || e.Symbol.Field == packet.ICMPv6Type && e.Op == expr.EQ && isNeighborMessage(e.Value.Lo))
	case *expr.And:
		return slices.ContainsFunc(e.Subs, needs)
	case *expr.Or:
		return !slices.ContainsFunc(e.Subs, func(e expr.Expr) bool { return !needs(e) })
	}
	return false
}

// isNeighborMessage reports whether packets with an ICMPv6 type stay on their link: those
// of multicast listener and neighbor discovery (RFC 2710, RFC 3810, RFC 4861).
func isNeighborMessage(typ uint64) bool { return typ >= 130 && typ <= 137 || typ == 143 }

func cmpDistance(c *expr.Cmp, s packetAt) float64 {
	width := c.Mask.OnesCount()
	if c.Symbol.Width == 0 || c.Symbol.Predicate != "" || c.Op == expr.NE || width < 8 || !hasField(c.Symbol, s.p) {
		return 1
	}
	ref := expr.FieldRef{Symbol: c.Symbol, Bits: c.Symbol.Width}
	differ := ref.Read(s.p).Xor(c.Value).And(c.Mask)
	if differ.IsZero() {
		return 1 // another part of it fails
	}
	lowest := c.Mask.TrailingZeros()
	return float64(differ.Len()-lowest) / float64(max(width, c.Mask.Len()-lowest))
}

// hasField reports whether a packet has the field of a symbol.
func hasField(sym *expr.Symbol, p *packet.Packet) bool {
	f, _, _ := expr.FieldRef{Symbol: sym, Bits: sym.Width}.Resolve()
	return f != nil && p.Has(f)
}

// nearMiss describes why a flow did not match a packet.
func (j *matchAnalyzer) nearMiss(at trace.Place, f *lflow.Flow, fs []failure, s packetAt) verdict.NearMiss {
	at.Flow = f.Ref()
	text, _ := f.ParsedMatch()
	m := verdict.NearMiss{Place: at, Match: j.n.Text(text).In(j.friendly), Actions: j.n.Text(f.ActionsText()).In(j.friendly)}
	for _, x := range fs {
		m.Parts = append(m.Parts, j.part(x, text, m.Match, s))
	}
	slices.SortStableFunc(m.Parts, func(a, b verdict.FailedPart) int { return cmp.Compare(a.Start, b.Start) })
	return m
}

// part describes a failed part, with its position in the displayed text.
func (j *matchAnalyzer) part(x failure, text, shown string, s packetAt) verdict.FailedPart {
	j.writes = written(x.text)
	out := j.words(x.expr, s)
	if x.text == "" {
		return out
	}
	// The text after a part is rewritten in the same way with or without it.
	tail := func(from string) int { return len(j.n.Text(from).In(j.friendly)) }
	out.Start = len(shown) - tail(text[x.start:])
	out.End = len(shown) - tail(text[x.end:])
	return out
}
