package lab

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
)

// MicroflowGenerator generates arguments for ovn-trace for one network: packets that its
// ports could send, and some that the tool should reject.
type MicroflowGenerator struct {
	generator
	view  *View
	ports []*Port
	// comparisons makes every microflow an expression of random comparisons.
	comparisons bool
}

// NewMicroflows returns the microflows of a network for a seed. The view is of the
// southbound database of the network.
func NewMicroflows(n *Network, v *View, seed uint64) *MicroflowGenerator {
	m := &MicroflowGenerator{view: v}
	m.generator = generator{Rand: rand.New(rand.NewPCG(seed, 0x6d6963726f)), n: n, features: map[string]bool{}}
	for _, s := range n.Switches {
		m.ports = append(m.ports, s.Ports...)
	}
	return m
}

// NewExpressions returns microflows of random comparisons over all fields of the language,
// most of which the tool rejects.
func NewExpressions(n *Network, v *View, seed uint64) *MicroflowGenerator {
	m := NewMicroflows(n, v, seed)
	m.comparisons = true
	return m
}

// A packet is a microflow under construction.
type packet struct {
	terms []string
	// in is the switch port by which it enters, nil for other ports.
	in *Port
	// at is the datapath's name.
	at string
	// vip is the load balancer to which it is addressed, nil for none.
	vip *VIP
}

// add adds a term to the microflow.
func (p *packet) add(format string, args ...any) {
	p.terms = append(p.terms, fmt.Sprintf(format, args...))
}

// kinds are the packets that Next generates, with their weights.
var kinds = []struct {
	weight int
	build  func(*MicroflowGenerator, *packet)
}{
	{30, (*MicroflowGenerator).unicast},
	{6, (*MicroflowGenerator).frame},
	{9, (*MicroflowGenerator).arp},
	{8, (*MicroflowGenerator).discovery},
	{3, (*MicroflowGenerator).dhcp},
	{3, (*MicroflowGenerator).dhcp6},
	{3, (*MicroflowGenerator).dnsQuery},
	{2, (*MicroflowGenerator).broadcast},
	{14, (*MicroflowGenerator).balanced},
	{9, (*MicroflowGenerator).translated},
	{5, (*MicroflowGenerator).multicast},
	{4, (*MicroflowGenerator).solicit},
	{2, (*MicroflowGenerator).tagged},
	{12, (*MicroflowGenerator).fromFlow},
	{6, (*MicroflowGenerator).expression},
}

// Next draws the arguments of one call of ovn-trace, without --db.
func (m *MicroflowGenerator) Next() []string {
	for {
		if args := m.draw(); args != nil {
			return args
		}
	}
}

func (m *MicroflowGenerator) draw() []string {
	p := m.chooseInport()
	if p == nil {
		return nil
	}
	if m.comparisons {
		m.expression(p)
	} else {
		m.kind()(m, p)
	}
	if !m.comparisons {
		m.addRareTerms(p)
	}
	text := strings.Join(p.terms, " && ")
	if m.chance(.012) {
		text = m.mutateText(text)
	}
	return m.options(p, text)
}

// kind draws a kind of packet by its weight.
func (m *MicroflowGenerator) kind() func(*MicroflowGenerator, *packet) {
	total := 0
	for _, k := range kinds {
		total += k.weight
	}
	at := m.IntN(total)
	for _, k := range kinds {
		if at -= k.weight; at < 0 {
			return k.build
		}
	}
	panic("the weights do not add up")
}

// chooseInport chooses the input port: mostly a switch port, sometimes a router port or a
// port that exists in the southbound database only.
func (m *MicroflowGenerator) chooseInport() *packet {
	p := &packet{}
	switch {
	case len(m.n.Routers) > 0 && m.chance(.08) || len(m.ports) == 0:
		if len(m.n.Routers) == 0 {
			p.at = pick(m.Rand, sortedKeys(m.view.Datapaths)...)
			break
		}
		r := pick(m.Rand, m.n.Routers...)
		p.at = r.Name
		if len(r.Ports) > 0 && m.chance(.9) {
			p.add("inport == %s", Quote(pick(m.Rand, r.Ports...).Name))
			return p
		}
	case m.chance(.04):
		p.at = pick(m.Rand, m.n.Switches...).Name
	default:
		m.enterBy(p, pick(m.Rand, m.ports...))
		return p
	}
	known := m.view.Datapaths[p.at].Ports
	if len(known) == 0 {
		return nil
	}
	p.add("inport == %s", Quote(pick(m.Rand, known...)))
	return p
}

