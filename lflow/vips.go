package lflow

import (
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/ovstext"
	"github.com/ovnwalk/ovnwalk/packet"
)

// VIP is a virtual address of a load balancer.
type VIP struct {
	Text string // the address in canonical form, with its scope and without the port
	Addr packet.Value
	IPv6 bool
	Port uint16 // 0 for every port
}

// vips are the VIPs of load balancers, read on first use.
type vips struct {
	once   sync.Once
	all    []VIP
	byAddr map[vipKey]int // the first with each address
}

// vipKey identifies a VIP in a lookup.
type vipKey struct {
	addr packet.Value
	ipv6 bool
}

func (n *Network) loadVIPs() {
	n.vips.byAddr = map[vipKey]int{}
	t := n.db.Table("Load_Balancer")
	column, _ := t.Col("vips")
	for _, r := range idlOrder(t) {
		var keys []string
		for k := range r.Map(column) {
			keys = append(keys, k)
		}
		for _, k := range smapOrder(keys) {
			v, ok := parseVIP(k)
			if !ok || strings.Contains(v.Text, "%") && !n.Dialect.Has(dialect.VIPScope) {
				continue
			}
			key := vipKey{v.Addr, v.IPv6}
			if _, ok := n.vips.byAddr[key]; !ok {
				n.vips.byAddr[key] = len(n.vips.all)
			}
			n.vips.all = append(n.vips.all, v)
		}
	}
}

// VIP returns the first VIP, in the order of ovn-trace(8), that equals one of two addresses: a
// packet's original destination as IPv4 and as IPv6.
func (n *Network) VIP(v4, v6 packet.Value) (VIP, bool) {
	n.vips.once.Do(n.loadVIPs)
	i, ok := n.vips.byAddr[vipKey{v4, false}]
	if j, ok6 := n.vips.byAddr[vipKey{v6, true}]; ok6 && (!ok || j < i) {
		i, ok = j, true
	}
	if !ok {
		return VIP{}, false
	}
	return n.vips.all[i], true
}

// VIPs returns the VIPs in the order of ovn-trace(8). The caller must not change the slice.
func (n *Network) VIPs() []VIP {
	n.vips.once.Do(n.loadVIPs)
	return n.vips.all
}

// parseVIP parses the key of a load balancer's VIP.
func parseVIP(s string) (VIP, bool) {
	t, err := ovstext.ParseTarget(s)
	if err != nil {
		return VIP{}, false
	}
	return VIP{Text: t.Address(), Addr: packet.FromAddr(t.Addr), IPv6: t.Addr.Is6(), Port: t.Port}, true
}
