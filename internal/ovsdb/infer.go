package ovsdb

import (
	"encoding/json"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/jsonscan"
)

// InferSchema derives a schema for a snapshot without one from its values. It is less
// specific than the real one: every set is unbounded, a column without values holds
// strings, and references name no table. ovsdb-server accepts the values under it.
func (s *Snapshot) InferSchema() []byte {
	type columnType struct {
		Key   Atom `json:"key"`
		Value Atom `json:"value,omitempty"`
		Min   int  `json:"min"`
		Max   any  `json:"max"`
	}
	type column struct {
		Type columnType `json:"type"`
	}
	type table struct {
		Columns map[string]column `json:"columns"`
		IsRoot  bool              `json:"isRoot"`
	}
	tables := make(map[string]table, len(s.tables))
	for name, t := range s.tables {
		columns := make(map[string]column, len(t.cols))
		for c, k := range t.cols {
			g := inferType(t, Col(c))
			typ := columnType{Key: g.Key.Atom, Value: g.Value.Atom, Min: int(g.Min), Max: g.Max}
			if g.multi() {
				typ.Max = "unlimited"
			}
			columns[t.keys[k].name] = column{typ}
		}
		tables[name] = table{columns, true}
	}
	name := s.Name
	if name == "" {
		name = "Database"
	}
	text, err := json.Marshal(map[string]any{"name": name, "version": "0.0.0", "tables": tables})
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return text
}

// inferType returns a type to which all values of a column conform.
func inferType(t *Table, c Col) Type {
	g := Type{Min: 1, Max: 1}
	isMap := false
	for r := range t.Unsorted() {
		b := r.Raw(c)
		if listOf(b, "map") >= 0 {
			isMap = true
			eachPair(b, func(key, value []byte) bool {
				g.Key.Atom = wider(g.Key.Atom, key)
				g.Value.Atom = wider(g.Value.Atom, value)
				return true
			})
			continue
		}
		if listOf(b, "set") >= 0 {
			g.Min, g.Max = 0, Unlimited
		}
		eachAtom(b, func(atom []byte) bool {
			g.Key.Atom = wider(g.Key.Atom, atom)
			return true
		})
	}
	if g.Key.Atom == "" {
		g.Key.Atom = String
	}
	if isMap {
		g.Min, g.Max = 0, Unlimited
		if g.Value.Atom == "" {
			g.Value.Atom = String
		}
	}
	return g
}

// wider returns the type for the atoms of type a and one more. A column has atoms of one
// type, but a real may look like an integer.
func wider(a Atom, atom []byte) Atom {
	if a != "" && a != Integer {
		return a
	}
	switch jsonscan.KindOf[jsonscan.At(atom, 0)] {
	case jsonscan.KindString:
		return String
	case jsonscan.KindBool:
		return Boolean
	case jsonscan.KindArray:
		return UUIDRef
	case jsonscan.KindNumber:
		if _, ok := ParseInt(atom); ok {
			return Integer
		}
		return Real
	default:
	}
	return a
}
