package packetset

import (
	"math/rand/v2"
	"slices"
	"sort"

	"github.com/ovnwalk/ovnwalk/packet"
)

// order has the fields of a packet as it enters the network, in the order of their bits in
// diagrams. The fields that determine the kind of the packet are first, followed by those
// that policies compare, those of the destination and those of the sender. Fields of one
// group depend on each other; the fields of the last two groups depend on the kind alone. A
// field that senders set and that is not listed is behind them.
var order = withRest([]*packet.Field{
	packet.EthType, packet.VLANTCI, packet.IPProto, packet.IPFrag,
	packet.TPDst, packet.TPSrc, packet.TCPFlags, packet.IPTTL, packet.IPDSCP, packet.IPECN, packet.IPv6Label,
	packet.EthDst, packet.IPv4Dst, packet.IPv6Dst, packet.NDTarget, packet.ARPTHA,
	packet.Inport, packet.EthSrc, packet.IPv4Src, packet.ARPSHA, packet.IPv6Src,
}, packet.Fields())

// ofNetwork reports whether a field is not part of a frame: the network sets it.
func ofNetwork(f *packet.Field) bool {
	return f.Register || f.Prereq == packet.NeedCT || f == packet.PktMark || f == packet.CTState || f == packet.CTMark || f == packet.CTLabel
}

// withRest appends to fields those of frames whose bits none of them has. Without a place in
// the order, the bits of a field would be 0 in all packets.
func withRest(fields, all []*packet.Field) []*packet.Field {
	listed := map[[2]int]bool{} // words and their bits
	bits := func(f *packet.Field) (of [][2]int) {
		word, shift, n := f.Place()
		for i := shift; i < shift+n; i++ {
			of = append(of, [2]int{word - i/64, i % 64})
		}
		return of
	}
	for _, f := range fields {
		for _, b := range bits(f) {
			listed[b] = true
		}
	}
	for _, f := range all {
		if ofNetwork(f) || slices.ContainsFunc(bits(f), func(b [2]int) bool { return listed[b] }) {
			continue
		}
		fields = append(fields, f)
		for _, b := range bits(f) {
			listed[b] = true
		}
	}
	return fields
}

// Fields returns the fields of the packets of a set, in the order of their bits. Transport
// ports are TPSrc and TPDst; the addresses of ARP are those of IPv4, and its operation is
// the IP protocol.
func Fields() []*packet.Field { return order }

// maxBits is an upper bound of the number of bits of all fields.
const maxBits = 1024

// span is the position of the bits of a field in the order. The highest bit is first.
type span struct{ first, bits int32 }

var (
	spans   = map[*packet.Field]span{}
	numBits int32

	// bitAt has the position of each bit of a packet's words in the order, -1 for none.
	bitAt [packet.Words][64]int16

	// wordBit is the inverse of bitAt.
	wordBit []struct{ word, bit uint8 }
)

func init() {
	for w := range bitAt {
		for b := range bitAt[w] {
			bitAt[w][b] = -1
		}
	}
	for _, f := range order {
		word, shift, n := f.Place()
		spans[f] = span{numBits, int32(n)}
		for i := n - 1; i >= 0; i-- {
			w, b := word, shift+i
			if b >= 64 {
				w, b = word-1, b-64
			}
			bitAt[w][b] = int16(numBits)
			wordBit = append(wordBit, struct{ word, bit uint8 }{uint8(w), uint8(b)})
			numBits++
		}
	}
}

// underWay returns the number of a bit of a word: its position in the order, or a negative
// number for a bit that no packet has as it enters the network, such as that of a register.
func underWay(word, bit int) int16 {
	if i := bitAt[word][bit]; i >= 0 {
		return i
	}
	return int16((word-packet.Words)*64 + 63 - bit)
}

// place returns the word and the bit of a number of underWay.
func place(i int32) (word int, bit uint8) {
	if i >= 0 {
		return int(wordBit[i].word), wordBit[i].bit
	}
	i += packet.Words * 64
	return int(i / 64), uint8(63 - i%64)
}

