package reach

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// outline is what a part says of each of its senders, as sets without the values that are the
// sender's own.  Sets are compared in much less time than they are described.
type outline struct {
	key     string                 // equal of parts with the same sets
	results string                 // equal of parts with the same results; their sets may differ
	lines   map[bool][]outlineLine // by Section.Others, in the order of their keys
}

// outlineLine is a result of a section.
type outlineLine struct {
	key    string
	result *Result
	sent   []signed
}

// signed is senders of which a line has the same packets, apart from their own values.
type signed struct {
	sign  string
	hop   bool // whether all packets are sent to the router of the sender's datapath
	ports []*lflow.Port
}

// cell is packets of a sender with certain ones of its own addresses.
type cell struct {
	set   packetset.Set
	known *packetset.Known // the values of these addresses
	label string           // equal of cells that differ in which of its addresses the sender uses
}

// ownFields are the fields that have values of the sender.
var ownFields = []*packet.Field{packet.Inport, packet.EthSrc, packet.IPv4Src, packet.IPv6Src, packet.ARPSHA, packet.ARPTHA, packet.NDTarget}

// outlineOf compares the packets of each line and sender.
func (a *Answer) outlineOf(p *Part) *outline {
	m := p.space.m
	o := &outline{lines: map[bool][]outlineLine{}}
	roles := roles{from: p.space.d}
	hop := packetset.Empty
	if gate := p.view.resolver.Gateway(p.space.d); gate != nil {
		hop = m.Is(packet.EthDst, gate.MAC)
	}
	o.key = fmt.Sprint(a.ZoneOf(p.space.d), p.to == p.all)
	o.results = o.key
	cells := make([][]cell, len(p.Ports))
	senders := make([]string, len(p.Ports)) // what distinguishes the packets of each, besides its own values
	for i, port := range p.Ports {
		cells[i], senders[i] = p.cells(port)
	}
	for _, others := range []bool{false, true} {
		among := p.among(others)
		for i, port := range p.Ports {
			if mine := m.And(among, by(m, port)); mine == packetset.Empty {
				senders[i] += " none"
			} else if !others || a.question.Packets != "" { // else they depend on the others and the kinds of addresses
				senders[i] += " " + sign(m, mine, cells[i], m.Known(mine, packet.EthDst))
			}
		}
		var lines []outlineLine
		var results []string
		for _, r := range p.Results {
			set := m.And(r.Set, among)
			if set == packetset.Empty || others && !r.arrives() || !a.wants(r) {
				continue
			}
			line := outlineLine{result: r, key: fmt.Sprintf("%s\n%v", r.withPorts(roles), r.Varies)}
			results = append(results, line.key)
			for i, port := range p.Ports {
				mine := m.And(set, by(m, port))
				if mine == packetset.Empty {
					continue
				}
				s := signed{hop: m.Within(mine, hop), ports: []*lflow.Port{port}}
				var to *packetset.Known
				if s.hop {
					to = m.Known(hop, packet.EthDst)
				}
				if text := sign(m, mine, cells[i], to); text != "" {
					s.sign = fmt.Sprint(senders[i], " ", text, " ", s.hop)
				} else {
					s.sign = "of " + port.UUID
				}
				if at := slices.IndexFunc(line.sent, func(o signed) bool { return o.sign == s.sign }); at >= 0 {
					line.sent[at].ports = append(line.sent[at].ports, port)
				} else {
					line.sent = append(line.sent, s)
				}
			}
			var signs []string
			for _, s := range line.sent {
				signs = append(signs, fmt.Sprint(s.sign, len(s.ports) == len(p.Ports)))
			}
			slices.Sort(signs)
			line.key += strings.Join(signs, "\n")
			lines = append(lines, line)
		}
		slices.SortFunc(lines, func(a, b outlineLine) int { return strings.Compare(a.key, b.key) })
		for i := range lines {
			o.key += "\n" + lines[i].key
		}
		slices.Sort(results)
		o.key += "\n"
		o.results += "\n" + strings.Join(results, "\n") + "\n"
		o.lines[others] = lines
	}
	return o
}

// among returns the packets of a section.
func (p *Part) among(others bool) packetset.Set {
	if others {
		return p.space.m.Without(p.all, p.to)
	}
	return p.to
}

