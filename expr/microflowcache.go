package expr

import (
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/packet"
)

// MicroflowCache parses microflows. Of those that differ only in addresses, numbers and
// names of ports, it parses and normalizes only the first. All microflows must have the same
// environment and rules. The zero value is an empty cache. It may be used by several
// goroutines.
type MicroflowCache struct {
	mu    sync.RWMutex
	byKey map[string]*microflowForm
	texts sync.Pool
}

// microflowForm is the packet of a microflow, and the fields whose values are constants of
// the text. It is nil for a form whose packets depend on the constants in another way.
type microflowForm struct {
	packet packet.Packet
	places []microflowPlace
}

// microflowPlace is a field whose value is a constant, or the key of the port that a
// constant names.
type microflowPlace struct {
	constant int
	symbol   *Symbol
}

// Read returns the packet of a microflow. ok is false if the text must be parsed without the
// cache: if its form is not a plain conjunction, or it is not a microflow.
func (c *MicroflowCache) Read(text string, env Env, rules MicroflowRules, lookup func(port string) (uint64, bool)) (p packet.Packet, ok bool) {
	if strings.ContainsAny(text, "$@") {
		return p, false
	}
	form, _ := c.texts.Get().(*formText)
	if form == nil {
		form = &formText{}
	}
	defer c.texts.Put(form)
	form.reset()
	if !form.addMatch(text, env.Symbols) {
		return p, false
	}
	c.mu.RLock()
	known, isKnown := c.byKey[string(form.key)]
	c.mu.RUnlock()
	if !isKnown {
		if known, isKnown = form.microflow(text, env, rules, lookup); isKnown {
			c.add(string(form.key), known)
		}
	}
	if known == nil {
		return p, false
	}
	p = known.packet
	for _, at := range known.places {
		value := form.constants[at.constant]
		if at.symbol.Width > 0 {
			p.Set(at.symbol.Field, value.Number.Value)
			continue
		}
		key, ok := lookup(value.Str)
		if !ok {
			return p, false
		}
		p.SetUint(at.symbol.Field, key)
	}
	return p, true
}

func (c *MicroflowCache) add(key string, f *microflowForm) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byKey == nil {
		c.byKey = map[string]*microflowForm{}
	}
	if len(c.byKey) < maxForms {
		c.byKey[key] = f
	}
}

// microflow returns the form of a microflow, or nil if it is not a conjunction in which each
// constant determines one field. known is false if the microflow is invalid because of its
// constants, such as the name of an unknown port.
func (f *formText) microflow(text string, env Env, rules MicroflowRules, lookup func(port string) (uint64, bool)) (form *microflowForm, known bool) {
	e, err := f.parse(text, env)
	if err != nil || !comparedOnce(e) {
		return nil, true
	}
	m, err := NewMicroflow(e, rules, lookup)
	if err != nil || len(m.Unknown) > 0 {
		return nil, err != nil
	}
	form = &microflowForm{packet: m.Packet}
	for _, sub := range conjunction(e) {
		c, ok := sub.(*Cmp)
		if !ok || c.placeholder == 0 {
			continue
		}
		s := c.Symbol
		if c.Op != EQ || s.Field == nil || s.Width > 0 && (s.Width != s.Field.Bits || c.Mask != packet.Ones(s.Width) || m.Packet.Get(s.Field) != c.Value) {
			return nil, true
		}
		form.places = append(form.places, microflowPlace{c.placeholder - 1, s})
	}
	if len(form.places) != len(f.constants) {
		return nil, true // there are some in disjunctions
	}
	return form, true
}

// comparedOnce reports whether no bit of a field that is compared with a constant is in
// another comparison, including those of prerequisites.
func comparedOnce(e Expr) bool {
	var held heldBits
	once := true
	annotated := Annotate(e)
	for _, constants := range []bool{true, false} {
		Walk(annotated, func(e Expr) bool {
			if c, ok := e.(*Cmp); ok && (c.placeholder > 0) == constants {
				once = held.add(c.Symbol, constants) && once
			}
			return true
		})
	}
	return once
}

// conjunction returns the operands of a conjunction.
func conjunction(e Expr) []Expr {
	if and, ok := e.(*And); ok {
		return and.Subs
	}
	return []Expr{e}
}

// heldBits are bits of a packet.
type heldBits [packet.Words]uint64

// add reports whether none of a symbol's bits are in h, and adds them if keep is true.
func (h *heldBits) add(s *Symbol, keep bool) bool {
	if s.Field == nil {
		return true
	}
	word, shift, bits := s.Field.Place()
	mask := packet.Ones(bits)
	fresh := h[word]&(mask.Lo<<shift) == 0
	if keep {
		h[word] |= mask.Lo << shift
	}
	if mask.Hi != 0 {
		fresh = fresh && h[word-1]&mask.Hi == 0
		if keep {
			h[word-1] |= mask.Hi
		}
	}
	return fresh
}
