package sim_test

import (
	"context"
	"fmt"
	"log"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// A walk continues in the zone that has a remote port, on the datapath with the same tunnel key.
// Without the database of that zone its verdict names the chassis.
func ExampleEntry() {
	open := func(zone string) *lflow.Network {
		n, err := lflow.Open(context.Background(), "../testdata/wire/23.03/zones-l2/"+zone+"-sb.db.gz", lflow.Options{})
		if err != nil {
			log.Fatal(err)
		}
		return n
	}
	zones := map[string]*lflow.Network{"node1": open("z1"), "node3": open("z3")}
	across := func(p *lflow.Port) sim.Entry {
		here := p.Datapath.Network()
		c, ok := here.RemoteChassis(p)
		if !ok || zones[c.Hostname] == nil {
			return sim.Entry{}
		}
		d, _ := zones[c.Hostname].DatapathOf(p.Datapath.TunnelKey)
		return sim.Entry{Zone: c.Hostname, Datapath: d}
	}
	for _, to := range []string{"eth.dst == 0a:58:0a:64:03:03 && ip4.dst == 10.100.3.3", "eth.dst == 0a:58:0a:64:02:03 && ip4.dst == 10.100.2.3"} {
		t, err := sim.Trace(zones["node1"], sim.Request{
			Microflow: `inport == "pod1-3" && eth.src == 0a:58:0a:64:01:03 && ip4.src == 10.100.1.3 && udp.dst == 53 && ip.ttl == 64 && ` + to,
			Choices:   sim.Choices{Across: across},
		})
		if err != nil {
			log.Fatal(err)
		}
		for _, d := range verdict.Of(t) {
			fmt.Printf("%s %s zone %q needs %q\n", d.Outcome, d.Port, d.End.Zone, d.Node)
		}
	}
	// Output:
	// delivered pod3-3 zone "node3" needs ""
	// uncertain pod2-3 zone "" needs "node2"
}
