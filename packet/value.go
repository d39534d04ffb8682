package packet

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// Value is an unsigned integer of up to 128 bits, wide enough for every field
// of a packet.  Narrow fields use the low bits of Lo.
type Value struct{ Hi, Lo uint64 }

// Uint returns the Value of a 64-bit integer.
func Uint(v uint64) Value { return Value{Lo: v} }

// Ones returns a Value whose n low bits are set, for n from 0 to 128.
func Ones(n int) Value {
	switch {
	case n <= 0:
		return Value{}
	case n < 64:
		return Value{Lo: 1<<n - 1}
	case n < 128:
		return Value{Hi: 1<<(n-64) - 1, Lo: ^uint64(0)}
	}
	return Value{Hi: ^uint64(0), Lo: ^uint64(0)}
}

// Range returns a Value whose bits from ofs up to ofs+n-1 are set.
func Range(ofs, n int) Value { return Ones(n).Shl(ofs) }

// IsZero reports whether no bit of v is set.
func (v Value) IsZero() bool { return v.Hi|v.Lo == 0 }

// And returns the bitwise AND of v and w.
func (v Value) And(w Value) Value { return Value{v.Hi & w.Hi, v.Lo & w.Lo} }

// Or returns the bitwise OR of v and w.
func (v Value) Or(w Value) Value { return Value{v.Hi | w.Hi, v.Lo | w.Lo} }

// Xor returns the bitwise exclusive OR of v and w.
func (v Value) Xor(w Value) Value { return Value{v.Hi ^ w.Hi, v.Lo ^ w.Lo} }

// AndNot returns the bits of v that are not set in w.
func (v Value) AndNot(w Value) Value { return Value{v.Hi &^ w.Hi, v.Lo &^ w.Lo} }

// Shl returns v shifted left by n bits, dropping what leaves 128 bits.
func (v Value) Shl(n int) Value {
	switch {
	case n == 0:
		return v
	case n >= 128:
		return Value{}
	case n >= 64:
		return Value{Hi: v.Lo << (n - 64)}
	}
	return Value{Hi: v.Hi<<n | v.Lo>>(64-n), Lo: v.Lo << n}
}

// Shr returns v shifted right by n bits.
func (v Value) Shr(n int) Value {
	switch {
	case n == 0:
		return v
	case n >= 128:
		return Value{}
	case n >= 64:
		return Value{Lo: v.Hi >> (n - 64)}
	}
	return Value{Hi: v.Hi >> n, Lo: v.Lo>>n | v.Hi<<(64-n)}
}

// Cmp compares v with w as unsigned integers: -1, 0 or 1.
func (v Value) Cmp(w Value) int {
	switch {
	case v.Hi < w.Hi || v.Hi == w.Hi && v.Lo < w.Lo:
		return -1
	case v == w:
		return 0
	}
	return 1
}

// Bit returns bit i, which is 0 or 1.
func (v Value) Bit(i int) uint64 { return v.Shr(i).Lo & 1 }

// Flip returns v with bit i inverted.
func (v Value) Flip(i int) Value { return v.Xor(Value{Lo: 1}.Shl(i)) }

// Len returns the number of bits needed to hold v; 0 for zero.
func (v Value) Len() int {
	if v.Hi != 0 {
		return 64 + bits.Len64(v.Hi)
	}
	return bits.Len64(v.Lo)
}

// OnesCount returns how many bits of v are set.
func (v Value) OnesCount() int { return bits.OnesCount64(v.Hi) + bits.OnesCount64(v.Lo) }

// TrailingZeros returns the index of the lowest set bit, or 128 if v is zero.
func (v Value) TrailingZeros() int {
	if v.Lo != 0 {
		return bits.TrailingZeros64(v.Lo)
	}
	return 64 + bits.TrailingZeros64(v.Hi)
}

// Run returns the lowest bit and the length of the only contiguous run of set bits in v.
// If there is no set bit, or more than one run, n is 0.
func (v Value) Run() (ofs, n int) {
	if v.IsZero() {
		return 0, 0
	}
	ofs = v.TrailingZeros()
	n = v.OnesCount()
	if v.Shr(ofs) != Ones(n) {
		return 0, 0
	}
	return ofs, n
}

// Intersect combines two masked constraints on the same bits. The result holds if both
// do; ok is false if they fix a bit to different values.
func Intersect(av, am, bv, bm Value) (v, m Value, ok bool) {
	if !av.Xor(bv).And(am).And(bm).IsZero() {
		return Value{}, Value{}, false
	}
	return av.Or(bv), am.Or(bm), true
}

// FromMAC returns the Value of a 48-bit Ethernet address.
func FromMAC(m [6]byte) Value {
	return Uint(uint64(m[0])<<40 | uint64(m[1])<<32 | uint64(m[2])<<24 | uint64(m[3])<<16 | uint64(m[4])<<8 | uint64(m[5]))
}

// FromAddr returns the Value of an IP address: 32 bits of IPv4 or 128 of IPv6.
// An IPv4 address mapped into IPv6 counts as IPv6.
func FromAddr(a netip.Addr) Value {
	if a.Is4() {
		b := a.As4()
		return Uint(uint64(binary.BigEndian.Uint32(b[:])))
	}
	b := a.As16()
	return Value{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

// Addr4 returns the low 32 bits as an IPv4 address.
func (v Value) Addr4() netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(v.Lo))
	return netip.AddrFrom4(b)
}

// Addr16 returns all 128 bits as an IPv6 address.
func (v Value) Addr16() netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], v.Hi)
	binary.BigEndian.PutUint64(b[8:], v.Lo)
	return netip.AddrFrom16(b)
}
