// Package suite implements regression tests of flow tables: files that state which packet is sent
// from where over which database, and the expected outcome. It parses them, walks their packets,
// compares the results with the expectations, and writes reports.
package suite

import (
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
)

// Suite is one file of tests.
type Suite struct {
	File    string
	DB      text // the database, relative to the file; "demo" for the built-in network
	Release text // read the database as that release's; "" for the detected one

	// Northd runs the tests over the output of ovn-northd for the northbound database NB, a
	// path relative to the file, and DB, which is then optional.
	Northd bool
	NB     text
	northd Pos
	Tests  []*Test

	defaults *Test
	source   []byte
}

// Test is one entry of a suite: inputs and expectations. Lists in the inputs stand for every
// combination of their members.
type Test struct {
	Pos
	Name string
	Skip string // why it is skipped, "" if it is not
	Only bool   // run no test without this
	Tags []string
	Inputs
	Expect *Expect
	Reach  *Reach // in place of Expect: what holds of sets of packets

	broken bool // whether some of it did not decode
}

// Inputs are the packet of a test and the choices for the walk. Each list has alternatives.
type Inputs struct {
	From      []Selector
	To        []Selector
	Via       text
	Proto     []text
	Packet    []text
	Microflow []text
	Datapath  text

	CT       []states
	CTNew    *bool // whether lookups after those of CT are a new connection's; nil for as CT ends
	LBDst    []backend
	SelectID []member
	Chassis  []text // from which one looks; of a connection, that sends its first packet

	// These go with a connection.
	HostsAnswer *bool
	ChassisDown []text
	MAC         []neighbor
	Size        *size

	// lists are the keys whose values were written as lists or groups; names of cases have
	// their values.
	lists map[string]bool

	// inherited are the keys whose values the defaults gave.
	inherited map[string]bool
}

// Selector names ports or addresses: one by its own name, or all that a group
// has.
type Selector struct {
	Pos
	Kind SelectorKind
	Name string
}

// SelectorKind is the kind of object that a Selector names. String returns its keyword.
type SelectorKind uint8

// The kinds of selectors.
const (
	// One is a port, or an address; it has no keyword.
	One SelectorKind = iota //
	// PortGroup is the ports of a port group.
	PortGroup // port-group
	// Switch is the VIFs of a logical switch.
	Switch // switch
	// AddressSet is the single addresses of an address set.
	AddressSet // address-set
)

// String returns the selector as a suite has it.
func (s Selector) String() string {
	if s.Kind == One {
		return s.Name
	}
	return "{" + s.Kind.String() + ": " + s.Name + "}"
}

// states are the conntrack states that a packet meets, one after the other.
type states struct {
	text
	list []uint64
}

// backend is the backend that load balancers take.
type backend struct {
	text
	to sim.Backend
}

// member is the member that select actions take.
type member struct {
	text
	id uint16
}

// neighbor is the Ethernet address of an IP address.
type neighbor struct {
	text
	ip  packet.Value
	mac uint64
}

// size is the size of packets in bytes.
type size struct {
	text
	bytes int
}

// Expect is the expected outcome of a packet or of a connection. Fields that are nil are not checked.
type Expect struct {
	Pos
	Connection *Connection
	Delivered  *Ports
	Dropped    *Alternatives // codes
	Replied    *Alternatives // what answers
	Controller *Alternatives // actions
	Looped     *Alternatives // true or false
	Rewritten  []Field
	Visits     []text
	Never      []text
	Goldens    []*Golden
	Reply      *Reply
}

// empty reports that nothing is expected.
func (e *Expect) empty() bool {
	return e.Connection == nil && e.Delivered == nil && e.Dropped == nil && e.Replied == nil && e.Controller == nil && e.Looped == nil &&
		len(e.Rewritten)+len(e.Visits)+len(e.Never)+len(e.Goldens) == 0 && e.Reply == nil
}

// wordForWord reports whether only views of the trace are expected, which are compared with the
// output of ovn-trace for the same choices.
func (e *Expect) wordForWord() bool {
	rest := *e
	rest.Goldens = nil
	return len(e.Goldens) > 0 && rest.empty()
}

// Ports are the ports that a packet must be delivered to: exactly those, or,
// with Any, at least one.
type Ports struct {
	Pos
	Any   bool
	Names []text
}

// Alternatives are what an end must be called: one of them, any, or none at all.
type Alternatives struct {
	Pos
	Any, None bool
	Names     []text
}

// Field is a field of the packet as it was delivered, and the value it must
// have.
type Field struct {
	text
	Want text
}

// Golden is a view of the trace, word for word.
type Golden struct {
	Pos  // of the key
	View string
	Text string
	at   Pos // of the value
}

// Reply is the expected outcome of the reply to a packet, sent from the port to which the packet was
// delivered.
type Reply struct {
	Expect
	CT *states // nil for an established connection's reply
}
