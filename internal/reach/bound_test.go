package reach

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/portsec"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/internal/witness"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// ends returns the ports of a datapath at which packets start and end.
func ends(d *lflow.Datapath) (ports []*lflow.Port, keys []uint64) {
	for _, p := range d.Ports() {
		if p.Peer == nil && p.Type != "chassisredirect" {
			ports, keys = append(ports, p), append(keys, p.Key)
		}
	}
	return ports, keys
}

// eachNetwork runs a test for the built-in network and for recorded ones.
func eachNetwork(t *testing.T, test func(*testing.T, *lflow.Network)) {
	t.Helper()
	n := tracetest.Read(t, demo.Name, demo.Bytes(), lflow.Options{})
	t.Run(demo.Name, func(t *testing.T) { test(t, n) })
	paths := sbtest.Recorded(t)
	for i, path := range paths {
		if sbtest.LeftOutOfSample(i, len(paths), packetsEnv) {
			continue
		}
		if n, err := lflow.Open(t.Context(), path, lflow.Options{}); err == nil {
			t.Run(filepath.Join(filepath.Base(filepath.Dir(path)), filepath.Base(path)), func(t *testing.T) { test(t, n) })
		}
	}
}

// TestArrivingPacketsAreInBound walks classes of packets with any addresses.  A packet that
// arrives at a port, by any choices, must be in the bound of the port.  There are classes of
// packets in the port's bound, of packets only in another port's bound, and of all packets.
func TestArrivingPacketsAreInBound(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	most := 5
	arrived, cut := 0, 0
	paths := sbtest.Recorded(t)
	for i, path := range paths {
		if sbtest.LeftOutOfSample(i, len(paths), packetsEnv) {
			continue
		}
		t.Run(filepath.Join(filepath.Base(filepath.Dir(path)), filepath.Base(path)), func(t *testing.T) {
			n, err := lflow.Open(context.Background(), path, lflow.Options{AsChassis: true})
			if err != nil {
				t.Skip(err)
			}
			var all []*lflow.Port
			bounds := map[*lflow.Port]*witness.Arrivals{}
			for _, d := range n.Datapaths {
				ports, _ := ends(d)
				all = append(all, ports...)
			}
			finder := witness.NewFinder(n)
			links := OneZone(address.NewResolver(n)).links()
			finder.Security, finder.StaticMACs, finder.AnyChassis, finder.Asked = portsec.Chassis, true, true, links.neighbors.Bindings
			bound := func(p *lflow.Port) *witness.Arrivals {
				if bounds[p] == nil {
					bounds[p] = finder.Arrivals([]*lflow.Port{p})
				}
				return bounds[p]
			}
			for _, d := range n.Datapaths {
				ports, keys := ends(d)
				if len(ports) == 0 {
					continue
				}
				x := newSpace(n, d, keys)
				x.links = links
				var from []packetset.Set
				for _, p := range ports {
					from = append(from, by(x.m, p))
				}
				every := x.m.And(x.m.Union(from), sent(x.m, func(*packet.Field) bool { return false }, true))
				samples := []packetset.Set{every}
				for _, p := range []*lflow.Port{all[r.IntN(len(all))], all[r.IntN(len(all))], ports[r.IntN(len(ports))]} {
					s := x.bound(bound(p))
					if !x.m.Within(every, s) {
						cut++
					}
					samples = append(samples, x.m.And(every, s))
				}
				samples = append(samples, x.m.Without(samples[1], samples[2]), x.m.Without(every, samples[1]))
				for _, set := range samples {
					for range most {
						p, ok := x.m.Draw(set, r)
						if !ok {
							break
						}
						if r.IntN(2) == 0 {
							p, _ = x.m.Sample(x.m.And(set, x.m.Or(x.m.Is(packet.EthDst, p.Uint(packet.EthDst)), x.m.Is(packet.IPv4Dst, p.Uint(packet.IPv4Dst)))))
						}
						one := packetset.All
						for _, f := range packetset.Fields() {
							one = x.m.And(one, x.m.Equal(f, p.Get(f), packet.Ones(f.Bits)))
						}
						walks := 0
						_, err := x.explore(context.Background(), one, one, nil, func(c Class) bool {
							for _, a := range c.arrivals {
								arrived++
								if b := x.bound(bound(a.port)); !x.m.Has(b, &p) {
									t.Errorf("from %s to %s: not in the bound: %s", d.Name, a.port.Name, p.Header(packet.HeaderStyle{}))
								}
							}
							walks++
							return walks < 20
						})
						if err != nil {
							t.Fatal(err)
						}
					}
				}
			}
		})
	}
	t.Logf("%d arrivals, %d bounds exclude packets", arrived, cut)
	if !testing.Short() && (arrived == 0 || cut == 0) {
		t.Error("no packet arrived")
	}
}

