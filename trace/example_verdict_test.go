package trace_test

import (
	"context"
	"fmt"
	"log"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// How a walk ended is told for each copy of the packet.
func ExampleVerdicts() {
	for _, microflow := range []string{toPort, astray, toRouter} {
		for _, d := range trace.Verdicts(walked(microflow)) {
			switch d.Outcome {
			case trace.OutcomeDelivered, trace.OutcomeReplied:
				fmt.Println(d.Outcome, d.Port)
			case trace.OutcomeDropped, trace.OutcomeLooped:
				fmt.Println(d.Outcome, d.Code, d.DecidedAt.Stage)
			case trace.OutcomeController:
				fmt.Println(d.Outcome, d.Action)
			case trace.OutcomeUncertain:
				fmt.Println(d.Outcome, len(d.Uncertainties), "doubts")
			}
		}
	}
	// Output:
	// delivered vm2
	// dropped no-route lr_in_ip_routing
	// replied vm1
}

// A monitor counts what became of packets, in the order of the fates.
func ExampleOutcomes() {
	counts := map[trace.Outcome]int{}
	for _, microflow := range []string{toPort, astray, toRouter, "ip4.dst == 192.168.1.77"} {
		for _, d := range trace.Verdicts(walked(microflow)) {
			counts[d.Outcome]++
		}
	}
	for _, fate := range trace.Outcomes() {
		fmt.Println(fate, counts[fate])
	}
	// Output:
	// delivered 2
	// dropped 2
	// replied 1
	// controller 0
	// looped 0
	// uncertain 0
}

// A disposition says what the copy was as it ended, and where that was decided.
func ExampleDisposition() {
	explain := func(d trace.Disposition) string {
		if d.Origin.IsReply() {
			return fmt.Sprintf("the network answered with %v, which left at %s", d.Origin, d.Port)
		}
		return fmt.Sprintf("%v at table %d of %s", d.Outcome, d.End.Table, d.End.Datapath)
	}
	fmt.Println(explain(trace.Verdicts(walked(toRouter))[0]))
	fmt.Println(explain(trace.Verdicts(walked(toPort))[0]))
	// Output:
	// the network answered with echo, which left at vm1
	// delivered at table 9 of network2
}

// What a copy is, if it is not the packet itself, is known by a word.
func ExampleOrigin() {
	for _, made := range []trace.Origin{trace.OriginClone, trace.OriginARPRequest, trace.OriginTCPReset} {
		fmt.Printf("%v answers the packet: %v\n", made, made.IsReply())
	}
	// Output:
	// clone answers the packet: false
	// arp-request answers the packet: false
	// tcp-reset answers the packet: true
}

// Where something was decided is a table of a datapath, with the flow that did.
func ExamplePlace() {
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
	fmt.Println(link(trace.Verdicts(walked(astray))[0].DecidedAt))
	// Output: router1/ingress/13, priority 0
}

// The codes are a fixed table, from which a tool takes what to tell its user.
func ExampleCodes() {
	meanings := map[trace.Code]trace.CodeDescription{}
	for _, row := range trace.Codes() {
		meanings[row.Code] = row
	}
	for _, d := range trace.Verdicts(walked(astray)) {
		fmt.Println(d.Code)
		fmt.Println(meanings[d.Code].Meaning)
		fmt.Println(meanings[d.Code].Remedy)
	}
	// Output:
	// no-route
	// no route of the router leads to the destination
	// the router's networks and static routes
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
	words := map[trace.AssumptionKind]string{trace.AssumedState: "conntrack state", trace.AssumedBackend: "back end", trace.AssumedNoNAT: "no NAT to undo"}
	line := func(a trace.Assumption) string {
		if a.Value == "" {
			return words[a.Kind] + " at " + a.Place.Stage
		}
		return words[a.Kind] + " " + a.Value + " at " + a.Place.Stage
	}
	for _, d := range trace.Verdicts(t) {
		for _, a := range d.Assumptions {
			fmt.Println(line(a))
		}
	}
	// Output:
	// no NAT to undo at lr_in_unsnat
	// conntrack state est|trk at lr_in_unsnat
}

// Why an end is uncertain is told by its doubts, of three kinds.
func ExampleUncertainty() {
	words := map[trace.UncertaintyKind]string{
		trace.UncertaintyUnparsed:   "a flow does not parse",
		trace.UncertaintyUnmodelled: "the walk does not follow an action",
		trace.UncertaintyLimit:      "the walk stopped at a limit",
	}
	line := func(d trace.Uncertainty) string { return words[d.Kind] + ": " + d.Text }
	fmt.Println(line(trace.Uncertainty{Kind: trace.UncertaintyUnmodelled, Text: "sample"}))
	for _, d := range trace.Verdicts(walked(toPort)) {
		fmt.Println(len(d.Uncertainties), "doubts")
	}
	// Output:
	// the walk does not follow an action: sample
	// 0 doubts
}
