package sim

import (
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// address reads an IP address; one of IPv4 is mapped into IPv6, as bindings are
// kept.
func address(f expr.FieldRef, p *packet.Packet) packet.Value {
	v := f.Read(p)
	if f.Bits == 32 {
		return packet.MapIPv4(v.Lo)
	}
	return v
}

func setBit(f expr.FieldRef, p *packet.Packet, b bool) {
	v := uint64(0)
	if b {
		v = 1
	}
	f.Write(p, packet.Uint(v))
}

func (w *Walker) getMACBinding(a *action.GetMACBind, p *packet.Packet, at ActionContext) {
	at.held(a.IP)
	mac, ok := w.semantics.MACBinding(at.Datapath, a.Port.Read(p).Lo, address(a.IP, p))
	p.SetUint(packet.EthDst, mac)
	if ok {
		at.Out.Add(&trace.Remark{Kind: trace.RemarkMACBindingFound, MAC: mac})
	} else {
		at.remark(trace.RemarkMACBindingMissing)
	}
	at.Out.Add(&trace.Change{Kind: trace.ChangeAssign, Field: "eth.dst", Target: packet.EthDst, Value: trace.Value{Format: trace.FormatEthernet, Number: packet.Uint(mac)}})
}

func (w *Walker) lookupMACBinding(a *action.LookupMACBind, p *packet.Packet, at ActionContext) {
	at.held(a.IP)
	ok := w.semantics.HasMACBinding(at.Datapath, a.Port.Read(p).Lo, address(a.IP, p), a.MAC.Read(p).Lo)
	if ok {
		at.Out.Add(&trace.Remark{Kind: trace.RemarkMACLookupFound, MAC: p.Uint(packet.EthDst)})
	} else {
		at.remark(trace.RemarkMACLookupMissing)
	}
	setBit(a.Dst, p, ok)
}

func (w *Walker) lookupMACBindingIP(a *action.LookupMACBindIP, p *packet.Packet, at ActionContext) {
	at.held(a.IP)
	_, ok := w.semantics.MACBinding(at.Datapath, a.Port.Read(p).Lo, address(a.IP, p))
	if ok {
		at.remark(trace.RemarkMACLookupIPFound)
	} else {
		at.remark(trace.RemarkMACLookupMissing)
	}
	setBit(a.Dst, p, ok)
}

// checkEVPN asks what only a chassis' own tables know; the answer is no.
func (w *Walker) checkEVPN(a *action.ChkEVPNARP, p *packet.Packet, at ActionContext) {
	at.Out.Add(&trace.Remark{Kind: trace.RemarkEVPNUnknown, Text: string(packet.AppendMapped(nil, address(a.IP, p)))})
	setBit(a.Dst, p, false)
}

func (w *Walker) getFDB(a *action.GetFDB, p *packet.Packet, at ActionContext) {
	if a.Remote {
		at.remark(trace.RemarkRemoteFDB)
		return
	}
	at.held(a.Dst)
	port, _ := w.semantics.FDB(at.Datapath, a.MAC.Read(p).Lo)
	a.Dst.Write(p, packet.Uint(port))
}

func (w *Walker) lookupFDB(a *action.LookupFDB, p *packet.Packet, at ActionContext) {
	port, ok := w.semantics.FDB(at.Datapath, a.MAC.Read(p).Lo)
	ok = ok && port == a.Port.Read(p).Lo
	if ok {
		at.Out.Add(&trace.Remark{Kind: trace.RemarkFDBFound, MAC: p.Uint(packet.EthDst)})
	} else {
		at.remark(trace.RemarkFDBMissing)
	}
	setBit(a.Dst, p, ok)
}
