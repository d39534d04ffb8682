package sim_test

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// ingressOnly is a policy that records where packets leave the ingress pipeline, and walks no further.
type ingressOnly struct{ w *sim.Walker }

func (o *ingressOnly) Act(a action.Action, p *packet.Packet, at sim.ActionContext) {
	switch a := a.(type) {
	case *action.Output:
		key := p.Uint(packet.Outport)
		fmt.Printf("%s, table %d: to %s\n", at.Datapath.Name, at.Table, sim.PortOf(at.Datapath, key))
		node := &trace.Pipeline{Egress: true}
		at.Out.Add(node)
		o.w.Pause() // what follows "output;" is not run
		if o.w.Within(&node.Container) {
			o.w.Run(nil, p, at.Within(&node.Container)) // no actions: a drop
		}
	case *action.Nested:
		o.w.Nest(&trace.Fork{Kind: trace.ForkICMP4, Packet: *p}, a.List, at)
	}
}

func (*ingressOnly) MACBinding(*lflow.Datapath, uint64, packet.Value) (uint64, bool) { return 0, false }

func (*ingressOnly) HasMACBinding(*lflow.Datapath, uint64, packet.Value, uint64) bool { return false }

func (*ingressOnly) Prefer(found lflow.LookupResult, _ *packet.Packet) *lflow.Flow { return found.Flow }

func (*ingressOnly) Dropped(*packet.Packet, sim.ActionContext) {}

func (*ingressOnly) FDB(*lflow.Datapath, uint64) (uint64, bool) { return 0, false }

// A policy decides what the flows leave open: here, output ends the walk.
func ExampleSemantics() {
	n := demoNetwork()
	d, _ := n.Datapath("network1")
	var p packet.Packet
	p.SetUint(packet.EthSrc, 0x404400000001)
	p.SetUint(packet.EthDst, 0x404400000003)
	p.SetUint(packet.EthType, packet.EthTypeIPv4)
	p.SetUint(packet.IPv4Src, 0xc0a8000b)
	p.SetUint(packet.IPv4Dst, 0xc0a8010b)
	key, _ := n.PortKey(d, "vm1")
	p.SetUint(packet.Inport, key)
	t := &trace.Trace{Root: &trace.Pipeline{Datapath: d.Ref()}}
	o := &ingressOnly{}
	o.w = sim.NewWalker(o, t)
	o.w.Tables(d, &p, lflow.Ingress, 0, &t.Root.Container)
	// Output:
	// network1, table 25: to net1-router1
}
