package wirelab

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// maxClosest is the number of equally close outcomes that are shown.
const maxClosest = 3

// Predict compares a case with the prediction of connect: one outcome must have, for every
// step, exactly the frames of the case. It returns the first difference of the closest
// outcomes, or "" if an outcome has none. If source NAT takes a random port of a range, every
// port of the case is tried. The networks are those of all zones.
func Predict(networks []*lflow.Network, want Case) string {
	c, err := cluster.New(networks, cluster.Options{})
	if err != nil {
		return err.Error()
	}
	return PredictIn(c, want)
}

// PredictIn is Predict in a cluster whose zones need not have been entered.
func PredictIn(c *cluster.Cluster, want Case) string {
	if len(want.Steps) == 0 {
		return "the case has no steps"
	}
	first, err := want.Steps[0].untagged(c).Packet()
	if err != nil {
		return err.Error()
	}
	from := connect.Source{}
	switch in := want.Steps[0].In; {
	case !in.Network:
		if from.Port = in.port(c); from.Port == nil {
			return fmt.Sprintf("the database has no port %q", in.Port)
		}
		from.Chassis = c.Named(in.Chassis)
	case len(c.Networks()) == 0:
		return "the database has no physical network"
	default:
		from.Network = c.Networks()[0]
	}
	text, isRandom := compareOutcomes(c, want, from, first, 0)
	if text == "" || !isRandom {
		return text
	}
	for _, port := range want.ports() {
		if other, _ := compareOutcomes(c, want, from, first, port); other == "" {
			return ""
		}
	}
	return text
}

// compareOutcomes compares a case with the outcomes in which source NAT takes a port if it can.
// It returns the first difference of the closest ones, "" if one has none, and whether
// another port may have other outcomes.
func compareOutcomes(c *cluster.Cluster, want Case, from connect.Source, first packet.Packet, port uint16) (text string, isRandom bool) {
	outcomes, complete := connect.Outcomes(c, &connect.Options{SourcePort: port, Size: want.Steps[0].size()}, from, first)
	var closest []string
	furthest := -1
	for _, o := range outcomes {
		step, differs := compareSteps(c, want.Steps, o.Packets)
		if differs == "" {
			return "", false
		}
		isRandom = isRandom || slices.ContainsFunc(o.Choices, func(c connect.Choice) bool { return c.Kind == connect.SourcePort })
		if step > furthest {
			closest, furthest = nil, step
		}
		if step == furthest && len(closest) < maxClosest {
			closest = append(closest, fmt.Sprintf("step %d of %d, one outcome of %d: %s", step+1, len(want.Steps), len(outcomes), differs))
		}
	}
	if !complete {
		closest = append(closest, "(not all outcomes were tried)")
	}
	return strings.Join(closest, "\n  "), isRandom
}

