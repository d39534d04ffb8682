package reach

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// TestCopiesAreLeftOutByTheFirstInport floods packets of which the copies change the input
// port: it is the walk's rule which members get one, as it was before the first copy.
func TestCopiesAreLeftOutByTheFirstInport(t *testing.T) {
	for _, changed := range []string{`inport = "p3"`, `inport = "p1"`, `inport = ""`, `inport <-> outport`, `reg0 = 1`} {
		for _, loopback := range []string{"", "flags.loopback = 1; "} {
			db := sbtest.New("25.03.0")
			sw := db.Datapath("sw", 1)
			var ports []string
			for i := range 4 {
				ports = append(ports, db.Port(sw, fmt.Sprint("p", i), i+1, "", "mac", fmt.Sprintf("0a:00:00:00:00:%02x 10.0.0.%d", i+1, i+1)))
			}
			db.Row("Multicast_Group", map[string]any{"datapath": sbtest.Ref(sw), "name": "_MC_flood", "tunnel_key": 32768, "ports": sbtest.Refs(ports...)})
			db.Flow(sw, "ingress", 0, 0, "1", loopback+`outport = "_MC_flood"; output;`)
			db.Flow(sw, "egress", 0, 50, "ip4.dst == 10.0.0.0/8", changed+"; next;")
			db.Flow(sw, "egress", 0, 0, "1", "next;")
			db.Flow(sw, "egress", 1, 50, `inport == "p1" && udp`, "drop;")
			db.Flow(sw, "egress", 1, 0, "1", "output;")
			n, err := lflow.Read(t.Context(), "test", db.Bytes(), lflow.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Run(loopback+changed, func(t *testing.T) {
				var all soundness
				all.network(t, n, 100, 1)
				if all.undecided > 0 {
					t.Errorf("%d classes are undecided", all.undecided)
				}
			})
			_ = n.Close()
		}
	}
}

// TestLoopsChooseOnce sends packets around a loop in which a hash chooses whether they leave:
// they leave at once or, since they come by another port then, after one round. Where it did
// not choose that, it does not in later rounds either.
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
// chooses for each copy.
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
	group := db.Row("Logical_DP_Group", map[string]any{"datapaths": sbtest.Refs(routers...)})
	db.Row("Logical_Flow", map[string]any{
		"logical_dp_group": sbtest.Ref(group), "pipeline": "ingress", "table_id": 0, "priority": 0, "match": "ip4",
		"actions": "reg8[16..31] = select(1, 2);",
	})
	n, err := lflow.Read(t.Context(), "copies", db.Bytes(), lflow.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var all soundness
	all.network(t, n, 500, 1)
	if all.undecided > 0 {
		t.Errorf("%d classes are undecided", all.undecided)
	}
}
