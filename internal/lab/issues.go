package lab

import (
	"fmt"
	"net/netip"
)

// IssuesNetwork is the network of four of upstream's issues about connections that did
// something else than people expected:
//
//   - 241: an ACL drops what comes from a subnet, and with it the replies from there,
//     unless the switch has another ACL that has connections tracked (net1a, net1b).
//   - 242: a request that one direction allows and the other drops (net2).
//   - 152: the security group of a router's port, which has no conntrack zone (net3, back).
//   - 264: the same for a distributed gateway port, with enable_router_port_acl (net4,
//     public).
func IssuesNetwork() *Network {
	n := &Network{Name: "issues", Stepwise: true, Services: []uint16{111}}
	n.addHosts(Host{Name: "hv1", Mapped: true}, Host{Name: "hv2", Mapped: true})
	switches := map[string]*Switch{}
	for i, s := range []struct {
		name  string
		ports []vif
	}{
		{"net1a", []vif{{"a-client", "hv1", "100.100.100.2"}}},
		{"net1b", []vif{{"b-client", "hv1", "100.100.101.2"}}},
		{"net1s", []vif{{"a-server", "hv2", "100.100.200.2"}}},
		{"net2", []vif{{"two-vm1", "hv1", "192.168.1.7"}, {"two-vm2", "hv2", "192.168.1.9"}}},
		{"net3", []vif{{"three-vm", "hv1", "192.16.1.6"}}},
		{"back", nil},
		{"store", []vif{{"three-nfs", "hv2", "192.16.1.200"}}},
		{"net4", []vif{{"four-vm", "hv2", "192.168.31.200"}}},
	} {
		sw := n.addSwitch(s.name)
		switches[s.name] = sw
		for k, v := range s.ports {
			n.addVIF(sw, Binding{Port: v.name, Chassis: v.chassis}, fmt.Sprintf("0a:00:00:01:%02x:%02x", i+1, 0x11+k), v.ip)
		}
	}
	public := n.addPublic()
	switches["public"] = public
	n.Outside = []Outside{{Name: "outside", Switch: public, Addr: Addr{MAC: "0a:00:00:01:fa:01", IPs: []netip.Addr{netip.MustParseAddr("26.7.2.201")}}}}

	for i, r := range []struct {
		name  string
		ports [][2]string
	}{
		{"one", [][2]string{{"net1a", "100.100.100.1/24"}, {"net1b", "100.100.101.1/24"}, {"net1s", "100.100.200.1/24"}}},
		{"three", [][2]string{{"net3", "192.16.1.1/25"}, {"back", "10.3.0.1/24"}}},
		{"storage", [][2]string{{"back", "10.3.0.2/24"}, {"store", "192.16.1.129/25"}}},
		{"four", [][2]string{{"net4", "192.168.31.1/24"}, {"public", "26.7.2.18/24"}}},
	} {
		router := &Router{Name: r.name}
		n.Routers = append(n.Routers, router)
		n.North.Addf("lr-add %s", r.name)
		for k, p := range r.ports {
			n.attach(router, switches[p[0]], fmt.Sprintf("0a:00:00:01:e%d:%02x", i, k+1), p[1])
		}
	}
	n.North.Addf("lr-route-add three 192.16.1.128/25 10.3.0.2")
	n.North.Addf("lr-route-add storage 192.16.1.0/25 10.3.0.1")
	n.North.Addf("lrp-set-gateway-chassis four-public hv1 10")
	n.North.Addf("lr-nat-add four snat 26.7.2.18 192.168.31.0/24")
	n.North.Addf("lr-nat-add four dnat_and_snat 26.7.2.81 192.168.31.200")
	n.North.Addf("static-mac-binding-add four-public 26.7.2.201 0a:00:00:01:fa:01")
	n.Externals = []netip.Addr{netip.MustParseAddr("26.7.2.81")}
	n.North.Addf("lsp-set-options public-four router-port=four-public enable_router_port_acl=true")

	n.North.Addf("pg-add three three-vm back-storage")
	n.North.Addf("pg-add gateway public-four")
	for _, a := range []struct{ to, direction, priority, match, verdict string }{
		{"net1a", "to-lport", "2000", "ip4.src == 100.100.200.0/24", "drop"},
		{"net1b", "to-lport", "2000", "ip4.src == 100.100.200.0/24", "drop"},
		{"net1b", "to-lport", "2000", "ip4.src == 1.2.3.0/24", "allow-related"},

		{"net2", "from-lport", "1900", "ip4.src == 192.168.1.0/24 && ip4.dst == 192.168.1.0/24", "allow-related"},
		{"net2", "from-lport", "1598", "ip4.src == 192.168.1.9 && ip4.dst == 192.168.1.7 && icmp", "drop"},
		{"net2", "to-lport", "1597", "ip4.src == 192.168.1.9 && ip4.dst == 192.168.1.7 && icmp", "drop"},

		{"three", "from-lport", "27000", "inport == @three && ip4.dst == 192.16.1.0/24 && udp.dst == 111", "allow-related"},
		{"three", "from-lport", "0", "inport == @three", "drop"},
		{"three", "to-lport", "27000", "outport == @three && ip4.src == 192.16.1.0/24 && udp.dst == 111", "allow-related"},
		{"three", "to-lport", "0", "outport == @three", "drop"},

		{"gateway", "from-lport", "1002", "inport == @gateway && ip4", "allow-related"},
		{"gateway", "to-lport", "1001", "outport == @gateway && ip4", "drop"},
	} {
		n.North.Add("acl-add", a.to, a.direction, a.priority, a.match, a.verdict)
	}
	return n
}

// vif is a VIF with its chassis and address.
type vif struct{ name, chassis, ip string }
