package action

import (
	"net/netip"
	"strconv"

	"github.com/ovnwalk/ovnwalk/expr"
)

// LBKind is a variant of the action for load balancing.  String returns its name.
type LBKind uint8

// The variants, by their names.
const (
	// CTLBLabel sets the bits of CTLB.Mark in ct_label.
	CTLBLabel LBKind = iota // ct_lb
	// CTLBMark sets them in ct_mark.
	CTLBMark // ct_lb_mark
	// CTLBMarkLocal is CTLBMark with the port of each backend, which must be on the chassis.
	CTLBMarkLocal // ct_lb_mark_local
)

// LBFlag is the flag of a load balancer for SNAT on the router behind it.  String returns
// its keyword, "" for LBNone.
type LBFlag uint8

// The flags, by their keywords.
const (
	LBNone      LBFlag = iota //
	LBSkipSNAT                // skip_snat
	LBForceSNAT               // force_snat
)

// Backend is a backend of a load balancer.
type Backend struct {
	Addr netip.Addr
	Port uint16 // 0 for none, as in a load balancer without ports
	Name string // the name of its logical port, for CTLBMarkLocal only
}

// CTLB translates the destination of a new connection to one of several backends, commits
// it and continues in a table of the same pipeline:
// "ct_lb_mark(backends=10.0.0.1:80,10.0.0.2:80);".  Without backends it translates packets
// of committed connections: "ct_lb;".
type CTLB struct {
	Kind       LBKind
	Backends   []Backend
	HasHash    bool   // whether there is the parameter hash_fields
	HashFields string // its value, names of fields separated by commas
	Flag       LBFlag
	Table      int // the one after the flow's

	// BareList says that the release prints the backends without "backends=" and with
	// a blank after each comma.
	BareList bool
}

// MarkNatted is the bit that load balancing sets in ct_mark, or in ct_label for
// CTLBLabel, of a connection that it translates.
const MarkNatted = 1 << 1

// Mark returns the bits that load balancing sets in ct_mark, or in ct_label for
// CTLBLabel, of a connection that it sends to a backend.
func (a *CTLB) Mark() uint32 {
	switch a.Flag {
	case LBSkipSNAT:
		return MarkNatted | 1<<2
	case LBForceSNAT:
		return MarkNatted | 1<<3
	default:
		return MarkNatted
	}
}

// Member is a member of a Select.
type Member struct {
	ID     uint16 // the value that is stored
	Weight uint16 // the share of the hashes that select it, relative to those of the others
}

// Select stores the ID of one of several members, which the hash of the packet selects, in
// a field and continues in a table of the same pipeline:
// "reg8[16..31] = select(1=100, 2=100);".
type Select struct {
	Dst        expr.FieldRef
	Members    []Member // two or more
	HasHash    bool     // whether it has the form with the parameters values and hash_fields
	HashFields string   // the value of hash_fields, names of fields separated by commas
	Table      int      // the one after the flow's
}

// FwdGroup outputs the packet to one of several ports:
// fwd_group(liveness="true", childports="p1", "p2");.
type FwdGroup struct {
	Liveness   bool     // only ports on chassis with which BFD has a session that is up
	ChildPorts []string // their names
	Table      int      // the one after the flow's
}

// Proto is the number of an IP protocol, 0 for none.
type Proto uint8

// The protocols.
const (
	TCP  Proto = 6
	UDP  Proto = 17
	SCTP Proto = 132
)

// String returns the protocol's name.
func (p Proto) String() string {
	switch p {
	case UDP:
		return "udp"
	case SCTP:
		return "sctp"
	default:
	}
	return "tcp"
}

// CommitECMPNH has the switch learn from which next hop the packets of a connection come,
// for replies to it: "commit_ecmp_nh(ipv6 = false, proto = tcp);".
type CommitECMPNH struct {
	IPv6  bool
	Proto Proto
}

// CommitLBAff has the switch learn the backend of a client, for a load balancer with
// session affinity:
// commit_lb_aff(vip = "10.0.0.1:80", backend = "10.0.0.2:80", proto = tcp, timeout = 30);.
type CommitLBAff struct {
	VIP, Backend         netip.Addr // of one family
	VIPPort, BackendPort uint16     // 0 for none
	Proto                Proto      // 0 where VIPPort is 0
	Timeout              uint16     // in seconds after the last packet
}

