package packetset

import (
	"math/rand/v2"
	"testing"

	"github.com/ovnwalk/ovnwalk/packet"
)

// TestBefore compares sets before an assignment with packets: a packet is in such a set if and only
// if the packet after the assignment is in the set. A packet is in a set without some bits if and
// only if some value of these bits makes it a packet of the set.
func TestBefore(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 11))
	fields := []*packet.Field{packet.Reg(0), packet.TPDst, packet.CTMark}
	const bits = 3 // of each field, on which sets depend
	m, anywhere := NewManager(0), Anywhere()
	is := func(f *packet.Field, bit int) Set {
		word, shift, _ := f.Place()
		return m.Word(anywhere, word, 1<<(shift+bit), 1<<(shift+bit))
	}
	for range 60 {
		set := All
		for range 8 {
			one := is(fields[r.IntN(len(fields))], r.IntN(bits))
			switch r.IntN(3) {
			case 0:
				set = m.And(set, one)
			case 1:
				set = m.Or(set, m.Not(one))
			default:
				set = m.Without(m.Or(set, one), m.And(set, one))
			}
		}
		to, from, value := fields[r.IntN(len(fields))], fields[r.IntN(len(fields))], r.Uint64N(1<<bits)
		assigned, copied := Anywhere(), Anywhere()
		assigned.Set(to, 0, Constant(packet.Uint(value), bits))
		copied.Set(to, 0, anywhere.Get(from, 0, bits))
		mask := r.Uint64N(1 << bits)
		constant, copy, without := m.Before(set, assigned), m.Before(set, copied), m.Forget(set, to, packet.Uint(mask))
		for n := range uint64(1) << (bits * len(fields)) {
			var p packet.Packet
			for i, f := range fields {
				p.SetUint(f, n>>(bits*i)&(1<<bits-1))
			}
			put := func(v uint64) bool {
				q := p
				q.SetUint(to, v)
				return m.Has(set, &q)
			}
			if got, want := m.Has(constant, &p), put(value); got != want {
				t.Fatalf("%s = %d: %v, want %v", to.Name, value, got, want)
			}
			if got, want := m.Has(copy, &p), put(p.Uint(from)); got != want {
				t.Fatalf("%s = %s: %v, want %v", to.Name, from.Name, got, want)
			}
			want := false
			for v := range uint64(1) << bits {
				want = want || put(p.Uint(to)&^mask|v&mask)
			}
			if got := m.Has(without, &p); got != want {
				t.Fatalf("%s without %#x: %v, want %v", to.Name, mask, got, want)
			}
		}
	}
}

// TestNearest changes packets until they are in a set: packets of the set do not change, and of
// others, as many of the first bits in the order as possible do not.
func TestNearest(t *testing.T) {
	m, anywhere := NewManager(0), Anywhere()
	word, shift, _ := packet.TPDst.Place()
	low := func(v uint64) Set { return m.Word(anywhere, word, 7<<shift, v<<shift) }
	for like, want := range map[uint64]uint64{0: 3, 3: 3, 6: 6, 5: 6, 7: 6, 1: 3, 0x50: 0x53} {
		var p packet.Packet
		p.SetUint(packet.TPDst, like)
		p.SetUint(packet.Reg(3), 9)
		w, ok := m.Nearest(m.Or(low(3), low(6)), StateOf(&p).value)
		if got := w[word] >> shift & 0xffff; !ok || got != want {
			t.Errorf("%#x: %#x %v, want %#x", like, got, ok, want)
		}
		p.SetUint(packet.TPDst, want)
		if w != StateOf(&p).value {
			t.Errorf("%#x: other bits changed", like)
		}
	}
	if _, ok := m.Nearest(Empty, [packet.Words]uint64{}); ok {
		t.Error("the empty set has a packet")
	}
}
