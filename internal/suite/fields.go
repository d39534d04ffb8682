package suite

import (
	"fmt"
	"strconv"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/packet"
)

// fieldTest compiles the test that a field has a value, and returns the field.
// The value may be all that the match language compares a field with: a number,
// an address, one under a mask, a set in braces.
func (n *network) fieldTest(f Field) (*expr.Matcher, expr.FieldRef, error) {
	symbols := n.Network().Symbols()
	ref, err := symbols.ParseFieldRef(f.Value)
	if err != nil {
		return nil, ref, err
	}
	field, _, _ := ref.Resolve()
	if ref.Symbol.Width == 0 || field == nil {
		return nil, ref, fmt.Errorf("%s is not a field that a delivered packet has", f.Value)
	}
	e, err := expr.Parse(f.Value+" == "+f.Want.Value, expr.Env{Symbols: symbols, Set: n.Network().AddressSet})
	if err != nil {
		return nil, ref, fmt.Errorf("%s: %s: %w", f.Value, f.Want.Value, err)
	}
	return expr.Compile(expr.Annotate(e), noNamesBinder{}), ref, nil
}

// noNamesBinder binds the names of a match that has none.
type noNamesBinder struct{}

func (noNamesBinder) Port(string) expr.PortSet  { return nil }
func (noNamesBinder) Group(string) expr.PortSet { return nil }
func (noNamesBinder) Resident(string) bool      { return false }

// fieldText returns a field's value as it is written.
func fieldText(ref expr.FieldRef, p *packet.Packet) string {
	v := ref.Read(p)
	if field, ofs, bits := ref.Resolve(); ofs == 0 && bits == field.Bits {
		if !p.Has(field) {
			return "none, for the packet has no such field"
		}
		return field.Format(v)
	}
	return strconv.FormatUint(v.Lo, 10)
}
