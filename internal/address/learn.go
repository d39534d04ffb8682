package address

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// maxTable is the highest number that a table of a pipeline has in any release.
const maxTable = 63

// addressesFromFlows finds a port's addresses in the logical flows: the switch's flow that
// sends an Ethernet address to the port reports that address; the routers' flows
// that resolve an IP address to it, and the switch's that answer for it, give
// the IP addresses.
func (b *Resolver) addressesFromFlows(p *lflow.Port) []Host {
	var hosts []Host
	to := "outport = " + expr.Quote(p.Name) + ";"
	b.eachEquality(p.Datapath, to, func(c *expr.Cmp) {
		const multicast = 1 << 40
		if c.Symbol.Field == packet.EthDst && c.Mask == packet.Ones(48) && c.Value.Lo&multicast == 0 {
			if !slices.ContainsFunc(hosts, func(h Host) bool { return h.MAC == c.Value.Lo }) {
				hosts = append(hosts, Host{MAC: c.Value.Lo})
			}
		}
	})
	for i := range hosts {
		b.ipsFromFlows(p.Datapath, "eth.src = "+packet.EthSrc.Format(packet.Uint(hosts[i].MAC))+";", &hosts[i])
		for _, g := range b.routerPorts(p.Datapath) {
			b.ipsFromFlows(g.port.Datapath, "eth.dst = "+packet.EthDst.Format(packet.Uint(hosts[i].MAC))+";", &hosts[i])
		}
	}
	return hosts
}

// ipsFromFlows adds the addresses that flows name whose actions hold a text.
func (b *Resolver) ipsFromFlows(d *lflow.Datapath, action string, h *Host) {
	b.eachEquality(d, action, func(c *expr.Cmp) {
		var ip netip.Addr
		switch c.Symbol.Name {
		case "arp.tpa", "reg0":
			if c.Mask == packet.Ones(32) {
				ip = c.Value.Addr4()
			}
		case "nd.target", "xxreg0":
			if c.Mask == packet.Ones(128) {
				ip = c.Value.Addr16()
			}
		}
		p := netip.PrefixFrom(ip, ip.BitLen())
		if ip.IsValid() && !slices.Contains(h.IPs, p) {
			h.IPs = append(h.IPs, p)
		}
	})
}

// eachEquality calls f for every test for equality in the matches of a datapath's
// ingress flows whose actions hold a text.
func (b *Resolver) eachEquality(d *lflow.Datapath, action string, f func(*expr.Cmp)) {
	env := expr.Env{Symbols: b.n.Symbols(), Set: b.n.AddressSet, DeferGroups: true}
	for table := range maxTable + 1 {
		for _, flow := range b.n.Flows(d, lflow.Ingress, table) {
			if !strings.Contains(flow.ActionsText(), action) {
				continue
			}
			e, err := expr.ParseFlow(flow.MatchText(), env)
			if err != nil {
				continue // a flow that does not parse is reported by a walk
			}
			expr.Walk(e, func(e expr.Expr) bool {
				if c, ok := e.(*expr.Cmp); ok && c.Op == expr.EQ {
					f(c)
				}
				return true
			})
		}
	}
}
