package trace_test

import (
	"context"
	"fmt"
	"log"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// walked returns the trace of a packet that vm1 sends to its router, in the
// network that ovnwalk has built in.
func walked(more string) *trace.Trace { return walkedWith(more, sim.Choices{}) }

// walkedWith is the same with what the network does not decide.
func walkedWith(more string, c sim.Choices) *trace.Trace {
	n, err := lflow.Read(context.Background(), "demo", demo.Bytes(), lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	t, err := sim.Trace(n, sim.Request{
		Microflow: `inport == "vm1" && eth.src == 40:44:00:00:00:01 && eth.dst == 40:44:00:00:00:03 && ip4.src == 192.168.0.11 && ip.ttl == 64 && ` + more,
		Choices:   c,
	})
	if err != nil {
		log.Fatal(err)
	}
	return t
}

// The packets of the examples: to the other switch's port, to nowhere, and to
// the router itself.
const (
	toPort = "ip4.dst == 192.168.1.11"
	astray = "ip4.dst == 8.8.8.8"
)

// A walk's nodes are gone over with a type switch.  Here a tool shows an output and
// what was changed on its way.
func ExampleWalk() {
	t := walked(toPort)
	trace.Walk(t.Root, func(n trace.Node) bool {
		switch n := n.(type) {
		case *trace.Pipeline:
			fmt.Println("pipeline of", n.Datapath)
		case *trace.Change:
			fmt.Println("  changed:", n.Field)
		case *trace.Reached, *trace.Delivered, *trace.Replaced:
			fmt.Printf("  %T\n", n)
		case *trace.Fork, *trace.Log:
			fmt.Printf("  made: %T\n", n)
		case *trace.Drop, *trace.Omitted:
			fmt.Println("  dropped")
		case *trace.Remark, *trace.Overlap, *trace.Uncertain:
			fmt.Printf("  beware: %T\n", n)
		case *trace.Table, *trace.Action:
		}
		return true
	})
	// Output:
	// pipeline of network1
	// pipeline of network1
	//   *trace.Reached
	// pipeline of router1
	//   changed: ip.ttl
	//   changed: eth.src
	//   changed: eth.dst
	// pipeline of router1
	//   *trace.Reached
	// pipeline of network2
	// pipeline of network2
	//   *trace.Reached
	//   *trace.Delivered
}

// A view chooses nodes of a trace and changes none of them.
func ExampleView_Children() {
	root := []trace.Node{walked(toPort).Root}
	for _, v := range []trace.View{trace.Detailed, trace.Summary, trace.Minimal} {
		var count func(nodes []trace.Node) int
		count = func(nodes []trace.Node) (sum int) {
			for n := range v.Children(nodes) {
				sum += 1 + count(n.Subs())
			}
			return sum
		}
		fmt.Println(count(root), "nodes")
	}
	// Output:
	// 77 nodes
	// 51 nodes
	// 4 nodes
}

// The flows that a packet took are counted by their UUIDs, as coverage is.
func ExampleFlow() {
	stages := map[*trace.Flow]string{}
	trace.Walk(walked(astray).Root, func(n trace.Node) bool {
		if table, ok := n.(*trace.Table); ok && table.Flow != nil {
			stages[table.Flow] = table.Flow.Stage
		}
		return true
	})
	fmt.Println(len(stages), "flows that do more than send the packet on")
	// Output: 10 flows that do more than send the packet on
}

// A walk may be left early, such as at the first flow of a stage.
func ExampleTable() {
	trace.Walk(walked(toPort).Root, func(n trace.Node) bool {
		table, ok := n.(*trace.Table)
		if !ok || table.Stage != "lr_in_ip_routing" {
			return true
		}
		fmt.Println(table.Number, table.Flow.Priority, table.Flow.Match)
		return false
	})
	// Output: 13 74 ip4.dst == 192.168.1.0/24
}
