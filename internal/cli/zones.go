package cli

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// zones are the southbound databases of a network's interconnect zones.  It is the
// value of --db for verbs that take several.
type zones []string

// flags has --db name one database more each time.
func (z *zones) flags(f *pflag.FlagSet) {
	db := f.Lookup("db")
	db.Value = z
	db.Usage += ";\nmay be repeated, once for each interconnect zone; an archive or folder with several means all of them"
}

// String returns the values.
func (z *zones) String() string { return strings.Join(*z, " ") }

// Type returns the word for a value in a usage.
func (z *zones) Type() string { return "string" }

// Set adds a value.
func (z *zones) Set(value string) error {
	*z = append(*z, value)
	return nil
}

// open reads the databases of all zones, and returns the path of each.
func (z *zones) open(ctx context.Context, sys *System, s source) (networks []*lflow.Network, from []string, err error) {
	paths := slices.Compact(slices.Sorted(slices.Values(*z)))
	if len(paths) == 0 {
		paths = []string{""} // as the environment says
	}
	for _, path := range paths {
		s.db = path
		n, err := s.open(ctx, sys)
		var several *lflow.SeveralError
		if !errors.As(err, &several) {
			if err != nil {
				return nil, nil, err
			}
			networks, from = append(networks, n), append(from, s.db)
			continue
		}
		before := len(networks)
		for _, m := range several.Members {
			if m.Database != lflow.Schema {
				continue
			}
			s.db = m.Path
			if n, err = s.open(ctx, sys); err != nil {
				return nil, nil, err
			}
			networks, from = append(networks, n), append(from, s.db)
		}
		if len(networks) == before {
			return nil, nil, err
		}
	}
	return networks, from, nil
}

// localTo returns the networks that may have a port as their own, those first that
// do.
func localTo(c *cluster.Cluster, port string) (all []*lflow.Network) {
	for _, z := range c.Zones {
		if p := z.Network.Port(port); p != nil && p.Type != "remote" {
			return []*lflow.Network{z.Network}
		}
	}
	for _, z := range c.Zones {
		all = append(all, z.Network)
	}
	return all
}

// elsewhere returns the IP address of a port that another zone has, of the family
// of the port from which a packet comes.
func elsewhere(c *cluster.Cluster, n *lflow.Network, from, to string) (string, error) {
	if _, err := netip.ParseAddr(to); err == nil || to == "" || n.Port(to) != nil {
		return to, nil
	}
	family := func(netip.Addr) bool { return true }
	if p := n.Port(from); p != nil {
		for _, h := range address.NewResolver(n).Hosts(p) {
			if len(h.IPs) > 0 {
				family = func(ip netip.Addr) bool { return ip.Is4() == h.IPs[0].Addr().Is4() }
				break
			}
		}
	}
	for _, other := range localTo(c, to) {
		p := other.Port(to)
		if p == nil {
			continue
		}
		for _, h := range address.NewResolver(other).Hosts(p) {
			for _, ip := range h.IPs {
				if family(ip.Addr()) {
					return ip.Addr().String(), nil
				}
			}
		}
		return to, fmt.Errorf("--to=%s: the port has no IP address of the family of %s; give one", to, from)
	}
	return to, nil
}
