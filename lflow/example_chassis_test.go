package lflow_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// Every chassis is there with the ways in which it takes tunnelled packets.
func ExampleChassis() {
	n := demoNetwork()
	tunnels := func(c *lflow.Chassis) (types []string) {
		for _, e := range n.Encaps(c) {
			types = append(types, e.Type)
		}
		return types
	}
	for _, c := range n.Chassis() {
		fmt.Println(c.Name, tunnels(c))
	}
	// Output:
	// central [geneve]
	// worker1 [geneve]
	// worker2 [geneve]
}

// A packet from one port to another is tunnelled where the two have different
// homes, to the address at which the other one's chassis wants it.
func ExampleNetwork_ChassisOf() {
	n := demoNetwork()
	from, _ := n.ChassisOf(port(n, "vm1"))
	to, _ := n.ChassisOf(port(n, "vm2"))
	if from.Same(to) {
		fmt.Println("both are on", from.Name)
		return
	}
	fmt.Println("from", from.Name, "to", to.Name)
	if e, ok := n.PortEncap(port(n, "vm2")); ok {
		fmt.Println("over", e.Type, e.IP)
	} else {
		fmt.Println("over any of", len(n.Encaps(to)), "tunnels")
	}
	// Output:
	// from worker1 to worker2
	// over any of 1 tunnels
}

// A chassisredirect port may be carried by several chassis, of which the first
// one does.
func ExampleGateway() {
	n := shopNetwork()
	chassis := func(all []lflow.Gateway) (out []string) {
		for _, g := range all {
			out = append(out, fmt.Sprintf("%s with priority %d", g.Chassis.Name, g.Priority))
		}
		return out
	}
	for _, p := range n.Ports() {
		if p.Distributed != nil {
			fmt.Println(p.Name, "stands for", p.Distributed.Name, "and is on", chassis(n.Gateways(p)))
		}
	}
	// Output: cr-shop-public stands for shop-public and is on [gw1 with priority 0]
}

// A template variable has its value on a chassis, and some chassis may lack it.
func ExampleTemplateError() {
	n, err := lflow.Read(context.Background(), "demo", demo.Bytes(), lflow.Options{Chassis: "worker1"})
	if err != nil {
		log.Fatal(err)
	}
	for _, text := range []string{"ip4.dst == 10.0.0.1", "ip4.dst == ^vip"} {
		expanded, err := n.ExpandMicroflow(text)
		if missing, ok := errors.AsType[*lflow.TemplateError](err); ok {
			fmt.Println(missing.Variable, "has a value on", len(missing.Chassis), "chassis")
		} else {
			fmt.Println(expanded)
		}
	}
	// Output:
	// ip4.dst == 10.0.0.1
	// vip has a value on 0 chassis
}
