package expr

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/packet"
)

// sameAsAlone reads texts through a cache, one after the other, compares each with the
// microflow that it is by itself, and returns how many the cache read.
func sameAsAlone(t *testing.T, texts []string) (read int) {
	t.Helper()
	var c MicroflowCache
	env, rules := Env{Symbols: SymbolsOf(dialect.Newest)}, MicroflowRules{DropCovered: true}
	for _, text := range texts {
		p, ok := c.Read(text, env, rules, lookup)
		if !ok {
			continue
		}
		read++
		m, err := ParseMicroflow(text, env, rules, lookup)
		if err != nil || len(m.Unknown) > 0 || m.Packet != p {
			t.Errorf("%s: got %s, alone %+v, %v", text, p.Header(packet.HeaderStyle{}), m, err)
		}
	}
	return read
}

func TestMicroflowCache(t *testing.T) {
	for _, tt := range []struct {
		name  string
		read  int // how many of the texts the cache reads
		texts []string
	}{
		{"plain", 3, []string{
			`inport == "vm1" && eth.src == 0a:00:00:00:00:01 && ip4.dst == 10.0.0.1 && ip.ttl == 64 && tcp.dst == 80`,
			`inport == "vm2" && eth.src == 00:00:00:00:00:00 && ip4.dst == 0.0.0.0 && ip.ttl == 65 && tcp.dst == 81`,
			`inport == "vm1" && eth.src == ff:ff:ff:ff:ff:ff && ip4.dst == 255.255.255.255 && ip.ttl == 127 && tcp.dst == 127`,
		}},
		{"IPv6", 2, []string{"ip6.src == fe80::1 && udp.src == 53", "ip6.src == :: && udp.src == 54"}},
		{"another port is not known", 2, []string{`inport == "nowhere"`, `inport == "vm1"`, `inport == "vm2"`, `inport == "nowhere"`}},
		{"a field twice", 0, []string{"ip4.src == 10.0.0.1 && ip4.src == 10.0.0.1", "ip4.src == 10.0.0.1 && ip4.src == 10.0.0.2"}},
		{"a part and the whole", 0, []string{"ip4.src[0..7] == 10 && ip4.src == 0.0.0.10", "ip4.src[0..7] == 10 && ip4.src == 0.0.0.11"}},
		{"what a field requires", 0, []string{"ip4 && ip.proto == 6 && tcp.src == 5", "ip4 && ip.proto == 7 && tcp.src == 5"}},
		{"neighbor discovery", 0, []string{"icmp6.type == 135 && nd.target == fe80::1", "icmp6.type == 134 && nd.target == fe80::1"}},
		{"one of several", 0, []string{"ip4.src == {10.0.0.1, 10.0.0.1}", "ip4.src == {10.0.0.1, 10.0.0.2}"}},
		{"not", 0, []string{"ip4 && ip.ttl != 64", "ip4 && !(ip.ttl == 64)"}},
		{"order", 0, []string{"ip4 && ip.ttl > 254", "ip4 && ip.ttl > 253"}},
		{"ambiguous", 0, []string{"tcp.dst == 80", "tcp.dst == 81"}},
		{"no microflow", 0, []string{"nosuch == 80", "ip4 &&", "ip4.src == @group"}},
		{"fields that share bytes", 2, []string{"ip4 && ip.dscp == 10 && ip.ttl == 9", "reg0[4..7] == 5 && reg0[0] == 1", "vlan.tci == 10", "vlan.tci == 11"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := sameAsAlone(t, tt.texts); got != tt.read {
				t.Errorf("%d read, want %d", got, tt.read)
			}
		})
	}
}

// TestMicroflowCacheRandom joins comparisons at random, with few values, so that they
// agree and contradict each other.
func TestMicroflowCacheRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 1))
	number := func(values ...int) func() string {
		return func() string { return fmt.Sprint(values[r.IntN(len(values))]) }
	}
	text := func(values ...string) func() string { return func() string { return values[r.IntN(len(values))] } }
	ip4, ip6, mac := text("0.0.0.0", "10.0.0.1", "10.0.0.2"), text("::", "fe80::1", "fe80::2"), text("00:00:00:00:00:00", "0a:00:00:00:00:01")
	fields := []struct {
		name  string
		value func() string
	}{
		{"inport", text(`"vm1"`, `"vm2"`, `"nowhere"`)},
		{"eth.src", mac},
		{"eth.dst", mac},
		{"eth.type", text("0x800", "0x86dd", "2048", "2054")},
		{"vlan.vid", number(4, 5)},
		{"ip4.src", ip4},
		{"ip4.dst", ip4},
		{"ip6.dst", ip6},
		{"arp.tpa", ip4},
		{"arp.op", number(1, 2, 3)},
		{"nd.target", ip6},
		{"ip.proto", number(4, 6, 7, 17)},
		{"ip.ttl", number(0, 1, 2, 3, 64, 65)},
		{"ip.dscp", number(8, 9)},
		{"ip.frag", number(0, 2, 3)},
		{"tcp.src", number(4, 5)},
		{"tcp.dst", number(4, 5)},
		{"tcp.flags", number(2, 3)},
		{"udp.dst", number(4, 5)},
		{"icmp4.type", number(8, 9)},
		{"icmp6.type", number(133, 135, 136)},
		{"ct_state", number(33, 34, 260, 261)},
		{"reg0", number(4, 5)},
		{"reg0[0..3]", number(4, 5)},
		{"xreg0", number(4, 5)},
		{"xxreg0", ip6},
		{"ct.est", number(0, 1)},
		{"ip4", number(0, 1)},
	}
	var texts []string
	for range 400 {
		var parts []int
		for range 1 + r.IntN(4) {
			parts = append(parts, r.IntN(len(fields)))
		}
		for range 8 { // of about one form
			var b strings.Builder
			for i, k := range parts {
				if i > 0 {
					b.WriteString(" && ")
				}
				b.WriteString(fields[k].name + " == " + fields[k].value())
			}
			texts = append(texts, b.String())
		}
	}
	if read := sameAsAlone(t, texts); read < len(texts)/20 {
		t.Errorf("%d of %d read", read, len(texts))
	}
}
