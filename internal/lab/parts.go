package lab

import (
	"fmt"
	"net/netip"
)

// addChassis adds a chassis with the features of a current ovn-controller.
func (n *Network) addChassis(name, encaps, ip string) {
	n.Chassis.Addf("chassis-add %s %s %s", name, encaps, ip)
	for _, f := range currentFeatures {
		n.Chassis.Addf("set chassis %s other_config:%s=true", name, f)
	}
}

// addHosts adds chassis of which some map the physical network.
func (n *Network) addHosts(hosts ...Host) {
	for i, h := range hosts {
		n.Hosts = append(n.Hosts, h)
		n.addChassis(h.Name, "geneve", fmt.Sprintf("192.0.2.%d", 11+i))
		if h.Mapped {
			n.Chassis.Addf("set chassis %s other_config:ovn-bridge-mappings=%s:br-ex", h.Name, n.PhysicalNetwork())
		}
	}
}

// addSwitch adds a switch.
func (n *Network) addSwitch(name string) *Switch {
	s := &Switch{Name: name}
	n.Switches = append(n.Switches, s)
	n.North.Addf("ls-add %s", name)
	return s
}

// addVIF adds a VIF to a switch.
func (n *Network) addVIF(s *Switch, b Binding, mac, ip string) {
	n.North.Addf("lsp-add %s %s", s.Name, b.Port)
	n.North.Add("lsp-set-addresses", b.Port, mac+" "+ip)
	n.ChassisRows.Bound = append(n.ChassisRows.Bound, b)
	s.Ports = append(s.Ports, &Port{Name: b.Port, Switch: s, Addrs: []Addr{{MAC: mac, IPs: []netip.Addr{netip.MustParseAddr(ip)}}}})
}

// addPublic adds the switch of the physical network.
func (n *Network) addPublic() *Switch {
	s := n.addSwitch("public")
	n.addLocalnet(s.Name, n.PhysicalNetwork())
	s.Ports = []*Port{{Name: "ln-public", Type: "localnet", Switch: s}}
	return s
}

// addLocalnet adds a port to a physical network.
func (n *Network) addLocalnet(vswitch, physical string) {
	n.localnet(vswitch, "ln-"+vswitch, physical)
}

// localnet adds a port of that name to a physical network.
func (n *Network) localnet(vswitch, port, physical string) {
	n.North.Addf("lsp-add %s %s", vswitch, port)
	n.North.Addf("lsp-set-type %s localnet", port)
	n.North.Addf("lsp-set-addresses %s unknown", port)
	n.North.Addf("lsp-set-options %s network_name=%s", port, physical)
}

// attach joins a switch to a router.
func (n *Network) attach(r *Router, s *Switch, mac, net string) {
	p := &RouterPort{Name: n.join(r.Name, s.Name, mac, net), MAC: mac, Router: r, Nets: []netip.Prefix{netip.MustParsePrefix(net)}, Switch: s}
	r.Ports, s.Routers = append(r.Ports, p), append(s.Routers, p)
}

// join adds the ports by which a switch and a router are joined, and returns the router's.
func (n *Network) join(router, vswitch, mac, net string) string {
	rp := router + "-" + vswitch
	n.joinBy(router, rp, vswitch, vswitch+"-"+router, mac, net)
	return rp
}

// joinBy is join with the names of both ports.
func (n *Network) joinBy(router, routerPort, vswitch, switchPort, mac, net string) {
	n.North.Addf("lrp-add %s %s %s %s", router, routerPort, mac, net)
	n.North.Addf("lsp-add %s %s", vswitch, switchPort)
	n.North.Addf("lsp-set-type %s router", switchPort)
	n.North.Addf("lsp-set-addresses %s router", switchPort)
	n.North.Addf("lsp-set-options %s router-port=%s", switchPort, routerPort)
}
