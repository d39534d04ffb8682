package lflow_test

import (
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// A table's flows are listed in the order in which they are tried.
func ExampleNetwork_Flows() {
	n := demoNetwork()
	d, _ := n.Datapath("router1")
	fmt.Println(n.Stage(d, lflow.Ingress, 16))
	for _, f := range n.Flows(d, lflow.Ingress, 16) {
		fmt.Printf("%d %s { %s }\n", f.Priority, f.MatchText(), f.ActionsText())
	}
	// Output:
	// lr_in_policy_ecmp
	// 150 reg8[0..15] == 0 { next; }
	// 0 1 { drop; }
}

// A lookup finds the flow that a packet takes in one table.
func ExampleNetwork_Lookup() {
	n := demoNetwork()
	d, _ := n.Datapath("network1")
	var p packet.Packet
	p.SetUint(packet.EthDst, 0x404400000003)
	if f := n.Lookup(d, lflow.Ingress, 25, &p).Flow; f != nil {
		fmt.Println(f.Stage(), f.ActionsText())
	}
	// Output: ls_in_l2_lkup outport = "net1-router1"; output;
}

// A flow's match and actions are parsed when they are first asked for.
func ExampleFlow() {
	n := demoNetwork()
	d, _ := n.Datapath("router1")
	routes := func(f *lflow.Flow) (ports []string) {
		for _, a := range f.Actions().List {
			if load, ok := a.(*action.Load); ok && load.Dst.String() == "outport" {
				ports = append(ports, load.Value.Str)
			}
		}
		return ports
	}
	for _, f := range n.Flows(d, lflow.Ingress, 13) {
		if err := f.Err(d); err != nil {
			log.Fatal(err)
		}
		if strings.HasPrefix(f.MatchText(), "ip4.dst") {
			fmt.Println(f.MatchText(), routes(f))
		}
	}
	// Output:
	// ip4.dst == 192.168.0.0/24 [router1-net1]
	// ip4.dst == 192.168.1.0/24 [router1-net2]
}

// What a flow that does not parse is like, and which part of it is wrong, is
// as its error says.
func ExampleParseError() {
	n := demoNetwork()
	bad := 0
	for _, d := range n.Datapaths {
		for f := range n.ListFlows(d) {
			if wrong, ok := errors.AsType[*lflow.ParseError](f.Err(d)); ok {
				fmt.Println(wrong.Flow.UUID, wrong.Actions, wrong.Err)
				bad++
			}
		}
	}
	fmt.Println(bad, "flows do not parse")
	// Output: 0 flows do not parse
}

// Flows that do something are found without parsing any of them.
func ExampleNetwork_Search() {
	n := demoNetwork()
	found := n.Search(func(row lflow.FlowRow) bool {
		return strings.Contains(row.Actions(), "tcp_reset") && strings.HasPrefix(row.Match(), "ip4")
	})
	for _, hit := range found {
		fmt.Println(hit.Datapaths[0].Name, hit.Flow.Pipeline, hit.Flow.Table, hit.Flow.Stage())
	}
	// Output:
	// router1 ingress 3 lr_in_ip_input
	// router1 ingress 3 lr_in_ip_input
}

// A flow that an OpenFlow flow's cookie names is found by its UUID.
func ExampleFound() {
	n := demoNetwork()
	cookie := n.Flows(n.Datapaths[0], lflow.Ingress, 0)[0].Ref().Cookie
	found := n.Search(func(row lflow.FlowRow) bool {
		return strings.HasPrefix(row.UUID().String(), fmt.Sprintf("%08x", cookie))
	})
	for _, f := range found {
		fmt.Println(f.Flow.Stage(), "on", len(f.Datapaths), "datapaths")
	}
	// Output: ls_in_check_port_sec on 2 datapaths
}

// Many tables do nothing but send every packet on, and may be skipped.
func ExampleNetwork_SkipPassThrough() {
	n := demoNetwork()
	d, _ := n.Datapath("router1")
	table := 4
	next := n.SkipPassThrough(d, lflow.Ingress, table)
	fmt.Println("the next table after", table, "that does something is", next, n.Stage(d, lflow.Ingress, next))
	fmt.Println(n.Flows(d, lflow.Ingress, table)[0].IsPassThrough())
	// Output:
	// the next table after 4 that does something is 12 lr_in_ip_routing_pre
	// true
}

// What must hold of a packet is the match with what the actions need, as an
// expression that may be compared with others.
func ExampleFlow_Condition() {
	n := demoNetwork()
	d, _ := n.Datapath("router1")
	f := n.Flows(d, lflow.Ingress, 17)[3]
	fmt.Println(f.MatchText(), f.Actions())
	condition, _ := f.Condition()
	fmt.Println(expr.Format(condition))
	// Output:
	// ip6 get_nd(outport, xxreg0); next;
	// eth.type == 0x86dd
}

// A flow's own record says which northbound row it was made for.
func ExampleFlow_ExternalID() {
	n := demoNetwork()
	d, _ := n.Datapath("network1")
	f := n.Flows(d, lflow.Ingress, 0)[0]
	stage, _ := f.ExternalID("stage-name")
	_, hinted := f.ExternalID("stage-hint")
	fmt.Println(stage, hinted)
	// Output: ls_in_check_port_sec false
}
