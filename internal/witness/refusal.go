package witness

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/portsec"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Port security refuses packets to a port that are not addressed to it. The result of the
// check is a bit of a register, and a flow of a later table drops the packets in which it
// is set. A bound requires that the bit is cleared at flows of a lower priority, and before
// the check that the port may receive the packets. Without it, every packet with the
// Ethernet address of the port may arrive.

// refusals is the port security of a datapath's egress pipeline.
type refusals struct {
	bits  words                   // of registers with the results
	drops map[Stage]*securityDrop // by the table of the flow
}

// securityDrop is a flow that takes all packets in which a bit is set, except those that a flow of
// a higher priority takes.
type securityDrop struct {
	priority int
	bit      Region // requires that the bit is cleared
}

// findRefusals finds them in the flows.
func (p *path) findRefusals() (f refusals) {
	for to, leads := range p.leads {
		if to.output || to.Pipeline != lflow.Egress {
			continue
		}
		for _, l := range leads {
			for _, o := range l.first().ops {
				if !asksWhetherRefused(o.Action) {
					continue
				}
				for i, m := range o.written().mask {
					f.bits[i] |= m
				}
			}
		}
	}
	if f.bits == (words{}) {
		return f
	}
	f.drops = map[Stage]*securityDrop{}
	for stage, flows := range p.tables {
		if stage.Pipeline != lflow.Egress {
			continue
		}
		for _, g := range flows {
			if len(g.MatchText()) > maxSecurityMatch || g.MatchesAll() {
				continue
			}
			list, partial := p.regions(g)
			if partial || len(list) != 1 {
				continue
			}
			if bit, ok := f.cleared(list[0]); ok {
				f.drops[stage] = &securityDrop{g.Priority, bit}
				break // the first has the highest priority
			}
		}
	}
	return f
}

// maxSecurityMatch is the length of the longest match of a securityDrop: a bit of a register, and a value.
const maxSecurityMatch = 24

// cleared returns the complement of a region that requires a single result to be set.
func (f *refusals) cleared(r *Region) (bit Region, ok bool) {
	for i, m := range r.mask {
		switch {
		case m == 0:
		case ok, m&(m-1) != 0, r.val[i] != m, f.bits[i]&m == 0:
			return Region{}, false
		default:
			bit.mask[i], ok = m, true
		}
	}
	return bit, ok
}

func asksWhetherRefused(a action.Action) bool {
	r, ok := a.(*action.Result)
	return ok && r.Kind == action.CheckOutPortSec
}

func (p *path) refusing() *refusals {
	p.refusalsOnce.Do(func() { p.refusals = p.findRefusals() })
	return &p.refusals
}

// admitted returns the bits of a region that require port security to admit its packets.
func (f *refusals) admitted(r *Region) (bits words) {
	for i, m := range f.bits {
		bits[i] = m & r.mask[i] &^ r.val[i]
	}
	return bits
}

// beforeSecurity returns the packets that are in a region after the check of an edge
// whether their port may receive them.
func (p *path) beforeSecurity(e *edge, r *Region) []Region {
	if len(e.ops) != 1 || !asksWhetherRefused(e.ops[0].Action) {
		return []Region{*r}
	}
	c := *r
	clear := false
	for i, m := range e.ops[0].written().mask {
		clear = clear || c.mask[i]&^c.val[i]&m != 0
		c.mask[i] &^= m
		c.val[i] &^= m
	}
	out := c
	key, known := out.forget(packet.Outport, packet.Ones(32))
	port, ok := p.d.Port(key.Lo & packet.PortKey)
	if !clear || known.Lo&packet.PortKey != packet.PortKey || !ok {
		return []Region{c}
	}
	checks := p.x.Security(port, false)
	if len(checks) == 0 || portsec.Varies(port) {
		return []Region{c}
	}
	var regions []Region
	for _, q := range receivable(portsec.Flatten(checks)) {
		if both, ok := c.meet(q); ok && !slices.ContainsFunc(regions, func(o Region) bool { return both.within(&o) }) {
			regions = append(regions, both)
		}
	}
	return regions
}

// receivable returns packets that include all that the rules of a port let pass, of rules of
// which the last takes every packet.
func receivable(rules portsec.Check) (out []*Region) {
	var refused []*Region
	for i := range rules {
		r := &rules[i]
		if r.Refuses {
			refused = append(refused, regionOf(r))
			continue
		}
		isRefused := func(types ...require) bool {
			all := regionOf(r, types...)
			return all == nil || slices.ContainsFunc(refused, all.within)
		}
		switch {
		case isRefused():
		case isRefused(isIPv4) && isRefused(isIPv6): // what is left is ARP, or without a protocol
			out = append(out, regionOf(r, isARP), regionOf(r, is(packet.EthType, packet.EthTypeRARP)), regionOf(r, is(packet.IPProto, 0)))
		default:
			out = append(out, regionOf(r))
		}
	}
	return slices.DeleteFunc(out, func(r *Region) bool { return r == nil })
}
