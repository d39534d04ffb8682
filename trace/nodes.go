package trace

import "github.com/ovnwalk/ovnwalk/packet"

// Pipeline is the path through the tables of one pipeline of a datapath or, if Group is
// set, the copies of a packet to a multicast group.
type Pipeline struct {
	Container
	Egress   bool
	Datapath *DatapathRef
	Inport   *PortRef // or nil
	Outport  *PortRef // for egress
	Jump     bool     // whether it was entered by next(pipeline=egress); Inport is then unknown
	Group    string   // the multicast group, or ""
	Zone     string   // the interconnect zone that the packet entered, or "" for the first one

	// Indent means that a single pipeline is indented like those of the members of a
	// multicast group.
	Indent bool
}

// Key returns the datapath's tunnel key.
func (p *Pipeline) Key() int64 { return p.Datapath.key() }

// Table is a lookup in one table. If Flow is nil, no flow matched and the packet was dropped.
type Table struct {
	Container
	Number int
	From   int    // the table at which the packet entered; the tables up to Number had no effect
	Stage  string // the stage's name, or "" if no flow of the table has one

	EmptyStage bool // a flow has a stage name that is empty
	Flow       *Flow
	Packet     packet.Packet // the packet on entry

	// Cause is the orchestrator's object for which the flow was generated, such as
	// "NetworkPolicy shop/deny-all (ingress)", or "" if unknown. A walk does not set it.
	Cause string
}

// Action is an action of a flow in canonical form, before it is executed.
type Action struct {
	leaf
	Name string // its name in the language, such as "output" or "put_arp"
	Text Text
	Jump bool // an explicit next(...), which the summary omits
}

// Drop is the drop by a flow without actions.
type Drop struct{ leaf }

// Change is a modification of the packet that the minimal view shows.
type Change struct {
	leaf
	Kind   ChangeKind
	Field  string        // the field or the part of one, or the name of the action for options
	Target *packet.Field // the field of the packet, nil if it has none
	Value  Value         // the new value
}

// Value is a value with the form in which a trace shows it.
type Value struct {
	Format Format
	Number packet.Value
	Masked bool // whether only the bits in Mask were set
	Mask   packet.Value
	Like   *packet.Field // for FormatField: the field whose format is used
	Text   string        // for FormatText, "" for no value
}

// Format is a form of a Value.
type Format uint8

// The formats.
const (
	FormatText    Format = iota // not a number: options, a name, or a value that was read from JSON
	FormatDecimal               // as in the match language
	FormatHex
	FormatIPv4
	FormatIPv6
	FormatEthernet
	FormatField // as for values of the field Like
)

// ChangeKind is the kind of a Change.
type ChangeKind uint8

// The kinds.
const (
	ChangeAssign    ChangeKind = iota // field = value
	ChangeDecrement                   // field--
	ChangePush                        // push(field) -> value
	ChangePop                         // pop(field) <- value; without value if the stack was empty
	ChangeOptions                     // field(value): options put into a reply
)

// Delivered is a packet that left the logical network at a port, also as a member of a
// multicast group.
type Delivered struct {
	leaf
	Port *PortRef

	// Unclaimed means that the port is a virtual port without a virtual parent.
	Unclaimed bool
	Packet    packet.Packet

	// Node is the node of another zone that has the port, or "".
	Node string

	// Owner is the orchestrator's object that has the port, such as "pod shop/web", or ""
	// if unknown. A walk does not set it.
	Owner string
}

// Datapath returns the port's datapath, or nil if unknown.
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

// Replaced is the replacement of a chassisredirect port by its distributed port.
type Replaced struct {
	leaf
	Port, Distributed *PortRef
}

// Omitted is an output that was omitted because the output port is the input port.
type Omitted struct{ leaf }

