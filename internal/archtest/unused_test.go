package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// testSupport are the internal packages that no program imports: tests use them, or
// they write the documents.  What the tests themselves call is not read here.
var testSupport = []string{
	"internal/docs", "internal/lab", "internal/ovsdb/ovsdbtest", "internal/sbtest", "internal/suite/library", "internal/tracetest",
	"internal/wirelab",
}

// declaredForOthers are declarations that the code does not name, with the reason.
var declaredForOthers = map[string]string{
	"internal/controlplane.*Plane.Pid":     "a test of internal/lab kills a server",
	"internal/northd.Stages":               "tests look up the names that families and rules have",
	"internal/packetset.*Manager.Draw":     "tests of internal/reach draw packets of sets",
	"internal/packetset.*Renamings.toReal": "of Draw",
	"internal/vet.CodeDescription.Remedy":  "docs/findings.md is written from it",
}

// TestUnused finds what internal packages declare and no program uses: names at
// package level, methods, and fields that nothing reads.  Uses within what is itself
// unused do not count.
func TestUnused(t *testing.T) {
	if testing.Short() {
		t.Skip("checks the types of all packages")
	}
	u := &usage{
		files: token.NewFileSet(), names: map[token.Pos]string{}, uses: map[token.Pos][]token.Pos{}, live: map[token.Pos]bool{},
		template: map[string]bool{}, interfaces: map[string]bool{"Error": true, "Unwrap": true, "Is": true, "MarshalText": true},
	}
	u.load(t)
	unused := u.unused()
	for _, name := range unused {
		if declaredForOthers[name] == "" {
			t.Errorf("%s: no program uses it", name)
		}
	}
	for name := range declaredForOthers {
		if !slices.Contains(unused, name) {
			t.Errorf("%s is used or gone: take it from the list", name)
		}
	}
}

// A usage knows which declarations of the module use which others.  A declaration is
// the position of its name; uses outside of any declaration, as by programs, have no
// position.
type usage struct {
	files      *token.FileSet
	names      map[token.Pos]string // of internal packages
	uses       map[token.Pos][]token.Pos
	types      []*types.Named
	interfaces map[string]bool // methods of interfaces, ours and those of imported packages
	live       map[token.Pos]bool

	pkg      string
	internal bool
	info     *types.Info
	template map[string]bool // the names that templates have after a dot: they read fields and call methods
}

// load checks the types of the module's packages from their source, and takes those
// of others from export data.
func (u *usage) load(t *testing.T) {
	t.Helper()
	listed, from := exportData(t, u.files, filepath.Join("..", ".."), "./...")
	files := map[string][]*ast.File{}
	for _, p := range listed {
		if name, ours := strings.CutPrefix(p.path, module); ours {
			files[name] = u.parse(t, p)
		}
	}
	ours := map[string]*types.Package{}
	config := types.Config{Importer: importing(func(path string) (*types.Package, error) {
		if pkg := ours[path]; pkg != nil {
			return pkg, nil
		}
		pkg, err := from.Import(path)
		if err == nil {
			for _, name := range pkg.Scope().Names() {
				u.addInterface(pkg.Scope().Lookup(name).Type())
			}
		}
		return pkg, err
	})}
	for _, p := range listed {
		name, isOurs := strings.CutPrefix(p.path, module)
		if !isOurs {
			continue
		}
		u.pkg, u.internal = name, isInternal(name) && !slices.ContainsFunc(testSupport, func(s string) bool { return strings.HasPrefix(name, s) })
		u.info = &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}}
		pkg, err := config.Check(p.path, u.files, files[name], u.info)
		if err != nil {
			t.Fatal(err)
		}
		ours[p.path] = pkg
		for _, file := range files[name] {
			for _, decl := range file.Decls {
				u.declaration(decl)
			}
		}
		u.compare()
	}
}

// parse reads the files of a package, and the templates among them.
func (u *usage) parse(t *testing.T, p listed) (files []*ast.File) {
	t.Helper()
	here, _ := filepath.Glob(filepath.Join(p.dir, "*.html"))
	assets, _ := filepath.Glob(filepath.Join(p.dir, "assets", "*.html"))
	for _, name := range append(here, assets...) {
		text := sbtest.Content(t, name)
		u.addTemplate(string(text))
	}
	for _, name := range p.files {
		file, err := parser.ParseFile(u.files, filepath.Join(p.dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING && strings.Contains(text.Value, "{{") {
				u.addTemplate(text.Value)
			}
			return true
		})
		files = append(files, file)
	}
	return files
}

var templateName = regexp.MustCompile(`\.([A-Z]\w*)`)

func (u *usage) addTemplate(text string) {
	for _, m := range templateName.FindAllStringSubmatch(text, -1) {
		u.template[m[1]] = true
	}
}

type importing func(path string) (*types.Package, error)

func (f importing) Import(path string) (*types.Package, error) { return f(path) }

