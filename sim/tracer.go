package sim

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// tracer is the Semantics of ovn-trace(8): one packet, with the choices of the user or defaults.
type tracer struct {
	*Walker
	n       *lflow.Network
	model   dialect.Dialect // how actions are executed
	choices Choices

	ctUsed     int          // number of the given conntrack states that were used
	lbUsed     bool         // whether a load balancer lists the given backend
	memberUsed bool         // whether a select action has the given member
	committed  []commitment // of the connection, one for each zone

	generated map[generated]int // packets that were followed, with the value of effects after that
}

// newTracer returns the Semantics of a walk with choices.
func newTracer(n *lflow.Network, c Choices, t *trace.Trace) *tracer {
	memory, reused := c.Memory, c.Memory != nil
	if !reused {
		memory = &Memory{}
	}
	policy := &memory.tracers.take(1, 1)[0]
	*policy = tracer{n: n, model: n.Dialect, choices: c, committed: policy.committed[:0]}
	if c.Uniform {
		policy.model = dialect.For(dialect.Newest)
	}
	policy.Walker = &memory.walkers.take(1, 1)[0]
	*policy.Walker = Walker{semantics: policy, trace: t, memory: memory, reused: reused}
	policy.matched, policy.physical, policy.asked, policy.takes, policy.stays = c.Matched, c.OpenFlow, c.Asked, c.Takes, c.Stays
	policy.brief, policy.stops = c.Brief, c.StopsInLoops
	return policy
}

// unused returns the choices that the walk did not use.
func (w *tracer) unused() trace.Unused {
	return trace.Unused{
		CT:       len(w.choices.CT) - w.ctUsed,
		LBDst:    w.choices.LBDst.IsSet && !w.lbUsed,
		SelectID: w.choices.SelectID != 0 && !w.memberUsed,
	}
}

// MACBinding implements Semantics with the bindings in the database.
func (w *tracer) MACBinding(d *lflow.Datapath, port uint64, ip packet.Value) (uint64, bool) {
	if w.choices.StaticMACs {
		return d.Neighbor(port, ip)
	}
	return d.MACBinding(port, ip)
}

// HasMACBinding implements Semantics with the bindings in the database.
func (w *tracer) HasMACBinding(d *lflow.Datapath, port uint64, ip packet.Value, mac uint64) bool {
	if w.choices.StaticMACs {
		if static, _, ok := d.StaticMAC(port, ip); ok && static == mac {
			return true
		}
	}
	return d.HasMACBinding(port, ip, mac)
}

// FDB implements Semantics with the FDB in the database.
func (w *tracer) FDB(d *lflow.Datapath, mac uint64) (port uint64, ok bool) { return d.FDB(mac) }

// Prefer implements Semantics. It returns the first flow in the order of ovn-trace.
func (w *tracer) Prefer(found lflow.LookupResult, _ *packet.Packet) *lflow.Flow { return found.Flow }

// Refuses implements PortSecurity.
func (w *tracer) Refuses(port *lflow.Port, p *packet.Packet, sends bool) bool {
	if f := w.choices.PortSecurity; f != nil {
		return f(port, p, sends)
	}
	return refuses(port, p, sends)
}

// Dropped implements Semantics. It does nothing: the trace shows drops.
func (w *tracer) Dropped(*packet.Packet, ActionContext) {}

// Act implements Semantics.
func (w *tracer) Act(a action.Action, p *packet.Packet, at ActionContext) {
	switch a := a.(type) {
	case *action.Output:
		w.output(p, at)
	case *action.FloodRemote:
		at.remark(trace.RemarkFloodRemote)
	case *action.Mirror:
		w.mirror(a, p, at)

	case *action.DecTTL:
		DecTTL(p, at)
	case *action.OVNFieldLoad:
		loadPayloadField(a, at)

	case *action.CTNext:
		w.ctNext(a, p, at)
	case *action.CTNAT:
		w.nat(a, p, at)
	case *action.CTLB:
		w.loadBalance(a, p, at)
	case *action.CTCommitNAT:
		w.commitAndGo(&trace.Fork{Kind: trace.ForkCTCommitNAT}, a.Table, p, at, commitZone(a, p, at))
	case *action.CTCommitToZone:
		zone := "dnat"
		if a.Zone == action.ZoneSNAT {
			zone = "snat"
		}
		w.commitAndGo(&trace.Fork{Kind: trace.ForkCTCommitToZone, Variant: zone}, a.Table, p, at, commitZone(a, p, at))
	case *action.CTCommit, *action.CTCommitParams:
		w.commit(commitZone(a, p, at), p)
		if w.choices.ClearsConntrack {
			p.ClearConntrack()
		}
	case *action.CTSNATToVIP:
		w.snatToVirtualIP(p, at)
	case *action.Select:
		w.choose(a, p, at)

	case *action.Nested:
		w.nested(a, p, at)

	case *action.PutOpts:
		w.putOptions(a, p, at)
	case *action.DHCPRelay:
		dhcpRelay(a, p, at)
	case *action.Result:
		w.result(a, p, at)

	// These affect later packets only.
	case *action.PutMACBind, *action.PutFDB, *action.TriggerEvent, *action.CommitECMPNH, *action.CommitLBAff:

	case *action.CheckPktLarger:
		if w.choices.Size > 0 {
			a.Dst.WriteBool(p, w.choices.Size > int(a.Len))
		}

	// These have an effect on chassis, but none in ovn-trace, and the compatible views
	// show nothing.
	case *action.FwdGroup:

	default:
		at.Unmodelled(fmt.Sprintf("%T", a))
	}
}
