package lflow

import (
	"fmt"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// bigDatabase is a network of switches, each with ports of its own, that all
// have the same load balancers.
func bigDatabase(switches, ports, balancers int) []byte {
	db := sbtest.New("23.03.0")
	var dps []string
	for s := range switches {
		dps = append(dps, db.Datapath(fmt.Sprintf("sw%d", s), s+1))
	}
	group := db.Group(dps...)
	for table := range 4 {
		db.GroupFlow(group, "ingress", table, 0, "1", "next;")
	}
	db.GroupFlow(group, "ingress", 0, 100, "vlan.present", "drop;")
	for i := range balancers {
		db.GroupFlow(group, "ingress", 3, 120, fmt.Sprintf("ct.new && ip4.dst == 172.30.%d.%d && tcp.dst == %d", i/250, i%250, 80+i%7),
			fmt.Sprintf("reg1 = 172.30.%d.%d; reg2[0..15] = %d; ct_lb_mark(backends=10.0.%d.%d:8080);", i/250, i%250, 80+i%7, i/250, i%250))
	}
	db.GroupFlow(group, "egress", 0, 0, "1", "next;")
	for s, dp := range dps {
		for p := range ports {
			name, mac := fmt.Sprintf("sw%d-p%d", s, p), fmt.Sprintf("0a:00:%02x:%02x:00:%02x", s>>8, s&255, p)
			db.Port(dp, name, p+1, "")
			db.Flow(dp, "ingress", 1, 50, fmt.Sprintf("inport == %q && eth.src == %s", name, mac), "next;")
			db.Flow(dp, "ingress", 1, 90, fmt.Sprintf("inport == %q && eth.src == %s && ip4.src == {10.%d.%d.%d, 0.0.0.0}", name, mac, s>>8, s&255, p), "next;")
			db.Flow(dp, "ingress", 4, 50, "eth.dst == "+mac, fmt.Sprintf("outport = %q; output;", name))
			db.Flow(dp, "egress", 1, 50, fmt.Sprintf("outport == %q && eth.dst == {%s, ff:ff:ff:ff:ff:ff}", name, mac), "output;")
		}
	}
	return db.Bytes()
}

// bigNetwork is the network of bigDatabase.
func bigNetwork(tb testing.TB, switches, ports, balancers int) *Network {
	tb.Helper()
	n, err := Read(tb.Context(), "big", bigDatabase(switches, ports, balancers), Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { n.Close() })
	return n
}
