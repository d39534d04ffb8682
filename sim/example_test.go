package sim_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/render"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// A walk is a library call: open a snapshot, say where the packet starts and
// what it is, get a typed trace.
func Example() {
	n, err := lflow.Read(context.Background(), "demo", demo.Bytes(), lflow.Options{}) // or lflow.Open with a file
	if err != nil {
		log.Fatal(err)
	}
	t, err := sim.Trace(n, sim.Request{Datapath: "network1", Microflow: `inport == "vm1" &&
		eth.src == 40:44:00:00:00:01 && eth.dst == 40:44:00:00:00:03 &&
		ip4.src == 192.168.0.11 && ip4.dst == 192.168.1.11 && ip.ttl == 64`})
	if err != nil {
		log.Fatal(err)
	}
	trace.Walk(t.Root, func(n trace.Node) bool {
		if d, ok := n.(*trace.Delivered); ok {
			fmt.Printf("delivered to %s on %s\n", d.Port, d.Datapath)
		}
		return true
	})
	render.Text(os.Stdout, t, render.Views{Minimal: true}, render.Paint{})
	// Output:
	// delivered to vm2 on network2
	// # ip,reg14=0x1,vlan_tci=0x0000,dl_src=40:44:00:00:00:01,dl_dst=40:44:00:00:00:03,nw_src=192.168.0.11,nw_dst=192.168.1.11,nw_proto=0,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no
	// ip.ttl--;
	// eth.src = 40:44:00:00:00:04;
	// eth.dst = 40:44:00:00:00:02;
	// output("vm2");
}
