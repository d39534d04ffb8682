package packetset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/packet"
)

// State is the packet at a point of its path, for all packets of a set: each bit is a
// constant or a bit of the packet as it entered the network.
type State struct {
	value    values // constants; 0 where a bit is symbolic
	symbolic values // bits that refer to the original packet
	own      values // those of them that refer to the same position

	// origin has the position in the original packet of the symbolic bits of a word, nil if all of
	// them are own. It is not changed, but replaced: copies of the state share it.
	origin [packet.Words]*[64]int16

	id int32 // number in the manager's table, from 1; 0 if not looked up since the last change
}

// NewState returns the packet as it enters the network.
func NewState() *State {
	s := &State{}
	for _, at := range wordBit {
		s.symbolic[at.word] |= 1 << at.bit
	}
	s.own = s.symbolic
	return s
}

// Anywhere returns the state of any packet at a point of its path: it is on no chassis, all
// other bits are its own. Sets of such packets are for the operations of a manager, for
// Match and for Has; they are not sets of packets as they enter the network.
func Anywhere() *State {
	s := &State{}
	for w := range s.symbolic {
		s.symbolic[w] = ^uint64(0)
	}
	s.own = s.symbolic
	s.SetUint(packet.OnChassis, 0)
	return s
}

// StateOf returns the state in which every bit is that of a packet.
func StateOf(p *packet.Packet) *State {
	s := &State{}
	for w := range s.value {
		s.value[w] = p.Word(w)
	}
	return s
}

// Clone returns a copy.
func (s *State) Clone() *State {
	c := *s
	return &c
}

// Bits are up to 128 bits of a State, as a number.
type Bits struct {
	Width    int
	Value    packet.Value // constants
	Symbolic packet.Value
	origin   [128]int16 // position in the original packet, of symbolic bits; 0 for others
}

// Constant returns bits with a constant value.
func Constant(v packet.Value, width int) Bits {
	return Bits{Width: width, Value: v.And(packet.Ones(width))}
}

// IsConstant reports whether no bit depends on the original packet.
func (b *Bits) IsConstant() bool { return b.Symbolic.IsZero() }

// Same reports whether two numbers are equal for every packet.
func (b *Bits) Same(o *Bits) bool {
	return b.Value == o.Value && b.Symbolic == o.Symbolic && b.origin == o.origin
}

// Slice returns some of the bits.
func (b Bits) Slice(ofs, width int) Bits {
	out := Bits{Width: width, Value: b.Value.Shr(ofs).And(packet.Ones(width)), Symbolic: b.Symbolic.Shr(ofs).And(packet.Ones(width))}
	copy(out.origin[:width], b.origin[ofs:])
	return out
}

// Widen returns the number with more bits, which are 0.
func (b Bits) Widen(width int) Bits {
	b.Width = width
	return b
}

// Of returns the value of the bits for one original packet.
func (b *Bits) Of(p *packet.Packet) packet.Value {
	v := b.Value
	for i := range b.Width {
		if b.Symbolic.Bit(i) == 0 {
			continue
		}
		at := wordBit[b.origin[i]]
		if p.Word(int(at.word))>>at.bit&1 != 0 {
			v = v.Or(packet.Uint(1).Shl(i))
		}
	}
	return v
}

// Get returns bits of a field.
func (s *State) Get(f *packet.Field, ofs, width int) Bits {
	word, shift, stored := f.Place()
	out := Bits{Width: width}
	n := min(width, stored-ofs)
	if n <= 0 {
		return out
	}
	first := shift + ofs
	bits := func(v *values) packet.Value {
		w := packet.Uint(v[word])
		if first+n > 64 {
			w.Hi = v[word-1]
		}
		return w.Shr(first).And(packet.Ones(n))
	}
	out.Value, out.Symbolic = bits(&s.value), bits(&s.symbolic)
	for open := out.Symbolic; !open.IsZero(); {
		i := open.TrailingZeros()
		open = open.Flip(i)
		w, b := word, first+i
		if b >= 64 {
			w, b = word-1, b-64
		}
		out.origin[i] = s.from(w, b)
	}
	return out
}

// from returns the position in the original packet of a symbolic bit.
func (s *State) from(word, bit int) int16 {
	if row := s.origin[word]; row != nil {
		return row[bit]
	}
	return underWay(word, bit)
}

// Field returns a whole field.
func (s *State) Field(f *packet.Field) Bits { return s.Get(f, 0, f.Bits) }

