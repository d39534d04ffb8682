package expr

import (
	"fmt"
	"slices"
	"sync"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr/lex"
	"github.com/ovnwalk/ovnwalk/packet"
)

// fieldOf maps field and string symbols to fields of the packet. All other properties of
// symbols are in dialect.Symbols.
var fieldOf = func() map[string]*packet.Field {
	m := map[string]*packet.Field{
		"inport":         packet.Inport,
		"outport":        packet.Outport,
		"xxreg0":         packet.XXReg(0),
		"xxreg1":         packet.XXReg(1),
		"xreg4":          packet.XReg(4),
		"flags":          packet.LogicalFlags,
		"rarp.op":        packet.ARPOp,
		"rarp.spa":       packet.ARPSPA,
		"rarp.sha":       packet.ARPSHA,
		"rarp.tpa":       packet.ARPTPA,
		"rarp.tha":       packet.ARPTHA,
		"remote_outport": packet.Reg(1),
		"__inport":       packet.Inport,
		"__outport":      packet.Outport,
	}
	for _, f := range packet.Fields() {
		if f.Symbol != "" {
			m[f.Symbol] = f
		}
	}
	return m
}()

// trackedFieldOf is fieldOf for dialect.TrackedSymbols.
var trackedFieldOf = map[string]*packet.Field{
	"ct_proto": packet.CTProto,
	"tcp.src":  packet.CTTPSrc,
	"tcp.dst":  packet.CTTPDst,
	"udp.src":  packet.CTTPSrc,
	"udp.dst":  packet.CTTPDst,
	"sctp.src": packet.CTTPSrc,
	"sctp.dst": packet.CTTPDst,
}

var symbolTables, trackedTables sync.Map // dialect.Release -> *Symbols

// SymbolsOf returns the symbol table of a release.
func SymbolsOf(r dialect.Release) *Symbols { return symbolsOf(r, &symbolTables, nil) }

// TrackedSymbolsOf returns the symbol table of a release for the matches of flows with the tag
// acl_ct_translation on chassis.
func TrackedSymbolsOf(r dialect.Release) *Symbols {
	return symbolsOf(r, &trackedTables, dialect.TrackedSymbols)
}

// symbolsOf returns the symbol table of a release with some symbols replaced.
func symbolsOf(r dialect.Release, known *sync.Map, replaced []dialect.SymbolRow) *Symbols {
	if t, ok := known.Load(r); ok {
		return t.(*Symbols)
	}
	d := dialect.For(r)
	t := &Symbols{
		byName: make(map[string]*Symbol, len(dialect.Symbols)),
		rules: lex.Rules{
			NoHyphen:   !d.Has(dialect.HyphenToken),
			NoTemplate: !d.Has(dialect.TemplateToken),
			StrictMask: !d.Has(dialect.StrayMaskBits),
		},
		sortSets: d.Has(dialect.AddressSetsSorted),
	}
	for i := range dialect.Symbols {
		row := &dialect.Symbols[i]
		if row.Span.Holds(d.Release()) && !slices.ContainsFunc(replaced, func(r dialect.SymbolRow) bool { return r.Name == row.Name }) {
			t.add(t.symbol(row, fieldOf))
		}
	}
	for i := range replaced {
		t.add(t.symbol(&replaced[i], trackedFieldOf))
	}
	actual, _ := known.LoadOrStore(r, t)
	return actual.(*Symbols)
}

// symbol makes the symbol of a row; those in its definition are in t.
func (t *Symbols) symbol(row *dialect.SymbolRow, fields map[string]*packet.Field) *Symbol {
	s := &Symbol{
		Name: row.Name, Width: row.Width, Prereqs: row.Prerequisites, CrossProduct: row.Crossproduct,
		Level: map[dialect.SymbolLevel]Level{dialect.LevelBoolean: Boolean, dialect.LevelOrdinal: Ordinal}[row.Level],
	}
	switch row.Write {
	case dialect.WriteAction:
		s.Scope = WriteAction
	case dialect.WriteCTCommit:
		s.Scope = WriteCTCommit
	case dialect.WriteAnywhere:
		s.Scope = WriteAction | WriteCTCommit
	default:
	}
	switch row.Kind {
	case dialect.KindField, dialect.KindString:
		if s.Field = fields[row.Name]; s.Field == nil {
			panic("symbol table: no field for " + row.Name)
		}
	case dialect.KindSubfield:
		f, err := t.ParseFieldRef(row.Definition)
		if err != nil {
			panic(fmt.Sprintf("symbol table: %s: %v", row.Name, err))
		}
		s.Parent, s.ParentOfs = f.Symbol, f.Ofs
	case dialect.KindPredicate:
		s.Predicate = row.Definition
	case dialect.KindElsewhere:
		s.NoPacket = true
	}
	return s
}