// Has reports whether a packet is in a set.
func (m *Manager) Has(s Set, p *packet.Packet) bool {
	p = m.renames.toKept(p)
	for s > All {
		n := &m.nodes[s]
		word, bit := place(n.bit)
		if p.Word(word)>>bit&1 == 0 {
			s = n.lo
		} else {
			s = n.hi
		}
	}
	return s == All
}

// values are the words of a packet.
type values [packet.Words]uint64

func (v *values) set(bit int32) {
	at := wordBit[bit]
	v[at.word] |= 1 << at.bit
}

func (v *values) packet() (p packet.Packet) {
	for _, f := range order {
		word, shift, n := f.Place()
		x := packet.Value{Lo: v[word] >> shift}
		if f.Bits > 64 {
			x.Hi = v[word-1]
		}
		p.Set(f, x.And(packet.Ones(n)))
	}
	return p
}

// Sample returns the packet of a set whose first bits are 0 if possible, and in which all
// bits that the set leaves open are 0. ok is false for Empty.
func (m *Manager) Sample(s Set) (packet.Packet, bool) {
	var v values
	for s > All {
		n := &m.nodes[s]
		if x := m.renames; x != nil && x.of[n.bit] != 0 {
			r := x.list[x.of[n.bit]-1]
			least := m.least(s, r)
			v.put(r, least)
			s = m.with(s, r, r.toKept(least))
			continue
		}
		if n.lo != Empty {
			s = n.lo
		} else {
			v.set(n.bit)
			s = n.hi
		}
	}
	return v.packet(), s == All
}

// Draw returns a random packet of a set. ok is false for Empty.
func (m *Manager) Draw(s Set, r *rand.Rand) (packet.Packet, bool) {
	var v values
	next := int32(0)
	free := func(to int32) {
		for ; next < to; next++ {
			if r.Uint64()&1 != 0 {
				v.set(next)
			}
		}
	}
	for s > All {
		n := &m.nodes[s]
		free(n.bit)
		if n.lo == Empty || n.hi != Empty && r.Uint64()&1 != 0 {
			v.set(n.bit)
			s = n.hi
		} else {
			s = n.lo
		}
		next++
	}
	free(numBits)
	return m.renames.toReal(v.packet()), s == All
}

// known are the bits that are the same in all packets of a set.
type known struct{ mask, value values }

// maxKnown is the maximum number of results of known that are kept.
const maxKnown = 4096

// known returns the bits that are the same in all packets of a set, which is not
// empty, in the diagram's values.
func (m *Manager) known(s Set) *known {
	if k, ok := m.same[s]; ok {
		return k
	}
	m.visit()
	v := knownVisit{m: m}
	v.visit(s, 0)
	k := &known{}
	free := int32(0)
	for bit := range numBits {
		free += v.runs[bit]
		if free > 0 || v.zero[bit] == v.one[bit] {
			continue
		}
		at := wordBit[bit]
		k.mask[at.word] |= 1 << at.bit
		if v.one[bit] {
			k.value[at.word] |= 1 << at.bit
		}
	}
	if m.same == nil || len(m.same) == maxKnown {
		m.same = map[Set]*known{}
	}
	m.same[s] = k
	return k
}

// visit starts a traversal that visits each node once.
func (m *Manager) visit() {
	if len(m.seen) < len(m.nodes) {
		m.seen, m.made = make([]uint32, cap(m.nodes)), make([]Set, cap(m.nodes))
		m.epoch = 0
	}
	m.epoch++
}

// knownVisit is a traversal of the nodes of a set.
type knownVisit struct {
	m         *Manager
	zero, one [maxBits]bool      // bits that can be 0, and 1
	runs      [maxBits + 1]int32 // for each position, how many runs of open bits begin minus how many end
}

func (v *knownVisit) visit(s Set, after int32) {
	n := &v.m.nodes[s]
	bit := n.bit
	if after < bit {
		v.runs[after]++
		v.runs[bit]--
	}
	if s <= All || !v.m.arrive(s) {
		return
	}
	if n.lo != Empty {
		v.zero[bit] = true
		v.visit(n.lo, bit+1)
	}
	if n.hi != Empty {
		v.one[bit] = true
		v.visit(n.hi, bit+1)
	}
}

