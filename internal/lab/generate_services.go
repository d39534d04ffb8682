package lab

import "fmt"

// services generates the services of OVN on the switches: DHCP, DNS and addresses from a
// pool.
func (g *generator) services() {
	for _, s := range g.n.Switches {
		if s.V4.IsValid() && g.chance(.45) {
			g.dhcp4[s] = g.offerV4(s)
		}
		if s.V6.IsValid() && g.chance(.45) {
			g.dhcp6[s] = g.offerV6(s)
		}
		if g.chance(.25) {
			g.dns(s)
		}
		if s.V4.IsValid() && g.chance(.12) {
			g.pool(s)
		}
	}
}

// offerV4 adds a row of DHCPv4 options and returns its name; some seeds have more options.
func (g *generator) offerV4(s *Switch) string {
	router := host(s.V4, 1)
	words := []string{"cidr=" + Quote(s.V4.Masked().String())}
	add := g.adder(&words)
	add(1, "server_id", router)
	add(1, "server_mac", "00:00:00:00:00:01")
	add(1, "lease_time", 3600)
	add(.8, "router", router)
	add(.4, "netmask", "255.255.255.0")
	add(.4, "mtu", 1442)
	add(.4, "dns_server", pick(g.Rand, "8.8.8.8", "{8.8.8.8, 1.1.1.1}"))
	add(.2, "classless_static_route", fmt.Sprintf("{169.254.169.254/32,%s, 0.0.0.0/0,%s}", router, router))
	add(.1, "ms_classless_static_route", fmt.Sprintf("{30.0.0.0/24,%s}", router))
	add(.1, "log_server", "10.0.0.9")
	add(.1, "ntp_server", "{10.0.0.7,10.0.0.8}")
	add(.1, "policy_filter", "10.0.0.7")
	add(.15, "ip_forward_enable", 1)
	add(.15, "router_discovery", 0)
	add(.15, "ethernet_encap", 1)
	add(.15, "default_ttl", 121)
	add(.15, "tcp_ttl", 64)
	add(.15, "T1", 1800)
	add(.15, "T2", 3150)
	add(.1, "arp_cache_timeout", 30)
	add(.1, "tcp_keepalive_interval", 60)
	add(.1, "netbios_name_server", "10.0.0.6")
	add(.1, "netbios_node_type", 2)
	add(.2, "domain_name", Quote("example.org"))
	add(.15, "domain_search_list", Quote("a.example.org,b.example.org"))
	add(.15, "tftp_server", Quote("tftp.example.org"))
	add(.15, "tftp_server_address", "{10.0.0.4,10.0.0.5}")
	add(.15, "bootfile_name", Quote("boot/pxe.0"))
	add(.1, "bootfile_name_alt", Quote("boot/ipxe"))
	add(.1, "path_prefix", Quote("/tftp"))
	add(.1, "wpad", Quote("http://wpad.example.org/w.dat"))
	add(.1, "hostname", Quote("guest"))
	add(.15, "next_server", "10.0.0.3")
	add(.15, "broadcast_address", "10.0.0.255")
	return g.create("dhcp_options", words...)
}

// offerV6 adds a row of DHCPv6 options and returns its name.
func (g *generator) offerV6(s *Switch) string {
	words := []string{"cidr=" + Quote(s.V6.Masked().String()), option("options", "server_id", "00:00:00:10:00:01")}
	add := g.adder(&words)
	add(.6, "dns_server", pick(g.Rand, "fd00::53", "{fd00::53, fd00::54}"))
	add(.4, "domain_search", Quote("example.org"))
	add(.3, "dhcpv6_stateless", "true")
	return g.create("dhcp_options", words...)
}

// offer sets a port to use its switch's DHCP options.
func (g *generator) offer(p *Port) {
	if id, ok := g.dhcp4[p.Switch]; ok && g.chance(.8) {
		g.set("logical_switch_port", p.Name, "dhcpv4_options="+id)
		p.DHCP4 = true
	}
	if id, ok := g.dhcp6[p.Switch]; ok && g.chance(.8) {
		g.set("logical_switch_port", p.Name, "dhcpv6_options="+id)
		p.DHCP6 = true
	}
}

// dns adds a row of DNS records.
func (g *generator) dns(s *Switch) {
	s.DNS = true
	name := fmt.Sprintf("vm%d.example.org", s.index)
	g.n.Names = append(g.n.Names, name)
	g.set("logical_switch", s.Name, "dns_records="+g.create("dns", option("records", name, "10.10.0.11 fd10::11")))
}

// pool sets one port of the switch to an address that OVN chooses.
func (g *generator) pool(s *Switch) {
	g.set("logical_switch", s.Name, option("other_config", "subnet", s.V4.Masked()))
	if g.chance(.6) {
		first := host(s.V4, 1)
		g.set("logical_switch", s.Name, option("other_config", "exclude_ips", fmt.Sprintf("%s..%s", first, host(s.V4, 4))))
	}
	if s.V6.IsValid() && g.chance(.6) {
		g.set("logical_switch", s.Name, option("other_config", "ipv6_prefix", s.V6.Masked().Addr()))
	}
	p := g.newPort(s, "dyn", "")
	s.hasBare = true
	p.Addrs = []Addr{{MAC: fmt.Sprintf("50:54:00:00:%02x:fc", s.index)}}
	g.set("logical_switch_port", p.Name, "addresses="+pick(g.Rand, "dynamic", Quote(p.Addrs[0].MAC+" dynamic")))
}
