package sim

import (
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Run executes actions in order.  If none of them continues the packet, it is dropped.
func (w *Walker) Run(list []action.Action, p *packet.Packet, at ActionContext) {
	w.run(list, p, at)
	w.abandoned = false
}

// run executes the actions of a flow, or of a clone within it.
func (w *Walker) run(list []action.Action, p *packet.Packet, at ActionContext) {
	if len(list) == 0 {
		at.Out.Add(&trace.Drop{})
		w.semantics.Dropped(p, at)
		return
	}
	var stack []packet.Value
	written := at.Flow.ActionNodes(list)
	w.growNodes(at.Out, len(list)+2) // some add nodes for their effects
	for i, a := range list {
		if w.refusal != nil {
			return
		}
		if i < len(written) {
			at.Out.Add(written[i])
		}
		at.Rest = list[i+1:]
		w.act(a, p, at, &stack)
		if w.paused {
			w.paused = false
			return
		}
		if w.abandoned {
			return
		}
	}
	if !action.Continues(list) {
		w.semantics.Dropped(p, at)
	}
}

// act executes an action: itself if the effect is the same for every Semantics, else by the
// Semantics.
func (w *Walker) act(a action.Action, p *packet.Packet, at ActionContext, stack *[]packet.Value) {
	switch a := a.(type) {
	case *action.Next:
		w.next(a, p, at)

	case *action.Load:
		w.load(a, p, at)
	case *action.Move:
		w.move(a, p, at)
	case *action.Exchange:
		w.exchange(a, p, at)
	case *action.Push:
		push(a, p, at, stack)
	case *action.Pop:
		pop(a, p, at, stack)

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

	case *action.CTClear:
		p.ClearConntrack()
	case *action.Log:
		w.log(a, p, at)

	// These change state outside the packet or its rate, or send it to the controller,
	// which makes no packet from it.
	case *action.SetQueue, *action.SetMeter, *action.IGMP, *action.BindVport, *action.HandleSvcCheck, *action.DHCPv6Reply,
		*action.BFDMsg, *action.Sample, *action.MACCacheUse:

	case *action.Nested:
		if a.Kind == action.Clone {
			w.Nest(&trace.Fork{Kind: trace.ForkClone, Packet: *p}, a.List, at)
			return
		}
		w.semantics.Act(a, p, at)
	case *action.Result:
		switch a.Kind {
		case action.CheckInPortSec:
			w.portSecurity(a.Dst, p, packet.Inport, at)
		case action.CheckOutPortSec:
			w.portSecurity(a.Dst, p, packet.Outport, at)
		default:
			w.semantics.Act(a, p, at)
		}
	default:
		w.semantics.Act(a, p, at)
	}
}

// Pause stops the execution of the actions in Rest.  The Semantics executes them later.
func (w *Walker) Pause() { w.paused = true }

// Abandon stops the execution of the actions in Rest, and of those after the enclosing clones.
func (w *Walker) Abandon() { w.abandoned = true }

// Nest runs actions on the packet of a fork.
func (w *Walker) Nest(f *trace.Fork, list []action.Action, at ActionContext) {
	at.Out.Add(f)
	if !w.Within(&f.Container) {
		return
	}
	q, run := f.Packet, w.Run
	if f.Kind == trace.ForkClone {
		run = w.run
	}
	w.depth++
	run(list, &q, at.Within(&f.Container))
	w.depth--
}

// next continues in another table, possibly of the other pipeline.
func (w *Walker) next(a *action.Next, p *packet.Packet, at ActionContext) {
	if a.Pipeline == at.Pipeline {
		w.tables(at.Datapath, p, a.Pipeline, a.Table, at.Out, true)
		return
	}
	node := &trace.Pipeline{Zone: w.zones[at.Datapath.Network()], Datapath: at.Datapath.Ref()}
	if a.Pipeline == lflow.Egress {
		node.Egress, node.Outport, node.Jump = true, PortOf(at.Datapath, p.Uint(packet.Outport)), true
	} else {
		node.Inport = PortOf(at.Datapath, p.Uint(packet.Inport))
	}
	at.Out.Add(node)
	w.Tables(at.Datapath, p, a.Pipeline, a.Table, &node.Container)
}

func (w *Walker) log(a *action.Log, p *packet.Packet, at ActionContext) {
	if at.brief {
		return
	}
	at.Out.Add(&trace.Log{
		Name: a.Name, Unnamed: !a.HasName, Egress: at.Pipeline == lflow.Egress,
		Verdict: a.Verdict.String(), Severity: a.Severity.String(), Packet: *p,
	})
}

// Unmodelled adds a remark that the effect of an action is not modelled.
func (at ActionContext) Unmodelled(name string) {
	at.Out.Add(&trace.Remark{Kind: trace.RemarkUnmodelled, Text: name})
}

func (at ActionContext) remark(kind trace.RemarkKind) { at.Out.Add(&trace.Remark{Kind: kind}) }

// aborts adds a remark about the cause for which the release's ovn-trace aborts.
func (at ActionContext) aborts(text string) {
	at.Out.Add(&trace.Remark{Kind: trace.ToolAborts, Text: text})
}

// held reports whether packets have all of the fields that an action reads or writes. It adds a
// remark about the first that they do not have, for which ovn-trace aborts.
func (at ActionContext) held(fields ...expr.FieldRef) bool {
	for _, f := range fields {
		if f.Symbol.NoPacket {
			at.aborts("access to " + f.Symbol.Name)
			return false
		}
	}
	return true
}

// Within returns the context with another container for the nodes.
func (at ActionContext) Within(c *trace.Container) ActionContext {
	at.Out = c
	return at
}