// enterBy sets the input port of the packet to a switch port. The tool accepts the port's
// name, its friendly name, or a prefix of the row's UUID.
func (m *MicroflowGenerator) enterBy(p *packet, port *Port) {
	p.in, p.at = port, port.Switch.Name
	name := port.Name
	if port.Alias != "" && m.chance(.1) {
		name = port.Alias
	} else if m.chance(.02) && m.view.Ports[name] != "" {
		name = m.view.Ports[name][:m.between(5, 36)]
	}
	p.terms = []string{"inport == " + Quote(name)}
}

// preferInport sets the input port to one that satisfies a condition, if there is one.
func (m *MicroflowGenerator) preferInport(p *packet, fits func(*Port) bool) {
	all := slices.DeleteFunc(slices.Clone(m.ports), func(port *Port) bool { return !fits(port) })
	if len(all) > 0 && m.chance(.85) {
		m.enterBy(p, pick(m.Rand, all...))
	}
}

// options adds random options, and the microflow at the end.
func (m *MicroflowGenerator) options(p *packet, text string) []string {
	var args []string
	switch v := m.Float64(); {
	case v < .6:
		args = append(args, "--all")
	case v < .7:
		args = append(args, "--summary")
	case v < .8:
		args = append(args, "--minimal")
	case v < .85:
		args = append(args, "--detailed")
	case v < .9:
		args = append(args, some(m.Rand, []string{"--minimal", "--detailed", "--summary"}, 2)...)
	}
	if p.vip != nil && m.chance(.6) {
		args = append(args, "--ct=new")
	}
	states := []string{
		"new", "new", "new", "est", "est", "trk,new", "rpl,est", "est,rpl,trk", "rel,est", "inv", "new,dnat", "est,dnat",
		"est,snat", "trk", "rel,rpl", "new,inv", "snat,dnat,est",
	}
	for range pick(m.Rand, 0, 0, 0, 0, 1, 1, 2, 3) {
		if m.chance(.2) {
			args = append(args, "--ct", pick(m.Rand, states...))
		} else {
			args = append(args, "--ct="+pick(m.Rand, states...))
		}
	}
	args = append(args, m.choices(p)...)
	if m.chance(.1) {
		args = append(args, "--no-friendly-names")
	} else if m.chance(.03) {
		args = append(args, "--friendly-names")
	}
	if at := m.datapath(p); at != "" {
		args = append(args, at)
	}
	return append(args, text)
}

// choices selects the backend and the member of a select action, because the tool would
// select them at random.
func (m *MicroflowGenerator) choices(p *packet) []string {
	var args []string
	var all []string
	for _, v := range m.n.VIPs {
		all = append(all, v.Backends...)
	}
	switch {
	case p.vip != nil && len(p.vip.Backends) > 0 && m.chance(.95):
		b := pick(m.Rand, p.vip.Backends...)
		if m.chance(.05) {
			b, _, _ = strings.Cut(b, "]:")
			if strings.HasPrefix(b, "[") {
				b += "]"
			}
		}
		args = append(args, "--lb-dst="+b)
	case len(all) > 0 && m.chance(.5):
		args = append(args, "--lb-dst="+pick(m.Rand, all...))
	case m.chance(.02):
		args = append(args, "--lb-dst="+pick(m.Rand, "192.0.2.1:80", "[2001:db8::5]:443", "203.0.113.9"))
	}
	if m.chance(.5) {
		args = append(args, fmt.Sprintf("--select-id=%d", pick(m.Rand, 1, 1, 2, 2, 3)))
	}
	return args
}

