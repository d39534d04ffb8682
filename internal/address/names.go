package address

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/names"
	"github.com/ovnwalk/ovnwalk/internal/ovstext"
	"github.com/ovnwalk/ovnwalk/internal/similar"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Names returns the index of the objects that the system behind the network has.
func (b *Resolver) Names() *names.Index { return b.names }

// UseNames has objects looked up in an index that has more than the network's own
// southbound database does.
func (b *Resolver) UseNames(index *names.Index) { b.names = index }

// end is one end of a connection: a port, or an address without one.
type end struct {
	port *lflow.Port
	ip   netip.Addr
	text string // the name that is the end's alone, and what distinguishes it
}

// portNamed returns the port of an object, or the one with an address, by a name that a user wrote:
// pod:shop/web, vm:web1, 10.0.1.11. It returns nil for an unknown name and for an end that is not a
// port.
func (b *Resolver) portNamed(text string) (*lflow.Port, error) {
	ends, err := b.ends(text)
	if err != nil {
		return nil, err
	}
	e, err := oneEnd(text, ends)
	if e == nil || err != nil {
		return nil, err
	}
	return e.port, nil
}

// isEnd reports whether objects of a kind are looked up as one end, also if the lookup returns an error
// for several.
func isEnd(k names.Kind) bool { return slices.Contains(names.Prefixes(), k) }

// ends returns the ends that match a name. Services have none. It returns an *Error if a name is
// ambiguous, and an *UnknownError if it has a prefix and nothing matches.
func (b *Resolver) ends(text string) (out []end, err error) {
	if ports, is := b.portsAt(text); is {
		for _, p := range ports {
			out = append(out, end{port: p, text: describePort(p)})
		}
		return out, nil
	}
	n := names.Parse(text)
	found := b.names.Called(n, isEnd)
	var many []*names.Entry
	for _, e := range found {
		if !e.Kind.IsEnd() {
			many = append(many, e)
			continue
		}
		out = b.addEnd(out, e)
	}
	switch {
	case len(out) > 0:
		return out, nil
	case len(many) > 0:
		return nil, b.manyError(text, many)
	case len(found) > 0 && found[0].Kind == names.Service:
		return nil, &Error{fmt.Sprintf("%s is a service, to which packets go; give a port here, such as that of a pod", text)}
	case len(found) > 0: // it is another zone's
		return nil, &UnknownError{Kind: "port or address of", Name: text}
	case n.Network != "":
		return nil, b.networkError(n)
	case n.Kind != "":
		return nil, &UnknownError{Kind: n.Kind.Word(), Name: text, Similar: similar.Names(text, b.objectNames(text))}
	}
	return nil, nil
}

// networkError returns the error for a name whose network is none of the object's.
func (b *Resolver) networkError(n names.Name) error {
	text := n.Text
	n.Network = ""
	networks := uniqueTexts(b.names.Called(n, isEnd), func(e *names.Entry) string {
		if len(e.Networks) > 0 {
			return e.Networks[0]
		}
		return names.DefaultNetwork
	})
	if len(networks) == 0 {
		return &UnknownError{Kind: cmp.Or(n.Kind.Word(), "logical port"), Name: text, Similar: similar.Names(text, b.objectNames(text))}
	}
	return &Error{fmt.Sprintf("%s is in no network of that name; it is in %s", text, strings.Join(networks, ", "))}
}

// addEnd adds the end of a row, unless it is present. The end of a node is its management port if one is
// bound, else its external address.
func (b *Resolver) addEnd(out []end, e *names.Entry) []end {
	if e.Port == nil || e.Port.Datapath.Network() != b.n {
		return out
	}
	x := end{port: e.Port}
	if e.Kind == names.Node {
		switch {
		case e.Role == names.Management && e.Port.Type == "":
		case e.Role == names.Outside && !slices.ContainsFunc(out, func(x end) bool { return x.port != nil }):
			hosts := b.Hosts(e.Port)
			if !hasAddress(hosts) {
				return out
			}
			x.port, x.ip = nil, first(hosts).IPs[0].Addr()
		default:
			return out
		}
		if x.port != nil { // instead of the address outside
			out = slices.DeleteFunc(out, func(x end) bool { return x.port == nil })
		}
	}
	if slices.ContainsFunc(out, func(y end) bool { return x.port != nil && y.port == x.port || x.port == nil && y.ip == x.ip }) {
		return out
	}
	x.text = string(e.Kind) + ":" + e.Short()
	switch {
	case len(e.Networks) > 0 && e.System != "Neutron":
		x.text += "@" + e.Networks[0]
	case e.Kind == names.Pod && e.System == "ovn-kubernetes":
		x.text += "@" + names.DefaultNetwork
	}
	x.text += " (" + describePort(e.Port) + ")"
	return append(out, x)
}

