package reach

import (
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// repliesEnv is the number of pairs of ports that are compared in each network.
const repliesEnv = "OVNWALK_REACH_REPLIES"

// TestReplies compares the results of replies with connect, for packets of each set.
func TestReplies(t *testing.T) {
	var all replies
	pairs := lab.Number(t, repliesEnv, 2)
	wire, err := filepath.Glob(filepath.Join("..", "..", "testdata", "wire", "*", "*", "sb.db.gz"))
	if err != nil {
		t.Fatal(err)
	}
	var sources [][]string
	for _, path := range append(wire, sbtest.Recorded(t)...) {
		sources = append(sources, []string{path})
	}
	for _, folder := range zoneDirs(t) {
		sources = append(sources, []string{folder})
	}
	for i, paths := range sources {
		if sbtest.LeftOut(i, 8) {
			continue
		}
		name := filepath.Base(filepath.Dir(paths[0])) + "/" + filepath.Base(paths[0])
		t.Run(name, func(t *testing.T) {
			zones, chassis := zonesOf(t, paths), zonesOf(t, paths)
			all.compare(t, zones, chassis, pairs, uint64(crc32.ChecksumIEEE([]byte(name)))) // another recording changes no pairs
		})
	}
	t.Log(&all)
	if !sbtest.ForRaces() && (all.delivered == 0 || all.lost == 0) {
		t.Error("no reply that arrives was compared, or no reply that is lost")
	}
}

// replies counts what was compared.
type replies struct{ delivered, lost, undecided, unanswered, apart int }

// String returns the counts.
func (c *replies) String() string {
	return fmt.Sprintf("replies: %d sets with replies that arrive, %d with replies that are lost, %d undecided, %d unanswered; %d connections end on chassis", c.delivered, c.lost, c.undecided, c.unanswered, c.apart)
}

func (c *replies) compare(t *testing.T, zones, chassis *Zones, pairs int, seed uint64) {
	t.Helper()
	var networks []*lflow.Network
	for _, r := range chassis.Resolvers {
		networks = append(networks, r.Network())
	}
	cl, err := cluster.New(networks, cluster.Options{})
	if err != nil {
		t.Skip(err)
	}
	var ports []*lflow.Port
	for _, r := range zones.Resolvers {
		for _, p := range vifs(r) {
			if len(address.NewResolver(r.Network()).Hosts(p)) > 0 && !isLeftOut(p) {
				ports = append(ports, p)
			}
		}
	}
	if len(ports) < 2 {
		t.Skip("no ports")
	}
	r := rand.New(rand.NewPCG(seed, 7))
	for range pairs {
		from, to := ports[r.IntN(len(ports))], ports[r.IntN(len(ports))]
		q := &Question{From: []*lflow.Port{from}, To: []*lflow.Port{to}, BothWays: true, Limit: 300}
		q.Packets = []string{"ip4 && !eth.mcast", "ip4 && tcp.flags == 2 && !eth.mcast", "ip4 && udp && !eth.mcast", "ip6 && !eth.mcast", "icmp4.type == 8 && !eth.mcast"}[r.IntN(5)]
		a, err := zones.Ask(t.Context(), q)
		if errors.Is(err, packetset.ErrTooLarge) {
			c.undecided++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range a.Parts {
			p.settle()
			for _, res := range p.Results {
				if res.Kind != Delivered {
					continue
				}
				for range 2 {
					one, _ := p.space.m.Draw(res.Set, r)
					c.exchange(t, cl, chassis, p, res, one)
				}
			}
		}
	}
}

// exchange walks a connection with connect, and compares the result of the reply.
func (c *replies) exchange(t *testing.T, cl *cluster.Cluster, chassis *Zones, p *Part, res *Result, one packet.Packet) {
	t.Helper()
	switch {
	case res.Reply == nil:
		t.Fatalf("%s has no reply", res)
	case res.Reply.None:
		c.unanswered++
		return
	case res.Reply.Kind == Undecided:
		c.undecided++
		return
	case res.Varies:
		return
	}
	from := chassis.owned(p.Ports[0].Name)
	first := one
	first.SetUint(packet.Inport, from.Key)
	results, complete := connect.Outcomes(cl, &connect.Options{}, connect.Source{Port: from}, first)
	for _, o := range results {
		request := o.Packets[0]
		if !complete || request.Answered < 0 || len(o.Packets) < 2 || request.Arrived[request.Answered].Port == nil || request.Arrived[request.Answered].Port.Name != res.Ports[0].Name {
			c.apart++
			continue
		}
		reply := o.Packets[1]
		arrives := false
		for _, came := range reply.Arrived {
			arrives = arrives || came.Port == from
		}
		if arrives {
			c.delivered++
		} else {
			c.lost++
		}
		if arrives == (res.Reply.Kind == Delivered) {
			continue
		}
		if !arrives {
			isChassis := slices.ContainsFunc(reply.Arrived, func(came connect.Arrival) bool { return came.Network != "" }) // the path is over a physical network
			for _, d := range reply.Dropped {
				isChassis = isChassis || chassis.isOfChassis(d.Code)
			}
			if isChassis {
				c.apart++
				continue
			}
		}
		why := ""
		for _, d := range reply.Dropped {
			why += fmt.Sprint(" ", d.Code, " at ", d.Datapath.DisplayName(true), "/", d.Stage)
		}
		t.Errorf("%s to %s: %s; in connect the reply arrives: %t%s\n%s", p.Ports[0].Name, res.Ports[0].Name, res, arrives, why, one.Header(packet.HeaderStyle{}))
	}
}

// TestSymmetricReplies compares replies with connect, on a gateway router with ECMP routes with
// symmetric replies.  A reply returns to the next hop that sent the packet, for every choice of a
// route.
func TestSymmetricReplies(t *testing.T) {
	for _, proto := range []string{"tcp.flags == 2", "udp"} {
		t.Run(proto, func(t *testing.T) {
			q := &Question{Spoof: true, Limit: 300, Packets: "ip4.src == 10.9.0.0/16 && eth.src == 0a:05:00:00:00:01 && eth.dst == 0a:00:00:00:03:02 && " + proto}
			got := exchanges(t, filepath.Join("testdata", "symmetric.db.gz"), "n1", "t1", q, 4, func(res *Result) {
				if res.Reply.Kind != Delivered || res.Varies {
					t.Errorf("%s", res)
				}
			})
			if got.delivered == 0 || got.lost > 0 {
				t.Error(&got)
			}
		})
	}
}

// TestTranslatedReplies compares replies with connect, where gateway routers undo translations in
// the conntrack zone of the source, in which the packet is the reply of the connection.
func TestTranslatedReplies(t *testing.T) {
	for _, test := range []struct{ network, from, to, packets string }{
		{"23.03/routes", "a2", "b2", "udp && ip4.dst == 10.20.0.12 && eth.dst == 00:00:00:0a:ff:01"},
		{"main/chain", "p1", "v3", "tcp.flags == 2 && ip4.dst == 10.81.0.13 && eth.dst == 00:00:00:05:ff:01"},
		{"23.03/symmetric", "t1", "t1", "udp && ip4.dst == 10.4.0.11 && eth.dst == 0a:00:00:00:05:01"},
	} {
		t.Run(test.from+" to "+test.to, func(t *testing.T) {
			path := filepath.Join("..", "..", "testdata", "wire", test.network, "sb.db.gz")
			got := exchanges(t, path, test.from, test.to, &Question{Packets: test.packets}, 1, func(*Result) {})
			if got.delivered == 0 || got.undecided > 0 {
				t.Error(&got)
			}
		})
	}
}

// exchanges computes the sets of packets from a port to another with their replies. It calls check
// with each set that arrives, and compares several packets of each with connect.
func exchanges(t *testing.T, path, from, to string, q *Question, packets int, check func(*Result)) (got replies) {
	t.Helper()
	zones, chassis := zonesOf(t, []string{path}), zonesOf(t, []string{path})
	cl, err := cluster.New([]*lflow.Network{chassis.Resolvers[0].Network()}, cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	q.From, q.To, q.BothWays = []*lflow.Port{zones.owned(from)}, []*lflow.Port{zones.owned(to)}, true
	a, err := zones.Ask(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, p := range a.Parts {
		p.settle()
		for _, res := range p.Results {
			if res.Kind != Delivered {
				continue
			}
			check(res)
			for range packets {
				one, _ := p.space.m.Draw(res.Set, r)
				got.exchange(t, cl, chassis, p, res, one)
			}
		}
	}
	return got
}
