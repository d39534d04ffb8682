package explain

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// PortSecurity is the requirement of port security that a dropped packet does not satisfy.
type PortSecurity struct {
	Port     string
	Receives bool     // whether the packet was sent to the port, not from it
	Allowed  []string // the addresses, as the database groups them
	Parts    []verdict.FailedPart
}

// security returns the requirement of port security (check_in_port_sec and check_out_port_sec of
// ovn-sb(5)) that a packet does not satisfy.  It returns nil if the packet satisfies all of them, as
// in databases whose flows check the addresses themselves.
func (a *Explainer) security(s *step) *PortSecurity {
	key, receives := packet.Inport, false
	if s.pipeline == lflow.Egress {
		key, receives = packet.Outport, true
	}
	port, ok := s.d.Port(s.packet.Uint(key))
	if !ok || len(port.Security) == 0 || strings.Contains(s.place.Stage, "_port_sec_") {
		return nil
	}
	out := &PortSecurity{Port: port.DisplayName(a.friendly), Receives: receives}
	for _, row := range port.Security {
		out.Allowed = append(out.Allowed, row.String())
	}
	p := &s.packet
	mac, field := p.Uint(packet.EthSrc), "eth.src"
	if receives {
		mac, field = p.Uint(packet.EthDst), "eth.dst"
	}
	i := slices.IndexFunc(port.Security, func(r lflow.Addresses) bool { return r.MAC == mac })
	if i < 0 {
		var macs []string
		for _, r := range port.Security {
			macs = append(macs, macText(r.MAC))
		}
		out.Parts = []verdict.FailedPart{{Field: field, Actual: macText(mac), Wanted: strings.Join(macs, ", ")}}
		return out
	}
	out.Parts = refused(p, port.Security[i], receives)
	if len(out.Parts) == 0 {
		return nil
	}
	return out
}

// refused returns the address of a packet, other than the Ethernet address, that an entry of port
// security does not allow.
func refused(p *packet.Packet, row lflow.Addresses, receives bool) (out []verdict.FailedPart) {
	var v4, v6 []string
	for _, ip := range row.IPv4 {
		v4 = append(v4, string(packet.AppendIPv4(nil, ip)))
	}
	for _, ip := range row.IPv6 {
		v6 = append(v6, string(packet.AppendIPv6(nil, ip)))
	}
	local := string(packet.AppendIPv6(nil, packet.LinkLocal(row.MAC)))
	ask := func(name string, f *packet.Field, wanted []string) {
		if has := f.Format(p.Get(f)); !slices.Contains(wanted, has) {
			if len(wanted) == 0 {
				wanted = []string{"none"}
			}
			out = append(out, verdict.FailedPart{Field: name, Actual: has, Wanted: strings.Join(wanted, ", ")})
		}
	}
	own := []string{macText(row.MAC)}
	any := len(v4) == 0 && len(v6) == 0
	switch {
	case p.IsARP() && !receives:
		ask("arp.sha", packet.ARPSHA, own)
		if len(v4) > 0 {
			ask("arp.spa", packet.ARPSPA, v4)
		}
	case any:
	case p.IsIPv4() && receives:
		ask("ip4.dst", packet.IPv4Dst, v4)
	case p.IsIPv4():
		ask("ip4.src", packet.IPv4Src, v4)
	case p.IsIPv6() && receives:
		ask("ip6.dst", packet.IPv6Dst, append(v6, local))
	case p.IsIPv6():
		ask("ip6.src", packet.IPv6Src, append(v6, local))
	}
	if p.IsND() && !receives {
		none := macText(0)
		if p.Has(packet.NDSLL) {
			ask("nd.sll", packet.NDSLL, append(own, none))
		}
		if p.Has(packet.NDTLL) {
			ask("nd.tll", packet.NDTLL, append(own, none))
			if len(v6) > 0 {
				ask("nd.target", packet.NDTarget, append(v6, local))
			}
		}
	}
	return out
}

func macText(mac uint64) string { return string(packet.AppendMAC(nil, mac)) }
