package expr

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/packet"
)

func lookup(name string) (uint64, bool) {
	k, ok := map[string]uint64{"vm1": 1, "vm2": 2}[name]
	return k, ok
}

func TestMicroflow(t *testing.T) {
	newest := MicroflowRules{DropCovered: true}
	tests := []struct {
		name, in string
		rules    MicroflowRules
		want     string // the header line or the error
	}{
		{
			"plain", `inport == "vm1" && ip4.src == 10.0.0.1 && udp.dst == 53`, newest,
			"udp,reg14=0x1,vlan_tci=0x0000,dl_src=00:00:00:00:00:00,dl_dst=00:00:00:00:00:00,nw_src=10.0.0.1,nw_dst=0.0.0.0,nw_tos=0,nw_ecn=0,nw_ttl=0,tp_src=0,tp_dst=53",
		},
		{"one of two", `inport == {"vm1", "vm2"}`, newest, `Constraints are ambiguous: inport == "vm1" || inport == "vm2".`},
		{
			"which IP", `inport == "vm1" && tcp.dst == 80`, newest,
			`Constraints are ambiguous: inport == "vm1" && tcp.dst == 0x50 && ip.proto == 0x6 && (eth.type == 0x800 || eth.type == 0x86dd).`,
		},
		{"two ports", `inport == "vm1" && inport == "vm2"`, newest, "Constraints are contradictory."},
		{
			"one of two is left", `inport == {"vm1", "vm2"} && inport == "vm2"`, newest,
			"reg14=0x2,vlan_tci=0x0000,dl_src=00:00:00:00:00:00,dl_dst=00:00:00:00:00:00,dl_type=0x0000",
		},
		{
			"covered value", "ip4.src == {10.0.0.0/8, 10.0.0.1}", newest,
			"ip,vlan_tci=0x0000,dl_src=00:00:00:00:00:00,dl_dst=00:00:00:00:00:00,nw_src=10.0.0.0,nw_dst=0.0.0.0,nw_proto=0,nw_tos=0,nw_ecn=0,nw_ttl=0",
		},
		{
			"covered value, before 23.06", "ip4.src == {10.0.0.0/8, 10.0.0.1}",
			MicroflowRules{},
			"Constraints are ambiguous: (ip4.src[24..31] == 0xa || ip4.src == 0xa000001) && eth.type == 0x800.",
		},
		{
			"equal products", "reg0[0..3] == {1, 3} && reg0[1] == 0 && reg0[0] == 1", newest,
			"reg0=0x1,vlan_tci=0x0000,dl_src=00:00:00:00:00:00,dl_dst=00:00:00:00:00:00,dl_type=0x0000",
		},
		{
			"bits", "reg0[4..7] == 5 && reg0[0] == 1", newest,
			"reg0=0x51,vlan_tci=0x0000,dl_src=00:00:00:00:00:00,dl_dst=00:00:00:00:00:00,dl_type=0x0000",
		},
		{
			"range of one", "79 < reg0 < 81", newest,
			"reg0=0x50,vlan_tci=0x0000,dl_src=00:00:00:00:00:00,dl_dst=00:00:00:00:00:00,dl_type=0x0000",
		},
		{
			"part of a byte stays zero", "ip4 && ip.dscp == 46 && ip.ecn == 1", newest,
			"ip,vlan_tci=0x0000,dl_src=00:00:00:00:00:00,dl_dst=00:00:00:00:00:00,nw_src=0.0.0.0,nw_dst=0.0.0.0,nw_proto=0,nw_tos=0,nw_ecn=0,nw_ttl=0",
		},
		{
			"masked where no mask is taken", "arp.op == 0x1ce8/0x6508", newest,
			"arp,vlan_tci=0x0000,dl_src=00:00:00:00:00:00,dl_dst=00:00:00:00:00:00,arp_spa=0.0.0.0,arp_tpa=0.0.0.0,arp_op=0,arp_sha=00:00:00:00:00:00,arp_tha=00:00:00:00:00:00",
		},
		{
			"state in one byte", "ct_state == 0xe9e41c8e", newest,
			"ct_state=est|rel|rpl|dnat,vlan_tci=0x0000,dl_src=00:00:00:00:00:00,dl_dst=00:00:00:00:00:00,dl_type=0x0000",
		},
		{"everything", "1", newest, "vlan_tci=0x0000,dl_src=00:00:00:00:00:00,dl_dst=00:00:00:00:00:00,dl_type=0x0000"},
		{"nothing", "0", newest, "Constraints are contradictory."},
		{"no packet holds it", "icmp4.frag_mtu == 5", newest, "Field icmp4.frag_mtu exists only in actions, no packet holds it."},
		{"syntax", "ip4 &&", newest, "Syntax error at end of input expecting constant."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := ParseMicroflow(tt.in, env("main"), tt.rules, lookup)
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				got = m.Packet.Header(packet.HeaderStyle{})
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestMicroflowsOfSets has microflows of which one value covers another, with address
// sets, and whether ovn-trace 20.03.2, 23.06.5 and 26.03.2 accept them.
func TestMicroflowsOfSets(t *testing.T) {
	members := map[string][]string{
		"wide": {"10.0.0.0/24", "10.0.0.1"}, "one": {"10.0.0.1"}, "none": {},
		"mixed": {"10.0.0.1", "10.0.0.1/32", "10.0.0.0/24"}, "apart": {"10.0.0.1", "10.0.0.2"},
	}
	for _, tt := range []struct {
		text                     string
		before, until, since2403 bool
	}{
		{"ip4.src == {10.0.0.0/24, 10.0.0.1}", false, true, true},
		{"ip4.src == $wide", false, false, false},
		{"ip4.src == {$wide}", false, false, false},
		{"ip4.src == {$none, $wide}", false, false, false},
		{"ip4.src == {$wide, $none}", false, true, false},
		{"ip4.src == {$wide, 10.0.0.9}", false, true, false},
		{"ip4.src == {10.0.0.0/24, $one}", false, true, false},
		{"ip4.src == $mixed", false, true, false},
		{"ip4.src == $apart", false, false, false},
		{"ip4.src == $wide || ip4.src == 10.0.0.9", false, true, false},
		{"!(ip4.src != $wide)", false, true, false},
		{"!(!(ip4.src == $wide))", false, false, false},
		{"ip4.src == $wide && ip4.src == 10.0.0.0/8", false, true, false},
		{"ip4.src == {$one, 10.0.0.0/24} && ip4.src == 10.0.0.0/8", false, true, false},
		{"ip4.src == $wide && ip4.src == {10.0.0.0/23, 10.1.0.0/24}", false, true, true},
		{"ip4.src == $wide && (ip4.dst == 1.1.1.1 || ip6)", false, true, false},
		{"ip4.src == {10.0.0.0/23, 10.9.0.0/24, 10.10.0.0/24} && ip4.src == {10.0.0.0/23, 10.8.0.0/24, 10.7.0.0/24} && ip4.src == $wide", false, true, false},
		{"ip4.src == $wide && ip4.src == {10.0.0.0/23, 10.9.0.0/24} && ip4.src == {10.0.0.0/23, 10.8.0.0/24}", false, true, true},
		{"(ip4.src == $wide || ip4.src == {10.0.0.1, 10.0.0.0/24}) && ip4.src == 10.0.0.0/8", false, true, true},
		{"(ip4.src == $wide || ip4.src == 10.0.0.1) && ip4.src == 10.0.0.0/8", false, true, false},
		{"ip4.src == {10.0.0.0/23, 10.9.0.0/24} && ip4.src == {10.0.0.0/23, 10.8.0.0/24} && (ip4.src == $wide || ip4.src == {10.0.0.1, 10.0.0.0/24})", false, true, true},
		{"ip4.src == {10.0.0.1, 10.9.0.0/24} && ip4.src == {10.0.0.1, 10.8.0.0/24} && ip4.src == {10.0.0.0/24, 10.0.0.0/25}", false, true, true},
		{"ip4.src == {10.0.0.0/24, 10.0.0.0/25} && ip4.src == 10.0.0.1", false, true, true},
		{"ip4.src == {10.0.0.0/24, 10.0.0.0/25} && ip4.src == 10.0.0.1 && (tcp.dst == 80 || arp)", true, true, true},
		{"(ip4.src == $wide || ip4.src == {10.0.0.1, 10.0.0.0/24}) && (tcp.dst == 80 || arp)", false, true, true},
		{"(ip4.src == $wide || ip4.src == 10.0.0.1) && ip4.src == 10.0.0.0/8 && (tcp.dst == 80 || arp)", false, true, false},
	} {
		for release, want := range map[string]bool{"20.03.2": tt.before, "23.06.5": tt.until, "24.03.1": tt.until, "24.03.2": tt.since2403, "26.03": tt.since2403} {
			symbols := SymbolsOf(dialect.MustParse(release))
			env := Env{Symbols: symbols, Set: func(name string) (*AddressSet, bool) {
				set, _ := symbols.AddressSet(name, members[name])
				return set, true
			}}
			_, err := ParseMicroflow(tt.text, env, MicroflowRulesOf(dialect.For(dialect.MustParse(release))), lookup)
			var refused *MicroflowError
			if errors.As(err, &refused) && refused.Ambiguous == want || refused == nil && !want {
				t.Errorf("%s, %s: %v", release, tt.text, err)
			}
		}
	}
}

func TestMicroflowUnknownPort(t *testing.T) {
	m, err := ParseMicroflow(`inport == "nosuch" && ip4`, env("main"), MicroflowRules{}, lookup)
	if err != nil || len(m.Unknown) != 1 || m.Unknown[0] != "nosuch" || m.Packet.Uint(packet.Inport) != 0 {
		t.Errorf("got %+v, %v", m, err)
	}
}

func TestNormalizeIsBounded(t *testing.T) {
	// Ten pigeons, the registers, in nine holes, their bits: what contradicts
	// shows only in the last of very many products.
	text := "1"
	for pigeon := range 10 {
		text += fmt.Sprintf(" && reg%d[0..8] != 0", pigeon)
		for other := range pigeon {
			for hole := range 9 {
				text += fmt.Sprintf(" && (reg%d[%d] == 0 || reg%d[%d] == 0)", other, hole, pigeon, hole)
			}
		}
	}
	_, err := ParseMicroflow(text, env("main"), MicroflowRules{DropCovered: true}, lookup)
	if !errors.Is(err, ErrTooComplex) {
		t.Errorf("got %v, want %v", err, ErrTooComplex)
	}
}

// TestNormalizeWideSets puts sets of prefixes in normal form, of which products
// without a look at what covers what in between would be far too large.
func TestNormalizeWideSets(t *testing.T) {
	for _, text := range []string{
		"!ip6.mcast_flood && ct.snat == 0x0/0x1 && ip6.dst < fe80::5054:ff:fe00:1",
		"ip6.dst != {fe80::1, fe80::2, fe80::3, fe80::4} && ip6.dst > fe80::5:6",
	} {
		var refused *MicroflowError
		_, err := ParseMicroflow(text, env("25.03"), MicroflowRulesOf(dialect.For(dialect.MustParse("25.03"))), lookup)
		if !errors.As(err, &refused) || !refused.Ambiguous {
			t.Errorf("%s: %.100v", text, err)
		}
	}
}

// TestMicroflowOfLargeNormalForms reads expressions whose normal forms are large,
// for some of which ovn-trace 23.03.1 takes seconds.  The answers are its own.
func TestMicroflowOfLargeNormalForms(t *testing.T) {
	join := func(n int, sep, format string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = strings.ReplaceAll(format, "%", strconv.Itoa(i+1))
		}
		return strings.Join(parts, sep)
	}
	addresses := func(from, to int) string {
		var parts []string
		for i := from; i < to; i++ {
			parts = append(parts, fmt.Sprintf("10.0.%d.%d", i/250, i%250))
		}
		return strings.Join(parts, ", ")
	}
	for _, tt := range []struct {
		name, text string
		ambiguous  bool // else contradictory
	}{
		{"a field is none of many", "ip4 && " + join(11, " && ", "tcp.src != %"), true},
		{"one of two fields is not", "ip4 && " + join(5, " && ", "(ip4.src != 10.0.0.% || ip4.dst != 10.0.0.%)"), true},
		{"an IPv6 address is none of three", join(3, " && ", "ip6.src != fd00::%"), true},
		{"lists that overlap", "ip4.src == {" + addresses(0, 1400) + "} && ip4.src == {" + addresses(1000, 2600) + "}", true},
		{"lists apart", "ip4.src == {" + addresses(0, 1500) + "} && ip4.src == {" + addresses(1500, 3000) + "}", false},
		{"two of many values", join(20, " && ", "(ip4.src == 10.0.0.% || tcp.dst == %)"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var refused *MicroflowError
			_, err := ParseMicroflow(tt.text, env("23.03"), MicroflowRulesOf(dialect.For(dialect.MustParse("23.03"))), lookup)
			if !errors.As(err, &refused) || refused.Ambiguous != tt.ambiguous {
				t.Errorf("%.100v", err)
			}
		})
	}
}

// TestIntersect compares the comparisons found by hash with all pairs.
func TestIntersect(t *testing.T) {
	symbols := env("main").Symbols
	r := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"ip4.src", "ip6.dst"} {
		s, _ := symbols.Lookup(name)
		draw := func() (out []*Cmp) {
			for range 1 + r.IntN(60) {
				mask := packet.Value{Lo: r.Uint64() & 0x8181 & r.Uint64(), Hi: r.Uint64() & 3}.And(packet.Ones(s.Width))
				value := packet.Value{Lo: r.Uint64(), Hi: r.Uint64()}.And(mask)
				out = append(out, &Cmp{Symbol: s, Op: EQ, Value: value, Mask: mask})
			}
			return out
		}
		for range 200 {
			as, bs := draw(), draw()
			var want []string
			for _, a := range as {
				for _, b := range bs {
					if v, m, ok := packet.Intersect(a.Value, a.Mask, b.Value, b.Mask); ok {
						want = append(want, fmt.Sprint(v, m))
					}
				}
			}
			var got []string
			for _, c := range (&normalizer{}).intersect(as, bs, false) {
				got = append(got, fmt.Sprint(c.Value, c.Mask))
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%s: %d, want %d", name, len(got), len(want))
			}
		}
	}
}

func TestFindInport(t *testing.T) {
	for in, want := range map[string]string{
		`inport == "a" && ip4`:                    "a",
		`ip4 && (inport == "a" || inport == "a")`: "a",
		`inport == "a" || inport == "b"`:          ErrSeveralInports.Error(),
		`outport == "a"`:                          ErrNoInport.Error(),
	} {
		e, err := Parse(in, env("main"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := FindInport(e)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func FuzzMicroflow(f *testing.F) {
	for _, s := range []string{`inport == "vm1" && ip4.src == 10.0.0.1`, "ip4 || ip6", "reg0 < 100 && reg0 > 98", "tcp.dst == {1,2} && udp"} {
		f.Add(s)
	}
	e := env("main")
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 400 {
			t.Skip()
		}
		m, err := ParseMicroflow(s, e, MicroflowRules{DropCovered: true}, lookup)
		if err == nil {
			m.Packet.Header(packet.HeaderStyle{Frag: true})
		}
	})
}
