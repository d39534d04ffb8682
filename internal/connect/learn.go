package connect

import (
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/conntrack"
	"github.com/ovnwalk/ovnwalk/internal/northd"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
)

// MACBinding implements sim.Semantics: a static, learned or recorded binding.
func (w *simulation) MACBinding(d *lflow.Datapath, port uint64, ip packet.Value) (uint64, bool) {
	w.resubmit(1)
	key := macKey{d, port & 0xffff, ip}
	static, override, configured := w.static(key)
	if configured && override {
		return static, true
	}
	if mac, ok := w.macs[key]; ok {
		return mac, true
	}
	if mac, ok := d.MACBinding(port, ip); ok {
		return mac, true
	}
	if configured {
		return static, true
	}
	mac, ok := w.options.MACs[ip]
	return mac, ok
}

func (w *simulation) static(k macKey) (mac uint64, override, ok bool) {
	return k.d.StaticMAC(k.port, k.ip)
}

// HasMACBinding implements sim.Semantics.
func (w *simulation) HasMACBinding(d *lflow.Datapath, port uint64, ip packet.Value, mac uint64) bool {
	w.resubmit(1)
	key := macKey{d, port & 0xffff, ip}
	if m, ok := w.macs[key]; ok {
		if m == mac {
			return true
		}
	} else if d.HasMACBinding(port, ip, mac) {
		return true
	}
	static, _, ok := w.static(key)
	return ok && static == mac
}

// FDB implements sim.Semantics.
func (w *simulation) FDB(d *lflow.Datapath, mac uint64) (port uint64, ok bool) {
	w.resubmit(1)
	if port, ok := w.fdb[fdbKey{d, mac}]; ok {
		return port, true
	}
	return d.FDB(mac)
}

// Delays until a binding is known, in milliseconds: ovn-controller waits before it stores one
// that it learned from a broadcast, since other chassis learn it as well; the others then learn
// it from the database.  Buffered packets are sent before flows have the binding, so that the
// next router on the same chassis may not know its next hop yet.
const (
	broadcastDelay  = 25
	controllerDelay = 3
	databaseDelay   = 5
	flowDelay       = 3
)

// learnMAC learns a binding from a packet.  The chassis first sends the packets that it buffered
// for it; later the binding is known on all chassis.
func (w *simulation) learnMAC(k macKey, mac uint64, p *packet.Packet) {
	if !w.takesEffect() {
		return
	}
	if !slices.Contains(w.claims[k], mac) {
		w.claims[k] = append(w.claims[k], mac)
	}
	delay := 0
	if p.Uint(packet.EthDst)>>40&1 == 1 {
		delay = broadcastDelay
	}
	on := p.Uint(packet.OnChassis)
	if k.d.Network().Dialect.Has(dialect.ReleasesOnLearning) {
		w.after(delay+controllerDelay, func() { w.wake(k, mac, func(x waiting) bool { return x.on == on }) })
	}
	w.after(delay+databaseDelay, func() { w.wake(k, mac, func(waiting) bool { return true }) })
	w.after(delay+databaseDelay+flowDelay, func() {
		w.macs[k] = w.claimed(k, 0, mac, w.claims[k]) // the binding that stays need not be that of packets that were buffered
		w.wake(k, mac, func(waiting) bool { return true })
	})
}

// wake sends packets that are buffered for a binding.  If several hosts or routers claimed the
// address at the same time, the binding may be that of any of them.
func (w *simulation) wake(k macKey, mac uint64, which func(waiting) bool) {
	var rest []waiting
	claims := slices.Clone(w.claims[k])
	for _, x := range w.waiting {
		if x.key == k && which(x) {
			w.after(0, func() { x.release(w.claimed(k, x.on, mac, claims)) })
		} else {
			rest = append(rest, x)
		}
	}
	w.waiting = rest
}

// claimed returns the Ethernet address, of those that claimed a binding, to which a chassis
// sends the packets that it buffered.
func (w *simulation) claimed(k macKey, on, mac uint64, claims []uint64) uint64 {
	if len(claims) < 2 {
		return mac
	}
	key := choiceKey{kind: "neighbor", flow: k.d.UUID, on: on, dst: k.ip, dport: k.port}
	return claims[w.script.choose(key, len(claims), func(i int) string {
		return fmt.Sprintf("%s is at %s", packet.AppendMapped(nil, k.ip), packet.EthSrc.Format(packet.Uint(claims[i])))
	})]
}

func (w *simulation) learnFDB(k fdbKey, port uint64) {
	if w.takesEffect() {
		w.after(databaseDelay, func() { w.fdb[k] = port })
	}
}

// flowKey is the match of a flow that an action added: its chassis, datapath and fields.
type flowKey struct {
	kind     string
	on       uint64 // the number of the chassis
	d        *lflow.Datapath
	v6       bool
	proto    uint64
	src, dst packet.Value
	sport    uint64
	dport    uint64
	mac      uint64
}

func keyed(kind string, p *packet.Packet, at sim.ActionContext) flowKey {
	k := flowKey{kind: kind, on: p.Uint(packet.OnChassis), d: at.Datapath, v6: p.IsIPv6(), proto: p.Uint(packet.IPProto)}
	k.src, k.dst = addresses(p)
	return k
}

func addresses(p *packet.Packet) (src, dst packet.Value) {
	if p.IsIPv6() {
		return p.Get(packet.IPv6Src), p.Get(packet.IPv6Dst)
	}
	return p.Get(packet.IPv4Src), p.Get(packet.IPv4Dst)
}

