package expr

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/packet"
)

// Cube is a set of packets that a conjunction of comparisons for equality describes:
// bits with fixed values, and names of ports.  Cubes are used to compare matches.
type Cube struct {
	terms []*Cmp // sorted by the symbols' names
	also  []*Cmp // further comparisons of ports and port groups
}

// Cubes returns cubes whose union is the set of packets that satisfy e, which must be
// annotated.  Resident evaluates conditions.  Ok is false if there are more than limit
// cubes.
func Cubes(e Expr, limit int, resident func(port string) bool) (cubes []Cube, ok bool) {
	groups := groupSymbols{}
	e, err := Normalize(Conditions(Simplify(groups.apart(e)), resident), MicroflowRules{DropCovered: true, DropMembers: true})
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
				if cubes, ok = groups.expand(cubes, s, limit); !ok {
					return nil, false
				}
			}
			return cubes, true
		}
	}
	return groups.expand(nil, e, limit)
}

// groupSymbols has a symbol of its own for each port group that a symbol is compared with,
// and the comparison. A port may be in several groups, and the normal form has one
// comparison of each symbol.
type groupSymbols map[string]groupSymbol

type groupSymbol struct {
	symbol *Symbol
	of     *Cmp
}

// apart replaces the symbols of comparisons with port groups by the groups' symbols.
func (g groupSymbols) apart(e Expr) Expr {
	all := func(es []Expr) []Expr {
		out := make([]Expr, len(es))
		for i, e := range es {
			out[i] = g.apart(e)
		}
		return out
	}
	switch e := e.(type) {
	case *Cmp:
		if e.Group == "" {
			return e
		}
		name := e.Symbol.Name + "@" + e.Group
		own, ok := g[name]
		if !ok {
			symbol := *e.Symbol
			symbol.Name = name
			own = groupSymbol{&symbol, e}
			g[name] = own
		}
		c := *e
		c.Symbol = own.symbol
		return &c
	case *And:
		return AllOf(all(e.Subs)...)
	case *Or:
		return AnyOf(all(e.Subs)...)
	}
	return e
}

// expand appends the cubes of one conjunction of clauses.
func (g groupSymbols) expand(cubes []Cube, e Expr, limit int) ([]Cube, bool) {
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
				t := alt.(*Cmp)
				if t.Group != "" {
					t = g[t.Symbol.Name].of
				}
				if d, ok := c.with(t); ok {
					next = append(next, d)
				}
			}
		}
		made = next
	}
	return append(cubes, made...), true
}

// with returns the cube with one more comparison; ok is false if the result is empty.
func (c Cube) with(t *Cmp) (Cube, bool) {
	i, found := slices.BinarySearchFunc(c.terms, t, bySymbol)
	if !found {
		return Cube{slices.Insert(slices.Clone(c.terms), i, t), c.also}, true
	}
	u, also := c.terms[i], c.also
	if t.Symbol.Width == 0 {
		if c.names(t) {
			return c, true
		}
		if t.Group == "" && u.Group == "" {
			return Cube{}, false
		}
		// A group may or may not have the port: the narrower of the two is the term.
		if u.Group == "" {
			return Cube{c.terms, append(slices.Clip(also), t)}, true
		}
		also = append(slices.Clip(also), u)
	} else {
		v, m, ok := packet.Intersect(t.Value, t.Mask, u.Value, u.Mask)
		if !ok {
			return Cube{}, false
		}
		t = &Cmp{Symbol: t.Symbol, Op: EQ, Value: v, Mask: m}
	}
	terms := slices.Clone(c.terms)
	terms[i] = t
	return Cube{terms, also}, true
}

// names reports whether the cube has a comparison with the port or group of t.
func (c Cube) names(t *Cmp) bool {
	same := func(u *Cmp) bool { return u.Symbol.Name == t.Symbol.Name && u.Port == t.Port && u.Group == t.Group }
	return slices.ContainsFunc(c.terms, same) || slices.ContainsFunc(c.also, same)
}

// Also returns the comparisons of ports that are not in Terms: if a port is compared with
// a name and with groups, or with several groups.  The caller must not change them.
func (c Cube) Also() []*Cmp { return c.also }

func bySymbol(a, b *Cmp) int {
	switch {
	case a.Symbol.Name < b.Symbol.Name:
		return -1
	case a.Symbol.Name > b.Symbol.Name:
		return 1
	}
	return 0
}

// Intersect returns the cube of the packets that are in both; ok is false if there are
// certainly none.
func (c Cube) Intersect(d Cube) (both Cube, ok bool) {
	both = c
	for _, list := range [][]*Cmp{d.terms, d.also} {
		for _, t := range list {
			if both, ok = both.with(t); !ok {
				return Cube{}, false
			}
		}
	}
	return both, true
}

// Within reports whether every packet of c is certainly in d.
func (c Cube) Within(d Cube) bool {
	for _, t := range d.terms {
		i, found := slices.BinarySearchFunc(c.terms, t, bySymbol)
		if !found {
			return false
		}
		u := c.terms[i]
		if t.Symbol.Width == 0 {
			if !c.names(t) {
				return false
			}
		} else if !t.Mask.AndNot(u.Mask).IsZero() || u.Value.And(t.Mask) != t.Value {
			return false
		}
	}
	return !slices.ContainsFunc(d.also, func(t *Cmp) bool { return !c.names(t) })
}

// Packet returns a packet that may be in the cube: fixed bits have their values, all
// others are zero.  Key returns the key of a port, or of a port of a group; a name for
// which it returns false sets no bits.
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
	var es []Expr
	for _, list := range [][]*Cmp{c.terms, c.also} {
		for _, t := range list {
			es = append(es, t)
		}
	}
	if len(es) == 0 {
		return Bool(true)
	}
	return AllOf(es...)
}

// Exact returns the value of a symbol if the cube fixes all of its bits: a number, or
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

// Symbols returns the names of the symbols that the cube restricts, sorted.
func (c Cube) Symbols() []string {
	names := make([]string, len(c.terms))
	for i, t := range c.terms {
		names[i] = t.Symbol.Name
	}
	return names
}

// Terms returns comparisons for equality whose conjunction, with those of Also, is the
// cube: one for each symbol, sorted by the names of the symbols.  The caller must not
// change them.
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
