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

func (w *Walker) getMACBinding(a *action.GetMACBind, p *packet.Packet, at Location) {
	mac, ok := w.policy.MACBinding(at.Datapath, a.Port.Read(p).Lo, address(a.IP, p))
	p.SetUint(packet.EthDst, mac)
	if ok {
		at.Out.Add(&trace.Remark{What: trace.MACBindingFound, MAC: mac})
	} else {
		at.remark(trace.MACBindingMissing)
	}
	at.Out.Add(&trace.Change{How: trace.Assign, Field: "eth.dst", Value: packet.EthDst.Format(packet.Uint(mac))})
}

func (w *Walker) lookupMACBinding(a *action.LookupMACBind, p *packet.Packet, at Location) {
	ok := w.policy.HasMACBinding(at.Datapath, a.Port.Read(p).Lo, address(a.IP, p), a.MAC.Read(p).Lo)
	if ok {
		at.Out.Add(&trace.Remark{What: trace.MACLookupFound, MAC: p.Uint(packet.EthDst)})
	} else {
		at.remark(trace.MACLookupMissing)
	}
	setBit(a.Dst, p, ok)
}

func (w *Walker) lookupMACBindingIP(a *action.LookupMACBindIP, p *packet.Packet, at Location) {
	_, ok := w.policy.MACBinding(at.Datapath, a.Port.Read(p).Lo, address(a.IP, p))
	if ok {
		at.remark(trace.MACLookupIPFound)
	} else {
		at.remark(trace.MACLookupMissing)
	}
	setBit(a.Dst, p, ok)
}

// checkEVPN asks what only a chassis' own tables know; the answer is no.
func (w *Walker) checkEVPN(a *action.ChkEVPNARP, p *packet.Packet, at Location) {
	at.Out.Add(&trace.Remark{What: trace.EVPNUnknown, Text: string(packet.AppendMapped(nil, address(a.IP, p)))})
	setBit(a.Dst, p, false)
}

func (w *Walker) getFDB(a *action.GetFDB, p *packet.Packet, at Location) {
	if a.Remote {
		at.remark(trace.RemoteFDB)
		return
	}
	port, _ := w.policy.FDB(at.Datapath, a.MAC.Read(p).Lo)
	a.Dst.Write(p, packet.Uint(port))
}

func (w *Walker) lookupFDB(a *action.LookupFDB, p *packet.Packet, at Location) {
	port, ok := w.policy.FDB(at.Datapath, a.MAC.Read(p).Lo)
	ok = ok && port == a.Port.Read(p).Lo
	if ok {
		at.Out.Add(&trace.Remark{What: trace.FDBFound, MAC: p.Uint(packet.EthDst)})
	} else {
		at.remark(trace.FDBMissing)
	}
	setBit(a.Dst, p, ok)
}
