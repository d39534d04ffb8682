package expr

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Microflow is an expression that determines a packet.
type Microflow struct {
	Packet  packet.Packet
	Unknown []string // ports that lookup did not find; they constrain nothing
}

// MicroflowError is the error for an expression that is not a microflow, with the
// message of upstream.
type MicroflowError struct {
	Msg       string
	Ambiguous bool // it allows several packets

	// Absent is a field of the expression that no packet holds, "" for none.  The
	// ovn-trace of the releases aborts on it.
	Absent string
}

// Error returns the message.
func (e *MicroflowError) Error() string { return e.Msg }

// MicroflowRules are the ways in which releases put expressions in normal form,
// which decides what is ambiguous.
type MicroflowRules struct {
	DropCovered  bool // drop values of a set that another one covers
	DropMembers  bool // also values of address sets, unless the set is all that is compared with
	KeepProducts bool // keep equal products of a value and a set apart
	BitByBit     bool // write x != v as tests of single bits
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

// ParseMicroflow reads text as a microflow: an expression that, put in normal
// form, is one conjunction of comparisons.  Lookup returns the key of a port by
// name.  The rules of ovn-trace(8) apply: an expression that leaves a choice is
// ambiguous, one that nothing satisfies contradictory.
func ParseMicroflow(text string, env Env, rules MicroflowRules, lookup func(port string) (uint64, bool)) (*Microflow, error) {
	e, err := Parse(text, env)
	if err != nil {
		return nil, err
	}
	return NewMicroflow(e, rules, lookup)
}

// NewMicroflow is ParseMicroflow for a parsed expression.
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
		// A field that takes no mask stays zero where it is given one, as in
		// icmp6.type == 0x8f/0x7c, or does not fill its bytes, which ip.dscp and
		// ip.ecn are: upstream sees part of a byte, hence a mask.
	case c.Symbol.Field == packet.CTState:
		// Upstream keeps the state's flags in one byte.
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

// Errors of FindInport, in upstream's words.
var (
	ErrNoInport       = errors.New("flow match expression does not match on inport")
	ErrSeveralInports = errors.New("flow match expression matches on multiple inports")
)

// FindInport returns the only port with which e compares inport.
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
