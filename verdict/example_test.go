package verdict_test

import (
	"context"
	"fmt"
	"log"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Of returns the outcome of each copy of the packet.
func ExampleOf() {
	n, err := lflow.Read(context.Background(), "demo", demo.Bytes(), lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, to := range []string{"ip4.dst == 192.168.1.11", "ip4.dst == 8.8.8.8", "ip4.dst == 192.168.0.1 && icmp4.type == 8 && icmp4.code == 0"} {
		t, err := sim.Trace(n, sim.Request{Microflow: `inport == "vm1" && eth.src == 40:44:00:00:00:01 && eth.dst == 40:44:00:00:00:03 &&
			ip4.src == 192.168.0.11 && ip.ttl == 64 && ` + to})
		if err != nil {
			log.Fatal(err)
		}
		for _, d := range verdict.Of(t) {
			switch d.Outcome {
			case verdict.OutcomeDelivered, verdict.OutcomeReplied:
				fmt.Println(d.Outcome, d.Port)
			case verdict.OutcomeDropped, verdict.OutcomeLooped:
				fmt.Println(d.Outcome, d.Code, d.DecidedAt.Stage)
			case verdict.OutcomeController:
				fmt.Println(d.Outcome, d.Action)
			case verdict.OutcomeUncertain:
				fmt.Println(d.Outcome, len(d.Uncertainties), "uncertainties")
			}
		}
	}
	// Output:
	// delivered vm2
	// dropped no-route lr_in_ip_routing
	// replied vm1
}

// Assumptions are what the walk supposed where the network does not decide.
func ExampleAssumption() {
	n, err := lflow.Open(context.Background(), "../testdata/suites/shop.db.gz", lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()
	t, err := sim.Trace(n, sim.Request{Microflow: `inport == "client" && eth.src == 0a:00:00:00:03:63 && eth.dst == 0a:00:00:00:03:01 &&
		ip4.src == 172.16.0.99 && ip4.dst == 172.16.0.1 && tcp && ip.ttl == 64`})
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range verdict.Of(t) {
		for _, a := range d.Assumptions {
			if a.Kind == verdict.AssumedState {
				fmt.Println("conntrack state", a.Value, "in", a.Place.Stage)
			}
		}
	}
	// Output: conntrack state est|trk in lr_in_unsnat
}
