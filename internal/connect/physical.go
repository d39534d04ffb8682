package connect

import (
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/conntrack"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// maxCrossings is the maximum number of times that frames of one walk enter chassis from
// physical networks.
const maxCrossings = 1000

// stations is the FDB of the physical switches: for each Ethernet address the chassis from which
// the last frame of the connection with that source came, nil for an outside host; or else the
// chassis of its last announcement.  A frame to another address is flooded.
type stations struct {
	learned map[cluster.Station]lastSeen
	floods  int // the number of floods so far
	flood   int // the number of the current flood, 0 for none
}

// lastSeen is the chassis where a station was seen last.  Several chassis may reply to the same
// flood, such as those of a distributed router: any of them may be the last.
type lastSeen struct {
	from  []*cluster.Chassis
	flood int
}

func (w *simulation) learnStation(network string, p *packet.Packet, from *cluster.Chassis) {
	s, src := &w.stations, w.stationOf(network, p, packet.EthSrc)
	seen := s.learned[src]
	if s.flood == 0 || seen.flood != s.flood {
		seen = lastSeen{flood: s.flood}
	}
	if !slices.Contains(seen.from, from) {
		seen.from = append(seen.from, from)
	}
	s.learned[src] = seen
}

// begin returns the number of a new flood.
func (s *stations) begin() int {
	s.floods++
	return s.floods
}

// during makes a flood the current one; the returned function ends that.
func (s *stations) during(flood int) (end func()) {
	outer := s.flood
	s.flood = flood
	return func() { s.flood = outer }
}

// find returns the chassis to which a frame is forwarded, nil for an outside host; known is
// false if the frame is flooded.
func (w *simulation) find(network string, p *packet.Packet) (at *cluster.Chassis, known bool) {
	dst := w.stationOf(network, p, packet.EthDst)
	seen, known := w.stations.learned[dst]
	if !known {
		a := w.cluster.Announced()[dst]
		if a == nil {
			return nil, false
		}
		if seen.from = a.Seen(func(ipv4 uint64) []*cluster.Chassis { return w.announce(a, dst, ipv4) }); len(seen.from) == 0 {
			return nil, false
		}
	}
	key := choiceKey{kind: "station", dst: packet.Uint(dst.MAC), on: uint64(seen.flood)}
	i := w.script.choose(key, len(seen.from), func(i int) string {
		return fmt.Sprintf("%s is last seen on %s", packet.EthDst.Format(packet.Uint(dst.MAC)), seen.from[i].Name)
	})
	return seen.from[i], true
}

// announce walks a gratuitous ARP or neighbor advertisement through its switch and the physical
// network, and returns the chassis from which the last frames with its address came.
func (w *simulation) announce(a *cluster.Announcement, s cluster.Station, ipv4 uint64) []*cluster.Chassis {
	var p packet.Packet
	p.SetUint(packet.EthDst, packet.Ones(48).Lo)
	p.SetUint(packet.EthSrc, a.MAC)
	p.SetUint(packet.EthType, packet.EthTypeARP)
	p.SetUint(packet.ARPOp, 1)
	p.SetUint(packet.ARPSPA, ipv4)
	p.SetUint(packet.ARPTPA, ipv4)
	p.SetUint(packet.ARPSHA, a.MAC)
	if ipv4 == 0 {
		const reverseRequest = 3
		p.SetUint(packet.EthType, packet.EthTypeRARP)
		p.SetUint(packet.ARPOp, reverseRequest)
		p.SetUint(packet.ARPTHA, a.MAC)
	}
	p.SetUint(packetOut, 1)
	p.SetUint(madeLength, arpLength)
	walk := newSimulation(w.cluster, &Options{}, newScript(nil, map[orderKey]bool{}))
	walk.announces = true
	walk.inject(func(out *trace.Container) { walk.enter(a.On, a.From, &p, out) })
	return walk.stations.learned[s].from
}

func (w *simulation) stationOf(network string, p *packet.Packet, address *packet.Field) cluster.Station {
	return cluster.Station{Segment: w.cluster.Segment(network), VID: p.Uint(packet.VLANTCI) & 0xfff, MAC: p.Uint(address)}
}

// fromOutside walks a frame of a host on a physical network on the chassis to which it is
// forwarded.  It returns false if no chassis maps the network.
func (w *simulation) fromOutside(network string, p packet.Packet, out *trace.Container) (enters bool) {
	w.learnStation(network, &p, nil)
	at, known := w.find(network, &p) // before the frame causes others
	defer w.stations.during(w.stations.begin())()
	for _, h := range w.cluster.Chassis {
		if h.Down || h.Remote || !h.Zone.Takes(network, &p) {
			continue
		}
		enters = enters || len(h.Attached(network)) > 0
		if !known || h == at {
			w.beginPass(&p)
			ports := w.taking(h, network, &p, nil)
			o := w.outputBy(h, network, len(ports), &resubmissions{})
			for _, b := range ports {
				w.enterFrame(h, b, p, o, out)
			}
		}
	}
	return enters
}

// toNetwork sends a frame to a physical network, by the bridge of the chassis: to the physical switches and to the other ports
// of the chassis to the network, where it is still the same packet in the same translation.
func (w *simulation) toNetwork(h *cluster.Chassis, b *cluster.Binding, p *packet.Packet, at sim.ActionContext) {
	if w.resubmit(1); w.hasFailed(p, at) { // to the bridge of the network
		return
	}
	q := frameOf(h, b, p)
	setPasses(&q, p)
	deepen(&q)
	if q.Uint(packetOut) != 0 {
		q.SetUint(packetOut, 2)
	}
	flood := w.stations.begin()
	others := w.taking(h, b.Network, &q, b)
	o := w.outputBy(h, b.Network, len(others)+1, w.xlate.resubmissions)
	place := w.place(h, b, len(others))
	for i := range len(others) + 1 {
		if i == place {
			w.toSwitches(h, b, p, flood, at)
		}
		if i < len(others) {
			end := w.stations.during(flood)
			w.fromNetwork(h, others[i], q, o, at.Out)
			end()
		}
	}
}

// place returns the place of the port to the physical switches among n other ports of a bridge to which it outputs a frame from a
// port. Like the order of those it is a choice if the result depends on it.
func (w *simulation) place(h *cluster.Chassis, from *cluster.Binding, n int) int {
	if !w.script.orders[orderKey{h.Number, w.cluster.Segment(from.Network)}] {
		return 0
	}
	key := choiceKey{kind: "place of the network", flow: from.Network, port: from.Port, on: h.Number}
	return w.script.choose(key, n+1, func(i int) string { return fmt.Sprintf("%s is output to after %d ports", from.Network, i) })
}

// frameOf returns the frame of a packet on the bridge of a physical network.
func frameOf(h *cluster.Chassis, b *cluster.Binding, p *packet.Packet) packet.Packet {
	q := headersOf(p)
	q.SetUint(packet.EthSrc, h.EgressSource(b, q.Uint(packet.EthSrc)))
	if b.Tag != 0 {
		pushVLAN(b.Tag, &q)
	}
	return q
}

// toSwitches sends a frame to the physical switches, which forward it to other chassis.
func (w *simulation) toSwitches(h *cluster.Chassis, b *cluster.Binding, p *packet.Packet, flood int, at sim.ActionContext) {
	if w.isDiscarded(p, at) {
		return
	}
	settled := *p
	w.settle(&settled)
	q := frameOf(h, b, &settled)
	at.Out.Add(&trace.Delivered{Port: b.Port.Ref(), Packet: q})
	w.arrived = append(w.arrived, Arrival{Network: b.Network, segment: w.cluster.Segment(b.Network), Port: b.Port, Chassis: h.Name, Packet: onWire(&q), Path: w.path(&q)})
	w.hop(&q, Hop{Kind: HopNetwork, Network: b.Network, Chassis: h.Name})
	w.learnStation(b.Network, &q, h)
	w.outsideAnswers(b.Network, q, at.Out)
	to, known := w.find(b.Network, &q)
	w.after(0, func() {
		defer w.stations.during(flood)()
		for _, other := range w.cluster.Chassis {
			if other != h && !other.Down && !other.Remote && (!known || other == to) && other.Zone.Takes(b.Network, &q) {
				w.toOther(other, b.Network, q, at.Out)
			}
		}
	})
}

// toOther walks a frame that the physical switches forward to a chassis.
func (w *simulation) toOther(h *cluster.Chassis, network string, p packet.Packet, out *trace.Container) {
	w.beginPass(&p)
	ports := w.taking(h, network, &p, nil)
	o := w.outputBy(h, network, len(ports), &resubmissions{})
	for _, b := range ports {
		w.fromNetwork(h, b, p, o, out)
	}
}

// fromNetwork walks a frame of the chassis that enters through a port to a physical network.
func (w *simulation) fromNetwork(h *cluster.Chassis, b *cluster.Binding, q packet.Packet, o *bridgeOutput, out *trace.Container) {
	if !w.Within(out) {
		return
	}
	if w.crossed++; w.crossed > maxCrossings {
		w.Stop(fmt.Sprintf("%d frames from physical networks", maxCrossings), out)
		return
	}
	w.enterFrame(h, b, q, o, out)
}

// outputBy returns the output of a frame by the bridge of a chassis to n ports.
func (w *simulation) outputBy(h *cluster.Chassis, network string, n int, r *resubmissions) *bridgeOutput {
	return &bridgeOutput{key: orderKey{h.Number, w.cluster.Segment(network)}, ports: n, resubmissions: r, opened: map[conntrack.Tuple]*cluster.Binding{}}
}

// taking returns the ports of a chassis to a physical network, except but, that accept a frame:
// those with its VLAN, or for all VLANs.  The bridge of the chassis outputs to them in an order
// that is not in the database.  It is a choice if the result depends on it.
func (w *simulation) taking(h *cluster.Chassis, network string, p *packet.Packet, but *cluster.Binding) []*cluster.Binding {
	vid := p.Uint(packet.VLANTCI) & 0xfff
	var all []*cluster.Binding
	for _, b := range h.Attached(network) {
		if b != but && (b.EveryVLAN || vid == uint64(b.Tag)&0xfff) {
			all = append(all, b)
		}
	}
	if !w.script.orders[orderKey{h.Number, w.cluster.Segment(network)}] {
		return all
	}
	for rest := all; len(rest) > 1; rest = rest[1:] {
		key := choiceKey{kind: "bridge port", flow: network, port: rest[0].Port, on: h.Number}
		i := w.script.choose(key, len(rest), func(i int) string { return rest[i].Port.DisplayName(true) + " is output to first" })
		rest[0], rest[i] = rest[i], rest[0]
	}
	return all
}

// enterFrame walks a frame that enters through a port to a physical network.
func (w *simulation) enterFrame(h *cluster.Chassis, b *cluster.Binding, p packet.Packet, o *bridgeOutput, out *trace.Container) {
	if !b.EveryVLAN {
		p.SetUint(packet.VLANTCI, 0)
	}
	if all := h.IngressSources(b, p.Uint(packet.EthSrc)); len(all) > 0 && p.Uint(packet.VLANTCI) == 0 {
		name := func(i int) string { return "from " + packet.EthSrc.Format(packet.Uint(all[i])) }
		i := w.script.choose(choiceKey{kind: "router of a chassis", port: b.Port, on: h.Number}, len(all), name)
		p.SetUint(packet.EthSrc, all[i])
	}
	p.SetUint(enteredBy, w.physicalPort(b))
	deepen(&p)
	before := w.inBuffer(&p)
	w.outputs = append(w.outputs, portOutput{o, b})
	w.translateAs(xlate{bridge: o, by: b, limits: limits{resubmissions: o.resubmissions, isPart: true, discarded: w.xlate.discarded}}, func() {
		w.resubmit(1) // to the integration bridge
		q := p
		w.enter(h, b, &q, out)
	})
	w.outputs = w.outputs[:len(w.outputs)-1]
	if after := w.inBuffer(&p); o.ports > 1 && differ(&before, &after) {
		o.choose(w.script)
	}
}
