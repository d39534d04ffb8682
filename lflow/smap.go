package lflow

import (
	"encoding/binary"
	"math/bits"
)

// smapOrder returns a map's keys, given sorted, in the order in which OVS's smap yields them: a
// hash table of chains with the newest entry first, which grows when it has twice as many entries
// as buckets. This order decides which VIP is found first.
func smapOrder(keys []string) []string {
	type entry struct {
		key  string
		hash uint32
	}
	buckets := make([][]entry, 1) // in each, the newest entry is last
	grow := func(n int) {
		m := hashMask(n)
		next := make([][]entry, m+1)
		for _, b := range buckets {
			for i := len(b) - 1; i >= 0; i-- {
				next[b[i].hash&m] = append(next[b[i].hash&m], b[i])
			}
		}
		buckets = next
	}
	for n, k := range keys {
		e := entry{k, murmur3(k)}
		b := e.hash & uint32(len(buckets)-1)
		buckets[b] = append(buckets[b], e)
		if (n+1)/2 > len(buckets)-1 {
			grow(n + 1)
		}
	}
	out := make([]string, 0, len(keys))
	for _, b := range buckets {
		for i := len(b) - 1; i >= 0; i-- {
			out = append(out, b[i].key)
		}
	}
	return out
}

// murmur3 is the 32-bit MurmurHash3 of s with seed 0, except that the bytes after the last
// complete word count as one word.
func murmur3(s string) uint32 {
	mix := func(h, w uint32) uint32 {
		w *= 0xcc9e2d51
		w = bits.RotateLeft32(w, 15) * 0x1b873593
		return bits.RotateLeft32(h^w, 13)*5 + 0xe6546b64
	}
	h, n := uint32(0), len(s)
	for ; len(s) >= 4; s = s[4:] {
		h = mix(h, binary.LittleEndian.Uint32([]byte(s[:4])))
	}
	if s != "" {
		var tail [4]byte
		copy(tail[:], s)
		h = mix(h, binary.LittleEndian.Uint32(tail[:]))
	}
	h ^= uint32(n)
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return h ^ h>>16
}
