package trace

import "github.com/ovnwalk/ovnwalk/packet"

// Disposition is how a walk ends for one copy of the packet.
type Disposition struct {
	Fate Fate
	Made Made // what the copy is, if it is not the packet itself

	// Seems is what becomes of the copy as far as the walk can tell, where Fate
	// is Uncertain; otherwise it is Fate.
	Seems Fate

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
	// to.  Blame is where that was decided, which is often a table or more
	// before; otherwise it is End.
	End, Blame Place

	// Last is the node of the table that End tells, nil where the copy came to
	// none.
	Last *Table

	// Doubts is why the disposition is uncertain; empty where it is not.
	Doubts []Doubt

	// Assumed is what the walk took for granted on this copy's way, in order.
	Assumed []Assumption
}

// Place is a table of a datapath, and the flow that decided there.
type Place struct {
	Datapath string
	Key      int64 // the datapath's tunnel key
	Egress   bool
	Table    int
	Stage    string // "" where the database does not tell
	Flow     *Flow  // nil where nothing matched
}

// Fate is what became of a copy of the packet.
type Fate uint8

// The fates.
const (
	FateDelivered  Fate = iota // it left the logical network at a port
	FateDropped                // it went nowhere
	FateReplied                // the network answered, and the answer left at a port
	FateController             // it was handed to the controller
	FateLooped                 // it came back to where it had been, until something stopped it
	FateUncertain              // a step on the way might have gone otherwise
)

var fateText = [...]string{
	FateDelivered: "delivered", FateDropped: "dropped", FateReplied: "replied",
	FateController: "controller", FateLooped: "looped", FateUncertain: "uncertain",
}

// String returns the fate's word, with which a verdict's line begins.
func (f Fate) String() string { return fateText[f] }

// Fates returns every fate.
func Fates() []Fate {
	return []Fate{FateDelivered, FateDropped, FateReplied, FateController, FateLooped, FateUncertain}
}

// Made is what a copy is, if it is not the packet itself.
type Made uint8

// What copies are.  Those from MadeARPReply on answer the packet.
const (
	MadeNot        Made = iota // the packet itself
	MadeClone                  // a copy that goes its own way
	MadeMirror                 // a copy for a mirror's port
	MadeARPRequest             // asks for the next hop's Ethernet address
	MadeNDSolicit              // likewise, in IPv6
	MadeARPReply
	MadeNDAdvert
	MadeRouterAdvert
	MadeEchoReply
	MadeICMPError
	MadeTCPReset
	MadeSCTPAbort
	MadeDHCPReply
	MadeDHCPv6Reply
	MadeDNSReply
)

var madeText = [...]string{
	MadeNot: "", MadeClone: "clone", MadeMirror: "mirror", MadeARPRequest: "arp-request", MadeNDSolicit: "nd-solicit",
	MadeARPReply: "arp", MadeNDAdvert: "nd", MadeRouterAdvert: "ra", MadeEchoReply: "echo", MadeICMPError: "icmp",
	MadeTCPReset: "tcp-reset", MadeSCTPAbort: "sctp-abort", MadeDHCPReply: "dhcp", MadeDHCPv6Reply: "dhcpv6", MadeDNSReply: "dns",
}

// String returns the word for what a copy is, "" for the packet itself.
func (m Made) String() string { return madeText[m] }

// IsReply tells that the copy answers the packet.
func (m Made) IsReply() bool { return m >= MadeARPReply }

// Doubt is why a disposition is uncertain.
type Doubt struct {
	Why   Why
	Flow  *Flow // the flow that it is about, nil for none
	Text  string
	Place Place
}

// Why is the kind of a Doubt.
type Why uint8

// The kinds of doubt.
const (
	DoubtUnparsed   Why = iota // a flow that might have matched does not parse: Text says why
	DoubtUnmodelled            // the walk does not follow an action: Text is its name
	DoubtLimit                 // the walk stopped at one of its limits: Text names it
)

// Assumption is something that the network does not decide and the walk took
// for granted.
type Assumption struct {
	What  Assumed
	Value string // the state, the back end, the member: what was taken
	Place Place
}

// Assumed is the kind of an Assumption.
type Assumed uint8

// The kinds of assumptions.
const (
	AssumedState    Assumed = iota // a conntrack state that nobody chose: Value
	AssumedBackend                 // a load balancer's first back end: Value
	AssumedMember                  // the first member of a select: Value
	AssumedNoNAT                   // no earlier translation is undone
	AssumedDHCP                    // the packet is a DHCP request, and is answered
	AssumedRelay                   // a relayed DHCP message is in order
	AssumedNoDNS                   // no DNS record answers the query
	AssumedFits                    // the packet is not larger than the port's MTU
	AssumedUnknown                 // what chassis learn is taken for not learned: Value is the question
	AssumedPriority                // another flow of the same priority matches too: Value is its UUID
)