// oneEnd returns the one end that a name fits, nil for none.
func oneEnd(text string, ends []end) (*end, error) {
	switch len(ends) {
	case 0:
		return nil, nil
	case 1:
		return &ends[0], nil
	}
	return nil, ambiguous("name", text, "one that is unique, or a logical port", ends, func(x end) string { return x.text })
}

// manyError refuses a name of many, and lists some of them.
func (b *Resolver) manyError(text string, many []*names.Entry) error {
	var ports []string
	for _, e := range many {
		for _, p := range b.MembersOf(e) {
			if name := b.nameOfPort(p); !slices.Contains(ports, name) {
				ports = append(ports, name)
			}
		}
	}
	slices.Sort(ports)
	msg := fmt.Sprintf("%s is a %s, which is many, and one end is wanted", text, many[0].Kind.Word())
	if len(ports) > 0 {
		more := ""
		if len(ports) > maxListed {
			more = fmt.Sprintf(" and %d more", len(ports)-maxListed)
		}
		msg += "; give one of: " + strings.Join(ports[:min(maxListed, len(ports))], ", ") + more
	}
	return &Error{msg}
}

// nameOfPort returns the name of a port's object, or the port's own.
func (b *Resolver) nameOfPort(p *lflow.Port) string {
	if o, ok := b.names.OfPort(p); ok && o.Kind.IsEnd() {
		return string(o.Kind) + ":" + o.Short()
	}
	return p.DisplayName(true)
}

// MembersOf returns the VIFs of the object of a row: the row's own port, or those of its switch or port
// group.
func (b *Resolver) MembersOf(e *names.Entry) []*lflow.Port {
	switch {
	case e.Port != nil && e.Port.Datapath.Network() != b.n, e.Datapath != nil && e.Datapath.Network() != b.n:
	case e.Port != nil && e.Port.Type == "":
		return []*lflow.Port{e.Port}
	case e.Datapath != nil && e.Datapath.Type == router:
		return e.Datapath.Ports()
	case e.Datapath != nil:
		return b.VIFs(e.Datapath)
	case e.Row.Table().Name() == "Port_Group":
		ports, _ := b.Group(e.Row.Text("name"))
		return ports
	}
	return nil
}

// objectNames returns the names of objects that a name may have been meant for:
// with the prefix if the name has one.
func (b *Resolver) objectNames(text string) (out []string) {
	n := names.Parse(text)
	for _, k := range names.Prefixes() {
		if n.Kind != "" && n.Kind != k || n.Kind == "" && !k.IsEnd() {
			continue
		}
		for _, name := range b.names.Names(k) {
			if n.Kind == "" {
				name = strings.TrimPrefix(name, string(k)+":")
			}
			out = append(out, name)
		}
	}
	return out
}

// portsAt returns the switches' ports that have an IP or Ethernet address; is
// reports whether a text is one.
func (b *Resolver) portsAt(text string) (out []*lflow.Port, is bool) {
	ip, err := netip.ParseAddr(text)
	mac, isMAC := packet.ParseMAC(text)
	if (err != nil || ip.Zone() != "") && !isMAC {
		return nil, false
	}
	if isMAC {
		return slices.Clip(b.given()[mac]), true
	}
	return slices.Clip(b.given()[ip]), true
}

// givenAddresses returns the switches' ports by each of their IP addresses, as
// netip.Addr, and Ethernet addresses, as uint64.
func givenAddresses(n *lflow.Network) map[any][]*lflow.Port {
	at := map[any][]*lflow.Port{}
	add := func(key any, p *lflow.Port) {
		if list := at[key]; len(list) == 0 || list[len(list)-1] != p {
			at[key] = append(list, p)
		}
	}
	for _, p := range n.Ports() {
		if p.Datapath.Type == router || p.Peer != nil {
			continue
		}
		for _, given := range p.AddressTexts() {
			if a, _, ok := ovstext.ParseAddresses(given); ok {
				add(a.MAC, p)
				for _, ip := range a.IPs {
					add(ip.Addr(), p)
				}
			}
		}
	}
	return at
}

