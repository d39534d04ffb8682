package expr

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Microflow is the packet that an expression determines.
type Microflow struct {
	Packet  packet.Packet
	Unknown []string // ports that lookup did not find; their comparisons have no effect
}

// MicroflowError is the error for an expression that is not a microflow, with upstream's
// message.
type MicroflowError struct {
	Msg       string
	Ambiguous bool // it permits several packets

	// Absent is a field of the expression that no packet has, or "". ovn-trace of
	// all releases aborts on it.
	Absent string
}

// Error returns the message.
func (e *MicroflowError) Error() string { return e.Msg }

// MicroflowRules describe how a release computes normal forms, which decides which
// expressions are ambiguous.
type MicroflowRules struct {
	DropCovered  bool // drop values of a set that another value covers
	DropMembers  bool // also values of address sets, unless the comparison has no other values
	KeepProducts bool // keep equal products of a value and a set
	BitByBit     bool // convert x != v to tests of single bits
}

// MicroflowRulesOf returns the rules of a release.
func MicroflowRulesOf(d dialect.Dialect) MicroflowRules {
	return MicroflowRules{
		DropCovered:  d.Has(dialect.SupersetsDropped),
		DropMembers:  !d.Has(dialect.SetMembersKept),
		KeepProducts: !d.Has(dialect.ProductsCrushed),
		BitByBit:     !d.Has(dialect.InequalityByPrefix),
	}
}

// ParseMicroflow parses text as a microflow: an expression whose normal form is one
// conjunction of comparisons. lookup returns the key of a port by name. The rules are those
// of ovn-trace(8): an expression that several packets satisfy is ambiguous, and one that no
// packet satisfies is contradictory.
func ParseMicroflow(text string, env Env, rules MicroflowRules, lookup func(port string) (uint64, bool)) (*Microflow, error) {
	e, err := Parse(text, env)
	if err != nil {
		return nil, err
	}
	return NewMicroflow(e, rules, lookup)
}

// NewMicroflow is like ParseMicroflow for a parsed expression.
func NewMicroflow(e Expr, rules MicroflowRules, lookup func(port string) (uint64, bool)) (*Microflow, error) {
	annotated := Annotate(e)
	e = Conditions(simplifier{rules.BitByBit}.expr(annotated), func(string) bool { return true })
	e, ambiguous, err := normalizeSingle(e, rules)
	switch {
	case err != nil:
		return nil, err
	case ambiguous:
		return nil, &MicroflowError{Msg: fmt.Sprintf("Constraints are ambiguous: %s.", Format(annotated)), Ambiguous: true}
	}
	m := &Microflow{}
	var clauses []Expr
	switch e := e.(type) {
	case Bool:
		if !e {
			return nil, &MicroflowError{Msg: "Constraints are contradictory."}
		}
	case *And:
		clauses = e.Subs
	default:
		clauses = []Expr{e}
	}
	for _, c := range clauses {
		if c, ok := c.(*Cmp); ok {
			if err := m.constrain(c, lookup); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

func (m *Microflow) constrain(c *Cmp, lookup func(string) (uint64, bool)) error {
	switch {
	case c.Symbol.Field == nil:
		return &MicroflowError{
			Msg:    fmt.Sprintf("Field %s exists only in actions, no packet holds it.", c.Symbol.Name),
			Absent: c.Symbol.Name,
		}
	case !c.Symbol.Field.Maskable && (c.Symbol.Width%8 != 0 || c.Mask != packet.Ones(c.Symbol.Field.Bits)):
		// A field that permits no mask remains zero if a mask is given, as in icmp6.type ==
		// 0x8f/0x7c. So do ip.dscp and ip.ecn, because they are parts of a byte, which is a
		// mask in upstream.
	case c.Symbol.Field == packet.CTState:
		// Upstream has the state's flags in one byte.
		m.Packet.SetMasked(c.Symbol.Field, c.Value, c.Mask.And(packet.Ones(8)))
	case c.Symbol.Width > 0:
		m.Packet.SetMasked(c.Symbol.Field, c.Value, c.Mask)
	default:
		key, ok := lookup(c.Port)
		if !ok {
			m.Unknown = append(m.Unknown, c.Port)
			return nil
		}
		m.Packet.SetUint(c.Symbol.Field, key)
	}
	return nil
}

// Errors of FindInport, with upstream's text.
var (
	ErrNoInport       = errors.New("flow match expression does not match on inport")
	ErrSeveralInports = errors.New("flow match expression matches on multiple inports")
)

// FindInport returns the only port that e compares with inport.
func FindInport(e Expr) (string, error) {
	var ports []string
	Walk(e, func(e Expr) bool {
		if c, ok := e.(*Cmp); ok && c.Symbol.Name == "inport" && c.Symbol.Width == 0 && c.Op == EQ && !slices.Contains(ports, c.Port) {
			ports = append(ports, c.Port)
		}
		return true
	})
	switch len(ports) {
	case 0:
		return "", ErrNoInport
	case 1:
		return ports[0], nil
	}
	return "", ErrSeveralInports
}
