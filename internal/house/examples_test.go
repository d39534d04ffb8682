package house

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// public are the packages that others may import.
var public = []string{"dialect", "packet", "expr", "expr/action", "lflow", "trace", "sim", "ovnwalktest"}

// unshown are the names that no example shows, with the reason.
var unshown = map[string]string{
	"lflow.Load":       "it takes a snapshot of internal/ovsdb, which nobody outside of this module can make; Open and Read are shown",
	"trace.Miss":       "internal/explain makes it for --why-not; nothing that is public returns one",
	"trace.MissedPart": "it is part of a trace.Miss",
}

// answered are the methods by which fmt and errors ask a value or an error for
// what it says.  They are shown wherever it is printed.
var answered = []string{"String", "Error", "Unwrap"}

// TestExamples asks that whatever is exported is shown to those who read the
// documentation: by an example that is named after it, or in the code of one.
//
// A type is also shown by its constants and by the functions that make it, which
// the documentation lists under it.  Methods are looked for by their names
// alone, whatever they are called on, since nothing is known of types here.
// Constants and variables are left out.
func TestExamples(t *testing.T) {
	excepted := maps.Clone(unshown)
	for _, dir := range public {
		code, tests, fset := parsed(t, dir)
		is := shown(t, tests, dir)
		want := func(what, name string, shown bool) {
			full := path.Base(dir) + "." + name
			_, except := excepted[full]
			delete(excepted, full)
			switch {
			case !shown && !except:
				t.Errorf("no example in %s shows %s %s", dir, what, name)
			case shown && except:
				t.Errorf("%s %s of %s is an exception, but an example shows it", what, name, dir)
			}
		}
		p, err := doc.NewFromFiles(fset, code, module+dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range p.Funcs {
			want("function", f.Name, is[f.Name])
		}
		for _, typ := range p.Types {
			made := is[typ.Name]
			for _, c := range typ.Consts {
				made = made || slices.ContainsFunc(c.Names, func(name string) bool { return is[name] })
			}
			for _, f := range typ.Funcs {
				want("function", f.Name, is[f.Name])
				made = made || is[f.Name]
			}
			want("type", typ.Name, made)
			for _, m := range typ.Methods {
				if !slices.Contains(answered, m.Name) {
					want("method", typ.Name+"."+m.Name, is["."+m.Name])
				}
			}
		}
	}
	for name := range excepted {
		t.Errorf("%s is an exception, but there is no such name", name)
	}
}

// parsed returns the syntax of a package's files and of its tests'.
func parsed(t *testing.T, dir string) (code, tests []*ast.File, fset *token.FileSet) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(dir), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	fset = token.NewFileSet()
	for _, file := range files {
		f, err := parser.ParseFile(fset, file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			tests = append(tests, f)
		} else {
			code = append(code, f)
		}
	}
	return code, tests, fset
}

// shown returns the names of a package that its examples show.  Methods, and
// members of structures with them, have a dot before their names.
func shown(t *testing.T, tests []*ast.File, dir string) map[string]bool {
	t.Helper()
	imported := map[string]bool{}
	for _, f := range tests {
		for _, i := range f.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			imported[path.Base(p)] = true
		}
	}
	names := map[string]bool{}
	for _, e := range doc.Examples(tests...) {
		if e.Output == "" && !e.EmptyOutput {
			t.Errorf("Example%s in %s has no output, so that it never runs", e.Name, dir)
		}
		name, method, _ := strings.Cut(e.Name, "_")
		names[name], names["."+method] = true, true
		ast.Inspect(e.Code, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			switch x, _ := s.X.(*ast.Ident); {
			case x != nil && x.Name == path.Base(dir):
				names[s.Sel.Name] = true
			case x == nil || !imported[x.Name]:
				names["."+s.Sel.Name] = true
			}
			return true
		})
	}
	return names
}
