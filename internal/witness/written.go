package witness

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// written returns the bits that the operation may write in the packet that continues, of
// those that bounds distinguish.
func (o op) written() Region {
	var r Region
	fields := func(list ...*packet.Field) {
		for _, f := range list {
			r.Fix(f, packet.Value{}, packet.Ones(f.Bits))
		}
	}
	refs, _ := writes(o.Action)
	switch a := o.Action.(type) {
	case *action.Result:
		refs = []expr.FieldRef{a.Dst}
	case *action.ChkEVPNARP:
		refs = []expr.FieldRef{a.Dst}
	case *action.GetMACBind:
		fields(packet.EthDst)
	case *action.DHCPRelay:
		fields(packet.IPv4Dst, packet.EthDst)
	case *action.CTNAT:
		if o.fork && a.Addr.IsValid() {
			fields(translated(a))
		}
	case *action.CTLB:
		if o.fork && len(a.Backends) > 0 {
			fields(packet.IPv4Dst, packet.IPv6Dst, packet.TPDst)
		}
	case *action.Nested:
		if o.enter && a.Kind != action.Clone {
			fields(packet.EthSrc, packet.EthDst, packet.IPv6Src, packet.IPv6Dst)
		}
	}
	for _, ref := range refs {
		if f, ofs, bits := ref.Resolve(); f != nil {
			r.Fix(f, packet.Value{}, packet.Range(ofs, bits))
		}
	}
	return r
}

// anyField are references to all fields of packets.
var anyField = func() (all []expr.FieldRef) {
	for _, f := range packet.Fields() {
		all = append(all, expr.FieldRef{Symbol: &expr.Symbol{Name: f.Name, Width: f.Bits, Field: f}, Bits: f.Bits})
	}
	return all
}()

// writes returns the fields that an action may write, and the bits of the values that may
// be 1. They are all fields for an action that it does not know.
func writes(a action.Action) (dst []expr.FieldRef, ones packet.Value) {
	any := packet.Ones(128)
	switch a := a.(type) {
	case *action.Load:
		if a.Dst.Symbol.Width > 0 {
			any = a.Value.Number.Value
		}
		return []expr.FieldRef{a.Dst}, any
	case *action.Move:
		return []expr.FieldRef{a.Dst}, any
	case *action.Exchange:
		return []expr.FieldRef{a.Left, a.Right}, any
	case *action.Pop:
		return []expr.FieldRef{a.Field}, any
	case *action.LookupMACBind:
		return []expr.FieldRef{a.Dst}, any
	case *action.LookupMACBindIP:
		return []expr.FieldRef{a.Dst}, any
	case *action.GetFDB:
		return []expr.FieldRef{a.Dst}, any
	case *action.LookupFDB:
		return []expr.FieldRef{a.Dst}, any
	case *action.PutOpts:
		return []expr.FieldRef{a.Dst}, any
	case *action.DHCPRelay:
		return []expr.FieldRef{a.Dst}, any
	case *action.CheckPktLarger:
		return []expr.FieldRef{a.Dst}, any
	case *action.Result:
		if a.Kind != action.DNSLookup {
			return []expr.FieldRef{a.Dst}, any
		}
	case *action.Select:
		return []expr.FieldRef{a.Dst}, any

	// These write no field, or fields that are known to those who ask, as op.written.
	case *action.Output, *action.Next, *action.Mirror, *action.Nested, *action.FloodRemote, *action.FwdGroup,
		*action.Push, *action.DecTTL, *action.OVNFieldLoad,
		*action.CTClear, *action.CTNext, *action.CTNAT, *action.CTLB, *action.CTSNATToVIP,
		*action.CTCommit, *action.CTCommitParams, *action.CTCommitNAT, *action.CTCommitToZone, *action.CommitECMPNH, *action.CommitLBAff,
		*action.GetMACBind, *action.PutMACBind, *action.ChkEVPNARP, *action.PutFDB, *action.MACCacheUse, *action.BindVport, *action.HandleSvcCheck,
		*action.IGMP, *action.DHCPv6Reply, *action.BFDMsg, *action.TriggerEvent,
		*action.SetQueue, *action.SetMeter, *action.Log, *action.Sample:
	default:
		return anyField, any
	}
	return nil, any
}

// translated returns the field that a translation to an address sets.
func translated(a *action.CTNAT) *packet.Field {
	switch {
	case a.Dst && a.Addr.Is4():
		return packet.IPv4Dst
	case a.Dst:
		return packet.IPv6Dst
	case a.Addr.Is4():
		return packet.IPv4Src
	}
	return packet.IPv6Src
}

// isUnfollowed reports whether the packet that continues after the operation is not the
// packet that was sent: a mirror's copy, an error, a reply or a request of the network.
func (o op) isUnfollowed() bool {
	switch a := o.Action.(type) {
	case *action.Mirror:
		return o.fork
	case *action.Nested:
		return o.enter && a.Kind != action.Clone
	}
	return false
}

