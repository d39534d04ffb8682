package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// switchPorts generates the ports of every switch: mostly VIFs, and sometimes one of each
// other type.
func (g *generator) switchPorts() {
	for _, s := range g.n.Switches {
		public := s.public()
		vifs := g.between(2, 4)
		if public {
			vifs = g.between(0, 2)
		}
		if strings.HasPrefix(s.Name, "join") && g.chance(.6) {
			continue // only routers
		}
		for range vifs {
			g.vif(s)
		}
		if public || g.chance(.15) {
			g.localnet(s)
		}
		others := []struct {
			p    float64
			add  func(*Switch)
			wire bool
		}{
			{.12, g.localport, true},
			{.1, g.l2gateway, true},
			{.1, g.vtep, false},
			{.15, g.virtual, true},
			{.1, g.child, true},
			{.08, g.remotePort, false},
			{.08, g.external, true},
			{.06, g.bare, true},
		}
		for _, o := range others {
			if g.chance(o.p) && (o.wire || !g.wire) {
				o.add(s)
			}
		}
		if s.transit {
			g.remotePort(s)
		}
		if g.chance(.12) {
			g.forwardingGroup(s)
		}
	}
}

// public reports whether the switch is connected to the physical network.
func (s *Switch) public() bool {
	return strings.HasPrefix(s.Name, "public") || strings.HasPrefix(s.Alias, "net-public")
}

// newPort adds a port with the given type. The names of VIFs may be UUIDs.
func (g *generator) newPort(s *Switch, kind, class string) *Port {
	p := &Port{Name: fmt.Sprintf("%s-%s%d", s.shortName(), kind, len(s.Ports)), Type: class, Switch: s}
	if class == "" && g.chance(.12) {
		p.Name = g.uuid()
		if g.chance(.7) {
			p.Alias = fmt.Sprintf("%s-%s%d", s.shortName(), kind, len(s.Ports))
		}
	}
	s.Ports = append(s.Ports, p)
	g.do("lsp-add %s %s", s.Name, p.Name)
	if class != "" {
		g.set("logical_switch_port", p.Name, "type="+class)
	}
	if p.Alias != "" {
		g.set("logical_switch_port", p.Name, option("external_ids", "neutron:port_name", p.Alias))
	}
	return p
}

// shortName returns a prefix for the names of the switch's ports.
func (s *Switch) shortName() string {
	if s.Alias != "" {
		return s.Alias
	}
	return s.Name
}

// address returns a MAC address and new IP addresses of its switch for a port.
func (g *generator) address(p *Port) Addr {
	s := p.Switch
	s.hosts++
	a := Addr{MAC: fmt.Sprintf("50:54:00:00:%02x:%02x", s.index, s.hosts)}
	if s.V4.IsValid() && !g.chance(.05) {
		a.IPs = append(a.IPs, host(s.V4, s.hosts))
		if g.chance(.08) {
			a.IPs = append(a.IPs, host(s.V4, s.hosts+100))
		}
	}
	if s.V6.IsValid() && !g.chance(.15) {
		a.IPs = append(a.IPs, host(s.V6, s.hosts))
	}
	p.Addrs = append(p.Addrs, a)
	return a
}

// String returns the address in the form of Logical_Switch_Port.addresses.
func (a Addr) String() string {
	return strings.TrimSpace(a.MAC + " " + join(a.IPs, " "))
}

// vif adds a virtual machine's port.
func (g *generator) vif(s *Switch) *Port {
	p := g.newPort(s, "p", "")
	var addresses []string
	for range pick(g.Rand, 1, 1, 1, 1, 1, 2) {
		addresses = append(addresses, g.address(p).String())
	}
	if g.chance(.12) {
		addresses = append(addresses, "unknown")
	}
	if g.chance(.03) {
		addresses, s.hasBare = nil, true
	}
	g.set("logical_switch_port", p.Name, setOf("addresses", addresses))
	g.secure(p)
	g.offer(p)
	if g.chance(.04) {
		g.set("logical_switch_port", p.Name, "enabled=false")
	}
	set := g.setter("logical_switch_port", p.Name, "options")
	set(.08, "mcast_flood", "true")
	set(.08, "mcast_flood_reports", "true")
	set(.08, "qos_max_rate", 100000)
	set(.05, "hostname", "host-"+fmt.Sprint(len(s.Ports)))
	set(.04, "requested-tnl-key", 500+len(s.Ports))
	if len(g.hosts) > 1 && g.chance(.08) {
		p.Chassis = g.hosts[:2]
		if g.wire {
			p.Chassis = slices.Clone(g.hosts)
			g.Shuffle(len(p.Chassis), func(i, j int) { p.Chassis[i], p.Chassis[j] = p.Chassis[j], p.Chassis[i] })
			p.Chassis = p.Chassis[:g.between(2, len(p.Chassis))]
		}
		set(1, "requested-chassis", strings.Join(p.Chassis, ","))
		set(.6, "activation-strategy", "rarp")
	}
	return p
}

// secure draws a port's port security.
func (g *generator) secure(p *Port) {
	if !g.chance(.5) {
		return
	}
	var allowed []string
	for _, a := range p.Addrs {
		switch {
		case g.chance(.6):
			allowed = append(allowed, a.String())
		case g.chance(.4):
			allowed = append(allowed, a.MAC)
		default:
			words := []string{a.MAC}
			for _, ip := range a.IPs {
				switch {
				case ip.Is4() && g.chance(.5):
					words = append(words, netip.PrefixFrom(ip, 28).String())
				case ip.Is6() && g.chance(.5):
					words = append(words, netip.PrefixFrom(ip, 120).String())
				default:
					words = append(words, ip.String())
				}
			}
			allowed = append(allowed, strings.Join(words, " "))
		}
	}
	if g.chance(.1) {
		allowed = append(allowed, "50:54:00:00:99:99 10.99.99.99")
	}
	if g.wire && g.chance(.3) {
		allowed = append(allowed, "VRRPv3 "+pick(g.Rand, p.Addrs...).String())
	}
	g.set("logical_switch_port", p.Name, setOf("port_security", allowed))
}

