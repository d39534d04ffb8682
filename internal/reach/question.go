package reach

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/names"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Question selects the packets whose outcomes are computed.
type Question struct {
	// From are the sending ports, To the ports at which packets arrive. If From is nil, all
	// VIFs send; if To is nil, every end counts.
	From, To []*lflow.Port

	// Spoof allows senders to use any address, not only their own.
	Spoof bool

	// Later adds packets of TCP and ICMP that open no connection, such as replies and errors. Without it, they are
	// part of the question only if it has a condition on the flags or the type.
	Later bool

	// BothWays adds the outcomes of replies. Packets of TCP are then those that open
	// connections, unless the question has a condition on their flags.
	BothWays bool

	// Packets restricts the packets, in the match language; "" is no restriction.
	Packets string

	// Through are datapaths of which packets must cross at least one; nil is no
	// restriction. A datapath of several zones has one in each.
	Through []*lflow.Datapath

	// Dropped selects the drops with a code; "" selects every end.
	Dropped verdict.Code

	// Shown, if not nil, returns a key of what is shown of a result: results with equal keys are
	// joined, with the flows and the path of the first. If it is nil, everything is shown.
	Shown func(*Result) string

	// Limit is the maximum number of classes of packets for the ports of a datapath, 0 for
	// MaxClasses. Packets beyond it are undecided.
	Limit int
}

// shown returns what distinguishes a result from those with other keys.
func (q *Question) shown(r *Result) string {
	if q.Shown == nil {
		return r.key()
	}
	return q.Shown(r)
}

// limit returns the maximum number of classes.
func (q *Question) limit() int { return cmp.Or(q.Limit, MaxClasses) }

// Any is the text that selects all VIFs.
const Any = "any"

// physnet is the prefix of the text that selects a physical network.
const physnet = "physnet:"

func selectOne(resolver *address.Resolver, text string) ([]*lflow.Port, error) {
	n := resolver.Network()
	if text == "" {
		return nil, errors.New("an empty name: give a port, a group, a switch, a prefix, physnet:NAME or any")
	}
	if text == Any {
		return vifs(resolver), nil
	}
	if name, ok := strings.CutPrefix(text, physnet); ok {
		return outside(n, name)
	}
	prefix, err := netip.ParsePrefix(text)
	if ip, ipErr := netip.ParseAddr(text); ipErr == nil && ip.Zone() == "" {
		prefix, err = netip.PrefixFrom(ip, ip.BitLen()), nil
	}
	if err == nil {
		return inPrefix(resolver, prefix)
	}
	port, portErr := resolver.Port(text)
	if portErr == nil {
		return []*lflow.Port{port}, nil
	}
	var several *address.AmbiguousError
	if errors.As(portErr, &several) {
		return nil, portErr
	}
	if group, err := resolver.Group(strings.TrimPrefix(text, "@")); err == nil && len(group) > 0 {
		return group, nil
	}
	if d, err := resolver.Datapath(text); err == nil {
		if ports := resolver.VIFs(d); len(ports) > 0 {
			return ports, nil
		}
		return nil, fmt.Errorf("%s has no port that sends or receives packets", text)
	}
	var ports []*lflow.Port
	for _, e := range resolver.Names().Called(names.Parse(text), func(names.Kind) bool { return true }) {
		ports = append(ports, resolver.MembersOf(e)...)
	}
	if len(ports) == 0 {
		return nil, portErr
	}
	return ports, nil
}

// vifs returns all VIFs, by datapath and key.
func vifs(resolver *address.Resolver) (ports []*lflow.Port) {
	for _, d := range resolver.Network().Datapaths {
		if d.Type != "logical-router" {
			ports = append(ports, resolver.VIFs(d)...)
		}
	}
	return ports
}

// outside returns the ports that lead to a physical network.
func outside(n *lflow.Network, name string) (ports []*lflow.Port, err error) {
	var known []string
	for _, p := range n.Ports() {
		if p.Type != "localnet" {
			continue
		}
		network, _ := p.PhysicalNetwork()
		if network == name {
			ports = append(ports, p)
		}
		if !slices.Contains(known, network) {
			known = append(known, network)
		}
	}
	if len(ports) == 0 {
		slices.Sort(known)
		return nil, fmt.Errorf("physnet:%s: no port leads to the physical network; the database has %s", name, cmp.Or(strings.Join(known, ", "), "none"))
	}
	return ports, nil
}

// inPrefix returns the VIFs that have an address in a prefix.
func inPrefix(resolver *address.Resolver, prefix netip.Prefix) (ports []*lflow.Port, err error) {
	for _, p := range vifs(resolver) {
		if slices.ContainsFunc(resolver.Hosts(p), func(h address.Host) bool {
			return slices.ContainsFunc(h.IPs, func(ip netip.Prefix) bool { return prefix.Contains(ip.Addr()) })
		}) {
			ports = append(ports, p)
		}
	}
	if len(ports) == 0 {
		if prefix.IsSingleIP() {
			field := "ip4.dst"
			if prefix.Addr().Is6() {
				field = "ip6.dst"
			}
			return nil, fmt.Errorf("no port has the address %s; a match such as '%s == %[1]s' selects the packets to an address outside of the network", prefix.Addr(), field)
		}
		return nil, fmt.Errorf("no port has an address in %s", prefix)
	}
	return ports, nil
}

// narrowed is a compiled restriction of packets.
type narrowed struct {
	matcher *expr.Matcher
	fields  map[*packet.Field]bool // the fields that it compares
}

