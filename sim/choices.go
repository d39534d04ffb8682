package sim

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovstext"
	"github.com/ovnwalk/ovnwalk/packet"
)

// ParseCTState parses a conntrack state in the syntax of --ct of ovn-trace(8): names of flags
// separated by commas or blanks, such as "new" or "est,rpl". The result always includes trk.
func ParseCTState(s string) (uint64, error) {
	state := uint64(packet.CTTracked)
	for _, name := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }) {
		i := slices.Index(packet.CTStateFlags, name)
		if i < 0 {
			return 0, &UnknownFlagError{name}
		}
		state |= 1 << i
	}
	return state, nil
}

// UnknownFlagError is the error for an unknown flag of a conntrack state.
type UnknownFlagError struct{ Flag string }

// Error returns the flag and the known flags.
func (e *UnknownFlagError) Error() string {
	return fmt.Sprintf("%s: unknown connection tracking state flag (known: %s)", e.Flag, strings.Join(packet.CTStateFlags, ", "))
}

// CTStateConflicts returns the warnings of ovn-trace about an impossible conntrack state. It
// traces packets with such a state nevertheless.
func CTStateConflicts(state uint64) []string {
	var problems []string
	invalid := func(holds bool, why string) {
		if holds {
			problems = append(problems, packet.FormatCTState(state)+": invalid connection state: "+why)
		}
	}
	has := func(bit uint64) bool { return state&bit != 0 }
	invalid(has(packet.CTInvalid) && state&^(packet.CTTracked|packet.CTInvalid) != 0, `when "inv" is set, only "trk" may also be set`)
	invalid(has(packet.CTNew) && has(packet.CTEstablished), `"new" and "est" are mutually exclusive`)
	invalid(has(packet.CTNew) && has(packet.CTReply), `"new" and "rpy" are mutually exclusive`)
	return problems
}

// BackendError is the error for a text that is not a backend.
type BackendError struct {
	Text   string
	Reason string // such as `bad port number "x"`
	// Unlogged means that ovn-trace does not log the reason.
	Unlogged bool
}

// Error returns the text and the reason.
func (e *BackendError) Error() string { return e.Text + ": bad address (" + e.Reason + ")" }

// ParseBackend parses the backend of a load balancer in the syntax of --lb-dst of ovn-trace(8):
// an IP address with an optional port; an IPv6 address with a port is in brackets. The error is
// a *BackendError.
func ParseBackend(s string) (Backend, error) {
	t, err := ovstext.ParseTarget(s)
	if err != nil {
		return Backend{}, &BackendError{s, err.Error(), errors.Is(err, ovstext.ErrIPv6)}
	}
	return Backend{IsSet: true, IPv6: t.Addr.Is6(), Addr: packet.FromAddr(t.Addr), Port: t.Port}, nil
}

// ParseSelectID parses the member of select actions as --select-id of ovn-trace(8) does, with
// strtoul(3): text after the digits is ignored, and only the low 16 bits of the number are used.
// If these are 0, no member is chosen; the number 0 itself is an error.
func ParseSelectID(text string) (uint16, error) {
	s := strings.TrimLeft(text, " \t\n\v\f\r")
	s, negative := strings.CutPrefix(s, "-")
	if !negative {
		s = strings.TrimPrefix(s, "+")
	}
	digits := s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
	n, err := strconv.ParseUint(digits, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange): // ParseUint returns the maximum, as strtoul does
	case negative:
		n = -n
	}
	if n == 0 {
		return 0, fmt.Errorf("%s: bad select-id", text)
	}
	return uint16(n), nil
}
