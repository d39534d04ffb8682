package expr

import (
	"slices"
	"sync"

	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// AddressSet has the members of an address set and the comparisons of fields with them.
// All matches with the set share the comparisons and their compiled form, because a set
// may have thousands of members.  Several goroutines may use it.
type AddressSet struct {
	Name    string
	Members []Constant // in the order in which the release keeps them

	mu          sync.Mutex
	comparisons map[FieldRef]*Or
}

// AddressSet reads the members of an address set, which the southbound database
// has as strings.  Members that are no numbers are left out and returned as
// bad.
func (t *Symbols) AddressSet(name string, members []string) (set *AddressSet, bad []string) {
	set = &AddressSet{Name: name, Members: make([]Constant, 0, len(members))}
	for _, m := range members {
		typ, start, end := t.rules.Scan(m, 0)
		n, err := t.rules.ParseNumber(m[start:end])
		if typ != lex.Integer || err != nil {
			bad = append(bad, m)
			continue
		}
		set.Members = append(set.Members, Constant{Number: n, Set: name})
	}
	if t.sortSets {
		slices.SortStableFunc(set.Members, byValue)
	}
	return set, bad
}

// byValue is the order of newer releases' sets.
func byValue(a, b Constant) int {
	if d := a.Number.Value.Cmp(b.Number.Value); d != 0 {
		return d
	}
	switch {
	case a.Number.Masked && !b.Number.Masked:
		return -1
	case !a.Number.Masked && b.Number.Masked:
		return 1
	}
	return a.Number.Mask.Cmp(b.Number.Mask)
}

// fewMembers is how many comparisons are as well made anew.
const fewMembers = 8

// anyOf returns the comparisons of f with every member, where all matches can
// share them: they are many, and annotation does not change them.
func (s *AddressSet) anyOf(f FieldRef) (e *Or, ok bool) {
	if len(s.Members) < fewMembers || f.Symbol.Parent != nil || f.Symbol.Predicate != "" {
		return nil, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.comparisons[f]; e != nil {
		return e, true
	}
	e = &Or{Subs: comparisons(s.Members, f, EQ, true)}
	e.shared = &sharedSet{of: e.Subs, symbol: f.Symbol}
	if s.comparisons == nil {
		s.comparisons = map[FieldRef]*Or{}
	}
	s.comparisons[f] = e
	return e, true
}

// sharedSet is what is known of a disjunction that many matches share: that all of
// it compares one symbol, that annotation without prerequisites leaves it as it
// is, and, once it was asked for, what it compiles to.
type sharedSet struct {
	of     []Expr
	symbol *Symbol
	once   sync.Once
	node   node
}

// common returns what matches share of a disjunction, nil where that is nothing,
// as of a copy that was given other operands.
func (e *Or) common() *sharedSet {
	if s := e.shared; s != nil && len(e.Subs) == len(s.of) && &e.Subs[0] == &s.of[0] {
		return s
	}
	return nil
}
