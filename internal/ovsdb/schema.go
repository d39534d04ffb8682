package ovsdb

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/jsonscan"
)

// The names of the schemas of OVN and Open vSwitch.
const (
	Southbound  = "OVN_Southbound"
	Northbound  = "OVN_Northbound"
	OpenVSwitch = "Open_vSwitch"
)

// Schema is a database schema (RFC 7047, section 3.2).
type Schema struct {
	Name    string                  `json:"name"`
	Version string                  `json:"version"`
	Cksum   string                  `json:"cksum"`
	Tables  map[string]*TableSchema `json:"tables"`

	Raw []byte
}

// TableSchema is the schema of one table.
type TableSchema struct {
	Columns map[string]*ColumnSchema `json:"columns"`
	IsRoot  bool                     `json:"isRoot"`
}

// ColumnSchema is the schema of one column.
type ColumnSchema struct {
	Type      Type `json:"type"`
	Ephemeral bool `json:"ephemeral"`
}

// Type is a column's type: a scalar, a set or a map, according to its bounds and whether it
// has a value type.
type Type struct {
	Key   BaseType
	Value BaseType // Atom is "" if the column is not a map
	Min   uint32   // 0 or 1
	Max   uint32   // Unlimited for "unlimited"
}

// Unlimited is the Max of a set or map without an upper bound.
const Unlimited = math.MaxUint32

// BaseType is the type of an atom.
type BaseType struct {
	Atom     Atom   // integer, real, boolean, string or uuid
	RefTable string // the table that a uuid refers to, or ""
}

// Atom is one of the five atomic types of RFC 7047.
type Atom string

// The atomic types.
const (
	Integer Atom = "integer"
	Real    Atom = "real"
	Boolean Atom = "boolean"
	String  Atom = "string"
	UUIDRef Atom = "uuid"
)

// IsMap reports whether the column maps keys to values.
func (t *Type) IsMap() bool { return t.Value.Atom != "" }

// multi reports whether a value may have more than one element. Only changes of such
// values may be recorded as differences.
func (t *Type) multi() bool { return t.Max > 1 }

// kinds returns the JSON kinds of values of the type.
func (t *Type) kinds() jsonscan.Kind {
	if t.IsMap() {
		return jsonscan.KindArray
	}
	return t.Key.kinds() | jsonscan.KindArray
}

func (t *BaseType) kinds() jsonscan.Kind {
	switch t.Atom {
	case Integer, Real:
		return jsonscan.KindNumber
	case Boolean:
		return jsonscan.KindBool
	case String:
		return jsonscan.KindString
	case UUIDRef:
		return jsonscan.KindArray
	}
	return 0
}

// ParseSchema parses a schema and keeps its text for writing.
func ParseSchema(b []byte) (*Schema, error) {
	s := new(Schema)
	if err := json.Unmarshal(b, s); err != nil {
		return nil, err
	}
	if s.Name == "" {
		return nil, fmt.Errorf("no database name")
	}
	if len(s.Tables) == 0 {
		return nil, fmt.Errorf("no tables")
	}
	for name, t := range s.Tables {
		if t == nil || t.Columns == nil {
			return nil, fmt.Errorf("table %s has no columns", name)
		}
		for col, c := range t.Columns {
			if c == nil || c.Type.Key.Atom == "" {
				return nil, fmt.Errorf("column %s of table %s has no type", col, name)
			}
		}
	}
	s.Raw = bytes.TrimSpace(b)
	return s, nil
}

// TableNames returns the names of the schema's tables, sorted.
func (s *Schema) TableNames() []string {
	return slices.Sorted(maps.Keys(s.Tables))
}

// UnmarshalJSON parses a type in its short or long form.
func (t *Type) UnmarshalJSON(b []byte) error {
	t.Min, t.Max = 1, 1
	if len(b) > 0 && b[0] == '"' {
		return t.Key.UnmarshalJSON(b)
	}
	var long struct {
		Key   *BaseType       `json:"key"`
		Value *BaseType       `json:"value"`
		Min   *uint32         `json:"min"`
		Max   json.RawMessage `json:"max"`
	}
	if err := json.Unmarshal(b, &long); err != nil {
		return err
	}
	if long.Key == nil {
		return fmt.Errorf("a column's type has no key")
	}
	t.Key = *long.Key
	if long.Value != nil {
		t.Value = *long.Value
	}
	if long.Min != nil {
		t.Min = *long.Min
	}
	switch {
	case len(long.Max) == 0:
	case string(long.Max) == `"unlimited"`:
		t.Max = Unlimited
	default:
		if err := json.Unmarshal(long.Max, &t.Max); err != nil {
			return err
		}
	}
	if t.Min > 1 || t.Max < 1 {
		return fmt.Errorf("a column's type has bounds %d and %d", t.Min, t.Max)
	}
	return nil
}

// UnmarshalJSON parses a base type in its short or long form.
func (t *BaseType) UnmarshalJSON(b []byte) error {
	var long struct {
		Type     Atom   `json:"type"`
		RefTable string `json:"refTable"`
	}
	if len(b) > 0 && b[0] == '"' {
		if err := json.Unmarshal(b, &long.Type); err != nil {
			return err
		}
	} else if err := json.Unmarshal(b, &long); err != nil {
		return err
	}
	t.Atom, t.RefTable = long.Type, long.RefTable
	if t.kinds() == 0 {
		return fmt.Errorf("%q is not an atomic type", Clip(string(t.Atom)))
	}
	return nil
}

// Other returns the error text for a database of another schema.
func (s *Schema) Other(want string) string {
	text := fmt.Sprintf("this is an %s database (schema version %s), not %s", s.Name, s.Version, want)
	switch {
	case want != Southbound:
	case s.Name == Northbound:
		text += "; the northbound database holds no logical flows: give the southbound one, usually ovnsb_db.db"
	case strings.HasPrefix(s.Name, "OVN_IC"):
		text += "; it joins availability zones and holds no logical flows: give one zone's southbound database"
	case s.Name == OpenVSwitch:
		text += "; it is a host's switch configuration: give the southbound database of the cluster, usually ovnsb_db.db"
	default:
		text += "; give a southbound database, usually ovnsb_db.db"
	}
	return text
}
