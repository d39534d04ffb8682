package reach

import (
	"context"
	"errors"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/conntrack"
	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/portsec"
	"github.com/ovnwalk/ovnwalk/internal/witness"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Zones are the interconnect zones of a question.
type Zones struct {
	// Resolvers has the network of each zone, Names their names, or nil if there is one
	// zone only.
	Resolvers []*address.Resolver
	Names     []string

	// Across returns where packets that leave by a port of another zone continue; nil if
	// there is one zone only.
	Across func(*lflow.Port) sim.Entry

	once     sync.Once
	linkedBy links
}

// links has what determines the path of packets besides the rows of their zone.
type links struct {
	// across returns where packets that leave by a port of another zone continue; nil if
	// there is one zone only.
	across func(*lflow.Port) sim.Entry

	// neighbors are the answers that routers get when they ask for an address; nil for none.
	neighbors *address.Answers

	// places has the chassis of ports.
	places *cluster.Places

	physical physicalLinks

	// lifetimes has the TTLs that flows distinguish.
	lifetimes lifetimes
}

// newLinks returns the links of some zones.
func newLinks(zones []*address.Resolver, across func(*lflow.Port) sim.Entry) links {
	l := links{across: across}
	l.neighbors = address.NewAnswers(l.onChassis(sim.Choices{CTNew: true}), zones) // requests are on no chassis
	networks := networksOf(zones)
	l.places, l.physical, l.lifetimes = cluster.NewPlaces(networks), newPhysicalLinks(networks), newLifetimes(networks)
	return l
}

func networksOf(zones []*address.Resolver) (list []*lflow.Network) {
	for _, r := range zones {
		list = append(list, r.Network())
	}
	return list
}

// links returns the links of the zones.
func (z *Zones) links() links {
	z.once.Do(func() { z.linkedBy = newLinks(z.Resolvers, z.Across) })
	return z.linkedBy
}

// onChassis returns choices with the differences between chassis and ovn-trace(8).
func (l links) onChassis(c sim.Choices) sim.Choices {
	c.PortSecurity, c.StaticMACs, c.ClearsConntrack, c.Solicits, c.Uniform, c.StopsInLoops, c.Across = refuses, true, true, true, true, true, l.across
	c.Opens = conntrack.Opens
	if l.neighbors != nil {
		c.Asked = l.neighbors.MAC
	}
	if l.places != nil {
		c.Moves, c.Takes, c.Leaves, c.Local = l.places.Move, l.places.Take, l.places.Leaves, l.places.Has
	}
	return c
}

// OneZone returns the zones of a question about one network.
func OneZone(resolver *address.Resolver) *Zones {
	return &Zones{Resolvers: []*address.Resolver{resolver}}
}

// several reports whether there is more than one zone.
func (z *Zones) several() bool { return len(z.Resolvers) > 1 }

// of returns the resolver of a port's zone.
func (z *Zones) of(p *lflow.Port) *address.Resolver {
	return z.Resolvers[z.index(p.Datapath)]
}

func (z *Zones) index(d *lflow.Datapath) int {
	return max(0, slices.IndexFunc(z.Resolvers, func(r *address.Resolver) bool { return r.Network() == d.Network() }))
}

// ZoneOf returns the name of a datapath's zone, "" if there is one zone only.
func (a *Answer) ZoneOf(d *lflow.Datapath) string {
	if !a.zones.several() {
		return ""
	}
	return a.zones.Names[a.zones.index(d)]
}

// NameOf returns the name of a datapath, with the name of its zone if it is not the zone in
// which the packets of a part enter.
func (a *Answer) NameOf(d *lflow.Datapath, p *Part) string {
	if d.Network() == p.space.n {
		return d.DisplayName(true)
	}
	return a.ZoneOf(d) + ":" + d.DisplayName(true)
}

// Select finds the ports that a text selects, in all zones. A remote port is replaced by
// the port in its own zone.
func (z *Zones) Select(text string) (ports []*lflow.Port, err error) {
	known := func(name string) bool {
		_, err := z.selectOne(name)
		var many *address.AmbiguousError
		return err == nil || errors.As(err, &many)
	}
	for _, name := range address.SplitNames(text, known) {
		found, err := z.selectOne(name)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			if !slices.Contains(ports, p) {
				ports = append(ports, p)
			}
		}
	}
	return ports, nil
}

