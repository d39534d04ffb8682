package sim

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"testing"

	"github.com/ovnwalk/ovnwalk/expr/action"
)

// TestEveryActionIsWalked holds the cases of the walk's switch and of the tracer's against the
// types of actions: a type that is in no case would be carried out as nothing.
func TestEveryActionIsWalked(t *testing.T) {
	cases := map[string]bool{}
	for _, name := range []string{"run.go", "tracer.go"} {
		collectCases(t, name, cases)
	}
	for _, a := range action.Every() {
		if name := reflect.TypeOf(a).Elem().Name(); !cases[name] {
			t.Errorf("action.%s is in no case of act", name)
		}
	}
}

// collectCases adds the types that cases of a file's type switches name.
func collectCases(t *testing.T, name string, cases map[string]bool) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		c, ok := n.(*ast.CaseClause)
		if !ok {
			return true
		}
		for _, e := range c.List {
			if star, ok := e.(*ast.StarExpr); ok {
				if sel, ok := star.X.(*ast.SelectorExpr); ok {
					cases[sel.Sel.Name] = true
				}
			}
		}
		return true
	})
}
