package dialect

import (
	"fmt"
	"slices"
)

// SymbolKind is how a symbol of the match and action languages is defined.
type SymbolKind uint8

const (
	KindField     SymbolKind = iota // a field of the packet or its metadata
	KindString                      // one that holds a logical port's name
	KindSubfield                    // bits of another symbol
	KindPredicate                   // an expression's name
	KindElsewhere                   // a field that actions set and the packet's metadata do not hold
)

// SymbolLevel is what comparisons a symbol takes.
type SymbolLevel uint8

const (
	LevelNominal SymbolLevel = iota // == and !=, positively
	LevelBoolean                    // the same, and negated
	LevelOrdinal                    // <, <=, > and >= too, masks and subfields
)

// SymbolWrite is where an action may assign to a symbol.
type SymbolWrite uint8

const (
	WriteNever    SymbolWrite = iota
	WriteAction               // outside ct_commit { }
	WriteCTCommit             // inside ct_commit { } alone
	WriteAnywhere
)

// SymbolRow is a symbol as a span of releases have it.
type SymbolRow struct {
	Name          string
	Kind          SymbolKind
	Width         int    // in bits; 0 for a string, 1 for a predicate
	Definition    string // of a subfield its parent's bits, of a predicate its expression
	Prerequisites string // an expression, or empty
	Level         SymbolLevel
	Crossproduct  bool // never part of a conjunctive match in OpenFlow
	Write         SymbolWrite
	Span          Span
}

// String returns the row in one line, for messages.
func (r SymbolRow) String() string {
	return fmt.Sprintf("%s %q in %v", r.Name, r.Definition, r.Span)
}

// SymbolsOf returns the rows of [Symbols] that a release has, in their order;
// it has at most one of each name.
func SymbolsOf(r Release) []SymbolRow {
	return slices.DeleteFunc(slices.Clone(Symbols), func(row SymbolRow) bool { return !row.Span.Holds(r) })
}