func (z *Zones) selectOne(text string) (ports []*lflow.Port, err error) {
	if !z.several() {
		return selectOne(z.Resolvers[0], text)
	}
	if p := z.owned(text); p != nil {
		return []*lflow.Port{p}, nil
	}
	for _, r := range z.Resolvers {
		found, failure := selectOne(r, text)
		var many *address.AmbiguousError
		if failure != nil && (err == nil || errors.As(failure, &many)) {
			err = failure
		}
		for _, p := range found {
			if p.Type == "remote" {
				if own := z.owned(p.Name); own != nil {
					p = own
				}
			}
			if !slices.Contains(ports, p) {
				ports = append(ports, p)
			}
		}
	}
	if len(ports) > 0 {
		return ports, nil
	}
	return nil, err
}

// owned returns the port of a name in the zone to which it belongs, or nil.
func (z *Zones) owned(name string) *lflow.Port {
	for _, r := range z.Resolvers {
		if p, err := r.Network().Port(name); err == nil && p.Type != "remote" {
			return p
		}
	}
	return nil
}

// Datapaths finds the datapaths of a name, at most one in each zone.
func (z *Zones) Datapaths(name string) (found []*lflow.Datapath, err error) {
	for _, r := range z.Resolvers {
		d, failure := r.Datapath(name)
		if failure != nil {
			err = failure
			continue
		}
		found = append(found, d)
	}
	if len(found) > 0 {
		return found, nil
	}
	return nil, err
}

// view is the network of one zone, with the question in terms of that zone.
type view struct {
	zones    *Zones
	resolver *address.Resolver
	narrowed *narrowed
	arrivals func() *witness.Arrivals // computes the bound of the destination once; nil if there is none
}

// newView returns the question in terms of a zone.
func (z *Zones) newView(resolver *address.Resolver, q *Question) (v *view, err error) {
	v = &view{zones: z, resolver: resolver}
	if v.narrowed, err = narrow(resolver.Network(), q.Packets); err != nil {
		return nil, err
	}
	if q.To != nil {
		finder := witness.NewFinder(resolver.Network())
		finder.Carried = z.links().physical.mayReturn
		finder.Security, finder.StaticMACs, finder.AnyChassis, finder.Asked = portsec.Chassis, true, true, z.links().neighbors.Bindings
		if !q.Spoof {
			finder.Sends = func(p *lflow.Port) []netip.Addr { return addresses(resolver, p) }
		}
		to := z.exits(resolver.Network(), q.To)
		v.arrivals = sync.OnceValue(func() *witness.Arrivals { return finder.Arrivals(to) })
	}
	return v, nil
}

// irrelevantBesides returns a function that reports whether a port cannot affect arrival at
// some ports.
func (z *Zones) irrelevantBesides(to []*lflow.Port) func(*lflow.Port) bool {
	return (&leads{across: z.Across, physical: z.links().physical}).besides(to)
}

// exits returns the ports by which packets leave a zone to arrive at given ports: those of
// the zone itself, and the remote ports and those to physical networks behind which packets may continue to the others.
func (z *Zones) exits(n *lflow.Network, to []*lflow.Port) (exits []*lflow.Port) {
	if z.Across == nil {
		return to
	}
	irrelevant := z.irrelevantBesides(to)
	for _, p := range n.Ports() {
		if slices.Contains(to, p) || (p.Type == "remote" || cluster.IsPhysical(p)) && !irrelevant(p) {
			exits = append(exits, p)
		}
	}
	return exits
}

