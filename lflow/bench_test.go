package lflow

import (
	"math"
	"testing"

	"github.com/ovnwalk/ovnwalk/packet"
)

// BenchmarkLoad reads a network of 200 switches from memory.
func BenchmarkLoad(b *testing.B) {
	data := bigDatabase(200, 40, 200)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		n, err := Read(b.Context(), "big", data, Options{})
		if err != nil {
			b.Fatal(err)
		}
		n.Close()
	}
}

// BenchmarkLookup looks a load balancer's address up among 2,000.
func BenchmarkLookup(b *testing.B) {
	n := bigNetwork(b, 2, 4, 2000)
	d, _ := n.Datapath("sw1")
	var p packet.Packet
	p.SetUint(packet.EthType, packet.EthTypeIPv4)
	p.SetUint(packet.IPProto, packet.ProtoTCP)
	p.SetUint(packet.CTState, packet.CTTracked|packet.CTNew)
	p.SetUint(packet.IPv4Dst, 172<<24|30<<16|7<<8|249)
	p.SetUint(packet.TPDst, 80+1999%7)
	var t *table
	for _, s := range d.sources {
		if at := s.at(n, placeOf(Ingress, 3)); at != nil {
			t = at
		}
	}
	t.sort()
	find := func(b *testing.B, look func(h *lookup)) {
		b.ReportAllocs()
		for b.Loop() {
			h := lookup{priority: math.MinInt}
			look(&h)
			if h.best == nil || h.priority != 120 {
				b.Fatal("not found")
			}
		}
	}
	b.Run("one by one", func(b *testing.B) {
		find(b, func(h *lookup) {
			for i := range t.rows {
				if h.decided(int(t.rows[i].priority)) {
					break
				}
				h.try(t.flow(i), &p, d)
			}
		})
	})
	t.classify()
	b.Run("by hash", func(b *testing.B) {
		find(b, func(h *lookup) { t.classifier.Load().try(&p, d, h) })
	})
}

// BenchmarkReadFlow reads the text of flows of a known form.
func BenchmarkReadFlow(b *testing.B) {
	n := bigNetwork(b, 50, 40, 200)
	rows := n.flows.sources[3].rows
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		n.newFlow(&rows[i%len(rows)]).parsed()
	}
}
