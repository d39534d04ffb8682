package reach

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// TestRoundsThatAreLeftOut sends packets between two routers until their TTL expires, with and
// without the rounds of the loop that are the same. The classes and their ends are the same.
func TestRoundsThatAreLeftOut(t *testing.T) {
	const toB, toHost = `ip.ttl--; flags.loopback = 1; outport = "ab"; output;`, `outport = "host"; output;`
	for _, tt := range []struct {
		name   string
		first  string      // the actions of the first router's table 0, if not next
		flows  [][2]string // of its table 1
		shrink bool        // whether the walk has less than half of the tables
	}{
		{"alone", "", [][2]string{{"1", toB}}, true},
		{"with a copy in each round", "", [][2]string{{"1", "clone { " + toHost + " }; " + toB}}, true},
		{"of a copy", "", [][2]string{{"1", "clone { " + toB + " }; " + toHost}}, true},
		{"of two copies", "", [][2]string{{"1", "clone { " + toB + " }; clone { " + strings.Repeat("ip.ttl--; ", 12) + toB + " }; " + toHost}}, true},
		{"until a TTL", "", [][2]string{{"ip.ttl == 30", toHost}, {"1", toB}}, true},
		{"until one of two TTLs", "", [][2]string{{"ip.ttl == {11, 14}", toHost}, {"1", toB}}, true},
		{"until another TTL than some", "", [][2]string{{"ip.ttl != {41, 43, 45, 47}", toHost}, {"1", toB}}, true},
		{"of which a part leaves at a TTL", "", [][2]string{{"ip.ttl == 30 && tcp.dst == 80", toHost}, {"ip.ttl == 31", toHost}, {"1", toB}}, true},
		{"with the TTL in a register", "reg0[0..7] = ip.ttl; next;", [][2]string{{"reg0[0..7] == 31", toHost}, {"1", toB}}, false},
		{"whose copies have a lower TTL", "clone { reg1 = 1; " + strings.Repeat("ip.ttl--; ", 11) + "next; }; next;", [][2]string{{"reg1 == 1 && ip.ttl == 8", toHost}, {"reg1 == 1", "drop;"}, {"1", toB}}, false},
		{"whose copies have one on the way back", "clone { next; }; reg1 = 1; " + strings.Repeat("ip.ttl--; ", 11) + "next;", [][2]string{{"reg1 == 1 && ip.ttl == 8", toHost}, {"reg1 == 1", "drop;"}, {"1", toB}}, true},
		{"with a counter", "", [][2]string{{"eth.dst[0..1] == 3", toHost}, {"eth.dst[0..1] == 2", "eth.dst[0..1] = 3; " + toB}, {"eth.dst[0..1] == 1", "eth.dst[0..1] = 2; " + toB}, {"1", "eth.dst[0..1] = 1; " + toB}}, false},
		{"until the connection is there", "ct_next;", [][2]string{{"ct.est", toHost}, {"1", "ct_commit; " + toB}}, true},
		{"until a copy makes the connection", "ct_next;", [][2]string{{"ct.est", "clone { " + toHost + " }; " + toB}, {"1", "clone { " + toB + " }; ct_commit; " + toHost}}, true},
		{"with choices", "reg8[0..15] = select(1, 2);", [][2]string{{"reg8[0..15] == 1", toB}, {"1", toHost}}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := sbtest.New("25.03.0")
			a, b := db.Datapath("a", 1), db.Row("Datapath_Binding", map[string]any{"tunnel_key": 2, "external_ids": sbtest.Map("name", "b", "logical-router", "00000002-1111-4000-8000-000000000000")})
			db.Port(a, "in", 1, "", "mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.1"))
			db.Port(a, "host", 2, "", "mac", sbtest.Set("0a:00:00:00:00:02 10.0.0.2"))
			db.Port(a, "ab", 3, "patch", "options", sbtest.Map("peer", "ba"))
			db.Port(b, "ba", 1, "patch", "options", sbtest.Map("peer", "ab"))
			db.Flow(a, "ingress", 0, 0, "1", cmp.Or(tt.first, "next;"))
			for i, f := range tt.flows {
				db.Flow(a, "ingress", 1, 100-i, f[0], f[1])
			}
			db.Flow(a, "egress", 0, 0, "1", "output;")
			db.Row("Logical_Flow", map[string]any{
				"logical_datapath": sbtest.Ref(b), "pipeline": "ingress", "table_id": 0, "priority": 30, "match": "ip4 && ip.ttl == {0, 1}",
				"actions": "drop;", "external_ids": sbtest.Map("stage-name", "lr_in_ip_input"),
			})
			db.Flow(b, "ingress", 0, 0, "1", `ip.ttl--; outport = inport; flags.loopback = 1; output;`)
			db.Flow(b, "egress", 0, 0, "1", "output;")
			resolver, port := readNetwork(t, "loop", db)
			n, p := resolver.Network(), port("in")

			classes := func(l lifetimes) (out []string, x *space) {
				x = newSpace(n, p.Datapath, []uint64{p.Key})
				x.lifetimes = l
				all := x.m.And(by(x.m, p), x.m.And(x.m.Is(packet.EthType, packet.EthTypeIPv4), x.m.And(x.m.Is(packet.IPTTL, 47), x.m.Is(packet.IPProto, packet.ProtoTCP))))
				all = x.m.And(all, x.m.Is(packet.IPFrag, 0))
				if _, err := x.explore(t.Context(), all, all, nil, func(c Class) bool {
					out = append(out, fmt.Sprint(x.m.Describe(c.Set, packetset.All, nil).Text, c.Choices, c.Undecided, kindsOf(c.Ends)))
					return true
				}); err != nil {
					t.Fatal(err)
				}
				return out, x
			}
			l := newLifetimes([]*lflow.Network{n})
			want, _ := classes(nil)
			got, x := classes(l)
			if !slices.Equal(got, want) {
				t.Errorf("got %q\nwant %q", got, want)
			}

			q := packet.Packet{}
			for f, v := range map[*packet.Field]uint64{packet.Inport: p.Key, packet.EthType: packet.EthTypeIPv4, packet.IPTTL: 47, packet.IPProto: packet.ProtoTCP} {
				q.SetUint(f, v)
			}
			tables := func(shorten func(before, now, margin uint64) uint64) (count int) {
				how := x.onChassis(sim.Choices{CTNew: true})
				how.ShortenLoops = shorten
				tr, err := sim.Walk(n, p.Datapath, q, how)
				if err != nil {
					t.Fatal(err)
				}
				trace.Walk(tr.Root, func(n trace.Node) bool {
					if _, ok := n.(*trace.Table); ok {
						count++
					}
					return true
				})
				return count
			}
			if whole, part := tables(nil), tables(l.shorten); part > whole || (part < whole/2) != tt.shrink {
				t.Errorf("%d tables of %d", part, whole)
			}
		})
	}
}

// kindsOf returns the different outcomes among ends.
func kindsOf(ends []verdict.Disposition) (out []string) {
	for _, e := range ends {
		if text := fmt.Sprint(e.Outcome, e.Code, e.Port, e.Origin); !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return out
}
