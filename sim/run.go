package sim

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// run carries out actions in order.  A list without any drops the packet.
func (w *walker) run(list []action.Action, p *packet.Packet, at spot) {
	if len(list) == 0 {
		at.out.Add(&trace.Drop{})
		return
	}
	var stack []packet.Value
	written := at.flow.Written(list, w.friendly)
	w.grow(at.out, len(list)+2) // some have effects to show
	for i, a := range list {
		if w.refusal != nil {
			return
		}
		at.out.Add(written[i])
		w.act(a, p, at, &stack)
	}
}

// act carries out one action.
func (w *walker) act(a action.Action, p *packet.Packet, at spot, stack *[]packet.Value) {
	switch a := a.(type) {
	case *action.Output:
		w.output(p, at)
	case *action.Next:
		w.next(a, p, at)
	case *action.FloodRemote:
		at.remark(trace.FloodRemote)
	case *action.Mirror:
		w.mirror(a, p, at)

	case *action.Load:
		w.load(a, p, at)
	case *action.OVNFieldLoad:
		w.loadUnheld(a, at)
	case *action.Move:
		w.move(a, p, at)
	case *action.Exchange:
		w.exchange(a, p, at)
	case *action.Push:
		push(a, p, at, stack)
	case *action.Pop:
		pop(a, p, at, stack)
	case *action.DecTTL:
		decTTL(p, at)

	case *action.CTNext:
		w.ctNext(a, p, at)
	case *action.CTNAT:
		w.nat(a, p, at)
	case *action.CTLB:
		w.loadBalance(a, p, at)
	case *action.CTCommitNAT:
		w.commitAndGo(&trace.Fork{Kind: trace.CTCommitNAT}, a.Table, p, at, committing(a, p, at))
	case *action.CTCommitToZone:
		zone := "dnat"
		if a.Zone == action.ZoneSNAT {
			zone = "snat"
		}
		w.commitAndGo(&trace.Fork{Kind: trace.CTCommitToZone, Variant: zone}, a.Table, p, at, committing(a, p, at))
	case *action.CTCommit, *action.CTCommitParams:
		w.commit(committing(a, p, at), p)
	case *action.CTClear:
		p.ClearConntrack()
	case *action.CTSNATToVIP:
		w.snatToVIP(p, at)
	case *action.Select:
		w.choose(a, p, at)

	case *action.Nested:
		w.nested(a, p, at)

	case *action.GetMACBind:
		w.getMACBinding(a, p, at)
	case *action.LookupMACBind:
		w.lookupMACBinding(a, p, at)
	case *action.LookupMACBindIP:
		w.lookupMACBindingIP(a, p, at)
	case *action.ChkEVPNARP:
		w.checkEVPN(a, p, at)
	case *action.GetFDB:
		w.getFDB(a, p, at)
	case *action.LookupFDB:
		w.lookupFDB(a, p, at)

	case *action.PutOpts:
		w.putOptions(a, p, at)
	case *action.DHCPRelay:
		dhcpRelay(a, p, at)
	case *action.Result:
		w.result(a, p, at)
	case *action.Log:
		w.log(a, p, at)

	// These change state outside the packet, or how fast it goes, and nothing
	// that a walk can see.
	case *action.PutMACBind, *action.PutFDB, *action.SetQueue,
		*action.SetMeter, *action.IGMP, *action.BindVport, *action.HandleSvcCheck, *action.DHCPv6Reply,
		*action.BFDMsg, *action.TriggerEvent, *action.CommitECMPNH, *action.CommitLBAff, *action.Sample,
		*action.MACCacheUse:

	// These would decide something on a real chassis; ovn-trace takes no note of
	// them, and neither do the compatible views.
	case *action.CheckPktLarger, *action.FwdGroup:

	default:
		at.out.Add(&trace.Remark{What: trace.Unmodelled, Text: fmt.Sprintf("%T", a)})
	}
}

func (s spot) remark(what trace.What) { s.out.Add(&trace.Remark{What: what}) }

// under returns the spot at which what a node holds is written down.
func (s spot) under(c *trace.Container) spot {
	s.out = c
	return s
}
