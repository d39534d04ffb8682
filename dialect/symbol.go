package dialect

import (
	"fmt"
	"slices"
)

// SymbolKind is how a symbol of the match and action languages is defined.
type SymbolKind uint8

const (
	KindField     SymbolKind = iota // a field of the packet or its metadata
	KindString                      // a field with the name of a logical port
	KindSubfield                    // bits of another symbol
	KindPredicate                   // the name of an expression
	KindElsewhere                   // a field that actions set and that is not in the packet's metadata
)

// SymbolLevel determines which comparisons a symbol permits.
type SymbolLevel uint8

const (
	LevelNominal SymbolLevel = iota // == and !=, not negated
	LevelBoolean                    // == and !=, also negated
	LevelOrdinal                    // also <, <=, > and >=, masks and subfields
)

// SymbolWrite determines where an action may assign to a symbol.
type SymbolWrite uint8

const (
	WriteNever    SymbolWrite = iota
	WriteAction               // outside ct_commit { }
	WriteCTCommit             // only inside ct_commit { }
	WriteAnywhere
)

// SymbolRow is a symbol in a span of releases.
type SymbolRow struct {
	Name          string
	Kind          SymbolKind
	Width         int    // in bits; 0 for a string, 1 for a predicate
	Definition    string // of a subfield: bits of its parent; of a predicate: its expression
	Prerequisites string // an expression, or empty
	Level         SymbolLevel
	Crossproduct  bool // never part of a conjunctive match in OpenFlow
	Write         SymbolWrite
	Span          Span
}

// String returns the row in one line for messages.
func (r SymbolRow) String() string {
	return fmt.Sprintf("%s %q in %v", r.Name, r.Definition, r.Span)
}

// SymbolsOf returns the rows of [Symbols] for a release, in their order. No two have the
// same name.
func SymbolsOf(r Release) []SymbolRow {
	return slices.DeleteFunc(slices.Clone(Symbols), func(row SymbolRow) bool { return !row.Span.Holds(r) })
}
