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

// walked returns the trace of a packet from vm1 to vm2 of the built-in network.
func walked() *trace.Trace {
	n, err := lflow.Read(context.Background(), "demo", demo.Bytes(), lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	t, err := sim.Trace(n, sim.Request{Microflow: `inport == "vm1" && eth.src == 40:44:00:00:00:01 && eth.dst == 40:44:00:00:00:03 &&
		ip4.src == 192.168.0.11 && ip4.dst == 192.168.1.11 && ip.ttl == 64`})
	if err != nil {
		log.Fatal(err)
	}
	return t
}

// Walk visits the nodes of a trace.  A type switch distinguishes outputs from changes of the packet.
func ExampleWalk() {
	t := walked()
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
	root := []trace.Node{walked().Root}
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
