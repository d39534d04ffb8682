package connect

import (
	"slices"
	"strconv"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/conntrack"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

func isSwitch(at sim.ActionContext) bool { return at.Datapath.Type == "logical-switch" }

// zoneFor returns the register with the conntrack zone of an action: on a switch that of the
// port, on a router the one that the action names.
func zoneFor(at sim.ActionContext, z action.Zone) *packet.Field {
	switch {
	case isSwitch(at):
		return packet.PortZone
	case z == action.ZoneSNAT:
		return packet.SNATZone
	}
	return packet.DNATZone
}

// track passes a packet through conntrack on its chassis, without recirculation.
func (w *simulation) track(r conntrack.Request, zone *packet.Field, p *packet.Packet, at sim.ActionContext) {
	pass := p.Uint(passNumber)
	w.settle(p)
	p.SetUint(passNumber, pass)
	w.reassemble(p, at)
	h := w.chassis(p)
	t := w.table(h)
	r.Zone = uint16(p.Uint(zone))
	var quoted packet.Packet
	if n := p.Uint(quotedPacket); n > 0 {
		quoted = w.quoted[n-1]
		r.Quoted = &quoted
	}
	if tuple, _, ok := t.TupleOf(r.Zone, p, r.Quoted); ok && len(w.outputs) > 0 {
		e, _ := t.Lookup(tuple)
		for _, o := range w.outputs {
			o.looksUp(tuple, e != nil, w.script)
		}
	}
	t.Track(r, p)
	if r.Quoted != nil {
		w.quote(p, quoted)
	}
}

// translation is the effect of conntrack on the addresses and ports of a packet in one pass.
// The datapath executes a pass on a single packet buffer, which the copies that flows make
// share: the translation of one copy applies to all those that follow.  Flows do not match on
// it until the packet is recirculated.
type translation struct {
	before, after packet.Packet // the packet as flows match it, and as it is in the buffer
	state, zone   uint64        // conntrack state and zone in the buffer
}

// beginPass begins a pass of a packet through the datapath.
func (w *simulation) beginPass(p *packet.Packet) {
	w.buffers = append(w.buffers, nil)
	p.SetUint(passNumber, uint64(len(w.buffers)))
}

// record records that conntrack translated a packet to after, while flows continue with p.
func (w *simulation) record(p, after *packet.Packet) {
	n := p.Uint(passNumber)
	isKnown := n > 0 && w.buffers[n-1] != nil
	if !isKnown && !differ(p, after) {
		return
	}
	if n == 0 {
		w.beginPass(p)
		n = p.Uint(passNumber)
	}
	t := &translation{*p, *after, after.Uint(conntrack.KeptState), after.Uint(conntrack.KeptZone)}
	if t.state == 0 {
		t.state, t.zone = after.Uint(packet.CTState), after.Uint(packet.CTZone)
	}
	w.buffers[n-1] = t
}

// differ reports whether conntrack translated one of two packets.
func differ(p, q *packet.Packet) bool {
	return slices.ContainsFunc(changeable, func(c change) bool { return p.Get(c.field) != q.Get(c.field) })
}

// hide restores the addresses and ports from before the translation in a packet that was not
// recirculated: flows match on those until the recirculation.
func (w *simulation) hide(before, p *packet.Packet) {
	after := *p
	for _, c := range changeable {
		p.Set(c.field, before.Get(c.field))
	}
	w.record(p, &after)
}

// inBuffer returns a packet with its translation, except that of fields that flows changed meanwhile, because the datapath only
// writes fields that flows change.
func (w *simulation) inBuffer(p *packet.Packet) packet.Packet {
	q := *p
	n := p.Uint(passNumber)
	if n == 0 || w.buffers[n-1] == nil {
		return q
	}
	t := w.buffers[n-1]
	for _, c := range changeable {
		if p.Get(c.field) == t.before.Get(c.field) {
			q.Set(c.field, t.after.Get(c.field))
		}
	}
	q.SetUint(conntrack.KeptState, t.state)
	q.SetUint(conntrack.KeptZone, t.zone)
	return q
}

// settle applies the translation to a packet.  It ends the pass of the packet.
func (w *simulation) settle(p *packet.Packet) {
	before := *p
	*p = w.inBuffer(p)
	if n := before.Uint(passNumber); n != 0 && w.buffers[n-1] != nil {
		t := w.buffers[n-1]
		t.before, t.after = before, *p
	}
	p.SetUint(passNumber, 0)
}

// quote records the packet that an ICMP error quotes.
func (w *simulation) quote(p *packet.Packet, quoted packet.Packet) {
	w.quoted = append(w.quoted, quoted)
	p.SetUint(quotedPacket, uint64(len(w.quoted)))
}

// recirculate passes a copy of the packet through conntrack and continues with it in a table.
// The conntrack fields of the packet are cleared for the actions that follow.
func (w *simulation) recirculate(f *trace.Fork, r conntrack.Request, zone *packet.Field, table int, p *packet.Packet, at sim.ActionContext) {
	q := *p
	if w.isDiscarded(p, at) || !w.pass(&q, at) {
		p.ClearConntrack()
		return
	}
	w.track(r, zone, &q, at)
	w.record(p, &q)
	w.chooseSourcePort(r.NAT, p, &q, at)
	w.translated(p, &q, at)
	f.Tracked, f.State, f.Packet = true, q.Uint(packet.CTState), q
	at.Out.Add(f)
	var left clone
	if o := w.xlate.bridge; o != nil {
		left = o.take(w.xlate.by, w.script)
	}
	w.translate(func() {
		if left != nil {
			left(&q, &f.Container)
			return
		}
		w.resubmit(-1) // the first table is not resubmitted to
		w.Tables(at.Datapath, &q, at.Pipeline, table, &f.Container)
	})
	p.ClearConntrack()
}

// reassemble prepares a fragment for conntrack, which waits for all fragments of a packet. Kernels continue
// with the whole packet, the userspace datapath with each fragment. The connection of a later fragment is
// unknown, because it has no ports.
func (w *simulation) reassemble(p *packet.Packet, at sim.ActionContext) {
	const later = 2
	switch frag := p.Uint(packet.IPFrag); {
	case frag == 0:
		return
	case frag&later != 0:
		at.Unmodelled("conntrack on a later fragment")
	case !w.chassis(p).InUserspace():
		p.SetUint(packet.IPFrag, 0)
	}
	w.assumed = appendNew(w.assumed, []string{"conntrack receives all fragments of the packet"})
}

// SourcePort is the kind of a choice of a source port from the range of a source NAT.
const SourcePort = "source port"

// chooseSourcePort records the port that source NAT from a range gives to a new connection.
// The datapath chooses a free port at random.
func (w *simulation) chooseSourcePort(t *conntrack.Translation, before, p *packet.Packet, at sim.ActionContext) {
	if t == nil || t.Direction != conntrack.SourceNAT || t.MaxPort <= t.MinPort || p.Uint(packet.CTState)&packet.CTNew == 0 {
		return
	}
	if !w.table(w.chassis(p)).HasPorts(uint8(p.Uint(packet.IPProto))) {
		return
	}
	key, port := keyOf(before, at, SourcePort), p.Uint(packet.TPSrc)
	if _, ok := w.script.by[key]; !ok && port >= uint64(t.MinPort) {
		w.script.remember(key, int(port-uint64(t.MinPort)), int(t.MaxPort-t.MinPort)+1, strconv.FormatUint(port, 10))
	}
}

func (w *simulation) ctNext(a *action.CTNext, p *packet.Packet, at sim.ActionContext) {
	w.recirculate(&trace.Fork{Kind: trace.ForkCTNext}, conntrack.Request{}, zoneFor(at, a.Zone), a.Table, p, at)
}

func (w *simulation) nat(a *action.CTNAT, p *packet.Packet, at sim.ActionContext) {
	f := &trace.Fork{Kind: trace.ForkCTSNAT, Variant: a.Name()}
	t := &conntrack.Translation{}
	zone := packet.SNATZone
	if a.Dst {
		f.Kind, zone = trace.ForkCTDNAT, packet.DNATZone
	}
	if a.InCommonZone {
		zone = packet.DNATZone
		if cluster.CommonZoneIsSNAT(at.Datapath) {
			zone = packet.SNATZone
		}
	}
	if a.Addr.IsValid() {
		t.Addr, t.Direction, t.MinPort, t.MaxPort = packet.FromAddr(a.Addr), conntrack.SourceNAT, a.LoPort, a.HiPort
		if a.Dst {
			t.Direction = conntrack.DestinationNAT
		} else if n := w.options.SourcePort; n >= a.LoPort && n <= a.HiPort {
			t.FirstPort = n
		}
		f.Address, f.IPv6 = a.Addr.String(), a.Addr.Is6()
	}
	w.recirculate(f, conntrack.Request{NAT: t, Commit: a.Addr.IsValid()}, zone, a.Table, p, at)
}

func (w *simulation) loadBalance(a *action.CTLB, p *packet.Packet, at sim.ActionContext) {
	f := &trace.Fork{Kind: trace.ForkCTLB, Variant: a.Kind.String()}
	r := conntrack.Request{NAT: &conntrack.Translation{}}
	backends := a.Backends
	if a.Kind == action.CTLBMarkLocal && len(backends) > 0 {
		backends = w.localBackends(backends, p, at)
		if len(backends) == 0 {
			w.drop(verdict.LBNoBackend, p, at)
			return
		}
	}
	if len(backends) > 0 {
		if !a.HasHash && !w.hash(p, at) {
			return
		}
		b := w.backend(backends, p, at)
		r.Commit = true
		*r.NAT = conntrack.Translation{Direction: conntrack.DestinationNAT, Addr: packet.FromAddr(b.Addr), MinPort: b.Port}
		mark := a.Mark()
		if a.Kind == action.CTLBLabel {
			r.Label, r.LabelMask = packet.Uint(uint64(mark)), packet.Uint(uint64(mark))
		} else {
			r.Mark, r.MarkMask = mark, mark
		}
		f.Address, f.IPv6 = b.Addr.String(), b.Addr.Is6()
	}
	w.recirculate(f, r, zoneFor(at, action.ZoneDNAT), a.Table, p, at)
}

// backend returns the backend that the options select, or else the choice of the script.
func (w *simulation) backend(all []action.Backend, p *packet.Packet, at sim.ActionContext) action.Backend {
	key, name := keyOf(p, at, "lb"), func(i int) string { return string(all[i].Append(nil)) }
	if c := w.options.LBDst; c.IsSet {
		is := func(i int) bool {
			return packet.FromAddr(all[i].Addr) == c.Addr && all[i].Addr.Is6() == c.IPv6 && (c.Port == 0 || c.Port == all[i].Port)
		}
		if i := w.script.chosen(key, len(all), is, name); i >= 0 {
			w.usedBackend = true
			return all[i]
		}
	}
	return all[w.script.choose(key, len(all), name)]
}

// localBackends returns the backends whose ports are on the packet's chassis.
func (w *simulation) localBackends(all []action.Backend, p *packet.Packet, at sim.ActionContext) (local []action.Backend) {
	for _, b := range all {
		if port := w.zone(at.Datapath).BindingNamed(b.Name); port != nil && port.On(w.chassis(p)) {
			local = append(local, b)
		}
	}
	return local
}

func (w *simulation) commitNAT(a *action.CTCommitNAT, p *packet.Packet, at sim.ActionContext) {
	w.recirculate(&trace.Fork{Kind: trace.ForkCTCommitNAT}, conntrack.Request{Commit: true, NAT: &conntrack.Translation{}}, zoneFor(at, a.Zone), a.Table, p, at)
}

func (w *simulation) commitToZone(a *action.CTCommitToZone, p *packet.Packet, at sim.ActionContext) {
	f := &trace.Fork{Kind: trace.ForkCTCommitToZone, Variant: "dnat"}
	if a.Zone == action.ZoneSNAT {
		f.Variant = "snat"
	}
	w.recirculate(f, conntrack.Request{Commit: true}, zoneFor(at, a.Zone), a.Table, p, at)
}

// keepSource returns a translation of the source to itself, with which connections are
// committed so that the tuples of their replies are unique.
func keepSource() *conntrack.Translation {
	return &conntrack.Translation{Direction: conntrack.SourceNAT}
}

// commit commits the connection, with the mark and label that the nested actions assign.
func (w *simulation) commit(a *action.CTCommit, p *packet.Packet, at sim.ActionContext) {
	zeros, ones := *p, *p
	for _, q := range []struct {
		p *packet.Packet
		v packet.Value
	}{{&zeros, packet.Value{}}, {&ones, packet.Ones(128)}} {
		q.p.Set(packet.CTMark, q.v)
		q.p.Set(packet.CTLabel, q.v)
		for _, n := range a.Nested {
			switch n := n.(type) {
			case *action.Load:
				loadMasked(n, q.p)
			case *action.Move:
				n.Dst.Write(q.p, n.Src.Read(p))
			}
		}
	}
	// A bit that is the same in both was assigned.
	r := conntrack.Request{Commit: true, NAT: keepSource()}
	r.Mark = uint32(zeros.Uint(packet.CTMark))
	r.MarkMask = ^uint32(zeros.Uint(packet.CTMark) ^ ones.Uint(packet.CTMark))
	r.Label = zeros.Get(packet.CTLabel)
	r.LabelMask = packet.Ones(128).AndNot(zeros.Get(packet.CTLabel).Xor(ones.Get(packet.CTLabel)))
	w.commitHere(r, zoneFor(at, action.ZoneDNAT), p, at)
}

// commitHere commits the connection without recirculation.  The datapath translates the packet
// if the connection has a translation, but flows do not match on that.
func (w *simulation) commitHere(r conntrack.Request, zone *packet.Field, p *packet.Packet, at sim.ActionContext) {
	if !w.takesEffect() {
		return
	}
	before := *p
	w.track(r, zone, p, at)
	conntrack.Keep(p)
	w.hide(&before, p)
}

// loadMasked sets the bits of a field that are in the mask of a constant.
func loadMasked(a *action.Load, p *packet.Packet) {
	field, ofs, bits := a.Dst.Resolve()
	value, mask := a.Value.Number.Value, packet.Ones(bits)
	if a.Value.Number.Masked {
		mask = mask.And(a.Value.Number.Mask)
	}
	p.SetMasked(field, value.And(mask).Shl(ofs), mask.Shl(ofs))
}

func (w *simulation) commitParams(a *action.CTCommitParams, p *packet.Packet, at sim.ActionContext) {
	w.commitHere(conntrack.Request{Commit: true, NAT: keepSource(), Mark: a.Mark, MarkMask: a.MarkMask, Label: a.Label, LabelMask: a.LabelMask}, packet.PortZone, p, at)
}
