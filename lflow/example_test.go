package lflow_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// demoNetwork returns the built-in network of two switches and a router between them.
func demoNetwork() *lflow.Network {
	n, err := lflow.Read(context.Background(), "demo", demo.Bytes(), lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	return n
}

// Open opens a file, an archive or a server.  It detects the release that wrote the database, and
// parses no flow.
func ExampleOpen() {
	n, err := lflow.Open(context.Background(), "../testdata/suites/shop.db.gz", lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()
	fmt.Printf("OVN %v, by %v\n", n.Detected.Release, n.Detected.By)
	fmt.Println(len(n.Datapaths), "datapaths,", n.FlowsRead(), "flows parsed")
	for _, v := range n.VIPs() {
		fmt.Println("load balancer", v.Text, v.Port)
	}
	// Output:
	// OVN 23.03.1, by northd_internal_version
	// 4 datapaths, 0 flows parsed
	// load balancer 10.9.0.1 5432
}

// Read reads the bytes of a database.  Options name the release, where it cannot be detected, and
// the chassis whose template variables and ports count.
func ExampleRead() {
	n, err := lflow.Read(context.Background(), "demo", demo.Bytes(), lflow.Options{
		Release: dialect.MustParse("24.03"),
		Chassis: "worker1",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n.Dialect.Release())

	_, err = lflow.Read(context.Background(), "backup.db", []byte("OVSDB JSON 5 0\n{}"), lflow.Options{})
	fmt.Println(err)
	// Output:
	// 24.03.0
	// backup.db: byte 0: the first record's header line cannot be read: "OVSDB JSON 5 0\n{}"
}

// Zones describes the databases of interconnect zones.  A zone is read when it is opened.
func ExampleZones() {
	ctx := context.Background()
	zones, _, err := lflow.Zones(ctx, []string{"../testdata/wire/23.03/zones-l2"}, lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, z := range zones {
		defer z.Close()
		fmt.Println(z, z.Detected.Release, "has", z.Own()[0].Node(), "of", len(z.Chassis), "chassis")
		if p, ok := z.Port("pod3-3"); !ok || p.Type == "remote" {
			continue
		}
		n, err := z.Open(ctx, lflow.Options{})
		if err != nil {
			log.Fatal(err)
		}
		defer n.Close()
		p, err := n.Port("pod3-3")
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("  pod3-3 is on", p.Datapath.Name)
	}
	// Output:
	// node1 23.03.1 has node1 of 3 chassis
	// node2 23.03.1 has node2 of 3 chassis
	// node3 23.03.1 has node3 of 3 chassis
	//   pod3-3 is on l2
}

// An inventory of ports: their types, addresses and chassis.
func ExampleNetwork_Ports() {
	n := demoNetwork()
	for _, p := range n.Ports() {
		if c, ok := n.ChassisOf(p); ok {
			fmt.Println(p.Name, p.AddressTexts(), "on", c.Name)
		} else {
			fmt.Println(p.Name, p.Type, p.AddressTexts())
		}
	}
	// Output:
	// router1-net2 patch [40:44:00:00:00:04 192.168.1.1/24]
	// router1-net1 patch [40:44:00:00:00:03 192.168.0.1/24]
	// net1-router1 patch [40:44:00:00:00:03]
	// vm2 [40:44:00:00:00:02 192.168.1.11] on worker2
	// net2-router1 patch [40:44:00:00:00:04]
	// vm1 [40:44:00:00:00:01 192.168.0.11] on worker1
}

// The ports that the database reports as down or without a chassis.
func ExampleNetwork_State() {
	n, err := lflow.Open(context.Background(), "../testdata/tables", lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()
	for _, name := range []string{"web1", "web2", "db1", "away"} {
		p, err := n.Port(name)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(name, n.State(p))
	}
	for _, l := range n.LaggingChassis() {
		fmt.Println("chassis", l.Name, "is missing:", l.Missing, "behind:", l.Behind)
	}
	// Output:
	// web1 bound
	// web2 down
	// db1 unbound
	// away chassis missing
	// chassis hv2 is missing: false behind: 3h0m0s
	// chassis hv3 is missing: true behind: 0s
}

// The flows of a table are listed in the order of lookups.  Their matches and actions are parsed on
// first use.
func ExampleNetwork_Flows() {
	n := demoNetwork()
	d, err := n.Datapath("router1")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n.Stage(d, lflow.Ingress, 13))
	for _, f := range n.Flows(d, lflow.Ingress, 13) {
		if err := f.Err(d); err != nil {
			log.Fatal(err)
		}
		for _, a := range f.Actions().List {
			if load, ok := a.(*action.Load); ok && load.Dst.String() == "outport" {
				fmt.Println(f.Priority, f.MatchText(), "->", load.Value.Str)
			}
		}
	}
	// Output:
	// lr_in_ip_routing
	// 194 inport == "router1-net2" && ip6.dst == fe80::/64 -> router1-net2
	// 194 inport == "router1-net1" && ip6.dst == fe80::/64 -> router1-net1
	// 74 ip4.dst == 192.168.0.0/24 -> router1-net1
	// 74 ip4.dst == 192.168.1.0/24 -> router1-net2
}

// Lookup finds the flow of a table that a packet takes.
func ExampleNetwork_Lookup() {
	n := demoNetwork()
	d, err := n.Datapath("network1")
	if err != nil {
		log.Fatal(err)
	}
	var p packet.Packet
	p.SetUint(packet.EthDst, 0x404400000003)
	if f := n.Lookup(d, lflow.Ingress, 25, &p).Flow; f != nil {
		fmt.Println(f.Stage(), f.ActionsText())
	}
	// Output: ls_in_l2_lkup outport = "net1-router1"; output;
}

// Search finds flows by their rows, and parses none of them.
func ExampleNetwork_Search() {
	found := demoNetwork().Search(func(row lflow.FlowRow) bool {
		return strings.Contains(row.Actions(), "tcp_reset") && strings.HasPrefix(row.Match(), "ip4")
	})
	for _, hit := range found {
		fmt.Println(hit.Datapaths[0].Name, hit.Flow.Pipeline, hit.Flow.Table, hit.Flow.Stage())
	}
	// Output:
	// router1 ingress 3 lr_in_ip_input
	// router1 ingress 3 lr_in_ip_input
}

// A match with names of the network, compared with a packet.
func ExampleNetwork_Binder() {
	n := demoNetwork()
	e, err := expr.Parse(`inport == "vm1" && eth.dst != $svc_monitor_mac`, n.CheckEnv())
	if err != nil {
		log.Fatal(err)
	}
	m := expr.Compile(expr.Annotate(e), n.Binder())
	vm1, err := n.Port("vm1")
	if err != nil {
		log.Fatal(err)
	}
	var p packet.Packet
	p.SetUint(packet.Inport, vm1.Key)
	fmt.Println(m.Match(&p, vm1.Datapath.Index))
	// Output: true
}

// Contents lists rows by their contents, without UUIDs, so that two databases can be compared.
func ExampleNetwork_Contents() {
	db := sbtest.New("25.03.0")
	sw := db.Datapath("sw0", 1)
	db.Port(sw, "vm1", 1, "")
	db.Row("MAC_Binding", map[string]any{"logical_port": "vm1", "ip": "10.0.0.1", "mac": "02:00:00:00:00:01", "datapath": sbtest.Ref(sw)})
	db.Row("FDB", map[string]any{"mac": "02:00:00:00:00:02", "dp_key": 1, "port_key": 1})
	n, err := lflow.Read(context.Background(), "example", db.Bytes(), lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range n.Contents() {
		fmt.Println(row.Table, row.Key, row.Columns[0].Name, row.Columns[0].Text)
	}
	// Output:
	// FDB sw0 02:00:00:00:00:02 port_key vm1
	// MAC_Binding vm1 10.0.0.1 mac 02:00:00:00:00:01
	// Port_Binding vm1 datapath sw0
}