// Set changes bits of a field. If the packet stores more bits than the field has, as for
// types of ICMP, the others become 0, as with packet.Packet.Set.
func (s *State) Set(f *packet.Field, ofs int, v Bits) {
	word, shift, stored := f.Place()
	s.id = 0
	n := max(0, min(v.Width, stored-ofs))
	symbolic := v.Symbolic.And(packet.Ones(n))
	s.put(word, packet.Range(shift+ofs, n), v.Value.AndNot(v.Symbolic).And(packet.Ones(n)).Shl(shift+ofs), symbolic.Shl(shift+ofs))
	if more := f.Clears() - stored; more > 0 {
		s.put(word, packet.Range(shift+stored, more), packet.Value{}, packet.Value{})
	}
	var rows [2]*[64]int16 // the new origins of a word and of the one before it
	for !symbolic.IsZero() {
		i := symbolic.TrailingZeros()
		symbolic = symbolic.Flip(i)
		w, b := word, shift+ofs+i
		if b >= 64 {
			w, b = word-1, b-64
		}
		if v.origin[i] == underWay(w, b) {
			s.own[w] |= 1 << b
			if s.origin[w] == nil {
				continue
			}
		}
		row := rows[word-w]
		if row == nil {
			row = new([64]int16)
			for bit := range row {
				row[bit] = s.from(w, bit)
			}
			rows[word-w], s.origin[w] = row, row
		}
		row[b] = v.origin[i]
	}
}

// put sets bits of a word, and of the one before it, to constants, and others to symbolic bits
// without an origin.
func (s *State) put(word int, mask, value, symbolic packet.Value) {
	for _, m := range [2]uint64{mask.Lo, mask.Hi} {
		if m != 0 {
			s.value[word] = s.value[word]&^m | value.Lo
			s.symbolic[word] = s.symbolic[word]&^m | symbolic.Lo
			if s.own[word] &^= m; s.symbolic[word] == s.own[word] {
				s.origin[word] = nil
			}
		}
		word, value, symbolic = word-1, value.Shr(64), symbolic.Shr(64)
	}
}

// SetField changes a whole field.
func (s *State) SetField(f *packet.Field, v Bits) { s.Set(f, 0, v.Widen(f.Bits)) }

// SetUint sets a field to a constant.
func (s *State) SetUint(f *packet.Field, v uint64) {
	s.SetField(f, Constant(packet.Uint(v), f.Bits))
}

// Of returns the words of the packet that an original packet has become.
func (s *State) Of(p *packet.Packet) (v [packet.Words]uint64) {
	for w := range v {
		v[w] = s.value[w] | p.Word(w)&s.own[w]
		for open := s.symbolic[w] &^ s.own[w]; open != 0; open &= open - 1 {
			b := trailing(open)
			at := wordBit[s.from(w, b)]
			v[w] |= p.Word(int(at.word)) >> at.bit & 1 << b
		}
	}
	return v
}

// Copies reports whether a bit refers to one of some fields of the original packet.
func (s *State) Copies(fields ...*packet.Field) bool {
	for w := range s.symbolic {
		for open := s.symbolic[w]; open != 0; open &= open - 1 {
			if isOf(s.from(w, trailing(open)), fields) {
				return true
			}
		}
	}
	return false
}

// Copies reports whether a bit refers to one of some fields of the original packet.
func (b *Bits) Copies(fields ...*packet.Field) bool {
	for i := range b.Width {
		if b.Symbolic.Bit(i) != 0 && isOf(b.origin[i], fields) {
			return true
		}
	}
	return false
}

func isOf(bit int16, fields []*packet.Field) bool {
	for _, f := range fields {
		if at := spans[f]; int32(bit) >= at.first && int32(bit) < at.first+at.bits {
			return true
		}
	}
	return false
}

// Packet returns the packet that an original packet has become.
func (s *State) Packet(p *packet.Packet) packet.Packet { return packet.FromWords(s.Of(p)) }

// Key is equal for states that are the same for every packet, in any manager.
func (s *State) Key() string {
	var b strings.Builder
	for _, f := range append(packet.Fields(), packet.OnChassis) {
		if v := s.Field(f); !v.Value.IsZero() || !v.IsConstant() {
			fmt.Fprintf(&b, "%s=%s ", f.Name, v.String())
		}
	}
	return b.String()
}

