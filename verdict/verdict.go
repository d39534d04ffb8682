// Package verdict derives the verdict of each copy of a packet from a trace: the
// outcome, the place and the flow that decided it, a stable code for the reason
// of a drop, and the uncertainties and assumptions of the walk.
package verdict

import (
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Disposition is the verdict of a walk on one copy of the packet.
type Disposition struct {
	Outcome Outcome
	Origin  Origin // the kind of copy

	// TentativeOutcome is the most likely outcome if Outcome is OutcomeUncertain; otherwise
	// it equals Outcome.
	TentativeOutcome Outcome

	// Port is the output port, nil unless the copy was delivered or is a reply.
	Port *trace.PortRef

	// Node is the node of another zone that has the port, if the walk ends there; otherwise
	// it is "".
	Node string

	// Owner is the object that has the port, such as "pod shop/web", or "" if unknown.
	Owner string

	// Packet is the copy at output, or on entry to the table where it ended.
	Packet packet.Packet

	// Code is the reason for a drop or loop; otherwise it is "".
	Code Code

	// Action is the name of the action that sent the copy to the controller;
	// otherwise it is "".
	Action string

	// End is the datapath and table where the copy ended.  DecidedAt is the place
	// where this was decided: an earlier table, or End.
	End, DecidedAt trace.Place

	// AllowedBy are the ACL flows that a delivered copy matched, in order. It is empty if no
	// ACL allowed the copy.
	AllowedBy []trace.Place

	// Last is the node of the table of End, nil if the copy reached no table.
	Last *trace.Table

	// Uncertainties are the reasons why Outcome is OutcomeUncertain.
	Uncertainties []Uncertainty

	// Assumptions are the assumptions of the walk on the path of the copy, in order.
	Assumptions []Assumption
}

// Outcome is the outcome of a copy of the packet.  String returns its word, such
// as "dropped".
type Outcome uint8

//go:generate go run golang.org/x/tools/cmd/stringer@v0.52.0 -linecomment -type Outcome,Origin

// The outcomes.
const (
	// OutcomeDelivered: output to a port.
	OutcomeDelivered Outcome = iota // delivered
	OutcomeDropped                  // dropped
	// OutcomeReplied: the copy is a reply of the network, output to a port.
	OutcomeReplied // replied
	// OutcomeController: sent to the controller.
	OutcomeController // controller
	// OutcomeLooped: in a forwarding loop.
	OutcomeLooped // looped
	// OutcomeUncertain: the walk cannot determine the outcome.
	OutcomeUncertain // uncertain
)

// Outcomes returns every outcome.
func Outcomes() []Outcome {
	return []Outcome{OutcomeDelivered, OutcomeDropped, OutcomeReplied, OutcomeController, OutcomeLooped, OutcomeUncertain}
}

// Origin is the kind of a copy.  String returns its word, "" for the packet itself.
type Origin uint8

// The kinds of copies.  OriginARPReply and those after it are replies.
const (
	// OriginPacket is the packet itself; its word is "".
	OriginPacket Origin = iota //
	OriginClone                // clone
	// OriginMirror is a copy for a mirror port.
	OriginMirror // mirror
	// OriginARPRequest is an ARP request for the next hop.
	OriginARPRequest // arp-request
	// OriginNDSolicit is a neighbor solicitation for the next hop.
	OriginNDSolicit    // nd-solicit
	OriginARPReply     // arp
	OriginNDAdvert     // nd
	OriginRouterAdvert // ra
	OriginEchoReply    // echo
	OriginICMPError    // icmp
	OriginTCPReset     // tcp-reset
	OriginSCTPAbort    // sctp-abort
	OriginDHCPReply    // dhcp
	OriginDHCPv6Reply  // dhcpv6
	OriginDNSReply     // dns
)

// IsReply reports whether the copy is a reply to the packet.
func (m Origin) IsReply() bool { return m >= OriginARPReply }

// Uncertainty is a reason why the outcome of a copy is uncertain.
type Uncertainty struct {
	Kind  UncertaintyKind
	Flow  *trace.Flow // the flow, nil for none
	Text  string
	Place trace.Place
}

// UncertaintyKind is the kind of an Uncertainty.
type UncertaintyKind uint8

// The kinds.
const (
	UncertaintyUnparsed   UncertaintyKind = iota // a flow that might have matched does not parse; Text is the error
	UncertaintyUnmodelled                        // an action is not modelled; Text is its name
	UncertaintyLimit                             // the walk reached a limit; Text names it
	UncertaintyZone                              // the copy enters a zone whose database is not given; Text is the node
)

// Assumption is a choice that the database does not determine and that the walk
// made by default.
type Assumption struct {
	Kind  AssumptionKind
	Value string // the assumed state, backend or member
	Place trace.Place
}

// AssumptionKind is the kind of an Assumption.
type AssumptionKind uint8

// The kinds of assumptions.
const (
	AssumedState    AssumptionKind = iota // the default conntrack state: Value
	AssumedBackend                        // a load balancer's first backend: Value
	AssumedMember                         // the first member of a select: Value
	AssumedNoNAT                          // no earlier translation to undo
	AssumedDHCP                           // the packet is a DHCP request, and is answered
	AssumedRelay                          // a relayed DHCP message is valid
	AssumedNoDNS                          // no DNS record answers the query
	AssumedFits                           // the packet is not larger than the port's MTU
	AssumedUnknown                        // an entry that chassis learn is absent: Value is the kind of entry
	AssumedPriority                       // another flow of the same priority matches too: Value is its UUID
)
