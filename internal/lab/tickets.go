package lab

import (
	"fmt"
	"net/netip"
)

// TicketsNetwork is the network of testdata/tickets, for three tickets about connections in
// the guide: a reply that a routing policy sends through the port of a firewall, whose
// security group has no connection for it; a service with a backend that no rule allows;
// and a floating IP with a single gateway chassis. If fixed is true, a rule of each is
// corrected.
func TicketsNetwork(fixed bool) *Network {
	n := &Network{Name: "tickets", Physical: "physical", Stepwise: true, Services: []uint16{443, 5432}}
	edge := &Router{Name: "edge"}
	n.Routers = []*Router{edge}
	n.Externals = []netip.Addr{netip.MustParseAddr("172.16.0.111")}
	n.VIPs = []VIP{{Addr: netip.MustParseAddr("10.9.9.9"), Port: 443, Protocol: "tcp", Backends: []string{"10.0.1.11:443", "10.0.1.12:443"}}}
	n.addHosts(Host{Name: "gw1", Mapped: true}, Host{Name: "gw2", Mapped: true}, Host{Name: "hv1"}, Host{Name: "hv2"})
	n.North.Addf("lr-add edge")
	for i, s := range []struct {
		name  string
		ports []Binding
	}{
		{"web", []Binding{{Port: "web1", Chassis: "hv1"}, {Port: "web2", Chassis: "hv2"}}},
		{"db", []Binding{{Port: "db1", Chassis: "hv2"}}},
		{"dmz", []Binding{{Port: "fw1", Chassis: "hv1"}}},
		{"desk", []Binding{{Port: "pc1", Chassis: "hv1"}}},
	} {
		sw := n.addSwitch(s.name)
		for k, b := range s.ports {
			ip, mac := fmt.Sprintf("10.0.%d.%d", i+1, 11+k), fmt.Sprintf("0a:00:00:00:%02x:%02x", i+1, 0x11+k)
			n.addVIF(sw, b, mac, ip)
		}
		n.attach(edge, sw, fmt.Sprintf("0a:00:00:00:0e:%02x", i+1), fmt.Sprintf("10.0.%d.1/24", i+1))
	}
	public := n.addPublic()
	n.Outside = []Outside{{Name: "outside", Switch: public, Addr: Addr{MAC: "0a:00:00:00:fa:01", IPs: []netip.Addr{netip.MustParseAddr("172.16.0.200")}}}}
	n.attach(edge, public, "0a:00:00:00:0e:0f", "172.16.0.1/24")
	n.North.Addf("lrp-set-gateway-chassis edge-public gw1 20")
	if fixed {
		n.North.Addf("lrp-set-gateway-chassis edge-public gw2 10")
	}
	n.North.Addf("lr-nat-add edge dnat_and_snat 172.16.0.111 10.0.1.11")

	policy := "ip4.src == 10.0.2.0/24 && ip4.dst == 10.0.1.0/24"
	if fixed {
		policy += " && tcp.src != 5432"
	}
	n.North.Add("lr-policy-add", "edge", "100", policy, "reroute", "10.0.3.11")

	n.North.Addf("pg-add servers web1 web2")
	n.North.Addf("pg-add https web1")
	if fixed {
		n.North.Addf("pg-set-ports https web1 web2")
	}
	n.North.Addf("pg-add databases db1")
	n.North.Addf("pg-add firewalls fw1")
	for _, a := range []struct{ group, name, match, verdict string }{
		{"servers", "servers-closed", "outport == @servers && ip", "drop"},
		{"https", "https-open", "outport == @https && tcp.dst == 443", "allow-related"},
		{"servers", "servers-out", "inport == @servers && ip", "allow-related"},
		{"databases", "databases-closed", "outport == @databases && ip", "drop"},
		{"databases", "web-may-query", "outport == @databases && ip4.src == 10.0.1.0/24 && tcp.dst == 5432", "allow-related"},
		{"firewalls", "firewalls-closed", "outport == @firewalls && ip", "drop"},
		{"firewalls", "inspected", "outport == @firewalls && ip4.src == 10.0.1.0/24 && tcp.dst == 5432", "allow-related"},
	} {
		direction, priority := "to-lport", "1002"
		if a.verdict == "drop" {
			priority = "1001"
		}
		if a.name == "servers-out" {
			direction = "from-lport"
		}
		n.North.Add("--name="+a.name, "acl-add", a.group, direction, priority, a.match, a.verdict)
	}
	n.North.Addf("lb-add shop 10.9.9.9:443 10.0.1.11:443,10.0.1.12:443")
	n.North.Addf("ls-lb-add desk shop")
	return n
}
