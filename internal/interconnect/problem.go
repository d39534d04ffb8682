// Package interconnect compares the databases of interconnect zones, which must agree on tunnel
// keys and ports, for walks that cross a tunnel and for checks of all zones.
package interconnect

import (
	"cmp"
	"fmt"
	"time"
)

// Problem is a difference between the databases of two zones.
type Problem struct {
	Kind     Kind
	Zone     string // the zone whose packets are affected
	Other    string // the zone behind the tunnel; for MissingZone the node, for RouteGone ""
	Datapath string
	Port     string // in Zone
	Found    string // what Other has instead; for RouteGone the next hop
	Apart    time.Duration
}

// Kind is the kind of a problem.
type Kind string

// The kinds.
const (
	DatapathKeys  Kind = "datapath-keys-disagree"
	PortKeys      Kind = "port-keys-disagree"
	UnknownRemote Kind = "remote-port-unknown"
	AddressTwice  Kind = "address-of-two-ports"
	ClaimedTwice  Kind = "chassis-claimed-twice"
	MissingZone   Kind = "zone-not-given"
	RouteGone     Kind = "route-to-missing-node"
	RecordedApart Kind = "recorded-apart"
)

// String describes the problem in one sentence.
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
	case MissingZone:
		return fmt.Sprintf("zone %s has tunnels to %s, and the database of its zone is not given", p.Zone, p.Other)
	case RouteGone:
		return fmt.Sprintf("router %s of zone %s sends packets to %s by port %s, an address that no port of the other zones has", p.Datapath, p.Zone, p.Found, p.Port)
	case RecordedApart:
		return fmt.Sprintf("the databases of zones %s and %s were recorded %s apart: they may not describe the same network", p.Zone, p.Other, p.Apart.Round(time.Second))
	}
	return string(p.Kind)
}
