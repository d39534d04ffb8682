package witness

import (
	"net/netip"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Load balancing sends a packet back to its sender if the chosen backend is the sender.
// The result of the check is a bit of a register. A bound includes this bit for packets to
// a port with known addresses: packets that return have one of them as their destination.
// Without the bit, packets to every virtual address may return.

// hairpins are the checks of a datapath whether packets return to their sender.
type hairpins struct {
	bits  words // of registers with the results
	known bool  // whether packets still have their source address at the check
}

// isHairpin reports whether an action checks whether a packet returns to its sender.
func isHairpin(a action.Action) bool {
	r, ok := a.(*action.Result)
	return ok && (r.Kind == action.ChkLBHairpin || r.Kind == action.ChkLBHairpinReply)
}

// findHairpins finds them in the flows.
func (p *path) findHairpins() (h hairpins) {
	last := -1
	for to, leads := range p.leads {
		for _, l := range leads {
			for _, o := range l.first().ops {
				if to.output || !isHairpin(o.Action) {
					continue
				}
				last = max(last, l.stage.Table)
				written := o.written()
				for i, m := range written.mask {
					h.bits[i] |= m
				}
			}
		}
	}
	h.known = last >= 0
	addresses := region(
		require{packet.IPv4Src, packet.Value{}, packet.Ones(32)}, require{packet.IPv6Src, packet.Value{}, packet.Ones(128)},
	)
	for to, leads := range p.leads {
		if to.output || to.Pipeline != lflow.Ingress {
			continue
		}
		for _, l := range leads {
			if !l.first().isFollowed() {
				continue
			}
			writes, _ := p.effects(l.first())
			isBack := l.stage.Pipeline != lflow.Ingress || l.stage.Table >= to.Table
			if isBack || l.stage.Table <= last && writes.touches(&addresses.mask) {
				h.known = h.known && l.onlyAnswers()
			}
		}
	}
	return h
}

// sender returns the addresses from which the packets of a region come, or nil if these are
// not known.
func (a *Arrivals) sender(p *path, r *Region) []netip.Addr {
	if a.x.Sends == nil {
		return nil
	}
	c := *r
	key, mask := c.forget(packet.Inport, packet.Ones(32))
	if mask.Lo&packet.PortKey != packet.PortKey {
		return nil
	}
	port, ok := p.d.Port(key.Lo & packet.PortKey)
	if !ok || port.Peer != nil {
		return nil
	}
	return a.x.Sends(port)
}

// answers returns the bits of a region that are results of checks, if the sender of its
// packets is known.
func (a *Arrivals) answers(p *path, r *Region) (bits words) {
	p.hairpinsOnce.Do(func() { p.hairpins = p.findHairpins() })
	if !p.hairpins.known {
		return bits
	}
	any := uint64(0)
	for i, m := range p.hairpins.bits {
		bits[i] = m & r.mask[i]
		any |= bits[i]
	}
	if any == 0 || a.sender(p, r) == nil {
		return words{}
	}
	return bits
}

// beforeAnswer returns the packets that are in a region after the checks of an edge. Those
// that return to their sender are addressed to it.
func (a *Arrivals) beforeAnswer(p *path, e *edge, r *Region) []Region {
	bits := a.answers(p, r)
	if bits == (words{}) {
		return []Region{*r}
	}
	c := *r
	goesBack, asked := false, false
	for _, o := range e.ops {
		if !isHairpin(o.Action) {
			continue
		}
		asked = true
		written := o.written()
		for i, m := range written.mask {
			goesBack = goesBack || c.mask[i]&c.val[i]&m != 0
			c.mask[i] &^= m
			c.val[i] &^= m
		}
	}
	if !asked || !goesBack {
		return []Region{c}
	}
	var out []Region
	for _, ip := range a.sender(p, r) {
		v := packet.FromAddr(ip)
		q, own := c, region(isIPv6, isValue(packet.IPv6Src, v), isValue(packet.IPv6Dst, v))
		if ip.Is4() {
			own = region(isIPv4, isValue(packet.IPv4Src, v), isValue(packet.IPv4Dst, v))
		}
		if both, ok := q.meet(own); ok {
			out = append(out, both)
		}
	}
	return out
}