// ownField is a field with the values that a sender's packets have in it.
type ownField struct {
	field  *packet.Field
	values []packet.Value
}

// cells returns the packets of a sender, divided by the addresses of its own that they have,
// and of what kinds these addresses are.
func (p *Part) cells(port *lflow.Port) (cells []cell, kinds string) {
	m := p.space.m
	var macs, v4, v6 []packet.Value
	for _, h := range p.view.resolver.Hosts(port) {
		macs = append(macs, packet.Uint(h.MAC))
		v6 = append(v6, packet.LinkLocal(h.MAC))
		kinds += "host"
		for _, ip := range h.IPs {
			kinds += fmt.Sprint(" ", familyOf(ip.Addr()))
			if ip.Addr().Is4() {
				v4 = append(v4, packet.FromAddr(ip.Addr()))
			} else {
				v6 = append(v6, packet.FromAddr(ip.Addr()))
			}
		}
	}
	ip4, ip6 := m.Is(packet.EthType, packet.EthTypeIPv4), m.Is(packet.EthType, packet.EthTypeIPv6)
	arp := m.Or(m.Is(packet.EthType, packet.EthTypeARP), m.Is(packet.EthType, packet.EthTypeRARP))
	nd := m.And(m.And(ip6, m.Is(packet.IPProto, packet.ProtoICMPv6)), m.Is(packet.TPDst, 0))
	solicit, advert := m.And(nd, m.Is(packet.TPSrc, packet.NDSolicit)), m.And(nd, m.Is(packet.TPSrc, packet.NDAdvertise))
	optional := append([]packet.Value{{}}, macs...)
	for i, kind := range []struct {
		set packetset.Set
		own []ownField
	}{
		{ip4, []ownField{{packet.IPv4Src, v4}}},
		{arp, []ownField{{packet.IPv4Src, v4}, {packet.ARPSHA, macs}}},
		{solicit, []ownField{{packet.IPv6Src, v6}, {packet.ARPSHA, optional}}},
		{advert, []ownField{{packet.IPv6Src, v6}, {packet.NDTarget, v6}, {packet.ARPTHA, optional}}},
		{m.Without(ip6, m.Or(solicit, advert)), []ownField{{packet.IPv6Src, v6}}},
		{m.Not(m.Union([]packetset.Set{ip4, ip6, arp})), nil},
	} {
		list := []cell{{set: m.And(by(m, port), kind.set), label: fmt.Sprint(i)}}
		for _, own := range append([]ownField{{packet.EthSrc, macs}}, kind.own...) {
			list = own.divide(m, list)
		}
		cells = append(cells, list...)
	}
	for i := range cells {
		cells[i].known = m.Known(cells[i].set, ownFields...)
	}
	return cells, kinds
}

// divide divides cells by the values of a field.
func (o *ownField) divide(m *packetset.Manager, cells []cell) (out []cell) {
	for _, c := range cells {
		for _, v := range o.values {
			set := m.And(c.set, m.Equal(o.field, v, packet.Ones(o.field.Bits)))
			out = append(out, cell{set: set, label: fmt.Sprint(c.label, " ", o.field.Name, v != packet.Value{})})
		}
	}
	return out
}

// sign identifies packets of a sender without its own values, and without others.  It is ""
// where it depends on which of its addresses the sender uses, or where it uses others.
func sign(m *packetset.Manager, mine packetset.Set, cells []cell, others *packetset.Known) string {
	lines := map[string]string{}
	for i := range cells {
		c := &cells[i]
		set := m.And(mine, c.set)
		mine = m.Without(mine, set)
		if set = m.Given(set, c.known); others != nil {
			set = m.Given(set, others)
		}
		line := digestText(m, set)
		if known, is := lines[c.label]; is && known != line {
			return ""
		}
		lines[c.label] = line
	}
	if mine != packetset.Empty {
		return ""
	}
	list := make([]string, 0, len(lines))
	for label, line := range lines {
		list = append(list, label+" "+line)
	}
	slices.Sort(list)
	return digestOfText(strings.Join(list, "\n"))
}

// digestText returns the digest of a set as a text.
func digestText(m *packetset.Manager, s packetset.Set) string {
	d := m.Digest(s)
	return string(d[:12])
}
