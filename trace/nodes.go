package trace

import "github.com/ovnwalk/ovnwalk/packet"

// Pipeline is the way through the tables of one pipeline of a datapath, or,
// where Group is set, the copies of a packet to a multicast group.
type Pipeline struct {
	Container
	Egress   bool
	Datapath string
	Key      int64 // the datapath's tunnel key
	Inport   string
	Outport  string // for egress
	Jump     bool   // whether next(pipeline=egress) led here; Inport is not told then
	Group    string // the multicast group, "" for none

	// Indent sets a lone pipeline apart, as those of a multicast group's
	// members are.
	Indent bool
}

// Table is a look-up in one table.  Without Flow nothing matched, and the
// packet was dropped.
type Table struct {
	Container
	Number int
	From   int    // the table at which the packet came in; those up to Number did nothing
	Stage  string // the stage's name, "" where no flow of the table tells

	EmptyStage bool // a flow tells, and the name is empty
	Flow       *Flow
	Packet     packet.Packet // as it came in
}

// Action is an action of a flow, as it is written in canonical form, before it
// is carried out.
type Action struct {
	leaf
	Name string // what the language calls it, such as "output" or "put_arp"
	Text string
	Jump bool // an explicit next(...), which the summary leaves out
}

// Drop is what a flow without actions does.
type Drop struct{ leaf }

// Change is a change of the packet that can be seen from outside.
type Change struct {
	leaf
	How   How
	Field string // the field, or the name of the action for options
	Value string // what it became, as the trace shows it
}

// How is the manner of a Change.
type How uint8

// The manners.
const (
	Assign    How = iota // field = value
	Decrement            // field--
	Push                 // push(field) -> value
	Pop                  // pop(field) <- value; without value the stack was empty
	Options              // field(value): options put into a reply
)

// Delivered is a packet that left the logical network at a port, or went to a
// multicast group's member that leads nowhere further.
type Delivered struct {
	leaf
	Port     string
	Type     string // the port's type, "" for a VIF
	Datapath string

	// Unclaimed tells that the port is virtual, and that no port has claimed it.
	Unclaimed bool
	Packet    packet.Packet
}

// Reached is a packet at the end of an egress pipeline.
type Reached struct {
	leaf
	Port string
	Type string
}

// Replaced is the distributed port that takes the place of a chassisredirect
// port.
type Replaced struct {
	leaf
	Port        string
	Type        string
	Distributed string
}

// Omitted is output that did not take place because the packet would have gone
// out where it came in.
type Omitted struct{ leaf }

// Fork is a packet made from another, or the same one after conntrack.
type Fork struct {
	Container
	Kind Kind

	State    uint64 // the conntrack state that the walk goes on with
	Tracked  bool   // whether conntrack was asked for a state here
	Assumed  bool   // whether that state is a default, which nobody chose
	Reject   bool   // whether a reject action made the packet
	Address  string // the address that NAT puts in, "" for none
	IPv6     bool   // whether Address is one
	Field    string // what select assigns
	Value    uint64
	Random   bool   // whether nobody chose the member or back end
	Unlisted bool   // whether Address is a back end that was chosen, of a load balancer that lists none
	Variant  string // the action's own spelling, where several do the same
	Packet   packet.Packet
}

// Kind is the kind of a Fork.
type Kind uint8

// The kinds.
const (
	Clone Kind = iota
	ARP
	NDNA
	NDNS
	ICMP4
	ICMP6
	TCPReset
	SCTPAbort
	CTNext
	CTDNAT
	CTSNAT
	CTLB
	CTCommitNAT
	CTCommitToZone
	Select
	Mirror
)

// Log is an ACL's log message.
type Log struct {
	leaf
	Name     string // the ACL's
	Unnamed  bool   // whether it has none
	Egress   bool
	Verdict  string
	Severity string
	Packet   packet.Packet
}

// Remark is a comment on an action's effect, or an error of the walk.
type Remark struct {
	leaf
	What   What
	MAC    uint64 // an Ethernet address
	Text   string // a name, an address, a field
	Detail string // a second one
	Key    uint64
}

