package sim

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// nextState returns the next conntrack state of the packet in a zone: a given one, or that of a
// new connection, or else established, which is then an assumption.
func (w *tracer) nextState(z CTZone, p *packet.Packet) (state uint64, assumed bool) {
	switch {
	case w.ctUsed < len(w.choices.CT):
		state = w.choices.CT[w.ctUsed]
		w.ctUsed++
		w.effects++
		return state, false
	case w.choices.Connection != nil:
		return w.choices.Connection(z, p), false
	case w.choices.CTNew:
		return w.newConnectionState(z, p), false
	}
	return packet.CTEstablished | packet.CTTracked, true
}

// isNewConnection reports whether the connection of a packet at a load balancer is new.
func (w *tracer) isNewConnection(p *packet.Packet, at ActionContext) bool {
	switch {
	case !w.model.Has(dialect.LBTracks):
		return p.Uint(packet.CTState)&packet.CTNew != 0
	case w.ctUsed < len(w.choices.CT):
		return w.choices.CT[w.ctUsed]&packet.CTNew != 0
	}
	return w.choices.CTNew && w.newConnectionState(zoneOf(p, at, false), p)&packet.CTNew != 0
}

// track adds the next conntrack state to that of a fork's packet.
func (w *tracer) track(f *trace.Fork, q *packet.Packet, z CTZone) {
	before := q.Uint(packet.CTState)
	if (w.choices.CTNew || w.choices.Connection != nil) && w.ctUsed >= len(w.choices.CT) {
		before &^= packet.CTNew | packet.CTEstablished | packet.CTReply // these states exclude each other
	}
	var state uint64
	state, f.Assumed = w.nextState(z, q)
	f.Tracked = true
	q.SetUint(packet.CTState, before|state)
}

func isTracked(p *packet.Packet) bool { return p.Uint(packet.CTState)&packet.CTTracked != 0 }

// fork continues with a packet after conntrack. The actions after the one that sent it there are
// executed on the packet as it was before.
func (w *tracer) fork(f *trace.Fork, p, q *packet.Packet, table int, at ActionContext) {
	if w.model.Has(dialect.CTSavesTuple) {
		saveCTTuple(q, p)
	}
	f.State = q.Uint(packet.CTState)
	f.Packet = *q
	at.Out.Add(f)
	w.tables(at.Datapath, q, at.Pipeline, table, &f.Container, true)
}

// saveCTTuple stores p's protocol, addresses and ports as the original tuple of q.
func saveCTTuple(q, p *packet.Packet) {
	q.SetUint(packet.CTProto, p.Uint(packet.IPProto))
	switch {
	case p.IsIPv4():
		q.Set(packet.CTIPv4Src, p.Get(packet.IPv4Src))
		q.Set(packet.CTIPv4Dst, p.Get(packet.IPv4Dst))
	case p.IsIPv6():
		q.Set(packet.CTIPv6Src, p.Get(packet.IPv6Src))
		q.Set(packet.CTIPv6Dst, p.Get(packet.IPv6Dst))
	}
	q.SetUint(packet.CTTPSrc, p.Uint(packet.TPSrc))
	q.SetUint(packet.CTTPDst, p.Uint(packet.TPDst))
}

func (w *tracer) ctNext(a *action.CTNext, p *packet.Packet, at ActionContext) {
	f := w.newFork(trace.ForkCTNext)
	f.Tracked = true
	q := w.copyOf(p)
	var state uint64
	state, f.Assumed = w.nextState(zoneOf(p, at, a.Zone == action.ZoneSNAT), q)
	q.SetUint(packet.CTState, state)
	w.fork(f, p, q, a.Table, at)
}

