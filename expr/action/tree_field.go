package action

import (
	"strconv"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Load sets a field, or bits of it, to a constant: "reg0 = 5;". If the constant is masked,
// it sets only the bits in the mask.
type Load struct {
	Dst   expr.FieldRef
	Value expr.Constant
}

// OVNFieldLoad sets a field that ovn-controller writes into the packet and that flows
// cannot match, such as icmp4.frag_mtu: "icmp4.frag_mtu = 1442;".
type OVNFieldLoad struct {
	Dst   expr.FieldRef
	Value expr.Constant
}

// Move copies one field to another of the same width: "reg0 = reg1;".
type Move struct{ Dst, Src expr.FieldRef }

// Exchange swaps the values of two fields of the same width: "reg0 <-> reg1;".
type Exchange struct{ Left, Right expr.FieldRef }

// Push pushes the value of a field on the packet's stack: "push(reg0);".
type Push struct{ Field expr.FieldRef }

// Pop removes the top of the packet's stack and stores it in a field: "pop(reg0);".
type Pop struct{ Field expr.FieldRef }

// CheckPktLarger stores in a bit whether the packet is longer than a limit:
// "reg0[0] = check_pkt_larger(1500);".
type CheckPktLarger struct {
	Dst expr.FieldRef
	Len uint16 // in bytes, with the Ethernet header
}

// Result stores the result of an action without parameters in a field of Kind.Bits bits:
// "reg0[0] = dns_lookup();".
type Result struct {
	Kind ResultKind
	Dst  expr.FieldRef
}

// ResultKind is the action of a Result.  String returns its name.
type ResultKind uint8

// The actions with results, by their names.
const (
	DNSLookup         ResultKind = iota // dns_lookup
	ChkLBHairpin                        // chk_lb_hairpin
	ChkLBHairpinReply                   // chk_lb_hairpin_reply
	CheckInPortSec                      // check_in_port_sec
	CheckOutPortSec                     // check_out_port_sec
	ChkECMPNHMAC                        // chk_ecmp_nh_mac
	ChkECMPNH                           // chk_ecmp_nh
	ChkLBAff                            // chk_lb_aff
	CTNwDst                             // ct_nw_dst
	CTIP6Dst                            // ct_ip6_dst
	CTTpDst                             // ct_tp_dst
	CTProto                             // ct_proto
	CTStateSave                         // ct_state_save
)

// Bits returns the width of the result: 1 for a test, else that of an address, port,
// protocol or conntrack state.
func (k ResultKind) Bits() int {
	switch k {
	case CTNwDst:
		return 32
	case CTIP6Dst:
		return 128
	case CTTpDst:
		return 16
	case CTProto, CTStateSave:
		return 8
	default:
	}
	return 1
}

func (*Load) isAction()           {}
func (*OVNFieldLoad) isAction()   {}
func (*Move) isAction()           {}
func (*Exchange) isAction()       {}
func (*Push) isAction()           {}
func (*Pop) isAction()            {}
func (*CheckPktLarger) isAction() {}
func (*Result) isAction()         {}

// Append implements Action.
func (a *Load) Append(b []byte) []byte {
	b = append(a.Dst.Append(b), " = "...)
	b = a.Value.Append(b, a.Dst.Symbol.Width == 0)
	return append(b, ';')
}

// Append implements Action. It prints only the low 16 bits of a path MTU, as upstream does.
func (a *OVNFieldLoad) Append(b []byte) []byte {
	b = append(b, a.Dst.Symbol.Name+" = "...)
	if a.Dst.Symbol.Name == "icmp4.inner_ip4.src" {
		b = packet.AppendIPv4(b, a.Value.Number.Value.Lo)
	} else {
		b = strconv.AppendUint(b, a.Value.Number.Value.Lo&0xffff, 10)
	}
	return append(b, ';')
}

// Append implements Action.
func (a *Move) Append(b []byte) []byte {
	b = append(a.Dst.Append(b), " = "...)
	return append(a.Src.Append(b), ';')
}

// Append implements Action.
func (a *Exchange) Append(b []byte) []byte {
	b = append(a.Left.Append(b), " <-> "...)
	return append(a.Right.Append(b), ';')
}

// Append implements Action.
func (a *Push) Append(b []byte) []byte { return appendCall(b, "push", a.Field) }

// Append implements Action.
func (a *Pop) Append(b []byte) []byte { return appendCall(b, "pop", a.Field) }

// Append implements Action.
func (a *CheckPktLarger) Append(b []byte) []byte {
	b = append(a.Dst.Append(b), " = check_pkt_larger("...)
	b = strconv.AppendUint(b, uint64(a.Len), 10)
	return append(b, ");"...)
}

// Append implements Action.
func (a *Result) Append(b []byte) []byte {
	return append(a.Dst.Append(b), " = "+a.Kind.String()+"();"...)
}

// appendCall appends a call whose arguments are fields.
func appendCall(b []byte, name string, args ...expr.FieldRef) []byte {
	b = append(append(b, name...), '(')
	for i, f := range args {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = f.Append(b)
	}
	return append(b, ");"...)
}
