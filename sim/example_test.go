package sim_test

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"os"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/tracetext"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Trace walks the packet of a microflow through a network, and returns a trace of typed nodes.
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
			fmt.Printf("delivered to %s on %s\n", d.Port, d.Datapath())
		}
		return true
	})
	tracetext.Write(os.Stdout, t, tracetext.Views{Minimal: true}, tracetext.Paint{})
	// Output:
	// delivered to vm2 on network2
	// # ip,reg14=0x1,vlan_tci=0x0000,dl_src=40:44:00:00:00:01,dl_dst=40:44:00:00:00:03,nw_src=192.168.0.11,nw_dst=192.168.1.11,nw_proto=0,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no
	// ip.ttl--;
	// eth.src = 40:44:00:00:00:04;
	// eth.dst = 40:44:00:00:00:02;
	// output("vm2");
}

// demoNetwork returns the network of two switches and a router between them
// that ovnwalk has built in.
func demoNetwork() *lflow.Network {
	n, err := lflow.Read(context.Background(), "demo", demo.Bytes(), lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	return n
}

// shopNetwork returns a network with load balancers, access control lists and a
// gateway.
func shopNetwork() *lflow.Network {
	n, err := lflow.Open(context.Background(), "../testdata/suites/shop.db.gz", lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	return n
}

// show prints how a walk ended.
func show(t *trace.Trace) {
	for _, d := range verdict.Of(t) {
		fmt.Println(d.Outcome, cmp.Or(d.Port.String(), string(d.Code)))
	}
}

// A packet that a program builds enters a datapath by the port whose tunnel key is in its register 14.
func ExampleWalk() {
	n := demoNetwork()
	vm1, err := n.Port("vm1")
	if err != nil {
		log.Fatal(err)
	}
	var p packet.Packet
	p.SetUint(packet.Inport, vm1.Key)
	p.SetUint(packet.EthSrc, 0x404400000001)
	p.SetUint(packet.EthDst, 0x404400000003)
	p.SetUint(packet.EthType, packet.EthTypeIPv4)
	p.SetUint(packet.IPv4Src, 0xc0a8000b)
	p.SetUint(packet.IPv4Dst, 0xc0a8010b)
	for _, ttl := range []uint64{64, 1} {
		p.SetUint(packet.IPTTL, ttl)
		t, err := sim.Walk(n, vm1.Datapath, p, sim.Choices{})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("ttl", ttl)
		show(t)
	}
	// Output:
	// ttl 64
	// delivered vm2
	// ttl 1
	// dropped ttl-exceeded
	// replied vm1
}

// TraceFlow walks a packet as if it had taken the given flow.
func ExampleTraceFlow() {
	n := demoNetwork()
	router, _ := n.Datapath("router1")
	var p packet.Packet
	p.SetUint(packet.EthType, packet.EthTypeIPv4)
	p.SetUint(packet.IPv4Dst, 0x08080808)
	p.SetUint(packet.IPTTL, 64)
	for _, f := range n.Flows(router, lflow.Ingress, 13) {
		if f.MatchText() != "ip4.dst == 192.168.1.0/24" {
			continue
		}
		t, err := sim.TraceFlow(n, router, f, p, sim.Choices{})
		if err != nil {
			log.Fatal(err)
		}
		show(t)
	}
	// Output:
	// dropped arp-unresolved
	// delivered vm2
}
