package diff

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// maxPorts is how many ports of a protocol are sent to: those that most flows
// name.
const maxPorts = 16

// unnamed are destination ports, of which packets are also sent to the first that no flow names.
var unnamed = []uint64{33434, 33435, 33436, 33437, 33438, 33439}

// protos returns the protocols to send: pings, and TCP and UDP to the ports that
// flows of either network name.
func (p *planner) protos() []string {
	counts := newPortCounts()
	for _, s := range p.sides {
		for proto, of := range s.ports() {
			for port, n := range of {
				counts[proto][port] += n
			}
		}
	}
	out := []string{"icmp"}
	for _, proto := range []string{"tcp", "udp"} {
		of := counts[proto]
		ports := slices.SortedFunc(maps.Keys(of), func(a, b uint64) int { return cmp.Or(cmp.Compare(of[b], of[a]), cmp.Compare(a, b)) })
		if len(ports) > maxPorts {
			p.note("of %d %s ports that flows name, the %d that most flows name were sent to", len(ports), strings.ToUpper(proto), maxPorts)
			ports = ports[:maxPorts]
		}
		for _, other := range unnamed {
			if of[other] == 0 {
				ports = append(ports, other)
				break
			}
		}
		slices.Sort(ports)
		for _, port := range ports {
			out = append(out, fmt.Sprintf("%s:%d", proto, port))
		}
	}
	return out
}

// portCounts is how many matches name a destination port, by protocol and number.
type portCounts map[string]map[uint64]int

func newPortCounts() portCounts { return portCounts{"tcp": {}, "udp": {}} }

// namedPorts returns how many comparisons flows make with each destination port.
func namedPorts(n *lflow.Network) portCounts {
	counts := newPortCounts()
	seen := map[string]bool{} // matches that were read
	n.Search(func(r lflow.FlowRow) bool {
		match := r.Match()
		if !strings.Contains(match, "tcp.dst") && !strings.Contains(match, "udp.dst") || seen[match] {
			return false
		}
		seen[match] = true
		e, err := expr.ParseFlow(match, n.FlowEnv())
		if err != nil {
			return false // vet reports it
		}
		expr.Walk(e, func(e expr.Expr) bool {
			if c, ok := e.(*expr.Cmp); ok {
				proto, field, _ := strings.Cut(c.Symbol.Name, ".")
				if of := counts[proto]; of != nil && field == "dst" {
					of[c.Value.Lo]++
				}
			}
			return true
		})
		return false
	})
	return counts
}

// external returns the addresses that NAT and load balancers translate: those
// that a flow compares the destination with whose actions hand the packet to
// them.  They are sorted.
func external(n *lflow.Network) (ips []string) {
	seen := map[string]bool{}
	n.Search(func(r lflow.FlowRow) bool {
		actions, match := r.Actions(), r.Match()
		handed := strings.Contains(actions, "ct_dnat") || strings.Contains(actions, "ct_snat") || strings.Contains(actions, "ct_lb")
		if !handed || !strings.Contains(match, ".dst == ") || seen[match] {
			return false
		}
		seen[match] = true
		e, err := expr.ParseFlow(match, n.FlowEnv())
		if err != nil {
			return false
		}
		expr.Walk(e, func(e expr.Expr) bool {
			c, ok := e.(*expr.Cmp)
			switch {
			case !ok || c.Op != expr.EQ:
			case c.Symbol.Field == packet.IPv4Dst && c.Mask == packet.Ones(32):
				ips = append(ips, c.Value.Addr4().String())
			case c.Symbol.Field == packet.IPv6Dst && c.Mask == packet.Ones(128):
				ips = append(ips, c.Value.Addr16().String())
			}
			return true
		})
		return false
	})
	slices.Sort(ips)
	return slices.Compact(ips)
}
