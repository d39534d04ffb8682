package reach

import (
	"cmp"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// The functions of this file narrow the set by the fields of packets that package verdict
// reads besides the path.

// stagesThatLook are the stages in which the code of a drop depends on the packet.
var stagesThatLook = []string{
	"ls_in_check_port_sec", "ls_in_apply_port_sec", "ls_in_port_sec_l2", "lr_in_admission", "ls_in_l2_lkup", "lr_in_ip_input",
}

func looksAtPacket(f *lflow.Flow) bool { return slices.Contains(stagesThatLook, f.Stage()) }

// ended narrows the set to the packets for which the code of a drop is the same.
func (r *image) ended(at place) {
	if at.way.leftover || r.effort == missing {
		return
	}
	r.repeated(at)
	s := at.entry
	if s == nil {
		return
	}
	bit := func(f *packet.Field, i int) bool {
		b := s.Get(f, i, 1)
		return r.decide(r.m.Becomes(&b, packet.Ones(1), packet.Ones(1)))
	}
	multicast := func() {
		if bit(packet.EthDst, 40) {
			return
		}
		v4, v6 := s.Field(packet.IPv4Dst), s.Field(packet.IPv6Dst)
		if r.has(s, packet.IPv4Dst) {
			r.decide(r.m.Becomes(&v4, packet.Uint(0xe<<28), packet.Range(28, 4)))
		} else if r.has(s, packet.IPv6Dst) {
			r.decide(r.m.Becomes(&v6, packet.Ones(8).Shl(120), packet.Range(120, 8)))
		}
	}
	switch f := at.flow; {
	case f.Stage() == "ls_in_l2_lkup" && f.Priority > 50:
		multicast()
	case f.Stage() == "lr_in_ip_input" && f.Priority >= 29 && f.Priority <= 32:
		ttl := s.Field(packet.IPTTL)
		r.decide(r.m.And(r.kind(s, packet.NeedIP), r.m.Becomes(&ttl, packet.Value{}, packet.Range(1, 7))))
	case f.Stage() == "lr_in_ip_input" && f.Priority == 100:
		multicast()
	case f.Stage() == "ls_in_check_port_sec", f.Stage() == "ls_in_apply_port_sec", f.Stage() == "ls_in_port_sec_l2", f.Stage() == "lr_in_admission":
		if !bit(packet.VLANTCI, 12) {
			bit(packet.EthSrc, 40)
		}
	}
}

// repeated narrows the set, if the walk ended because of a loop, to the packets that repeat
// the same pipelines.
func (r *image) repeated(at place) {
	if r.loop && !at.way.leftover && r.effort != missing {
		r.compare(at.way.before)
	}
}

// compare decides which of the pipelines on its path the packet entered unchanged, apart
// from its time to live; a choice then takes the same option. Copies share the part of the
// path before them, which is decided once.
func (r *image) compare(last *visit) {
	var list []*visit
	for v := last; v != nil && v.id == 0; v = v.before {
		list = append(list, v)
	}
	for _, v := range slices.Backward(list) {
		v.id = r.m.ID(v.state)
		for v.same = v.before; v.same != nil && !v.same.isInto(v); {
			v.same = v.same.before
		}
		for o := v.same; o != nil; o = o.same {
			if o.datapath != v.datapath {
				r.isSame(v, o)
				continue
			}
			if v.id == o.id { // those before were compared with o, and those since then
				v.first = cmp.Or(o.first, o)
				break
			}
			if r.isSame(v, o) {
				v.first = o
			}
		}
	}
}

// isInto reports whether two visits are to the same table, perhaps in different zones.
func (v *visit) isInto(o *visit) bool {
	return v.datapath.TunnelKey == o.datapath.TunnelKey && v.egress == o.egress && v.table == o.table
}

// isSame decides whether the packet is the same in two visits.
func (r *image) isSame(v, o *visit) bool {
	pair := [2]int32{v.id, o.id}
	same, known := r.compared[pair]
	if known {
		return same
	}
	s, differ := r.m.Difference(v.state, o.state, &r.rep)
	if differ {
		r.decide(s)
	} else {
		r.fixSame(v.state, o.state)
	}
	if r.compared == nil {
		r.compared = map[[2]int32]bool{}
	}
	r.compared[pair] = !differ
	return !differ
}

// fixSame narrows the set to the packets for which two states are equal.
func (r *image) fixSame(a, b *packetset.State) {
	for _, f := range packet.Fields() {
		r.equal(a.Field(f), b.Field(f))
	}
}

// turn decides whether the network has turned the packet into a reply since it was last
// shown.
func (r *image) turn(w way, s *packetset.State) way {
	if w.leftover || r.effort == missing || w.shown != nil && !w.shown.Differs(s, packet.EthType, packet.EthSrc, packet.EthDst, packet.IPProto, packet.TPSrc, packet.TPDst) {
		return w
	}
	if w.shown != nil {
		sets := r.turns(w.shown, s)
		for i, t := range turns {
			if r.decide(sets[i]) && (t.back == nil || t.back(r, w.shown, s)) {
				w.answer = true
				break
			}
		}
	}
	w.shown = s.Clone()
	return w
}

// turnKey is a packet before and after a change.
type turnKey struct{ before, after int32 }

// turns returns, for each of turns, the packets that are a request before a change and its
// reply after it.
func (r *image) turns(before, after *packetset.State) []packetset.Set {
	key := turnKey{r.m.ID(before), r.m.ID(after)}
	sets, known := r.turned[key]
	if !known {
		for _, t := range turns {
			sets = append(sets, r.m.And(t.request(r, before), t.answer(r, after)))
		}
		r.turned[key] = sets
	}
	return sets
}

// turns are the replies that package verdict recognizes in a changed packet: the request,
// its reply, and whether the packet must return to its sender.
var turns = []struct {
	request, answer func(r *image, s *packetset.State) packetset.Set
	back            func(r *image, s, q *packetset.State) bool
}{
	{request: arp(1), answer: arp(2)},
	{request: typed(packet.NeedICMPv4, 8), answer: typed(packet.NeedICMPv4, 0)},
	{request: typed(packet.NeedICMPv6, 128), answer: typed(packet.NeedICMPv6, 129)},
	{typed(packet.NeedICMPv6, 133), anything, (*image).toSender},
	{request: ports(68, 67), answer: ports(67, 68)},
	{request: ports(546, 547), answer: ports(547, 546)},
	{port(packet.TPDst, 53), port(packet.TPSrc, 53), (*image).unrouted},
}

func arp(op uint64) func(*image, *packetset.State) packetset.Set {
	return func(r *image, s *packetset.State) packetset.Set {
		return r.m.And(r.kind(s, packet.NeedARP), r.becomes(s, packet.IPProto, op))
	}
}

func anything(*image, *packetset.State) packetset.Set { return packetset.All }

func typed(kind packet.Prereq, typ uint64) func(*image, *packetset.State) packetset.Set {
	return func(r *image, s *packetset.State) packetset.Set {
		b := s.Get(packet.TPSrc, 0, 8)
		return r.m.And(r.kind(s, kind), r.m.Becomes(&b, packet.Uint(typ), packet.Ones(8)))
	}
}

func port(f *packet.Field, v uint64) func(*image, *packetset.State) packetset.Set {
	return func(r *image, s *packetset.State) packetset.Set {
		return r.m.And(r.kind(s, packet.NeedUDP), r.becomes(s, f, v))
	}
}

func ports(src, dst uint64) func(*image, *packetset.State) packetset.Set {
	return func(r *image, s *packetset.State) packetset.Set {
		return r.m.And(port(packet.TPSrc, src)(r, s), port(packet.TPDst, dst)(r, s))
	}
}

// toSender decides whether the packet returns to its sender, sent by another host.
func (r *image) toSender(s, q *packetset.State) bool {
	return r.equal(q.Field(packet.EthDst), s.Field(packet.EthSrc)) && !r.equal(q.Field(packet.EthSrc), s.Field(packet.EthSrc))
}

// unrouted decides whether the packet returns to its sender and no router forwarded it.
func (r *image) unrouted(s, q *packetset.State) bool {
	return r.toSender(s, q) && r.equal(q.Field(packet.IPTTL), s.Field(packet.IPTTL))
}
