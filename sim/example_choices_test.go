package sim_test

import (
	"fmt"
	"log"
	"slices"

	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// balanced is a packet from web1 to the address of a load balancer.
const balanced = `inport == "web1" && eth.src == 0a:00:00:00:01:0b && eth.dst == 0a:00:00:00:01:01 &&
	ip4.src == 10.1.0.11 && ip4.dst == 10.9.0.1 && tcp.dst == 5432 && ip.ttl == 64`

// Choose selects the backend of a load balancer, CT the conntrack states that the packet has.
func ExampleChoices() {
	n := shopNetwork()
	for want := range 2 {
		t, err := sim.Trace(n, sim.Request{Microflow: balanced, Choices: sim.Choices{
			CT:     slices.Repeat([]uint64{packet.CTTracked | packet.CTNew}, 3),
			Choose: func(_ *packet.Packet, options int) int { return want % options },
		}})
		if err != nil {
			log.Fatal(err)
		}
		show(t)
	}
	// Output:
	// delivered db1
	// delivered db2
}

// A connection table may be kept beside walks: it is notified of what NAT and load
// balancers change in the packets of a request, and undoes that in the reply.
func ExampleCTZone() {
	n := shopNetwork()
	var virtual packet.Value // the address that the client sent to
	var where sim.CTZone
	translated := func(z sim.CTZone, before, _ *packet.Packet) { where, virtual = z, before.Get(packet.IPv4Dst) }
	opened := slices.Repeat([]uint64{packet.CTTracked | packet.CTNew}, 3)
	if _, err := sim.Trace(n, sim.Request{Microflow: balanced, Choices: sim.Choices{CT: opened, Translated: translated}}); err != nil {
		log.Fatal(err)
	}
	port, _ := where.Datapath.Port(where.Port)
	fmt.Println("translated at", where.Datapath.DisplayName(true), "port", port.Name)

	undo := func(z sim.CTZone, p *packet.Packet) bool {
		if z == where {
			p.Set(packet.IPv4Src, virtual)
		}
		return z == where
	}
	reply := packet.CTTracked | packet.CTEstablished | packet.CTReply
	t, err := sim.Trace(n, sim.Request{
		Microflow: `inport == "db1" && eth.src == 0a:00:00:00:02:05 && eth.dst == 0a:00:00:00:02:01 &&
			ip4.src == 10.2.0.5 && ip4.dst == 10.1.0.11 && tcp.src == 5432 && ip.ttl == 64`,
		Choices: sim.Choices{CT: slices.Repeat([]uint64{uint64(reply)}, 4), Undo: undo},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range verdict.Of(t) {
		fmt.Println(d.Outcome, d.Port, "from", d.Packet.Get(packet.IPv4Src).Addr4())
	}
	// Output:
	// translated at web port web1
	// delivered web1 from 10.9.0.1
}
