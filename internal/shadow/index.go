package shadow

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// index finds the flows of higher priority that take all packets of a cube, by hash: cubes that
// compare the same bits of the same symbols have the same signature, and for each signature the
// values of these bits in the cube identify the cube that contains it.  Several cubes that contain
// it only together are not found.
type index struct {
	signatures []*signature
	known      map[string]*signature
}

type signature struct {
	terms []*expr.Cmp // their values are ignored
	held  map[string]*holders
}

// holders are the flows with a cube, and their datapaths.
type holders struct {
	bits  []uint64
	flows []*flow
}

// add adds the cubes of a flow.
func (x *index) add(f *flow) {
	var key, value []byte
	for _, c := range f.cubes {
		if c.Also() != nil {
			continue
		}
		key, value = key[:0], value[:0]
		terms := c.Terms()
		for _, t := range terms {
			key = append(key, t.Symbol.Name...)
			key = append(key, 0)
			if t.Group != "" {
				key = append(key, '@')
			}
			key = appendValue(key, t.Mask)
			value = appendTerm(value, t, t.Mask)
		}
		s := x.known[string(key)]
		if s == nil {
			s = &signature{terms: terms, held: map[string]*holders{}}
			x.known[string(key)] = s
			x.signatures = append(x.signatures, s)
		}
		h := s.held[string(value)]
		if h == nil {
			h = &holders{bits: make([]uint64, len(f.on.bits))}
			s.held[string(value)] = h
		}
		for i, w := range f.on.bits {
			h.bits[i] |= w
		}
		h.flows = append(h.flows, f)
	}
}

// over returns flows that take all packets of cubes on all of some datapaths, at most a few for each
// cube; nil if some packets are left.
func (x *index) over(on *Datapaths, cubes []expr.Cube) (all []*lflow.Flow) {
	for _, c := range cubes {
		by := x.holding(on, c)
		if by == nil {
			return nil
		}
		for _, g := range by {
			if len(all) < maxOver && !slices.Contains(all, g) {
				all = append(all, g)
			}
		}
	}
	return all
}

// maxOver is the maximum number of covering flows in a result.
const maxOver = 3

// holding returns flows that take all packets of a cube on datapaths.
func (x *index) holding(on *Datapaths, c expr.Cube) (by []*lflow.Flow) {
	var left []uint64
	var value []byte
	for _, s := range x.signatures {
		var ok bool
		if value, ok = s.project(value[:0], c); !ok {
			continue
		}
		h := s.held[string(value)]
		if h == nil {
			continue
		}
		if left == nil {
			left = slices.Clone(on.bits)
		}
		rest := uint64(0)
		for i := range left {
			left[i] &^= h.bits[i]
			rest |= left[i]
		}
		for _, g := range h.flows {
			if len(by) < maxOver && g.on.Common(on) != nil {
				by = append(by, g.Flow)
			}
		}
		if rest == 0 {
			return by
		}
	}
	return nil
}

// project returns the values of a signature's bits in a cube, if the cube compares all of them.
func (s *signature) project(b []byte, c expr.Cube) ([]byte, bool) {
	terms := c.Terms()
	i := 0
	for _, want := range s.terms {
		for i < len(terms) && terms[i].Symbol.Name < want.Symbol.Name {
			i++
		}
		if i == len(terms) || terms[i].Symbol != want.Symbol {
			return b, false
		}
		t := terms[i]
		if !want.Mask.AndNot(t.Mask).IsZero() || (t.Group != "") != (want.Group != "") {
			return b, false
		}
		b = appendTerm(b, t, want.Mask)
	}
	return b, true
}

// appendTerm appends a key of the symbol and bits of a comparison.
func appendTerm(b []byte, t *expr.Cmp, mask packet.Value) []byte {
	if t.Symbol.Width > 0 {
		return appendValue(b, t.Value.And(mask))
	}
	b = append(b, t.Port...)
	b = append(b, t.Group...)
	return append(b, 0)
}

func appendValue(b []byte, v packet.Value) []byte {
	for _, w := range []uint64{v.Hi, v.Lo} {
		for range 8 {
			b = append(b, byte(w))
			w >>= 8
		}
	}
	return b
}
