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
	Members []Constant // in the order of the release

	mu          sync.Mutex
	comparisons map[FieldRef]*Or
}

// AddressSet parses the members of an address set, which are strings in the southbound
// database. It omits members that are not numbers and returns them as bad.
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

// byValue is the order of address sets in newer releases.
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

// fewMembers is the number of members up to which comparisons are not shared.
const fewMembers = 8

// anyOf returns the comparisons of f with every member if all matches can share them:
// annotation does not change them.
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

// sharedSet is data about a disjunction that many matches share: that it compares one
// symbol only, that annotation without prerequisites does not change it, and, once it was
// used, its compiled form.
type sharedSet struct {
	of     []Expr
	symbol *Symbol
	once   sync.Once
	node   node
}

// common returns the shared data of a disjunction, or nil if it has none, for example
// because it is a copy with other operands.
func (e *Or) common() *sharedSet {
	if s := e.shared; s != nil && len(e.Subs) == len(s.of) && &e.Subs[0] == &s.of[0] {
		return s
	}
	return nil
}