// datapath chooses how the datapath is given: by its name, its friendly name, a prefix of
// one of its UUIDs, or not at all.
func (m *MicroflowGenerator) datapath(p *packet) string {
	v := m.view.Datapaths[p.at]
	switch f := m.Float64(); {
	case f < .45:
		return ""
	case f < .82:
		return p.at
	case f < .88:
		for _, s := range m.n.Switches {
			if s.Name == p.at && s.Alias != "" {
				return s.Alias
			}
		}
		for _, r := range m.n.Routers {
			if r.Name == p.at && r.Alias != "" {
				return r.Alias
			}
		}
		return p.at
	case f < .985:
		uuid := pick(m.Rand, v.Southbound, v.Northbound)
		return uuid[:min(len(uuid), pick(m.Rand, 4, 5, 8, 12, 20, 36))]
	default:
		return pick(m.Rand, "nosuch", "abcd", pick(m.Rand, sortedKeys(m.view.Datapaths)...))
	}
}

// sender chooses the source addresses of the packet: those of its port, or sometimes those
// of another one.
func (m *MicroflowGenerator) sender(p *packet) Addr {
	if p.in != nil && len(p.in.Addrs) > 0 && !m.chance(.06) {
		return pick(m.Rand, p.in.Addrs...)
	}
	if p.in != nil && p.in.Type != "" && m.chance(.5) {
		return Addr{MAC: fdbEntry(p.in.Switch, 0)}
	}
	if len(m.ports) > 0 {
		if other := pick(m.Rand, m.ports...); len(other.Addrs) > 0 {
			return other.Addrs[0]
		}
	}
	return Addr{MAC: pick(m.Rand, "02:00:00:00:00:77", "00:00:00:00:00:01")}
}

// from returns the sender's address of one family, or another one.
func (m *MicroflowGenerator) from(a Addr, v6 bool) netip.Addr {
	for _, ip := range a.IPs {
		if ip.Is6() == v6 && !m.chance(.03) {
			return ip
		}
	}
	return m.someAddress(v6)
}

// nextHopMAC returns the MAC address to which a packet at p's switch is sent to reach an
// address: that of a neighbor, or of a router.
func (m *MicroflowGenerator) nextHopMAC(p *packet, to netip.Addr) string {
	var routers []string
	if s := m.switchAt(p); s != nil {
		for _, q := range s.Ports {
			for _, a := range q.Addrs {
				for _, ip := range a.IPs {
					if ip == to && q != p.in {
						return a.MAC
					}
				}
			}
		}
		for _, r := range s.Routers {
			routers = append(routers, r.MAC)
			if slices.ContainsFunc(r.Nets, func(n netip.Prefix) bool { return n.Addr() == to }) {
				return r.MAC
			}
		}
	} else {
		for _, r := range m.n.Routers {
			for _, q := range r.Ports {
				if strings.HasPrefix(p.terms[0], "inport == "+Quote(q.Name)) {
					return q.MAC
				}
			}
		}
	}
	if len(routers) > 0 && !m.chance(.04) {
		return pick(m.Rand, routers...)
	}
	return m.anyMAC()
}

// switchAt returns the switch that the packet enters, nil for a router.
func (m *MicroflowGenerator) switchAt(p *packet) *Switch {
	for _, s := range m.n.Switches {
		if s.Name == p.at {
			return s
		}
	}
	return nil
}

// anyMAC returns the address of some port, or an unused one.
func (m *MicroflowGenerator) anyMAC() string {
	var all []string
	for _, p := range m.ports {
		for _, a := range p.Addrs {
			all = append(all, a.MAC)
		}
	}
	for _, r := range m.n.Routers {
		for _, p := range r.Ports {
			all = append(all, p.MAC)
		}
	}
	for _, mac := range m.n.MACs {
		all = append(all, mac, mac)
	}
	return pick(m.Rand, append(all, "02:de:ad:be:00:01", "ff:ff:ff:ff:ff:ff")...)
}