// nextHopKey returns the key of a connection whose next hop is stored (ECMP symmetric reply).
func nextHopKey(p *packet.Packet, at sim.ActionContext, withMAC bool) flowKey {
	k := keyed("ecmp", p, at)
	k.sport, k.dport = p.Uint(packet.TPSrc), p.Uint(packet.TPDst)
	if withMAC {
		k.kind, k.mac = "ecmp-mac", p.Uint(packet.EthSrc)
	}
	return k
}

// reverse returns the key of replies.
func (k flowKey) reverse() flowKey {
	k.src, k.dst, k.sport, k.dport = k.dst, k.src, k.dport, k.sport
	return k
}

// affinityKey returns the key of a client of a virtual address.
func affinityKey(p *packet.Packet, at sim.ActionContext, ported bool) flowKey {
	k := keyed("affinity", p, at)
	if ported {
		k.dport = p.Uint(packet.TPDst)
	} else {
		k.proto = 0
	}
	return k
}

func (w *simulation) learnAffinity(a *action.CommitLBAff, p *packet.Packet, at sim.ActionContext) {
	k := affinityKey(p, at, a.Proto != 0)
	k.dst = packet.FromAddr(a.VIP)
	if a.Proto != 0 {
		k.dport, k.proto = uint64(a.VIPPort), uint64(a.Proto)
	}
	w.learned[k] = learned{addr: packet.FromAddr(a.Backend), port: a.BackendPort}
}

// affinity reports whether the client has a backend, and loads it.
func (w *simulation) affinity(p *packet.Packet, at sim.ActionContext) bool {
	l, ok := w.learned[affinityKey(p, at, true)]
	if !ok {
		l, ok = w.learned[affinityKey(p, at, false)]
	}
	if !ok {
		return false
	}
	registers := northd.LBRegistersOf(at.Datapath.Network().Dialect)
	addr := registers.Backend4
	switch {
	case !p.IsIPv6():
	case isSwitch(at):
		addr = registers.SwitchBackend6
	default:
		addr = registers.RouterBackend6
	}
	p.Set(addr, l.addr)
	if l.port != 0 {
		p.SetMasked(registers.BackendPort, packet.Uint(uint64(l.port)), packet.Uint(0xffff))
	}
	return true
}

// balanced returns the virtual addresses of a packet's zone.
func (w *simulation) balanced(at sim.ActionContext) []cluster.VIP {
	z := w.zone(at.Datapath)
	all, ok := w.vips[z]
	if !ok {
		all = z.VIPs()
		w.vips[z] = all
	}
	return all
}

// original reports whether a packet was sent to a virtual address before load balancing.
func original(v *cluster.VIP, ported bool, p *packet.Packet, at sim.ActionContext) bool {
	if v.IPv6 != p.IsIPv6() || !p.IsIP() || v.On != 0 && v.On != p.Uint(packet.OnChassis) {
		return false
	}
	model := at.Datapath.Network().Dialect
	registers := northd.LBRegistersOf(model)
	addr, port := registers.VIP4, p.Uint(registers.VIPPort)&0xffff
	if v.IPv6 {
		addr = registers.VIP6
	}
	if !v.Registers && !model.Has(dialect.HairpinByRegisters) {
		const translated = packet.CTTracked | packet.CTDstNAT
		if p.Uint(packet.CTState)&translated != translated {
			return false
		}
		addr, port = packet.CTIPv4Dst, p.Uint(packet.CTTPDst)
		if v.IPv6 {
			addr = packet.CTIPv6Dst
		}
	}
	if p.Get(addr) != v.Addr {
		return false
	}
	return !ported || p.Uint(packet.IPProto) == uint64(v.Proto) && port == uint64(v.Port)
}

// hairpin reports whether load balancing sends a packet back to its sender.  It adds the flow
// that matches the replies.
func (w *simulation) hairpin(p *packet.Packet, at sim.ActionContext) bool {
	src, dst := addresses(p)
	mark := p.Uint(packet.CTMark)
	if mark&action.MarkNatted == 0 && p.Uint(packet.CTLabel)&action.MarkNatted == 0 || src != dst {
		return false
	}
	vips := w.balanced(at)
	for i := range vips {
		v := &vips[i]
		for _, b := range v.Backends {
			if b.Addr != src || b.Port != 0 && p.Uint(packet.TPDst) != uint64(b.Port) || !original(v, b.Port != 0, p, at) {
				continue
			}
			k := hairpinReplyKey(p, at, false)
			k.dst = v.Source
			if b.Port != 0 {
				k.sport = uint64(b.Port)
			}
			w.learned[k] = learned{}
			return true
		}
	}
	return false
}

// hairpinReplyKey returns the key of replies to a hairpinned packet.
func hairpinReplyKey(p *packet.Packet, at sim.ActionContext, ported bool) flowKey {
	k := keyed("hairpin", p, at)
	if ported {
		k.sport = p.Uint(packet.TPSrc)
	}
	return k
}

// snatToVIP sets the source of a hairpinned packet to the virtual address.
func (w *simulation) snatToVIP(p *packet.Packet, at sim.ActionContext) {
	vips := w.balanced(at)
	best, priority := -1, 0
	for i := range vips {
		v := &vips[i]
		if !original(v, v.Port != 0, p, at) {
			continue
		}
		on := 100
		if v.Own {
			on = 200
			if !slices.Contains(v.Datapaths, at.Datapath) {
				continue
			}
		}
		if v.Port == 0 {
			on -= 10
		}
		if on > priority {
			best, priority = i, on
		}
	}
	if best < 0 {
		return
	}
	r := conntrack.Request{Commit: true, NAT: &conntrack.Translation{Direction: conntrack.SourceNAT, Addr: vips[best].Source}}
	if !w.takesEffect() {
		return
	}
	before := *p
	w.track(r, packet.SNATZone, p, at)
	conntrack.Keep(p)
	w.translated(&before, p, at)
	w.hide(&before, p)
}