// localnet adds the switch's port to a physical network.
func (g *generator) localnet(s *Switch) {
	p := g.newPort(s, "ln", "localnet")
	g.set("logical_switch_port", p.Name, "addresses=unknown", option("options", "network_name", DefaultPhysical))
	if g.chance(.3) {
		p.VLAN = 100
		g.set("logical_switch_port", p.Name, "tag_request=100")
	}
	if g.chance(.5) {
		g.set("logical_switch_port", p.Name, option("options", "localnet_learn_fdb", "true"))
	}
	if g.chance(.15) {
		g.set("logical_switch_port", p.Name, option("options", "qos_min_rate", 200000))
	}
}

func (g *generator) localport(s *Switch) {
	p := g.newPort(s, "meta", "localport")
	g.set("logical_switch_port", p.Name, "addresses="+Quote(g.address(p).String()))
}

func (g *generator) l2gateway(s *Switch) {
	if g.wire && slices.ContainsFunc(s.Ports, func(p *Port) bool { return p.Type == "localnet" }) {
		return // two ports to one physical network are a loop
	}
	p := g.newPort(s, "l2gw", "l2gateway")
	g.set("logical_switch_port", p.Name, "addresses=unknown",
		option("options", "network_name", DefaultPhysical), option("options", "l2gateway-chassis", g.host()))
}

func (g *generator) vtep(s *Switch) {
	p := g.newPort(s, "vtep", "vtep")
	g.set("logical_switch_port", p.Name, "addresses=unknown",
		option("options", "vtep-physical-switch", "tor"), option("options", "vtep-logical-switch", s.shortName()))
}

// virtual adds a virtual port, whose address one of two VIFs has.
func (g *generator) virtual(s *Switch) {
	parents := s.vifs()
	if len(parents) < 2 || !s.V4.IsValid() {
		return
	}
	p := g.newPort(s, "vip", "virtual")
	s.hosts++
	a := Addr{MAC: fmt.Sprintf("50:54:00:00:%02x:%02x", s.index, s.hosts), IPs: []netip.Addr{host(s.V4, s.hosts)}}
	if s.V6.IsValid() && g.chance(.3) {
		a.IPs[0] = host(s.V6, s.hosts)
	}
	p.Addrs = []Addr{a}
	g.set("logical_switch_port", p.Name, "addresses="+Quote(a.String()),
		option("options", "virtual-ip", a.IPs[0]),
		option("options", "virtual-parents", parents[0].Name+","+parents[1].Name))
	if g.chance(.5) {
		g.n.ChassisRows.Bound = append(g.n.ChassisRows.Bound, Binding{Port: p.Name, Chassis: g.host(), Parent: parents[0].Name})
	}
}

// child adds a nested container's port behind a VIF of any switch.
func (g *generator) child(s *Switch) {
	var parents []*Port
	for _, other := range g.n.Switches {
		parents = append(parents, other.vifs()...)
	}
	if len(parents) == 0 {
		return
	}
	p := &Port{Name: fmt.Sprintf("%s-child%d", s.shortName(), len(s.Ports)), Switch: s, VLAN: 42 + s.index}
	s.Ports = append(s.Ports, p)
	p.Parent = pick(g.Rand, parents...).Name
	g.do("lsp-add %s %s %s %d", s.Name, p.Name, p.Parent, p.VLAN)
	g.set("logical_switch_port", p.Name, "addresses="+Quote(g.address(p).String()))
	g.secure(p)
}

// remotePort adds a port of another availability zone.
func (g *generator) remotePort(s *Switch) {
	p := g.newPort(s, "remote", "remote")
	g.set("logical_switch_port", p.Name, "addresses="+Quote(g.address(p).String()))
}

// external adds a port on another machine, which OVN serves with DHCP.
func (g *generator) external(s *Switch) {
	p := g.newPort(s, "ext", "external")
	g.set("logical_switch_port", p.Name, "addresses="+Quote(g.address(p).String()),
		"ha_chassis_group="+g.failover("grp-"+p.Name))
	g.offer(p)
}

// bare adds a port without addresses, or one with a MAC address only.
func (g *generator) bare(s *Switch) {
	p := g.newPort(s, "bare", "")
	s.hasBare = true
	a := Addr{MAC: fmt.Sprintf("50:54:00:00:%02x:fd", s.index)}
	p.Addrs = []Addr{a}
	g.set("logical_switch_port", p.Name, "addresses="+pick(g.Rand, "unknown", Quote(a.MAC)))
}

// forwardingGroup adds an address that several ports share.
func (g *generator) forwardingGroup(s *Switch) {
	members := s.vifs()
	if len(members) < 2 || !s.V4.IsValid() {
		return
	}
	vip := host(s.V4, 5)
	words := []string{}
	if g.chance(.5) {
		words = append(words, "--liveness")
	}
	words = append(words, "fwd-group-add", "fwd-"+s.shortName(), s.Name, vip.String(), "00:00:00:00:fe:05", members[0].Name, members[1].Name)
	g.north.Add(words...)
	g.n.Remote = append(g.n.Remote, vip)
	g.n.MACs = append(g.n.MACs, "00:00:00:00:fe:05")
}

// vifs returns the ports of virtual machines, without nested containers.
func (s *Switch) vifs() []*Port {
	return slices.DeleteFunc(slices.Clone(s.Ports), func(p *Port) bool { return p.Type != "" || p.VLAN != 0 })
}
