package trace

import "github.com/ovnwalk/ovnwalk/packet"

// Pipeline is the way through the tables of one pipeline of a datapath, or,
// where Group is set, the copies of a packet to a multicast group.
type Pipeline struct {
	Container
	Egress   bool
	Datapath *DatapathRef
	Inport   *PortRef // nil for none
	Outport  *PortRef // for egress
	Jump     bool     // whether next(pipeline=egress) led here; Inport is not known then
	Group    string   // the multicast group, "" for none
	Zone     string   // the interconnect zone that the packet entered, "" where the walk has not left its first one

	// Indent sets a lone pipeline apart, as those of a multicast group's
	// members are.
	Indent bool
}

// Key returns the datapath's tunnel key.
func (p *Pipeline) Key() int64 { return p.Datapath.key() }

// Table is a lookup in one table.  Without Flow nothing matched, and the
// packet was dropped.
type Table struct {
	Container
	Number int
	From   int    // the table at which the packet came in; those up to Number did nothing
	Stage  string // the stage's name, "" where no flow of the table has one

	EmptyStage bool // a flow has one, and it is empty
	Flow       *Flow
	Packet     packet.Packet // as it came in

	// Cause is what the flow was made for in the terms of the system behind the
	// network, such as "NetworkPolicy shop/deny-all (ingress)", "" if that is not known.
	// A walk leaves it empty.
	Cause string
}

// Action is an action of a flow, as it is written in canonical form, before it
// is executed.
type Action struct {
	leaf
	Name string // what the language calls it, such as "output" or "put_arp"
	Text Text
	Jump bool // an explicit next(...), which the summary leaves out
}

// Drop is what a flow without actions does.
type Drop struct{ leaf }

// Change is a change of the packet that can be seen from outside.
type Change struct {
	leaf
	Kind   ChangeKind
	Field  string        // the field or the part of one, or the name of the action for options
	Target *packet.Field // the field of packets, nil where they have none
	Value  Value         // what it became
}

// Value is a value with the form in which a trace shows it.
type Value struct {
	Format Format
	Number packet.Value
	Masked bool // whether Mask says which bits were set
	Mask   packet.Value
	Like   *packet.Field // of FormatField: the field that the number is shown as
	Text   string        // of FormatText, "" for no value
}

// Format is a form of a Value.
type Format uint8

// The formats.
const (
	FormatText    Format = iota // no number: options, a name, or a value that was read from JSON
	FormatDecimal               // as numbers are written in the match language
	FormatHex
	FormatIPv4
	FormatIPv6
	FormatEthernet
	FormatField // as the values of a field
)

// ChangeKind is the manner of a Change.
type ChangeKind uint8

// The manners.
const (
	ChangeAssign    ChangeKind = iota // field = value
	ChangeDecrement                   // field--
	ChangePush                        // push(field) -> value
	ChangePop                         // pop(field) <- value; without value the stack was empty
	ChangeOptions                     // field(value): options put into a reply
)

// Delivered is a packet that left the logical network at a port, or went to a
// multicast group's member that leads nowhere further.
type Delivered struct {
	leaf
	Port *PortRef

	// Unclaimed reports that the port is virtual, and that no port has claimed it.
	Unclaimed bool
	Packet    packet.Packet

	// Node is the machine of another zone that has the port, "" for none.
	Node string

	// Owner is what the port is of in the terms of the system behind the network, such
	// as "pod shop/web", "" if that is not known.  A walk leaves it empty.
	Owner string
}

// Datapath returns the port's datapath, nil where it is not known.
func (n *Delivered) Datapath() *DatapathRef {
	if n.Port == nil {
		return nil
	}
	return n.Port.Datapath
}

// Reached is a packet at the end of an egress pipeline.
type Reached struct {
	leaf
	Port *PortRef
}

// Replaced is the distributed port that takes the place of a chassisredirect
// port.
type Replaced struct {
	leaf
	Port, Distributed *PortRef
}

// Omitted is output that did not take place because the packet would have gone
// out where it came in.
type Omitted struct{ leaf }

// Fork is a packet made from another, or the same one after conntrack.
type Fork struct {
	Container
	Kind ForkKind

	State    uint64 // the conntrack state that the walk goes on with
	Tracked  bool   // whether conntrack was asked for a state here
	Assumed  bool   // whether that state is a default, which nobody chose
	Reject   bool   // whether a reject action made the packet
	Address  string // the address that NAT puts in, "" for none
	IPv6     bool   // whether Address is one
	Field    string // what select assigns
	Value    uint64
	Random   bool   // whether nobody chose the member or backend
	Unlisted bool   // whether Address is a backend that was chosen, of a load balancer that lists none
	Variant  string // the action's own spelling, where several do the same
	Packet   packet.Packet
}

// ForkKind is the kind of a Fork.
type ForkKind uint8

// The kinds.
const (
	ForkClone ForkKind = iota
	ForkARP
	ForkNDNA
	ForkNDNS
	ForkICMP4
	ForkICMP6
	ForkTCPReset
	ForkSCTPAbort
	ForkCTNext
	ForkCTDNAT
	ForkCTSNAT
	ForkCTLB
	ForkCTCommitNAT
	ForkCTCommitToZone
	ForkSelect
	ForkMirror
)

