package ovsdb

import (
	"slices"
	"strings"
)

// dumpGroup is the dumps that make one database: one file with several tables,
// or the files of a directory with one table each.
type dumpGroup struct {
	name   string // as messages call it
	files  []*candidate
	tables []printedTable
	faults []Warning
}

// groupDumps puts dumps together into databases, in the order of their names.
// Files that turn out to hold no table are left out.
func groupDumps(dumps []*candidate) []*dumpGroup {
	var groups []*dumpGroup
	byDir := make(map[string]*dumpGroup)
	for _, d := range dumps {
		src, err := d.open()
		if err != nil {
			continue
		}
		tables, f := findTables(d.name, src.data)
		if !slices.ContainsFunc(tables, func(p printedTable) bool { return p.torn || p.headings != nil && p.data >= 0 }) {
			continue
		}
		g := &dumpGroup{name: d.name}
		if len(tables) == 1 {
			dir := dirOf(d.name)
			if one := byDir[dir]; one != nil {
				g = one
				g.name = dir
			} else {
				byDir[dir] = g
				groups = append(groups, g)
			}
		} else {
			groups = append(groups, g)
		}
		g.files = append(g.files, d)
		g.tables = append(g.tables, tables...)
		g.faults = append(g.faults, d.warnings...)
		if f != nil {
			g.faults = append(g.faults, Warning{File: d.name, Offset: int64(f.pos), Text: f.text + "; the tables before it count"})
		}
	}
	slices.SortFunc(groups, func(a, b *dumpGroup) int { return strings.Compare(a.name, b.name) })
	return groups
}

// dirOf returns the directory or archive that a file lies in.
func dirOf(name string) string {
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		return strings.TrimSuffix(name[:i], "/")
	}
	return ""
}

// database guesses the name of the group's database.
func (g *dumpGroup) database() string {
	return guessName(func(table string) bool {
		return slices.ContainsFunc(g.tables, func(p printedTable) bool { return p.table == table })
	})
}

// load reads the group's tables into a snapshot.
func (g *dumpGroup) load(l *loader) (*Snapshot, error) {
	l.tables = make(map[string]*Table)
	l.warnings = append(l.warnings, g.faults...)
	name := g.database()
	if want := l.o.Schema; want != "" && name != "" && name != want {
		return nil, l.fail(-1, ErrWrongSchema, "%s", (&Schema{Name: name, Version: "not told by a dump"}).other(want))
	}
	rows := 0
	for _, p := range g.tables {
		warn := func(pos int, u UUID, text string) {
			l.warnings = append(l.warnings, Warning{File: p.file, Offset: int64(pos), Table: p.table, UUID: u, Text: text})
		}
		switch {
		case p.table == "":
			return nil, &Error{
				File: p.file, Offset: int64(p.pos), Err: ErrNotOVSDB,
				Text: "a printed table without a name: give it as TABLE=FILE, or name the file after its table",
			}
		case p.headings == nil || p.data < 0:
			if !p.torn {
				warn(p.pos, UUID{}, "no printed table: it lacks headings or data; nothing of it counts")
			} else {
				warn(p.pos, UUID{}, "the table is torn, and its headings are missing; no row of it counts")
			}
			continue
		case l.tables[p.table] != nil:
			warn(p.pos, UUID{}, "the table comes twice; the first counts")
			continue
		}
		t, f := p.read(l)
		if err := l.ctx.Err(); err != nil {
			return nil, err
		}
		if f != nil {
			if t.Len() == 0 {
				return nil, &Error{File: p.file, Offset: int64(f.pos), Table: p.table, UUID: f.uuid, Text: f.text, Err: ErrDamaged}
			}
			warn(f.pos, f.uuid, f.text+"; the rows before it count")
		}
		if t != nil {
			l.tables[p.table] = t
			rows += t.Len()
		}
	}
	if rows == 0 && len(l.warnings) > 0 {
		w := l.warnings[0]
		return nil, &Error{File: w.File, Offset: w.Offset, Table: w.Table, UUID: w.UUID, Text: w.Text, Err: ErrNoData}
	}
	s := l.snapshot()
	s.Name = name
	return s, nil
}
