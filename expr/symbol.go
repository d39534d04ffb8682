package expr

import (
	"sync"

	"github.com/ovnwalk/ovnwalk/expr/lex"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Level is the level of measurement of a symbol, which determines the comparisons that it
// permits. String returns its name in error messages.
type Level uint8

//go:generate go run golang.org/x/tools/cmd/stringer@v0.52.0 -linecomment -type Level,Op

// The levels, from the most restricted.
const (
	// Nominal permits == only.
	Nominal Level = iota // nominal
	// Boolean permits == and !=.
	Boolean // Boolean
	// Ordinal also permits ordering, masks and subfields.
	Ordinal // ordinal
)

// Scope is a set of places in which an action may write a symbol.
type Scope uint8

// The places.
const (
	WriteAction   Scope = 1 << iota // outside ct_commit { ... }
	WriteCTCommit                   // inside ct_commit { ... }
)

// Symbol is a name of the language: a field, a part of one, a string field with the name of
// a port, or a predicate.
type Symbol struct {
	Name  string
	Width int // in bits; 0 for a string
	Level Level
	Scope Scope // where actions may write it

	// Field is the packet's field of a field or string symbol, nil for others.
	Field *packet.Field

	// Parent is the field of a subfield, which begins at its bit ParentOfs.
	Parent    *Symbol
	ParentOfs int

	// Predicate is the expression of a predicate, "" for others.
	Predicate string

	// Prereqs is the condition for packets to have the symbol.
	Prereqs string

	// CrossProduct means that normalization always multiplies out disjunctions over
	// this symbol.
	CrossProduct bool

	// NoPacket marks a field that occurs only on the left side of an assignment, such
	// as icmp4.frag_mtu.
	NoPacket bool

	predicate, negated, prereqs func() Expr
}

// expand returns the annotated expression of a predicate, positive or negated.
func (s *Symbol) expand(positive bool) Expr {
	if positive {
		return s.predicate()
	}
	return s.negated()
}

// PrereqExpr returns the symbol's own prerequisites, annotated, or nil.
func (s *Symbol) PrereqExpr() Expr {
	if s.prereqs == nil {
		return nil
	}
	return s.prereqs()
}

// Symbols is the symbol table of a release. It is immutable and may be used by several
// goroutines.
type Symbols struct {
	byName map[string]*Symbol
	order  []*Symbol
	rules  lex.Rules

	// sortSets means that address sets are sorted by value.
	sortSets bool
}

// Rules returns the lexer's rules for the release.
func (t *Symbols) Rules() lex.Rules { return t.rules }

// Lookup returns the symbol with a name; ok is false if the release has none.
func (t *Symbols) Lookup(name string) (s *Symbol, ok bool) {
	s, ok = t.byName[name]
	return s, ok
}

// All returns the symbols in the order of the table.  The caller must not
// change the slice.
func (t *Symbols) All() []*Symbol { return t.order }

// add adds s to t. Its expressions are parsed when they are first used.
func (t *Symbols) add(s *Symbol) {
	if s.Predicate != "" {
		s.predicate = sync.OnceValue(func() Expr { return t.fixed(s.Predicate) })
		s.negated = sync.OnceValue(func() Expr { return Negate(s.predicate()) })
	}
	if s.Prereqs != "" {
		s.prereqs = sync.OnceValue(func() Expr { return t.fixed(s.Prereqs) })
	}
	t.byName[s.Name] = s
	t.order = append(t.order, s)
}

// plain parses an expression of the table.
func (t *Symbols) plain(text string) Expr {
	e, err := ParseFlow(text, Env{Symbols: t})
	if err != nil {
		panic("symbol table: " + text + ": " + err.Error())
	}
	return e
}

// fixed parses and annotates an expression of the table.
func (t *Symbols) fixed(text string) Expr { return Annotate(t.plain(text)) }
