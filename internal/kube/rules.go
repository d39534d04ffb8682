package kube

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/names"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// maxShown is how many alternatives of a set of packets a message has.
const maxShown = 3

// beside is traffic that orchestrators allow in addition to a policy's rules: neighbor discovery and
// DHCP (Kube-OVN's UpdateDefaultBlockExceptionsACLOps and CreateGatewayACL).
var beside = []string{
	"icmp6",
	"udp.src == {67, 68} && udp.dst == {67, 68}",
	"udp.src == {546, 547} && udp.dst == {546, 547}",
}

// acl is a rule of a port group.
type acl struct {
	direction, match, action string
	tier, priority           int64
}

// aclsOf returns the ACLs of a port group, in the order in which they decide.
func (c *comparison) aclsOf(group ovsdb.Row) (out []acl) {
	for _, u := range group.Refs(group.Col("acls")) {
		if r, ok := c.north.Table("ACL").Get(u); ok {
			out = append(out, acl{r.Text("direction"), r.Text("match"), r.Text("action"), r.Int(r.Col("tier")), r.Int(r.Col("priority"))})
		}
	}
	slices.SortStableFunc(out, func(a, b acl) int {
		return cmp.Or(cmp.Compare(a.tier, b.tier), cmp.Compare(b.priority, a.priority))
	})
	return out
}

// rules compares the traffic that a policy allows with that of the ACLs of its port group, as sets of
// packets to or from a pod of the group, which has these ports.
func (c *comparison) rules(object string, p *NetworkPolicy, group ovsdb.Row, members []string) {
	var pods []string
	for _, port := range members {
		if pod, ok := c.byPort[port]; ok {
			pods = append(pods, pod)
		}
	}
	if len(pods) == 0 {
		return // ACLs of a group without ports match no packet
	}
	slices.Sort(pods)
	acls := c.aclsOf(group)
	directions := p.directions()
	for i := range directions {
		for _, family := range []string{"ip4", "ip6"} {
			r := &ruleComparison{comparison: c, object: object, d: &directions[i], family: family, pod: pods[0], port: c.pods[pods[0]]}
			if err := r.compare(p, acls); err != nil {
				c.add(Different, object, "", "its %s rules cannot be compared with the ACLs of its port group: %v", r.d.word, err)
			}
		}
	}
}

// ruleComparison compares one direction and family of a policy.
type ruleComparison struct {
	*comparison
	object string
	d      *direction
	family string
	pod    string // of the port group
	port   *lflow.Port
	state  *packetset.State
}

func (r *ruleComparison) compare(p *NetworkPolicy, acls []acl) (err error) {
	defer packetset.Catch(&err)
	own := ofFamily(names.PortAddresses(r.port), r.family)
	if len(own) == 0 {
		return nil
	}
	if r.sets == nil || r.sets.Size() > packetset.DefaultLimit/2 {
		r.sets = packetset.NewManager(0)
	}
	field, other := packet.Outport, "dst"
	if r.d.end == "dst" {
		field, other = packet.Inport, "src"
	}
	r.state = packetset.NewState()
	r.state.SetUint(field, r.port.Key)
	domain, err := r.set(fmt.Sprintf("%s && !ip.frag && %s.%s == %s", r.family, r.family, other, own[0]))
	if err != nil {
		return err
	}
	domain = r.sets.And(domain, r.sets.WellFormed())
	allows := r.objects.allows(p.Namespace, r.d, r.family)
	sure, err := r.union(allows.sure)
	if err != nil {
		return err
	}
	maybe, err := r.union(slices.Concat(allows.maybe, beside))
	if err != nil {
		return err
	}
	done, err := r.done(acls)
	if err != nil {
		return err
	}
	if lacks := r.sets.And(domain, r.sets.Without(sure, done)); lacks != packetset.Empty {
		r.add(Different, r.object, r.example(lacks, own[0]), "no ACL of its port group allows %s of %s", r.d.word, r.describe(lacks, domain))
	}
	if more := r.sets.And(domain, r.sets.Without(done, maybe)); more != packetset.Empty {
		r.add(Different, r.object, r.example(more, own[0]), "an ACL of its port group allows %s of %s, which no rule of it does", r.d.word, r.describe(more, domain))
	}
	return nil
}

// done returns the packets that ACLs allow, in the order in which they decide.
func (r *ruleComparison) done(acls []acl) (packetset.Set, error) {
	var allowed, decided packetset.Set
	for i := range acls {
		a := &acls[i]
		if a.direction != r.d.acl || a.action == "pass" {
			continue
		}
		s, err := r.set(a.match)
		if err != nil {
			return packetset.Empty, fmt.Errorf("ACL %q: %w", a.match, err)
		}
		if strings.HasPrefix(a.action, "allow") {
			allowed = r.sets.Or(allowed, r.sets.Without(s, decided))
		}
		decided = r.sets.Or(decided, s)
	}
	return allowed, nil
}

