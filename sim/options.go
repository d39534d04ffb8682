package sim

import (
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// putOptions replies to a DHCP request or router solicitation, which always succeeds.
func (w *tracer) putOptions(a *action.PutOpts, p *packet.Packet, at ActionContext) {
	if a.Kind == action.NDRA {
		if w.model.Has(dialect.AbortsOnRAOptions) {
			at.aborts(a.Kind.String())
		}
	} else {
		at.remark(trace.RemarkDHCPAssumed)
	}
	opts := make([]string, len(a.Options))
	for i, o := range a.Options {
		opts[i] = o.Option.Name + " = " + o.Value.String()
	}
	at.Out.Add(&trace.Change{Kind: trace.ChangeOptions, Field: a.Kind.String(), Value: trace.Value{Text: strings.Join(opts, ", ")}})
	setSuccess(a.Dst, p, at)
}

// dhcpRelay checks a relayed request or response. It is always valid.
func dhcpRelay(a *action.DHCPRelay, p *packet.Packet, at ActionContext) {
	if a.Resp {
		at.remark(trace.RemarkDHCPRelayAssumed)
		p.SetUint(packet.IPv4Dst, 0xffffffff)
		p.SetUint(packet.EthDst, 0xffffffffffff)
	} else {
		at.remark(trace.RemarkDHCPAssumed)
	}
	setSuccess(a.Dst, p, at)
}

// setSuccess sets the result of the action to 1.
func setSuccess(dst expr.FieldRef, p *packet.Packet, at ActionContext) {
	if !isInternal(dst) {
		assign(dst, decimal(1), at)
	}
	dst.WriteBool(p, true)
}
