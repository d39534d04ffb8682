package lflow

import (
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// binder resolves the names in flows' matches.
type binder struct {
	n       *Network
	tracked bool // see Flow.isTracked
}

// Port returns the set of keys for a port's name in a match.
func (b binder) Port(name string) expr.PortSet { return b.n.portSet(name) }

// Group returns the ports of a port group on all datapaths.
func (b binder) Group(name string) expr.PortSet { return b.n.boundGroup(name) }

// Resident reports whether a port is on the chassis of Options.Chassis. Without that option
// it reports whether the port exists.
func (b binder) Resident(port string) bool { return b.n.resident(port) }

// Residence returns the numbers of the chassis on which a port is; known is false if packets
// are not on chassis.
func (b binder) Residence(port string) (chassis expr.PortSet, known bool) {
	switch {
	case b.n.residence != nil:
		return b.n.residence(port), true
	case b.n.asChassis:
		return located{b.n, port}, true
	}
	return nil, false
}

// located is the chassis on which a port is resident, see Network.Locate.
type located struct {
	n    *Network
	port string
}

// Has implements expr.PortSet.
func (l located) Has(datapath int, number uint64) bool {
	isResident := l.n.located.Load()
	if number == 0 || isResident == nil {
		return l.n.resident(l.port)
	}
	return (*isResident)(datapath, l.port, number)
}

// Compares reports whether packets are compared by a comparison. Of a nominal field that
// does not fill its bytes, as ip.dscp and ip.ecn, ovn-controller makes a masked
// comparison, and Open vSwitch leaves out one that it has no mask for (mf_set() in
// lib/meta-flow.c): flows on chassis match whatever the field is. It also leaves out one whose
// prerequisites the flow does not compare, as tcp.flags where tcp is the protocol of the connection,
// and one of that protocol with 0, which "not 6" compares bit by bit (nx_put_raw() in lib/nx-match.c).
func (b binder) Compares(e *expr.Cmp) bool {
	if b.tracked && (e.Symbol.Field == packet.TCPFlags || e.Symbol.Field == packet.CTProto && e.Op == expr.NE) {
		return false
	}
	return !b.n.onChassis() || e.Symbol.Level != expr.Nominal || e.Symbol.Width%8 == 0
}

// onChassis reports whether flows are read as on chassis.
func (n *Network) onChassis() bool { return n.residence != nil || n.asChassis }

// groupsIn returns the port groups that a match names.
func (n *Network) groupsIn(e expr.Expr) (groups []*boundGroup) {
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Cmp); ok && c.Group != "" {
			groups = append(groups, n.boundGroup(c.Group))
		}
		return true
	})
	return groups
}

// emptyName is the empty name, which stands for key 0 on every datapath.
type emptyName struct{}

func (emptyName) Has(_ int, key uint64) bool { return key == 0 }

func (emptyName) OnlyKey() (uint64, bool) { return 0, true }

// groupSet is the multicast groups with a name.
type groupSet []*Group

func (s groupSet) Has(datapath int, key uint64) bool {
	for _, g := range s {
		if g.Datapath.Index == datapath {
			return g.Key == key
		}
	}
	return false
}

// leadsNowhere reports whether a port's name stands for key 0 on every datapath.
func (n *Network) leadsNowhere(name string) bool {
	return name == "" || name == "none" && n.Dialect.Has(dialect.PortNamedNone)
}

// portSet returns the keys for a port's name, or nil if there are none.
func (n *Network) portSet(name string) expr.PortSet {
	n.mu.Lock()
	defer n.mu.Unlock()
	if s, ok := n.names[name]; ok {
		return s
	}
	var s expr.PortSet
	if n.leadsNowhere(name) {
		s = emptyName{}
	} else if p, _ := n.FindPort(name); p != nil {
		s = p
	} else if gs := n.groupsNamed[name]; gs != nil {
		s = groupSet(gs)
	}
	n.names[name] = s
	return s
}

// PortKey returns the key of a name in a match or an assignment on a datapath, 0 if it
// has none there, such as the name of a port of another datapath.
func (n *Network) PortKey(d *Datapath, name string) (key uint64, ok bool) {
	p, _ := n.FindPort(name)
	return d.portKey(name, p)
}

// portKey returns the key on the datapath of the name of p, the port that FindPort returns for
// it, or nil.
func (d *Datapath) portKey(name string, p *Port) (key uint64, ok bool) {
	switch {
	case d.n.leadsNowhere(name):
		return 0, true
	case p != nil:
		return p.keyOn(d)
	}
	if g, ok := d.GroupNamed(name); ok {
		return g.Key, true
	}
	return 0, false
}

// keyOn returns the port's key if the port is on the datapath.
func (p *Port) keyOn(d *Datapath) (key uint64, ok bool) {
	if p.Datapath != d {
		return 0, false
	}
	return p.Key, true
}

// datapathGroup returns the name of the row for a datapath's part of a port group in the
// databases of newer releases.
func datapathGroup(tunnelKey int64, name string) string {
	return strconv.FormatInt(tunnelKey, 10) + "_" + name
}

// MicroflowEnv returns the environment for parsing microflows.
func (n *Network) MicroflowEnv() expr.Env {
	return expr.Env{Symbols: n.symbols, Set: n.AddressSet, Group: func(name string) ([]string, bool) {
		if n.Dialect.Has(dialect.PortGroupByDatapath) {
			if ports, ok := n.PortGroup(datapathGroup(0, name)); ok {
				return ports, true
			}
			if !n.Dialect.Has(dialect.PortGroupByName) {
				return nil, false
			}
		}
		return n.PortGroup(name)
	}}
}

// MicroflowPacket returns the packet of a microflow on a datapath. It caches the forms of
// microflows. ok is false if the text must be parsed without the cache.
func (n *Network) MicroflowPacket(d *Datapath, text string) (p packet.Packet, ok bool) {
	return n.microflows.Read(text, n.MicroflowEnv(), expr.MicroflowRulesOf(n.Dialect), func(name string) (uint64, bool) { return n.PortKey(d, name) })
}

// CheckEnv returns the environment for parsing a match written by a user. Port groups have
// the names that they have in flows, independent of datapaths.
func (n *Network) CheckEnv() expr.Env {
	return expr.Env{Symbols: n.symbols, Set: n.AddressSet, Group: func(name string) ([]string, bool) {
		ports, known := n.PortGroup(name)
		for _, d := range n.Datapaths {
			if known {
				break
			}
			if own, ok := n.PortGroup(datapathGroup(d.TunnelKey, name)); ok {
				ports = append(ports, own...)
			}
		}
		return ports, known || ports != nil
	}}
}

// Text returns a match or actions of a flow in both forms that traces show.
func (n *Network) Text(text string) trace.Text {
	if !strings.Contains(text, `"`) && !strings.Contains(text, "/") {
		return trace.Text{Friendly: strings.TrimRight(text, " \t\n\r\v\f"), Plain: text}
	}
	friendly := expr.MapStrings(text, n.symbols, func(s string) (string, bool) {
		p := n.port(s)
		if p == nil {
			return "", false
		}
		return p.short, true
	})
	return trace.Text{Friendly: friendly, Plain: text}
}
