package reach

import (
	"fmt"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// doubling returns a network in which a switch floods packets that match to two routers and
// to the port target. For each packet a router sends two echo requests with its hop limit, which are flooded,
// and the other router routes them. So the requests double with each router, until the hop limit
// is exceeded. They are also flooded to the port target, the last one in their order, where packets of a known
// connection are dropped.
func doubling(match string) (db *sbtest.DB, sw string) {
	db = sbtest.New("25.03.0")
	sw = db.Datapath("sw", 1)
	var members []string
	for i := range 2 {
		r, name := db.Datapath(fmt.Sprint("r", i), 2+i), fmt.Sprint("r", i, "-sw")
		members = append(members, db.Port(sw, fmt.Sprint("sw-r", i), 2+i, "patch", "options", sbtest.Map("peer", name)))
		db.Port(r, name, 1, "patch", "options", sbtest.Map("peer", fmt.Sprint("sw-r", i)))
		db.Flow(r, "ingress", 0, 2, "ip.ttl == {0, 1}", "drop;")
		request := fmt.Sprintf(`icmp6 { icmp6.type = 128; ip.ttl = reg5[0..7]; outport = "%s"; flags.loopback = 1; output; };`, name)
		db.Flow(r, "ingress", 0, 1, "ip6", "ip.ttl--; reg5[0..7] = ip.ttl; "+request+" "+request)
		db.Flow(r, "egress", 0, 0, "1", "output;")
	}
	members = append(members, db.Port(sw, "in", 1, "", "mac", sbtest.Set("0a:00:00:00:00:01 fd00::1")))
	members = append(members, db.Port(sw, "target", 4, "", "mac", sbtest.Set("0a:00:00:00:00:04 fd00::4")))
	db.Row("Multicast_Group", map[string]any{"datapath": sbtest.Ref(sw), "name": "_MC_flood", "tunnel_key": 0x8000, "ports": sbtest.Refs(members...)})
	db.Flow(sw, "ingress", 0, 1, match, `outport = "_MC_flood"; output;`)
	db.Flow(sw, "egress", 0, 1, `outport == "target"`, "ct_next;")
	db.Flow(sw, "egress", 0, 0, "1", "output;")
	db.Flow(sw, "egress", 1, 1, "ct.est", "drop;")
	db.Flow(sw, "egress", 1, 0, "1", "output;")
	return db, sw
}

// TestGeneratedPacketsDouble sends packets for which the network generates more packets
// than a walk can follow. They arrive at the port to which each packet is flooded.
func TestGeneratedPacketsDouble(t *testing.T) {
	db, _ := doubling("ip6")
	resolver, port := readNetwork(t, "doubling", db)
	a, err := OneZone(resolver).Ask(t.Context(), &Question{From: []*lflow.Port{port("in")}, To: []*lflow.Port{port("target")}, Packets: "ip6 && tcp && ip6.dst == fd00::9"})
	if err != nil {
		t.Fatal(err)
	}
	if results := a.Parts[0].Results; len(results) != 1 || results[0].Kind != Delivered {
		t.Errorf("got %d results, the first is %v; all packets are delivered", len(results), results[0])
	}
}

// TestDoubledPacketsCommit compares sets with single walks of packets whose result depends on
// a packet that the network generates: it commits a connection to the conntrack zone of the port
// at which the packet would arrive.
func TestDoubledPacketsCommit(t *testing.T) {
	db, sw := doubling("ip6 && ip.ttl == {1, 2, 3, 4, 5, 6}")
	db.Flow(sw, "egress", 0, 2, `outport == "target" && ip.ttl == 2`, "ct_commit { }; output;")
	n := tracetest.Read(t, "doubling", db.Bytes(), lflow.Options{})
	var all soundness
	all.network(t, n, 500, 1)
	if all.undecided > 0 || all.complete < all.spaces {
		t.Error(&all)
	}
}
