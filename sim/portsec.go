package sim

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// PortSecurity is implemented by a Semantics whose port security differs from that of
// ovn-trace(8).
type PortSecurity interface {
	// Refuses reports whether a port must not send a packet or, if sends is false,
	// receive it.
	Refuses(port *lflow.Port, p *packet.Packet, sends bool) bool
}

// portSecurity stores 1 if a port's security refuses the packet, else 0.
func (w *Walker) portSecurity(dst expr.FieldRef, p *packet.Packet, key *packet.Field, at ActionContext) {
	port, ok := at.Datapath.Port(p.Uint(key))
	if !ok {
		if key == packet.Inport && p.Uint(key) == 0 {
			w.refusal = &RefusalError{Msg: ErrNoInport.Error(), Err: ErrNoInport}
			return
		}
		at.Out.Add(&trace.Remark{Kind: trace.RemarkNoPortToCheck, Key: p.Uint(key)})
		dst.WriteBool(p, false)
		return
	}
	check := refuses
	if s, ok := w.semantics.(PortSecurity); ok {
		check = s.Refuses
	}
	dst.WriteBool(p, check(port, p, key == packet.Inport))
}

// refuses reports whether a port must not send or receive a packet in ovn-trace(8). Of the port's
// addresses, only the first with the packet's Ethernet address is used. The rules are those of
// ovn-sb(5), check_in_port_sec and check_out_port_sec.
func refuses(port *lflow.Port, p *packet.Packet, sends bool) bool {
	mac, allowed := packet.EthDst, allowedTo
	if sends {
		mac, allowed = packet.EthSrc, allowedFrom
	}
	own := p.Uint(mac)
	for _, a := range port.Security {
		if a.MAC == own {
			return !allowed(p, a)
		}
	}
	return len(port.Security) > 0
}

func allowedFrom(p *packet.Packet, a lflow.Addresses) bool {
	switch p.Uint(packet.EthType) {
	case packet.EthTypeIPv4:
		return anyAddress(a) || slices.Contains(a.IPv4, p.Uint(packet.IPv4Src)) || isDHCPDiscover(p)
	case packet.EthTypeARP:
		return p.Uint(packet.ARPSHA) == a.MAC && (len(a.IPv4) == 0 || slices.Contains(a.IPv4, p.Uint(packet.ARPSPA)))
	case packet.EthTypeIPv6:
		return anyAddress(a) || hasIPv6(a, p.Get(packet.IPv6Src)) && ndAllowed(p, a)
	}
	return true
}

func allowedTo(p *packet.Packet, a lflow.Addresses) bool {
	switch {
	case !p.IsIP() || anyAddress(a):
		return true
	case p.IsIPv4():
		dst := p.Uint(packet.IPv4Dst)
		return len(a.IPv4) > 0 && (slices.Contains(a.IPv4, dst) || dst == 0xffffffff || dst>>28 == 0xe)
	}
	dst := p.Get(packet.IPv6Dst)
	return len(a.IPv6) > 0 && (hasIPv6(a, dst) || dst.Hi>>56 == 0xff)
}

// anyAddress reports whether an entry restricts only the Ethernet address.
func anyAddress(a lflow.Addresses) bool { return len(a.IPv4) == 0 && len(a.IPv6) == 0 }

// hasIPv6 reports whether an address is one of a's, or the link-local address made from its
// Ethernet address.
func hasIPv6(a lflow.Addresses, v packet.Value) bool {
	return slices.Contains(a.IPv6, v) || v == packet.LinkLocal(a.MAC)
}

// isDHCPDiscover reports whether the packet is a DHCP request of a client without an address.
func isDHCPDiscover(p *packet.Packet) bool {
	return p.Uint(packet.IPProto) == packet.ProtoUDP && p.Uint(packet.TPSrc) == 68 && p.Uint(packet.TPDst) == 67 &&
		p.Uint(packet.IPv4Src) == 0 && p.Uint(packet.IPv4Dst) == 0xffffffff
}

// ndAllowed reports whether the sender's addresses in neighbor discovery are those of the port.
func ndAllowed(p *packet.Packet, a lflow.Addresses) bool {
	if p.Uint(packet.IPProto) != packet.ProtoICMPv6 {
		return true
	}
	own := func(mac uint64) bool { return mac == 0 || mac == a.MAC }
	switch p.Uint(packet.TPSrc) {
	case packet.NDSolicit:
		return own(p.Uint(packet.NDSLL))
	case packet.NDAdvertise:
		return own(p.Uint(packet.NDTLL)) && (len(a.IPv6) == 0 || hasIPv6(a, p.Get(packet.NDTarget)))
	}
	return true
}
