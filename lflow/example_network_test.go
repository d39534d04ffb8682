package lflow_test

import (
	"fmt"
	"log"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// A datapath is found by its name or by a piece of its UUID, as ovn-trace finds
// it.
func ExampleNetwork_Datapath() {
	n := demoNetwork()
	for _, name := range []string{"router1", "b0c6", "network9"} {
		d, err := n.Datapath(name)
		if err != nil {
			fmt.Println(name, "is", err)
			continue
		}
		fmt.Println(name, "is", d.DisplayName(true), "with tunnel key", d.TunnelKey)
	}
	if d, ok := n.DatapathOf(3); ok {
		fmt.Println("3 is the tunnel key of", d.Name, d.Network() == n)
	}
	// Output:
	// router1 is router1 with tunnel key 3
	// b0c6 is network1 with tunnel key 1
	// network9 is not found
	// 3 is the tunnel key of router1 true
}

// A port is known by its name, by its tunnel key on its datapath, and by pieces
// of names that are UUIDs.
func ExampleNetwork_FindPort() {
	n := demoNetwork()
	p, err := n.FindPort("vm1")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.DisplayName(true), p.Key, p.Datapath.Name)
	byKey, _ := p.Datapath.Port(1)
	fmt.Println(port(n, "vm1") == p, byKey == p)
	fmt.Println(p.Has(p.Datapath.Index, 1))
	// Output:
	// vm1 1 network1
	// true true
	// true
}

// The addresses of ports make an inventory.
func ExamplePort() {
	line := func(p *lflow.Port) string {
		kind := p.Type
		if kind == "" {
			kind = "vif"
		}
		return fmt.Sprintf("%-13s %-6s %v", p.Name, kind, p.AddressTexts())
	}
	for _, p := range demoNetwork().Ports() {
		fmt.Println(line(p))
	}
	// Output:
	// router1-net2  patch  [40:44:00:00:00:04 192.168.1.1/24]
	// router1-net1  patch  [40:44:00:00:00:03 192.168.0.1/24]
	// net1-router1  patch  [40:44:00:00:00:03]
	// vm2           vif    [40:44:00:00:00:02 192.168.1.11]
	// net2-router1  patch  [40:44:00:00:00:04]
	// vm1           vif    [40:44:00:00:00:01 192.168.0.11]
}

// A container's port sends through its parent, with a VLAN tag.
func ExamplePort_Parent() {
	containers := 0
	for _, p := range demoNetwork().Ports() {
		if parent, tag := p.Parent(); parent != "" {
			fmt.Println(p.Name, "is in", parent, "with tag", tag)
			containers++
		}
	}
	fmt.Println(containers, "containers")
	// Output: 0 containers
}

// A name in a match leads to a key, which may depend on the datapath.
func ExampleNetwork_PortKey() {
	n := demoNetwork()
	d, _ := n.Datapath("network1")
	for _, name := range []string{"vm1", "_MC_flood", "vm2", "vm9"} {
		key, ok := n.PortKey(d, name)
		fmt.Println(name, key, ok)
	}
	if key, ok := port(n, "vm1").OnlyKey(); ok {
		fmt.Println("vm1 has the key", key, "on whichever datapath")
	}
	// Output:
	// vm1 1 true
	// _MC_flood 32768 true
	// vm2 0 false
	// vm9 0 false
	// vm1 has the key 1 on whichever datapath
}

// Multicast groups have tunnel keys as ports do, and ports as members.
func ExampleGroup() {
	names := func(g *lflow.Group) (out []string) {
		for _, p := range g.Ports() {
			out = append(out, p.Name)
		}
		return out
	}
	d, _ := demoNetwork().Datapath("network1")
	g, _ := d.GroupNamed("_MC_flood")
	fmt.Println(g.Name, g.Key, names(g))
	same, _ := d.Group(g.Key)
	fmt.Println(same == g)
	// Output:
	// _MC_flood 32768 [net1-router1 vm1]
	// true
}

// What chassis learned is asked by port: bindings of IP addresses, and in the
// FDB of a switch the ports of Ethernet addresses.
func ExampleDatapath_MACBinding() {
	n := demoNetwork()
	d, _ := n.Datapath("router1")
	key, ip := port(n, "router1-net1").Key, packet.MapIPv4(0xc0a80063)
	if mac, ok := d.MACBinding(key, ip); ok {
		fmt.Printf("bound to %s\n", packet.AppendMAC(nil, mac))
	} else {
		fmt.Println("an ARP request would be sent")
	}
	fmt.Println(d.HasMACBinding(key, ip, 0x404400000001))
	_, ok := port(n, "vm1").Datapath.FDB(0x404400000009)
	fmt.Println(ok)
	// Output:
	// an ARP request would be sent
	// false
	// false
}

// Address sets and port groups are there under the names that flows use.
func ExampleNetwork_AddressSet() {
	n := shopNetwork()
	for _, name := range n.AddressSets() {
		set, _ := n.AddressSet(name)
		fmt.Printf("$%s has %d members\n", name, len(set.Members))
	}
	for _, name := range n.PortGroups() {
		ports, _ := n.PortGroup(name)
		fmt.Printf("@%s has %v\n", name, ports)
	}
	// Output:
	// $pg_db_ip4 has 2 members
	// $pg_db_ip6 has 2 members
	// $pg_web_ip4 has 2 members
	// $pg_web_ip6 has 2 members
	// $svc_monitor_mac has 1 members
	// @2_pg_web has [web1 web2]
	// @3_pg_db has [db1 db2]
}

// The virtual addresses of load balancers are found by a packet's destination.
func ExampleVIP() {
	n := shopNetwork()
	for _, v := range n.VIPs() {
		fmt.Println(v.Text, v.Port)
	}
	dst, _ := packet.ParseIPv4("10.9.0.1")
	if v, ok := n.VIP(packet.Uint(dst), packet.Value{}); ok {
		fmt.Println(v.Addr.Addr4(), "is a load balancer's")
	}
	// Output:
	// 10.9.0.1 5432
	// 10.9.0.1 is a load balancer's
}

// Who looks at a network for long, or from a file that others write, asks in
// the end whether it was still the one that was opened.
func ExampleNetwork_Changed() {
	n := shopNetwork()
	defer n.Close()
	fmt.Println(len(n.Datapaths), "datapaths")
	if err := n.Changed(); err != nil {
		fmt.Println("do not believe it:", err)
	}
	// Output: 4 datapaths
}