// relevant returns the results of a part that a question with a destination is about: all results of
// packets that are addressed to it; of other packets, those that arrive or are undecided.
func relevant(p *Part) map[string]packetset.Set {
	m := p.space.m
	out := map[string]packetset.Set{}
	for _, r := range p.Results {
		set := r.Set
		if r.Kind != Delivered && r.Kind != Undecided {
			set = m.And(set, p.to)
		}
		if set != packetset.Empty {
			out[r.key()] = set
		}
	}
	return out
}

// TestBoundChangesNoAnswer answers questions with a destination with the bound and
// without it.  Without it more packets may be undecided; nothing else differs.
func TestBoundChangesNoAnswer(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	compared, cut := 0, 0
	tries := 1
	if os.Getenv("OVNWALK_CORPUS") == "" {
		tries = 4 // the repository has few networks
	}
	paths := sbtest.Recorded(t)
	for i, path := range paths {
		if sbtest.LeftOutOfSample(i, len(paths), packetsEnv) {
			continue
		}
		t.Run(filepath.Join(filepath.Base(filepath.Dir(path)), filepath.Base(path)), func(t *testing.T) {
			n, err := lflow.Open(context.Background(), path, lflow.Options{AsChassis: true})
			if err != nil {
				t.Skip(err)
			}
			resolver := address.NewResolver(n)
			all := vifs(resolver)
			if len(all) < 2 {
				t.Skip("no two VIFs")
			}
			compare := func(q *Question) (err error) {
				defer packetset.Catch(&err)
				what := fmt.Sprintf("%s to %s, %q, spoof %v", q.From[0].Name, q.To[0].Name, q.Packets, q.Spoof)
				x := newSpace(n, q.From[0].Datapath, []uint64{q.From[0].Key})
				zones := OneZone(resolver)
				x.links = zones.links()
				bounded, err := zones.newView(resolver, q)
				if err != nil {
					return err
				}
				open := &view{zones: zones, narrowed: bounded.narrowed, resolver: resolver}
				answer := &Answer{question: q, zones: zones}
				a, err := answer.walk(context.Background(), bounded, x, q.From)
				if err != nil {
					return err
				}
				b, err := answer.walk(context.Background(), open, x, q.From)
				if err != nil {
					return err
				}
				isOpen := func(r *Result) bool { return r.Kind == Undecided }
				if slices.ContainsFunc(a.Results, isOpen) || b.rest != packetset.Empty {
					return nil
				}
				compared++
				if !x.m.Within(b.all, x.bound(bounded.arrivals())) {
					cut++
				}
				got, want := relevant(a), relevant(b)
				for key, set := range want {
					if got[key] != set && !slices.ContainsFunc(b.Results, isOpen) {
						t.Errorf("%s: only with the bound: %s", what, key)
					}
				}
				if len(got) != len(want) && !slices.ContainsFunc(b.Results, isOpen) {
					t.Errorf("%s: %d results with the bound, %d without", what, len(got), len(want))
				}
				// The paths of packets that do not arrive must not matter.
				y := newSpace(n, q.From[0].Datapath, []uint64{q.From[0].Key})
				y.m, y.links = x.m, x.links
				arrives := func(p *Part) (s packetset.Set) {
					for _, r := range p.Results {
						if r.Kind == Delivered {
							s = x.m.Or(s, r.Set)
						}
					}
					return s
				}
				c2, every := 0, packetset.Empty
				rest, err := y.explore(context.Background(), b.all, b.all, nil, func(c Class) bool {
					if c2++; slices.ContainsFunc(c.arrivals, func(got arrival) bool { return got.port == q.To[0] }) {
						every = y.m.Or(every, c.Set)
					}
					return c2 < 1000
				})
				if err != nil {
					return err
				}
				if rest == packetset.Empty && !slices.ContainsFunc(b.Results, isOpen) && arrives(a) != every {
					t.Errorf("%s: other packets arrive if all paths are followed", what)
				}
				return nil
			}
			for range tries {
				q := &Question{From: []*lflow.Port{all[r.IntN(len(all))]}, To: []*lflow.Port{all[r.IntN(len(all))]}, Spoof: r.IntN(2) == 0, Limit: 300}
				if r.IntN(2) == 0 {
					q.Packets = []string{"ip4", "arp", "eth.mcast", "ip6", "tcp && tcp.dst == 80"}[r.IntN(5)]
				}
				switch err := compare(q); {
				case errors.Is(err, packetset.ErrTooLarge): // without the bound, sets may be of any size
					t.Log(q.From[0].Name, q.To[0].Name, err)
				case err != nil:
					t.Fatal(err)
				}
			}
		})
	}
	t.Logf("%d answers compared, %d of them have a bound that excludes packets", compared, cut)
	if !testing.Short() && (compared == 0 || cut == 0) {
		t.Error("no answer was compared")
	}
}

