package connect_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// lookups is the number of tables in a trace.
func lookups(t *trace.Trace) (n int) {
	trace.Walk(t.Root, func(n2 trace.Node) bool {
		if table, ok := n2.(*trace.Table); ok {
			n += table.Number - table.From + 1
		}
		return true
	})
	return n
}

// BenchmarkLookup compares the time for each table that connect looks up with that of
// trace, in turns, over the first packets of connections: through a router with load
// balancers and translation, over tunnels and the physical network.
func BenchmarkLookup(b *testing.B) {
	open := func(release, name string) *lflow.Network {
		return tracetest.Open(b, filepath.Join("..", "..", "testdata", "wire", release, name, "sb.db.gz"), lflow.Options{})
	}
	for _, bench := range []struct{ release, name, flow string }{
		{"main", "seed-11", `inport == "sw2-p1" && eth.src == 0a:0b:00:02:01:01 && eth.dst == 0a:0b:00:02:00:01 && ip4.src == 10.2.0.11 && ip4.dst == 10.96.0.2 && ip.ttl == 64 && tcp.src == 49152 && tcp.dst == 80 && tcp.flags == 2`},
		{"23.03", "issues", `inport == "three-vm" && eth.src == 0a:00:00:01:05:11 && eth.dst == 0a:00:00:01:e1:01 && ip4.src == 192.16.1.6 && ip4.dst == 192.16.1.200 && ip.ttl == 64 && udp.src == 40000 && udp.dst == 111`},
	} {
		b.Run(bench.release+" "+bench.name, func(b *testing.B) {
			plain, chassis := open(bench.release, bench.name), open(bench.release, bench.name)
			c, err := cluster.New([]*lflow.Network{chassis}, cluster.Options{})
			if err != nil {
				b.Fatal(err)
			}
			first, err := connect.Opening{Microflow: bench.flow}.First(c)
			if err != nil {
				b.Fatal(err)
			}
			d, p, _, err := sim.Start(plain, sim.Request{Microflow: bench.flow})
			if err != nil {
				b.Fatal(err)
			}
			var spent [2]time.Duration
			var looked [2]int
			one := func(i int, walk func() int) {
				start := time.Now()
				looked[i] += walk()
				spent[i] += time.Since(start)
			}
			round := func() {
				one(0, func() int {
					t, err := sim.Walk(plain, d, p, sim.Choices{CTNew: true})
					if err != nil {
						b.Fatal(err)
					}
					return lookups(t)
				})
				one(1, func() (n int) {
					all, _ := connect.Outcomes(c, &connect.Options{}, first.From, first.Packet)
					for i := range all {
						for j := range all[i].Packets {
							n += lookups(all[i].Packets[j].Trace)
						}
					}
					return n
				})
			}
			round() // parses the flows
			spent, looked = [2]time.Duration{}, [2]int{}
			for b.Loop() {
				round()
			}
			of := func(i int) float64 { return float64(spent[i].Nanoseconds()) / float64(looked[i]) }
			b.ReportMetric(of(0), "trace-ns/table")
			b.ReportMetric(of(1), "connect-ns/table")
			b.ReportMetric(of(1)/of(0), "connect/trace")
			b.ReportMetric(0, "ns/op")
		})
	}
}
