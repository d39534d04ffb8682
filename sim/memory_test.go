package sim_test

import (
	"reflect"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
)

// TestMemory walks many packets with memory that is used again, and finds the same traces
// as with memory of their own.
func TestMemory(t *testing.T) {
	for _, file := range []string{"../testdata/suites/shop.db.gz", "../testdata/wire/23.03/zones-l2/z1-sb.db.gz"} {
		n := tracetest.Open(t, file, lflow.Options{})
		var m sim.Memory
		walks := 0
		for _, d := range n.Datapaths {
			for _, from := range d.Ports() {
				for _, to := range d.Ports() {
					for _, proto := range []uint64{packet.ProtoTCP, packet.ProtoUDP, packet.ProtoICMP} {
						var p packet.Packet
						p.SetUint(packet.Inport, from.Key)
						p.SetUint(packet.EthType, packet.EthTypeIPv4)
						p.SetUint(packet.IPProto, proto)
						p.SetUint(packet.IPTTL, 64)
						p.SetUint(packet.TPDst, uint64(80+walks%3))
						for _, a := range from.Security {
							p.SetUint(packet.EthSrc, a.MAC)
							if len(a.IPv4) > 0 {
								p.SetUint(packet.IPv4Src, a.IPv4[0])
							}
						}
						for _, a := range to.Security {
							p.SetUint(packet.EthDst, a.MAC)
							if len(a.IPv4) > 0 {
								p.SetUint(packet.IPv4Dst, a.IPv4[0])
							}
						}
						own, err := sim.Walk(n, d, p, sim.Choices{})
						if err != nil {
							t.Fatal(err)
						}
						m.Reset()
						again, err := sim.Walk(n, d, p, sim.Choices{Memory: &m})
						if err != nil {
							t.Fatal(err)
						}
						if !reflect.DeepEqual(own, again) {
							t.Fatalf("%s: port %d to %d, protocol %d: another trace in memory that is used again", d.Name, from.Key, to.Key, proto)
						}
						walks++
					}
				}
			}
		}
		if walks < 50 {
			t.Errorf("%s: only %d walks", file, walks)
		}
	}
}

// TestMemoryReset expects that Reset makes the memory of the walks before free again.
func TestMemoryReset(t *testing.T) {
	n := tracetest.Open(t, "../testdata/suites/shop.db.gz", lflow.Options{})
	d := n.Datapaths[0]
	var p packet.Packet
	p.SetUint(packet.Inport, d.Ports()[0].Key)
	var m sim.Memory
	walk := func() any {
		m.Reset()
		tr, err := sim.Walk(n, d, p, sim.Choices{Memory: &m})
		if err != nil {
			t.Fatal(err)
		}
		return tr.Root.Nodes[0]
	}
	if walk() != walk() {
		t.Error("the first table of a second walk is not where that of the first one was")
	}
}
