package witness

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// fromIngress goes backward from the egress pipeline to the outputs that lead to it.
func (z *search) fromIngress(p *path, r *Region, without []*Region, cts []uint64, depth int) bool {
	clear := func(r *Region) bool { // the registers are cleared, except for the ports
		for i := range 7 {
			if r.val[i] != 0 {
				return false
			}
			r.mask[i] = 0
		}
		return true
	}
	inner := *r
	if !clear(&inner) {
		// A copy of a multicast group starts with the registers that the copy before it
		// left.
		left := len(p.d.Groups()) > 0
		_, bits := p.flowBits()
		for i := range 7 {
			left = left && r.val[i]&^bits[i] == 0
		}
		z.exact = z.exact && !left
		return true
	}
	var bad []*Region
	for _, b := range without {
		c := *b
		if clear(&c) {
			bad = append(bad, &c)
		}
	}
	v, m := inner.forget(packet.Outport, packet.Ones(32))
	var list []branch
	for _, port := range p.d.Ports() {
		if (port.Key^v.Lo)&m.Lo != 0 || port.Type == "chassisredirect" {
			continue
		}
		keys := []uint64{port.Key}
		for _, q := range p.d.Ports() {
			if q.Distributed == port {
				keys = append(keys, q.Key)
			}
		}
		for _, g := range p.d.Groups() {
			if slices.Contains(g.Ports(), port) {
				keys = append(keys, g.Key)
			}
		}
		here := []*Region{{}} // a packet is not output to its input port
		here[0].Fix(packet.Inport, packet.Uint(port.Key), packet.Ones(32))
		here[0].Fix(packet.LogicalFlags, packet.Value{}, packet.Uint(packet.FlagLoopback))
		for _, b := range bad {
			c := *b
			if w, n := c.forget(packet.Outport, packet.Ones(32)); (w.Lo^port.Key)&n.Lo == 0 {
				here = append(here, &c)
			}
		}
		for _, key := range keys {
			q := inner
			if q.Fix(packet.Outport, packet.Uint(key), packet.Ones(32)) {
				list = z.branches(p, list, p.allEdges().toPort[key], &q, here)
				list = z.branches(p, list, p.allEdges().toAny, &q, here)
			}
		}
	}
	return z.each(p, list, cts, depth)
}

// start tries packets that start at a port of the datapath, then goes backward into the
// datapaths of its ports' peers.
func (z *search) start(p *path, r *Region, without []*Region, cts []uint64, depth int) bool {
	inner := *r
	v, m := inner.forget(packet.Inport, packet.Ones(32))
	var peers []*lflow.Port
	for _, port := range p.d.Ports() {
		if (port.Key^v.Lo)&m.Lo != 0 || port.Type == "chassisredirect" {
			continue
		}
		if port.Peer != nil {
			peers = append(peers, port)
		}
		c := *r
		c.Fix(packet.Inport, packet.Uint(port.Key), packet.Ones(32))
		if c.fresh() && !z.emit(p, port, &c, without, cts) {
			return false
		}
	}
	if z.local {
		return true
	}
	for _, port := range peers {
		there := z.x.path(port.Peer.Datapath)
		c := inner
		if out, _ := c.forget(packet.Outport, packet.Ones(32)); out.Lo != 0 {
			continue
		}
		c.Fix(packet.Outport, packet.Uint(port.Peer.Key), packet.Ones(32))
		var bad []*Region
		for _, b := range without {
			d := *b
			w, n := d.forget(packet.Inport, packet.Ones(32))
			out, _ := d.forget(packet.Outport, packet.Ones(32))
			if (w.Lo^port.Key)&n.Lo == 0 && out.Lo == 0 {
				bad = append(bad, &d)
			}
		}
		if !z.each(there, z.branches(there, nil, there.allEdges().output[lflow.Egress], &c, bad), cts, depth) {
			return false
		}
		if z.left <= 0 {
			return true
		}
	}
	return true
}

// fresh requires that the metadata is that of a new packet: only the input port is set.
func (r *Region) fresh() bool {
	for i := range metadata {
		m := ^uint64(0)
		if i == 7 {
			m = 1<<32 - 1
		}
		if !r.fixWord(i, 0, m) {
			return false
		}
	}
	return true
}
