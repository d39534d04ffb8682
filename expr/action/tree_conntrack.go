package action

import (
	"net/netip"
	"strconv"

	"github.com/ovnwalk/ovnwalk/packet"
)

// Zone is a conntrack zone of a router in an action. Actions on switches use the zone of the
// port.
type Zone uint8

// The zones. ZoneUnnamed means that the action names no zone, as in some releases; it
// stands for the DNAT zone.
const (
	ZoneUnnamed Zone = iota
	ZoneDNAT
	ZoneSNAT
)

// appendZone appends the zone in parentheses, if the action names one.
func appendZone(b []byte, z Zone) []byte {
	switch z {
	case ZoneDNAT:
		return append(b, "(dnat);"...)
	case ZoneSNAT:
		return append(b, "(snat);"...)
	default:
	}
	return append(b, ';')
}

// CTNext looks the packet up in conntrack and continues with its ct_state, ct_mark and
// ct_label in a table of the same pipeline: "ct_next;", and since 25.03 "ct_next(dnat);".
type CTNext struct {
	Zone  Zone
	Table int // the one after the flow's
}

// CTCommit commits the connection of the packet, with the mark and label that the nested
// actions set: "ct_commit { ct_mark = 1; };", and without nested actions "ct_commit;".
type CTCommit struct{ Nested []Action }

// CTCommitParams is CTCommit with the mark and label as parameters:
// "ct_commit(ct_mark=1/0xff);". A mask of 0 means that the parameter is absent.
type CTCommitParams struct {
	Mark, MarkMask   uint32
	Label, LabelMask packet.Value
}

// CTCommitToZone commits the connection in a zone of the router, and continues in a table
// of the same pipeline: "ct_commit_to_zone(dnat);".
type CTCommitToZone struct {
	Zone  Zone
	Table int // the one after the flow's
}

// CTCommitNAT translates and commits the connection, and continues in a table of the same
// pipeline: "ct_commit_nat;", and since 24.03 "ct_commit_nat(dnat);". A connection related
// to a committed one gets the translation of that one.
type CTCommitNAT struct {
	Zone  Zone
	Table int // the one after the flow's
}

// CTNAT translates the destination or source address of the packet, commits the
// connection and continues in a table of the same pipeline: "ct_dnat(10.0.0.1);",
// "ct_snat(10.0.0.2,1024-2047);".  Without an address it translates packets of committed
// connections: "ct_snat;".
type CTNAT struct {
	Dst          bool       // ct_dnat, not ct_snat
	InCommonZone bool       // ct_dnat_in_czone or ct_snat_in_czone
	Addr         netip.Addr // invalid if there is none
	HasPorts     bool       // whether there is a range of ports
	LoPort       uint16     // its first port
	HiPort       uint16     // its last port, 0 if LoPort is the only one
	Table        int        // the one after the flow's
}

func (*CTNext) isAction()         {}
func (*CTCommit) isAction()       {}
func (*CTCommitParams) isAction() {}
func (*CTCommitToZone) isAction() {}
func (*CTCommitNAT) isAction()    {}
func (*CTNAT) isAction()          {}

// Append implements Action.
func (a *CTNext) Append(b []byte) []byte { return appendZone(append(b, "ct_next"...), a.Zone) }

// Append implements Action.
func (a *CTCommit) Append(b []byte) []byte {
	if len(a.Nested) == 0 {
		return append(b, "ct_commit;"...)
	}
	return appendNested(b, "ct_commit", a.Nested)
}

// Append implements Action.
func (a *CTCommitParams) Append(b []byte) []byte {
	b = append(b, "ct_commit"...)
	sep := byte('(')
	if a.MarkMask != 0 {
		b = append(b, "(ct_mark="...)
		b = packet.AppendHex(b, packet.Uint(uint64(a.Mark)))
		if a.MarkMask != ^uint32(0) {
			b = append(b, '/')
			b = packet.AppendHex(b, packet.Uint(uint64(a.MarkMask)))
		}
		sep = ','
	}
	if !a.LabelMask.IsZero() {
		b = append(b, sep)
		if sep == ',' {
			b = append(b, ' ')
		}
		b = append(b, "ct_label="...)
		b = packet.AppendHex(b, a.Label)
		if a.LabelMask != packet.Ones(128) {
			b = append(b, '/')
			b = packet.AppendHex(b, a.LabelMask)
		}
		sep = ','
	}
	if sep == ',' {
		b = append(b, ')')
	}
	return append(b, ';')
}

// Append implements Action.
func (a *CTCommitToZone) Append(b []byte) []byte {
	return appendZone(append(b, "ct_commit_to_zone"...), a.Zone)
}

// Append implements Action.
func (a *CTCommitNAT) Append(b []byte) []byte {
	return appendZone(append(b, "ct_commit_nat"...), a.Zone)
}

// Name returns the name of the action.
func (a *CTNAT) Name() string {
	switch {
	case a.Dst && a.InCommonZone:
		return "ct_dnat_in_czone"
	case a.Dst:
		return "ct_dnat"
	case a.InCommonZone:
		return "ct_snat_in_czone"
	}
	return "ct_snat"
}

// Append implements Action.
func (a *CTNAT) Append(b []byte) []byte {
	b = append(b, a.Name()...)
	if a.Addr.IsValid() {
		b = append(b, '(')
		b = appendAddr(b, a.Addr)
		if a.HasPorts {
			b = append(b, ',')
			b = strconv.AppendUint(b, uint64(a.LoPort), 10)
			if a.HiPort != 0 {
				b = append(b, '-')
				b = strconv.AppendUint(b, uint64(a.HiPort), 10)
			}
		}
		b = append(b, ')')
	}
	return append(b, ';')
}

// appendAddr appends an IP address as inet_ntop(3) writes it.
func appendAddr(b []byte, a netip.Addr) []byte {
	if a.Is4() {
		return packet.AppendIPv4(b, packet.FromAddr(a).Lo)
	}
	return packet.AppendIPv6(b, packet.FromAddr(a))
}
