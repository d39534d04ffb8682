package reach

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// TestLoopsChooseOnce sends packets around a loop in which a hash decides whether they leave. They
// leave in the first round, or in the second one, in which they enter by another port. If the hash
// did not let them leave there, it does not in later rounds either.
func TestLoopsChooseOnce(t *testing.T) {
	db := sbtest.New("25.03.0")
	choosing, back := db.Datapath("choosing", 1), db.Datapath("back", 2)
	db.Port(choosing, "in", 1, "", "mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.1"))
	db.Port(choosing, "there", 2, "patch", "options", sbtest.Map("peer", "here"))
	db.Port(back, "here", 1, "patch", "options", sbtest.Map("peer", "there"))
	db.Row("Logical_Flow", map[string]any{
		"logical_datapath": sbtest.Ref(choosing), "pipeline": "ingress", "table_id": 0, "priority": 30, "match": "ip4 && ip.ttl == {0, 1}",
		"actions": "drop;", "external_ids": sbtest.Map("stage-name", "lr_in_ip_input"),
	})
	db.Flow(choosing, "ingress", 0, 0, "ip4", "ip.ttl--; flags.loopback = 1; reg8[0..15] = 1; reg8[16..31] = select(1, 2);")
	db.Flow(choosing, "ingress", 1, 0, "reg8[16..31] == 1", `outport = "there"; output;`)
	db.Flow(choosing, "ingress", 1, 0, "reg8[16..31] == 2", `outport = "in"; output;`)
	db.Flow(choosing, "egress", 0, 0, "1", "output;")
	db.Flow(back, "ingress", 0, 0, "1", `outport = "here"; flags.loopback = 1; output;`)
	db.Flow(back, "egress", 0, 0, "1", "output;")
	resolver, port := readNetwork(t, "loop", db)
	p := port("in")
	x := newSpace(resolver.Network(), p.Datapath, []uint64{p.Key})
	all := x.m.And(by(x.m, p), x.m.And(x.m.Is(packet.EthType, packet.EthTypeIPv4), x.m.Is(packet.IPTTL, 64)))
	var got []string
	if _, err := x.explore(t.Context(), all, all, nil, func(c Class) bool {
		if c.Undecided != "" {
			t.Error(c.Undecided)
		}
		got = append(got, c.Ends[0].Outcome.String())
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"looped", "delivered", "delivered"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestCopiesChoose floods a packet to two routers with the same flow, in which a hash
// selects an option for each copy.
func TestCopiesChoose(t *testing.T) {
	db := sbtest.New("25.03.0")
	sw := db.Datapath("sw", 1)
	in := db.Port(sw, "in", 1, "", "mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.1"))
	members := []string{in}
	var routers []string
	for i := range 2 {
		r := db.Datapath(fmt.Sprint("r", i), 2+i)
		members = append(members, db.Port(sw, fmt.Sprint("sw-r", i), 2+i, "patch", "options", sbtest.Map("peer", fmt.Sprint("r-sw", i))))
		db.Port(r, fmt.Sprint("r-sw", i), 1, "patch", "options", sbtest.Map("peer", fmt.Sprint("sw-r", i)))
		db.Port(r, fmt.Sprint("left", i), 2, "")
		db.Port(r, fmt.Sprint("right", i), 3, "")
		db.Flow(r, "ingress", 1, 0, "reg8[16..31] == 1", fmt.Sprintf(`outport = "left%d"; output;`, i))
		db.Flow(r, "ingress", 1, 0, "reg8[16..31] == 2", fmt.Sprintf(`outport = "right%d"; output;`, i))
		db.Flow(r, "egress", 0, 0, "1", "output;")
		routers = append(routers, r)
	}
	db.Row("Multicast_Group", map[string]any{"datapath": sbtest.Ref(sw), "name": "_MC_flood", "tunnel_key": 32768, "ports": sbtest.Refs(members...)})
	db.Flow(sw, "ingress", 0, 0, "1", `outport = "_MC_flood"; output;`)
	db.Flow(sw, "egress", 0, 0, "1", "output;")
	db.GroupFlow(db.Group(routers...), "ingress", 0, 0, "ip4", "reg8[16..31] = select(1, 2);")
	n := tracetest.Read(t, "copies", db.Bytes(), lflow.Options{})
	var all soundness
	all.network(t, n, 500, 1)
	if all.undecided > 0 {
		t.Errorf("%d classes are undecided", all.undecided)
	}
}

// TestHashesChoose sends a packet through random networks of routers with several next hops, some of
// which share a flow. The classes of the packet are the results of all hashes: functions from the
// packet, without its TTL, to an option.
func TestHashesChoose(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			d, in := routersThatChoose(t, rand.New(rand.NewPCG(seed, 0)))
			x := newSpace(d.Network(), d, []uint64{in.Key})
			all := x.m.And(by(x.m, in), x.m.And(x.m.Is(packet.EthType, packet.EthTypeIPv4), x.m.Is(packet.IPTTL, 9)))
			var got []string
			if _, err := x.explore(t.Context(), all, all, nil, func(c Class) bool {
				if c.Undecided != "" {
					t.Error(c.Undecided)
				}
				got = append(got, endsWithTTL(c.Ends))
				return true
			}); err != nil {
				t.Fatal(err)
			}
			rep, _ := x.m.Sample(all)
			want := byHashes(t, d, rep)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("got %d:\n%q\nwant %d:\n%q", len(got), got, len(want), want)
			}
		})
	}
}

