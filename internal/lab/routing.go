package lab

import "net/netip"

// Routing is the network of the built-in demo: two switches joined by one router, with vm1
// on network1 and worker1, and vm2 on network2 and worker2. It has the addresses of a
// well-known post on OVN's routing, and is built in the post's order, which determines the
// tunnel keys.
func Routing() *Network {
	n := &Network{Name: "routing", Stepwise: true}
	for _, c := range []struct{ name, ip string }{
		{"central", "127.0.0.1"}, {"worker1", "192.168.50.100"}, {"worker2", "192.168.50.101"},
	} {
		n.addChassis(c.name, "geneve", c.ip)
	}
	n.ChassisRows.Bound = []Binding{{Port: "vm1", Chassis: "worker1"}, {Port: "vm2", Chassis: "worker2"}}

	sides := []struct {
		network, vm, vmMAC, vmIP, link, port, mac, net string
	}{
		{"network1", "vm1", "40:44:00:00:00:01", "192.168.0.11", "net1-router1", "router1-net1", "40:44:00:00:00:03", "192.168.0.1/24"},
		{"network2", "vm2", "40:44:00:00:00:02", "192.168.1.11", "net2-router1", "router1-net2", "40:44:00:00:00:04", "192.168.1.1/24"},
	}
	for _, s := range sides {
		n.North.Addf("ls-add %s", s.network)
	}
	for _, s := range sides {
		n.North.Addf("lsp-add %s %s", s.network, s.vm)
	}
	for _, s := range sides {
		n.North.Add("lsp-set-addresses", s.vm, s.vmMAC+" "+s.vmIP)
	}
	router := &Router{Name: "router1"}
	n.Routers = []*Router{router}
	n.North.Addf("lr-add router1")
	for i, s := range sides {
		n.North.Addf("lrp-add router1 %s %s %s", s.port, s.mac, s.net)
		n.North.Addf("lsp-add %s %s", s.network, s.link)
		n.North.Addf("lsp-set-addresses %s %s", s.link, s.mac)
		n.North.Addf("lsp-set-type %s router", s.link)
		n.North.Addf("lsp-set-options %s router-port=%s", s.link, s.port)

		prefix := netip.MustParsePrefix(s.net)
		sw := &Switch{Name: s.network, V4: prefix.Masked(), index: i}
		sw.Ports = []*Port{{
			Name: s.vm, Switch: sw,
			Addrs: []Addr{{MAC: s.vmMAC, IPs: []netip.Addr{netip.MustParseAddr(s.vmIP)}}},
		}}
		n.Switches = append(n.Switches, sw)
		router.attach(&RouterPort{Name: s.port, MAC: s.mac, Nets: []netip.Prefix{prefix}, Switch: sw})
	}
	return n
}
