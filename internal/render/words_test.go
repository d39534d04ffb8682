package render

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"

	"github.com/ovnwalk/ovnwalk/trace"
)

// constants returns the names of the constants of a type in a file of package
// trace, and of the types that are nodes.
func declared(t *testing.T, file, typ string) (constants, nodes []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "../../trace/"+file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.GenDecl:
			of := ""
			for _, s := range d.Specs {
				v, ok := s.(*ast.ValueSpec)
				if !ok {
					continue
				}
				if id, ok := v.Type.(*ast.Ident); ok {
					of = id.Name
				}
				if of == typ && d.Tok == token.CONST {
					constants = append(constants, v.Names[0].Name)
				}
			}
		case *ast.FuncDecl:
			if d.Name.Name == "isNode" {
				nodes = append(nodes, d.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name)
			}
		}
	}
	return constants, nodes
}

// TestEveryRemarkHasWords sees that no remark is shown as an empty line.
func TestEveryRemarkHasWords(t *testing.T) {
	names, _ := declared(t, "nodes.go", "RemarkKind")
	if len(names) == 0 {
		t.Fatal("found no remarks")
	}
	seen := map[string]bool{}
	for i, name := range names {
		line := remarkLine(&trace.Remark{Kind: trace.RemarkKind(i), Text: name})
		if line == "" {
			t.Errorf("trace.%s has no words", name)
		}
		if seen[line] {
			t.Errorf("trace.%s says what another remark says: %s", name, line)
		}
		seen[line] = true
	}
}

// TestEveryForkHasWords does the same for packets made from others.
func TestEveryForkHasWords(t *testing.T) {
	names, _ := declared(t, "nodes.go", "ForkKind")
	for i, name := range names {
		if forkLine(&trace.Fork{Kind: trace.ForkKind(i), Variant: "ct_lb_mark"}) == "" {
			t.Errorf("trace.%s has no words", name)
		}
	}
}

// TestEveryNodeHasALine walks the union of nodes.
func TestEveryNodeHasALine(t *testing.T) {
	flow := &trace.Flow{}
	all := map[string]trace.Node{
		"Pipeline": &trace.Pipeline{}, "Table": &trace.Table{}, "Action": &trace.Action{Text: "next;"}, "Drop": &trace.Drop{},
		"Change": &trace.Change{Field: "f"}, "Delivered": &trace.Delivered{}, "Reached": &trace.Reached{}, "Replaced": &trace.Replaced{},
		"Omitted": &trace.Omitted{}, "Fork": &trace.Fork{}, "Log": &trace.Log{}, "Remark": &trace.Remark{},
		"Uncertain": &trace.Uncertain{Flow: flow}, "Overlap": &trace.Overlap{Selected: flow, Other: flow},
	}
	_, names := declared(t, "nodes.go", "")
	w := wordsOf(&trace.Trace{})
	for _, name := range names {
		n, ok := all[name]
		if !ok {
			t.Errorf("trace.%s is a node that this test does not know", name)
			continue
		}
		if w.line(n) == "" {
			t.Errorf("trace.%s has no line", name)
		}
	}
}
