package coverage

import (
	"fmt"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// BenchmarkCoverage sums up 500 switches that share the 2,000 flows of load
// balancers and have 60 flows each of their own, in the same tables.
func BenchmarkCoverage(b *testing.B) {
	db := sbtest.New("23.03")
	var switches []string
	for i := range 500 {
		d := db.Datapath(fmt.Sprintf("sw%d", i), i+1)
		switches = append(switches, d)
		for k := range 20 {
			db.Port(d, fmt.Sprintf("p%d-%d", i, k), k+1, "")
			db.Flow(d, "ingress", 0, 50, fmt.Sprintf(`inport == "p%d-%d"`, i, k), "next;")
			db.Flow(d, "ingress", 1, 200, fmt.Sprintf("ip4.dst == 10.%d.%d.%d && tcp.dst == 80", i/250, i%250, k), "next;")
			db.Flow(d, "ingress", 2, 50, fmt.Sprintf("eth.dst == 0a:00:00:%02x:%02x:%02x", i/256, i%256, k), fmt.Sprintf(`outport = "p%d-%d"; output;`, i, k))
		}
	}
	group := db.Group(switches...)
	for i := range 2000 {
		db.GroupFlow(group, "ingress", 1, 120, fmt.Sprintf("ct.new && ip4.dst == 172.16.%d.%d && tcp.dst == 80", i/250, i%250), "ct_lb_mark(backends=10.0.0.1:80);")
	}
	data := db.Bytes()
	b.ReportAllocs()
	for b.Loop() {
		n := tracetest.Read(b, "sb", data, lflow.Options{})
		var c Collector
		c.Add("sb", n)
		p := c.Profile()
		if got := len(p.Databases[0].Flows); got != 500*60+2000 {
			b.Fatalf("%d flows", got)
		}
		if err := n.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
