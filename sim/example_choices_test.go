package sim_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"slices"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// The packets of these examples go from web1 to the database db1, straight or by
// the address of a load balancer.
const (
	straight = `inport == "web1" && eth.src == 0a:00:00:00:01:0b && eth.dst == 0a:00:00:00:01:01 &&
		ip4.src == 10.1.0.11 && ip4.dst == 10.2.0.5 && tcp.dst == 5432 && ip.ttl == 64`
	balanced = `inport == "web1" && eth.src == 0a:00:00:00:01:0b && eth.dst == 0a:00:00:00:01:01 &&
		ip4.src == 10.1.0.11 && ip4.dst == 10.9.0.1 && tcp.dst == 5432 && ip.ttl == 64`
)

// The conntrack states that a packet meets are chosen one after the other.
func ExampleChoices() {
	state, err := sim.ParseCTState("new")
	if err != nil {
		log.Fatal(err)
	}
	t, err := sim.Trace(shopNetwork(), sim.Request{Microflow: straight, Choices: sim.Choices{CT: []uint64{state, state, state}}})
	if err != nil {
		log.Fatal(err)
	}
	show(t)
	// Output: delivered db1
}

// Back ends of load balancers may be chosen by a function, as a tool does that
// wants to see all of them.
func ExampleChoices_pick() {
	n := shopNetwork()
	for want := range 2 {
		t, err := sim.Trace(n, sim.Request{Microflow: balanced, Choices: sim.Choices{
			CT:     []uint64{packet.CTTracked | packet.CTNew, packet.CTTracked | packet.CTNew, packet.CTTracked | packet.CTNew},
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

// A packet that opens its connection needs no list of states.
func ExampleCTNewAfter() {
	given := []uint64{packet.CTTracked | packet.CTNew}
	t, err := sim.Trace(shopNetwork(), sim.Request{Microflow: straight, Choices: sim.Choices{CT: given, CTNew: sim.CTNewAfter(given)}})
	if err != nil {
		log.Fatal(err)
	}
	show(t)
	// Output: delivered db1
}

// Coverage is counted from the flows that a walk takes, those included that a
// trace passes in silence.
func ExampleChoices_matched() {
	tables := map[string][]int{}
	_, err := sim.Trace(shopNetwork(), sim.Request{Microflow: straight, Choices: sim.Choices{
		Matched: func(d *lflow.Datapath, f *lflow.Flow) {
			if f.Pipeline == lflow.Egress {
				tables[d.Name] = append(tables[d.Name], f.Table)
			}
		},
	}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(tables["db"]), "flows in the egress pipeline of db, the last one in table", slices.Max(tables["db"]))
	// Output: 10 flows in the egress pipeline of db, the last one in table 9
}

// A microflow that does not say where the packet enters is refused by newer
// releases, and so is a datapath that is not there.
func ExampleTrace() {
	n, err := lflow.Read(context.Background(), "demo", demo.Bytes(), lflow.Options{Release: dialect.MustParse("24.09")})
	if err != nil {
		log.Fatal(err)
	}
	_, err = sim.Trace(n, sim.Request{Datapath: "network1", Microflow: "ip4"})
	fmt.Println(errors.Is(err, sim.ErrNoInport))
	_, err = sim.Trace(n, sim.Request{Datapath: "network9", Microflow: `inport == "vm1" && ip4`})
	fmt.Println(err)
	// Output:
	// true
	// unknown datapath "network9"
}
