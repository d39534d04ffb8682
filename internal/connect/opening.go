package connect

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
)

// Opening describes the first packet of a connection and its sender.
type Opening struct {
	// Probe describes the packet.  From is a port, physnet:NAME for a host on the
	// physical network NAME, or physnet for one on the only one.
	address.Probe

	// Microflow is all of the packet, in the match language, instead of Probe.
	Microflow string

	// Chassis is the chassis from which the packet is sent, for a port that several have;
	// "" is the one that the port is bound to.
	Chassis string
}

// First is the first packet of a connection.
type First struct {
	From   Source
	Packet packet.Packet

	// Microflow is the packet of the probe in the match language.
	Microflow string

	Assumed  []string // assumptions about fields that the opening does not specify
	Warnings []string
}

// physnet is the prefix of From for packets from a physical network.
const physnet = "physnet"

// errUndirected means that a probe has no destination.
var errUndirected = errors.New("the connection has no destination: name a port, an object or an IP address, or ip4.dst or ip6.dst in the packet")

// First returns the first packet.  The error is one of address.Resolve or sim.Start, a
// *cluster.UnknownChassisError, or names the part of the opening that is not in the databases.
func (o Opening) First(c *cluster.Cluster) (*First, error) {
	c.Lock()
	defer c.Unlock()
	f := &First{}
	if o.Chassis != "" {
		if f.From.Chassis = c.Named(o.Chassis); f.From.Chassis == nil {
			return nil, c.Unknown(o.Chassis)
		}
	}
	if network, ok := o.network(); ok {
		ln, err := outsidePort(c, network)
		if err != nil {
			return nil, err
		}
		f.From, o.From = Source{Network: ln.Network}, ln.Port.Name
		if err := o.makeOut(f, c, ln.Port.Datapath.Network()); err != nil {
			return nil, err
		}
		return f, nil
	}
	var failure error
	for _, z := range o.senders(c) {
		if !z.Enter() {
			failure = cmp.Or(failure, c.Failure())
			continue
		}
		switch err := o.makeOut(f, c, z.Network); {
		case err != nil:
			failure = cmp.Or(failure, err)
		case f.From.Network != "":
			return f, nil
		case f.From.Port.Type == "remote":
			failure = cmp.Or(failure, fmt.Errorf("port %s is remote in the databases that are given: give that of its zone", f.From.Port.Name))
		default:
			if err := o.place(f, c); err != nil {
				return nil, err
			}
			return f, nil
		}
	}
	return nil, failure
}

// place sets the chassis from which the packet is sent.  It returns an error if the port is on
// several chassis and the opening names none of them.
func (o *Opening) place(f *First, c *cluster.Cluster) error {
	port := f.From.Port
	if o.Chassis == "" && port.Type != "localport" {
		return nil
	}
	b := c.ZoneOf(port.Datapath.Network()).Binding(port)
	var has []*cluster.Chassis
	var names []string
	for _, h := range c.Chassis {
		if !h.Remote && h.Local(b) {
			has, names = append(has, h), append(names, h.Name)
		}
	}
	switch {
	case o.Chassis == "" && len(has) > 1:
		return fmt.Errorf("port %s is on chassis %s: choose the one that sends the packet", port.DisplayName(true), strings.Join(names, ", "))
	case o.Chassis == "" && len(has) == 1:
		f.From.Chassis = has[0]
	case o.Chassis != "" && !slices.Contains(has, f.From.Chassis):
		return fmt.Errorf("port %s is not on chassis %s, but on %s", port.DisplayName(true), f.From.Chassis.Name, cmp.Or(strings.Join(names, ", "), "none"))
	}
	return nil
}

// network returns the physical network that From names, "" for the only one.
func (o *Opening) network() (name string, is bool) {
	name, is = strings.CutPrefix(o.From, physnet)
	if !is || name == "" {
		return "", is
	}
	return strings.CutPrefix(name, ":")
}

