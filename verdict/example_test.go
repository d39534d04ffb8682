package verdict_test

import (
	"context"
	"fmt"
	"log"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// walked returns the trace of a packet that vm1 sends to its router, in the
// network that ovnwalk has built in.
func walked(more string) *trace.Trace {
	n, err := lflow.Read(context.Background(), "demo", demo.Bytes(), lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	t, err := sim.Trace(n, sim.Request{
		Microflow: `inport == "vm1" && eth.src == 40:44:00:00:00:01 && eth.dst == 40:44:00:00:00:03 && ip4.src == 192.168.0.11 && ip.ttl == 64 && ` + more,
	})
	if err != nil {
		log.Fatal(err)
	}
	return t
}

// The packets of the examples: to the other switch's port, to nowhere, and to
// the router itself.
const (
	toPort   = "ip4.dst == 192.168.1.11"
	astray   = "ip4.dst == 8.8.8.8"
	toRouter = "ip4.dst == 192.168.0.1 && icmp4.type == 8 && icmp4.code == 0"
)

// Each copy of the packet has an outcome.
func ExampleOf() {
	for _, microflow := range []string{toPort, astray, toRouter} {
		for _, d := range verdict.Of(walked(microflow)) {
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

// A monitor counts the outcome of packets, in the order of the outcomes.
func ExampleOutcomes() {
	counts := map[verdict.Outcome]int{}
	for _, microflow := range []string{toPort, astray, toRouter, "ip4.dst == 192.168.1.77"} {
		for _, d := range verdict.Of(walked(microflow)) {
			counts[d.Outcome]++
		}
	}
	for _, outcome := range verdict.Outcomes() {
		fmt.Println(outcome, counts[outcome])
	}
	// Output:
	// delivered 2
	// dropped 2
	// replied 1
	// controller 0
	// looped 0
	// uncertain 0
}

// Where something was decided is a table of a datapath, with the flow that did.
func ExampleDisposition_decidedAt() {
	link := func(p trace.Place) string {
		pipeline := "ingress"
		if p.Egress {
			pipeline = "egress"
		}
		if p.Flow == nil {
			return fmt.Sprintf("%s/%s/%d", p.Datapath, pipeline, p.Table)
		}
		return fmt.Sprintf("%s/%s/%d, priority %d", p.Datapath, pipeline, p.Table, p.Flow.Priority)
	}
	fmt.Println(link(verdict.Of(walked(astray))[0].DecidedAt))
	// Output: router1/ingress/13, priority 0
}

// What the network does not decide was assumed, which a tool should show.
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
	words := map[verdict.AssumptionKind]string{verdict.AssumedState: "conntrack state", verdict.AssumedBackend: "back end", verdict.AssumedNoNAT: "no NAT to undo"}
	line := func(a verdict.Assumption) string {
		if a.Value == "" {
			return words[a.Kind] + " at " + a.Place.Stage
		}
		return words[a.Kind] + " " + a.Value + " at " + a.Place.Stage
	}
	for _, d := range verdict.Of(t) {
		for _, a := range d.Assumptions {
			fmt.Println(line(a))
		}
	}
	// Output:
	// no NAT to undo at lr_in_unsnat
	// conntrack state est|trk at lr_in_unsnat
}

// The uncertainties of an end, of three kinds, say why it is uncertain.
func ExampleUncertainty() {
	words := map[verdict.UncertaintyKind]string{
		verdict.UncertaintyUnparsed:   "a flow does not parse",
		verdict.UncertaintyUnmodelled: "the walk does not follow an action",
		verdict.UncertaintyLimit:      "the walk stopped at a limit",
	}
	line := func(d verdict.Uncertainty) string { return words[d.Kind] + ": " + d.Text }
	fmt.Println(line(verdict.Uncertainty{Kind: verdict.UncertaintyUnmodelled, Text: "sample"}))
	for _, d := range verdict.Of(walked(toPort)) {
		fmt.Println(len(d.Uncertainties), "uncertainties")
	}
	// Output:
	// the walk does not follow an action: sample
	// 0 uncertainties
}