func (*CTLB) isAction()         {}
func (*Select) isAction()       {}
func (*FwdGroup) isAction()     {}
func (*CommitECMPNH) isAction() {}
func (*CommitLBAff) isAction()  {}

// Append implements Action.
func (a *CTLB) Append(b []byte) []byte {
	b = append(b, a.Kind.String()...)
	if len(a.Backends) == 0 {
		return append(b, ';')
	}
	sep := ","
	if a.BareList {
		b = append(b, '(')
		sep = ", "
	} else {
		b = append(b, "(backends="...)
	}
	for i, dst := range a.Backends {
		if i > 0 {
			b = append(b, sep...)
		}
		if a.Kind == CTLBMarkLocal {
			b = append(b, `"`+dst.Name+`":`...)
		}
		b = dst.Append(b)
	}
	if a.HasHash {
		b = append(b, `; hash_fields="`+a.HashFields+`"`...)
	}
	if a.Flag != LBNone {
		b = append(append(b, "; "...), a.Flag.String()...)
	}
	return append(b, ");"...)
}

// Append appends the address and port of the backend.
func (d Backend) Append(b []byte) []byte {
	if d.Port == 0 {
		return appendAddr(b, d.Addr)
	}
	if d.Addr.Is4() {
		b = appendAddr(b, d.Addr)
	} else {
		b = append(appendAddr(append(b, '['), d.Addr), ']')
	}
	b = append(b, ':')
	return strconv.AppendUint(b, uint64(d.Port), 10)
}

// Append implements Action.
func (a *Select) Append(b []byte) []byte {
	b = append(a.Dst.Append(b), " = select("...)
	if a.HasHash {
		b = append(b, "values=("...)
	}
	for i, m := range a.Members {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = strconv.AppendUint(b, uint64(m.ID), 10)
		b = append(b, '=')
		b = strconv.AppendUint(b, uint64(m.Weight), 10)
	}
	b = append(b, ')')
	if a.HasHash {
		b = append(b, `; hash_fields="`+a.HashFields+`")`...)
	}
	return append(b, ';')
}

// Append implements Action.
func (a *FwdGroup) Append(b []byte) []byte {
	b = append(b, "fwd_group("...)
	if a.Liveness {
		b = append(b, `liveness="true", `...)
	}
	for i, p := range a.ChildPorts {
		if i == 0 {
			b = append(b, "childports="...)
		} else {
			b = append(b, ", "...)
		}
		b = append(b, `"`+p+`"`...)
	}
	return append(b, ");"...)
}

// Append implements Action.
func (a *CommitECMPNH) Append(b []byte) []byte {
	b = append(b, "commit_ecmp_nh(ipv6 = "...)
	b = strconv.AppendBool(b, a.IPv6)
	return append(b, ", proto = "+a.Proto.String()+");"...)
}

// Append implements Action.
func (a *CommitLBAff) Append(b []byte) []byte {
	b = append(b, `commit_lb_aff(vip = "`...)
	b = appendLBKey(b, a.VIP, a.VIPPort)
	b = append(b, `", backend = "`...)
	b = appendLBKey(b, a.Backend, a.BackendPort)
	b = append(b, '"')
	if a.Proto != 0 {
		b = append(b, ", proto = "+a.Proto.String()...)
	}
	b = append(b, ", timeout = "...)
	b = strconv.AppendUint(b, uint64(a.Timeout), 10)
	return append(b, ");"...)
}

// appendLBKey appends an address, in brackets if it is IPv6, and a port unless
// it is 0.
func appendLBKey(b []byte, addr netip.Addr, port uint16) []byte {
	if addr.Is4() {
		b = appendAddr(b, addr)
	} else {
		b = appendAddr(append(b, '['), addr)
		b = append(b, ']')
	}
	if port != 0 {
		b = append(b, ':')
		b = strconv.AppendUint(b, uint64(port), 10)
	}
	return b
}
