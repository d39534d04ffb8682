package lab

import (
	"fmt"
	"net/netip"
)

// TicketsNetwork is the network in testdata/tickets, over which the guide follows three
// tickets about connections: a reply that a routing policy sends through the port of
// a firewall, whose security group never saw the request; a service with a back end
// that no rule lets in; and a floating IP with a single gateway chassis.  Mended, a
// rule of each is as it should be.
func TicketsNetwork(mended bool) *Network {
	n := &Network{Name: "tickets", Physical: "physical", Stepwise: true, Services: []uint16{443, 5432}}
	edge := &Router{Name: "edge"}
	n.Routers = []*Router{edge}
	n.Externals = []netip.Addr{netip.MustParseAddr("172.16.0.111")}
	n.VIPs = []VIP{{Addr: netip.MustParseAddr("10.9.9.9"), Port: 443, Protocol: "tcp", Backends: []string{"10.0.1.11:443", "10.0.1.12:443"}}}
	for i, h := range []Host{{Name: "gw1", Mapped: true}, {Name: "gw2", Mapped: true}, {Name: "hv1", Mapped: false}, {Name: "hv2", Mapped: false}} {
		n.Hosts = append(n.Hosts, h)
		n.Chassis.Addf("chassis-add %s geneve 192.0.2.%d", h.Name, 11+i)
		for _, f := range currentFeatures {
			n.Chassis.Addf("set chassis %s other_config:%s=true", h.Name, f)
		}
		if h.Mapped {
			n.Chassis.Addf("set chassis %s other_config:ovn-bridge-mappings=%s:br-ex", h.Name, n.PhysicalNetwork())
		}
	}
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
		sw := &Switch{Name: s.name}
		n.Switches = append(n.Switches, sw)
		n.North.Addf("ls-add %s", s.name)
		for k, b := range s.ports {
			ip, mac := fmt.Sprintf("10.0.%d.%d", i+1, 11+k), fmt.Sprintf("0a:00:00:00:%02x:%02x", i+1, 0x11+k)
			n.North.Addf("lsp-add %s %s", s.name, b.Port)
			n.North.Add("lsp-set-addresses", b.Port, mac+" "+ip)
			n.ChassisRows.Bound = append(n.ChassisRows.Bound, b)
			sw.Ports = append(sw.Ports, &Port{Name: b.Port, Switch: sw, Addrs: []Addr{{MAC: mac, IPs: []netip.Addr{netip.MustParseAddr(ip)}}}})
		}
		n.attach(edge, sw, fmt.Sprintf("0a:00:00:00:0e:%02x", i+1), fmt.Sprintf("10.0.%d.1/24", i+1))
	}
	public := &Switch{Name: "public"}
	public.Ports = []*Port{{Name: "ln-public", Type: "localnet", Switch: public}}
	n.Switches = append(n.Switches, public)
	n.Outside = []Outside{{Name: "outside", Switch: public, Addr: Addr{MAC: "0a:00:00:00:fa:01", IPs: []netip.Addr{netip.MustParseAddr("172.16.0.200")}}}}
	n.North.Addf("ls-add public")
	n.North.Addf("lsp-add public ln-public")
	n.North.Addf("lsp-set-type ln-public localnet")
	n.North.Addf("lsp-set-addresses ln-public unknown")
	n.North.Addf("lsp-set-options ln-public network_name=%s", n.PhysicalNetwork())
	n.attach(edge, public, "0a:00:00:00:0e:0f", "172.16.0.1/24")
	n.North.Addf("lrp-set-gateway-chassis edge-public gw1 20")
	if mended {
		n.North.Addf("lrp-set-gateway-chassis edge-public gw2 10")
	}
	n.North.Addf("lr-nat-add edge dnat_and_snat 172.16.0.111 10.0.1.11")

	policy := "ip4.src == 10.0.2.0/24 && ip4.dst == 10.0.1.0/24"
	if mended {
		policy += " && tcp.src != 5432"
	}
	n.North.Add("lr-policy-add", "edge", "100", policy, "reroute", "10.0.3.11")

	n.North.Addf("pg-add servers web1 web2")
	n.North.Addf("pg-add https web1")
	if mended {
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

// attach joins a switch to a router.
func (n *Network) attach(r *Router, s *Switch, mac, net string) {
	rp, sp := r.Name+"-"+s.Name, s.Name+"-"+r.Name
	n.North.Addf("lrp-add %s %s %s %s", r.Name, rp, mac, net)
	n.North.Addf("lsp-add %s %s", s.Name, sp)
	n.North.Addf("lsp-set-type %s router", sp)
	n.North.Addf("lsp-set-addresses %s router", sp)
	n.North.Addf("lsp-set-options %s router-port=%s", sp, rp)
	p := &RouterPort{Name: rp, MAC: mac, Router: r, Nets: []netip.Prefix{netip.MustParsePrefix(net)}, Switch: s}
	r.Ports, s.Routers = append(r.Ports, p), append(s.Routers, p)
}
