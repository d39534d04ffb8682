// Package dump reads what ovsdb-client and ovn-sbctl print as JSON.
package dump

import (
	"path"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/jsonscan"
)

// A dump is what "ovsdb-client dump --format=json" and "ovn-sbctl
// --format=json list TABLE" print: for each table an object
//
//	{"caption": "NAME table", "headings": ["_uuid", ...], "data": [[...], ...]}
//
// whose members come in any order; ovn-sbctl leaves the caption out. There is
// no schema. The values are those of RFC 7047.

// printedTable is one printed table, located in a dump but not yet read.
type printedTable struct {
	src      []byte // the dump
	file     string
	pos      int
	Table    string   // from the caption, or from the file's name
	headings []string // nil if the text ends before them
	data     int      // position of the rows' array, or -1
	torn     bool     // the object is incomplete
}

// findTables finds the printed tables of a dump. If the text after them is no table, it
// also returns the reason.
func findTables(file string, b []byte) (tables []printedTable, f *ovsdb.RecordError) {
	for i := jsonscan.SkipSpace(b, 0); i < len(b); i = jsonscan.SkipSpace(b, i) {
		if b[i] != '{' {
			return tables, ovsdb.RecordErrorf(i, "no table at this position")
		}
		p := printedTable{src: b, file: file, pos: i, data: -1, Table: TableOf(file)}
		end := p.members(i)
		if end < 0 {
			p.torn = true
			return append(tables, p), ovsdb.RecordErrorf(i, "the dump is truncated or not JSON, within the table that begins here")
		}
		tables = append(tables, p)
		i = end
	}
	return tables, nil
}

// members reads the object at i and returns the position after it, or -1.
func (p *printedTable) members(i int) int {
	b := p.src
	end, f := ovsdb.EachMember(b, i, func(name string, v jsonscan.Span) *ovsdb.RecordError {
		switch name {
		case "caption":
			if s, ok := ovsdb.ParseString(b[v.From:]); ok {
				p.Table = strings.TrimSuffix(s, " table")
			}
		case "headings":
			p.headings = stringList(b, v.From)
		case "data":
			if b[v.From] == '[' {
				p.data = v.From
			}
		}
		return nil
	})
	if f != nil {
		return -1
	}
	return end
}

// stringList decodes an array of strings at i, or returns nil.
func stringList(b []byte, i int) []string {
	if jsonscan.At(b, i) != '[' {
		return nil
	}
	list := []string{}
	i, done := jsonscan.First(b, i, ']')
	for !done {
		s, ok := ovsdb.ParseString(b[i:])
		end := jsonscan.SkipValue(b, i)
		if !ok || end < 0 {
			return nil
		}
		list = append(list, s)
		if i, done = jsonscan.Next(b, end, ']'); i < 0 {
			return nil
		}
	}
	return list
}

// read reads the rows into a table, or returns nil if the table is not wanted. If a row
// is invalid, it returns the rows before it and an error.
func (p *printedTable) read(l *ovsdb.Loader) (*ovsdb.Table, *ovsdb.RecordError) {
	wanted, ok := l.Options.Wanted.Columns(p.Table)
	if !ok {
		return nil, nil
	}
	types := make(map[string]*ovsdb.Type, len(p.headings))
	id := -1
	for i, col := range p.headings {
		if col == "_uuid" {
			id = i
		}
		if col != "_uuid" && col != "_version" {
			types[col] = nil
		}
	}
	t := ovsdb.NewTable(p.file, p.Table, types, wanted, &ovsdb.Source{Data: p.src})
	if id < 0 {
		return t, ovsdb.RecordErrorf(p.pos, "no _uuid column: print the table with all its columns")
	}
	cells := make([]ovsdb.Col, len(p.headings))
	for i, col := range p.headings {
		cells[i], _ = t.Col(col)
	}
	pos := make([]int, len(p.headings))
	b := p.src
	i, done := jsonscan.First(b, p.data, ']')
	for !done {
		end := splitRow(b, i, pos)
		if end < 0 {
			return t, ovsdb.RecordErrorf(i, "a row that is not a list of %d values", len(pos))
		}
		u, ok := ovsdb.ParseRef(b[pos[id]:])
		if !ok {
			return t, ovsdb.RecordErrorf(i, "a row without a UUID")
		}
		if _, twice := t.Find(u); twice {
			return t, &ovsdb.RecordError{Pos: i, UUID: u, Text: "the row occurs twice"}
		}
		slot := t.Add(u, i)
		for k, c := range cells {
			if c >= 0 && !t.SetCell(slot, c, pos[k]) {
				return t, ovsdb.TooMany(i)
			}
		}
		if int64(end) >= l.Next {
			if l.Poll(end) != nil {
				return t, nil
			}
		}
		if i, done = jsonscan.Next(b, end, ']'); i < 0 {
			return t, ovsdb.RecordErrorf(end, "not valid JSON")
		}
	}
	return t, nil
}

// splitRow stores the positions of the len(pos) elements of an array, and returns the
// position after the array, or -1.
func splitRow(b []byte, i int, pos []int) int {
	if jsonscan.At(b, i) != '[' {
		return -1
	}
	i, done := jsonscan.First(b, i, ']')
	n := 0
	for ; !done; n++ {
		end := jsonscan.SkipValue(b, i)
		if end < 0 || n == len(pos) {
			return -1
		}
		pos[n] = i
		if i, done = jsonscan.Next(b, end, ']'); i < 0 {
			return -1
		}
	}
	if n != len(pos) {
		return -1
	}
	return i
}

// TableOf returns the name of a table from a file's name without its extensions, or ""
// if that cannot be a table's name.
func TableOf(name string) string {
	base, _, _ := strings.Cut(path.Base(name), ".")
	for i := range len(base) {
		letter := base[i] | 0x20
		if !(letter >= 'a' && letter <= 'z' || base[i] == '_' || i > 0 && base[i] >= '0' && base[i] <= '9') {
			return ""
		}
	}
	return base
}

// guessName guesses a database's name from a table that only its schema has.
func guessName(has func(table string) bool) string {
	for _, mark := range []struct{ table, name string }{
		{"Logical_Flow", ovsdb.Southbound},
		{"Datapath_Binding", ovsdb.Southbound},
		{"Port_Binding", ovsdb.Southbound},
		{"Logical_Switch", ovsdb.Northbound},
		{"Logical_Router", ovsdb.Northbound},
		{"NB_Global", ovsdb.Northbound},
		{"Open_vSwitch", ovsdb.OpenVSwitch},
		{"Bridge", ovsdb.OpenVSwitch},
		{"Transit_Switch", "OVN_IC_Northbound"},
		{"Availability_Zone", "OVN_IC_Southbound"},
	} {
		if has(mark.table) {
			return mark.name
		}
	}
	return ""
}