// ForkRelation is what the packet of a Fork is to the packet that the flow
// took.
type ForkRelation uint8

// The relations.
const (
	ForkSame      ForkRelation = iota // the same packet goes on: conntrack gave it back, or a member was selected
	ForkCopy                          // a clone, which goes its own way
	ForkGenerated                     // a packet that the network sends because of it: a request, an answer, an error, a mirror's copy
)

// Relation returns what a fork's packet is to the packet that the flow took.
func (k ForkKind) Relation() ForkRelation {
	switch k {
	case ForkCTNext, ForkCTDNAT, ForkCTSNAT, ForkCTLB, ForkCTCommitNAT, ForkCTCommitToZone, ForkSelect:
		return ForkSame
	case ForkClone:
		return ForkCopy
	case ForkARP, ForkNDNA, ForkNDNS, ForkICMP4, ForkICMP6, ForkTCPReset, ForkSCTPAbort, ForkMirror:
	}
	return ForkGenerated
}

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
	Kind RemarkKind
	MAC  uint64   // an Ethernet address
	Text string   // a name, an address, a field
	Port *PortRef // nil for none
	Key  uint64
}

// RemarkKind is what a Remark says.
type RemarkKind uint8

// The remarks.
const (
	RemarkMACBindingFound   RemarkKind = iota // get_arp, get_nd: MAC is what the address is bound to
	RemarkMACBindingMissing                   // get_arp, get_nd
	RemarkMACLookupFound                      // lookup_arp, lookup_nd
	RemarkMACLookupIPFound                    // lookup_arp_ip, lookup_nd_ip
	RemarkMACLookupMissing
	RemarkFDBFound
	RemarkFDBMissing
	RemarkEVPNUnknown   // chk_evpn_arp: Text is the address
	RemarkRemoteFDB     // get_remote_fdb
	RemarkFloodRemote   // flood_remote
	RemarkNATToVIP      // ct_snat_to_vip: Text is the virtual IP address and port
	RemarkCTStateSaved  // ct_state_save: Text is the field, Key the state
	RemarkNoBackend     // a load balancer without a backend of the packet's family
	RemarkOutputToNull  // output without an output port
	RemarkUnknownOutput // output to a key that is no port's or group's
	RemarkNoDistributed // output to a chassisredirect port that leads nowhere: Port
	RemarkTTLUnderflow
	RemarkTTLNotIP
	RemarkDHCPAssumed
	RemarkDHCPRelayAssumed
	RemarkDNSUnknown
	RemarkMirrorMissing
	RemarkNoOpenFlow    // --ovs: no OpenFlow flow has the flow's cookie
	RemarkOpenFlowError // --ovs: Text is the error
	RemarkOpenFlow      // --ovs: Text is an OpenFlow flow
	RemarkUnimplemented // an action that the release's ovn-trace does not model: Text
	RemarkNoPortToCheck // port security of a port that is not there: Key
	ToolAborts          // an action on which the release's ovn-trace aborts: Text
	RemarkLimit         // the walk stopped at one of its bounds, which Text names
	RemarkUnmodelled    // an action of which the walk does not know the effect: Text
	RemarkMissingZone   // a port of another zone, of which no database is given: Text is its machine
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
	Selected, Other *Flow
}

// Class returns Enter.
func (*Pipeline) Class() Class { return ClassPipeline }

// Class returns Lookup.
func (*Table) Class() Class { return ClassTable }

// Class returns Do.
func (*Action) Class() Class { return ClassAction }

// Class returns Do.
func (*Drop) Class() Class { return ClassAction }

// Class returns Modify.
func (*Change) Class() Class { return ClassModify }

// Class returns Modify.
func (*Delivered) Class() Class { return ClassModify }

// Class returns Output.
func (*Reached) Class() Class { return ClassOutput }

// Class returns Output.
func (*Replaced) Class() Class { return ClassOutput }

// Class returns Output.
func (*Omitted) Class() Class { return ClassOutput }

// Class returns Transformation.
func (*Fork) Class() Class { return ClassTransformation }

// Class returns Transformation.
func (*Log) Class() Class { return ClassTransformation }

// Class returns the class of what is remarked.
func (r *Remark) Class() Class { return r.Kind.Class() }

// Class returns Aside.
func (*Uncertain) Class() Class { return ClassAnnotation }

// Class returns Aside.
func (*Overlap) Class() Class { return ClassAnnotation }

// Class returns how the views treat a remark.
func (w RemarkKind) Class() Class {
	switch w {
	case RemarkMACBindingFound, RemarkMACBindingMissing, RemarkMACLookupFound, RemarkMACLookupIPFound, RemarkMACLookupMissing,
		RemarkFDBFound, RemarkFDBMissing, RemarkEVPNUnknown, RemarkNATToVIP, RemarkCTStateSaved, RemarkOpenFlow:
		return ClassAction
	case RemarkRemoteFDB, RemarkFloodRemote:
		return ClassOutput
	case ToolAborts:
		return ClassAnnotation
	default:
	}
	return ClassError
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
