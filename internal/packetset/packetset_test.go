package packetset

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// networks opens the databases of the repository and those of OVNWALK_CORPUS.
func networks(t *testing.T) []*lflow.Network {
	t.Helper()
	var all []*lflow.Network
	for _, path := range sbtest.Recorded(t) {
		n, err := lflow.Open(context.Background(), path, lflow.Options{})
		if err != nil {
			t.Logf("%s: %v", path, err)
			continue
		}
		all = append(all, n)
	}
	if len(all) == 0 {
		t.Fatal("no databases")
	}
	return all
}

// randomState returns a state in which some bits are constants or copies of other bits.
func randomState(r *rand.Rand, p *packet.Packet) *State {
	s := NewState()
	all := packet.Fields()
	for range r.IntN(12) {
		dst, src := all[r.IntN(len(all))], all[r.IntN(len(all))]
		if r.IntN(3) == 0 {
			s.SetField(dst, Constant(packet.Value{Hi: r.Uint64(), Lo: r.Uint64()}, dst.Bits))
			continue
		}
		n := 1 + r.IntN(min(dst.Bits, src.Bits))
		s.Set(dst, r.IntN(dst.Bits-n+1), s.Get(src, r.IntN(src.Bits-n+1), n))
	}
	return s
}

// apply returns the packet that an original packet becomes in a state.
func apply(s *State, p *packet.Packet) (q packet.Packet) {
	w := s.Of(p)
	for _, f := range packet.Fields() {
		word, shift, n := f.Place()
		v := packet.Value{Lo: w[word] >> shift}
		if f.Bits > 64 {
			v.Hi = w[word-1]
		}
		q.SetMasked(f, v, packet.Ones(n))
	}
	return q
}

// like returns a packet with the bits that a match requires.
func like(p packet.Packet, m *expr.Matcher) packet.Packet {
	for _, b := range m.Required(nil) {
		for _, f := range Fields() {
			if word, shift, n := f.Place(); word == b.Word && f.Bits <= 64 {
				p.SetMasked(f, packet.Uint(b.Value>>shift), packet.Uint(b.Mask>>shift&packet.Ones(n).Lo))
			}
		}
	}
	return p
}

func TestMatchAgreesWithMatcher(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	compared, matched := 0, 0
	for _, n := range networks(t) {
		m := NewManager(0)
		for _, d := range n.Datapaths {
			var keys []uint64
			for _, p := range d.Ports() {
				keys = append(keys, p.Key)
			}
			if len(keys) == 0 {
				continue
			}
			for f := range n.ListFlows(d) {
				if f.Err(d) != nil || r.IntN(4) != 0 {
					continue
				}
				p, _ := m.Draw(m.WellFormed(), r)
				p.SetUint(packet.Inport, keys[r.IntN(len(keys))])
				if r.IntN(2) == 0 {
					p = like(p, f.Matcher())
				}
				s := NewState()
				if r.IntN(3) == 0 {
					s = randomState(r, &p)
				}
				q := apply(s, &p)
				if in := s.Field(packet.Inport); !in.IsConstant() && in.Of(&p) != p.Get(packet.Inport) {
					continue // a part of the key of a port is not the key of a port
				}
				if out := s.Field(packet.Outport); !out.IsConstant() {
					continue
				}
				ports := append(slices.Clip(keys), p.Uint(packet.Inport))
				set := m.Match(f.Matcher(), s, d.Index, ports)
				if whole := expr.Evaluate[Set](f.Matcher(), d.Index, &algebra{m, s, ports}); set != whole {
					t.Fatalf("%s: the set by factors differs from the set by comparisons", f.MatchText())
				}
				want := f.Match(&q, d)
				if got := m.Has(set, &p); got != want {
					t.Fatalf("%s: %s: set %v, matcher %v", f.MatchText(), q.Header(packet.HeaderStyle{}), got, want)
				}
				compared++
				if want {
					matched++
				}
			}
		}
	}
	t.Logf("%d compared, %d matched", compared, matched)
	if matched < compared/20 {
		t.Errorf("only %d of %d packets matched", matched, compared)
	}
}