// makeOut resolves the first packet in the network of one zone.
func (o Opening) makeOut(f *First, c *cluster.Cluster, n *lflow.Network) (err error) {
	f.Assumed, f.Warnings = nil, nil
	r := sim.Request{Microflow: o.Microflow}
	if o.Microflow == "" {
		a, err := address.NewResolver(n).Resolve(o.Probe)
		if _, ok := errors.AsType[*address.UnknownError](err); ok && len(c.Zones) > 1 {
			if o.To, err = elsewhere(c, n, o.From, o.To); err == nil {
				a, err = address.NewResolver(n).Resolve(o.Probe)
			}
		}
		if err != nil {
			return err
		}
		if a.Undirected {
			return errUndirected
		}
		r = a.Request(sim.Choices{})
		f.Microflow, f.Assumed = a.Microflow, a.Assumed
	}
	d, p, warnings, err := sim.Start(n, r)
	if err != nil {
		return err
	}
	for _, w := range warnings {
		f.Warnings = append(f.Warnings, w.Text)
	}
	if f.From.Network == "" {
		var ok bool
		if f.From.Port, ok = d.Port(p.Uint(packet.Inport)); !ok {
			return errors.New("the packet has no inport: name one, or the port that sends it")
		}
	}
	if b := c.ZoneOf(n).Binding(f.From.Port); b != nil && b.Network != "" {
		f.From = Source{Network: b.Network} // the network of the localnet port
	}
	f.Assumed = append(f.Assumed, Complete(&p)...)
	f.Packet = p
	return nil
}

// ParseNeighbor parses the IP address of a host, returned as IPv4 mapped into IPv6, and its
// Ethernet address.
func ParseNeighbor(ip, mac string) (packet.Value, uint64, error) {
	addr, err := netip.ParseAddr(ip)
	m, ok := packet.ParseMAC(mac)
	switch {
	case err != nil || addr.Zone() != "":
		return packet.Value{}, 0, fmt.Errorf("%q is not an IP address", ip)
	case !ok:
		return packet.Value{}, 0, fmt.Errorf("%q is not an Ethernet address", mac)
	case addr.Is4():
		return packet.MapIPv4(packet.FromAddr(addr).Lo), m, nil
	}
	return packet.FromAddr(addr), m, nil
}

// outsidePort returns a localnet port of a physical network: preferably one with that network
// name before those that are connected to it, and without a name one without a VLAN.
func outsidePort(c *cluster.Cluster, network string) (*cluster.Binding, error) {
	names := c.Networks()
	known := strings.Join(names, ", ")
	preferred := func(b *cluster.Binding) bool { return b.Network == network }
	var found *cluster.Binding
	if network == "" {
		if len(names) == 0 || slices.ContainsFunc(names, func(name string) bool { return !c.Joined(name, names[0]) }) {
			return nil, fmt.Errorf("%s: the database has %d physical networks (%s); name one, as physnet:NAME", physnet, len(names), known)
		}
		network = names[0]
		preferred = func(b *cluster.Binding) bool { return b.Tag == 0 }
	}
	for _, h := range c.Chassis {
		for _, b := range h.Attached(network) {
			if preferred(b) {
				return b, nil
			}
			found = cmp.Or(found, b)
		}
	}
	if all := c.Leading(network); found == nil && len(all) > 0 {
		found = all[max(0, slices.IndexFunc(all, preferred))]
	}
	if found == nil {
		return nil, fmt.Errorf("%s:%s: no port leads to that physical network; the database has %s", physnet, network, cmp.Or(known, "none"))
	}
	return found, nil
}

// quotedName matches strings in a microflow, which may be names of ports.
var quotedName = regexp.MustCompile(`"([^"\\]*)"`)

// senders returns the zones that may have the port that sends the packet.  If none has it, it
// returns the zone with the most helpful error.
func (o *Opening) senders(c *cluster.Cluster) (all []*cluster.Zone) {
	if o.From != "" {
		all = c.Holding(o.From)
	} else {
		for _, m := range quotedName.FindAllStringSubmatch(o.Microflow, -1) {
			all = append(all, c.Holding(m[1])...)
		}
	}
	for _, may := range []func(*cluster.Zone) bool{
		func(z *cluster.Zone) bool { return z.HasPort(o.From) },
		func(z *cluster.Zone) bool { return z.Network != nil },
		func(*cluster.Zone) bool { return true },
	} {
		if i := slices.IndexFunc(c.Zones, may); i >= 0 && all == nil {
			all = c.Zones[i : i+1]
		}
	}
	return all
}

// elsewhere returns the IP address of a port in another zone, in the family of the sender's
// addresses.
func elsewhere(c *cluster.Cluster, n *lflow.Network, from, to string) (string, error) {
	if _, err := netip.ParseAddr(to); err == nil || to == "" || n.HasPort(to) {
		return to, nil
	}
	for _, z := range c.Holding(to) {
		if z.Network == n || !z.Enter() {
			continue
		}
		if ip, err := address.Elsewhere(n, from, z.Network, to); ip != "" || err != nil {
			return cmp.Or(ip, to), err
		}
	}
	return to, nil
}
