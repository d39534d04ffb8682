package expr

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/packet"
)

// Cube is a set of packets that a conjunction of comparisons for equality
// describes: bits that are fixed, and ports that are named.  It serves to compare
// matches with each other.
type Cube struct {
	terms []*Cmp // sorted by the symbols' names
	loose bool   // a port or port group that packets must also be in is left out
}

// Cubes returns cubes of which each packet that satisfies e, which must be
// annotated, is in at least one, and no other packet is.  Conditions hold as
// resident says.  Ok is false where there would be more than limit of them.
func Cubes(e Expr, limit int, resident func(port string) bool) (cubes []Cube, ok bool) {
	e, err := Normalize(Conditions(Simplify(e), resident), MicroflowRules{DropCovered: true})
	if err != nil {
		return nil, false
	}
	switch e := e.(type) {
	case Bool:
		if e {
			return []Cube{{}}, true
		}
		return nil, true
	case *Or:
		if uniqueSymbol(e) == nil {
			for _, s := range e.Subs {
				if cubes, ok = expand(cubes, s, limit); !ok {
					return nil, false
				}
			}
			return cubes, true
		}
	}
	return expand(nil, e, limit)
}

// expand appends the cubes of one conjunction of clauses.
func expand(cubes []Cube, e Expr, limit int) ([]Cube, bool) {
	clauses := []Expr{e}
	if a, ok := e.(*And); ok {
		clauses = a.Subs
	}
	made := []Cube{{}}
	for _, clause := range clauses {
		alts := []Expr{clause}
		if o, ok := clause.(*Or); ok {
			alts = o.Subs
		}
		if len(made)*len(alts)+len(cubes) > limit {
			return nil, false
		}
		next := make([]Cube, 0, len(made)*len(alts))
		for _, c := range made {
			for _, alt := range alts {
				if d, ok := c.with(alt.(*Cmp)); ok {
					next = append(next, d)
				}
			}
		}
		made = next
	}
	return append(cubes, made...), true
}

// with returns the cube with one more comparison; ok is false where no packet
// is left.
func (c Cube) with(t *Cmp) (Cube, bool) {
	i, found := slices.BinarySearchFunc(c.terms, t, bySymbol)
	if !found {
		return Cube{slices.Insert(slices.Clone(c.terms), i, t), c.loose}, true
	}
	u := c.terms[i]
	if t.Symbol.Width == 0 {
		if t.Port == u.Port && t.Group == u.Group {
			return c, true
		}
		if t.Group == "" && u.Group == "" {
			return Cube{}, false
		}
		// A group may or may not have the port: keep the narrower of the two.
		c.loose = true
		if u.Group == "" {
			return c, true
		}
	} else {
		v, m, ok := packet.Intersect(t.Value, t.Mask, u.Value, u.Mask)
		if !ok {
			return Cube{}, false
		}
		t = &Cmp{Symbol: t.Symbol, Op: EQ, Value: v, Mask: m}
	}
	terms := slices.Clone(c.terms)
	terms[i] = t
	return Cube{terms, c.loose}, true
}

// Loose reports whether the cube holds packets that the conjunction it was made of
// may not: that compares a port both with a name and with a group, or with two
// groups, and only one comparison is kept.
func (c Cube) Loose() bool { return c.loose }

func bySymbol(a, b *Cmp) int {
	switch {
	case a.Symbol.Name < b.Symbol.Name:
		return -1
	case a.Symbol.Name > b.Symbol.Name:
		return 1
	}
	return 0
}

// Intersect returns a cube that holds every packet of both; ok is false where
// surely no packet is in both.  Where port groups are compared with ports the
// cube may hold others too.
func (c Cube) Intersect(d Cube) (both Cube, ok bool) {
	both = c
	both.loose = c.loose || d.loose
	for _, t := range d.terms {
		if both, ok = both.with(t); !ok {
			return Cube{}, false
		}
	}
	return both, true
}

// Within reports whether surely every packet of c is in d.
func (c Cube) Within(d Cube) bool {
	for _, t := range d.terms {
		i, found := slices.BinarySearchFunc(c.terms, t, bySymbol)
		if !found {
			return false
		}
		u := c.terms[i]
		if t.Symbol.Width == 0 {
			if t.Port != u.Port || t.Group != u.Group {
				return false
			}
		} else if !t.Mask.AndNot(u.Mask).IsZero() || u.Value.And(t.Mask) != t.Value {
			return false
		}
	}
	return true
}

// Packet returns a packet that may be in the cube: fixed bits are set, all others are
// zero.  Key returns the key of a port, or of some port of a group; a name for which
// it returns false sets no bits.
func (c Cube) Packet(key func(port, group string) (uint64, bool)) packet.Packet {
	var p packet.Packet
	for _, t := range c.terms {
		switch {
		case t.Symbol.Field == nil:
		case t.Symbol.Width > 0:
			p.SetMasked(t.Symbol.Field, t.Value, t.Mask)
		default:
			if k, ok := key(t.Port, t.Group); ok {
				p.SetUint(t.Symbol.Field, k)
			}
		}
	}
	return p
}

// Expr returns the cube as an expression.
func (c Cube) Expr() Expr {
	es := make([]Expr, len(c.terms))
	for i, t := range c.terms {
		es[i] = t
	}
	if len(es) == 0 {
		return Bool(true)
	}
	return AllOf(es...)
}

// Exact returns the value of a symbol that the cube fixes whole: a number, or
// the name of a port.
func (c Cube) Exact(symbol string) (v packet.Value, port string, ok bool) {
	for _, t := range c.terms {
		if t.Symbol.Name != symbol {
			continue
		}
		if t.Symbol.Width == 0 {
			return packet.Value{}, t.Port, t.Group == ""
		}
		return t.Value, "", t.Mask == packet.Ones(t.Symbol.Width)
	}
	return packet.Value{}, "", false
}

// Symbols returns the names of the symbols that the cube says something of,
// sorted.
func (c Cube) Symbols() []string {
	names := make([]string, len(c.terms))
	for i, t := range c.terms {
		names[i] = t.Symbol.Name
	}
	return names
}

// Terms returns the comparisons for equality that the cube is a conjunction of,
// sorted by the names of their symbols, of which none has two.  The caller must
// not change them.
func (c Cube) Terms() []*Cmp { return c.terms }

// Meets reports whether a packet may be in both cubes, as Intersect does.
func (c Cube) Meets(d Cube) bool {
	for i, j := 0, 0; i < len(c.terms) && j < len(d.terms); {
		t, u := c.terms[i], d.terms[j]
		switch order := bySymbol(t, u); {
		case order < 0:
			i++
			continue
		case order > 0:
			j++
			continue
		}
		if t.Symbol.Width == 0 {
			if t.Group == "" && u.Group == "" && t.Port != u.Port {
				return false
			}
		} else if !t.Value.Xor(u.Value).And(t.Mask).And(u.Mask).IsZero() {
			return false
		}
		i, j = i+1, j+1
	}
	return true
}
