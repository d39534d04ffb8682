package trace_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/trace"
)

func TestPaths(t *testing.T) {
	table := func(stage string, nodes ...trace.Node) *trace.Table {
		return &trace.Table{Stage: stage, Container: trace.Container{Nodes: nodes}}
	}
	fork := func(k trace.ForkKind, nodes ...trace.Node) *trace.Fork {
		return &trace.Fork{Kind: k, Container: trace.Container{Nodes: nodes}}
	}
	pipeline := func(name string, nodes ...trace.Node) *trace.Pipeline {
		return &trace.Pipeline{Datapath: trace.DatapathNamed(name, 1), Container: trace.Container{Nodes: nodes}}
	}
	tr := &trace.Trace{Root: pipeline("sw",
		table("a", fork(trace.ForkCTNext, table("b", fork(trace.ForkClone, pipeline("lr", table("c", fork(trace.ForkICMP4, table("d")))))))),
		table("e"))}
	var got []string
	for p := range trace.Paths(tr) {
		depth := 0
		for up := p.Parent; up != nil; up = up.Parent {
			depth++
		}
		if n, ok := p.Node.(*trace.Table); ok {
			if p.Table != n {
				t.Errorf("the path to table %s ends at another", n.Stage)
			}
			got = append(got, fmt.Sprint(p.Pipeline.Datapath, "/", n.Stage, " ", p.Relation, " ", depth))
		}
	}
	want := []string{"sw/a 0 1", "sw/b 0 3", "lr/c 1 6", "lr/d 2 8", "sw/e 0 1"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for range trace.Paths(tr) {
		break // ends the traversal, or the iterator panics
	}
	for range trace.Paths(&trace.Trace{}) {
		t.Error("a trace without root has a path")
	}
}
