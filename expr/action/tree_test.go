package action

import (
	"fmt"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestEvery checks that Every lists each type that is an action, once.
func TestEvery(t *testing.T) {
	listed := map[string]bool{}
	for _, a := range Every() {
		name := strings.TrimPrefix(fmt.Sprintf("%T", a), "*action.")
		if listed[name] {
			t.Errorf("%s is listed twice", name)
		}
		listed[name] = true
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := goparser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Name.Name != "isAction" {
				continue
			}
			name := fn.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name
			if !listed[name] {
				t.Errorf("Every lacks %s", name)
			}
		}
	}
}

// TestNames checks that each kind of an action that has kinds has its name.
func TestNames(t *testing.T) {
	names := func(n int, name func(int) string) {
		seen := map[string]bool{}
		for i := range n {
			s := name(i)
			if s == "" || seen[s] {
				t.Errorf("kind %d is called %q, which is empty or taken", i, s)
			}
			seen[s] = true
		}
	}
	names(int(CTStateSave)+1, func(i int) string { return ResultKind(i).String() })
	names(int(Reject)+1, func(i int) string { return NestedKind(i).String() })
	names(int(NDRA)+1, func(i int) string { return PutOptsKind(i).String() })
	names(int(CTLBMarkLocal)+1, func(i int) string { return LBKind(i).String() })
	names(int(VerdictPass)+1, func(i int) string { return Verdict(i).String() })
	names(int(SeverityDebug)+1, func(i int) string { return Severity(i).String() })
	names(int(Egress)+1, func(i int) string { return Pipeline(i).String() })
}
