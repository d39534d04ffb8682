package witness

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// each goes back over the ways, the most promising first.
func (z *search) each(p *path, ways []branch, without []*Region, cts []uint64, depth int) bool {
	slices.SortStableFunc(ways, func(a, b branch) int {
		if a.need != b.need {
			return a.need - b.need
		}
		return a.r.fixed() - b.r.fixed()
	})
	for _, w := range ways {
		from := Stage{w.e.from.Pipeline, w.e.from.Table}
		if p.covered(from, w.e.at, w.r) {
			continue
		}
		var bad []*Region
		for _, b := range without {
			if len(w.e.ops) > 0 {
				c, ok := w.before(p, b, false)
				if !ok {
					continue
				}
				b = &c
			}
			if b.meets(w.r) {
				bad = append(bad, b)
			}
		}
		chosen := cts
		for i, answer := range w.answers {
			if w.e.ops[len(w.e.ops)-1-i].requires() {
				chosen = append(chosen[:len(chosen):len(chosen)], states[answer])
			}
		}
		if !z.back(p, from, w.r, p.above(from, w.e.at, w.r, bad), chosen, depth+1) {
			return false
		}
		if z.left <= 0 {
			return true
		}
	}
	return true
}

// fromIngress goes back from the egress pipeline to the outputs that lead there.
func (z *search) fromIngress(p *path, r *Region, without []*Region, cts []uint64, depth int) bool {
	clear := func(r *Region) bool { // the registers are, but for the ports
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
		// What one copy of a multicast leaves in registers the next finds there.
		left := len(p.d.Groups()) > 0
		for i := range 7 {
			left = left && r.val[i]&^p.left[i] == 0
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
		here := []*Region{{}} // not back by the port where it came in
		here[0].Fix(packet.Inport, packet.Uint(port.Key), packet.Ones(32))
		here[0].Fix(packet.LogicalFlags, packet.Value{}, packet.Uint(packet.FlagLoopback))
		for _, b := range bad {
			c := *b
			if w, n := c.forget(packet.Outport, packet.Ones(32)); (w.Lo^port.Key)&n.Lo == 0 {
				here = append(here, &c)
			}
		}
		var ways []branch
		for _, key := range keys {
			q := inner
			if !q.Fix(packet.Outport, packet.Uint(key), packet.Ones(32)) {
				continue
			}
			for _, e := range p.output[lflow.Ingress] {
				ways = z.ways(p, ways, e, &q)
			}
		}
		if !z.each(p, ways, here, cts, depth) {
			return false
		}
		if z.left <= 0 {
			return true
		}
	}
	return true
}

// start tries packets that start at a port of the datapath, then goes back into
// the datapaths at the other ends of its ports.
func (z *search) start(p *path, r *Region, without []*Region, cts []uint64, depth int) bool {
	inner := *r
	v, m := inner.forget(packet.Inport, packet.Ones(32))
	var peers []*lflow.Port
	for _, port := range p.starts(r) {
		if (port.Key^v.Lo)&m.Lo != 0 || port.Type == "chassisredirect" {
			continue
		}
		if port.Peer != nil {
			peers = append(peers, port)
		}
		c := *r
		c.Fix(packet.Inport, packet.Uint(port.Key), packet.Ones(32))
		if !c.fresh() {
			continue
		}
		if !z.emit(p, port, &c, without, cts) {
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
			if w, n := d.forget(packet.Inport, packet.Ones(32)); (w.Lo^port.Key)&n.Lo != 0 {
				continue
			}
			d.forget(packet.Outport, packet.Ones(32))
			bad = append(bad, &d)
		}
		var ways []branch
		for _, e := range there.output[lflow.Egress] {
			ways = z.ways(there, ways, e, &c)
		}
		if !z.each(there, ways, bad, cts, depth) {
			return false
		}
		if z.left <= 0 {
			return true
		}
	}
	return true
}

// starts returns the ports of a datapath, those last whose security may refuse
// the packets.
func (p *path) starts(r *Region) []*lflow.Port {
	ports := slices.Clone(p.d.Ports())
	said := func(f *packet.Field) bool {
		c := *r
		_, m := c.forget(f, packet.Ones(f.Bits))
		return !m.IsZero()
	}
	if said(packet.EthSrc) || said(packet.IPv4Src) || said(packet.IPv6Src) {
		slices.SortStableFunc(ports, func(a, b *lflow.Port) int { return len(a.Security) - len(b.Security) })
	}
	return ports
}

// fresh requires that only the inport is known of a packet's metadata.
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

// requires reports whether conntrack answers as an action leads on.
func (o op) requires() bool {
	switch o.Action.(type) {
	case *action.CTNext, *action.CTNAT, *action.CTLB, *action.CTCommitNAT, *action.CTCommitToZone:
		return o.fork
	}
	return false
}
