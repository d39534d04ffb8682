package diff

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// DefaultLimit is the default maximum number of packets.
const DefaultLimit = 10_000

// Plan is the packets to send, and notes about those that were omitted.
type Plan struct {
	Packets []Packet
	Notes   []string

	left int // packets that the limit left out
}

// planner makes packets out of who sends what to whom.
type planner struct {
	sides     [2]*side // the network before, then the one after
	resolvers [2]*address.Resolver
	limit     int
	jobs      int // number of packets that are constructed in parallel, 0 for one a processor
	plan      *Plan
	probes    []address.Probe
}

// AllPairs plans packets from every port that belongs to a system to every
// other, to the virtual addresses of load balancers, to the external addresses
// of NAT rules, and to an address outside: pings, and TCP and UDP to the ports
// that flows name, and to one that none names.  Where there are more than limit,
// those are left out that come last when every port's next destination takes
// its turn.
func AllPairs(ctx context.Context, before, after *lflow.Network, limit int) (*Plan, error) {
	return NewPair(before, after, Options{}).allPairs(ctx, limit, 0)
}

func (p *Pair) allPairs(ctx context.Context, limit, jobs int) (*Plan, error) {
	r := &planner{sides: p.sides, resolvers: [2]*address.Resolver{p.sides[0].resolver, p.sides[1].resolver}, limit: limit, jobs: jobs, plan: &Plan{}}
	ports := r.systems()
	protos := r.protos()
	others := r.addresses()
	all := (len(ports) - 1) * len(ports) * len(protos)
	for _, d := range others {
		all += len(ports) * len(d.protos(protos))
	}
	for round := range len(others) + len(ports) - 1 {
		if len(r.probes) >= limit {
			break
		}
		for i, from := range ports {
			if round < len(others) {
				r.send(from, others[round].text, others[round].protos(protos))
			} else {
				to := ports[(i+1+round-len(others))%len(ports)]
				r.send(from, to, protos)
			}
		}
	}
	r.plan.left = all - len(r.probes)
	if err := r.build(ctx); err != nil {
		return nil, err
	}
	if r.plan.left > 0 {
		r.note("%s left out, past the limit of %d", report.CountWas(r.plan.left, "packet"), limit)
	}
	return r.plan, nil
}

func (p *planner) note(format string, args ...any) {
	p.plan.Notes = append(p.plan.Notes, fmt.Sprintf(format, args...))
}

// systems returns the names of the ports of systems that both networks have and that have a known
// address in one of them, sorted.
func (p *planner) systems() (names []string) {
	bare := 0
	for _, port := range p.resolvers[0].Network().Ports() {
		other, err := p.resolvers[1].Network().Port(port.Name)
		if port.Type != "" || err != nil {
			continue
		}
		if len(p.resolvers[0].Hosts(port)) == 0 && len(p.resolvers[1].Hosts(other)) == 0 {
			bare++
			continue
		}
		names = append(names, port.Name)
	}
	if bare > 0 {
		p.note("%s left out, for no address of them is known", report.CountWas(bare, "port"))
	}
	slices.Sort(names)
	return names
}

// send plans packets from a port to a port or an address.
func (p *planner) send(from, to string, protos []string) {
	left := min(len(protos), p.limit-len(p.probes))
	for _, proto := range protos[:left] {
		p.probes = append(p.probes, address.Probe{From: from, To: to, Proto: proto})
	}
}

// build constructs the planned packets.
func (p *planner) build(ctx context.Context) error {
	lists, errs := make([][]Packet, len(p.probes)), make([]error, len(p.probes))
	mmapfault.Each(p.jobs, len(p.probes), func(i int) {
		if ctx.Err() == nil {
			lists[i], errs[i] = BuildPackets(p.resolvers, p.probes[i])
		}
	})
	if err := context.Cause(ctx); err != nil {
		return err
	}
	failed, first := 0, ""
	known := map[string]bool{}
	for i, err := range errs {
		for _, k := range lists[i] {
			if !known[k.Microflow] {
				known[k.Microflow] = true
				p.plan.Packets = append(p.plan.Packets, k)
			}
		}
		if err == nil {
			continue
		}
		if failed++; first == "" {
			first = fmt.Sprintf("%s to %s: %v", p.probes[i].From, p.probes[i].To, err)
		}
	}
	if failed > 0 {
		p.note("%s could not be made out, the first %s", report.Count(failed, "packet"), first)
	}
	return nil
}

// BuildPackets constructs the packets of a probe from the data of the first network, or else of the
// second. There are several if several routers may receive it.
func BuildPackets(resolvers [2]*address.Resolver, probe address.Probe) ([]Packet, error) {
	var first error
	for _, b := range resolvers {
		list, err := buildPackets(b, probe)
		if err == nil {
			return list, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

func buildPackets(b *address.Resolver, probe address.Probe) ([]Packet, error) {
	a, err := b.Resolve(probe)
	var several *address.RouterChoiceError
	if errors.As(err, &several) && probe.Via == "" {
		var list []Packet
		for _, via := range several.Ports {
			probe.Via = via
			more, err := buildPackets(b, probe)
			if err != nil {
				return nil, err
			}
			list = append(list, more...)
		}
		return list, nil
	}
	if err != nil {
		return nil, err
	}
	p := Packet{Name: a.From.DisplayName(true) + " to " + label(a, probe), From: a.From.Name, To: probe.To, Microflow: a.Microflow}
	if a.To != nil {
		p.To = a.To.Name
	}
	for _, more := range []string{probe.Proto, probe.Packet} {
		if more != "" {
			p.Name += ", " + more
		}
	}
	if probe.Via != "" {
		p.Name += ", via " + probe.Via
	}
	return []Packet{p}, nil
}

// label returns the name of the destination of a probe, as a trace shows it.
func label(a *address.Resolved, probe address.Probe) string {
	if a.To != nil {
		return a.To.DisplayName(true)
	}
	return probe.To
}

// destination is an address to send to, and the port there, 0 for any.
type destination struct {
	text string
	port uint16
}

// protos returns the protocols to send there, of those that are sent to all.
func (d destination) protos(all []string) []string {
	if d.port == 0 {
		return all
	}
	return []string{"icmp", fmt.Sprintf("tcp:%d", d.port), fmt.Sprintf("udp:%d", d.port)}
}

// outside are addresses that no network has (RFC 5737, RFC 3849): packets to them take default routes.
var outside = []string{"192.0.2.254", "2001:db8::ffff"}

// addresses returns destinations that are not the port of a system.
func (p *planner) addresses() (out []destination) {
	add := func(d destination) {
		if !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	for _, s := range p.sides {
		for _, v := range s.VIPs() {
			add(destination{v.Text, v.Port})
		}
		for _, ip := range s.external() {
			add(destination{text: ip})
		}
	}
	slices.SortFunc(out, func(a, b destination) int {
		if c := strings.Compare(a.text, b.text); c != 0 {
			return c
		}
		return int(a.port) - int(b.port)
	})
	if p.sixOnly() {
		return append(out, destination{text: outside[1]})
	}
	return append(out, destination{text: outside[0]})
}

// sixOnly reports whether no port of a system has an IPv4 address.
func (p *planner) sixOnly() bool {
	for _, port := range p.resolvers[0].Network().Ports() {
		if port.Type != "" {
			continue
		}
		for _, h := range p.resolvers[0].Hosts(port) {
			if slices.ContainsFunc(h.IPs, func(ip netip.Prefix) bool { return ip.Addr().Is4() }) {
				return false
			}
		}
	}
	return true
}