func (u *usage) addInterface(t types.Type) {
	if i, ok := t.Underlying().(*types.Interface); ok {
		for m := range i.Methods() {
			u.interfaces[m.Name()] = true
		}
	}
}

// declaration reads one declaration at package level.
func (u *usage) declaration(decl ast.Decl) {
	if f, ok := decl.(*ast.FuncDecl); ok {
		name := f.Name.Name
		if f.Recv != nil {
			name = types.ExprString(f.Recv.List[0].Type) + "." + name
		}
		u.declare(f.Name, name, f.Recv == nil && (name == "main" || name == "init"))
		u.read(f.Name.Pos(), f)
		return
	}
	gen := decl.(*ast.GenDecl)
	enumeration := false
	for _, spec := range gen.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			u.declare(spec.Name, spec.Name.Name, false)
			u.read(spec.Name.Pos(), spec)
			named, ok := u.info.Defs[spec.Name].Type().(*types.Named)
			if !ok {
				continue
			}
			u.types = append(u.types, named)
			u.addInterface(named)
			if s, ok := spec.Type.(*ast.StructType); ok {
				for _, field := range s.Fields.List {
					for _, id := range field.Names {
						u.declare(id, spec.Name.Name+"."+id.Name, field.Tag != nil)
					}
				}
			}
		case *ast.ValueSpec:
			// A value of an enumeration may be needed for the position of others.
			enumeration = enumeration || gen.Tok == token.CONST && len(gen.Specs) > 1 && len(spec.Values) > 0 && strings.Contains(types.ExprString(spec.Values[0]), "iota")
			for _, id := range spec.Names {
				u.declare(id, id.Name, enumeration)
				u.read(id.Pos(), spec)
			}
		}
	}
}

// declare adds a name.  One for others to use, as in a public package, is used.
func (u *usage) declare(id *ast.Ident, name string, used bool) {
	if u.internal && id.Name != "_" {
		u.names[id.Pos()] = u.pkg + "." + name
	}
	_, last, _ := strings.Cut(name, ".")
	if used || !u.internal || id.Name == "_" || u.template[last] {
		u.uses[token.NoPos] = append(u.uses[token.NoPos], id.Pos())
	}
}

// read adds what a declaration uses.  To set a field is not to read it.
func (u *usage) read(from token.Pos, n ast.Node) {
	set := map[*ast.Ident]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if id, ok := n.Key.(*ast.Ident); ok {
				set[id] = true
			}
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				if sel, ok := e.(*ast.SelectorExpr); ok {
					set[sel.Sel] = true
				}
			}
		case *ast.IncDecStmt:
			if sel, ok := n.X.(*ast.SelectorExpr); ok {
				set[sel.Sel] = true
			}
		case *ast.Ident:
			switch o := u.info.Uses[n].(type) {
			case nil:
			case *types.Func:
				u.use(from, o.Origin())
			case *types.Var:
				if o = o.Origin(); !o.IsField() || !set[n] {
					u.use(from, o)
				}
			default:
				u.use(from, o)
			}
		}
		return true
	})
}

func (u *usage) use(from token.Pos, o types.Object) { u.uses[from] = append(u.uses[from], o.Pos()) }

// compare adds the fields of structs that are compared, or keys of a map: all are read.
func (u *usage) compare() {
	for e, value := range u.info.Types {
		if m, ok := value.Type.Underlying().(*types.Map); ok {
			u.compared(m.Key())
		}
		if named, ok := types.Unalias(value.Type).(*types.Named); ok {
			for arg := range named.TypeArgs().Types() {
				u.compared(arg)
			}
		}
		switch e := e.(type) {
		case *ast.BinaryExpr:
			if e.Op == token.EQL || e.Op == token.NEQ {
				u.compared(u.info.TypeOf(e.X))
			}
		case *ast.IndexExpr:
			u.compared(u.info.TypeOf(e.Index))
		}
	}
}

func (u *usage) compared(t types.Type) {
	switch s := t.Underlying().(type) {
	case *types.Struct:
		for f := range s.Fields() {
			u.use(token.NoPos, f.Origin())
			u.compared(f.Type())
		}
	case *types.Array:
		u.compared(s.Elem())
	}
}

// unused returns the names that nothing used leads to.
func (u *usage) unused() (names []string) {
	u.mark(token.NoPos)
	for n := -1; n != len(u.live); {
		n = len(u.live)
		for _, named := range u.types {
			for m := range named.Methods() {
				if u.live[named.Obj().Pos()] && u.interfaces[m.Name()] {
					u.mark(m.Pos())
				}
			}
		}
	}
	for at, name := range u.names {
		if !u.live[at] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (u *usage) mark(at token.Pos) {
	if !u.live[at] {
		u.live[at] = true
		for _, to := range u.uses[at] {
			u.mark(to)
		}
	}
}
