package expr

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/packet"
)

// Names resolves the names in an expression for Satisfiable.
type Names struct {
	// Resident reports whether a port is on the chassis.
	Resident func(port string) bool

	// Member reports whether a port is in a port group.
	Member func(group, port string) bool
}

// maxChecks bounds the comparisons of one call of Satisfiable.
const maxChecks = 1 << 23

// Satisfiable reports whether some packet satisfies e, which must be annotated. It does not
// build the normal form: a list of addresses takes time proportional to its length, and
// disjunctions over several symbols are multiplied out one after the other until a
// satisfying alternative is found. Two port groups are assumed to have a port in common. If
// the search reaches its limit, decided is false and ok is true.
func Satisfiable(e Expr, names Names) (ok, decided bool) {
	s := &solver{Names: names, left: maxChecks}
	ok = s.solve(problem{}, []Expr{e})
	if s.left < 0 {
		return true, false
	}
	return ok, true
}

// solver is the state of one call of Satisfiable.
type solver struct {
	Names
	left int // remaining number of comparisons
}

// problem is a conjunction: a constraint on each symbol, and disjunctions over several
// symbols.
type problem struct {
	symbols []constraint
	choices []*Or
}

// constraint is a constraint on one symbol: one comparison of each list, and none of the
// excluded ones.
type constraint struct {
	symbol   *Symbol
	lists    [][]*Cmp
	excluded []*Cmp
}

// solve reports whether a problem has a solution that also satisfies all of more.
func (s *solver) solve(p problem, more []Expr) bool {
	p = problem{slices.Clone(p.symbols), slices.Clone(p.choices)}
	for _, e := range more {
		if !s.require(&p, e) {
			return false
		}
	}
	for i := range p.symbols {
		if !s.consistent(&p.symbols[i]) {
			return false
		}
	}
	if len(p.choices) == 0 || s.left < 0 {
		return true
	}
	least := 0
	for i, c := range p.choices {
		if len(c.Subs) < len(p.choices[least].Subs) {
			least = i
		}
	}
	choice := p.choices[least]
	p.choices = slices.Delete(p.choices, least, least+1)
	for _, way := range branches(choice.Subs) {
		if s.solve(p, way) {
			return true
		}
	}
	return false
}

// require adds an expression to a problem. It returns false if the expression is false.
func (s *solver) require(p *problem, e Expr) bool {
	switch e := e.(type) {
	case Bool:
		return bool(e)
	case *Resident:
		return s.Resident(e.Port) != e.Not
	case *And:
		for _, sub := range e.Subs {
			if !s.require(p, sub) {
				return false
			}
		}
	case *Cmp:
		if e.Op == NE {
			c := p.of(e.Symbol)
			c.excluded = append(c.excluded, e)
			break
		}
		p.list(e.Symbol, e)
	case *Or:
		if sym := uniqueSymbol(e); sym == nil || !p.list(sym, e) {
			p.choices = append(p.choices, e)
		}
	}
	return true
}

// list adds a disjunction of comparisons of one symbol to a problem; ok is false if e is
// something else.
func (p *problem) list(sym *Symbol, e Expr) (ok bool) {
	list, always, ok := appendEqualities(nil, e)
	if ok && !always {
		c := p.of(sym)
		c.lists = append(c.lists, list)
	}
	return ok
}

// appendEqualities appends the comparisons for equality whose disjunction is e; always is
// true if every packet satisfies one.
func appendEqualities(list []*Cmp, e Expr) (out []*Cmp, always, ok bool) {
	switch e := e.(type) {
	case Bool:
		return list, bool(e), true
	case *Cmp:
		if e.Symbol.Width == 0 && e.Op != EQ {
			return list, false, false
		}
		if simple, is := Simplify(e).(*Cmp); is {
			return append(list, simple), false, true
		}
		return appendEqualities(list, Simplify(e))
	case *Or:
		if list == nil {
			list = make([]*Cmp, 0, len(e.Subs))
		}
		for _, sub := range e.Subs {
			if list, always, ok = appendEqualities(list, sub); always || !ok {
				return list, always, ok
			}
		}
		return list, false, true
	}
	return list, false, false
}

