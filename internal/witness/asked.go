package witness

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/northd"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// question is an output port for whose next hops a flow of a router asks.
type question struct {
	flow *flow
	port uint64
}

// answered returns the outcomes of get_arp or get_nd in a flow for addresses without a
// binding, for which the router asks, of the packets that are in a region then.
func (p *path) answered(f *flow, a *action.GetMACBind, r *Region) (out []outcome) {
	c := *r
	mac, macMask := c.forget(packet.EthDst, packet.Ones(48))
	field, ofs, bits := a.Port.Resolve()
	if field == nil || macMask.IsZero() {
		return nil
	}
	key, keyMask := c.forget(field, packet.Range(ofs, bits))
	for _, port := range p.d.Ports() {
		if packet.Uint(port.Key).Shl(ofs).Xor(key).And(keyMask) != (packet.Value{}) {
			continue
		}
		for _, e := range p.answers(question{f, port.Key}) {
			if e.MAC != 0 && !packet.Uint(e.MAC).Xor(mac).And(macMask).IsZero() {
				continue
			}
			when := &Region{}
			when.Fix(field, packet.Uint(port.Key).Shl(ofs), packet.Range(ofs, bits))
			if hop, ofs, bits := a.IP.Resolve(); hop != nil && e.IP != (packet.Value{}) {
				isIPv4 := e.IP == packet.MapIPv4(e.IP.Lo)
				if isIPv4 == a.ND {
					continue
				}
				when.Fix(hop, e.IP.And(packet.Ones(bits)).Shl(ofs), packet.Range(ofs, bits))
			}
			out = append(out, outcome{when: when, back: func(r *Region, over bool) bool { return lose(r, over, packet.EthDst) }})
		}
	}
	return out
}

// answers returns the answers to the requests of a question.
func (p *path) answers(q question) []lflow.Learned {
	if known, ok := p.asked.Load(q); ok {
		return known.([]lflow.Learned)
	}
	list := p.x.Asked(p.d, q.port, func(ip packet.Value) bool { return p.resolves(q, ip) })
	p.asked.Store(q, list)
	return list
}

// resolves reports whether all packets to a next hop take another flow than that of a
// question: one that compares nothing but the output port and the next hop.
func (p *path) resolves(q question, ip packet.Value) bool {
	isIPv4 := ip == packet.MapIPv4(ip.Lo)
	hop := northd.NextHop(!isIPv4)
	var to packet.Packet
	to.SetUint(packet.Outport, q.port)
	if isIPv4 {
		to.SetUint(packet.EthType, packet.EthTypeIPv4)
		ip = packet.Uint(ip.Lo & packet.Ones(32).Lo)
	} else {
		to.SetUint(packet.EthType, packet.EthTypeIPv6)
	}
	to.Set(hop, ip)
	found := p.n.Lookup(p.d, q.flow.stage.Pipeline, q.flow.stage.Table, &to)
	if found.Flow == nil || found.Flow.UUID == q.flow.UUID || len(found.Unparsed) > 0 {
		return false
	}
	cond, ok := found.Flow.Condition()
	if !ok {
		return false
	}
	expr.Walk(cond, func(e expr.Expr) bool {
		switch e := e.(type) {
		case *expr.Cmp:
			ok = ok && slices.Contains([]*packet.Field{packet.Outport, packet.EthType, packet.Reg(0), packet.XXReg(0), hop}, e.Symbol.Field)
		case *expr.Resident:
			ok = false
		}
		return ok
	})
	return ok
}