// nat translates the destination or the source. Without an address it undoes an earlier
// translation, if Choices.Undo finds one.
func (w *tracer) nat(a *action.CTNAT, p *packet.Packet, at ActionContext) {
	if !a.Addr.IsValid() && w.undo(a, p, at) {
		return
	}
	if !a.Dst && at.Datapath.HasL3Gateway && !a.Addr.IsValid() && !w.choices.Uniform {
		return // ovn-trace shows nothing of it on a gateway router
	}
	f := w.newFork(trace.ForkCTSNAT)
	f.Variant = a.Name()
	bit, v4, v6 := uint64(packet.CTSrcNAT), packet.IPv4Src, packet.IPv6Src
	if a.Dst {
		f.Kind = trace.ForkCTDNAT
		bit, v4, v6 = packet.CTDstNAT, packet.IPv4Dst, packet.IPv6Dst
	}
	q, z := w.copyOf(p), zoneOf(p, at, !a.Dst && !a.InCommonZone)
	translates := a.Addr.IsValid() && !w.isInvalid(z, p)
	if translates {
		field := v6
		if a.Addr.Is4() {
			field = v4
		}
		v := packet.FromAddr(a.Addr)
		f.Address, f.IPv6 = field.Format(v), !a.Addr.Is4()
		if !w.model.Has(dialect.NATKeepsAddress) {
			q.Set(field, v)
		}
		q.SetUint(packet.CTState, q.Uint(packet.CTState)|bit)
	}
	if translates {
		w.translated(z, p, q)
	}
	if w.model.Has(dialect.NATTracks) && !isTracked(q) {
		w.track(f, q, z)
	}
	if translates {
		w.commit(z, q)
	}
	w.fork(f, p, q, a.Table, at)
}

// undo undoes a translation in a reply. Undoing a translation of the source changes the
// destination, and vice versa; the trace shows the latter.
func (w *tracer) undo(a *action.CTNAT, p *packet.Packet, at ActionContext) bool {
	q, z := *p, zoneOf(p, at, !a.Dst && !a.InCommonZone)
	if w.choices.Undo == nil || !w.choices.Undo(z, &q) {
		return false
	}
	src, dst := packet.IPv4Src, packet.IPv4Dst
	if q.IsIPv6() {
		src, dst = packet.IPv6Src, packet.IPv6Dst
	}
	f := &trace.Fork{Kind: trace.ForkCTDNAT, Variant: "ct_dnat", Address: dst.Format(q.Get(dst)), IPv6: q.IsIPv6()}
	if q.Get(dst) == p.Get(dst) {
		f.Kind, f.Variant, f.Address = trace.ForkCTSNAT, "ct_snat", src.Format(q.Get(src))
	}
	if w.model.Has(dialect.NATTracks) && !isTracked(&q) {
		w.track(f, &q, z)
	}
	w.fork(f, p, &q, a.Table, at)
	return true
}

// translated calls Choices.Translated.
func (w *tracer) translated(z CTZone, before, after *packet.Packet) {
	if w.choices.Translated != nil {
		w.choices.Translated(z, before, after)
	}
}

// commitAndGo commits the connection and continues. There is no earlier translation to undo.
func (w *tracer) commitAndGo(f *trace.Fork, table int, p *packet.Packet, at ActionContext, z CTZone) {
	q := w.copyOf(p)
	if !isTracked(q) {
		w.track(f, q, z)
	}
	w.commit(z, q)
	w.fork(f, p, q, table, at)
}

