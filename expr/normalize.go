package expr

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/packet"
)

// ErrTooComplex is the error for an expression whose normal form exceeds the limit of
// this package.
var ErrTooComplex = errors.New("expression too complex: its normal form has too many terms")

// maxTerms bounds the comparisons that normalization makes.
const maxTerms = 1 << 21

// Normalize returns e, which must be simplified and free of conditions, as a disjunction of
// conjunctions of clauses, where a clause is a comparison or a disjunction of comparisons of
// one symbol. It omits operators with fewer than two operands.
func Normalize(e Expr, rules MicroflowRules) (out Expr, err error) {
	n := normalizer{MicroflowRules: rules}
	out = n.any(e)
	if n.terms > maxTerms {
		return nil, ErrTooComplex
	}
	return out, nil
}

// normalizeSingle is like Normalize, but stops and returns ambiguous when the normal form is
// known to be other than one conjunction of comparisons.
func normalizeSingle(e Expr, rules MicroflowRules) (out Expr, ambiguous bool, err error) {
	n := normalizer{MicroflowRules: rules, single: true}
	out = n.any(e)
	switch {
	case n.ambiguous:
		return nil, true, nil
	case n.terms > maxTerms:
		return nil, false, ErrTooComplex
	}
	return out, false, nil
}

type normalizer struct {
	MicroflowRules
	terms     int
	single    bool // stop if there is more than one conjunction of comparisons
	ambiguous bool // there is more than one
	steps     int  // of searches, so far
	tried     int  // comparisons of operands that are multiplied out later
	copies    bool // operands are copies, for one of several alternatives
}

// done reports whether the rest of the normal form has no effect.
func (n *normalizer) done() bool { return n.ambiguous || n.terms > maxTerms }

// checked returns a conjunction, and records whether it is other than one of comparisons.
func (n *normalizer) checked(e Expr) Expr {
	if !n.single {
		return e
	}
	subs := []Expr{e}
	if and, ok := e.(*And); ok {
		subs = and.Subs
	}
	for _, s := range subs {
		if _, isOr := s.(*Or); isOr {
			n.ambiguous = true
		}
	}
	return e
}

// spend adds to the number of terms and reports whether it is within the bound. Beyond it,
// every step returns early, and Normalize returns the error.
func (n *normalizer) spend(terms int) bool {
	n.terms += terms
	return n.terms <= maxTerms
}

func (n *normalizer) any(e Expr) Expr {
	switch e := e.(type) {
	case *And:
		return n.and(e)
	case *Or:
		return n.or(e)
	}
	return e
}

// or normalizes each operand of a disjunction.
func (n *normalizer) or(e *Or) Expr {
	kept := make([]Expr, 0, len(e.Subs))
	for _, s := range e.Subs {
		if a, ok := s.(*And); ok {
			s = n.and(a)
		}
		if n.done() {
			return Bool(false)
		}
		if b, ok := s.(Bool); ok {
			if b {
				return Bool(true)
			}
			continue
		}
		kept = append(kept, s)
		if n.single && len(kept) > 1 {
			n.ambiguous = true
			return Bool(false)
		}
	}
	if len(kept) == 0 {
		return Bool(false)
	}
	return AnyOf(kept...)
}

// and merges the operands over each symbol into clauses, then multiplies out the first
// disjunction that is not a clause.
func (n *normalizer) and(e *And) Expr {
	sorted := n.gather(e.Subs)
	and, ok := sorted.(*And)
	if !ok {
		return n.checked(sorted)
	}
	for i, s := range and.Subs {
		or, ok := s.(*Or)
		if !ok {
			continue
		}
		if sym := uniqueSymbol(or); sym != nil && !sym.CrossProduct {
			continue
		}
		if !n.spend(len(or.Subs) * len(and.Subs)) {
			return Bool(false)
		}
		alts := make([]Expr, len(or.Subs))
		for k, alt := range or.Subs {
			terms := slices.Clone(and.Subs)
			terms[i] = alt
			alts[k] = AllOf(terms...)
		}
		outer := n.copies
		n.copies = true
		product := n.or(&Or{Subs: alts})
		n.copies = outer
		return product
	}
	return n.checked(and)
}