// Equal returns the packets whose field f has value v in the bits of a mask.
func (m *Manager) Equal(f *packet.Field, v, mask packet.Value) Set {
	at := spans[f]
	var all [128]int32
	t := terms(all[:0])
	for i := range int(at.bits) {
		if mask.Bit(i) != 0 {
			t = append(t, (at.first+at.bits-1-int32(i))<<1|int32(v.Bit(i)))
		}
	}
	return m.keptSet(t)
}

// Is returns the packets whose field f has a value.
func (m *Manager) Is(f *packet.Field, v uint64) Set {
	return m.Equal(f, packet.Uint(v), packet.Ones(f.Bits))
}

// OneOf returns the packets whose field f has one of several values.
func (m *Manager) OneOf(f *packet.Field, values []packet.Value) Set {
	values = slices.Clone(values)
	m.renames.values(f, values)
	slices.SortFunc(values, packet.Value.Cmp)
	at := spans[f]
	return m.oneOf(values, packet.Ones(int(at.bits)), at.first+at.bits-1)
}

// oneOf returns the packets of which some bits are one of several sorted values: the bits
// of a mask, where bit i of a value is bit lowest-i of a packet.
func (m *Manager) oneOf(values []packet.Value, mask packet.Value, lowest int32) Set {
	switch {
	case len(values) == 0:
		return Empty
	case mask.IsZero():
		return All
	}
	i := mask.Len() - 1
	ones := sort.Search(len(values), func(n int) bool { return values[n].Bit(i) != 0 })
	mask = mask.Flip(i)
	return m.make(lowest-int32(i), m.oneOf(values[:ones], mask, lowest), m.oneOf(values[ones:], mask, lowest))
}

// WellFormed returns the packets that a frame can be. A field that only some packets have
// is 0 in the others, as far as flows can compare it.
func (m *Manager) WellFormed() Set {
	ip := m.Or(m.Is(packet.EthType, packet.EthTypeIPv4), m.Is(packet.EthType, packet.EthTypeIPv6))
	tcp, udp, sctp := m.Is(packet.IPProto, packet.ProtoTCP), m.Is(packet.IPProto, packet.ProtoUDP), m.Is(packet.IPProto, packet.ProtoSCTP)
	high := packet.Range(8, 8)
	icmp := m.Or(m.And(m.Is(packet.EthType, packet.EthTypeIPv4), m.Is(packet.IPProto, packet.ProtoICMP)),
		m.And(m.Is(packet.EthType, packet.EthTypeIPv6), m.Is(packet.IPProto, packet.ProtoICMPv6)))
	ported := m.And(ip, m.Union([]Set{tcp, udp, sctp, m.And(icmp,
		m.And(m.Equal(packet.TPSrc, packet.Value{}, high), m.Equal(packet.TPDst, packet.Value{}, high)))}))
	portless := m.And(m.Is(packet.TPSrc, 0), m.Is(packet.TPDst, 0))
	s := m.Or(ported, portless)
	s = m.And(s, m.Or(m.And(ip, tcp), m.Is(packet.TCPFlags, 0)))
	arp := m.Or(m.Is(packet.EthType, packet.EthTypeARP), m.Is(packet.EthType, packet.EthTypeRARP))
	s = m.And(s, m.Or(m.Or(ip, arp), m.Is(packet.IPProto, 0)))
	s = m.And(s, m.Or(ip, m.Is(packet.IPFrag, 0)))
	// A neighbor solicitation or advertisement of another code has no target and no addresses.
	other := m.And(m.Without(m.And(m.Is(packet.EthType, packet.EthTypeIPv6), m.Is(packet.IPProto, packet.ProtoICMPv6)), m.Is(packet.TPDst, 0)),
		m.Or(m.Is(packet.TPSrc, packet.NDSolicit), m.Is(packet.TPSrc, packet.NDAdvertise)))
	none := m.And(m.Equal(packet.NDTarget, packet.Value{}, packet.Ones(128)), m.And(m.Is(packet.ARPSHA, 0), m.Is(packet.ARPTHA, 0)))
	return m.Choose(other, m.And(s, none), s)
}