// Fork is a packet derived from another, or the same packet after conntrack.
type Fork struct {
	Container
	Kind ForkKind

	State    uint64 // the conntrack state with which the walk continues
	Tracked  bool   // whether there was a conntrack lookup
	Assumed  bool   // whether the state is the default and not given by the caller
	Reject   bool   // whether a reject action made the packet
	Address  string // the new address of NAT, or ""
	IPv6     bool   // whether Address is an IPv6 address
	Field    string // the field that select assigns
	Value    uint64
	Random   bool   // whether the member or backend was not given by the caller
	Unlisted bool   // whether Address is a given backend that the load balancer does not list
	Variant  string // the name of the action, if several actions have the same effect
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

// ForkRelation is the relation of the packet of a Fork to the packet that the flow
// matched.
type ForkRelation uint8

// The relations.
const (
	ForkSame      ForkRelation = iota // the same packet continues, after conntrack or with a selected member
	ForkCopy                          // a clone
	ForkGenerated                     // another packet that the network sends: a request, a reply, an error, the copy of a mirror
)

// Relation returns the relation of a fork's packet to the packet that the flow matched.
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

// DecidesVerdict reports whether the outcome of the fork's packet is part of the verdict of the
// packet that the flow matched. It is not for requests for the next hop, errors, resets and
// copies of mirrors, which can affect the verdict only by what they commit to conntrack.
func (k ForkKind) DecidesVerdict() bool { return k.Relation() != ForkGenerated || k == ForkNDNA }

// Log is an ACL's log message.
type Log struct {
	leaf
	Name     string // the ACL's
	Unnamed  bool   // whether the ACL has no name
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

// RemarkKind is the kind of a Remark.
type RemarkKind uint8

// The remarks.
const (
	RemarkMACBindingFound   RemarkKind = iota // get_arp, get_nd: MAC is the Ethernet address
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
	RemarkUnknownOutput // output to a key without a port or group
	RemarkNoDistributed // output to a chassisredirect port without a distributed port: Port
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
	RemarkNoPortToCheck // port security of a port that does not exist: Key
	ToolAborts          // an action on which the release's ovn-trace aborts: Text
	RemarkLimit         // the walk reached a limit, which Text names
	RemarkUnmodelled    // an action whose effect is not modelled: Text
	RemarkMissingZone   // a port of a zone whose database is not given: Text is its node
	RemarkLost          // chassis do not bring the packet to its output port: Text is the code of the drop
)

// Uncertain is a flow that might have matched but does not parse. ovn-trace's views do not show
// it.
type Uncertain struct {
	leaf
	Flow   *Flow
	Reason string
}

// Overlap is a second matching flow of the same priority with another effect. ovn-trace's views
// do not show it.
type Overlap struct {
	leaf
	Selected, Other *Flow
}

// Class returns ClassPipeline.
func (*Pipeline) Class() Class { return ClassPipeline }

// Class returns ClassTable.
func (*Table) Class() Class { return ClassTable }

// Class returns ClassAction.
func (*Action) Class() Class { return ClassAction }

// Class returns ClassAction.
func (*Drop) Class() Class { return ClassAction }

// Class returns ClassModify.
func (*Change) Class() Class { return ClassModify }

// Class returns ClassModify.
func (*Delivered) Class() Class { return ClassModify }

// Class returns ClassOutput.
func (*Reached) Class() Class { return ClassOutput }

// Class returns ClassOutput.
func (*Replaced) Class() Class { return ClassOutput }

// Class returns ClassOutput.
func (*Omitted) Class() Class { return ClassOutput }

// Class returns ClassTransformation.
func (*Fork) Class() Class { return ClassTransformation }

// Class returns ClassTransformation.
func (*Log) Class() Class { return ClassTransformation }

// Class returns the class of the kind of remark.
func (r *Remark) Class() Class { return r.Kind.Class() }

// Class returns ClassAnnotation.
func (*Uncertain) Class() Class { return ClassAnnotation }

// Class returns ClassAnnotation.
func (*Overlap) Class() Class { return ClassAnnotation }

// Class returns the class of remarks of the kind.
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