// Difference returns original packets for which two states differ.  p is one of them, and all
// differ in the same bit; ok is false if the states are equal for p.
func (m *Manager) Difference(a, b *State, p *packet.Packet) (s Set, ok bool) {
	x, y := a.Of(p), b.Of(p)
	for w := range x {
		if d := x[w] ^ y[w]; d != 0 {
			bit := trailing(d)
			return m.differs(m.bit(a, w, bit), m.bit(b, w, bit)), true
		}
	}
	return Empty, false
}

func (m *Manager) differs(a, b Set) Set { return m.Or(m.Without(a, b), m.Without(b, a)) }

// bit returns the original packets for which a bit of the state is 1.
func (m *Manager) bit(s *State, word, bit int) Set {
	if s.symbolic[word]>>bit&1 != 0 {
		return m.keptSet(terms{int32(s.from(word, bit))<<1 | 1})
	}
	if s.value[word]>>bit&1 != 0 {
		return All
	}
	return Empty
}

// Becomes returns the original packets for which bits have a value under a mask.
func (m *Manager) Becomes(b *Bits, v, mask packet.Value) Set {
	if !b.Value.Xor(v).And(mask).AndNot(b.Symbolic).IsZero() {
		return Empty
	}
	var c conjunction
	for open := b.Symbolic.And(mask); !open.IsZero(); {
		i := open.TrailingZeros()
		open = open.Flip(i)
		c.add(b.origin[i], v.Bit(i) != 0)
	}
	return c.set(m)
}

// conjunction is bits that must have values.
type conjunction struct {
	n     int
	terms [128]struct {
		bit int16
		one bool
	}
	none bool
}

func (c *conjunction) add(bit int16, one bool) {
	i := c.n
	for ; i > 0 && c.terms[i-1].bit < bit; i-- {
		c.terms[i] = c.terms[i-1]
	}
	if i > 0 && c.terms[i-1].bit == bit {
		c.none = c.none || c.terms[i-1].one != one
		copy(c.terms[i:c.n], c.terms[i+1:c.n+1])
		return
	}
	c.terms[i].bit, c.terms[i].one = bit, one
	c.n++
}

// set returns the packets that have the values.
func (c *conjunction) set(m *Manager) Set {
	if c.none {
		return Empty
	}
	var all [128]int32
	return m.keptSet(c.appendTo(all[:0]))
}

// appendTo appends the bits to terms, the last in the order first.
func (c *conjunction) appendTo(t terms) terms {
	t = slices.Grow(t, c.n)
	for _, bit := range c.terms[:c.n] {
		one := int32(bit.bit) << 1
		if bit.one {
			one |= 1
		}
		t = append(t, one)
	}
	return t
}

// Values returns the values that bits have for the packets of a set, at most limit of them;
// ok is false if there are more.
func (m *Manager) Values(b *Bits, among Set, limit int) (out []packet.Value, ok bool) {
	for among != Empty {
		p, _ := m.Sample(among)
		v := b.Of(&p)
		if len(out) == limit {
			return out, false
		}
		out = append(out, v)
		among = m.Without(among, m.Becomes(b, v, packet.Ones(b.Width)))
	}
	return out, true
}

// Differs reports whether one of several fields may differ between two states.
func (s *State) Differs(o *State, fields ...*packet.Field) bool {
	for _, f := range fields {
		word, shift, n := f.Place()
		mask := packet.Range(shift, n)
		if s.differs(o, word, mask.Lo) || mask.Hi != 0 && s.differs(o, word-1, mask.Hi) {
			return true
		}
	}
	return false
}

// same reports whether two states are the same for every packet.
func (s *State) same(o *State) bool {
	for w := range s.value {
		if s.differs(o, w, ^uint64(0)) {
			return false
		}
	}
	return true
}

// differs reports whether some bits of a word may differ between two states.
func (s *State) differs(o *State, word int, mask uint64) bool {
	if ((s.value[word]^o.value[word])|(s.symbolic[word]^o.symbolic[word])|(s.own[word]^o.own[word]))&mask != 0 {
		return true
	}
	if s.origin[word] == o.origin[word] {
		return false
	}
	for open := s.symbolic[word] &^ s.own[word] & mask; open != 0; open &= open - 1 {
		if b := trailing(open); s.from(word, b) != o.from(word, b) {
			return true
		}
	}
	return false
}

// String returns the constant, or the constant bits and the positions of the symbolic ones.
func (b *Bits) String() string {
	text := string(packet.AppendHex(nil, b.Value))
	for i := range b.Width {
		if b.Symbolic.Bit(i) != 0 {
			text += fmt.Sprintf(",%d:%d", i, b.origin[i])
		}
	}
	return text
}
