package reach

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

func office(t *testing.T) *address.Resolver {
	t.Helper()
	n := tracetest.Open(t, filepath.Join("..", "..", "testdata", "office", "sb.db.gz"), lflow.Options{})
	return address.NewResolver(n)
}

// TestSelect selects ports by each form of names.
func TestSelect(t *testing.T) {
	resolver := office(t)
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"web1", []string{"web1"}},
		{"10.0.1.11", []string{"web1"}},
		{"10.0.2.0/24", []string{"db1"}},
		{"10.0.0.0/8", []string{"db1", "web1", "web2"}},
		{"@databases", []string{"db1"}},
		{"databases", []string{"db1"}},
		{"db", []string{"db1"}},
		{"web1, web2,web1", []string{"web1", "web2"}},
		{"physnet:physical", []string{"ln-public"}},
	} {
		t.Run(tt.text, func(t *testing.T) {
			ports, err := OneZone(resolver).Select(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range ports {
				got = append(got, p.Name)
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	for _, text := range []string{"", "nobody", "192.0.2.0/24", "physnet:nowhere", "@nobody", "web1,"} {
		if ports, err := OneZone(resolver).Select(text); err == nil {
			t.Errorf("%q selects %v", text, ports)
		}
	}
}

// TestOptions compares the sets of each question with walks of single packets.
func TestOptions(t *testing.T) {
	const toDB = "eth.dst == 0a:00:00:00:0e:01 && ip4.dst == 10.0.2.21"
	for _, tt := range []struct {
		name, from, to, packets, through string
		dropped                          verdict.Code
		spoof                            bool
	}{
		{name: "from a port", from: "web1", packets: toDB},
		{name: "to a port", from: "web1", to: "db1", packets: toDB},
		{name: "spoofed", from: "web1", to: "db1", packets: toDB + " && tcp", spoof: true},
		{name: "through a router", from: "web1", to: "db1", packets: toDB, through: "edge"},
		{name: "through none", from: "web1", to: "db1", packets: toDB, through: "spare"},
		{name: "from everywhere through a switch", from: "web1", packets: "ip4 && tcp.dst == 443 && eth.dst == 0a:00:00:00:0e:01", through: "db"},
		{name: "dropped by an ACL", from: "web1", packets: toDB, dropped: verdict.ACLDrop},
		{name: "a group", from: "web1,web2", to: "@databases", packets: toDB},
		{name: "a prefix", from: "10.0.1.0/24", to: "10.0.2.0/24", packets: toDB},
		{name: "a physical network", from: "physnet:physical", to: "web1,web2", packets: "ip4 && eth.dst == 0a:00:00:00:0e:03 && ip4.src == 172.16.0.99 && tcp.dst == 443"},
		{name: "tcp", from: "web1", packets: toDB + " && tcp"},
		{name: "udp", from: "web1", packets: toDB + " && udp"},
		{name: "sctp", from: "web1", packets: toDB + " && sctp"},
		{name: "icmp4", from: "web1", packets: toDB + " && icmp4"},
		{name: "another protocol", from: "web1", packets: toDB + " && ip.proto == 47"},
		{name: "a range", from: "web1", packets: toDB + " && 5430 <= tcp.dst <= 5440"},
		{name: "a fragment", from: "web1", packets: toDB + " && ip.is_frag"},
		{name: "a time to live", from: "web1", packets: toDB + " && ip.ttl == {0, 1, 2}"},
		{name: "a tag", from: "web1", packets: toDB + " && vlan.present"},
		{name: "ip6", from: "web1", packets: "ip6 && eth.dst == 0a:00:00:00:0e:01"},
		{name: "icmp6", from: "web1", packets: "icmp6 && eth.dst == 33:33:00:00:00:01"},
		{name: "nd", from: "web1", packets: "nd"},
		{name: "arp", from: "web1", packets: "arp"},
		{name: "rarp", from: "web1", packets: "rarp"},
		{name: "another type", from: "web1", packets: "eth.type == 0x1234"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resolver := office(t)
			q := &Question{Spoof: tt.spoof, Packets: tt.packets, Dropped: tt.dropped, Limit: 400}
			var err error
			if q.From, err = OneZone(resolver).Select(tt.from); err != nil {
				t.Fatal(err)
			}
			if tt.to != "" {
				if q.To, err = OneZone(resolver).Select(tt.to); err != nil {
					t.Fatal(err)
				}
			}
			if tt.through != "" {
				if q.Through, err = OneZone(resolver).Datapaths(tt.through); err != nil {
					t.Fatal(err)
				}
			}
			a, err := OneZone(resolver).Ask(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(3, 4))
			seen := 0
			for _, p := range a.Parts {
				p.settle()
				if p.all == packetset.Empty {
					t.Error("the set is empty")
				}
				for range 60 {
					one, _ := p.space.m.Draw(p.all, r)
					if p.view.narrowed.matcher != nil && !p.view.narrowed.matcher.Match(&one, p.space.d.Index) {
						t.Errorf("not a packet of %s: %s", tt.packets, one.Header(packet.HeaderStyle{}))
					}
					checkResults(t, a, p, one)
				}
				for _, res := range p.Results {
					if one, ok := p.space.m.Draw(res.Set, r); ok {
						checkResults(t, a, p, one)
					}
				}
				for _, s := range a.Sections(p) {
					for _, l := range s.Lines {
						seen++
						if tt.dropped != "" && l.Kind != Undecided && (l.Kind != Dropped || l.Code != tt.dropped) {
							t.Errorf("%s is in the text", l.Result)
						}
					}
				}
			}
			if seen == 0 {
				t.Error("the text is empty")
			}
		})
	}
}

// checkResults compares the results that have a packet with its walk, unless the walk selects a
// backend.
func checkResults(t *testing.T, a *Answer, p *Part, one packet.Packet) {
	t.Helper()
	walked := replay(t, p.space, one, nil)
	chooses := false
	crossed := map[int64]bool{}
	trace.Walk(walked.Root, func(n trace.Node) bool {
		switch n := n.(type) {
		case *trace.Fork:
			chooses = chooses || n.Kind == trace.ForkSelect || n.Kind == trace.ForkCTLB && n.Address != ""
		case *trace.Pipeline:
			crossed[n.Key()] = true
		}
		return true
	})
	var in []*Result
	for _, r := range p.Results {
		if p.space.m.Has(r.Set, &one) {
			in = append(in, r)
		}
	}
	if chooses || limitOf(walked) != "" {
		return
	}
	q := a.question
	var at []string
	ends := verdict.OfPacket(walked)
	for _, e := range ends {
		if e.Outcome == verdict.OutcomeDelivered && e.Origin <= verdict.OriginClone {
			if q.To == nil || slices.ContainsFunc(q.To, func(p *lflow.Port) bool { return p.DisplayName(true) == e.Port.String() }) {
				at = append(at, e.Port.String())
			}
		}
	}
	if q.Through != nil && !crossed[q.Through[0].TunnelKey] {
		at = nil
	}
	if len(in) == 0 && q.To != nil && len(at) == 0 {
		return // packets that cannot arrive are in no result
	}
	if len(in) != 1 {
		t.Errorf("in %d results: %s", len(in), one.Header(packet.HeaderStyle{}))
		return
	}
	r := in[0]
	var got []string
	for _, port := range r.Ports {
		got = append(got, port.DisplayName(true))
	}
	slices.Sort(at)
	slices.Sort(got)
	switch {
	case r.Kind == Undecided:
	case !slices.Equal(at, got):
		t.Errorf("arrives at %q, not at %q: %s", at, got, one.Header(packet.HeaderStyle{}))
	case r.Kind == Dropped && (ends[0].Outcome != verdict.OutcomeDropped || ends[0].Code != r.Code):
		t.Errorf("%s, not %s: %s", fmt.Sprint(ends[0].Outcome, " ", ends[0].Code), r, one.Header(packet.HeaderStyle{}))
	}
}
