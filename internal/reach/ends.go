package reach

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// What a verdict reads of packets, besides the way that they took, is decided here:
// package verdict says what it makes of it.

// stagesThatLook are the stages of which a drop's code depends on the packet.
var stagesThatLook = []string{
	"ls_in_check_port_sec", "ls_in_apply_port_sec", "ls_in_port_sec_l2", "lr_in_admission", "ls_in_l2_lkup", "lr_in_ip_input",
}

func looksAtPacket(f *lflow.Flow) bool { return slices.Contains(stagesThatLook, f.Stage()) }

// ended decides what the code of a drop depends on.
func (r *image) ended(at place) {
	if at.way.leftover {
		return
	}
	if r.loop {
		r.compare(at.way.before)
	}
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

// compare decides which of the pipelines that the packet entered it entered as the
// same packet, apart from its time to live.
func (r *image) compare(v *visit) {
	for ; v != nil; v = v.before {
		for o := v.before; o != nil; o = o.before {
			if o.key != v.key || o.egress != v.egress || o.table != v.table {
				continue
			}
			if s, differ := r.m.Difference(v.state, o.state, packet.IPTTL, &r.rep); differ {
				r.decide(s)
			} else {
				r.fixSame(v.state, o.state)
			}
		}
	}
}

// fixSame goes on with packets for which two states are the same.
func (r *image) fixSame(a, b *packetset.State) {
	for _, f := range packet.Fields() {
		if f != packet.IPTTL {
			r.equal(a.Field(f), b.Field(f))
		}
	}
}

// turn decides whether the network turned the packet into an answer since it was
// last shown.
func (r *image) turn(w way, s *packetset.State) way {
	if w.leftover || w.shown != nil && !w.shown.Differs(s, packet.EthType, packet.EthSrc, packet.EthDst, packet.IPProto, packet.TPSrc, packet.TPDst) {
		return w
	}
	if w.shown != nil {
		for _, t := range turns {
			if r.decide(t.request(r, w.shown)) && r.decide(t.answer(r, w.shown, s)) {
				break
			}
		}
	}
	w.shown = s.Clone()
	return w
}

// turns are the answers that package verdict sees in a changed packet.
var turns = []struct {
	request func(r *image, s *packetset.State) packetset.Set
	answer  func(r *image, s, q *packetset.State) packetset.Set
}{
	{
		func(r *image, s *packetset.State) packetset.Set {
			return r.m.And(r.kind(s, packet.NeedARP), r.becomes(s, packet.IPProto, 1))
		},
		func(r *image, _, q *packetset.State) packetset.Set { return r.becomes(q, packet.IPProto, 2) },
	},
	{typed(packet.NeedICMPv4, 8), typedAnswer(packet.NeedICMPv4, 0)},
	{typed(packet.NeedICMPv6, 128), typedAnswer(packet.NeedICMPv6, 129)},
	{typed(packet.NeedICMPv6, 133), toSender},
	{ports(68, 67), func(r *image, _, q *packetset.State) packetset.Set { return ports(67, 68)(r, q) }},
	{ports(546, 547), func(r *image, _, q *packetset.State) packetset.Set { return ports(547, 546)(r, q) }},
	{
		func(r *image, s *packetset.State) packetset.Set {
			return r.m.And(r.kind(s, packet.NeedUDP), r.becomes(s, packet.TPDst, 53))
		},
		func(r *image, s, q *packetset.State) packetset.Set {
			if set := r.m.And(r.kind(q, packet.NeedUDP), r.becomes(q, packet.TPSrc, 53)); r.decide(set) {
				return toSender(r, s, q)
			}
			return packetset.Empty
		},
	},
}

func typed(kind packet.Prereq, typ uint64) func(*image, *packetset.State) packetset.Set {
	return func(r *image, s *packetset.State) packetset.Set {
		b := s.Get(packet.TPSrc, 0, 8)
		return r.m.And(r.kind(s, kind), r.m.Becomes(&b, packet.Uint(typ), packet.Ones(8)))
	}
}

func typedAnswer(kind packet.Prereq, typ uint64) func(*image, *packetset.State, *packetset.State) packetset.Set {
	return func(r *image, _, q *packetset.State) packetset.Set { return typed(kind, typ)(r, q) }
}

func ports(src, dst uint64) func(*image, *packetset.State) packetset.Set {
	return func(r *image, s *packetset.State) packetset.Set {
		return r.m.And(r.kind(s, packet.NeedUDP), r.m.And(r.becomes(s, packet.TPSrc, src), r.becomes(s, packet.TPDst, dst)))
	}
}

// toSender decides whether the packet goes back to who sent it, from somebody else.
func toSender(r *image, s, q *packetset.State) packetset.Set {
	if r.equal(q.Field(packet.EthDst), s.Field(packet.EthSrc)) && !r.equal(q.Field(packet.EthSrc), s.Field(packet.EthSrc)) {
		return packetset.All
	}
	return packetset.Empty
}
