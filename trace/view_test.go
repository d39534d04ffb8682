package trace

import (
	"slices"
	"strings"
	"testing"
)

// tree has a node of each class, some under others.
func tree() []Node {
	table := &Table{Number: 1}
	table.Add(&Action{Text: SameText("a")})
	table.Add(&Change{Field: "f"})
	table.Add(&Uncertain{})
	fork := &Fork{}
	fork.Add(&Omitted{})
	fork.Add(&Remark{Kind: RemarkTTLNotIP})
	table.Add(fork)
	p := &Pipeline{}
	p.Add(table)
	p.Add(&Delivered{Port: PortNamed("p", "", nil)})
	return []Node{p}
}

func shape(v View, nodes []Node) string {
	var out []string
	for n := range v.Children(nodes) {
		s := [...]string{ClassOutput: "out", ClassModify: "mod", ClassAction: "do", ClassError: "err", ClassPipeline: "enter", ClassTable: "look", ClassTransformation: "fork", ClassAnnotation: "aside"}[n.Class()]
		if sub := shape(v, n.Subs()); sub != "" {
			s += "(" + sub + ")"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestViews(t *testing.T) {
	for v, want := range map[View]string{
		Detailed: "enter(look(do mod fork(out err)) mod)",
		Summary:  "enter(do fork(out err))",
		Minimal:  "mod fork(err) mod",
	} {
		nodes := tree()
		if got := shape(v, nodes); got != want {
			t.Errorf("view %d: got %s, want %s", v, got, want)
		}
		if shape(Detailed, nodes) != shape(Detailed, tree()) {
			t.Error("a view changed the trace")
		}
	}
}

func TestChildrenStops(t *testing.T) {
	for range Minimal.Children(tree()) {
		break
	}
	if n := len(slices.Collect(Minimal.Children(tree()))); n != 3 {
		t.Errorf("%d children", n)
	}
}

func TestWalkStops(t *testing.T) {
	n := 0
	Walk(tree()[0], func(Node) bool { n++; return n < 3 })
	if n != 3 {
		t.Errorf("walked %d nodes", n)
	}
}
