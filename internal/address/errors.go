package address

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/similar"
)

// Error means that a packet cannot be constructed. Its message states what the user can do.
type Error struct{ Msg string }

// Error returns the message.
func (e *Error) Error() string { return e.Msg }

// RouterChoiceError means that several routers may receive a packet.
type RouterChoiceError struct {
	Datapath string   // on which the sender is
	To       string   // the destination
	Ports    []string // the routers' ports there, which are values for Probe.Via
	Routers  []string // the same for people to read
}

// Error names the routers.
func (e *RouterChoiceError) Error() string {
	return fmt.Sprintf("several routers lead out of %s, and nothing says which of them takes packets to %s: name one to send it via: %s",
		e.Datapath, e.To, strings.Join(e.Routers, ", "))
}

// UnknownError is a name that the network lacks.
type UnknownError struct {
	Kind    string   // the kind of object, such as "logical port"
	Name    string   // as it was given
	Similar []string // similar names in the network, nearest first
}

// Error returns the message, with similar names.
func (e *UnknownError) Error() string {
	msg := fmt.Sprintf("the database has no %s %q", e.Kind, e.Name)
	if len(e.Similar) > 0 {
		msg += "; " + similar.Question(e.Similar)
	}
	return msg
}

// AmbiguousError is a name that fits several objects of the network.
type AmbiguousError struct {
	Kind       string   // the kind of object, such as "logical port"
	Name       string   // as it was given
	Candidates []string // each object, by what distinguishes it from the others
	Give       string   // what to give instead, "" for the UUID of one
}

// ambiguous returns the error for a name that fits several objects.
func ambiguous[T any](kind, name, give string, found []T, describe func(T) string) *AmbiguousError {
	e := &AmbiguousError{Kind: kind, Name: name, Give: give}
	for _, x := range found {
		e.Candidates = append(e.Candidates, describe(x))
	}
	slices.Sort(e.Candidates)
	return e
}

// maxListed bounds how many objects an error lists.
const maxListed = 20

// Error lists the objects, a line each.
func (e *AmbiguousError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q: the name fits %d; give %s:", e.Kind, e.Name, len(e.Candidates), cmp.Or(e.Give, "the UUID of one"))
	for _, s := range e.Candidates[:min(maxListed, len(e.Candidates))] {
		b.WriteString("\n  " + s)
	}
	if more := len(e.Candidates) - maxListed; more > 0 {
		fmt.Fprintf(&b, "\n  and %d more", more)
	}
	return b.String()
}
