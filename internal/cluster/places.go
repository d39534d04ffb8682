package cluster

import (
	"slices"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Places resolves the chassis on which packets are, for walks that follow the packets of several
// ports at once.  There, a number in packet.OnChassis represents the chassis of a port, so that
// bindings are read only if a flow has is_chassis_resident().  Places may be used concurrently.
type Places struct {
	networks  []*lflow.Network
	zones     []func() *Zone // nil if no port of the zone is bound
	index     map[*lflow.Network]int
	known     sync.Map                   // candidates by number
	physical  sync.Map                   // *lflow.Datapath -> the key of its localnet port
	settled   sync.Map                   // *lflow.Flow -> the number for its chassis
	tunnels   sync.Once                  // guards isUniform
	isUniform bool                       // see uniform
	crossings sync.Map                   // *lflow.Port -> the result of CrossingFromAll, NotDetermined for none
	copies    sync.Map                   // the same for copies of a flood
	joined    sync.Once                  // guards beyond
	beyond    map[*lflow.Port][]*Binding // see Beyond
	resident  sync.Map                   // [3]any of datapath, pipeline and table -> the ports of is_chassis_resident() in its flows
}

// Kinds of numbers.  Below the kind, a number has a zone in 13 bits and, in 16 bits, the index
// from 1 of the datapath with a physical network on which the packet is on this chassis only,
// instead of all chassis.  The number of a port then has the index of the port's datapath in 16
// bits and the port's key in 16.  That of a chassis has its index in the zone, from 1, or 0 for a
// chassis without ports of the zone.
const (
	ofPort    = 1 << 62
	ofChassis = 1 << 61
	zoneShift = 48
	zoneMask  = 1<<13 - 1
	indexMask = 1<<16 - 1

	// HereShift is the position of the index of the datapath on which a packet is not on all
	// chassis.
	HereShift = 32
)

// Unknown is the number of an unknown chassis.
const Unknown = 1 << 63

// NewPlaces returns the places of the zones of networks.  It changes the networks:
// is_chassis_resident() in their flows is then evaluated on the chassis where a packet is.  In a
// zone without bound ports it is true for all ports.
func NewPlaces(networks []*lflow.Network) *Places {
	p := &Places{networks: networks, index: map[*lflow.Network]int{}}
	for i, n := range networks {
		p.index[n] = i
		p.zones = append(p.zones, sync.OnceValue(func() *Zone { return boundZone(n) }))
		n.Locate(func(datapath int, port string, number uint64) bool { return p.isResident(i, datapath, port, number) })
	}
	return p
}

// boundZone returns the zone of a network, nil if no port is bound to a chassis.
func boundZone(n *lflow.Network) *Zone {
	c, err := open([]Source{{lflow.Describe(n, ""), func() (*lflow.Network, error) { return n, nil }}}, Options{}, true)
	if err != nil || !c.Zones[0].Enter() {
		return nil
	}
	z := c.Zones[0]
	for _, b := range z.bindings {
		if all := b.row.refs("chassis"); len(all) > 0 && z.chassis(all[0]) != nil {
			return z
		}
	}
	return nil
}

// isResident reports whether a port of a zone is resident on a chassis.  Every port is resident on
// an unknown chassis.
func (p *Places) isResident(zone, datapath int, port string, number uint64) bool {
	z := p.zones[zone]()
	if n := p.networks[zone]; z == nil || p.Everywhere(n.Datapaths[datapath], number) {
		_, err := n.Port(port)
		return err == nil
	}
	b := z.ports[port]
	names, _ := p.Candidates(number)
	return b != nil && (len(names) != 1 || b.Chassis != nil && b.Chassis.Name == names[0])
}

// Everywhere reports whether a packet is on all chassis that carry a datapath: on a switch with a
// physical network, which carries frames to the chassis that accepts them.
func (p *Places) Everywhere(d *lflow.Datapath, number uint64) bool {
	return p.Localnet(d) != 0 && (here(d) == 0 || number>>HereShift&indexMask != here(d))
}

// here returns the index of a datapath for a number, 0 if it is too large.
func here(d *lflow.Datapath) uint64 {
	if d.Index >= indexMask {
		return 0
	}
	return uint64(d.Index) + 1
}

// stays returns the number for packets that are on the chassis of number only, also on a datapath
// with a physical network.
func stays(d *lflow.Datapath, number uint64) uint64 {
	return number&^(indexMask<<HereShift) | here(d)<<HereShift
}

// Divides reports whether the flows of a table differ between chassis for frames of a physical
// network.
func (p *Places) Divides(d *lflow.Datapath, pipeline lflow.Pipeline, table int) bool {
	return p.Localnet(d) != 0 && here(d) != 0 && len(p.Resident(d, pipeline, table)) > 0 && p.Bound(d.Network())
}

// Copies returns the numbers of the chassis on which a packet on all chassis may take other flows
// of a table: its own chassis if that is known, or else those on which it may be.
func (p *Places) Copies(d *lflow.Datapath, pipeline lflow.Pipeline, table int, number uint64) (list []uint64) {
	if !p.Divides(d, pipeline, table) || !p.Everywhere(d, number) {
		return nil
	}
	names, _ := p.Candidates(number)
	if len(names) == 1 {
		return []uint64{stays(d, number)}
	}
	for _, name := range p.Residents(d.Network(), p.Resident(d, pipeline, table), names) {
		list = append(list, stays(d, p.On(d.Network(), name)))
	}
	if len(list) < len(names) {
		list = append(list, stays(d, p.On(d.Network(), "")))
	}
	return list
}

// Resident returns the ports of is_chassis_resident() in the flows of a table.
func (p *Places) Resident(d *lflow.Datapath, pipeline lflow.Pipeline, table int) (ports []string) {
	key := [3]any{d, pipeline, table}
	if known, ok := p.resident.Load(key); ok {
		return known.([]string)
	}
	has := map[string]bool{}
	for _, f := range d.Network().Flows(d, pipeline, table) {
		of, _ := ResidentPorts(f)
		for _, port := range of {
			if !has[port] {
				has[port] = true
				ports = append(ports, port)
			}
		}
	}
	p.resident.Store(key, ports)
	return ports
}

// Localnet returns the key of the port through which frames of a physical network enter a
// datapath, or 0.
func (p *Places) Localnet(d *lflow.Datapath) uint64 {
	key, ok := p.physical.Load(d)
	if !ok {
		key = uint64(0)
		for _, port := range d.Ports() {
			if port.Type == "localnet" {
				key = port.Key
				break
			}
		}
		p.physical.Store(d, key)
	}
	return key.(uint64)
}

// Settles returns the number for the chassis on which packets that take a flow are, and the key
// of the port through which they entered if they were on another chassis, or 0 if the flow does
// not determine it. On a datapath whose physical network carries frames to all chassis, a flow
// with is_chassis_resident() is that of a single chassis.
func (p *Places) Settles(d *lflow.Datapath, f *lflow.Flow) (number, inport uint64) {
	i, ok := p.index[d.Network()]
	if !ok || i > zoneMask || p.Localnet(d) == 0 || p.zones[i]() == nil {
		return 0, 0
	}
	on, ok := p.settled.Load(f)
	if !ok {
		on = p.residence(i, f)
		p.settled.Store(f, on)
	}
	if number = on.(uint64); number != 0 {
		number = stays(d, number)
	}
	return number, p.Localnet(d)
}

// residence returns the number for the chassis that has a flow, 0 if it is not a single one.
func (p *Places) residence(zone int, f *lflow.Flow) uint64 {
	ports, certain := ResidentPorts(f)
	if len(ports) != 1 || !certain {
		return 0
	}
	b := p.zones[zone]().ports[ports[0]]
	if b == nil || b.Chassis == nil {
		return 0
	}
	return p.On(p.networks[zone], b.Chassis.Name)
}

// Apart reports whether two numbers represent known chassis that differ.
func (p *Places) Apart(a, b uint64) bool {
	x, _ := p.Candidates(a)
	y, _ := p.Candidates(b)
	return len(x) == 1 && len(y) == 1 && x[0] != y[0]
}

// Take moves a packet to the chassis that Settles returns for a flow.
func (p *Places) Take(d *lflow.Datapath, f *lflow.Flow, q *packet.Packet) {
	number, inport := p.Settles(d, f)
	if number == 0 {
		return
	}
	if p.Apart(q.Uint(packet.OnChassis), number) {
		q.SetUint(packet.Inport, inport)
	}
	q.SetUint(packet.OnChassis, number)
}

// ResidentPorts returns the ports of is_chassis_resident() in the match of a flow; certain reports
// whether each of them is resident on the chassis of every packet that matches.
func ResidentPorts(f *lflow.Flow) (ports []string, certain bool) {
	if !strings.Contains(f.MatchText(), "is_chassis_resident") {
		return nil, true
	}
	cond, ok := f.Condition()
	if !ok {
		return nil, false
	}
	certain = true
	expr.Walk(cond, func(e expr.Expr) bool {
		switch e := e.(type) {
		case *expr.Or:
			certain = false
		case *expr.Resident:
			certain = certain && !e.Not
			if !slices.Contains(ports, e.Port) {
				ports = append(ports, e.Port)
			}
		}
		return true
	})
	return ports, certain
}

// Has reports whether a chassis has the port with a name.  An unknown chassis has every port.
func (p *Places) Has(n *lflow.Network, port string, number uint64) bool {
	i, ok := p.index[n]
	if !ok || number == 0 {
		return true
	}
	z := p.zones[i]()
	if z == nil {
		return true
	}
	b := z.ports[port]
	names, _ := p.Candidates(number)
	return len(names) != 1 || b != nil && slices.ContainsFunc(b.Others(nil), func(h *Chassis) bool { return h.Name == names[0] })
}

// Bound reports whether a port of a network is bound to a chassis.
func (p *Places) Bound(n *lflow.Network) bool {
	i, ok := p.index[n]
	return ok && p.zones[i]() != nil
}

// At returns the number for the chassis of the port with a key on a datapath.
func (p *Places) At(d *lflow.Datapath, key uint64) uint64 {
	i, ok := p.index[d.Network()]
	if !ok || i > zoneMask || d.Index > indexMask {
		return Unknown
	}
	return ofPort | uint64(i)<<zoneShift | uint64(d.Index)<<16 | key&0xffff
}

// Moves returns the number for the chassis on which packets to an output port continue, 0
// if that is where they are.
func (p *Places) Moves(port *lflow.Port) uint64 {
	if staysOnChassis(port) {
		return 0
	}
	return p.At(port.Datapath, port.Key)
}

// Leaves returns the number for packets that leave a datapath by a patch port: on the next
// datapath with a physical network they are on all chassis again.
func (p *Places) Leaves(number uint64) uint64 { return number &^ (indexMask << HereShift) }

// Candidates returns the names of the chassis that a number may represent: one if it is
// known.  each reports whether a copy of the packet is on each of them, as of a frame of a
// physical network.
func (p *Places) Candidates(number uint64) (names []string, each bool) {
	number = p.Leaves(number)
	v, ok := p.known.Load(number)
	if !ok {
		var c candidates
		c.names, c.each = p.candidates(number)
		v, _ = p.known.LoadOrStore(number, c)
	}
	c := v.(candidates)
	return c.names, c.each
}

// candidates are the results of Candidates.
type candidates struct {
	names []string
	each  bool
}

func (p *Places) candidates(number uint64) (names []string, each bool) {
	if number&Unknown != 0 || number == 0 {
		return p.all(), false
	}
	z := p.zones[number>>zoneShift&zoneMask]()
	if z == nil {
		return p.all(), false
	}
	if number&ofChassis != 0 {
		if i := number & 0xffff; i > 0 {
			return []string{z.Chassis[i-1].Name}, false
		}
		return []string{""}, false
	}
	port, ok := z.Network.Datapaths[number>>16&indexMask].Port(number & 0xffff)
	if !ok {
		return p.all(), false
	}
	b := z.Binding(port)
	if b == nil {
		return p.all(), false
	}
	if parent := z.ports[b.Parent]; parent != nil && b.Chassis == nil {
		b = parent
	}
	switch {
	case port.Type == "localnet":
		names, each = z.plugged(b), true
	case port.Type == "localport":
		for _, h := range z.Chassis {
			if !h.Remote && h.local[port.Datapath] {
				names = append(names, h.Name)
			}
		}
	default:
		for _, h := range b.Others(nil) {
			names = append(names, h.Name)
		}
	}
	if len(names) == 0 {
		names = p.all()
	}
	return names, each
}

// all returns the names of all chassis.
func (p *Places) all() (names []string) {
	for _, read := range p.zones {
		if z := read(); z != nil {
			for _, h := range z.Chassis {
				if !h.Remote {
					names = append(names, h.Name)
				}
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Residents returns the chassis in among on which one of the ports of a network is resident.
func (p *Places) Residents(n *lflow.Network, ports, among []string) (names []string) {
	i, ok := p.index[n]
	if !ok {
		return nil
	}
	z := p.zones[i]()
	if z == nil {
		return nil
	}
	left := make(map[string]bool, len(among))
	for _, name := range among {
		left[name] = true
	}
	for _, port := range ports {
		if b := z.ports[port]; b != nil && b.Chassis != nil && left[b.Chassis.Name] {
			delete(left, b.Chassis.Name)
			names = append(names, b.Chassis.Name)
		}
	}
	return names
}

// On returns the number of the chassis with a name in a network, "" for one without ports of the
// network.
func (p *Places) On(n *lflow.Network, name string) uint64 {
	i, ok := p.index[n]
	if !ok || i > zoneMask {
		return Unknown
	}
	number := ofChassis | uint64(i)<<zoneShift
	if z := p.zones[i](); z != nil && name != "" {
		number |= uint64(slices.IndexFunc(z.Chassis, func(h *Chassis) bool { return h.Name == name }) + 1)
	}
	return number
}