// TestAnywhere compares sets of packets at any table, with arbitrary metadata, with matchers, and
// filters of two matchers with the intersection of their sets.
func TestAnywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	s := Anywhere()
	compared, matched, rejected := 0, 0, 0
	for _, n := range networks(t) {
		m := NewManager(0)
		for _, d := range n.Datapaths {
			var keys []uint64
			for _, p := range d.Ports() {
				keys = append(keys, p.Key)
			}
			var before *lflow.Flow
			for f := range n.ListFlows(d) {
				if f.Err(d) != nil || len(keys) == 0 || r.IntN(4) != 0 {
					continue
				}
				if before == nil {
					before = f
				}
				var words [packet.Words]uint64
				for w := range words {
					words[w] = r.Uint64()
				}
				q := packet.FromWords(words)
				q.SetUint(packet.OnChassis, 0)
				if r.IntN(4) != 0 {
					q = like(like(q, before.Matcher()), f.Matcher())
				}
				for _, port := range []*packet.Field{packet.Inport, packet.Outport} {
					q.SetUint(port, keys[r.IntN(len(keys))])
				}
				want := f.Match(&q, d)
				if got := m.Has(m.Match(f.Matcher(), s, d.Index, keys), &q); got != want {
					t.Fatalf("%s: set %v, matcher %v", f.MatchText(), got, want)
				}
				rejects := NewMatcherFilter(before.Matcher(), d.Index, keys).Rejects(f.Matcher(), d.Index)
				if rejects && want && before.Match(&q, d) {
					t.Fatalf("%s and %s: the filter rejects a packet that matches both", before.MatchText(), f.MatchText())
				}
				if both := m.And(m.Match(before.Matcher(), s, d.Index, keys), m.Match(f.Matcher(), s, d.Index, keys)); rejects && both != Empty {
					t.Fatalf("%s and %s: the filter rejects packets in the intersection of the sets", before.MatchText(), f.MatchText())
				}
				compared++
				if want {
					matched++
				}
				if rejects {
					rejected++
				}
				before = f
			}
		}
	}
	t.Logf("%d compared, %d matched, %d rejected", compared, matched, rejected)
	if matched < compared/20 || rejected < compared/20 {
		t.Errorf("of %d packets only %d matched and %d were rejected", compared, matched, rejected)
	}
}

func TestDescribe(t *testing.T) {
	n := networks(t)[0]
	m := NewManager(0)
	for _, c := range []struct{ name, of, among, text, match string }{
		{"everything", "1", "1", "any packet", "1"},
		{"nothing", "0", "1", "", "0"},
		{
			"ports", "ip4 && (tcp.dst == 5432 || (tcp.dst >= 8000 && tcp.dst <= 8080))", "ip4",
			"tcp.dst == {5432, 8000..8080}", "(8000 <= tcp.dst <= 8080 || tcp.dst == 5432)",
		},
		{"ports of both families", "tcp.dst == 443", "ip", "tcp.dst == 443", "tcp.dst == 443"},
		{"protocol", "icmp4", "ip4 && ip4.dst == 10.0.0.1", "icmp4", "icmp4"},
		{"prefix", "ip4.dst == 10.0.0.0/8", "ip", "ip4.dst == 10.0.0.0/8", "ip4.dst == 10.0.0.0/8"},
		{"all but a port", "ip4 && tcp && tcp.dst != 22", "ip4", "tcp.dst != 22", "tcp.dst != 22"},
		{"kinds", "ip || arp", "1", "ip || arp", "ip || arp"},
		{"tag", "vlan.present && ip", "ip", "vlan.present", "vlan.present"},
		{"what is known", "ip4.dst == 10.0.0.1 && tcp.dst == 80", "ip4.dst == 10.0.0.1", "tcp.dst == 80", "tcp.dst == 80"},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := func(text string) Set {
				e, err := expr.ParseFlow(text, n.FlowEnv())
				if err != nil {
					t.Fatal(err)
				}
				return m.And(m.WellFormed(), m.Match(expr.Compile(expr.Annotate(e), n.Binder()), NewState(), 0, nil))
			}
			among := set(c.among)
			got := m.Describe(m.And(among, set(c.of)), among, nil)
			if got.Text != c.text || got.Match != c.match {
				t.Errorf("got %q, %q, want %q, %q", got.Text, got.Match, c.text, c.match)
			}
		})
	}
}

