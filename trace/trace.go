// Package trace is what a walk through logical pipelines found, as typed data:
// a tree of the tables that the packet passed, the actions there, what changed,
// where it went, what was assumed and what went wrong.  It holds no text to
// print; package render turns it into text, and nothing reads that text back.
package trace

import "github.com/ovnwalk/ovnwalk/packet"

// Trace is one walk.
type Trace struct {
	Release  string // the release whose behaviour was followed, such as 23.03.1
	Chassis  string // the chassis from whose point of view, "" for none
	Packet   packet.Packet
	Root     *Pipeline
	Warnings []Warning

	// Unused are the choices that were made for the walk and that it did not come
	// to use.
	Unused Unused
}

// Unused are choices that a walk did not use.
type Unused struct {
	CT       int  // how many of the conntrack states
	LBDst    bool // the backend: no load balancer on the way lists it
	SelectID bool // the member: no select action on the way has it
}

// Warning is a problem of the database or the walk that did not end the walk.
type Warning struct {
	Flow *Flow // the flow that it is about, nil for none
	Text string
}

// Node is a step of a walk.  The concrete types are in nodes.go.
type Node interface {
	// Class says how the views treat the node.
	Class() Class
	// Subs are the steps under the node, nil for one that never has any.
	Subs() []Node
	isNode()
}

// Class is what a node is to the views.
type Class uint8

// The classes.
const (
	ClassOutput         Class = iota // where a packet went
	ClassModify                      // a change that can be seen from outside
	ClassAction                      // an action as it was written
	ClassError                       // what went wrong, or was assumed
	ClassPipeline                    // a pipeline
	ClassTable                       // a table
	ClassTransformation              // a packet made from another
	ClassAnnotation                  // what no compatible view shows
)

// Container is embedded by the nodes that hold others.
type Container struct{ Nodes []Node }

// Subs returns the nodes.
func (c *Container) Subs() []Node { return c.Nodes }

// Add appends a node.
func (c *Container) Add(n Node) { c.Nodes = append(c.Nodes, n) }

type leaf struct{}

// Subs returns nil: there is never a step under the node.
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

// Place is a table of a datapath, and the flow that decided there.
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
