package sim_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// dumped are the lines that "ovs-ofctl dump-flows br-int" printed, by which
// OpenFlow flows are found without asking the switch.
type dumped []string

var _ sim.OpenFlow = dumped(nil)

func (d dumped) Flows(cookie uint32) (out []string, err error) {
	for _, line := range d {
		if strings.Contains(line, fmt.Sprintf("cookie=%#x,", cookie)) {
			out = append(out, line)
		}
	}
	return out, nil
}

// The OpenFlow flows that ovn-controller made of logical flows are shown in the
// trace, where somebody knows them.
func ExampleOpenFlow() {
	n, err := lflow.Read(context.Background(), "demo", demo.Bytes(), lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	d, _ := n.Datapath("router1")
	var dump dumped
	for _, f := range n.Flows(d, lflow.Ingress, 13) {
		if f.MatchText() == "ip4.dst == 192.168.1.0/24" {
			dump = append(dump, fmt.Sprintf("cookie=%#x, table=21, priority=74,ip,nw_dst=192.168.1.0/24", f.Ref().Cookie))
		}
	}
	t, err := sim.Trace(n, sim.Request{
		Microflow: `inport == "vm1" && eth.src == 40:44:00:00:00:01 && eth.dst == 40:44:00:00:00:03 &&
			ip4.src == 192.168.0.11 && ip4.dst == 192.168.1.11 && ip.ttl == 64`,
		Choices: sim.Choices{OpenFlow: dump},
	})
	if err != nil {
		log.Fatal(err)
	}
	trace.Walk(t.Root, func(n trace.Node) bool {
		if r, ok := n.(*trace.Remark); ok && r.Kind == trace.RemarkOpenFlow {
			_, flow, _ := strings.Cut(r.Text, ", ")
			fmt.Println(flow)
		}
		return true
	})
	// Output: table=21, priority=74,ip,nw_dst=192.168.1.0/24
}
