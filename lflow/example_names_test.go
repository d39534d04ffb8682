package lflow_test

import (
	"fmt"
	"log"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// A match that is written by hand is compared with packets as a flow's is, with
// the names of the network.
func ExampleNetwork_Binder() {
	n := demoNetwork()
	e, err := expr.Parse(`inport == "vm1" && eth.dst != $svc_monitor_mac`, n.CheckEnv())
	if err != nil {
		log.Fatal(err)
	}
	m := expr.Compile(expr.Annotate(e), n.Binder())
	vm1 := port(n, "vm1")
	var p packet.Packet
	p.SetUint(packet.Reg(14), vm1.Key)
	fmt.Println(m.Match(&p, vm1.Datapath.Index))
	// Output: true
}

// The environment of flows is for those who parse a flow's match again, such as
// a tool that lists the address sets in use.
func ExampleNetwork_FlowEnv() {
	n := demoNetwork()
	used := map[string]int{}
	for f := range n.ListFlows(n.Datapaths[0]) {
		text, err := f.ParsedMatch()
		if err != nil {
			log.Fatal(err)
		}
		e, err := expr.Parse(text, n.FlowEnv())
		if err != nil {
			log.Fatal(err)
		}
		expr.Walk(e, func(e expr.Expr) bool {
			if c, ok := e.(*expr.Cmp); ok && c.Set != "" {
				used[c.Set]++
			}
			return true
		})
	}
	fmt.Println(used)
	// Output: map[svc_monitor_mac:5]
}

// Actions are parsed for a place in the pipelines, since it decides where they
// lead.
func ExampleNetwork_ActionEnv() {
	n := demoNetwork()
	for _, place := range []lflow.Pipeline{lflow.Ingress, lflow.Egress} {
		a, err := action.Parse("next;", n.ActionEnv(place, 5))
		if err != nil {
			log.Fatal(err)
		}
		if next, ok := a.List[0].(*action.Next); ok {
			fmt.Println(next.Pipeline, next.Table)
		}
	}
	// Output:
	// ingress 6
	// egress 6
}

// A microflow is read with the names of the network and the rules of its
// release.
func ExampleNetwork_MicroflowEnv() {
	n := demoNetwork()
	m, err := expr.ParseMicroflow(`inport == "vm1" && ip4.src == 192.168.0.11`, n.MicroflowEnv(), expr.MicroflowRulesOf(n.Dialect),
		func(port string) (uint64, bool) {
			if p, err := n.Port(port); err == nil {
				return p.Key, true
			}
			return 0, false
		})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Packet.Uint(packet.Reg(14)), m.Packet.Get(packet.IPv4Src).Addr4())
	// Output: 1 192.168.0.11
}

// Texts of flows are shown with the names that people gave to ports, where
// these have any.
func ExampleNetwork_Text() {
	n := demoNetwork()
	fmt.Println(n.Text(`outport = "vm1"; output;`).Friendly)
	s, _ := n.Symbols().Lookup("inport")
	fmt.Println(s.Name)
	// Output:
	// outport = "vm1"; output;
	// inport
}

// The nodes of a trace may be made of a flow outside a walk, as a page about
// one flow needs them.
func ExampleFlow_ActionNodes() {
	n := demoNetwork()
	d, _ := n.Datapath("router1")
	f := n.Flows(d, lflow.Ingress, 17)[1]
	ref := f.Ref()
	fmt.Println(ref.Stage, ref.Priority, ref.Match.Friendly)
	for _, a := range f.ActionNodes(f.Actions().List) {
		fmt.Println(" ", a.Text.Friendly)
	}
	// Output:
	// lr_in_arp_resolve 100 outport == "router1-net2" && reg0 == 192.168.1.11
	//   eth.dst = 40:44:00:00:00:02;
	//   next;
}