// gather sorts the operands of a conjunction that have a single symbol by the symbols' names,
// and merges those of the same symbol into one clause.
func (n *normalizer) gather(subs []Expr) Expr {
	type term struct {
		e      Expr
		symbol *Symbol
	}
	terms := make([]term, len(subs))
	for i, s := range subs {
		terms[i] = term{s, uniqueSymbol(s)}
	}
	slices.SortStableFunc(terms, func(a, b term) int {
		switch {
		case a.symbol != nil && b.symbol != nil:
			return cmp.Or(strings.Compare(a.symbol.Name, b.symbol.Name), cmp.Compare(kind(a.e), kind(b.e)))
		case a.symbol != nil:
			return -1
		case b.symbol != nil:
			return 1
		}
		return cmp.Compare(size(a.e), size(b.e))
	})
	out := make([]Expr, 0, len(terms))
	last := true // whether no clause is multiplied out later
	type group struct {
		at   int // in out
		same []Expr
		sym  *Symbol
	}
	var deferred []group // operands to be decided by a search
	for i := 0; i < len(terms); {
		sym := terms[i].symbol
		if sym == nil {
			out = append(out, terms[i].e)
			last = false
			i++
			continue
		}
		var same []Expr
		for ; i < len(terms) && terms[i].symbol == sym; i++ {
			if len(same) == 0 || !equalCmps(same[len(same)-1], terms[i].e) { // duplicates are frequent in prerequisites
				same = append(same, terms[i].e)
			}
		}
		if n.single && len(same) > 1 && sym.Width > 0 && !sym.CrossProduct {
			deferred = append(deferred, group{len(out), same, sym})
			out = append(out, nil)
			continue
		}
		clause := n.crush(AllOf(same...), sym)
		if b, ok := clause.(Bool); ok {
			if !b {
				return Bool(false)
			}
			continue
		}
		if _, isOr := clause.(*Or); isOr && sym.CrossProduct {
			last = false
		}
		out = append(out, clause)
	}
	for _, g := range deferred {
		clause := n.search(g.same, g.sym, last)
		if b, ok := clause.(Bool); ok {
			if !b {
				return Bool(false)
			}
			clause = nil
		}
		out[g.at] = clause
	}
	if out = slices.DeleteFunc(out, func(e Expr) bool { return e == nil }); len(out) == 0 {
		return Bool(true)
	}
	return AllOf(out...)
}

// equalCmps reports whether two expressions are the same comparison.
func equalCmps(a, b Expr) bool {
	x, ok := a.(*Cmp)
	y, also := b.(*Cmp)
	return ok && also && x.Op == y.Op && x.Value == y.Value && x.Mask == y.Mask && x.Port == y.Port && x.Group == y.Group
}

// kind orders the operands of one symbol: comparisons are first.
func kind(e Expr) int { return min(size(e), 1) }

// size orders operands: comparisons are first, then by number of operands.
func size(e Expr) int {
	switch e := e.(type) {
	case *And:
		return len(e.Subs)
	case *Or:
		return len(e.Subs)
	}
	return 0
}

// crush merges an expression over the only symbol sym into a comparison, a disjunction of
// comparisons, or a constant.
func (n *normalizer) crush(e Expr, sym *Symbol) Expr {
	switch e := e.(type) {
	case *And:
		if sym.Width == 0 {
			return n.crushPorts(e, sym)
		}
		return n.crushNumbers(e, sym)
	case *Or:
		var alts []*Cmp
		for _, s := range e.Subs {
			next, truth := n.alternatives(n.crush(s, sym))
			if next == nil && bool(truth) {
				return Bool(true)
			}
			alts = append(alts, next...)
		}
		return n.disjunction(alts, sym)
	}
	return e
}

// crushPorts is crush for a conjunction over a string symbol.
func (n *normalizer) crushPorts(e *And, sym *Symbol) Expr {
	var alts []*Cmp
	for _, s := range e.Subs {
		next, truth := n.alternatives(n.crush(s, sym))
		switch {
		case next == nil && !bool(truth):
			return Bool(false)
		case next == nil:
		case alts == nil:
			alts = next
		default:
			if alts = intersectPorts(alts, next); len(alts) == 0 {
				return Bool(false)
			}
		}
	}
	return n.disjunction(alts, sym)
}

