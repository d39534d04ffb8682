package witness

import (
	"math/bits"
	"slices"

	"github.com/ovnwalk/ovnwalk/packet"
)

// words are the bits of a packet, by word as in packet.Field.Place, and its length in
// bytes.
type words [packet.Words + 1]uint64

// lengthWord is the word with the length.
const lengthWord = packet.Words

// Region is a set of packets: those whose bits under mask are those of val. The zero value
// has every packet.
type Region struct{ val, mask words }

// at returns the words that contain bits of a field, each with the shift that moves them
// into place: the low word and, for wide fields, the high one.
func at(f *packet.Field) (low, shift, stored int) { return f.Place() }

// Fix requires bits of a field to have a value. It returns false if no packet is left.
func (r *Region) Fix(f *packet.Field, v, mask packet.Value) bool {
	low, shift, stored := at(f)
	if f.Bits > 64 && !r.fixWord(low-1, v.Hi&mask.Hi, mask.Hi) {
		return false
	}
	m := mask.Lo & packet.Ones(stored).Lo
	return r.fixWord(low, (v.Lo&m)<<shift, m<<shift)
}

// excludes reports whether no packet of the region has a value.
func (r *Region) excludes(f *packet.Field, v, mask packet.Value) bool {
	low, shift, stored := at(f)
	if f.Bits > 64 && (r.val[low-1]^v.Hi)&r.mask[low-1]&mask.Hi != 0 {
		return true
	}
	m := mask.Lo & packet.Ones(stored).Lo
	return (r.val[low]^v.Lo<<shift)&r.mask[low]&(m<<shift) != 0
}

func (r *Region) fixWord(i int, v, m uint64) bool {
	if (r.val[i]^v)&r.mask[i]&m != 0 {
		return false
	}
	r.val[i] |= v
	r.mask[i] |= m
	return true
}

// forget removes the requirements on bits of a field, and returns them.
func (r *Region) forget(f *packet.Field, mask packet.Value) (v, m packet.Value) {
	low, shift, stored := at(f)
	take := func(i int, bits uint64) (v, m uint64) {
		v, m = r.val[i]&bits, r.mask[i]&bits
		r.val[i] &^= bits
		r.mask[i] &^= bits
		return v, m
	}
	if f.Bits > 64 {
		v.Hi, m.Hi = take(low-1, mask.Hi)
	}
	v.Lo, m.Lo = take(low, (mask.Lo&packet.Ones(stored).Lo)<<shift)
	v.Lo, m.Lo = v.Lo>>shift, m.Lo>>shift
	return v, m
}

// meet returns the packets of both regions.
func (r *Region) meet(o *Region) (both Region, ok bool) {
	for i := range r.mask {
		if (r.val[i]^o.val[i])&r.mask[i]&o.mask[i] != 0 {
			return Region{}, false
		}
	}
	for i := range r.mask {
		both.val[i], both.mask[i] = r.val[i]|o.val[i], r.mask[i]|o.mask[i]
	}
	return both, true
}

// meets reports whether a packet is in both regions.
func (r *Region) meets(o *Region) bool {
	for i := range r.mask {
		if (r.val[i]^o.val[i])&r.mask[i]&o.mask[i] != 0 {
			return false
		}
	}
	return true
}

// sparse are the words of a region with requirements, which are few.
type sparse []word

// word is the requirement on one word.
type word struct {
	i         int
	val, mask uint64
}

// sparse returns the words of a region with requirements.
func (r *Region) sparse() (s sparse) {
	for i, m := range r.mask {
		if m != 0 {
			s = append(s, word{i, r.val[i], m})
		}
	}
	return s
}

// meets reports whether a packet is in both regions.
func (s sparse) meets(r *Region) bool {
	for _, w := range s {
		if (w.val^r.val[w.i])&w.mask&r.mask[w.i] != 0 {
			return false
		}
	}
	return true
}

// touches reports whether any of the bits are in a mask.
func (s sparse) touches(mask *words) bool {
	for _, w := range s {
		if w.mask&mask[w.i] != 0 {
			return true
		}
	}
	return false
}

// within reports whether every packet of r is in o.
func (r *Region) within(o *Region) bool {
	for i := range r.mask {
		if o.mask[i]&^r.mask[i] != 0 || (r.val[i]^o.val[i])&o.mask[i] != 0 {
			return false
		}
	}
	return true
}

// has reports whether a packet is in the region.
func (r *Region) has(w *words) bool {
	for i, m := range r.mask {
		if (w[i]^r.val[i])&m != 0 {
			return false
		}
	}
	return true
}

// fixed returns the number of required bits.
func (r *Region) fixed() (n int) {
	for _, m := range r.mask {
		n += bits.OnesCount64(m)
	}
	return n
}

// maxSplits is the maximum number of times that pick splits a region.
const maxSplits = 4000

// pick returns a packet of the region that is in none of the others, and has as many bits
// of the preferred one as possible. sure is false if it gave up.
func (r *Region) pick(without []*Region, prefer *words, most int) (p words, ok, sure bool) {
	splits := 0
	var try func(c Region) (words, bool)
	try = func(c Region) (words, bool) {
		if splits++; splits > most {
			return words{}, false
		}
		p := *prefer
		for i := range p {
			p[i] = p[i]&^c.mask[i] | c.val[i]
		}
		at := slices.IndexFunc(without, func(b *Region) bool { return b.has(&p) })
		if at < 0 {
			return p, true
		}
		in := without[at]
		// Of the bits that the other region requires and this one leaves open, at least one
		// must differ. In the i-th part, the bits before the i-th agree.
		for i := range c.mask {
			for open := in.mask[i] &^ c.mask[i]; open != 0; open &= open - 1 {
				bit := open & -open
				d := c
				d.mask[i] |= bit
				d.val[i] |= bit &^ in.val[i]
				if p, ok := try(d); ok {
					return p, true
				}
				c.mask[i] |= bit
				c.val[i] |= bit & in.val[i]
			}
		}
		return words{}, false
	}
	p, ok = try(*r)
	return p, ok, ok || splits <= most
}

// get returns the value of a field.
func (w *words) get(f *packet.Field) packet.Value {
	low, shift, stored := at(f)
	v := packet.Value{Lo: w[low] >> shift & packet.Ones(stored).Lo}
	if f.Bits > 64 {
		v.Hi = w[low-1]
	}
	return v
}

// packet returns the packet of the words.
func (w *words) packet() (p packet.Packet) {
	for _, f := range packet.Fields() {
		if _, _, stored := at(f); stored == f.Bits {
			p.Set(f, w.get(f))
		}
	}
	return p
}
