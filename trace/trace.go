// Package trace is the result of a walk through logical pipelines, as typed data: a
// tree of the tables that the packet passed, the executed actions, changes of the
// packet, outputs, assumptions and errors.  It holds no rendered text: packages
// tracetext and tracejson write a trace as text and JSON.
package trace

import "github.com/ovnwalk/ovnwalk/packet"

// Trace is the result of one walk.
type Trace struct {
	Release  string // the release whose behavior the walk followed, such as 23.03.1
	Chassis  string // the chassis of the walk (Choices), "" for none
	Packet   packet.Packet
	Root     *Pipeline
	Warnings []Warning

	// Unused are the given choices that the walk did not use.
	Unused Unused
}

// Unused are choices that a walk did not use.
type Unused struct {
	CT       int  // how many of the conntrack states
	LBDst    bool // the backend: no load balancer on the path lists it
	SelectID bool // the member: no select action on the path has it
}

// Warning is a problem of the database or the walk that did not end the walk.
type Warning struct {
	Flow *Flow // the flow that it is about, nil for none
	Text string
}

// Node is a step of a walk: one of the types of this package with the methods Class and
// Subs.
type Node interface {
	// Class returns the class of the node, by which views select nodes.
	Class() Class
	// Subs returns the steps under the node, nil for a kind of node that has none.
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

// Container is embedded by the nodes that hold others.
type Container struct{ Nodes []Node }

// Subs returns the nodes.
func (c *Container) Subs() []Node { return c.Nodes }

// Add appends a node.
func (c *Container) Add(n Node) { c.Nodes = append(c.Nodes, n) }

type leaf struct{}

// Subs returns nil: the node has no steps under it.
func (leaf) Subs() []Node { return nil }

// Flow is the logical flow behind a step: its row in table Logical_Flow.
type Flow struct {
	UUID     string
	Cookie   uint32 // the UUID's first 32 bits, by which OpenFlow flows refer to it
	Priority int
	Match    Text   // as the row has it
	Actions  string // as the row has them
	Stage    string // external_ids:stage-name
	Source   string // external_ids:source, the line of northd that made it
	Hint     string // external_ids:stage-hint, the start of a northbound UUID

	// EmptyStage and EmptySource say that the row has them and that they are
	// empty, which a trace shows.
	EmptyStage, EmptySource bool
}

// Place is a table of a datapath, and the flow that matched there.
type Place struct {
	Datapath *DatapathRef
	Egress   bool
	Table    int
	Stage    string // "" where the database has none
	Flow     *Flow  // nil where nothing matched
	Zone     string // the interconnect zone, "" for that in which the walk began
	Cause    string // as Table has it
}

// Key returns the datapath's tunnel key.
func (p Place) Key() int64 { return p.Datapath.key() }