// set returns the packets of a match.
func (r *ruleComparison) set(match string) (packetset.Set, error) {
	e, err := expr.Parse(match, r.network.CheckEnv())
	if err != nil {
		return packetset.Empty, err
	}
	return r.sets.Match(expr.Compile(expr.Annotate(e), r.network.Binder()), r.state, r.port.Datapath.Index, nil), nil
}

func (r *ruleComparison) union(matches []string) (packetset.Set, error) {
	all := packetset.Empty
	for _, m := range matches {
		s, err := r.set(m)
		if err != nil {
			return all, err
		}
		all = r.sets.Or(all, s)
	}
	return all, nil
}

// describe writes a set of packets.
func (r *ruleComparison) describe(s, among packetset.Set) string {
	d := r.sets.Describe(s, among, nil)
	if n := len(d.Lines) - maxShown; n > 0 {
		return fmt.Sprintf("%s ... and %d more", strings.Join(d.Lines[:maxShown], " "), n)
	}
	return d.Text
}

// example returns the microflow of a packet of a set: one between pods of the zone if
// there is such, else with an address that a host may have.
func (r *ruleComparison) example(s packetset.Set, own string) string {
	var here, everywhere []string
	for name, p := range r.pods {
		if name != r.pod {
			here = append(here, names.PortAddresses(p)...)
		}
	}
	for i := range r.objects.Pods {
		if p := &r.objects.Pods[i]; p.String() != r.pod {
			everywhere = append(everywhere, p.addresses()...)
		}
	}
	field, never := r.family+"."+r.d.end, "{0.0.0.0/8, 127.0.0.0/8, 224.0.0.0/3}"
	if r.family == "ip6" {
		never = "{::/127, fe80::/10, ff00::/8}"
	}
	best := s
	for _, wish := range []string{"tcp || udp || sctp || icmp", field + " != " + never, oneOf(field, everywhere, r.family), oneOf(field, here, r.family)} {
		if wish == "" {
			continue
		}
		if w, err := r.set(wish); err == nil && r.sets.Meets(best, w) {
			best = r.sets.And(best, w)
		}
	}
	p, _ := r.sets.Sample(best)
	peer, proto := peerOf(&p, r.family, r.d.end), protocolOf(&p)
	if r.d.word == "egress" {
		return r.packet(r.pod, peer, proto)
	}
	var senders []string
	for name, port := range r.pods {
		if slices.Contains(names.PortAddresses(port), peer) {
			senders = append(senders, name)
		}
	}
	if len(senders) > 0 {
		return r.packet(slices.Min(senders), r.pod, proto)
	}
	return r.fromRouter(peer, own, proto)
}

// oneOf returns the match of a field that is one of a family's addresses, "" for none.
func oneOf(field string, ips []string, family string) string {
	if ips = ofFamily(ips, family); len(ips) == 0 {
		return ""
	}
	return field + " == " + setOf(ips)
}

// peerOf returns the address at one end of a packet.
func peerOf(p *packet.Packet, family, end string) string {
	switch family + "." + end {
	case "ip4.src":
		return p.Get(packet.IPv4Src).Addr4().String()
	case "ip4.dst":
		return p.Get(packet.IPv4Dst).Addr4().String()
	case "ip6.src":
		return p.Get(packet.IPv6Src).Addr16().String()
	default:
		return p.Get(packet.IPv6Dst).Addr16().String()
	}
}

// protocolOf returns the protocol of a packet, as address.ParseProto reads it.
func protocolOf(p *packet.Packet) string {
	switch proto := p.Uint(packet.IPProto); proto {
	case packet.ProtoTCP:
		return fmt.Sprintf("tcp:%d", p.Uint(packet.TCPDst))
	case packet.ProtoUDP:
		return fmt.Sprintf("udp:%d", p.Uint(packet.UDPDst))
	case packet.ProtoSCTP:
		return fmt.Sprintf("sctp:%d", p.Uint(packet.SCTPDst))
	case packet.ProtoICMP, packet.ProtoICMPv6:
		return "icmp"
	default:
		return fmt.Sprint(proto)
	}
}

// fromRouter returns the microflow of a packet that a router sends to the pod, from an
// address behind it.
func (r *ruleComparison) fromRouter(from, to, proto string) string {
	for _, p := range r.port.Datapath.Ports() {
		if p.Peer == nil {
			continue
		}
		for _, given := range p.Peer.AddressTexts() {
			mac, _, _ := strings.Cut(given, " ")
			said := fmt.Sprintf("eth.src == %s && %s.src == %s", mac, r.family, from)
			if a, err := r.resolver.Resolve(address.Probe{From: p.Name, To: to, Proto: proto, Packet: said}); err == nil {
				return a.Microflow
			}
		}
	}
	return ""
}
