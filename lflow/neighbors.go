package lflow

import (
	"slices"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/ovstext"
	"github.com/ovnwalk/ovnwalk/packet"
)

// staticMAC is a row of Static_MAC_Binding.
type staticMAC struct {
	Learned
	overrides bool
}

// statics are the rows of Static_MAC_Binding by datapath, read when one is first looked up.
type statics struct {
	once sync.Once
	of   map[*Datapath][]staticMAC
}

func (d *Datapath) statics() []staticMAC {
	n := d.Network()
	n.statics.once.Do(func() {
		n.statics.of = map[*Datapath][]staticMAC{}
		t := n.db.Table("Static_MAC_Binding")
		port, _ := t.Col("logical_port")
		ip, _ := t.Col("ip")
		mac, _ := t.Col("mac")
		override, _ := t.Col("override_dynamic_mac")
		for _, r := range idlOrder(t) {
			p := n.port(r.String(port))
			addr, okIP := parseIP(r.String(ip))
			m, okMAC := ovstext.ParseEthernet(r.String(mac))
			if p != nil && okIP && okMAC {
				n.statics.of[p.Datapath] = append(n.statics.of[p.Datapath], staticMAC{Learned{p.Key, addr, m}, r.Bool(override)})
			}
		}
	})
	return n.statics.of[d]
}

// StaticMAC returns the Ethernet address that is configured for an IP address (IPv4 mapped into
// IPv6) on a port, and whether it overrides a learned one. Chassis use it; ovn-trace(8) does
// not.
func (d *Datapath) StaticMAC(port uint64, ip packet.Value) (mac uint64, overrides, ok bool) {
	want := Learned{IP: ip, Port: port & 0xffff}
	for _, s := range d.statics() {
		if s.compare(want) == 0 {
			return s.MAC, s.overrides, true
		}
	}
	return 0, false, false
}

// Neighbor returns the configured or learned Ethernet address of an IP address on a port, as on
// chassis.
func (d *Datapath) Neighbor(port uint64, ip packet.Value) (mac uint64, ok bool) {
	static, overrides, configured := d.StaticMAC(port, ip)
	if learned, ok := d.MACBinding(port, ip); ok && !overrides {
		return learned, true
	}
	return static, configured
}

// Neighbors returns configured and learned bindings, as on chassis, in the form of MACBindings.
func (d *Datapath) Neighbors() []Learned {
	all := d.statics()
	if len(all) == 0 {
		return d.MACBindings()
	}
	var first, last []Learned
	for _, s := range all {
		if s.overrides {
			first = append(first, s.Learned)
		} else {
			last = append(last, s.Learned)
		}
	}
	out := slices.Concat(first, d.MACBindings(), last)
	slices.SortStableFunc(out, Learned.compare)
	return out
}
