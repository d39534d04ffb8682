package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
)

// actionSwitches are the functions that carry out actions, forward or backward.  The cases of the
// functions of a row must cover every type of action, and every kind of the types that represent
// several actions.
var actionSwitches = []struct {
	name, what string
	functions  map[string][]string // by file
}{
	{"a trace", "types", map[string][]string{"sim/run.go": {"act"}, "sim/tracer.go": {"Act"}}},
	{"a trace", "NestedKind", map[string][]string{"sim/run.go": {"act"}, "sim/nested.go": {"nested"}}},
	{"a trace", "ResultKind", map[string][]string{"sim/run.go": {"act"}, "sim/result.go": {"result"}}},
	{"a connection", "types", map[string][]string{"sim/run.go": {"act"}, "internal/connect/act.go": {"Act"}}},
	{"a connection", "NestedKind", map[string][]string{"sim/run.go": {"act"}, "internal/connect/controller.go": {"make"}}},
	{"a connection", "ResultKind", map[string][]string{"sim/run.go": {"act"}, "internal/connect/act.go": {"result"}}},
	{"a search for a witness", "types", map[string][]string{"internal/witness/effect.go": {"outcomes"}}},
	{"a search for a witness", "types", map[string][]string{"internal/witness/written.go": {"writes"}}},
	{"a search for a witness", "NestedKind", map[string][]string{"internal/witness/conntrack.go": {"made"}}},
	{"a search for a witness", "ResultKind", map[string][]string{"internal/witness/effect.go": {"query"}}},
}

func TestEveryActionHasItsCase(t *testing.T) {
	wanted, _ := tracetest.Declared(t, "expr/action")
	for _, a := range action.Every() {
		wanted["types"] = append(wanted["types"], reflect.TypeOf(a).Elem().Name())
	}
	for _, row := range actionSwitches {
		cases := map[string]bool{}
		for file, functions := range row.functions {
			for _, function := range functions {
				addCases(t, file, function, cases)
			}
		}
		if len(wanted[row.what]) == 0 {
			t.Fatalf("expr/action has no %s", row.what)
		}
		for _, name := range wanted[row.what] {
			if !cases[name] {
				t.Errorf("%s: action.%s (%s) has no case in %v", row.name, name, row.what, row.functions)
			}
		}
	}
}

// addCases adds the names of package action in the cases of a function.
func addCases(t *testing.T, file, function string, cases map[string]bool) {
	t.Helper()
	found := false
	for _, decl := range parsed(t, filepath.Join("..", "..", file)).Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Name.Name != function {
			continue
		}
		found = true
		ast.Inspect(f, func(n ast.Node) bool {
			c, ok := n.(*ast.CaseClause)
			if !ok {
				return true
			}
			for _, e := range c.List {
				if star, ok := e.(*ast.StarExpr); ok {
					e = star.X
				}
				if sel, ok := e.(*ast.SelectorExpr); ok {
					if id, ok := sel.X.(*ast.Ident); ok && id.Name == "action" {
						cases[sel.Sel.Name] = true
					}
				}
			}
			return true
		})
	}
	if !found {
		t.Fatalf("%s has no function %s", file, function)
	}
}

func parsed(t *testing.T, path string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
