package vet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/northd"
	"github.com/ovnwalk/ovnwalk/packet"
)

// coverIndex finds which flows of higher priority take all packets of a cube, by
// hash: cubes that compare the same bits of the same symbols have one
// signature, and of each signature the cube's own bits find the one that holds
// it.  A cube counts as held only by a single one, on each datapath, which
// leaves out what several hold together, and says nothing that is not so.
type coverIndex struct {
	signatures []*signature
	known      map[string]*signature
}

type signature struct {
	terms []*expr.Cmp // whose values do not count
	held  map[string]*coveringFlows
}

// coveringFlows are the flows that have a cube, and the datapaths that have them.
type coveringFlows struct {
	bits  []uint64
	flows []*flow
}

func newCoverIndex() *coverIndex { return &coverIndex{known: map[string]*signature{}} }

// add files a flow's cubes.
func (x *coverIndex) add(f *flow, cubes []expr.Cube) {
	var key, value []byte
	for _, c := range cubes {
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
			s = &signature{terms: terms, held: map[string]*coveringFlows{}}
			x.known[string(key)] = s
			x.signatures = append(x.signatures, s)
		}
		h := s.held[string(value)]
		if h == nil {
			h = &coveringFlows{bits: make([]uint64, len(f.on.bits))}
			s.held[string(value)] = h
		}
		for i, w := range f.on.bits {
			h.bits[i] |= w
		}
		h.flows = append(h.flows, f)
	}
}

// over returns the flows that take all packets of a flow's cubes on all of its
// datapaths, at most a few for each cube; nil where some packet is left.
func (x *coverIndex) over(f *flow, cubes []expr.Cube) (all []*flow) {
	for _, c := range cubes {
		by := x.holding(f.on, c)
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

// maxOver is how many covering flows a finding names.
const maxOver = 3

// holding returns flows that take all packets of a cube on datapaths.
func (x *coverIndex) holding(on *datapathSet, c expr.Cube) (by []*flow) {
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
			if len(by) < maxOver && g.on.common(on) != nil {
				by = append(by, g)
			}
		}
		if rest == 0 {
			return by
		}
	}
	return nil
}

// project returns the values of a cube at a signature's bits, if the cube fixes
// all of them.
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

// appendTerm appends what distinguishes a comparison from others of the same bits.
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

// shadowed reports a flow that others cover.
func (v *checker) shadowed(f *flow, over []*flow) {
	found := Finding{Code: Shadowed, Flows: []Where{where(f.Flow)}, Datapaths: f.on.names()}
	var ids []string
	for _, g := range over {
		found.Flows = append(found.Flows, where(g.Flow))
		ids = append(ids, fmt.Sprintf("%s at priority %d", short(g.UUID.String()), g.Priority))
	}
	verb := "take"
	if len(over) == 1 {
		verb = "takes"
	}
	found.Message = fmt.Sprintf("no packet takes the flow, for %s %s all that it matches", strings.Join(ids, ", "), verb)
	found.KnownReason = northd.ShadowReason(f, over)
	v.add(found)
}

// short returns the part of a UUID by which people refer to a flow.
func short(uuid string) string { return uuid[:min(8, len(uuid))] }
