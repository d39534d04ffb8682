package archtest

import (
	"bytes"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestExports checks that public packages export no types of internal packages, which other modules
// cannot name.
func TestExports(t *testing.T) {
	var public []string
	for _, r := range packageRules {
		if !isInternal(r.name) && !strings.HasPrefix(r.name, "cmd/") && !strings.HasPrefix(r.name, "bench/") {
			public = append(public, module+r.name)
		}
	}
	_, from := exportData(t, token.NewFileSet(), ".", public...)
	for _, path := range public {
		pkg, err := from.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range pkg.Scope().Names() {
			if o := pkg.Scope().Lookup(name); o.Exported() {
				e := exported{pkg: pkg, seen: map[types.Type]bool{}}
				e.object(o)
				for _, bad := range e.bad {
					t.Errorf("%s.%s shows %s", strings.TrimPrefix(path, module), name, bad)
				}
			}
		}
	}
}

// A listed package is one of the program or of its libraries, after those that it imports.
type listed struct {
	path, dir string
	files     []string
}

// exportData lists packages with all that they import, and returns what imports them
// from the compiler's export data.
func exportData(t *testing.T, files *token.FileSet, dir string, patterns ...string) ([]listed, types.Importer) {
	t.Helper()
	const format = "{{.ImportPath}}\t{{.Dir}}\t{{join .GoFiles \"/\"}}\t{{.Export}}"
	cmd := exec.Command("go", append([]string{"list", "-export", "-deps", "-f", format}, patterns...)...)
	cmd.Dir = dir
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	var list []listed
	exports := map[string]string{}
	for line := range strings.Lines(string(out)) {
		part := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		list = append(list, listed{part[0], part[1], strings.FieldsFunc(part[2], func(r rune) bool { return r == '/' })})
		exports[part[0]] = part[3]
	}
	return list, importer.ForCompiler(files, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
}

// exported collects the internal types that a declaration shows.
type exported struct {
	pkg  *types.Package
	seen map[types.Type]bool
	bad  []string
}

// object looks at the type of a constant, variable or function, or at what a type
// is made of.
func (e *exported) object(o types.Object) {
	name, ok := o.(*types.TypeName)
	if !ok {
		e.show(o.Type())
		return
	}
	if name.IsAlias() {
		e.show(types.Unalias(o.Type()))
		return
	}
	e.show(o.Type().Underlying())
	named := o.Type().(*types.Named)
	for m := range named.Methods() {
		if m.Exported() {
			e.show(m.Signature())
		}
	}
	for p := range named.TypeParams().TypeParams() {
		e.show(p.Constraint())
	}
}

// show looks at a type that a declaration mentions.
func (e *exported) show(t types.Type) {
	if e.seen[t] {
		return
	}
	e.seen[t] = true
	switch t := t.(type) {
	case *types.Alias:
		e.named(t.Obj())
		e.show(types.Unalias(t))
	case *types.Named:
		e.named(t.Obj())
		for arg := range t.TypeArgs().Types() {
			e.show(arg)
		}
	case *types.Pointer:
		e.show(t.Elem())
	case *types.Slice:
		e.show(t.Elem())
	case *types.Array:
		e.show(t.Elem())
	case *types.Chan:
		e.show(t.Elem())
	case *types.Map:
		e.show(t.Key())
		e.show(t.Elem())
	case *types.Tuple:
		for v := range t.Variables() {
			e.show(v.Type())
		}
	case *types.Signature:
		e.show(t.Params())
		e.show(t.Results())
		for p := range t.TypeParams().TypeParams() {
			e.show(p.Constraint())
		}
	case *types.Struct:
		for f := range t.Fields() {
			if f.Exported() {
				e.show(f.Type())
			}
		}
	case *types.Interface:
		for m := range t.ExplicitMethods() {
			e.show(m.Signature())
		}
		for embedded := range t.EmbeddedTypes() {
			e.show(embedded)
		}
	case *types.Union:
		for term := range t.Terms() {
			e.show(term.Type())
		}
	}
}

func (e *exported) named(o *types.TypeName) {
	if o.Pkg() == nil {
		return
	}
	if path, ours := strings.CutPrefix(o.Pkg().Path(), module); ours && isInternal(path) {
		e.bad = append(e.bad, path+"."+o.Name())
	}
	if o.Pkg() == e.pkg && !o.Exported() {
		e.show(o.Type().Underlying())
	}
}

func isInternal(path string) bool { return slices.Contains(strings.Split(path, "/"), "internal") }
