package reach

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Reply is the outcome of the receiver's reply to packets.
type Reply struct {
	// Kind is Delivered if it arrives at the sender.
	Kind Kind

	Code   verdict.Code // of a drop
	At     trace.Place  // where it was decided
	Path   []*lflow.Datapath
	Reason string // of Undecided

	// None: no reply is defined for such packets, such as ARP replies.
	None bool
}

// String returns a short text of the outcome, such as "reply dropped acl-drop at
// db/ls_out_acl".
func (r *Reply) String() string {
	if r.None {
		return "not answered"
	}
	return "reply " + (&Result{Kind: r.Kind, Code: r.Code, At: r.At, Reason: r.Reason}).String()
}

func (r *Reply) key() string {
	return " reply " + fmt.Sprint(r.None) + (&Result{Kind: r.Kind, Code: r.Code, At: r.At, Path: r.Path, Reason: r.Reason}).key()
}

// both returns the outcome of packets with their replies: Delivered if both arrive. The
// text is the reason why it is undecided.
func (r *Result) both() (Kind, string) {
	switch {
	case r.Reply == nil || r.Kind != Delivered:
		return r.Kind, r.Reason
	case r.Reply.None:
		return Elsewhere, ""
	}
	return r.Reply.Kind, r.Reply.Reason
}

// conversation is a kind of packets that have a reply, with the fields that differ in the
// reply.
type conversation struct {
	kind   packet.Prereq
	field  *packet.Field // with the value that the first packet must have, nil for any packet
	asked  uint64
	answer uint64
	ported bool
}

// conversations are those of connect.ReplyTo.
var conversations = []conversation{
	{packet.NeedTCP, packet.TCPFlags, packet.TCPSYN, packet.TCPSYNACK, true},
	{packet.NeedUDP, nil, 0, 0, true},
	{packet.NeedSCTP, nil, 0, 0, true},
	{packet.NeedICMPv4, packet.TPSrc, 8, 0, false},
	{packet.NeedICMPv6, packet.TPSrc, 128, 129, false},
}

// replyTTL is the time to live of replies.
const replyTTL = 64

// replies divides packets that arrive by the outcomes of their replies.
func (a *Answer) replies(ctx context.Context, x *space, c *Class, r *Result, senders []*lflow.Port) (out []*Result, err error) {
	add := func(set packetset.Set, reply Reply) {
		if set != packetset.Empty {
			one := *r
			one.Set, one.Reply = set, &reply
			out = append(out, &one)
		}
	}
	open := func(set packetset.Set, why string) { add(set, Reply{Kind: Undecided, Reason: why}) }
	m := x.m
	left := c.Set
	switch {
	case c.sessions.why != "":
		open(left, c.sessions.why)
		return out, nil
	case len(c.arrivals) != 1 || len(c.floods) > 0 || c.skipped:
		open(left, "several copies of the packet")
		return out, nil
	case c.arrivals[0].port.Type != "" || slices.ContainsFunc(senders, func(p *lflow.Port) bool { return p.Type != "" }):
		open(left, "the sender or the receiver is beyond the network")
		return out, nil
	}
	got := c.arrivals[0]
	s, port := got.state, got.port
	at := image{space: x}
	whole := s.Field(packet.IPFrag)
	if later := m.Without(left, m.Becomes(&whole, packet.Value{}, packet.Ones(whole.Width))); later != packetset.Empty {
		open(later, "a fragment")
		left = m.Without(left, later)
	}
	var taken []packetset.Set
	for _, h := range a.zones.of(port).Hosts(port) {
		taken = append(taken, at.becomes(s, packet.EthDst, h.MAC))
	}
	host := m.And(left, m.Union(taken))
	for _, k := range conversations {
		set := m.And(host, at.kind(s, k.kind))
		if k.field != nil {
			is := at.becomes(s, k.field, k.asked)
			if k.kind == packet.NeedTCP {
				other := m.Without(set, is)
				open(other, "a segment that opens no connection")
				left = m.Without(left, other)
			}
			set = m.And(set, is)
		}
		if set == packetset.Empty {
			continue
		}
		left = m.Without(left, set)
		y := *x
		y.n, y.d, y.inport, y.table = port.Datapath.Network(), port.Datapath, 0, 0
		y.initial, y.sessions, y.commits = answerTo(s, port, k), c.sessions, false
		if x.places != nil {
			y.initial.SetUint(packet.OnChassis, x.places.At(port.Datapath, port.Key))
		}
		y.goal, y.isIrrelevant, y.ends = nil, a.zones.irrelevantBesides(senders), senders
		rest, err := y.explore(ctx, set, set, nil, func(back Class) bool {
			arrived := packetset.Empty
			reply := Reply{Path: back.path, Kind: Elsewhere}
			doubt := back.doubt
			for _, b := range slices.Concat(back.arrivals, back.floods) {
				switch {
				case !slices.Contains(senders, b.port):
				case b.carried:
					doubt = cmp.Or(doubt, b.mayCome())
				default:
					arrived = m.Or(arrived, m.And(back.Set, by(m, b.port)))
					reply.Path = b.path
				}
			}
			if back.Undecided != "" || back.resolves {
				why := back.Undecided
				if why == "" {
					why = "a router asks for an Ethernet address"
				}
				open(back.Set, why)
				return true
			}
			add(arrived, Reply{Kind: Delivered, Path: reply.Path})
			if len(back.Ends) > 0 && !back.skipped {
				end := &back.Ends[0]
				reply.Code, reply.At = end.Code, end.DecidedAt
				if kind, ok := undelivered[end.Outcome]; ok {
					reply.Kind = kind
				}
			}
			if doubt != "" {
				reply = Reply{Kind: Undecided, Reason: doubt}
			}
			add(m.Without(back.Set, arrived), reply)
			return true
		})
		if err != nil {
			return nil, err
		}
		open(rest, "the replies are not all walked")
	}
	add(left, Reply{None: true})
	return out, nil
}

// answerTo returns the reply of a port's host to packets that arrive in a state.
func answerTo(s *packetset.State, port *lflow.Port, k conversation) *packetset.State {
	q := &packetset.State{}
	for _, f := range packetset.Fields() {
		q.SetField(f, s.Field(f))
	}
	pairs := [][2]*packet.Field{{packet.EthSrc, packet.EthDst}, {packet.IPv4Src, packet.IPv4Dst}, {packet.IPv6Src, packet.IPv6Dst}}
	if k.ported {
		pairs = append(pairs, [2]*packet.Field{packet.TPSrc, packet.TPDst})
	}
	for _, p := range pairs {
		q.SetField(p[0], s.Field(p[1]))
		q.SetField(p[1], s.Field(p[0]))
	}
	if k.field != nil {
		q.SetUint(k.field, k.answer)
	}
	q.SetUint(packet.IPTTL, replyTTL)
	q.SetUint(packet.IPDSCP, 0)
	q.SetUint(packet.IPECN, 0)
	q.SetUint(packet.Inport, port.Key)
	return q
}

// asksForAddress reports whether a router sends a request for the Ethernet address of the
// next hop.
func asksForAddress(t *trace.Trace) (asks bool) {
	trace.Walk(t.Root, func(n trace.Node) bool {
		f, ok := n.(*trace.Fork)
		asks = asks || ok && (f.Kind == trace.ForkARP || f.Kind == trace.ForkNDNS)
		return !asks
	})
	return asks
}
