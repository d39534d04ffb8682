package reach

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// TestWorkspaceChangesNoAnswer compares the parts of answers from one workspace for all datapaths,
// which renames values, with those from a workspace for each: they have the same results with the
// same packets. Half of the questions rename random values.
func TestWorkspaceChangesNoAnswer(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	shared := 0
	compare := func(t *testing.T, n *lflow.Network) {
		for _, packets := range []string{"tcp", "ip6 || arp"} {
			shared += compareWorkspaces(t, n, r, packets)
		}
	}
	eachNetwork(t, compare)
	if !testing.Short() && lab.Installed() == nil {
		for seed := range uint64(2) {
			g := lab.Generate(2000 + seed)
			n := tracetest.Read(t, g.Name, lab.Southbound(t, g), lflow.Options{AsChassis: true})
			t.Run(g.Name, func(t *testing.T) { compare(t, n) })
		}
	}
	if shared == 0 {
		t.Error("no datapath renamed values")
	}
}

func compareWorkspaces(t *testing.T, n *lflow.Network, r *rand.Rand, packets string) (shared int) {
	t.Helper()
	resolver := address.NewResolver(n)
	all := vifs(resolver)
	if len(all) < 2 {
		return 0
	}
	q := &Question{To: []*lflow.Port{all[r.IntN(len(all))]}, Packets: packets, Limit: 1000}
	zones := OneZone(resolver)
	v, err := zones.newView(resolver, q)
	if err != nil {
		t.Fatal(err)
	}
	a := &Answer{question: q, zones: zones, isIrrelevant: zones.irrelevantBesides(q.To)}
	var one workspaces
	random := r.IntN(2) == 0
	for _, ports := range starts(resolver, q) {
		w := one.get()
		if random {
			w.first = sendersOf(resolver, ports)
			for _, list := range [][]packet.Value{w.first.keys, w.first.macs, w.first.v4, w.first.v6} {
				r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			}
		}
		s, renamed := sendersOf(resolver, ports), 0
		if w.first != nil && len(s.keys) == len(w.first.keys) && !slices.Equal(s.v4, w.first.v4) {
			renamed = 1
		}
		got, err := a.from(t.Context(), w, v, ports)
		one.put(w)
		want, failure := a.from(t.Context(), (&workspaces{}).get(), v, ports)
		name := fmt.Sprintf("%s to %s by %s", ports[0].Datapath.Name, q.To[0].Name, packets)
		if errors.Is(err, packetset.ErrTooLarge) || errors.Is(failure, packetset.ErrTooLarge) {
			t.Logf("%s: %v, %v", name, err, failure)
			continue
		}
		if err != nil || failure != nil {
			t.Fatal(err, failure)
		}
		shared += renamed
		if want.rest != packetset.Empty || got.rest != packetset.Empty { // the order of walks depends on the diagrams
			continue
		}
		if x, y := contents(want), contents(got); !slices.Equal(x, y) {
			t.Errorf("%s: the results are %q, want %q", name, y, x)
		}
	}
	return shared
}

// contents returns the results of a part with digests of their packets.
func contents(p *Part) (out []string) {
	p.settle()
	m := p.space.m
	for _, s := range []packetset.Set{p.all, p.to} {
		out = append(out, digestText(m, s))
	}
	for _, r := range p.Results {
		out = append(out, fmt.Sprint(r.key(), r.Varies, " ", digestText(m, r.Set)))
	}
	slices.Sort(out[2:])
	return out
}
