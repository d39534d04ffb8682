package connect

import (
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
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

// begin begins a flood; the returned function ends it.
func (s *stations) begin() (end func()) {
	outer := s.flood
	s.floods++
	s.flood = s.floods
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
	defer w.stations.begin()()
	for _, h := range w.cluster.Chassis {
		if h.Down || h.Remote || !h.Zone.Takes(network, &p) {
			continue
		}
		enters = enters || len(h.Attached(network)) > 0
		if !known || h == at {
			w.beginPass(&p)
			o := &bridgeOutput{key: orderKey{h.Number, w.cluster.Segment(network)}, resubmissions: &resubmissions{}}
			for _, b := range w.taking(h, network, &p, nil) {
				w.enterFrame(h, b, p, o, out)
			}
		}
	}
	return enters
}

// toNetwork sends a frame to a physical network.  It enters the chassis to which the physical
// switches forward it, and the other ports of this chassis to the network.
func (w *simulation) toNetwork(h *cluster.Chassis, b *cluster.Binding, p *packet.Packet, at sim.ActionContext) {
	if w.resubmit(1); w.isDiscarded(p, at) { // to the bridge of the network
		return
	}
	spent := *p
	w.settle(p)
	q := headersOf(p)
	q.SetUint(packet.EthSrc, h.EgressSource(b, q.Uint(packet.EthSrc)))
	if b.Tag != 0 {
		pushVLAN(b.Tag, &q)
	}
	at.Out.Add(&trace.Delivered{Port: b.Port.Ref(), Packet: q})
	w.arrived = append(w.arrived, Arrival{Network: b.Network, segment: w.cluster.Segment(b.Network), Port: b.Port, Chassis: h.Name, Packet: onWire(&q), Path: w.path(&q)})
	w.hop(&q, Hop{Kind: HopNetwork, Network: b.Network, Chassis: h.Name})
	w.learnStation(b.Network, &q, h)
	w.outsideAnswers(b.Network, q, at.Out)
	same := w.xlate.resubmissions
	w.after(0, func() { w.fromNetwork(b.Network, b, h, q, &spent, same, at.Out) })
}

// fromNetwork walks a frame on the chassis to which it is forwarded, but not through the port
// that it left by.  On the chassis that it left it is still the same packet in the same translation,
// for which Open vSwitch limits recirculations and resubmissions.
func (w *simulation) fromNetwork(network string, left *cluster.Binding, from *cluster.Chassis, p packet.Packet, spent *packet.Packet, same *resubmissions, out *trace.Container) {
	at, known := w.find(network, &p)
	defer w.stations.begin()()
	for _, h := range w.cluster.Chassis {
		if h.Down || h.Remote || known && h != at && h != from || !h.Zone.Takes(network, &p) {
			continue
		}
		q, but := p, (*cluster.Binding)(nil)
		o := &bridgeOutput{key: orderKey{h.Number, w.cluster.Segment(network)}, resubmissions: &resubmissions{}}
		if h == from {
			but = left
			for _, c := range changeable {
				q.Set(c.field, spent.Get(c.field))
			}
			setPasses(&q, spent)
			o.resubmissions = same
			deepen(&q)
			if q.Uint(packetOut) != 0 {
				q.SetUint(packetOut, 2)
			}
		} else {
			w.beginPass(&q)
		}
		for _, b := range w.taking(h, network, &p, but) {
			if !w.Within(out) {
				return
			}
			o.resubmissions.returns = h == from
			if w.crossed++; w.crossed > maxCrossings {
				w.Stop(fmt.Sprintf("%d frames from physical networks", maxCrossings), out)
				return
			}
			w.enterFrame(h, b, q, o, out)
		}
	}
}

// taking returns the ports of a chassis to a physical network, except but, that accept a frame:
// those with its VLAN, or for all VLANs.  The bridge of the chassis outputs to them in an order
// that is not in the database.  It is a choice if conntrack of the chassis may translate the
// frame for one of them, because the following ones receive it translated.
func (w *simulation) taking(h *cluster.Chassis, network string, p *packet.Packet, but *cluster.Binding) []*cluster.Binding {
	vid := p.Uint(packet.VLANTCI) & 0xfff
	var all []*cluster.Binding
	for _, b := range h.Attached(network) {
		if b != but && (b.EveryVLAN || vid == uint64(b.Tag)&0xfff) {
			all = append(all, b)
		}
	}
	if len(all) < 2 || !w.table(h).Translates(p) && !w.script.orders[orderKey{h.Number, w.cluster.Segment(network)}] {
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
	w.translateAs(xlate{bridge: o, by: b, limits: limits{resubmissions: o.resubmissions, isPart: true}}, func() {
		w.resubmit(1) // to the integration bridge
		w.enter(h, b, &p, out)
	})
}
