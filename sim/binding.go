package sim

import (
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

func (w *Walker) getMACBinding(a *action.GetMACBind, p *packet.Packet, at ActionContext) {
	at.held(a.IP)
	mac, ok := w.semantics.MACBinding(at.Datapath, a.Port.Read(p).Lo, a.IP.ReadIP(p))
	if !ok && w.asked != nil {
		mac, ok = w.asked(at.Datapath, a.Port.Read(p).Lo, a.IP.ReadIP(p))
	}
	p.SetUint(packet.EthDst, mac)
	if ok {
		at.Out.Add(&trace.Remark{Kind: trace.RemarkMACBindingFound, MAC: mac})
	} else {
		at.remark(trace.RemarkMACBindingMissing)
	}
	if at.brief {
		return
	}
	at.Out.Add(&trace.Change{Kind: trace.ChangeAssign, Field: "eth.dst", Target: packet.EthDst, Value: trace.Value{Format: trace.FormatEthernet, Number: packet.Uint(mac)}})
}

func (w *Walker) lookupMACBinding(a *action.LookupMACBind, p *packet.Packet, at ActionContext) {
	at.held(a.IP)
	ok := w.semantics.HasMACBinding(at.Datapath, a.Port.Read(p).Lo, a.IP.ReadIP(p), a.MAC.Read(p).Lo)
	if ok {
		at.Out.Add(&trace.Remark{Kind: trace.RemarkMACLookupFound, MAC: p.Uint(packet.EthDst)})
	} else {
		at.remark(trace.RemarkMACLookupMissing)
	}
	a.Dst.WriteBool(p, ok)
}

func (w *Walker) lookupMACBindingIP(a *action.LookupMACBindIP, p *packet.Packet, at ActionContext) {
	at.held(a.IP)
	_, ok := w.semantics.MACBinding(at.Datapath, a.Port.Read(p).Lo, a.IP.ReadIP(p))
	if ok {
		at.remark(trace.RemarkMACLookupIPFound)
	} else {
		at.remark(trace.RemarkMACLookupMissing)
	}
	a.Dst.WriteBool(p, ok)
}

// checkEVPN shows the lookup of an EVPN neighbor, which only chassis know. The result is false.
func (w *Walker) checkEVPN(a *action.ChkEVPNARP, p *packet.Packet, at ActionContext) {
	at.Out.Add(&trace.Remark{Kind: trace.RemarkEVPNUnknown, Text: string(packet.AppendMapped(nil, a.IP.ReadIP(p)))})
	a.Dst.WriteBool(p, false)
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
	a.Dst.WriteBool(p, ok)
}
