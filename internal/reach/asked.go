package reach

import (
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/northd"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// asked returns the Ethernet address that a router gets in reply to its request for a next hop, 0
// for none. It narrows the class to the packets for which that is the same. A packet that arrives
// because a host answers is undecided.
func (r *image) asked(d *lflow.Datapath, s *packetset.State, key, ip packetset.Bits, at place) uint64 {
	if r.neighbors == nil || at.way.leftover {
		return 0
	}
	port := r.neighbors.Port(d, r.fix(key).Lo)
	if port == nil {
		return 0
	}
	answer := r.answerTo(port, s, ip)
	switch name := port.DisplayName(true); {
	case answer.Problem != "":
		r.fail("the answer to a request of " + name + " for an Ethernet address is unknown: " + answer.Problem)
	case answer.ByHost && !at.way.made:
		r.asks = hostMayAnswer + " the request of " + name + " for an Ethernet address"
	}
	return answer.MAC
}

const hostMayAnswer = "a host may answer"

// askedKey identifies the requested addresses in packets of a state for which the replies at a
// port may differ.
type askedKey struct {
	port  *lflow.Port
	state int32
}

// answerTo returns the answer to the request of a router's port for an address.
func (r *image) answerTo(port *lflow.Port, s *packetset.State, ip packetset.Bits) address.Answer {
	v := ip.Of(&r.rep)
	full, v4 := packet.Ones(ip.Width), ip.Width == 32
	if v4 {
		v = packet.MapIPv4(v.Lo)
	}
	if ip.IsConstant() {
		return r.neighbors.Of(port, v)
	}
	list := r.neighbors.Asked(port)
	if list.Has(v) {
		r.decide(r.m.Becomes(&ip, v, full))
		return r.neighbors.Of(port, v)
	}
	key := askedKey{port, r.m.ID(s)}
	own, known := r.askings[key]
	if !known {
		var sets []packetset.Set
		for _, a := range list.Addresses {
			if isIPv4 := a == packet.MapIPv4(a.Lo); isIPv4 == v4 {
				sets = append(sets, r.m.Becomes(&ip, a.And(full), full))
			}
		}
		own = r.m.Union(sets)
		r.askings[key] = own
	}
	r.decide(own)
	if !v4 {
		for _, p := range list.Parts {
			r.decide(r.m.Becomes(&ip, p.And(address.PartBits), address.PartBits))
		}
	}
	return r.neighbors.Of(port, v)
}

// waits handles a packet for which a router sends a request although its flows may resolve the
// next hop: it is undecided if there may be a reply.
func (r *image) waits(kind action.NestedKind, s *packetset.State, at place) {
	if r.neighbors == nil || at.way.made || at.way.leftover {
		return
	}
	port := r.neighbors.Port(at.datapath, r.fix(s.Get(packet.Outport, 0, 16)).Lo)
	if port == nil {
		return
	}
	if answer := r.answerTo(port, s, s.Field(northd.NextHop(kind == action.NDNS))); answer.Answered() {
		r.fail("a packet waits for the answer to a request of " + port.DisplayName(true) + " for an Ethernet address")
	}
}
