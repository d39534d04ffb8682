package explain

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// words describes a failed part of a match: what it requires, and what the packet has.
func (j *matchAnalyzer) words(e expr.Expr, s packetAt) verdict.FailedPart {
	switch e := e.(type) {
	case *expr.Cmp:
		return j.compared([]*expr.Cmp{e}, s)
	case *expr.Resident:
		return j.resident(e)
	case *expr.And:
		return j.several(e.Subs, s)
	case *expr.Or:
		return j.several(e.Subs, s)
	case expr.Bool:
		return verdict.FailedPart{Field: "the match", Actual: "any packet", Wanted: "none"}
	}
	return verdict.FailedPart{Field: "the match", Actual: "this packet", Wanted: "something that does not parse"}
}

// several describes a conjunction or a disjunction: constants of a set for one field, or the bounds
// of a range; otherwise its first failed part.
func (j *matchAnalyzer) several(subs []expr.Expr, s packetAt) verdict.FailedPart {
	var cmps []*expr.Cmp
	for _, e := range subs {
		if j.holds(expr.Annotate(e), s) {
			continue
		}
		c, ok := e.(*expr.Cmp)
		if !ok {
			return j.words(e, s)
		}
		if len(cmps) > 0 && (c.Symbol != cmps[0].Symbol || c.Op != cmps[0].Op) {
			break
		}
		cmps = append(cmps, c)
	}
	if len(cmps) == 0 {
		return verdict.FailedPart{Field: "the match", Actual: "this packet", Wanted: "another"}
	}
	return j.compared(cmps, s)
}

// compared describes comparisons of one symbol.
func (j *matchAnalyzer) compared(cmps []*expr.Cmp, s packetAt) verdict.FailedPart {
	c := cmps[0]
	if c.Symbol.Predicate != "" {
		return j.predicate(c, s)
	}
	if pre := c.Symbol.PrereqExpr(); pre != nil && !j.holds(expr.Annotate(pre), s) {
		out := j.words(leaf(expr.Annotate(pre), j, s), s)
		if sub, ok := j.env.Symbols.Lookup(c.Symbol.Prereqs); ok && sub.Parent != nil {
			out.Field = sub.Name
		}
		out.Wanted += ", as " + c.Symbol.Name + " needs"
		return out
	}
	out := verdict.FailedPart{Field: c.Symbol.Name}
	if c.Symbol.Width == 0 {
		out.Actual = j.portNamed(c.Symbol, s)
	} else {
		ofs, bits := c.Mask.Run()
		if bits == 0 || isAddress(c.Symbol) {
			ofs, bits = 0, c.Symbol.Width
		}
		ref := expr.FieldRef{Symbol: c.Symbol, Ofs: ofs, Bits: bits}
		out.Field, out.Actual = ref.String(), j.value(ref, ref.Read(s.p))
	}
	wanted := make([]string, 0, shownConstants)
	for i, c := range cmps {
		if i == shownConstants {
			wanted = append(wanted, fmt.Sprintf("%d more", len(cmps)-i))
			break
		}
		wanted = append(wanted, j.constant(c, s))
	}
	out.Wanted = strings.Join(wanted, ", ")
	switch {
	case c.Op == expr.NE && c.Mask.OnesCount() == 1:
		out.Wanted = map[string]string{"0": "1", "1": "0"}[out.Wanted]
	case c.Op == expr.NE:
		out.Wanted = "anything but " + out.Wanted
	case c.Op != expr.EQ:
		out.Wanted = c.Op.String() + " " + out.Wanted
	}
	if c.Set != "" {
		out.Wanted += " ($" + c.Set + ")"
	}
	return out
}

// shownConstants is the maximum number of values of a set that are reported.
const shownConstants = 4

// predicate describes the expansion of a predicate.
func (j *matchAnalyzer) predicate(c *expr.Cmp, s packetAt) verdict.FailedPart {
	name := c.Symbol.Name
	if (c.Value.Lo&1 != 0) == (c.Op == expr.NE) {
		name = "!" + name
	}
	out := j.words(leaf(expr.Annotate(c), j, s), s)
	out.Wanted += " (" + name + ")"
	return out
}

