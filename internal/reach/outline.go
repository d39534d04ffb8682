package reach

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// outline has the results of a part for each of its senders as digests of sets, without the
// values that are the sender's own. Digests are computed much faster than descriptions.
type outline struct {
	key     string                      // equal for parts with the same sets
	results string                      // equal for parts with the same results; their sets may differ
	lines   [sectionKinds][]outlineLine // in the order of their keys

	bare map[packetset.Set]bool // the sets of which it has digests
}

// outlineLine is a result of a section.
type outlineLine struct {
	key    string
	result *Result
	sent   []signed
}

// signed is a group of senders that have the same packets in a line, apart from their own
// values.
type signed struct {
	sign  string
	hop   bool // whether all packets go to the router of the sender's datapath
	ports []*lflow.Port
}

// sender is a port whose packets are compared with those of others.
type sender struct {
	m     *packetset.Manager
	port  *lflow.Port
	kinds []ownKind
	cells [][]cell // by kind, nil if not computed yet
	hop   cell     // the packets to the router of its datapath
	owns  bool     // whether all its packets have values of its own
	among string   // what distinguishes them from those of others, besides its own values

	bare map[packetset.Set]bool // of the outline
}

// signOfPort is how keys of packets begin that are compared with those of no other port.
const signOfPort = "of "

// ownKind is a kind of packets, with the fields that have values of the sender.
type ownKind struct {
	set    packetset.Set
	fields []ownField
}

// ownField is a field, with the values that it has in a sender's packets.
type ownField struct {
	field  *packet.Field
	values []packet.Value
}

// cell is a set of packets of a kind with certain of the sender's addresses.
type cell struct {
	set   packetset.Set
	known *packetset.Known // the values of these addresses
	label string           // equal for cells that differ in which of the sender's addresses is used
}

