package action

// NestedKind is the kind of packet that a Nested action derives.  String returns the name
// of the action.
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

// Nested runs actions on a packet that is derived from the packet, a copy of it or a
// reply to it: "arp { eth.dst = ff:ff:ff:ff:ff:ff; output; };".
type Nested struct {
	Kind NestedKind
	List []Action
}

func (*Nested) isAction() {}

// Append implements Action.
func (a *Nested) Append(b []byte) []byte { return appendNested(b, a.Kind.String(), a.List) }

func appendNested(b []byte, name string, list []Action) []byte {
	b = append(append(b, name...), " { "...)
	b = AppendList(b, list)
	return append(b, " };"...)
}