// named replaces names of objects in a probe by what flows know: ports, addresses
// and numbers of transport ports.
func (b *Resolver) named(p Probe) (Probe, error) {
	if p.From != "" && !b.n.HasPort(p.From) {
		if _, is := b.portsAt(p.From); is && len(b.portsCalled(p.From)) == 0 {
			port, err := b.portNamed(p.From)
			if err != nil {
				return p, err
			}
			if port == nil {
				return p, &UnknownError{Kind: "port with the address", Name: p.From}
			}
			p.From, p.Packet = port.Name, b.fromAddress(port, p)
		}
	}
	if p.To == "" || b.n.HasPort(p.To) {
		return p, nil
	}
	if at, err := netip.ParseAddrPort(p.To); err == nil {
		p.To = at.Addr().String()
		p.Proto, err = withPort(p.Proto, b.protoOf(at), at.Port())
		return p, err
	}
	if _, is := b.portsAt(p.To); is || len(b.portsCalled(p.To)) > 0 {
		if _, isMAC := packet.ParseMAC(p.To); isMAC {
			port, err := b.Port(p.To)
			if port != nil {
				p.To = port.Name
			}
			return p, err
		}
		return p, nil
	}
	n := names.Parse(p.To)
	services := b.services(n)
	ends, err := b.ends(p.To)
	switch {
	case len(services) > 0 && len(ends) > 0:
		return p, &AmbiguousError{Kind: "name", Name: p.To, Give: "one of", Candidates: []string{ends[0].text, services[0].text()}}
	case len(services) > 0:
		return b.toService(p, n, services)
	case err != nil:
		return p, err
	}
	e, err := oneEnd(p.To, ends)
	switch {
	case err != nil || e == nil:
		return p, err
	case e.port != nil:
		p.To = e.port.Name
	default:
		p.To = e.ip.String()
	}
	return p, nil
}

// Resolves reports whether a name is that of something to which a packet can go: a port,
// a service, an address with a port.
func (b *Resolver) Resolves(name string) bool {
	if _, err := netip.ParseAddrPort(name); err == nil || b.IsService(name) {
		return true
	}
	if _, err := b.Port(name); err == nil {
		return true
	}
	ends, err := b.ends(name)
	return err == nil && len(ends) > 0
}

// IsService reports whether a name is that of a service.
func (b *Resolver) IsService(name string) bool { return len(b.services(names.Parse(name))) > 0 }

// fromAddress returns a probe's conditions on its packet, with the source address if it is not the first
// of the port.
func (b *Resolver) fromAddress(port *lflow.Port, p Probe) string {
	ip, err := netip.ParseAddr(p.From)
	if err != nil {
		return p.Packet
	}
	f, field := ipv4, "ip4.src"
	if !ip.Is4() {
		f, field = ipv6, "ip6.src"
	}
	for _, h := range b.Hosts(port) {
		if usual, ok := h.address(f); ok && usual == ip && (f == ipv4 || !hasFamily(b.Hosts(port), ipv4)) {
			return p.Packet
		}
	}
	clause := field + " == " + ip.String()
	if p.Packet == "" {
		return clause
	}
	return clause + " && (" + p.Packet + ")"
}

// withPort returns a protocol with a destination port that something else names.
func withPort(proto, usual string, port uint16) (string, error) {
	word, rest, has := strings.Cut(proto, ":")
	number := strconv.Itoa(int(port))
	switch {
	case proto == "":
		return usual + ":" + number, nil
	case word != "tcp" && word != "udp" && word != "sctp":
		return "", &Error{fmt.Sprintf("protocol %s: it has no ports, and the destination names port %s", proto, number)}
	case !has:
		return word + ":" + number, nil
	}
	if dst, _, _ := strings.Cut(rest, ":"); dst != number {
		return "", &Error{fmt.Sprintf("protocol %s: the destination names port %s; give one of them", proto, number)}
	}
	return proto, nil
}
