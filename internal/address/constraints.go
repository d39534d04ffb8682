package address

import (
	"net/netip"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// constraints are the conditions that a probe states about its packet.
type constraints struct {
	env         expr.Env
	rules       expr.MicroflowRules
	texts       []string  // as they are written
	e           expr.Expr // all of it, as it was parsed
	conjunction expr.Expr // and with its prerequisites
}

// parse reads a probe's protocol and packet.
func parse(n *lflow.Network, p Probe) (*constraints, error) {
	s := &constraints{
		env:   n.MicroflowEnv(),
		rules: expr.MicroflowRulesOf(n.Dialect),
		e:     expr.Bool(true),
	}
	proto, err := ParseProto(p.Proto)
	if err != nil {
		return nil, err
	}
	var parts []expr.Expr
	for _, text := range []string{proto, p.Packet} {
		if text == "" {
			continue
		}
		if text, err = n.ExpandMicroflow(text); err != nil {
			return nil, err
		}
		e, err := expr.Parse(text, s.env)
		if err != nil {
			return nil, err
		}
		if _, ok := e.(*expr.Or); ok {
			text = "(" + text + ")"
		}
		s.texts = append(s.texts, text)
		parts = append(parts, e)
	}
	if len(parts) > 0 {
		s.e = expr.AllOf(parts...)
	}
	s.conjunction = expr.Annotate(s.e)
	if s.isContradiction(s.conjunction) {
		return nil, &Error{"no packet is what is said of it: " + strings.Join(s.texts, " && ")}
	}
	return s, nil
}

// clause is part of a microflow, for people and parsed.
type clause struct {
	text string
	e    expr.Expr
}

// equal returns the clause that a field has a value.
func (s *constraints) equal(name string, v packet.Value) clause {
	symbol, _ := s.env.Symbols.Lookup(name) // every release has it
	return clause{name + " == " + symbol.Field.Format(v), &expr.Cmp{Symbol: symbol, Op: expr.EQ, Value: v, Mask: packet.Ones(symbol.Width)}}
}

// sentFrom returns the clause that a port sends the packet.
func (s *constraints) sentFrom(p *lflow.Port) clause {
	symbol, _ := s.env.Symbols.Lookup("inport")
	return clause{"inport == " + expr.Quote(p.Name), &expr.Cmp{Symbol: symbol, Op: expr.EQ, Port: p.Name}}
}

// predicate returns the clause that is a word of the language.
func (s *constraints) predicate(name string) clause {
	symbol, _ := s.env.Symbols.Lookup(name)
	return clause{name, &expr.Cmp{Symbol: symbol, Op: expr.NE, Mask: packet.Ones(symbol.Width)}}
}

// add adds a clause, unless the constraints contradict or contain it. A clause about a field without
// constraints can do neither, because it is of the kind that the packet was found to be.
func (s *constraints) add(e expr.Expr) bool {
	annotated := expr.Annotate(e)
	both := expr.AllOf(s.conjunction, annotated)
	if s.constrains(e) && (s.isContradiction(both) || s.isContradiction(expr.AllOf(s.conjunction, expr.Negate(annotated)))) {
		return false
	}
	s.conjunction = both
	return true
}

// constrains reports whether there may be constraints on a field in e. A predicate stands for several
// fields.
func (s *constraints) constrains(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Cmp); ok {
			f, _, _ := expr.FieldRef{Symbol: c.Symbol, Bits: c.Symbol.Width}.Resolve()
			found = found || f == nil || s.fixes(f)
		}
		return !found
	})
	return found
}

// compatible reports whether a symbol of the language can be true under the constraints.
func (s *constraints) compatible(name string) bool { return s.allows(s.predicate(name).e) }

// allows reports whether a clause can be true under the constraints.
func (s *constraints) allows(e expr.Expr) bool {
	return !s.isContradiction(expr.AllOf(s.conjunction, expr.Annotate(e)))
}

// isContradiction reports whether an annotated expression holds of no packet.
func (s *constraints) isContradiction(e expr.Expr) bool {
	e = expr.Conditions(expr.Simplify(e), func(string) bool { return true })
	e, err := expr.Normalize(e, s.rules)
	return err == nil && e == expr.Bool(false)
}

// fixes reports whether there is a constraint on a field.
func (s *constraints) fixes(f *packet.Field) bool {
	found := false
	expr.Walk(s.conjunction, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Cmp); ok {
			found = found || c.Symbol.Field == f
		}
		return true
	})
	return found
}

// address returns the only IP address to which the constraints set one of two fields, that of IPv4 or
// that of IPv6, if any.
func (s *constraints) address(v4, v6 *packet.Field) netip.Addr {
	var found []netip.Addr
	expr.Walk(s.conjunction, func(e expr.Expr) bool {
		c, ok := e.(*expr.Cmp)
		if !ok || c.Op != expr.EQ {
			return true
		}
		switch {
		case c.Symbol.Field == v4 && c.Mask == packet.Ones(32):
			found = append(found, c.Value.Addr4())
		case c.Symbol.Field == v6 && c.Mask == packet.Ones(128):
			found = append(found, c.Value.Addr16())
		}
		return true
	})
	if len(found) != 1 {
		return netip.Addr{}
	}
	return found[0]
}
