package connect

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// toZone returns the context in which a packet continues behind a tunnel: on the datapath with
// the same key if the chassis belongs to another zone.
func (w *simulation) toZone(from, to *cluster.Chassis, p *packet.Packet, at sim.ActionContext) (sim.ActionContext, bool) {
	remote := to.InOwnZone()
	switch {
	case !from.Tunnels(to), p.Uint(packet.PktMark) != 0 && from.InUserspace():
		w.drop(NoTunnel, p, at)
		return at, false
	case remote == nil || !remote.Zone.Enter():
		d := w.ended(NoZone, p, at)
		d.Detail = to.Node()
		w.dropped = append(w.dropped, d)
		return at, false
	case remote.Zone != from.Zone:
		w.noteProblems(at.Datapath, remote.Zone)
		if !remote.Accepts(from) {
			w.drop(NoTunnel, p, at)
			return at, false
		}
		d := remote.Zone.Keyed(at.Datapath.TunnelKey)
		if d == nil {
			w.drop(NotCarried, p, at)
			return at, false
		}
		at.Datapath = d
	}
	if !remote.Carries(at.Datapath) || remote.Down {
		w.drop(NotCarried, p, at)
		return at, false
	}
	return at, true
}

// noteProblems records differences to the zone behind a tunnel.
func (w *simulation) noteProblems(d *lflow.Datapath, other *cluster.Zone) {
	for _, x := range w.cluster.Problems(d, other) {
		if !slices.Contains(w.problems, x) {
			w.problems = append(w.problems, x)
		}
	}
}

// floodRemote sends an ARP reply or neighbor advertisement to each chassis of another zone, where
// it enters the ingress pipeline.
func (w *simulation) floodRemote(p *packet.Packet, at sim.ActionContext) {
	if p.Uint(packet.LogicalFlags)&packet.FlagFromTunnel != 0 {
		return
	}
	h := w.chassis(p)
	for _, to := range h.Zone.Chassis {
		if !to.Remote || !h.Tunnels(to) || !w.Within(at.Out) {
			continue
		}
		q := *p
		q.SetUint(packet.Outport, 0)
		behind, ok := w.toZone(h, to, &q, at)
		if !ok || !resolves(&q) {
			continue
		}
		q = w.decapsulated(h, to, &q, at.Datapath)
		q.SetUint(packet.LogicalFlags, packet.FlagFromTunnel)
		d := behind.Datapath
		w.hop(&q, Hop{Kind: HopIngress, Datapath: d.Ref(), Router: d.Type == "logical-router", Port: sim.PortOf(d, q.Uint(packet.Inport))})
		node := &trace.Pipeline{Datapath: d.Ref(), Inport: sim.PortOf(d, q.Uint(packet.Inport))}
		at.Out.Add(node)
		w.Tables(d, &q, lflow.Ingress, 0, &node.Container)
	}
}

// resolves reports whether a packet is an ARP reply or a neighbor advertisement.
func resolves(p *packet.Packet) bool {
	return p.IsARP() && p.Uint(packet.ARPOp) == 2 || p.IsND() && p.Uint(packet.TPSrc) == packet.NDAdvertise && p.Uint(packet.TPDst) == 0
}

// missingZones sets the verdict of a result in which a packet is lost because it enters a zone
// whose database is not given, or because the reply that it waits for would come from there.
func (o *Outcome) missingZones(p *Packet) {
	if o.Where.Code != NoZone && o.Where.Code != Unresolved {
		return
	}
	var nodes []string
	for _, d := range p.Dropped {
		if d.Code != NoZone {
			continue
		}
		if len(nodes) == 0 && o.Where.Code != NoZone {
			o.Where = d
		}
		nodes = appendNew(nodes, []string{d.Detail})
	}
	if len(nodes) > 0 {
		o.Verdict, o.Where.Detail = MissingZone, strings.Join(nodes, ", ")
	}
}