// leaf returns a failed comparison in a failed annotated expression: of a conjunction the first
// failed one, of a disjunction the first one.
func leaf(e expr.Expr, j *matchAnalyzer, s packetAt) expr.Expr {
	switch e := e.(type) {
	case *expr.And:
		for _, sub := range e.Subs {
			if !j.holds(sub, s) {
				return leaf(sub, j, s)
			}
		}
	case *expr.Or:
		return leaf(e.Subs[0], j, s)
	}
	return e
}

// portNamed returns the packet's input or output port.
func (j *matchAnalyzer) portNamed(sym *expr.Symbol, s packetAt) string {
	key := expr.FieldRef{Symbol: sym}.Read(s.p).Lo & 0xffff
	if p, ok := s.d.Port(key); ok {
		return p.DisplayName(j.friendly)
	}
	if g, ok := s.d.Group(key); ok {
		return g.Name
	}
	if key == 0 {
		return "none"
	}
	return "no port (key " + strconv.FormatUint(key, 10) + ")"
}

// constant returns the constant of a comparison.
func (j *matchAnalyzer) constant(c *expr.Cmp, s packetAt) string {
	switch {
	case c.Group != "":
		return "a port of @" + c.Group
	case c.Symbol.Width == 0:
		if p, err := j.n.Port(c.Port); err == nil {
			if p.Datapath != s.d {
				return p.DisplayName(j.friendly) + " (of " + p.Datapath.DisplayName(j.friendly) + ")"
			}
			return p.DisplayName(j.friendly)
		}
		if c.Port == "" {
			return "none"
		}
		return c.Port
	}
	ofs, bits := c.Mask.Run()
	if isAddress(c.Symbol) {
		ref := expr.FieldRef{Symbol: c.Symbol, Bits: c.Symbol.Width}
		text := j.value(ref, c.Value)
		switch w := c.Symbol.Width; {
		case bits == w:
			return text
		case bits > 0 && ofs+bits == w:
			return text + "/" + strconv.Itoa(bits)
		}
		return text + "/" + j.value(ref, c.Mask)
	}
	if bits == 0 {
		return string(packet.AppendHex(nil, c.Value)) + "/" + string(packet.AppendHex(nil, c.Mask))
	}
	return j.value(expr.FieldRef{Symbol: c.Symbol, Ofs: ofs, Bits: bits}, c.Value.Shr(ofs))
}

// isAddress reports whether the values of a field are addresses.
func isAddress(s *expr.Symbol) bool {
	if s.Field == nil {
		return false
	}
	switch s.Field.Kind {
	case packet.KindEthernet, packet.KindIPv4, packet.KindIPv6:
		return true
	default:
	}
	return false
}

// value writes the value of a field or of some of its bits; a register is written in the format of
// the match that is explained.
func (j *matchAnalyzer) value(ref expr.FieldRef, v packet.Value) string {
	field, ofs, bits := ref.Resolve()
	switch {
	case field == nil:
		return string(packet.AppendHex(nil, v))
	case field.Register && bits == 32 && j.writes == packet.KindIPv4:
		return string(packet.AppendIPv4(nil, v.Lo))
	case field.Register && bits == 128 && j.writes == packet.KindIPv6:
		return string(packet.AppendIPv6(nil, v))
	case ofs == 0 && bits >= field.Bits:
		return field.Format(v)
	case bits <= 16 && field.Kind != packet.KindEthernet:
		return strconv.FormatUint(v.Lo, 10)
	}
	return string(packet.AppendHex(nil, v))
}

// written reports whether the text of a comparison contains an IP address.
func written(text string) packet.Kind {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" {},/!()=<>", r) }) {
		if a, err := netip.ParseAddr(word); err == nil {
			if a.Is4() {
				return packet.KindIPv4
			}
			return packet.KindIPv6
		}
	}
	return packet.KindHexadecimal
}

// resident describes the chassis of a port and the required one.
func (j *matchAnalyzer) resident(e *expr.Resident) verdict.FailedPart {
	out := verdict.FailedPart{Field: "is_chassis_resident(" + expr.Quote(e.Port) + ")", Actual: "0", Wanted: "1"}
	if e.Not {
		out.Actual, out.Wanted = out.Wanted, out.Actual
	}
	if !j.n.HasPort(e.Port) {
		out.Actual += ", as there is no such port"
	}
	return out
}