// TestBoundHasOwnServicesOnly tests the bound of a backend's packets to itself: of its packets to
// virtual addresses, it has only those to services of which the port is a backend.
func TestBoundHasOwnServicesOnly(t *testing.T) {
	db := sbtest.New("25.03")
	sw := db.Datapath("sw", 1)
	db.Port(sw, "a", 1, "", "mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.1"))
	db.Port(sw, "b", 2, "", "mac", sbtest.Set("0a:00:00:00:00:02 10.0.0.2"))
	db.Row("Load_Balancer", map[string]any{"name": "lb", "vips": sbtest.Map("10.9.9.1:80", "10.0.0.1:80", "10.9.9.2:80", "10.0.0.2:80,10.0.0.1:80")})
	db.Flow(sw, "ingress", 0, 100, "ip4.dst == 10.9.9.1 && tcp.dst == 80", "ct_lb_mark(backends=10.0.0.1:80);")
	db.Flow(sw, "ingress", 0, 100, "ip4.dst == 10.9.9.2 && tcp.dst == 80", "ct_lb_mark(backends=10.0.0.2:80,10.0.0.1:80);")
	db.Flow(sw, "ingress", 0, 0, "1", "next;")
	db.Flow(sw, "ingress", 1, 0, "1", "reg0[6] = chk_lb_hairpin(); reg0[12] = chk_lb_hairpin_reply(); next;")
	db.Flow(sw, "ingress", 2, 1, "reg0[6] == 1 || reg0[12] == 1", "eth.dst <-> eth.src; outport = inport; flags.loopback = 1; output;")
	db.Flow(sw, "ingress", 2, 0, "1", "next;")
	db.Flow(sw, "ingress", 3, 50, "eth.dst == 0a:00:00:00:00:01", `outport = "a"; output;`)
	db.Flow(sw, "ingress", 3, 50, "eth.dst == 0a:00:00:00:00:02", `outport = "b"; output;`)
	db.Flow(sw, "egress", 0, 0, "1", "output;")
	resolver, port := readNetwork(t, "hairpin", db)
	for _, test := range []struct {
		name, from, to, packets string
		spoof, want             bool
	}{
		{"own service", "b", "b", "ip4.dst == 10.9.9.2 && tcp.dst == 80", false, true},
		{"one of two backends", "a", "a", "ip4.dst == 10.9.9.2 && tcp.dst == 80", false, true},
		{"another's service", "b", "b", "ip4.dst == 10.9.9.1 && tcp.dst == 80", false, false},
		{"another's service, addresses that may be the other's", "b", "b", "ip4.dst == 10.9.9.1 && tcp.dst == 80", true, true},
		{"another sender", "a", "b", "ip4.dst == 10.9.9.1 && tcp.dst == 80", false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			q := &Question{
				From: []*lflow.Port{port(test.from)}, To: []*lflow.Port{port(test.to)}, Spoof: test.spoof,
				Packets: test.packets + " && eth.dst == 0a:00:00:00:00:09",
			}
			v, err := OneZone(resolver).newView(resolver, q)
			if err != nil {
				t.Fatal(err)
			}
			x := newSpace(resolver.Network(), q.From[0].Datapath, []uint64{q.From[0].Key})
			all := x.asked(resolver, q, v.narrowed, q.From)
			if got := x.m.Meets(all, x.bound(v.arrivals())); got != test.want {
				t.Errorf("packets are in the bound: %v, want %v", got, test.want)
			}
			a, err := OneZone(resolver).Ask(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if got := slices.ContainsFunc(a.Parts[0].Results, func(r *Result) bool { return r.Kind == Delivered }); got != test.want {
				t.Errorf("packets arrive: %v, want %v", got, test.want)
			}
		})
	}
}