func TestAlgebra(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	m := NewManager(0)
	draw := func() Set {
		s := Empty
		for range 1 + r.IntN(4) {
			c := All
			for range 1 + r.IntN(3) {
				f := order[r.IntN(len(order))]
				c = m.And(c, m.Equal(f, packet.Value{Hi: r.Uint64(), Lo: r.Uint64()}, packet.Ones(r.IntN(4))))
			}
			s = m.Or(s, c)
		}
		return s
	}
	for range 500 {
		a, b, c := draw(), draw(), draw()
		for name, same := range map[string][2]Set{
			"distributes":  {m.And(a, m.Or(b, c)), m.Or(m.And(a, b), m.And(a, c))},
			"De Morgan":    {m.Not(m.And(a, b)), m.Or(m.Not(a), m.Not(b))},
			"without":      {m.Without(a, b), m.And(a, m.Not(b))},
			"choose":       {m.Choose(a, b, c), m.Or(m.And(a, b), m.And(m.Not(a), c))},
			"twice not":    {m.Not(m.Not(a)), a},
			"union":        {m.Union([]Set{a, b, c}), m.Or(m.Or(a, b), c)},
			"care is kept": {m.And(m.Simplify(a, m.Or(b, c)), m.Or(b, c)), m.And(a, m.Or(b, c))},
		} {
			if same[0] != same[1] {
				t.Fatalf("%s does not hold", name)
			}
		}
		for _, pair := range [][2]Set{{a, b}, {b, a}, {a, All}, {All, a}, {a, Empty}, {Empty, a}, {a, a}, {a, m.Or(a, b)}, {m.Not(a), a}} {
			x, y := pair[0], pair[1]
			meets, within := m.Meets(x, y), m.Within(x, y) // before the sets are made
			if meets != (m.And(x, y) != Empty) || within != (m.Without(x, y) == Empty) || m.Meets(x, y) != meets || m.Within(x, y) != within {
				t.Fatal("Meets or Within differs from the intersection or the difference")
			}
		}
		p, _ := m.Draw(All, r)
		if m.Has(m.And(a, b), &p) != (m.Has(a, &p) && m.Has(b, &p)) {
			t.Fatal("a sample of the intersection is not in both sets")
		}
		if q, ok := m.Sample(a); ok != (a != Empty) || ok && !m.Has(a, &q) {
			t.Fatal("a sample is not in its set")
		}
	}
}

// TestRelease tests that a manager keeps the sets from before the mark, and makes the same sets
// after Release as a new manager.
func TestRelease(t *testing.T) {
	digests := func(m *Manager) (out []Digest) {
		var sets []Set
		for i := range uint64(3000) {
			sets = append(sets, m.And(m.Is(packet.IPv4Src, i*7919), m.Is(packet.TPDst, i&0xffff)))
		}
		all := m.Union(sets)
		for _, s := range []Set{all, m.Not(all), m.Restrict(all, m.Known(sets[5], packet.TPDst)), m.WellFormed()} {
			out = append(out, m.Digest(s))
		}
		return out
	}
	want := digests(NewManager(0))
	m := NewManager(0)
	numbers := make([]packet.Value, 500)
	for i := range numbers {
		numbers[i] = packet.Uint(uint64(i) * 131)
	}
	kept := m.OneOf(packet.IPv4Dst, numbers)
	keptState := m.ID(NewState())
	reset := func() {
		m.Assume(packet.IPv4Dst, nil)
		m.Reset()
	}
	for _, release := range []func(){func() { m.Release(m.Mark()) }, func() {}, reset, reset} {
		release()
		mark := m.Mark()
		if got := digests(m); !slices.Equal(got, want) {
			t.Error("the sets after Release differ")
		}
		s := NewState()
		s.SetUint(packet.EthDst, 1)
		m.ID(s)
		m.Assume(packet.IPv4Dst, nil)
		m.Release(mark)
		if m.Mark() != mark || len(m.assumed) > 0 {
			t.Errorf("%v, not %v", m.Mark(), mark)
		}
		if m.Size() > 2 && (m.OneOf(packet.IPv4Dst, numbers) != kept || m.Mark() != mark || m.ID(NewState()) != keptState) {
			t.Error("Release removed sets or states from before the mark")
		}
	}
}

// TestOneOf compares the set of several values with the union of the sets of each.
func TestOneOf(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		m := NewManager(0)
		for _, f := range []*packet.Field{packet.IPv4Src, packet.TPDst, packet.EthSrc, packet.IPv6Dst} {
			var values []packet.Value
			var sets []Set
			for range r.IntN(40) {
				v := packet.Value{Hi: r.Uint64(), Lo: r.Uint64() >> r.IntN(64)}.And(packet.Ones(f.Bits))
				values = append(values, v)
				sets = append(sets, m.Equal(f, v, packet.Ones(f.Bits)))
			}
			if m.OneOf(f, values) != m.Union(sets) {
				t.Errorf("%s of %v", f.Name, values)
			}
		}
	}
}