// turns are requests, with the field that flows set to turn a request into its reply.
var turns = []turning{
	turn(is(packet.ARPOp, 2), "arp.op == 1", isARP, is(packet.ARPOp, 1)),
	turn(is(packet.ICMPType, 0), "icmp4.type == 8", isIPv4, is(packet.IPProto, packet.ProtoICMP), is(packet.ICMPType, 8)),
	turn(is(packet.ICMPv6Type, 129), "icmp6.type == 128", isIPv6, is(packet.IPProto, packet.ProtoICMPv6), is(packet.ICMPv6Type, 128)),
}

type turning struct {
	request, answer *Region
	match           string // of requests, as flows have it
	word            int    // of which the reply requires bits
}

func turn(answer require, match string, request ...require) turning {
	word, _, _ := answer.f.Place()
	return turning{region(request...), region(answer), match, word}
}

// hasTerm reports whether a match is a conjunction with a comparison in exactly this form.
// It makes it unnecessary to parse matches.
func hasTerm(match, term string) bool {
	inName := false
	for i := range len(match) {
		switch c := match[i]; {
		case c == '"':
			inName = !inName
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '.', c == ':', c == '_', c == '-':
		case c == '/' && (inName || i+1 < len(match) && match[i+1] >= '0' && match[i+1] <= '9'): // a mask
		case !inName && (c == ' ' || c == '=' || c == '&'):
		default:
			return false
		}
	}
	for t := range strings.SplitSeq(match, "&&") {
		if strings.TrimSpace(t) == term {
			return true
		}
	}
	return false
}

// isTurn reports whether setting a field may make a reply.
func isTurn(f *packet.Field) bool {
	if f == nil {
		return false
	}
	word, _, _ := f.Place()
	return slices.ContainsFunc(turns, func(t turning) bool { return t.word == word })
}

// answerOf returns the index in turns of the reply that an assignment may make, -1 for
// none.
func answerOf(dst expr.FieldRef, v packet.Value) int {
	f, ofs, bits := dst.Resolve()
	if !isTurn(f) {
		return -1
	}
	var set Region
	set.Fix(f, v.Shl(ofs), packet.Range(ofs, bits))
	return slices.IndexFunc(turns, func(t turning) bool { return set.within(t.answer) })
}

// isAnswer reports whether an edge turns every packet that takes a flow into its reply,
// which is not the packet that was sent.
func (e *edge) isAnswer(f *lflow.Flow) bool {
	for _, o := range e.ops {
		load, ok := o.Action.(*action.Load)
		if !ok || load.Dst.Symbol.Width == 0 {
			continue
		}
		if i := answerOf(load.Dst, load.Value.Number.Value); i >= 0 && surely(f, turns[i].request) {
			return true
		}
	}
	return false
}

// mayAnswer returns false if no edge of the form makes a reply.
func (e *edge) mayAnswer() bool {
	return slices.ContainsFunc(e.ops, func(o op) bool {
		load, ok := o.Action.(*action.Load)
		if !ok {
			return false
		}
		f, _, _ := load.Dst.Resolve()
		return isTurn(f)
	})
}

// surely reports whether every packet that takes a flow is in a region.
func surely(f *lflow.Flow, r *Region) bool {
	var all Region
	for _, b := range f.Matcher().Required(nil) {
		all.fixWord(b.Word, b.Value, b.Mask)
	}
	return all.within(r)
}

// isPlain reports whether every flow of the datapath parses, and none changes a packet that
// returns from later tables.
func (p *path) isPlain() bool {
	p.plainOnce.Do(func() {
		p.plain = !p.broken && !slices.ContainsFunc(p.forms, func(of *form) bool { return !endsWithNext(of.list) })
	})
	return p.plain
}

func endsWithNext(list []action.Action) bool {
	for i, a := range list {
		switch a := a.(type) {
		case *action.Next:
			if i < len(list)-1 {
				return false
			}
		case *action.Nested:
			if !endsWithNext(a.List) {
				return false
			}
		}
	}
	return true
}

// leaves returns the bits that a copy, from the egress pipeline on, may set in the packet
// from which the next copy is made.
func (p *path) leaves() *words {
	p.leavesOnce.Do(func() {
		back := false
		write := func(pipeline lflow.Pipeline) {
			for _, of := range p.forms {
				if of.stage.Pipeline != pipeline {
					continue
				}
				for _, a := range of.list {
					next, ok := a.(*action.Next)
					back = back || ok && next.Pipeline != pipeline
					r := op{Action: a}.written()
					for i := range r.mask {
						p.leftover[i] |= r.mask[i]
					}
				}
			}
		}
		if write(lflow.Egress); back {
			write(lflow.Ingress)
		}
	})
	return &p.leftover
}