// of returns the constraint on a symbol.
func (p *problem) of(sym *Symbol) *constraint {
	for i := range p.symbols {
		if p.symbols[i].symbol == sym {
			return &p.symbols[i]
		}
	}
	p.symbols = append(p.symbols, constraint{symbol: sym})
	return &p.symbols[len(p.symbols)-1]
}

// branches returns the operands of a disjunction, each as a conjunction. Operands that differ
// only in the values of one symbol, as for lists of addresses, are merged.
func branches(subs []Expr) (out [][]Expr) {
	last := map[*Symbol]int{} // the last branch that begins with a list of the symbol
	for _, e := range subs {
		first, rest := e, []Expr(nil)
		if a, ok := e.(*And); ok {
			first, rest = a.Subs[0], a.Subs[1:]
		}
		c, ok := first.(*Cmp)
		if !ok {
			out = append(out, []Expr{e})
			continue
		}
		if i, ok := last[c.Symbol]; ok && slices.Equal(out[i][1:], rest) {
			list := out[i][0].(*Or)
			list.Subs = append(list.Subs, c)
			continue
		}
		last[c.Symbol] = len(out)
		out = append(out, append([]Expr{&Or{Subs: []Expr{c}}}, rest...))
	}
	return out
}

// consistent reports whether a symbol can satisfy a constraint.
func (s *solver) consistent(c *constraint) bool {
	if c.symbol.Width == 0 {
		return s.port(c)
	}
	return s.number(packet.Value{}, packet.Value{}, c.lists, c.excluded)
}

// number reports whether a number with the given value under mask satisfies one comparison of
// each list and none of the excluded ones. If the fixed bits do not decide, it tries both
// values of the highest relevant bit.
func (s *solver) number(value, mask packet.Value, lists [][]*Cmp, excluded []*Cmp) bool {
	free := packet.Value{} // the relevant bits
	meets := func(c *Cmp) (meets, covers bool) {
		s.left--
		if !c.Value.Xor(value).And(c.Mask).And(mask).IsZero() {
			return false, false
		}
		free = free.Or(c.Mask.AndNot(mask))
		return true, c.Mask.AndNot(mask).IsZero()
	}
	var open [][]*Cmp
	for _, list := range lists {
		var kept []*Cmp
		covered := false
		for _, c := range list {
			met, covers := meets(c)
			if covers {
				covered = true
				break
			}
			if met {
				kept = append(kept, c)
			}
		}
		switch {
		case covered:
		case kept == nil:
			return false
		default:
			open = append(open, kept)
		}
	}
	var out []*Cmp
	for _, c := range excluded {
		met, covers := meets(c)
		if covers {
			return false
		}
		if met {
			out = append(out, c)
		}
	}
	if len(open) == 0 && len(out) == 0 || len(open) == 1 && len(out) == 0 || s.left < 0 {
		return true
	}
	bit := packet.Range(free.Len()-1, 1)
	return s.number(value, mask.Or(bit), open, out) || s.number(value.Or(bit), mask.Or(bit), open, out)
}

// port reports whether some port is in one of each list and in none of the excluded ones. If
// all lists have port groups, there may be one.
func (s *solver) port(c *constraint) bool {
	var candidates []*Cmp
	for _, list := range c.lists {
		named := !slices.ContainsFunc(list, func(c *Cmp) bool { return c.Group != "" })
		if named && (candidates == nil || len(list) < len(candidates)) {
			if candidates = list; len(list) == 0 {
				return false
			}
		}
	}
	if candidates == nil {
		return !slices.ContainsFunc(c.lists, func(list []*Cmp) bool { return len(list) == 0 })
	}
	possible := map[string]bool{}
	for _, p := range candidates {
		possible[p.Port] = true
	}
	for _, list := range c.lists {
		in := s.among(possible, list)
		possible = in
	}
	for port := range s.among(possible, c.excluded) {
		delete(possible, port)
	}
	return len(possible) > 0
}

// among returns those of the ports that comparisons name or that are in their groups.
func (s *solver) among(ports map[string]bool, list []*Cmp) map[string]bool {
	in := map[string]bool{}
	for _, c := range list {
		s.left--
		if c.Group == "" {
			if ports[c.Port] {
				in[c.Port] = true
			}
			continue
		}
		for port := range ports {
			s.left--
			if s.Member(c.Group, port) {
				in[port] = true
			}
		}
	}
	return in
}
