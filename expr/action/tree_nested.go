package action

// NestedKind is the kind of the packet on which nested actions run: a copy of the packet, or
// a reply to it. String returns the name of the action.
type NestedKind uint8

// The kinds, by the names of their actions.
const (
	Clone      NestedKind = iota // clone
	ARP                          // arp
	NDNS                         // nd_ns
	NDNA                         // nd_na
	NDNARouter                   // nd_na_router
	ICMP4                        // icmp4
	ICMP4Error                   // icmp4_error
	ICMP6                        // icmp6
	ICMP6Error                   // icmp6_error
	TCPReset                     // tcp_reset
	SCTPAbort                    // sctp_abort
	Reject                       // reject
)

// Nested makes another packet from the packet and runs actions on it:
// "arp { eth.dst = ff:ff:ff:ff:ff:ff; output; };". The actions after Nested run on the
// original packet.
type Nested struct {
	Kind NestedKind
	List []Action // empty for "{ drop; }"
}

func (*Nested) isAction() {}

// Append implements Action.
func (a *Nested) Append(b []byte) []byte { return appendNested(b, a.Kind.String(), a.List) }

func appendNested(b []byte, name string, list []Action) []byte {
	b = append(append(b, name...), " { "...)
	b = AppendList(b, list)
	return append(b, " };"...)
}
