// Package verdict tells how a walk ends for each copy of a packet, from its trace:
// the outcome, where it was decided and by which flow, why a packet was dropped, as
// a stable code, and what is uncertain or was assumed on the way.
package verdict

import (
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Disposition is how a walk ends for one copy of the packet.
type Disposition struct {
	Outcome Outcome
	Origin  Origin // what the copy is, if it is not the packet itself

	// TentativeOutcome is what becomes of the copy as far as the walk can tell, where Outcome
	// is OutcomeUncertain; otherwise it is Outcome.
	TentativeOutcome Outcome

	// Port is where the copy went, of the given type ("" for a VIF), where it was
	// delivered or is a reply; else the name is empty.
	Port, Type string

	// Packet is the copy as it left, or as it came to the table where it ended.
	Packet packet.Packet

	// Code says why, where the copy was dropped or looped; else it is "".
	Code Code

	// Action is the action that handed the copy over, where it went to the
	// controller, as the language calls it; else it is "".
	Action string

	// End is where the copy ended: the datapath and the last table that it came
	// to.  DecidedAt is where that was decided, which is often a table or more
	// before; otherwise it is End.
	End, DecidedAt trace.Place

	// Last is the node of the table that End tells, nil where the copy came to
	// none.
	Last *trace.Table

	// Uncertainties is why the disposition is uncertain; empty where it is not.
	Uncertainties []Uncertainty

	// Assumptions is what the walk took for granted on this copy's way, in order.
	Assumptions []Assumption
}

// Outcome is what became of a copy of the packet.
type Outcome uint8

// The outcomes.
const (
	OutcomeDelivered  Outcome = iota // it left the logical network at a port
	OutcomeDropped                   // it went nowhere
	OutcomeReplied                   // the network answered, and the answer left at a port
	OutcomeController                // it was handed to the controller
	OutcomeLooped                    // it came back to where it had been, until something stopped it
	OutcomeUncertain                 // a step on the way might have gone otherwise
)

var outcomeText = [...]string{
	OutcomeDelivered: "delivered", OutcomeDropped: "dropped", OutcomeReplied: "replied",
	OutcomeController: "controller", OutcomeLooped: "looped", OutcomeUncertain: "uncertain",
}

// String returns the outcome's word, with which a verdict's line begins.
func (f Outcome) String() string { return outcomeText[f] }

// Outcomes returns every outcome.
func Outcomes() []Outcome {
	return []Outcome{OutcomeDelivered, OutcomeDropped, OutcomeReplied, OutcomeController, OutcomeLooped, OutcomeUncertain}
}

// Origin is what a copy is, if it is not the packet itself.
type Origin uint8

// What copies are.  Those from OriginARPReply on answer the packet.
const (
	OriginPacket     Origin = iota // the packet itself
	OriginClone                    // a copy that goes its own way
	OriginMirror                   // a copy for a mirror's port
	OriginARPRequest               // asks for the next hop's Ethernet address
	OriginNDSolicit                // likewise, in IPv6
	OriginARPReply
	OriginNDAdvert
	OriginRouterAdvert
	OriginEchoReply
	OriginICMPError
	OriginTCPReset
	OriginSCTPAbort
	OriginDHCPReply
	OriginDHCPv6Reply
	OriginDNSReply
)

var originText = [...]string{
	OriginPacket: "", OriginClone: "clone", OriginMirror: "mirror", OriginARPRequest: "arp-request", OriginNDSolicit: "nd-solicit",
	OriginARPReply: "arp", OriginNDAdvert: "nd", OriginRouterAdvert: "ra", OriginEchoReply: "echo", OriginICMPError: "icmp",
	OriginTCPReset: "tcp-reset", OriginSCTPAbort: "sctp-abort", OriginDHCPReply: "dhcp", OriginDHCPv6Reply: "dhcpv6", OriginDNSReply: "dns",
}

// String returns the word for what a copy is, "" for the packet itself.
func (m Origin) String() string { return originText[m] }

// IsReply tells that the copy answers the packet.
func (m Origin) IsReply() bool { return m >= OriginARPReply }

// Uncertainty is why a disposition is uncertain.
type Uncertainty struct {
	Kind  UncertaintyKind
	Flow  *trace.Flow // the flow that it is about, nil for none
	Text  string
	Place trace.Place
}

// UncertaintyKind is the kind of an Uncertainty.
type UncertaintyKind uint8

// The kinds.
const (
	UncertaintyUnparsed   UncertaintyKind = iota // a flow that might have matched does not parse: Text says why
	UncertaintyUnmodelled                        // the walk does not follow an action: Text is its name
	UncertaintyLimit                             // the walk stopped at one of its limits: Text names it
)

// Assumption is something that the network does not decide and the walk took
// for granted.
type Assumption struct {
	Kind  AssumptionKind
	Value string // the state, the back end, the member: what was taken
	Place trace.Place
}

// AssumptionKind is the kind of an Assumption.
type AssumptionKind uint8

// The kinds of assumptions.
const (
	AssumedState    AssumptionKind = iota // a conntrack state that nobody chose: Value
	AssumedBackend                        // a load balancer's first back end: Value
	AssumedMember                         // the first member of a select: Value
	AssumedNoNAT                          // no earlier translation is undone
	AssumedDHCP                           // the packet is a DHCP request, and is answered
	AssumedRelay                          // a relayed DHCP message is in order
	AssumedNoDNS                          // no DNS record answers the query
	AssumedFits                           // the packet is not larger than the port's MTU
	AssumedUnknown                        // what chassis learn is taken for not learned: Value is the question
	AssumedPriority                       // another flow of the same priority matches too: Value is its UUID
)