// loadBalance sends the connection to a backend: the given one, or the first of the packet's
// address family.
func (w *tracer) loadBalance(a *action.CTLB, p *packet.Packet, at ActionContext) {
	f := w.newFork(trace.ForkCTLB)
	f.Variant = a.Kind.String()
	q := w.copyOf(p)
	if p.IsIP() {
		z := zoneOf(p, at, false)
		invalid := len(a.Backends) > 0 && w.isInvalid(z, p)
		b, ok := Backend{}, false
		if !invalid {
			b, ok = w.backend(a, p, f, at)
		}
		if ok {
			w.redirectToBackend(b, q)
			w.translated(z, p, q)
			f.Address = string(packet.AppendIPv6(nil, b.Addr))
			if !b.IPv6 {
				f.Address = string(packet.AppendIPv4(nil, b.Addr.Lo))
			}
			f.IPv6 = b.IPv6
		} else if len(a.Backends) == 0 && w.choices.Undo != nil {
			w.choices.Undo(z, q)
		}
		if w.model.Has(dialect.LBTracks) {
			w.track(f, q, z)
		}
		if len(a.Backends) > 0 && !invalid {
			w.commit(z, q)
		}
	}
	w.fork(f, p, q, a.Table, at)
}

// backend returns the backend for a packet.
func (w *tracer) backend(a *action.CTLB, p *packet.Packet, f *trace.Fork, at ActionContext) (Backend, bool) {
	v6 := p.IsIPv6()
	chosen := w.choices.LBDst
	asked := chosen.IsSet && !w.lbUsed && chosen.IPv6 == v6
	if len(a.Backends) == 0 {
		f.Unlisted = asked && !(w.choices.LBListed && w.isNewConnection(p, at))
		return chosen, f.Unlisted
	}
	var list []Backend // of the packet's address family
	for _, b := range a.Backends {
		if b.Addr.Is4() == v6 || a.Kind == action.CTLBMarkLocal && w.choices.Local != nil && !w.choices.Local(w.n, b.Name, p.Uint(packet.OnChassis)) {
			continue
		}
		t := Backend{IsSet: true, IPv6: v6, Addr: packet.FromAddr(b.Addr), Port: b.Port}
		if asked && t.Addr == chosen.Addr {
			w.lbUsed = true
			w.effects++
			return t, true
		}
		list = append(list, t)
	}
	if list == nil {
		at.remark(trace.RemarkNoBackend)
		return Backend{}, false
	}
	i, picked := w.pick(p, len(list))
	f.Random = !picked
	return list[i], true
}

// pick returns which of several options to take: the one that Choices.Choose returns, or else the
// first.
func (w *tracer) pick(p *packet.Packet, options int) (i int, picked bool) {
	if w.choices.Choose == nil {
		return 0, false
	}
	w.effects++
	return min(max(0, w.choices.Choose(p, options)), options-1), true
}

// redirectToBackend sets the destination of q to a backend.
func (w *tracer) redirectToBackend(b Backend, q *packet.Packet) {
	dst, original := packet.IPv4Dst, packet.CTIPv4Dst
	if b.IPv6 {
		dst, original = packet.IPv6Dst, packet.CTIPv6Dst
	}
	if w.model.Has(dialect.LBSavesTuple) {
		q.Set(original, q.Get(dst))
		q.SetUint(packet.CTTPDst, q.Uint(packet.TPDst))
	}
	q.Set(dst, b.Addr)
	if b.Port != 0 {
		q.SetUint(packet.TPDst, uint64(b.Port))
	}
	q.SetUint(packet.CTState, q.Uint(packet.CTState)|packet.CTDstNAT)
}

// choose selects a member of a select action: the given one, or the first.
func (w *tracer) choose(a *action.Select, p *packet.Packet, at ActionContext) {
	i := slices.IndexFunc(a.Members, func(m action.Member) bool { return m.ID == w.choices.SelectID })
	random := i < 0
	w.memberUsed = w.memberUsed || !random
	if random {
		var picked bool
		i, picked = w.pick(p, len(a.Members))
		random = !picked
	}
	id := a.Members[i].ID
	q := *p
	at.held(a.Dst)
	a.Dst.Write(&q, packet.Uint(uint64(id)))
	f := &trace.Fork{Kind: trace.ForkSelect, Field: a.Dst.String(), Value: uint64(id), Random: random, Packet: q}
	at.Out.Add(f)
	w.Tables(at.Datapath, &q, at.Pipeline, a.Table, &f.Container)
}
