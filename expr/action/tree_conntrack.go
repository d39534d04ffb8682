package action

import (
	"net/netip"
	"strconv"

	"github.com/ovnwalk/ovnwalk/packet"
)

// Zone is the connection tracking zone that an action of a router names.
type Zone uint8

// The zones.  ZoneUnnamed stands in actions of releases in which the action
// takes no zone; it means the DNAT zone.
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

// CTNext sends the packet through connection tracking and on to Table:
// "ct_next;", and since 25.03 "ct_next(dnat);".
type CTNext struct {
	Zone  Zone
	Table int
}

// CTCommit commits the connection and runs actions that set its mark and label:
// "ct_commit { ct_mark = 1; };", or without actions "ct_commit;".
type CTCommit struct{ Nested []Action }

// CTCommitParams commits the connection with a mark or label given as
// parameters: "ct_commit(ct_mark=1/0xff);".  A value under an all-zero mask was
// not given.
type CTCommitParams struct {
	Mark, MarkMask   uint32
	Label, LabelMask packet.Value
}

// CTCommitToZone commits the connection to a zone and goes on in Table:
// "ct_commit_to_zone(dnat);".
type CTCommitToZone struct {
	Zone  Zone
	Table int
}

// CTCommitNAT commits the connection, with address translation, and goes on in
// Table: "ct_commit_nat;", and since 24.03 "ct_commit_nat(dnat);".
type CTCommitNAT struct {
	Zone  Zone
	Table int
}

// CTNAT translates the destination or source and goes on in Table:
// "ct_dnat(10.0.0.1);".  Without an address it undoes, or does again, what was
// committed before: "ct_snat;".
type CTNAT struct {
	Dst          bool // ct_dnat, not ct_snat
	InCommonZone bool // its form ct_dnat_in_czone or ct_snat_in_czone
	Addr         netip.Addr
	HasPorts     bool   // whether there is a port range
	LoPort       uint16 // its first port
	HiPort       uint16 // its last port, 0 where LoPort is the only one
	Table        int
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
