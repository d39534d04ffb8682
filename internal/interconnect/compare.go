package interconnect

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// Zone is a zone and its database.
type Zone struct {
	*lflow.Zone
	Network *lflow.Network
}

// Compare returns the differences between a datapath and the datapath of another zone to which its
// tunnels lead.
func Compare(d *lflow.Datapath, here, other Zone) (found []Problem) {
	report := func(kind Kind, port, instead string) {
		found = append(found, Problem{Kind: kind, Zone: here.String(), Other: other.String(), Datapath: d.DisplayName(true), Port: port, Found: instead})
	}
	if apart := here.apart(other); apart > maxApart {
		found = append(found, Problem{Kind: RecordedApart, Zone: here.String(), Other: other.String(), Apart: apart})
	}
	e, ok := other.Network.DatapathOf(d.TunnelKey)
	if !ok || e.Name != d.Name {
		instead := ""
		if e != nil {
			instead = e.DisplayName(true)
		}
		report(DatapathKeys, "", instead)
		return found
	}
	theirs := map[string]string{} // addresses to ports
	for _, p := range e.Ports() {
		for _, ip := range addresses(p) {
			theirs[ip] = p.Name
		}
	}
	for _, p := range d.Ports() {
		if other.has(p) {
			at, ok := e.Port(p.Key)
			switch {
			case ok && at.Name == p.Name:
			case !other.Network.HasPort(p.Name):
				report(UnknownRemote, p.DisplayName(true), "")
			case !ok:
				report(PortKeys, p.DisplayName(true), "")
			default:
				report(PortKeys, p.DisplayName(true), at.DisplayName(true))
			}
		}
		for _, ip := range addresses(p) {
			if name, ok := theirs[ip]; ok && name != p.Name {
				report(AddressTwice, p.DisplayName(true), ip)
			}
		}
	}
	return found
}

// CompareAll returns the differences between zones, in their order.
func CompareAll(zones []Zone) (found []Problem) {
	for i, here := range zones {
		found = append(found, here.missing(zones)...)
		for _, other := range zones[i+1:] {
			found = append(found, Claims(here, other)...)
		}
		found = append(found, here.routesGone()...)
		for j, other := range zones {
			for _, d := range here.Network.Datapaths {
				if i == j || !slices.ContainsFunc(d.Ports(), func(p *lflow.Port) bool { return other.has(p) }) {
					continue
				}
				for _, p := range Compare(d, here, other) {
					if !slices.ContainsFunc(found, p.sameAs) {
						found = append(found, p)
					}
				}
			}
		}
	}
	return found
}

// sameAs reports whether two problems are the same, found from either zone.
func (p Problem) sameAs(q Problem) bool {
	if p == q {
		return true
	}
	switch p.Kind {
	case RecordedApart:
		return q.Kind == p.Kind && p.Zone == q.Other && p.Other == q.Zone
	case AddressTwice:
		return q.Kind == p.Kind && p.Zone == q.Other && p.Other == q.Zone && p.Found == q.Found && p.Datapath == q.Datapath
	default: // found from one zone only
		return false
	}
}

// Claims returns the chassis that two zones both have as their own.
func Claims(first, second Zone) (found []Problem) {
	for _, c := range first.Own() {
		if slices.ContainsFunc(second.Own(), func(o lflow.ZoneChassis) bool { return o.Name == c.Name }) {
			found = append(found, Problem{Kind: ClaimedTwice, Zone: first.String(), Other: second.String(), Found: c.Node()})
		}
	}
	return found
}

// missing returns the nodes of other zones whose database is not given.
func (z Zone) missing(zones []Zone) (found []Problem) {
	for _, c := range z.Chassis {
		given := slices.ContainsFunc(zones, func(o Zone) bool {
			return slices.ContainsFunc(o.Own(), func(own lflow.ZoneChassis) bool { return own.Name == c.Name })
		})
		if c.Remote && !given {
			found = append(found, Problem{Kind: MissingZone, Zone: z.String(), Other: c.Node()})
		}
	}
	return found
}

// maxApart is the maximum time between the recordings of two databases of a network.
const maxApart = 2 * time.Minute

// apart returns the time between the last transactions of two databases, or 0 if it is unknown.
func (z Zone) apart(other Zone) time.Duration {
	if z.Date.IsZero() || other.Date.IsZero() {
		return 0
	}
	return z.Date.Sub(other.Date).Abs()
}

// has reports whether a port of another zone's database is on a chassis of the zone.
func (z Zone) has(p *lflow.Port) bool {
	if p.Type != "remote" {
		return false
	}
	c, ok := p.Datapath.Network().RemoteChassis(p)
	return ok && slices.ContainsFunc(z.Own(), func(own lflow.ZoneChassis) bool { return own.Name == c.Name })
}

// nextHop matches the address of a next hop and the output port in actions that ovn-northd
// generates for routes and policies.
var nextHop = regexp.MustCompile(`\b(?:reg0|xxreg0) = ([0-9a-fA-F.:]+);.*\boutport = "((?:[^"\\]|\\.)*)";`)

// routesGone returns the routes of the zone's routers to next hops on switches with ports of other
// zones, if none of these ports has the address.
func (z Zone) routesGone() (found []Problem) {
	gone := map[[3]string]bool{}
	for _, f := range z.Network.Search(func(r lflow.FlowRow) bool {
		return strings.Contains(r.Actions(), "reg0 = ") && nextHop.MatchString(r.Actions())
	}) {
		m := nextHop.FindStringSubmatch(f.Flow.ActionsText())
		p, err := z.Network.Port(m[2])
		if err != nil || p.Peer == nil || !slices.ContainsFunc(p.Peer.Datapath.Ports(), func(p *lflow.Port) bool { return p.Type == "remote" }) {
			continue
		}
		known := slices.ContainsFunc(p.Peer.Datapath.Ports(), func(p *lflow.Port) bool {
			return slices.Contains(addresses(p), m[1]) || slices.Contains(p.AddressTexts(), "unknown")
		})
		if !known {
			gone[[3]string{p.Datapath.DisplayName(true), p.DisplayName(true), m[1]}] = true
		}
	}
	keys := slices.SortedFunc(maps.Keys(gone), func(a, b [3]string) int { return slices.Compare(a[:], b[:]) })
	for _, k := range keys {
		found = append(found, Problem{Kind: RouteGone, Zone: z.String(), Datapath: k[0], Port: k[1], Found: k[2]})
	}
	return found
}

// addresses returns the IP addresses of a port; for a switch port to a router, those of the router
// port.
func addresses(p *lflow.Port) (ips []string) {
	texts := p.AddressTexts()
	if p.Peer != nil {
		texts = p.Peer.AddressTexts()
	}
	for _, text := range texts {
		words := strings.Fields(text)
		for _, word := range words[min(1, len(words)):] {
			ip, _, _ := strings.Cut(word, "/")
			if !slices.Contains(ips, ip) {
				ips = append(ips, ip)
			}
		}
	}
	return ips
}

// String returns the zone's name, or else the node of its first own chassis, or the path of its
// database.
func (z Zone) String() string {
	if own := z.Own(); z.Name == "" && len(own) > 0 {
		return own[0].Node()
	}
	return cmp.Or(z.Name, z.Path)
}
