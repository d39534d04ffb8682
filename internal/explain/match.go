package explain

import (
	"cmp"
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// matchAnalyzer finds out what of matches fails for packets.  It remembers comparisons,
// which flows share.
type matchAnalyzer struct {
	n        *lflow.Network
	friendly bool
	env      expr.Env
	binder   expr.Binder
	known    map[string]*comparison
	writes   packet.Kind // how the comparison that is explained writes addresses
}

func newMatchAnalyzer(n *lflow.Network, friendly bool) *matchAnalyzer {
	return &matchAnalyzer{n: n, friendly: friendly, env: n.FlowEnv(), binder: n.Binder(), known: map[string]*comparison{}}
}

// comparison is a part of a match that stands for itself.
type comparison struct {
	expr  expr.Expr // as written; nil where it does not parse
	whole *expr.Matcher
}

func (j *matchAnalyzer) comparison(text string) *comparison {
	if c := j.known[text]; c != nil {
		return c
	}
	c := &comparison{}
	if e, err := expr.Parse(text, j.env); err == nil {
		c.expr = e
		c.whole = expr.Compile(expr.Annotate(e), j.binder)
	}
	j.known[text] = c
	return c
}

// failure is a part that failed, and how far from holding it is.
type failure struct {
	start, end int
	text       string    // what parses by itself, "" for what actions require
	expr       expr.Expr // the part
	distance   float64   // from 0, near, to 1; 2 for another kind of packet
	kind       bool      // whether it asks for another Ethernet type
}

// distance returns how far a set of failures is from none.
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

// failures returns the smallest part of a flow's match that fails, nothing where
// it holds; ok is false for a match that does not parse.
func (j *matchAnalyzer) failures(f *lflow.Flow, s packetAt) (fs []failure, ok bool) {
	if f.Err(s.d) != nil {
		return nil, false
	}
	text, err := f.ParsedMatch()
	if err != nil {
		return nil, false
	}
	fs = j.outline(expr.OutlineOf(text, j.env.Symbols), s)
	if pre := f.Actions().Prereqs; pre != nil && len(fs) == 0 {
		pre = expr.Annotate(pre)
		if !j.holds(pre, s) {
			fs = append(fs, j.failure(expr.Outline{}, pre, s))
		}
	}
	return fs, true
}

func (j *matchAnalyzer) outline(o expr.Outline, s packetAt) []failure {
	switch o.Join {
	case expr.Comparison:
		c := j.comparison(o.Text)
		if c.expr != nil && c.whole.Match(s.p, s.d.Index) {
			return nil
		}
		return []failure{j.failure(o, c.expr, s)}
	case expr.JoinAll:
		var all []failure
		for _, sub := range o.Subs {
			all = append(all, j.outline(sub, s)...)
		}
		return all
	default:
	}
	var best []failure
	for i, sub := range o.Subs {
		fs := j.outline(sub, s)
		if len(fs) == 0 {
			return nil
		}
		if i == 0 || distance(fs) < distance(best) {
			best = fs
		}
	}
	return best
}

// failure judges a part that failed.
func (j *matchAnalyzer) failure(o expr.Outline, e expr.Expr, s packetAt) failure {
	f := failure{start: o.Start, end: o.End, text: o.Text, expr: e, distance: j.distance(e, s), kind: j.asksKind(e, s)}
	if f.kind {
		f.distance = 2
	}
	return f
}

// holds reports whether an annotated expression holds.
func (j *matchAnalyzer) holds(e expr.Expr, s packetAt) bool {
	return expr.Compile(e, j.binder).Match(s.p, s.d.Index)
}

// distance returns how far a part that failed is from holding: for an address
// or a number, the share of its bits from the first that differs on.
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

// asksKind reports whether a part that failed did so for the Ethernet type, its
// own or that which its fields need.
func (j *matchAnalyzer) asksKind(e expr.Expr, s packetAt) bool {
	asks := false
	if e != nil {
		expr.Walk(e, func(e expr.Expr) bool {
			c, ok := e.(*expr.Cmp)
			if !ok {
				return true
			}
			why := expr.Annotate(c)
			if pre := c.Symbol.PrereqExpr(); pre != nil && !j.holds(expr.Annotate(pre), s) {
				why = expr.Annotate(pre)
			}
			if c, ok := leaf(why, j, s).(*expr.Cmp); ok && !j.holds(c, s) {
				asks = asks || c.Symbol.Field == packet.EthType
			}
			return true
		})
	}
	return asks
}

func cmpDistance(c *expr.Cmp, s packetAt) float64 {
	width := c.Mask.OnesCount()
	if c.Symbol.Width == 0 || c.Symbol.Predicate != "" || c.Op == expr.NE || width < 8 || !hasField(c.Symbol, s.p) {
		return 1
	}
	ref := expr.FieldRef{Symbol: c.Symbol, Bits: c.Symbol.Width}
	differ := ref.Read(s.p).Xor(c.Value).And(c.Mask)
	if differ.IsZero() {
		return 1 // something else of it fails
	}
	lowest := c.Mask.TrailingZeros()
	return float64(differ.Len()-lowest) / float64(max(width, c.Mask.Len()-lowest))
}

// hasField reports whether a packet has what a symbol stands for.
func hasField(sym *expr.Symbol, p *packet.Packet) bool {
	f, _, _ := expr.FieldRef{Symbol: sym, Bits: sym.Width}.Resolve()
	return f != nil && p.Has(f)
}

// nearMiss says what kept a packet from a flow.
func (j *matchAnalyzer) nearMiss(at trace.Place, f *lflow.Flow, fs []failure, s packetAt) verdict.NearMiss {
	at.Flow = f.Ref(j.friendly)
	text, _ := f.ParsedMatch()
	m := verdict.NearMiss{Place: at, Match: j.n.Friendly(text, j.friendly), Actions: j.n.Friendly(f.ActionsText(), j.friendly)}
	for _, x := range fs {
		m.Parts = append(m.Parts, j.part(x, text, m.Match, s))
	}
	slices.SortStableFunc(m.Parts, func(a, b verdict.FailedPart) int { return cmp.Compare(a.Start, b.Start) })
	return m
}

// part says what a failure is in words, with its place in the text that is
// shown.
func (j *matchAnalyzer) part(x failure, text, shown string, s packetAt) verdict.FailedPart {
	j.writes = written(x.text)
	out := j.words(x.expr, s)
	if x.text == "" {
		return out
	}
	// What follows a part is rewritten the same way with or without it.
	tail := func(from string) int { return len(j.n.Friendly(from, j.friendly)) }
	out.Start = len(shown) - tail(text[x.start:])
	out.End = len(shown) - tail(text[x.end:])
	return out
}
