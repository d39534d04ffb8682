package tracejson_test

import (
	"bytes"
	"context"
	"fmt"
	"log"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/tracejson"
)

// One program traces and stores the JSON; another one reads it, without the database, and prints where
// the packet was delivered.
func Example() {
	n, err := lflow.Read(context.Background(), "demo", demo.Bytes(), lflow.Options{}) // or lflow.Open with a file
	if err != nil {
		log.Fatal(err)
	}
	t, err := sim.Trace(n, sim.Request{Microflow: `inport == "vm1" && eth.src == 40:44:00:00:00:01 && eth.dst == 40:44:00:00:00:03 &&
		ip4.src == 192.168.0.11 && ip4.dst == 192.168.1.11 && ip.ttl == 64`})
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := tracejson.Write(&file, t, tracejson.Options{}); err != nil {
		log.Fatal(err)
	}

	stored, err := tracejson.Read(&file)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("recorded over OVN", stored.Release)
	trace.Walk(stored.Root, func(n trace.Node) bool {
		if d, ok := n.(*trace.Delivered); ok {
			fmt.Printf("delivered to %s of %s\n", d.Port, d.Datapath())
		}
		return true
	})
	// Output:
	// recorded over OVN 23.03.1
	// delivered to vm2 of network2
}
