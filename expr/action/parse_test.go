package action

import (
	"strings"
	"testing"
)

// TestEveryRowHasCases checks that each action has a text that is accepted and
// one that is refused.
func TestEveryRowHasCases(t *testing.T) {
	has := func(texts func(yield func(string) bool), name string) bool {
		for text := range texts {
			if strings.HasPrefix(text, name) || strings.Contains(text, " "+name) || strings.Contains(text, "= "+name) {
				return true
			}
		}
		return false
	}
	yes := func(yield func(string) bool) {
		for _, c := range accepted {
			if !yield(c.text) {
				return
			}
		}
	}
	no := func(yield func(string) bool) {
		for _, c := range refused {
			if !yield(c.text) {
				return
			}
		}
	}
	var names []string
	for _, s := range statements() {
		names = append(names, s.name)
	}
	for _, v := range values() {
		names = append(names, "= "+v.name)
	}
	for _, name := range names {
		if !has(yes, name) {
			t.Errorf("no case accepts %s", name)
		}
		if !has(no, name) {
			t.Errorf("no case refuses %s", name)
		}
	}
}

// TestLastTable checks the errors of actions that continue in a table after the last one.
func TestLastTable(t *testing.T) {
	for _, c := range []struct{ release, text, name string }{
		{"main", "ct_next;", "ct_next"},
		{"main", "ct_commit_to_zone(dnat);", "ct_commit_to_zone"},
		{"main", "ct_commit_nat;", "ct_commit_nat"},
		{"23.03", "ct_commit_nat;", "ct_commit_related"},
		{"main", "ct_dnat;", "ct_dnat"},
		{"main", "ct_snat_in_czone;", "ct_snat_in_czone"},
		{"main", "ct_lb_mark;", "ct_lb_*"},
		{"23.03", "ct_lb_mark;", "ct_lb"},
		{"main", "reg0 = select(1, 2);", "select"},
	} {
		env := in(c.release)
		env.Pipeline, env.Table = Egress, env.Dialect.EgressTables()
		_, err := Parse(c.text, env)
		if want := `"` + c.name + `" action not allowed in last table.`; err == nil || err.Error() != want {
			t.Errorf("%s: %s: %v, want %s", c.release, c.text, err, want)
		}
		env.Table--
		if _, err := Parse(c.text, env); err != nil {
			t.Errorf("%s: %s: %v", c.release, c.text, err)
		}
	}
}

func TestDepth(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("clone { ", n) + strings.Repeat("};", n) }
	if _, err := Parse(deep(maxDepth-1), Env{}); err != nil {
		t.Errorf("%d blocks: %v", maxDepth-1, err)
	}
	for _, n := range []int{maxDepth, 100000} {
		_, err := Parse(deep(n), Env{})
		if want := "maximum depth of nested actions reached"; err == nil || err.Error() != want {
			t.Errorf("%d blocks: %v, want %s", n, err, want)
		}
	}
}

// TestNothing parses incomplete texts that upstream accepts.
func TestNothing(t *testing.T) {
	for _, text := range []string{"set_queue(;", "reg0[0] = check_pkt_larger(;"} {
		a, err := Parse(text, Env{})
		if err != nil || len(a.List) != 0 {
			t.Errorf("%s: %v, %v; want no actions", text, a.List, err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	const text = "reg7 = 0x7; ip.ttl--; reg8[0..15] = 0; xxreg0 = ip6.dst; eth.src = 0a:00:00:00:00:01; outport = \"lrp\"; flags.loopback = 1; next;"
	env := Env{Table: 10}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(text, env); err != nil {
			b.Fatal(err)
		}
	}
}