// What is what a Remark says.
type What uint8

// The remarks.
const (
	MACBindingFound   What = iota // get_arp, get_nd: MAC is what the address is bound to
	MACBindingMissing             // get_arp, get_nd
	MACLookupFound                // lookup_arp, lookup_nd
	MACLookupIPFound              // lookup_arp_ip, lookup_nd_ip
	MACLookupMissing
	FDBFound
	FDBMissing
	EVPNUnknown   // chk_evpn_arp: Text is the address
	RemoteFDB     // get_remote_fdb
	FloodRemote   // flood_remote
	NATToVIP      // ct_snat_to_vip: Text is the virtual IP address and port
	CTStateSaved  // ct_state_save: Text is the field, Key the state
	NoBackend     // a load balancer without a back end of the packet's family
	OutputToNull  // output without an output port
	UnknownOutput // output to a key that is no port's or group's
	NoDistributed // output to a chassisredirect port that leads nowhere: Text, Detail are its type and name
	TTLUnderflow
	TTLNotIP
	DHCPAssumed
	DHCPRelayAssumed
	DNSUnknown
	MirrorMissing
	NoOpenFlow      // --ovs: no OpenFlow flow has the flow's cookie
	OpenFlowTrouble // --ovs: Text is the error
	OpenFlow        // --ovs: Text is an OpenFlow flow
	Unimplemented   // an action that the release's ovn-trace does not model: Text
	NoPortToCheck   // port security of a port that is not there: Key
	ToolAborts      // an action on which the release's ovn-trace aborts: Text
	Limit           // the walk stopped at one of its bounds, which Text names
	Unmodelled      // an action of which the walk does not know the effect: Text
)

// Uncertain is a flow that might have matched at a step but does not parse.  No
// compatible view shows it.
type Uncertain struct {
	leaf
	Flow   *Flow
	Reason string
}

// Overlap is a second flow of the same priority that matched too, with other
// actions.  No compatible view shows it.
type Overlap struct {
	leaf
	Taken, Other *Flow
}

// Class returns Enter.
func (*Pipeline) Class() Class { return Enter }

// Class returns Lookup.
func (*Table) Class() Class { return Lookup }

// Class returns Do.
func (*Action) Class() Class { return Do }

// Class returns Do.
func (*Drop) Class() Class { return Do }

// Class returns Modify.
func (*Change) Class() Class { return Modify }

// Class returns Modify.
func (*Delivered) Class() Class { return Modify }

// Class returns Output.
func (*Reached) Class() Class { return Output }

// Class returns Output.
func (*Replaced) Class() Class { return Output }

// Class returns Output.
func (*Omitted) Class() Class { return Output }

// Class returns Transformation.
func (*Fork) Class() Class { return Transformation }

// Class returns Transformation.
func (*Log) Class() Class { return Transformation }

// Class returns the class of what is remarked.
func (r *Remark) Class() Class { return r.What.Class() }

// Class returns Aside.
func (*Uncertain) Class() Class { return Aside }

// Class returns Aside.
func (*Overlap) Class() Class { return Aside }

// Class returns how the views treat a remark.
func (w What) Class() Class {
	switch w {
	case MACBindingFound, MACBindingMissing, MACLookupFound, MACLookupIPFound, MACLookupMissing,
		FDBFound, FDBMissing, EVPNUnknown, NATToVIP, CTStateSaved, OpenFlow:
		return Do
	case RemoteFDB, FloodRemote:
		return Output
	case ToolAborts:
		return Aside
	default:
	}
	return Error
}

func (*Pipeline) isNode()  {}
func (*Table) isNode()     {}
func (*Action) isNode()    {}
func (*Drop) isNode()      {}
func (*Change) isNode()    {}
func (*Delivered) isNode() {}
func (*Reached) isNode()   {}
func (*Replaced) isNode()  {}
func (*Omitted) isNode()   {}
func (*Fork) isNode()      {}
func (*Log) isNode()       {}
func (*Remark) isNode()    {}
func (*Uncertain) isNode() {}
func (*Overlap) isNode()   {}