// TestBoundHasAdmittedOnly tests the bound of a port with port security: it does not have the packets
// to the port's Ethernet address that check_out_port_sec rejects, ovn-sb(5), unless a flow of a
// higher priority lets them pass.
func TestBoundHasAdmittedOnly(t *testing.T) {
	db := sbtest.New("25.03")
	sw := db.Datapath("sw", 1)
	db.Port(sw, "a", 1, "", "mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.1"), "port_security", sbtest.Set("0a:00:00:00:00:01 10.0.0.1"))
	db.Port(sw, "b", 2, "", "mac", sbtest.Set("0a:00:00:00:00:02 10.0.0.2"), "port_security", sbtest.Set("0a:00:00:00:00:02"))
	db.Port(sw, "c", 3, "", "mac", sbtest.Set("0a:00:00:00:00:03 10.0.0.3"))
	db.Flow(sw, "ingress", 0, 100, "ip4.dst == 10.9.9.1 && tcp.dst == 80", "ct_lb_mark(backends=10.0.0.1:80);")
	db.Flow(sw, "ingress", 0, 100, "ip4.dst == 10.9.9.2 && tcp.dst == 80", "ct_lb_mark(backends=10.0.0.2:80);")
	db.Flow(sw, "ingress", 0, 0, "1", "next;")
	for i, port := range []string{"a", "b", "c"} {
		db.Flow(sw, "ingress", 1, 50, fmt.Sprintf("eth.dst == 0a:00:00:00:00:0%d || (eth.mcast && ip.ttl == %d)", i+1, i+64), fmt.Sprintf(`outport = "%s"; output;`, port))
	}
	db.Flow(sw, "egress", 0, 100, "eth.mcast", "reg0[15] = 0; next;")
	db.Flow(sw, "egress", 0, 0, "1", "reg0[15] = check_out_port_sec(); next;")
	db.Flow(sw, "egress", 1, 60, "tcp.dst == 99", "output;")
	db.Flow(sw, "egress", 1, 50, "reg0[15] == 1", "drop;")
	db.Flow(sw, "egress", 1, 0, "1", "output;")
	resolver, port := readNetwork(t, "security", db)
	for _, test := range []struct {
		name, to, packets string
		want              bool
	}{
		{"own address", "a", "ip4.dst == 10.0.0.1", true},
		{"another address", "a", "ip4.dst == 10.0.0.7 && udp", false},
		{"another address, past the check", "a", "ip4.dst == 10.0.0.7 && tcp.dst == 99", true},
		{"own service", "a", "ip4.dst == 10.9.9.1 && tcp.dst == 80", true},
		{"another's service", "a", "ip4.dst == 10.9.9.2 && tcp.dst == 80", false},
		{"broadcast", "a", "ip4.dst == 255.255.255.255", true},
		{"multicast", "a", "ip4.dst == 224.0.0.5", true},
		{"IPv6", "a", "ip6 && tcp.dst == 22", false},
		{"ARP", "a", "arp && arp.tpa == 10.0.0.7", true},
		{"neither", "a", "eth.type == 0x88cc", true},
		{"an Ethernet address", "b", "ip4.dst == 10.0.0.7", true},
		{"no port security", "c", "ip4.dst == 10.0.0.7", true},
		{"Ethernet multicast", "a", "eth.mcast && ip4.dst == 10.0.0.7 && ip.ttl == 64", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			q := &Question{From: []*lflow.Port{port("b")}, To: []*lflow.Port{port(test.to)}, Packets: test.packets}
			if q.From[0] == q.To[0] {
				q.From[0] = port("a")
			}
			if !strings.Contains(test.packets, "eth.mcast") {
				q.Packets += fmt.Sprintf(" && eth.dst == 0a:00:00:00:00:0%d", q.To[0].Key)
			}
			v, err := OneZone(resolver).newView(resolver, q)
			if err != nil {
				t.Fatal(err)
			}
			x := newSpace(resolver.Network(), q.From[0].Datapath, []uint64{q.From[0].Key})
			all := x.asked(resolver, q, v.narrowed, q.From)
			if got := x.m.Meets(all, x.bound(v.arrivals())); got != test.want {
				t.Errorf("packets are in the bound: %v, want %v", got, test.want)
			}
			v.arrivals = nil // every packet is walked
			every, err := (&Answer{question: q, zones: OneZone(resolver)}).from(t.Context(), (&workspaces{}).get(), v, q.From)
			if err != nil {
				t.Fatal(err)
			}
			if got := slices.ContainsFunc(every.Results, func(r *Result) bool { return r.Kind == Delivered }); got != test.want {
				t.Errorf("packets arrive: %v, want %v", got, test.want)
			}
		})
	}
}

// readNetwork returns a network, and a function that finds its ports by name.
func readNetwork(t *testing.T, name string, db *sbtest.DB) (resolver *address.Resolver, port func(name string) *lflow.Port) {
	t.Helper()
	n := tracetest.Read(t, name, db.Bytes(), lflow.Options{})
	return address.NewResolver(n), func(name string) *lflow.Port {
		t.Helper()
		p, err := n.Port(name)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
}
