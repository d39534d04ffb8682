package tracetext_test

import (
	"context"
	"log"
	"os"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/tracetext"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// A packet to an address without a route: the view of ovn-trace --minimal, and a line with the place
// and the reason of the drop.
func Example() {
	n, err := lflow.Read(context.Background(), "demo", demo.Bytes(), lflow.Options{}) // or lflow.Open with a file
	if err != nil {
		log.Fatal(err)
	}
	t, err := sim.Trace(n, sim.Request{Microflow: `inport == "vm1" && eth.src == 40:44:00:00:00:01 && eth.dst == 40:44:00:00:00:03 &&
		ip4.src == 192.168.0.11 && ip4.dst == 8.8.8.8 && ip.ttl == 64`})
	if err != nil {
		log.Fatal(err)
	}
	if err := tracetext.Write(os.Stdout, t, tracetext.Views{Minimal: true}, tracetext.Paint{}); err != nil {
		log.Fatal(err)
	}
	if err := tracetext.Verdicts(os.Stdout, t, verdict.Of(t), nil, tracetext.Paint{}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// # ip,reg14=0x1,vlan_tci=0x0000,dl_src=40:44:00:00:00:01,dl_dst=40:44:00:00:00:03,nw_src=192.168.0.11,nw_dst=8.8.8.8,nw_proto=0,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no
	// dropped no-route router1/lr_in_ip_routing: flow bd6c67d3, priority 0, 1
}
