package trace_test

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Changes differ in how they came about.
func ExampleChange() {
	show := map[trace.ChangeKind]string{trace.ChangeAssign: "%s = %s\n", trace.ChangeDecrement: "%s--%s\n", trace.ChangePush: "push %s %s\n", trace.ChangePop: "pop %s %s\n", trace.ChangeOptions: "%s(%s)\n"}
	trace.Walk(walked(toPort).Root, func(n trace.Node) bool {
		if c, ok := n.(*trace.Change); ok {
			value := c.Value.Text
			if c.Value.Format != trace.FormatText {
				value = c.Target.Format(c.Value.Number)
			}
			fmt.Printf(show[c.Kind], c.Field, value)
		}
		return true
	})
	// Output:
	// ip.ttl--
	// eth.src = 40:44:00:00:00:04
	// eth.dst = 40:44:00:00:00:02
}

// Where a packet was delivered, it is there with all its fields.
func ExampleDelivered() {
	trace.Walk(walked(toPort).Root, func(n trace.Node) bool {
		if d, ok := n.(*trace.Delivered); ok {
			fmt.Printf("%s of %s gets it with ttl %d from %s\n", d.Port, d.Datapath(),
				d.Packet.Uint(packet.IPTTL), packet.AppendMAC(nil, d.Packet.Uint(packet.EthSrc)))
		}
		return true
	})
	// Output: vm2 of network2 gets it with ttl 63 from 40:44:00:00:00:04
}

// The pipelines of a walk, in order, are a packet's way through the datapaths.
func ExamplePipeline() {
	trace.Walk(walked(toPort).Root, func(n trace.Node) bool {
		if p, ok := n.(*trace.Pipeline); ok && !p.Egress && !p.Jump {
			fmt.Printf("%s (tunnel key %d) from %s\n", p.Datapath, p.Key(), p.Inport)
		}
		return true
	})
	// Output:
	// network1 (tunnel key 1) from vm1
	// router1 (tunnel key 3) from router1-net1
	// network2 (tunnel key 2) from net2-router1
}