// crossings is Across with the results for all remote ports, which are found one after the
// other, so that warnings are in the order of the ports. It may be used by several goroutines.
func (z *Zones) crossings() func(*lflow.Port) sim.Entry {
	if z.Across == nil {
		return nil
	}
	known := map[*lflow.Port]sim.Entry{}
	for _, r := range z.Resolvers {
		for _, p := range r.Network().Ports() {
			if p.Type == "remote" {
				known[p] = z.Across(p)
			}
		}
	}
	return func(p *lflow.Port) sim.Entry { return known[p] }
}

// Ask answers a question.
func (z *Zones) Ask(ctx context.Context, q *Question) (*Answer, error) {
	a := &Answer{question: q, zones: z}
	if q.To != nil {
		a.isIrrelevant = z.irrelevantBesides(q.To)
	}
	var spaces workspaces
	var reading sync.WaitGroup // computes bounds beside the walks of packets that are addressed to the destination
	defer reading.Wait()
	for _, resolver := range z.Resolvers {
		groups := starts(resolver, q)
		if len(groups) == 0 && z.several() {
			continue
		}
		v, err := z.newView(resolver, q)
		if err != nil {
			return nil, err
		}
		if v.arrivals != nil && z.Across == nil {
			reading.Go(func() { mmapfault.Run(func() { v.arrivals() }) })
		}
		parts := make([]*Part, len(groups))
		workers := runtime.GOMAXPROCS(0)
		if z.Across != nil {
			workers = 1 // a walk opens other zones when it reaches them
		}
		var order []int // the longest walks first
		for _, near := range []bool{true, false} {
			for i, ports := range groups {
				if hasDestination(ports, q.To) == near {
					order = append(order, i)
				}
			}
		}
		if err := parallel(ctx, workers, len(groups), func(i int) (err error) {
			i = order[i]
			w := spaces.get()
			defer spaces.put(w)
			parts[i], err = a.from(ctx, w, v, groups[i])
			return err
		}); err != nil {
			return nil, err
		}
		slices.SortStableFunc(parts, func(a, b *Part) int {
			return strings.Compare(a.Ports[0].Datapath.DisplayName(true), b.Ports[0].Datapath.DisplayName(true))
		})
		a.Parts = append(a.Parts, parts...)
	}
	return a, nil
}

// tunnelInport is the input port's key as far as a tunnel carries it.
const tunnelInport = 15

// leadsOn reports whether packets to a port continue in another zone.
func (x *space) leadsOn(port *lflow.Port) bool {
	return port != nil && port.Type == "remote" && x.across != nil && x.across(port).Datapath != nil
}

// tunnels reports whether packets to a port go to another zone without the egress pipeline
// of their own, as on chassis. First packets pass it, as in ovn-trace.
func (x *space) tunnels(port *lflow.Port) bool { return x.sessions != nil && x.leadsOn(port) }

// cross follows a packet that leaves by a port of another zone into the egress pipeline
// there, as the walk does: a tunnel carries the headers and the keys of the ports. It
// returns false if the packet ends at the port.
func (r *image) cross(s *packetset.State, port *lflow.Port, at place) bool {
	if port == nil || port.Type != "remote" || r.across == nil {
		return false
	}
	e := r.across(port)
	if e.Datapath == nil {
		return false
	}
	q := s.Clone()
	r.clearConntrack(q)
	for i := range packet.NumRegs {
		q.SetUint(packet.Reg(i), 0)
	}
	q.SetField(packet.Inport, s.Get(packet.Inport, 0, tunnelInport))
	q.SetUint(packet.Outport, port.Key)
	if out, ok := e.Datapath.Port(port.Key); !ok || out.Type == "remote" {
		return true
	}
	node, ok := find[*trace.Pipeline](r, at.nodes)
	if !ok {
		return true
	}
	if r.leaving != nil {
		at.datapath = e.Datapath
		r.leaving(r, 0, q, at)
		r.skipNode(node)
		return true
	}
	n := r.n
	r.n = e.Datapath.Network()
	r.enter(&node.Container, q, e.Datapath, lflow.Egress, 0, at.way)
	r.n = n
	return true
}