// crushNumbers is crush for a conjunction over a numeric symbol. As in upstream, single
// comparisons come first, and sets are multiplied with them one by one in their order in the
// text. Products of two sets are not values of an address set, which decides whether values
// that another one covers are dropped.
func (n *normalizer) crushNumbers(e *And, sym *Symbol) Expr {
	one := []*Cmp{{Symbol: sym}} // a comparison with a zero mask is true
	var sets [][]*Cmp
	add := func(next []*Cmp) {
		if len(next) > 1 {
			sets = append(sets, next)
		} else if len(one) == 1 {
			one = n.intersect(one, next, false)
		}
	}
	for _, s := range e.Subs {
		next, truth := n.alternatives(n.crush(s, sym))
		if next != nil {
			add(next)
		} else if !bool(truth) {
			return Bool(false)
		}
	}
	for len(sets) > 1 && len(one) == 1 {
		product, rest := n.intersect(n.intersect(one, sets[0], true), sets[1], false), sets[2:]
		if len(rest) == 0 {
			return n.disjunction(product, sym)
		}
		one, sets = []*Cmp{{Symbol: sym}}, nil
		add(n.distinct(product, sym)) // otherwise the product with the next set would be far too large
		for _, set := range rest {
			add(n.distinct(set, sym)) // again: values that were duplicates are no longer members
		}
	}
	if len(sets) == 0 || len(one) == 0 {
		return n.disjunction(one, sym)
	}
	product := n.intersect(one, sets[0], true)
	if n.KeepProducts && len(product) > 1 {
		subs := make([]Expr, len(product))
		for i, p := range product {
			subs[i] = p
		}
		return &Or{Subs: subs}
	}
	return n.disjunction(product, sym)
}

// alternatives returns the comparisons of a crushed expression, or nil and the constant.
func (n *normalizer) alternatives(e Expr) ([]*Cmp, Bool) {
	switch e := e.(type) {
	case *Cmp:
		return []*Cmp{e}, true
	case *Or:
		out := make([]*Cmp, 0, len(e.Subs))
		for _, s := range e.Subs {
			out = append(out, s.(*Cmp))
		}
		return out, true
	case Bool:
		return nil, e
	}
	return nil, false
}

// disjunction joins the alternatives that distinct returns.
func (n *normalizer) disjunction(alts []*Cmp, sym *Symbol) Expr {
	if len(alts) == 0 {
		return Bool(false)
	}
	alts = n.distinct(alts, sym)
	subs := make([]Expr, 0, len(alts))
	for _, a := range alts {
		if sym.Width > 0 && a.Mask.IsZero() {
			return Bool(true)
		}
		subs = append(subs, a)
	}
	return AnyOf(subs...)
}

// distinct sorts alternatives and removes duplicates; the remaining one is no longer a value
// of an address set. Depending on the rules it also removes values that another one covers.
func (n *normalizer) distinct(alts []*Cmp, sym *Symbol) []*Cmp {
	given := alts
	alts = slices.Clone(alts)
	slices.SortStableFunc(alts, func(a, b *Cmp) int {
		return cmp.Or(strings.Compare(a.Port, b.Port), cmp.Compare(a.Mask.OnesCount(), b.Mask.OnesCount()),
			a.Value.Cmp(b.Value), a.Mask.Cmp(b.Mask))
	})
	kept := alts[:0]
	for _, a := range alts {
		if len(kept) == 0 || !equalCmps(kept[len(kept)-1], a) {
			kept = append(kept, a)
		} else if last := *kept[len(kept)-1]; last.Set != "" {
			last.Set = ""
			kept[len(kept)-1] = &last
		}
	}
	alts = kept
	if n.DropCovered && sym.Width > 0 && sym.Level == Ordinal && !n.keeps(given, len(alts) < len(given)) {
		alts = n.widest(alts)
	}
	return alts
}

// keeps reports whether values that another one covers are kept because of address sets.
// duplicates means that some values were equal.
func (n *normalizer) keeps(alts []*Cmp, duplicates bool) bool {
	if !n.DropMembers {
		return slices.ContainsFunc(alts, func(c *Cmp) bool { return c.Set != "" })
	}
	return !duplicates && !n.copies && !slices.ContainsFunc(alts, func(c *Cmp) bool { return !c.whole || c.Set != alts[0].Set })
}

// widest returns the comparisons, sorted by width of mask, that no comparison with fewer bits
// covers. It finds these by hash, one mask after the other.
func (n *normalizer) widest(alts []*Cmp) []*Cmp {
	if !n.spend(len(alts)) {
		return alts[:1]
	}
	type covered struct{ value, mask packet.Value }
	kept := alts[:0:0]
	known := make(map[covered]bool, len(alts))
	seen := map[packet.Value]bool{}
	var masks []packet.Value // of those that are kept
	for _, b := range alts {
		if slices.ContainsFunc(masks, func(m packet.Value) bool { return m.AndNot(b.Mask).IsZero() && known[covered{b.Value.And(m), m}] }) {
			continue
		}
		kept = append(kept, b)
		known[covered{b.Value, b.Mask}] = true
		if !seen[b.Mask] {
			seen[b.Mask] = true
			masks = append(masks, b.Mask)
		}
	}
	return kept
}
