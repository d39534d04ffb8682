package sim

import (
	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// result executes an action that stores the result of a test without arguments.
func (w *tracer) result(a *action.Result, p *packet.Packet, at ActionContext) {
	switch a.Kind {
	case action.DNSLookup:
		a.Dst.WriteBool(p, false)
		at.remark(trace.RemarkDNSUnknown)
	case action.ChkLBHairpin:
		w.hairpin(a.Dst, p, packet.CTTPDst, at)
	case action.ChkLBHairpinReply:
		if !w.model.Has(dialect.HairpinByVIP) {
			at.Out.Add(&trace.Remark{Kind: trace.RemarkUnimplemented, Text: a.Kind.String()})
			noteResult(a.Dst, p, 0, at)
			return
		}
		w.hairpin(a.Dst, p, packet.TPDst, at)
	case action.CTStateSave:
		state := uint64(0)
		if isTracked(p) {
			state = p.Uint(packet.CTState) & 0xff
		}
		a.Dst.Write(p, packet.Uint(state))
		at.Out.Add(&trace.Remark{Kind: trace.RemarkCTStateSaved, Text: a.Dst.String(), Key: state})
	case action.CTTpDst:
		if w.model.Has(dialect.CTTupleReads) {
			noteResult(a.Dst, p, p.Uint(packet.TPDst), at)
		}
	case action.CTProto:
		noteResult(a.Dst, p, p.Uint(packet.IPProto), at)
	case action.CheckInPortSec, action.CheckOutPortSec: // executed by the walker
	case action.ChkECMPNH:
		if w.choices.NextHop != nil {
			a.Dst.WriteBool(p, w.choices.NextHop(at.Datapath, p))
		}
	case action.ChkECMPNHMAC, action.ChkLBAff, action.CTNwDst, action.CTIP6Dst:
		// The database does not have what a chassis learned: the result remains as it
		// was, which is 0.
	default:
		at.Unmodelled(a.Kind.String())
	}
}

// noteResult stores a result and adds a node for it, even in a register.
func noteResult(dst expr.FieldRef, p *packet.Packet, v uint64, at ActionContext) {
	at.held(dst)
	dst.Write(p, packet.Uint(v))
	assign(dst, decimal(v), at)
}

// originalVIP returns the virtual address to which the packet was sent before load balancing.
func (w *tracer) originalVIP(p *packet.Packet) (lflow.VIP, bool) {
	return w.n.VIP(p.Get(packet.CTIPv4Dst), p.Get(packet.CTIPv6Dst))
}

// hairpin reports whether load balancing sends the packet back to its sender. In newer releases,
// the original destination port must also be that of the virtual address.
func (w *tracer) hairpin(dst expr.FieldRef, p *packet.Packet, port *packet.Field, at ActionContext) {
	back := p.Uint(packet.CTState)&packet.CTDstNAT != 0 &&
		(p.IsIPv4() && p.Get(packet.IPv4Src) == p.Get(packet.IPv4Dst) || p.IsIPv6() && p.Get(packet.IPv6Src) == p.Get(packet.IPv6Dst))
	if back && w.model.Has(dialect.HairpinByVIP) {
		vip, ok := w.originalVIP(p)
		back = ok && uint64(vip.Port) == p.Uint(port)
	}
	v := uint64(0)
	if back {
		v = 1
	}
	noteResult(dst, p, v, at)
}

// snatToVirtualIP shows the virtual address that becomes the source of a hairpinned packet.
func (w *tracer) snatToVirtualIP(p *packet.Packet, at ActionContext) {
	if !w.model.Has(dialect.HairpinByVIP) {
		at.Out.Add(&trace.Remark{Kind: trace.RemarkUnimplemented, Text: "ct_snat_to_vip"})
		return
	}
	vip, ok := w.originalVIP(p)
	if !ok || uint64(vip.Port) != p.Uint(packet.CTTPDst) {
		return
	}
	at.Out.Add(&trace.Remark{Kind: trace.RemarkNATToVIP, Text: vip.Text})
}