// ports are the source ports of the frames of a case, without duplicates.
func (c Case) ports() (all []uint16) {
	for _, s := range c.Steps {
		for _, f := range s.Out {
			p, err := f.Packet.Packet()
			if err == nil && (p.Has(packet.TCPSrc) || p.Has(packet.UDPSrc) || p.Has(packet.SCTPSrc)) {
				all = append(all, uint16(p.Uint(packet.TPSrc)))
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// compareSteps returns the first step in which the predicted packets differ from the
// recorded ones, with the difference.
func compareSteps(c *cluster.Cluster, want []Step, got []connect.Packet) (step int, differs string) {
	for i, s := range want {
		if i >= len(got) {
			return i, fmt.Sprintf("sent %s\n  the predicted exchange ends after %d packets", s.Sent, len(got))
		}
		sent := Step{In: s.In, Sent: fieldsOf(&got[i].Sent)}
		if a, b := s.untagged(c).String(), sent.untagged(c).String(); a != b {
			return i, fmt.Sprintf("another packet is sent:\n  recorded:\n    %s\n  predicted:\n    %s", a, b)
		}
		recorded, predicted := []string{}, []string{}
		for _, f := range s.Out {
			recorded = append(recorded, f.line())
		}
		for _, a := range got[i].Arrived {
			f := Frame{Place: Place{Network: a.Network != "", Chassis: a.Chassis}, Packet: fieldsOf(&a.Packet)}
			if !f.Network {
				f.Port = a.Carrier().Name
			}
			if !f.Packet.announces() {
				predicted = append(predicted, f.line())
			}
		}
		slices.Sort(recorded)
		slices.Sort(predicted)
		if slices.Equal(recorded, predicted) {
			continue
		}
		var dropped []string
		for _, d := range got[i].Dropped {
			dropped = append(dropped, fmt.Sprintf("%s at %s %s on %s", d.Code, d.Datapath, d.Stage, d.Chassis))
		}
		return i, fmt.Sprintf("sent %s\n  recorded:%s\n  predicted:%s\n  dropped:%s", s.Sent, indented(recorded), indented(predicted), indented(dropped))
	}
	return len(want), ""
}

// untagged returns the packet that the step's sender sent, without the tag of a nested
// container, which is not part of the packet.
func (s Step) untagged(c *cluster.Cluster) Fields {
	fields := maps.Clone(s.Sent)
	if p := s.In.port(c); p != nil {
		if parent, _ := p.Parent(); parent != "" {
			delete(fields, "vlan.vid")
		}
	}
	return fields
}

// size returns the size of the packet that the step's sender sent, in bytes.
func (s Step) size() int { return hex.DecodedLen(len(s.Frame)) }

// port returns the port of a place in the zone of its chassis, or nil.
func (p Place) port(c *cluster.Cluster) *lflow.Port {
	h := c.Named(p.Chassis)
	if h == nil {
		return nil
	}
	if !h.Zone.Enter() {
		return nil
	}
	port, _ := h.Zone.Network.Port(p.Port) // nil if there is none
	return port
}

// announces reports whether the packet is a gratuitous ARP packet, which recordings omit.
func (f Fields) announces() bool { return f["arp.op"] != nil && f["arp.spa"] == f["arp.tpa"] }

func indented(lines []string) string {
	if len(lines) == 0 {
		return " nothing"
	}
	return "\n    " + strings.Join(lines, "\n    ")
}

// line returns the frame with its place, as it is compared.
func (f Frame) line() string {
	where := "port " + f.Port
	if f.Network {
		where = "network"
	}
	return where + " on " + f.Chassis + ": " + f.Packet.String()
}

// String returns the fields that are not zero, in the order of their names.
func (f Fields) String() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if text := fmt.Sprint(f[name]); text != "0" {
			all = append(all, name+"="+text)
		}
	}
	return strings.Join(all, " ")
}

// fieldNames are the fields that a recording may have.
var fieldNames = map[string]*packet.Field{
	"eth.src": packet.EthSrc, "eth.dst": packet.EthDst, "vlan.vid": packet.VLANTCI,
	"arp.op": packet.ARPOp, "arp.spa": packet.ARPSPA, "arp.tpa": packet.ARPTPA, "arp.sha": packet.ARPSHA, "arp.tha": packet.ARPTHA,
	"ip4.src": packet.IPv4Src, "ip4.dst": packet.IPv4Dst, "ip6.src": packet.IPv6Src, "ip6.dst": packet.IPv6Dst,
	"ip.ttl": packet.IPTTL, "ip.proto": packet.IPProto,
	"icmp4.type": packet.TPSrc, "icmp4.code": packet.TPDst, "icmp6.type": packet.TPSrc, "icmp6.code": packet.TPDst,
	"tcp.src": packet.TPSrc, "tcp.dst": packet.TPDst, "tcp.flags": packet.TCPFlags, "udp.src": packet.TPSrc, "udp.dst": packet.TPDst,
	"sctp.src": packet.TPSrc, "sctp.dst": packet.TPDst, "nd.target": packet.NDTarget, "nd.sll": packet.NDSLL, "nd.tll": packet.NDTLL,
}

// vlanPresent is the bit of vlan_tci that says that there is a tag.
const vlanPresent = 0x1000

// Packet returns the packet with the fields.
func (f Fields) Packet() (p packet.Packet, err error) {
	for name, v := range f {
		field := fieldNames[name]
		if field == nil {
			return p, fmt.Errorf("no field %s", name)
		}
		switch {
		case strings.HasPrefix(name, "ip4.") || strings.HasPrefix(name, "icmp4."):
			p.SetUint(packet.EthType, packet.EthTypeIPv4)
		case strings.HasPrefix(name, "ip6.") || strings.HasPrefix(name, "icmp6."):
			p.SetUint(packet.EthType, packet.EthTypeIPv6)
		case strings.HasPrefix(name, "arp."):
			p.SetUint(packet.EthType, packet.EthTypeARP)
		}
		text := fmt.Sprint(v)
		var ok bool
		switch field.Kind {
		case packet.KindEthernet:
			var mac uint64
			mac, ok = packet.ParseMAC(text)
			p.SetUint(field, mac)
		case packet.KindIPv4:
			var ip uint64
			ip, ok = packet.ParseIPv4(text)
			p.SetUint(field, ip)
		case packet.KindIPv6:
			var ip packet.Value
			ip, ok = packet.ParseIPv6(text)
			p.Set(field, ip)
		default:
			n, err := strconv.ParseUint(text, 10, 16)
			ok = err == nil
			if field == packet.VLANTCI {
				n |= vlanPresent
			}
			p.SetUint(field, n)
		}
		if !ok {
			return p, fmt.Errorf("field %s is %q", name, text)
		}
	}
	return p, nil
}

// fieldsOf returns the fields of a packet that a recording has.
func fieldsOf(p *packet.Packet) Fields {
	f := Fields{}
	names := []string{"eth.src", "eth.dst"}
	switch {
	case p.IsARP():
		names = append(names, "arp.op", "arp.spa", "arp.tpa", "arp.sha", "arp.tha")
	case p.IsIPv4():
		names = append(names, "ip4.src", "ip4.dst", "ip.ttl", "ip.proto")
	case p.IsIPv6():
		names = append(names, "ip6.src", "ip6.dst", "ip.ttl", "ip.proto")
	}
	switch {
	case !p.IsIP():
	case p.Has(packet.ICMPType):
		names = append(names, "icmp4.type", "icmp4.code")
	case p.Has(packet.ICMPv6Type):
		names = append(names, "icmp6.type", "icmp6.code")
		if p.IsND() {
			names = append(names, "nd.target", "nd.sll", "nd.tll")
		}
	case p.Uint(packet.IPProto) == packet.ProtoTCP:
		names = append(names, "tcp.src", "tcp.dst", "tcp.flags")
	case p.Uint(packet.IPProto) == packet.ProtoUDP:
		names = append(names, "udp.src", "udp.dst")
	case p.Uint(packet.IPProto) == packet.ProtoSCTP:
		names = append(names, "sctp.src", "sctp.dst")
	}
	for _, name := range names {
		switch field := fieldNames[name]; field.Kind {
		case packet.KindEthernet, packet.KindIPv4, packet.KindIPv6:
			f[name] = field.Format(p.Get(field))
		default:
			f[name] = p.Uint(field)
		}
	}
	if vid := p.Uint(packet.VLANTCI) & 0xfff; vid != 0 {
		f["vlan.vid"] = vid
	}
	return f
}
