package address

import (
	"fmt"
	"strings"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// Error says why a packet cannot be made out, and what its user can do.
type Error struct{ Msg string }

// Error returns the message.
func (e *Error) Error() string { return e.Msg }

// SeveralError says that several routers may take a packet.
type SeveralError struct {
	Datapath string   // on which the sender is
	To       string   // the destination
	Ports    []string // the routers' ports there, any of which Probe.Via takes
	Routers  []string // the same for people to read
}

// Error names the routers.
func (e *SeveralError) Error() string {
	return fmt.Sprintf("several routers lead out of %s, and nothing says which of them takes packets to %s: name one to send it via: %s",
		e.Datapath, e.To, strings.Join(e.Routers, ", "))
}

// UnknownError is a name that the network lacks.
type UnknownError struct {
	What string   // what was looked for, such as "logical port"
	Name string   // as it was given
	Near []string // what the network has that is spelled like it, nearest first
	Many bool     // whether the name fits several
}

// Error says what is missing and what may have been meant.
func (e *UnknownError) Error() string {
	if e.Many {
		return fmt.Sprintf("%s %q: the name fits several", e.What, e.Name)
	}
	msg := fmt.Sprintf("the database has no %s %q", e.What, e.Name)
	if len(e.Near) > 0 {
		msg += "; did you mean " + strings.Join(e.Near, " or ") + "?"
	}
	return msg
}

// Port finds a logical port by any name that ovn-trace(8) takes.  The error, if
// any, is an *UnknownError.
func (b *Book) Port(name string) (*lflow.Port, error) {
	p, w := b.n.FindPort(name)
	if p != nil {
		return p, nil
	}
	e := &UnknownError{What: "logical port", Name: name, Many: w != nil}
	var names []string
	for _, p := range b.n.Ports() {
		names = append(names, p.Name)
		if p.Name2 != "" {
			names = append(names, p.Name2)
		}
	}
	e.Near = Near(name, names)
	return nil, e
}

// Datapath finds a datapath by any name that ovn-trace(8) takes.  The error, if
// any, is an *UnknownError.
func (b *Book) Datapath(name string) (*lflow.Datapath, error) {
	d, w := b.n.Datapath(name)
	if d != nil {
		return d, nil
	}
	e := &UnknownError{What: "datapath", Name: name, Many: w != nil}
	var names []string
	for _, d := range b.n.Datapaths {
		names = append(names, d.Name)
	}
	e.Near = Near(name, names)
	return nil, e
}
