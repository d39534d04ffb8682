package lab_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestSetsOfMicroflows compares microflows with address sets of which one value covers another with the
// real tool: releases differ in when they drop the covered value,
// which makes the microflow unambiguous.
func TestSetsOfMicroflows(t *testing.T) {
	b := newBench(t)
	for _, set := range []string{
		`wide=["10.0.0.0/24","10.0.0.1"]`, `one=["10.0.0.1"]`, `same=["10.0.0.1","10.0.0.1/32"]`, `mixed=["10.0.0.1","10.0.0.1/32","10.0.0.0/24"]`,
		`apart=["10.0.0.1","10.0.0.2"]`, `none=[]`, `all=["0.0.0.0/0","10.0.0.1"]`,
	} {
		name, addresses, _ := strings.Cut(set, "=")
		b.rows.Add("create", "address_set", "name="+name, "addresses="+addresses)
	}
	var microflows []string
	for _, m := range []string{
		"ip4.src == $wide", "ip4.src == {$wide}", "ip4.src == {$wide, 10.0.0.9}", "ip4.src == {10.0.0.9, $wide}", "ip4.src == {$none, $wide}", "ip4.src == {$wide, $none}",
		"ip4.src == {$one, 10.0.0.0/24}", "ip4.src == {10.0.0.0/24, $one}", "ip4.src == {$one, $wide}", "ip4.src == {10.0.0.0/24, 10.0.0.1}", "ip4.src == $same", "ip4.src == $mixed",
		"ip4.src == $wide || ip4.src == 10.0.0.9", "ip4.src == 10.0.0.9 || ip4.src == $wide", "ip4.src == $wide || ip4.src == $wide", "ip4.src == $wide || ip4.src == $one", "ip4.src == $one || ip4.src == 10.0.0.0/24",
		"ip4.src == $wide && ip4.src == 10.0.0.0/8", "ip4.src == 10.0.0.0/25 && ip4.src == $wide", "ip4.src == $wide && ip4.src == $wide", "ip4.src == $wide && ip4.src == {10.0.0.0/23, 10.1.0.0/24}",
		"ip4.src == $apart && ip4.src == $wide", "ip4.src == $wide && ip4.src != 10.0.0.1", "ip4.src == $mixed && ip4.src == 10.0.0.0/8", "ip4.src == {$one, 10.0.0.0/24} && ip4.src == 10.0.0.0/8",
		"!(ip4.src != $wide)", "!(ip4.src == $wide)", "ip4.src != $wide", "!(!(ip4.src == $wide))", "ip4.src < $one", "ip4.src == $all", "ip4.src[0..31] == $wide", "ip4.src == $wide && (tcp || udp)", "ip4.src == $wide && ip && tcp",
		"(ip4.src == $wide || ip4.dst == 1.1.1.1)", "(ip4.src == $wide || ip6) && ip4", "(ip4.src == $wide || tcp) && udp", "ip4.src == $wide && (ip4.dst == 1.1.1.1 || ip6)",
		"ip4.src == {10.0.0.0/23, 10.9.0.0/24, 10.10.0.0/24} && ip4.src == {10.0.0.0/23, 10.8.0.0/24, 10.7.0.0/24} && ip4.src == $wide",
		"ip4.src == $wide && ip4.src == {10.0.0.0/23, 10.9.0.0/24} && ip4.src == {10.0.0.0/23, 10.8.0.0/24}",
		"(ip4.src == $wide || ip4.src == {10.0.0.1, 10.0.0.0/24}) && ip4.src == 10.0.0.0/8", "(ip4.src == $wide || ip4.src == 10.0.0.1) && ip4.src == 10.0.0.0/8",
		"ip4.src == {10.0.0.0/23, 10.9.0.0/24} && ip4.src == {10.0.0.0/23, 10.8.0.0/24} && (ip4.src == $wide || ip4.src == {10.0.0.1, 10.0.0.0/24})",
		"ip4.src == {10.0.0.1, 10.9.0.0/24} && ip4.src == {10.0.0.1, 10.8.0.0/24} && ip4.src == {10.0.0.0/24, 10.0.0.0/25}",
		"ip4.src == {10.0.0.0/24, 10.0.0.0/25} && ip4.src == 10.0.0.1", "ip4.src == {10.0.0.0/24, 10.0.0.0/25} && ip4.src == 10.0.0.1 && (tcp.dst == 80 || arp)",
		"(ip4.src == $wide || ip4.src == {10.0.0.1, 10.0.0.0/24}) && (tcp.dst == 80 || arp)", "(ip4.src == $wide || ip4.src == 10.0.0.1) && ip4.src == 10.0.0.0/8 && (tcp.dst == 80 || arp)",
		"reg0 == $wide", "xxreg0[32..63] == $wide", "xxreg0[32..63] == {$one, 10.0.0.0/24}", "arp.spa == $wide", "arp.spa == {$one, 10.0.0.0/24}",
	} {
		microflows = append(microflows, `inport == "p0" && `+"("+m+")", m)
	}
	b.flow(0, 1, "1", "next;")
	b.compare(t, microflows)
}

// TestRandomSets compares microflows with conjunctions of random sets with the real tool.
func TestRandomSets(t *testing.T) {
	b := newBench(t)
	r := rand.New(rand.NewPCG(uint64(number(t, firstEnv, 1000)), 0))
	values := []string{"10.0.0.0/22", "10.0.0.0/23", "10.0.0.0/24", "10.0.0.0/25", "10.0.0.1", "10.0.0.2", "10.0.1.0/24", "10.1.0.0/16", "0.0.0.1/0.0.0.255", "0.0.0.0/0", "10.0.0.1/255.0.0.255", "10.0.0.0/24", "10.0.0.1", "10.0.0.1"}
	draw := func(n int) []string {
		var out []string
		for range n {
			out = append(out, values[r.IntN(len(values))])
		}
		return out
	}
	const sets = 12
	for i := range sets {
		b.rows.Add("create", "address_set", fmt.Sprint("name=s", i), `addresses=["`+strings.Join(slices.Compact(slices.Sorted(slices.Values(draw(1+r.IntN(3))))), `","`)+`"]`)
	}
	set := func() string { return fmt.Sprint("$s", r.IntN(sets)) }
	var conjunct func() string
	conjunct = func() string {
		switch r.IntN(12) {
		case 0, 1, 2:
			return "ip4.src == {" + strings.Join(draw(1+r.IntN(4)), ", ") + "}"
		case 3, 4, 5:
			return "ip4.src == " + set()
		case 6, 7:
			all := append(draw(r.IntN(3)), set())
			if r.IntN(3) == 0 {
				all = append(all, set())
			}
			r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			return "ip4.src == {" + strings.Join(all, ", ") + "}"
		case 8:
			return "ip4.src == " + draw(1)[0]
		case 9:
			return "(ip4.src == " + set() + " || ip4.src == " + draw(1)[0] + ")"
		case 10:
			return "(ip4.src == " + set() + " || tcp)"
		}
		return "(" + conjunct() + " && " + conjunct() + ")"
	}
	var microflows []string
	for range number(t, expressionsEnv, 200) {
		var all []string
		for range 2 + r.IntN(4) {
			all = append(all, conjunct())
		}
		microflows = append(microflows, `inport == "p0" && `+strings.Join(all, " && "))
	}
	b.flow(0, 1, "1", "next;")
	b.compare(t, microflows)
}