// routersThatChoose returns the first of two or three routers, and the port by which packets
// enter it. Each link to another router may have a port at which copies arrive as well.
func routersThatChoose(t *testing.T, r *rand.Rand) (*lflow.Datapath, *lflow.Port) {
	t.Helper()
	db := sbtest.New("25.03.0")
	var routers, sharing []string
	count, shared := 2+r.IntN(2), r.IntN(4) > 0
	for i := range count {
		router := db.Datapath(fmt.Sprint("r", i), 1+i)
		routers = append(routers, router)
		if i == 0 {
			db.Port(router, "in", 1, "")
		}
		db.Port(router, fmt.Sprint("out", i), 2, "")
		for j := range count {
			if j != i {
				db.Port(router, fmt.Sprint("way", i, j), 10*(1+i)+j, "patch", "options", sbtest.Map("peer", fmt.Sprint("way", j, i)))
			}
		}
	}
	const choose = "ip.ttl--; flags.loopback = 1; reg8[16..31] = select(1, 2);"
	for i, router := range routers {
		db.Row("Logical_Flow", map[string]any{
			"logical_datapath": sbtest.Ref(router), "pipeline": "ingress", "table_id": 0, "priority": 30, "match": "ip4 && ip.ttl == {0, 1}",
			"actions": "drop;", "external_ids": sbtest.Map("stage-name", "lr_in_ip_input"),
		})
		if shared && r.IntN(3) > 0 {
			sharing = append(sharing, router)
		} else {
			db.Flow(router, "ingress", 0, 0, "ip4", choose)
		}
		for option := 1; option <= 2; option++ {
			to := fmt.Sprint("out", i)
			if r.IntN(5) > 0 {
				to = fmt.Sprint("way", i, (i+1+r.IntN(count-1))%count)
			}
			copied := ""
			if r.IntN(3) == 0 {
				copied = fmt.Sprintf(`clone { outport = "out%d"; output; }; `, i)
			}
			db.Flow(router, "ingress", 1, 0, fmt.Sprintf("reg8[16..31] == %d", option), copied+fmt.Sprintf("outport = %q; output;", to))
		}
		db.Flow(router, "egress", 0, 0, "1", "output;")
	}
	if len(sharing) > 0 {
		db.GroupFlow(db.Group(sharing...), "ingress", 0, 0, "ip4", choose)
	}
	_, port := readNetwork(t, "routers", db)
	in := port("in")
	return in.Datapath, in
}

// byHashes returns the results of a packet by each hash.
func byHashes(t *testing.T, d *lflow.Datapath, p packet.Packet) (all []string) {
	t.Helper()
	var try func(hash map[packet.Packet]int)
	try = func(hash map[packet.Packet]int) {
		var asked *packet.Packet // the first packet for which the hash has no option
		got, err := sim.Walk(d.Network(), d, p, links{}.onChassis(sim.Choices{CTNew: true, Choose: func(p *packet.Packet, _ int) int {
			q := *p
			q.SetUint(packet.IPTTL, 0)
			option, known := hash[q]
			if !known && asked == nil {
				asked = &q
			}
			return option
		}}))
		if err != nil {
			t.Fatal(err)
		}
		if asked == nil {
			all = append(all, endsWithTTL(verdict.OfPacket(got)))
			return
		}
		for option := range 2 {
			hash[*asked] = option
			try(hash)
		}
		delete(hash, *asked)
	}
	try(map[packet.Packet]int{})
	return all
}

// endsWithTTL describes ends, with the TTL of packets that arrive.
func endsWithTTL(ends []verdict.Disposition) (text string) {
	for i := range ends {
		e := &ends[i]
		text += fmt.Sprint(e.Outcome, " ", e.Port, " ", e.Code, " ", e.Packet.Uint(packet.IPTTL), "; ")
	}
	return text
}
