package expr

import (
	"fmt"
	"strconv"
	"sync"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr/internal/syntax"
	"github.com/ovnwalk/ovnwalk/packet"
)

// symbolRow is a symbol as some releases have it.
type symbolRow struct {
	name    string
	kind    symbolKind
	def     string
	prereqs string
	flags   symbolFlags
	span    string // the releases that have the row, as dialect.ParseSpan takes it
}

type symbolKind uint8

const (
	field symbolKind = iota
	port             // a string that holds a port
	subfield
	predicate
	noPacket // only the left side of an assignment; the definition is its width
)

type symbolFlags uint8

const (
	crossProduct symbolFlags = 1 << iota
	inCTCommit               // written only inside ct_commit { ... }
)

var (
	symbolTables sync.Map // dialect.Release -> *Symbols
	symbolSpans  = sync.OnceValue(func() []dialect.Span {
		spans := make([]dialect.Span, len(symbolRows))
		for i, r := range symbolRows {
			spans[i] = dialect.MustSpan(r.span)
		}
		return spans
	})
)

// SymbolsOf returns the symbol table of a release.
func SymbolsOf(r dialect.Release) *Symbols {
	if t, ok := symbolTables.Load(r); ok {
		return t.(*Symbols)
	}
	d := dialect.For(r)
	t := &Symbols{
		byName: make(map[string]*Symbol, len(symbolRows)),
		rules: syntax.Rules{
			NoHyphen:   !d.Has(dialect.HyphenToken),
			NoTemplate: !d.Has(dialect.TemplateToken),
			StrictMask: !d.Has(dialect.StrayMaskBits),
		},
		sortSets: d.Has(dialect.AddressSetsSorted),
	}
	for i, row := range symbolRows {
		if symbolSpans()[i].Holds(r) {
			t.add(row.symbol(t))
		}
	}
	for _, s := range t.order {
		if s.Predicate != "" {
			s.Level = level(t.plain(s.Predicate))
		}
	}
	actual, _ := symbolTables.LoadOrStore(r, t)
	return actual.(*Symbols)
}

// symbol makes the row's symbol; those that it is defined by are in t already.
func (row symbolRow) symbol(t *Symbols) *Symbol {
	s := &Symbol{Name: row.name, Prereqs: row.prereqs, CrossProduct: row.flags&crossProduct != 0}
	scope := WriteAction
	if row.flags&inCTCommit != 0 {
		scope = WriteCTCommit
	}
	switch row.kind {
	case field, port:
		s.Field = packet.Lookup(row.def)
		if s.Field == nil {
			panic(fmt.Sprintf("symbol table: %s: no field %s", row.name, row.def))
		}
		if row.kind == field {
			s.Width = s.Field.Bits
		}
		if s.Field.Maskable && row.kind == field {
			s.Level = Ordinal
		}
		if s.Field.Writable {
			s.Scope = scope
		}
	case subfield:
		f, err := t.ParseFieldRef(row.def)
		if err != nil {
			panic(fmt.Sprintf("symbol table: %s: %v", row.name, err))
		}
		s.Parent, s.ParentOfs, s.Width, s.Level = f.Symbol, f.Ofs, f.Bits, f.Symbol.Level
		if f.Symbol.Scope != 0 {
			s.Scope = scope
		}
	case predicate:
		s.Predicate, s.Width, s.Level = row.def, 1, Boolean
	case noPacket:
		s.Width, _ = strconv.Atoi(row.def)
		s.NoPacket = true
		s.Scope = WriteAction | WriteCTCommit
	}
	return s
}
