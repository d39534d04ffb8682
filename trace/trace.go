// Package trace defines the result of a walk through logical pipelines as typed data: a tree of
// the tables that the packet passed, the executed actions, changes of the packet, outputs,
// assumptions and errors. It contains no rendered text: packages tracetext and tracejson write
// a trace as text and JSON.
package trace

import "github.com/ovnwalk/ovnwalk/packet"

// Trace is the result of one walk.
type Trace struct {
	Release  string // the release whose behavior the walk followed, such as 23.03.1
	Chassis  string // the chassis of the walk (Choices), or ""
	Packet   packet.Packet
	Root     *Pipeline
	Warnings []Warning

	// Unused are the choices of the caller that the walk did not use.
	Unused Unused
}

// Unused are choices that a walk did not use.
type Unused struct {
	CT       int  // number of conntrack states
	LBDst    bool // the backend: no load balancer on the path lists it
	SelectID bool // the member: no select action on the path has it
}

// Warning is a problem of the database or the walk that did not end the walk.
type Warning struct {
	Flow *Flow // the flow that it concerns, or nil
	Text string
}

// Node is a step of a walk: one of the types of this package with the methods Class and
// Subs.
type Node interface {
	// Class returns the class of the node, by which views select nodes.
	Class() Class
	// Subs returns the steps under the node, or nil if nodes of its kind have none.
	Subs() []Node
	isNode()
}

// Class is the class of a node, by which views select nodes.
type Class uint8

// The classes.
const (
	ClassOutput         Class = iota // an output
	ClassModify                      // a modification of the packet
	ClassAction                      // an action in canonical form
	ClassError                       // an error or an assumption
	ClassPipeline                    // a pipeline
	ClassTable                       // a table
	ClassTransformation              // a packet derived from another
	ClassAnnotation                  // no view shows it
)

// Container is embedded by nodes that contain others.
type Container struct{ Nodes []Node }

// Subs returns the nodes.
func (c *Container) Subs() []Node { return c.Nodes }

// Add appends a node.
func (c *Container) Add(n Node) { c.Nodes = append(c.Nodes, n) }

type leaf struct{}

// Subs returns nil: the node has no steps under it.
func (leaf) Subs() []Node { return nil }

// Flow is the logical flow of a step: a row of table Logical_Flow.
type Flow struct {
	UUID     string
	Cookie   uint32 // the first 32 bits of the UUID, the cookie of its OpenFlow flows
	Priority int
	Match    Text   // in the two forms of names
	Actions  string // as in the database
	Stage    string // external_ids:stage-name
	Source   string // external_ids:source, the line of northd's source
	Hint     string // external_ids:stage-hint, the start of a northbound UUID

	// EmptyStage and EmptySource mean that the row has these external_ids with an empty
	// value, which a trace shows.
	EmptyStage, EmptySource bool
}

// Place is a table of a datapath, and the flow that matched there.
type Place struct {
	Datapath *DatapathRef
	Egress   bool
	Table    int
	Stage    string // or "" if the database has none
	Flow     *Flow  // nil if no flow matched
	Zone     string // the interconnect zone, or "" for the first one
	Cause    string // as in Table
}

// Key returns the datapath's tunnel key.
func (p Place) Key() int64 { return p.Datapath.key() }
