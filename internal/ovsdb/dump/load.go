package dump

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// Group is the dumps that make up one database: one file with several tables, or the
// files of a directory with one table each.
type Group struct {
	Name   string // its name in messages
	files  []*ovsdb.Candidate
	Tables []printedTable
	Faults []ovsdb.Warning
}

// Groups groups dumps into databases, sorted by name. Files without a table are
// omitted.
func Groups(dumps []*ovsdb.Candidate) []*Group {
	var groups []*Group
	byDir := make(map[string]*Group)
	for _, d := range dumps {
		src, err := d.Open()
		if err != nil {
			continue
		}
		tables, f := findTables(d.Name, src.Data)
		if !slices.ContainsFunc(tables, func(p printedTable) bool { return p.torn || p.headings != nil && p.data >= 0 }) {
			continue
		}
		g := &Group{Name: d.Name}
		if len(tables) == 1 {
			dir := dirOf(d.Name)
			if one := byDir[dir]; one != nil {
				g = one
				g.Name = dir
			} else {
				byDir[dir] = g
				groups = append(groups, g)
			}
		} else {
			groups = append(groups, g)
		}
		g.files = append(g.files, d)
		g.Tables = append(g.Tables, tables...)
		g.Faults = append(g.Faults, d.Warnings...)
		if f != nil {
			g.Faults = append(g.Faults, ovsdb.Warning{File: d.Name, Offset: int64(f.Pos), Text: f.Text + "; the tables before it are used"})
		}
	}
	slices.SortFunc(groups, func(a, b *Group) int { return strings.Compare(a.Name, b.Name) })
	return groups
}

// dirOf returns the directory or archive of a file.
func dirOf(name string) string {
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		return strings.TrimSuffix(name[:i], "/")
	}
	return ""
}

// Database guesses the name of the group's database.
func (g *Group) Database() string {
	return guessName(func(table string) bool {
		return slices.ContainsFunc(g.Tables, func(p printedTable) bool { return p.Table == table })
	})
}

// Load reads the group's tables into a snapshot.
func (g *Group) Load(l *ovsdb.Loader) (*ovsdb.Snapshot, error) {
	l.Tables = make(map[string]*ovsdb.Table)
	l.Warnings = append(l.Warnings, g.Faults...)
	name := g.Database()
	if want := l.Options.Schema; want != "" && name != "" && name != want {
		return nil, l.Fail(-1, ovsdb.ErrWrongSchema, "%s", (&ovsdb.Schema{Name: name, Version: "not given by a dump"}).Other(want))
	}
	rows := 0
	for _, p := range g.Tables {
		warn := func(pos int, u ovsdb.UUID, text string) {
			l.Warnings = append(l.Warnings, ovsdb.Warning{File: p.file, Offset: int64(pos), Table: p.Table, UUID: u, Text: text})
		}
		switch {
		case p.Table == "":
			return nil, &ovsdb.Error{
				File: p.file, Offset: int64(p.pos), Err: ovsdb.ErrNotOVSDB,
				Text: "a printed table without a name: give it as TABLE=FILE, or name the file after its table",
			}
		case p.headings == nil || p.data < 0:
			if !p.torn {
				warn(p.pos, ovsdb.UUID{}, "not a printed table: it lacks headings or data, and is ignored")
			} else {
				warn(p.pos, ovsdb.UUID{}, "the table is truncated and has no headings; its rows are ignored")
			}
			continue
		case l.Tables[p.Table] != nil:
			warn(p.pos, ovsdb.UUID{}, "the table occurs twice; the first is used")
			continue
		}
		t, f := p.read(l)
		if err := l.Context.Err(); err != nil {
			return nil, err
		}
		if f != nil {
			if t.Len() == 0 {
				return nil, &ovsdb.Error{File: p.file, Offset: int64(f.Pos), Table: p.Table, UUID: f.UUID, Text: f.Text, Err: ovsdb.ErrDamaged}
			}
			warn(f.Pos, f.UUID, f.Text+"; the rows before it are used")
		}
		if t != nil {
			l.Tables[p.Table] = t
			rows += t.Len()
		}
	}
	if rows == 0 && len(l.Warnings) > 0 {
		w := l.Warnings[0]
		return nil, &ovsdb.Error{File: w.File, Offset: w.Offset, Table: w.Table, UUID: w.UUID, Text: w.Text, Err: ovsdb.ErrNoData}
	}
	s := l.Snapshot()
	s.Name = name
	return s, nil
}
