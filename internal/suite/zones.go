package suite

import (
	"regexp"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/trace"
)

// view adds the views from the other zones, of which resolvers has one each, this
// network's first.
func (n *network) view(resolvers []*address.Resolver) {
	if len(resolvers) < 2 {
		return
	}
	n.peers = []*network{n}
	for _, b := range resolvers[1:] {
		n.peers = append(n.peers, &network{Resolver: b, all: n.all, norths: n.norths, zones: n.zones})
	}
	for _, v := range n.peers {
		v.peers = n.peers
	}
}

// first returns the view that has the data about all zones.
func (n *network) first() *network {
	if n.peers == nil {
		return n
	}
	return n.peers[0]
}

// networks returns the networks of all zones, the view's own first.
func (n *network) networks() []*lflow.Network {
	out := []*lflow.Network{n.Network()}
	for _, v := range n.peers {
		if v != n {
			out = append(out, v.Network())
		}
	}
	return out
}

// Port returns the port of a name: of several zones' the one that has it as its own.
func (n *network) Port(name string) (*lflow.Port, error) {
	port, err := n.Resolver.Port(name)
	if n.peers == nil || err == nil && port.Type != "remote" {
		return port, err
	}
	for _, v := range n.peers {
		if p, err := v.Resolver.Port(name); err == nil && p.Type != "remote" {
			return p, nil
		}
	}
	return port, err
}

// datapath returns the datapath of a trace, nil where no zone has it.
func (n *network) datapath(r *trace.DatapathRef) *lflow.Datapath {
	for _, opened := range n.networks() {
		if d, ok := opened.DatapathOfRef(r); ok {
			return d
		}
	}
	return nil
}

// quotedName is what may be the name of a port in a packet.
var quotedName = regexp.MustCompile(`"([^"\\]*)"`)

// sender returns the view from the zone in which a case's packet starts: that of the port
// that sends it, or else of the first port that the packet names.
func (n *network) sender(k *testCase) *network {
	if n.peers == nil {
		return n
	}
	port := k.from.port
	for _, text := range []string{k.flow.Value, k.packet.Value} {
		for _, m := range quotedName.FindAllStringSubmatch(text, -1) {
			if port == nil {
				port, _ = n.Port(m[1])
			}
		}
	}
	for _, v := range n.peers {
		if port != nil && port.Datapath.Network() == v.Network() {
			return v
		}
		if d := k.test.Datapath.Value; port == nil && d != "" {
			if _, err := v.Datapath(d); err == nil {
				return v
			}
		}
	}
	return n
}

// destination returns the name of the destination of a case's packet, or the address of a port of
// another zone.
func (n *network) destination(k *testCase) (string, error) {
	to := k.to.port
	if n.peers == nil || to == nil || to.Datapath.Network() == n.Network() {
		return k.to.inputName(), nil
	}
	return address.Elsewhere(n.Network(), k.from.inputName(), to.Datapath.Network(), to.Name)
}