// outlineOf computes the digests of each line and sender.
func (a *Answer) outlineOf(p *Part) *outline {
	m := p.space.m
	o := &outline{bare: map[packetset.Set]bool{}}
	roles := roles{from: p.space.d}
	o.key = fmt.Sprint(a.ZoneOf(p.space.d), p.to == p.all)
	o.results = o.key
	senders := make([]*sender, len(p.Ports))
	for i, port := range p.Ports {
		senders[i] = p.sender(port)
		senders[i].owns = senders[i].owns && !a.question.Spoof
		senders[i].bare = o.bare
	}
	for i := range sectionKinds {
		kind := SectionKind(i)
		among := p.among(kind)
		for _, s := range senders {
			switch mine := m.And(among, by(m, s.port)); {
			case mine == packetset.Empty:
				s.among += " none"
			case s.owns && (kind == Addressed || a.question.Packets != ""): // the others depend on those and on the families
				text, _ := s.sign(mine)
				s.owns = text != ""
				s.among += " " + text
			}
		}
		var lines []outlineLine
		var results []string
		for _, r := range p.Results {
			set := m.And(r.Set, among)
			if set == packetset.Empty || !a.shows(kind, r) {
				continue
			}
			line := outlineLine{result: r, key: fmt.Sprintf("%s\n%v", r.withPorts(roles), r.Varies)}
			results = append(results, line.key)
			for _, s := range senders {
				mine := m.And(set, by(m, s.port))
				if mine == packetset.Empty {
					continue
				}
				one := signed{sign: signOfPort + s.port.UUID, ports: []*lflow.Port{s.port}}
				if s.owns {
					var text string
					if text, one.hop = s.sign(mine); text != "" {
						one.sign = s.among + " " + text
					}
				}
				if at := slices.IndexFunc(line.sent, func(o signed) bool { return o.sign == one.sign }); at >= 0 {
					line.sent[at].ports = append(line.sent[at].ports, s.port)
				} else {
					line.sent = append(line.sent, one)
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
		o.lines[kind] = lines
	}
	return o
}

// outlineGroup is a group of parts with equal outlines.
type outlineGroup struct {
	parts  []int
	single bool // whether no other part has the same results
}

// groupsOf groups parts with equal outlines.
func groupsOf(outlines []*outline) (out []outlineGroup) {
	at, results := map[string]int{}, map[string]int{}
	for i, o := range outlines {
		if known, ok := at[o.key]; ok {
			out[known].parts = append(out[known].parts, i)
			continue
		}
		at[o.key] = len(out)
		out = append(out, outlineGroup{parts: []int{i}})
		results[o.results]++
	}
	for i := range out {
		g := &out[i]
		g.single = len(g.parts) == 1 && results[outlines[g.parts[0]].results] == 1
	}
	return out
}

// sender returns a port with the fields in which its packets have its own values.
func (p *Part) sender(port *lflow.Port) *sender {
	m := p.space.m
	hosts := p.view.resolver.Hosts(port)
	s := &sender{m: m, port: port, owns: len(hosts) > 0 && port.Type != "localnet"}
	if gate := p.view.resolver.Gateway(p.space.d); gate != nil {
		to := m.Is(packet.EthDst, gate.MAC)
		s.hop = cell{set: to, known: m.Known(to, packet.EthDst)}
	}
	var macs, v4, v6 []packet.Value
	add := func(list *[]packet.Value, v packet.Value) {
		if !slices.Contains(*list, v) {
			*list = append(*list, v)
		}
	}
	for _, h := range hosts {
		add(&macs, packet.Uint(h.MAC))
		add(&v6, packet.LinkLocal(h.MAC))
		s.among += "host"
		for _, ip := range h.IPs {
			s.among += fmt.Sprint(" ", familyOf(ip.Addr()))
			if ip.Addr().Is4() {
				add(&v4, packet.FromAddr(ip.Addr()))
			} else {
				add(&v6, packet.FromAddr(ip.Addr()))
			}
		}
	}
	ip4, ip6 := m.Is(packet.EthType, packet.EthTypeIPv4), m.Is(packet.EthType, packet.EthTypeIPv6)
	arp := m.Or(m.Is(packet.EthType, packet.EthTypeARP), m.Is(packet.EthType, packet.EthTypeRARP))
	nd := m.And(m.And(ip6, m.Is(packet.IPProto, packet.ProtoICMPv6)), m.Is(packet.TPDst, 0))
	solicit, advert := m.And(nd, m.Is(packet.TPSrc, packet.NDSolicit)), m.And(nd, m.Is(packet.TPSrc, packet.NDAdvertise))
	optional := append([]packet.Value{{}}, macs...)
	s.kinds = []ownKind{
		{ip4, []ownField{{packet.IPv4Src, v4}}},
		{arp, []ownField{{packet.IPv4Src, v4}, {packet.ARPSHA, macs}}},
		{solicit, []ownField{{packet.IPv6Src, v6}, {packet.ARPSHA, optional}}},
		{advert, []ownField{{packet.IPv6Src, v6}, {packet.NDTarget, v6}, {packet.ARPTHA, optional}}},
		{m.Without(ip6, m.Or(solicit, advert)), []ownField{{packet.IPv6Src, v6}}},
		{m.Not(m.Union([]packetset.Set{ip4, ip6, arp})), nil},
	}
	for i := range s.kinds {
		k := &s.kinds[i]
		k.fields = append(k.fields, ownField{packet.EthSrc, macs})
	}
	s.cells = make([][]cell, len(s.kinds))
	return s
}

// cellsOf returns the packets of a kind, divided by the sender's addresses in them.
func (s *sender) cellsOf(kind int) []cell {
	if s.cells[kind] != nil {
		return s.cells[kind]
	}
	k := &s.kinds[kind]
	list := []cell{{set: s.m.And(k.set, by(s.m, s.port)), label: fmt.Sprint(kind)}}
	fields := []*packet.Field{packet.Inport}
	for _, own := range k.fields {
		var finer []cell
		for _, c := range list {
			for _, v := range own.values {
				set := s.m.And(c.set, s.m.Equal(own.field, v, packet.Ones(own.field.Bits)))
				finer = append(finer, cell{set: set, label: fmt.Sprint(c.label, " ", own.field.Name, v != packet.Value{})})
			}
		}
		list, fields = finer, append(fields, own.field)
	}
	for i := range list {
		list[i].known = s.m.Known(list[i].set, fields...)
	}
	s.cells[kind] = list
	return list
}

// sign returns a key of packets of the sender without its own values, and without the
// address of the router if all packets go there. It is "" if the packets depend on which of
// its addresses the sender uses, or have others.
func (s *sender) sign(mine packetset.Set) (sign string, hop bool) {
	m := s.m
	hop = m.Within(mine, s.hop.set)
	list := []string{fmt.Sprint(hop)}
	for kind := range s.kinds {
		left := m.And(mine, s.kinds[kind].set)
		if left == packetset.Empty {
			continue
		}
		lines := map[string]string{} // by label
		for _, c := range s.cellsOf(kind) {
			set := m.And(left, c.set)
			left = m.Without(left, set)
			set = m.Restrict(set, c.known)
			if hop {
				set = m.Restrict(set, s.hop.known)
			}
			s.bare[set] = true
			line := digestText(m, set)
			if known, is := lines[c.label]; is && known != line {
				return "", hop
			}
			lines[c.label] = line
		}
		if left != packetset.Empty {
			return "", hop
		}
		for label, line := range lines {
			list = append(list, label+" "+line)
		}
	}
	slices.Sort(list)
	return digestOfText(strings.Join(list, "\n")), hop
}

// digestText returns the digest of a set as text.
func digestText(m *packetset.Manager, s packetset.Set) string {
	d := m.Digest(s)
	return string(d[:12])
}
