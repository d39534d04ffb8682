package cluster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// Problem is something in which the databases of two zones do not agree.
type Problem struct {
	Kind     ProblemKind
	Zone     string // whose packets meet it
	Other    string // the zone behind the tunnel
	Datapath string
	Port     string // in Zone
	Found    string // what Other has instead
}

// ProblemKind is what is wrong.
type ProblemKind string

// The kinds.
const (
	DatapathKeys  ProblemKind = "datapath-keys-disagree"
	PortKeys      ProblemKind = "port-keys-disagree"
	UnknownRemote ProblemKind = "remote-port-unknown"
	AddressTwice  ProblemKind = "address-of-two-ports"
	ClaimedTwice  ProblemKind = "chassis-claimed-twice"
)

// String says what is wrong in one sentence.
func (p Problem) String() string {
	switch p.Kind {
	case DatapathKeys:
		return fmt.Sprintf("tunnel keys disagree: the key of datapath %s of zone %s is that of %s in zone %s", p.Datapath, p.Zone, cmp.Or(p.Found, "no datapath"), p.Other)
	case PortKeys:
		return fmt.Sprintf("tunnel keys disagree: the key of port %s of datapath %s of zone %s is that of %s in zone %s", p.Port, p.Datapath, p.Zone, cmp.Or(p.Found, "no port"), p.Other)
	case UnknownRemote:
		return fmt.Sprintf("port %s of datapath %s of zone %s is in zone %s, whose database does not have it", p.Port, p.Datapath, p.Zone, p.Other)
	case AddressTwice:
		return fmt.Sprintf("address %s on datapath %s is that of port %s in zone %s and of another port in zone %s", p.Found, p.Datapath, p.Port, p.Zone, p.Other)
	case ClaimedTwice:
		return fmt.Sprintf("two databases have chassis %s as their own, those of zones %s and %s; the first one is used", p.Found, p.Zone, p.Other)
	}
	return string(p.Kind)
}

// between is what is compared at once.
type between struct {
	d     *lflow.Datapath
	other *Zone
}

// Problems returns what is wrong between a datapath and the one of another zone
// to which its tunnels lead.
func (c *Cluster) Problems(d *lflow.Datapath, other *Zone) []Problem {
	key := between{d, other}
	found, ok := c.problems[key]
	if !ok {
		found = c.compare(d, c.ZoneOf(d.Network()), other)
		if c.problems == nil {
			c.problems = map[between][]Problem{}
		}
		c.problems[key] = found
	}
	return found
}

// Claims returns the chassis that several databases have as their own.
func (c *Cluster) Claims() (found []Problem) {
	for _, h := range c.Chassis {
		if home := c.home[h.Name]; !h.Remote && home != h {
			found = append(found, claim(home, h))
		}
	}
	return found
}

func claim(home, h *Chassis) Problem {
	return Problem{Kind: ClaimedTwice, Zone: home.Zone.Name(), Other: h.Zone.Name(), Found: h.Node()}
}

func (c *Cluster) compare(d *lflow.Datapath, z, other *Zone) (found []Problem) {
	report := func(kind ProblemKind, port, instead string) {
		found = append(found, Problem{kind, z.Name(), other.Name(), d.DisplayName(true), port, instead})
	}
	for _, h := range c.Chassis {
		if home := c.home[h.Name]; !h.Remote && home != h && home.Zone == other {
			found = append(found, claim(home, h))
		}
	}
	e := other.Keyed(d.TunnelKey)
	if e == nil || e.Name != d.Name {
		instead := ""
		if e != nil {
			instead = e.DisplayName(true)
		}
		report(DatapathKeys, "", instead)
		return found
	}
	theirs := map[string]string{} // addresses to ports
	for _, b := range other.of[e] {
		for _, ip := range b.addresses() {
			theirs[ip] = b.Port.Name
		}
	}
	for _, b := range z.of[d] {
		if b.Port.Type == "remote" && b.Chassis != nil && b.Chassis.Home() != nil && b.Chassis.Home().Zone == other {
			at := e.Port(b.Port.Key)
			switch {
			case at != nil && at.Name == b.Port.Name:
			case other.Network.Port(b.Port.Name) == nil:
				report(UnknownRemote, b.Port.DisplayName(true), "")
			case at == nil:
				report(PortKeys, b.Port.DisplayName(true), "")
			default:
				report(PortKeys, b.Port.DisplayName(true), at.DisplayName(true))
			}
		}
		for _, ip := range b.addresses() {
			if name, ok := theirs[ip]; ok && name != b.Port.Name {
				report(AddressTwice, b.Port.DisplayName(true), ip)
			}
		}
	}
	return found
}

// addresses returns the IP addresses of a port, for a switch's port to a router
// those of the router's port.
func (b *Binding) addresses() (ips []string) {
	texts := b.MAC
	if b.Port.Peer != nil {
		texts = b.Port.Peer.AddressTexts()
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
