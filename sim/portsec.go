package sim

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// PortSecurity is implemented by a Semantics that checks port security otherwise than
// ovn-trace(8).
type PortSecurity interface {
	// Refuses reports whether a port must not send a packet or, if sends is false,
	// receive it.
	Refuses(port *lflow.Port, p *packet.Packet, sends bool) bool
}

// portSecurity stores whether a port's security refuses the packet: 1 where it
// does.
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

// refuses reports whether ovn-trace(8) lets a port not send, or not receive, a packet.  Of
// the port's addresses only the first with the packet's Ethernet address counts.  The rules
// are those of ovn-sb(5), check_in_port_sec and check_out_port_sec.
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

// anyAddress says that only the Ethernet address is restricted.
func anyAddress(a lflow.Addresses) bool { return len(a.IPv4) == 0 && len(a.IPv6) == 0 }

// hasIPv6 reports whether an address is one of a's, or the link-local one made
// from its Ethernet address.
func hasIPv6(a lflow.Addresses, v packet.Value) bool {
	return slices.Contains(a.IPv6, v) || v == packet.LinkLocal(a.MAC)
}

// isDHCPDiscover reports whether the packet is a request that a client without an address sends.
func isDHCPDiscover(p *packet.Packet) bool {
	return p.Uint(packet.IPProto) == packet.ProtoUDP && p.Uint(packet.TPSrc) == 68 && p.Uint(packet.TPDst) == 67 &&
		p.Uint(packet.IPv4Src) == 0 && p.Uint(packet.IPv4Dst) == 0xffffffff
}

// ndAllowed reports whether what neighbor discovery says of its sender is
// the port's own.
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