// narrow compiles the match of a question.
func narrow(n *lflow.Network, text string) (*narrowed, error) {
	c := &narrowed{fields: map[*packet.Field]bool{}}
	if text == "" {
		return c, nil
	}
	text, err := n.ExpandMicroflow(text)
	if err != nil {
		return nil, err
	}
	e, err := expr.Parse(text, n.CheckEnv())
	if err != nil {
		return nil, err
	}
	e = expr.Annotate(e)
	expr.Walk(e, func(e expr.Expr) bool {
		if t, ok := e.(*expr.Cmp); ok && t.Symbol.Field != nil {
			c.fields[t.Symbol.Field] = true
		}
		return true
	})
	for f := range c.fields {
		if f.Register && f != packet.Inport || f == packet.CTState || f == packet.CTMark || f == packet.CTLabel {
			return nil, fmt.Errorf("%s is not a field of packets that enter the network", f.Name)
		}
	}
	// Fields that flows on chassis do not compare are compared here.
	c.matcher = expr.Compile(e, struct{ expr.Binder }{n.Binder()})
	return c, nil
}

// set returns the packets that enter a datapath and satisfy the match.
func (c *narrowed) set(x *space) packetset.Set {
	if c.matcher == nil {
		return packetset.All
	}
	return x.m.Match(c.matcher, packetset.NewState(), x.d.Index, x.ports)
}

func (c *narrowed) has(f *packet.Field) bool { return c.fields[f] }

// asked returns the packets of a question that enter by a datapath's ports.
func (x *space) asked(resolver *address.Resolver, q *Question, c *narrowed, ports []*lflow.Port) packetset.Set {
	var sets []packetset.Set
	for _, p := range ports {
		s := by(x.m, p)
		if !q.Spoof && p.Type != "localnet" {
			s = x.m.And(s, own(x.m, resolver.Hosts(p)))
		}
		sets = append(sets, s)
	}
	if !q.Spoof {
		x.assume(resolver, ports)
	}
	s := x.m.And(x.m.And(x.m.Union(sets), sent(x.m, c.has, q.Later)), c.set(x))
	if q.BothWays && !c.has(packet.TCPFlags) {
		s = x.m.And(s, x.m.Or(x.m.Not(tcpOnly(x.m)), x.m.Is(packet.TCPFlags, packet.TCPSYN)))
	}
	return s
}

// assume restricts matches to the addresses of ports, if these are known.
func (x *space) assume(resolver *address.Resolver, ports []*lflow.Port) {
	var macs []packet.Value
	ips := make([][]packet.Value, len(families))
	for _, p := range ports {
		own := addresses(resolver, p)
		if own == nil {
			return
		}
		for _, ip := range own {
			f := familyOf(ip)
			ips[f] = append(ips[f], packet.FromAddr(ip))
		}
		for _, h := range resolver.Hosts(p) {
			macs = append(macs, packet.Uint(h.MAC))
		}
	}
	x.m.Assume(packet.EthSrc, macs)
	for i, f := range families {
		x.m.Assume(f.src, ips[i])
	}
}

// tcpOnly returns the packets of TCP.
func tcpOnly(m *packetset.Manager) packetset.Set {
	ip := m.Or(m.Is(packet.EthType, packet.EthTypeIPv4), m.Is(packet.EthType, packet.EthTypeIPv6))
	return m.And(ip, m.Is(packet.IPProto, packet.ProtoTCP))
}

// maxPairs is the maximum number of pairs of ports for which next hops are found.
const maxPairs = 4096

// addressed returns the packets to ports: to their IP addresses, through the next hop that
// a host has for them if the pairs are few.
func (x *space) addressed(v *view, from, to []*lflow.Port) packetset.Set {
	isFew := len(from)*len(to) <= maxPairs
	var sets []packetset.Set
	for _, p := range to {
		sets = append(sets, x.addressedTo(v.resolver, v.narrowed, from, v.zones.of(p).Hosts(p), isFew))
	}
	return x.m.Union(sets)
}

// addressedTo returns the packets to the hosts of one port.
func (x *space) addressedTo(resolver *address.Resolver, c *narrowed, from []*lflow.Port, to []address.Host, withHop bool) packetset.Set {
	said := c.has(packet.IPv4Dst) || c.has(packet.IPv6Dst) // the question restricts the destination
	var sets []packetset.Set
	for _, h := range to {
		for _, ip := range h.IPs {
			f, typ := packet.IPv6Dst, uint64(packet.EthTypeIPv6)
			if ip.Addr().Is4() {
				f, typ = packet.IPv4Dst, packet.EthTypeIPv4
			}
			s := x.m.Is(packet.EthType, typ)
			if !said {
				s = x.m.And(s, x.m.Equal(f, packet.FromAddr(ip.Addr()), packet.Ones(f.Bits)))
			}
			if !withHop || c.has(packet.EthDst) {
				sets = append(sets, s)
				continue
			}
			for _, sender := range from {
				hop := packetset.All
				if mac, ok := resolver.NextHop(sender, ip.Addr()); ok {
					hop = x.m.Is(packet.EthDst, mac)
				}
				sets = append(sets, x.m.And(x.m.And(s, by(x.m, sender)), hop))
			}
		}
	}
	return x.m.Union(sets)
}

// starts returns the sending ports of a question, by datapath.
func starts(resolver *address.Resolver, q *Question) (out [][]*lflow.Port) {
	from := q.From
	if from == nil {
		from = vifs(resolver)
	}
	byDatapath := map[*lflow.Datapath][]*lflow.Port{}
	for _, p := range from {
		byDatapath[p.Datapath] = append(byDatapath[p.Datapath], p)
	}
	for _, d := range resolver.Network().Datapaths {
		if ports := byDatapath[d]; len(ports) > 0 {
			slices.SortFunc(ports, func(a, b *lflow.Port) int { return int(a.Key) - int(b.Key) })
			out = append(out, ports)
		}
	}
	return out
}
