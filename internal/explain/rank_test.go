package explain

import (
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
)

// TestRank drops a packet and ranks the near misses: a flow of which two parts fail is before closer
// ones that change nothing, and flows that differ in one value are combined.
func TestRank(t *testing.T) {
	const allow = `outport = "ce2ad98f-58cf-4b47-bd7c-38019f844b7b"; output;`
	for _, tt := range []struct {
		name    string
		packet  string
		flows   [][2]string // match and actions
		matches []string
		wanted  []string // of the last part of each
	}{
		{
			"two parts fail", udp,
			[][2]string{{"ip4.dst == 10.0.0.13", "next;"}, {"inport == @none && udp.dst == 54", allow}},
			[]string{"inport == @none && udp.dst == 54"},
			[]string{"54"},
		},
		{
			"values of one kind", udp,
			[][2]string{{"udp.dst == 61", allow}, {"udp.dst == 52", allow}, {"udp.dst == 54", "drop;"}},
			[]string{"udp.dst == 52"},
			[]string{"52 or 61"},
		},
		{
			"another machine's address", udp,
			[][2]string{{"eth.dst == 0a:00:00:00:00:03", allow}, {"ip4.src == 10.0.0.10", allow}},
			[]string{"ip4.src == 10.0.0.10"},
			[]string{"10.0.0.10"},
		},
		{
			"another kind of packet", udp,
			[][2]string{{"nd || nd_ra || nd_rs || mldv1 || mldv2", allow}, {"icmp6.type == 128", allow}, {"arp.op == 1", allow}, {"udp.dst == 1024 && udp.src == 9", allow}},
			[]string{"udp.dst == 1024 && udp.src == 9"},
			[]string{"9"},
		},
		{
			"messages between neighbors", strings.NewReplacer("ip4.src == 10.0.0.11", "ip6.src == fd00::11", "ip4.dst == 10.0.0.12", "ip6.dst == fd00::12").Replace(udp),
			[][2]string{{"ip6", "drop;"}, {"nd || nd_ra || nd_rs || mldv1 || mldv2", allow}, {"udp.dst == 1024 && udp.src == 9", allow}},
			[]string{"udp.dst == 1024 && udp.src == 9"},
			[]string{"9"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := network(t, func(db *sbtest.DB, sw string) {
				db.Row("Port_Group", map[string]any{"name": "1_none", "ports": sbtest.Set[string]()})
				for _, f := range tt.flows {
					db.Flow(sw, "ingress", 0, 50, f[0], f[1])
				}
				db.Flow(sw, "ingress", 0, 10, "1", "next;")
				db.Flow(sw, "ingress", 1, 0, "ip6", "next;")
				db.Flow(sw, "egress", 0, 0, "1", "output;")
			})
			w := walk(t, n, tt.packet)
			a := NewExplainer(n, w, sim.Choices{}, nil)
			end := a.Everything().Endings[0]
			steps := a.steps
			var s *step
			for i := range steps {
				if steps[i].pipeline == lflow.Ingress && steps[i].table == 0 {
					s = &steps[i]
				}
			}
			var list []string
			misses := a.ranked(s, &end.Disposition)
			for _, m := range misses {
				list = append(list, m.flow.MatchText())
			}
			if len(list) == 0 || list[0] != tt.matches[0] {
				t.Fatalf("got %q, want %q first", list, tt.matches)
			}
			e := ExplainedOutcome{Disposition: end.Disposition}
			for _, m := range misses {
				e.NearMisses = append(e.NearMisses, a.j.nearMissAt(s, m))
			}
			got := merged(e.NearMisses)
			if len(got) != len(tt.wanted) {
				t.Fatalf("%d near misses, want %d", len(got), len(tt.wanted))
			}
			for i, m := range got {
				if w := m.Parts[len(m.Parts)-1].Wanted; w != tt.wanted[i] {
					t.Errorf("wanted %q, want %q", w, tt.wanted[i])
				}
			}
		})
	}
}
