package cli

import (
	"context"
	"errors"
	"net/netip"
	"regexp"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
)

// packetOptions are the options that describe a packet by its sender, destination and protocol.
type packetOptions struct{ from, to, via, proto string }

func (o *packetOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.from, "from", "", "logical `PORT` that sends the packet; its addresses are filled in, and MICROFLOW is optional")
	f.StringVar(&o.to, "to", "", "`DESTINATION`: a logical port or an IP address; the Ethernet address of the next hop is filled in")
	f.StringVar(&o.via, "via", "", "next hop, if several routers are attached: a router, a router port, an IP or an Ethernet address")
	f.StringVar(&o.proto, "proto", "", "`PROTOCOL`, such as tcp:443, udp:53, icmp or a number")
}

// used reports whether one of the options was given.
func (o *packetOptions) used() bool { return *o != packetOptions{} }

// complete makes a request of what the options and the microflow say, and reports
// on standard error what the packet came to be.
func (o *packetOptions) complete(sys *System, n *lflow.Network, r sim.Request) (sim.Request, error) {
	if r.Datapath != "" || r.EmptyName {
		return r, errors.New("the port that sends the packet says where it starts: give no DATAPATH besides --from and --to")
	}
	p := address.Probe{From: o.from, To: o.to, Via: o.via, Proto: o.proto, Packet: r.Microflow}
	a, err := address.NewResolver(n).Resolve(p)
	if err != nil {
		return r, err
	}
	sys.say("packet: " + a.Microflow)
	for _, text := range a.Assumed {
		sys.say("assumed: " + text)
	}
	return a.Request(r.Choices), nil
}

// quotedName is what may be the name of a port in a microflow.
var quotedName = regexp.MustCompile(`"([^"\\]*)"`)

// senders returns the zones that may have the port that sends the packet: that of --from,
// or else the first port that the microflow names and that few of the zones have.
func (o *packetOptions) senders(zones *input.Network, microflow string) []*input.Zone {
	if !zones.Several() {
		return zones.Having("")
	}
	names := []string{o.from}
	if o.from == "" {
		names = nil
		for _, m := range quotedName.FindAllStringSubmatch(microflow, -1) {
			names = append(names, m[1])
		}
	}
	all := zones.Having("")
	for _, name := range names {
		if having := zones.Having(name); len(having) < len(all) {
			return having
		}
	}
	return all
}

// destination replaces the name of a port of another zone by its address.
func (o *packetOptions) destination(ctx context.Context, zones *input.Network, n *lflow.Network) error {
	if o.to == "" || !zones.Several() || n.HasPort(o.to) {
		return nil
	}
	if _, err := netip.ParseAddr(o.to); err == nil {
		return nil
	}
	if resolver := address.NewResolver(n); resolver.Resolves(o.to) {
		return nil
	}
	for _, z := range zones.Having(o.to) {
		other, err := z.Network(ctx)
		if err != nil {
			return err
		}
		if other == n {
			continue
		}
		if ip, err := address.Elsewhere(n, o.from, other, o.to); ip != "" || err != nil {
			o.to = ip
			return err
		}
	}
	return nil
}
