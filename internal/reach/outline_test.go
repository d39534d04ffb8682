package reach

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// TestSummariesEqualSingleQuestions asks who can reach a port.  The lines of a summary have exactly
// the packets, with the same results, as the answer about one of its senders.
func TestSummariesEqualSingleQuestions(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	lines := 0
	eachNetwork(t, func(t *testing.T, n *lflow.Network) {
		for _, packets := range []string{"tcp", "icmp6 || arp"} {
			lines += compareSenders(t, n, r, packets)
		}
	})
	if lines == 0 {
		t.Error("no line was compared")
	}
	t.Logf("%d lines of senders", lines)
}

// compareSenders asks who can reach a port of a network, and compares the answer with the answers
// about some senders.
func compareSenders(t *testing.T, n *lflow.Network, r *rand.Rand, packets string) (lines int) {
	t.Helper()
	resolver := address.NewResolver(n)
	all := vifs(resolver)
	if len(all) < 2 {
		return 0
	}
	q := &Question{To: []*lflow.Port{all[r.IntN(len(all))]}, Packets: packets, Limit: 1000}
	a, err := OneZone(resolver).Ask(t.Context(), q)
	switch {
	case errors.Is(err, packetset.ErrTooLarge):
		t.Logf("who can reach %s by %s: %v", q.To[0].Name, packets, err)
		return 0
	case err != nil:
		t.Fatal(err)
	}
	blocks := a.Summaries()
	for range 3 {
		from := all[r.IntN(len(all))]
		b := &blocks[slices.IndexFunc(blocks, func(b Summary) bool { return slices.Contains(b.Ports(), from) })]
		if slices.ContainsFunc(b.Parts, func(p *Part) bool { return p.rest != packetset.Empty }) {
			continue
		}
		one := *q
		one.From = []*lflow.Port{from}
		single, err := OneZone(resolver).Ask(t.Context(), &one)
		if err != nil {
			t.Fatal(err)
		}
		lines += compareSender(t, b, single, from.Name+" to "+q.To[0].Name+" "+packets)
	}
	return lines
}

// compareSender compares the lines of a block with the answer about one of its senders. Which
// of several flows that do not parse is the reason of an undecided line depends on the packet
// that was walked, so that undecided lines count as one.
func compareSender(t *testing.T, b *Summary, single *Answer, name string) (lines int) {
	t.Helper()
	p := single.Parts[0]
	p.settle()
	m := p.space.m
	keys := func(d *lflow.Datapath) func(r *Result) string {
		roles := roles{from: d}
		return func(r *Result) string {
			if r.Kind == Undecided {
				return r.Kind.String()
			}
			return r.withPorts(roles)
		}
	}
	ofBlock, ofSingle := keys(b.Parts[0].space.d), keys(p.space.d)
	for i := range sectionKinds {
		kind := SectionKind(i)
		among := p.among(kind)
		want, got := map[string]packetset.Set{}, map[string]packetset.Set{}
		for _, r := range p.Results {
			if set := m.And(r.Set, among); set != packetset.Empty && single.shows(kind, r) {
				want[ofSingle(r)] = m.Or(want[ofSingle(r)], set)
			}
		}
		open := map[string]bool{} // lines whose packets have no match
		for _, s := range b.Sections {
			if s.Kind != kind {
				continue
			}
			for i := range s.Lines {
				l := &s.Lines[i]
				key := ofBlock(l.Result)
				match := l.Match
				if gate := p.view.resolver.Gateway(p.space.d); gate != nil {
					match = strings.ReplaceAll(match, hopAddress, string(packet.AppendMAC(nil, gate.MAC)))
				}
				if l.Otherwise || match == "" || strings.Contains(match, "@") {
					open[key] = true
					continue
				}
				c, err := narrow(p.space.n, match)
				if err != nil {
					t.Fatalf("%s: %s: %v", name, match, err)
				}
				got[key] = m.Or(got[key], m.And(c.set(p.space), among))
				lines++
			}
		}
		for key, set := range want {
			if !open[key] && got[key] != set {
				t.Errorf("%s: the packets of a line are not those of the sender:\n%s", name, key)
			}
		}
		for key, set := range got {
			if set != packetset.Empty && want[key] == packetset.Empty {
				t.Errorf("%s: the sender has no such packets:\n%s", name, key)
			}
		}
	}
	return lines
}

// TestOwnAddressesDiffer tests that each address of a port has a stand-in of its own, so that the
// lines of senders whose packets have different addresses of theirs differ.
func TestOwnAddressesDiffer(t *testing.T) {
	several := 0
	for _, path := range sbtest.Recorded(t) {
		n, err := lflow.Open(t.Context(), path, lflow.Options{})
		if err != nil {
			continue
		}
		p := &Part{view: &view{resolver: address.NewResolver(n)}}
		for _, port := range vifs(p.view.resolver) {
			texts := map[string]string{} // by stand-in and kind
			for _, own := range p.owned(port) {
				kind := own.role
				if ip, err := netip.ParseAddr(own.text); err == nil {
					kind += fmt.Sprint(" ", ip.Is4())
				} else if own.text[0] == '"' {
					kind += " name"
				}
				if text, ok := texts[kind]; ok && text != own.text {
					t.Errorf("%s: %s: %s and %s are %s", path, port.Name, text, own.text, own.role)
				}
				texts[kind] = own.text
				if strings.HasSuffix(own.role, "-2") {
					several++
				}
			}
		}
	}
	if several == 0 {
		t.Error("no port has two addresses of a kind")
	}
}
