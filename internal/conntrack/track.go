package conntrack

import "github.com/ovnwalk/ovnwalk/packet"

// Request describes a pass of a packet through conntrack: the arguments of OpenFlow's ct() action.
type Request struct {
	Zone   uint16
	Commit bool // whether a new connection is committed

	// NAT, if not nil, requests translation: this one for a new connection, and that of the
	// entry for a known connection.
	NAT *Translation

	// Mark and Label are written to the connection, in the bits of their masks.
	Mark, MarkMask   uint32
	Label, LabelMask packet.Value

	// Quoted is the packet that an ICMP error quotes; it is translated too.
	Quoted *packet.Packet
}

// Translation is the address translation of a new connection.
type Translation struct {
	Direction Direction
	Addr      packet.Value // zero to keep the address
	MinPort   uint16       // 0 to keep the port if possible
	MaxPort   uint16
	FirstPort uint16 // for source NAT, the port of the range that is tried first, 0 for MinPort
}

// KeptState and KeptZone are the conntrack state that the datapath stores with a packet if an
// action commits without recirculation: flows cannot match it, "ct_clear;" does not clear it, and
// the next pass through conntrack in that zone uses it.
var (
	KeptState = packet.WalkField("kept_state", 0, 0, 8)
	KeptZone  = packet.WalkField("kept_zone", 0, 8, 16)
)

// ZeroSequence marks a TCP segment whose sequence number is 0 instead of its sender's next
// one: ovn-controller sends such resets.
var ZeroSequence = packet.WalkField("zero_sequence", 0, 24, 1)

// Keep clears the conntrack state of a packet for flows, but keeps it for the next pass through
// conntrack in the same zone.
func Keep(p *packet.Packet) {
	state, zone := p.Uint(packet.CTState), p.Uint(packet.CTZone)
	p.ClearConntrack()
	p.SetUint(KeptState, state)
	p.SetUint(KeptZone, zone)
}

// Track passes a packet through conntrack: it sets the packet's conntrack state, mark, label and
// original tuple, and translates its addresses.  It returns the packet's connection, or nil if
// there is none in the table.
func (t *Table) Track(r Request, p *packet.Packet) *Entry {
	s := uint64(0)
	switch {
	case p.Uint(packet.CTZone) == uint64(r.Zone) && p.Uint(packet.CTState) != 0:
		s = p.Uint(packet.CTState)
	case p.Uint(KeptZone) == uint64(r.Zone):
		s = p.Uint(KeptState)
	}
	p.SetUint(KeptState, 0)
	key, related, ok := t.TupleOf(r.Zone, p, r.Quoted)
	if !ok {
		p.SetUint(packet.CTState, packet.CTInvalid)
		describe(p, r.Zone, nil, nil)
		return nil
	}
	pass := tracker{t: t, r: r, p: p, key: key, related: related, state: s &^ packet.CTTracked}
	e := pass.run()
	p.SetUint(packet.CTState, pass.state)
	describe(p, r.Zone, e, &pass.key)
	if e != nil {
		e.Mark = e.Mark&^r.MarkMask | r.Mark&r.MarkMask
		e.Label = e.Label.AndNot(r.LabelMask).Or(r.Label.And(r.LabelMask))
		p.SetUint(packet.CTMark, uint64(e.Mark))
		p.Set(packet.CTLabel, e.Label)
	}
	return e
}

const natted = packet.CTSrcNAT | packet.CTDstNAT

// tracker is the state of one call of Track.
type tracker struct {
	t       *Table
	r       Request
	p       *packet.Packet
	key     Tuple
	related bool
	reply   bool
	state   uint64
}

func (x *tracker) run() *Entry {
	e := x.find()
	create := false
	switch {
	case e != nil:
		create = x.update(e)
		if x.r.NAT != nil && !create {
			x.again(e)
		}
	default:
		if x.r.NAT == nil && x.state&natted != 0 {
			if e = x.byOriginal(); e != nil {
				create = x.update(e)
				break
			}
		}
		if x.related {
			x.state = packet.CTInvalid
			return nil
		}
		create = true
	}
	if create {
		if known, _ := x.t.Lookup(x.key); known == nil {
			e = x.create()
		}
	}
	return e
}

// find looks up the packet's connection.  A packet that was translated in this zone has the
// reverse of the reply tuple.
func (x *tracker) find() *Entry {
	if x.state&natted == 0 {
		e, reply := x.t.Lookup(x.key)
		x.reply = reply
		return e
	}
	e, reply := x.t.Lookup(x.key.Reverse())
	if e == nil {
		return nil
	}
	x.reply = !reply
	x.key = e.Original
	if x.reply {
		x.key = e.Reply
	}
	return e
}

// byOriginal finds the connection of a packet that was translated before, by the original tuple in
// its fields.
func (x *tracker) byOriginal() *Entry {
	if x.p.Uint(packet.CTProto) == 0 {
		return nil
	}
	t := Tuple{Zone: uint16(x.p.Uint(packet.CTZone)), IPv6: x.key.IPv6, Proto: uint8(x.p.Uint(packet.CTProto))}
	t.Src.Addr, t.Dst.Addr = x.p.Get(packet.CTIPv4Src), x.p.Get(packet.CTIPv4Dst)
	if t.IPv6 {
		t.Src.Addr, t.Dst.Addr = x.p.Get(packet.CTIPv6Src), x.p.Get(packet.CTIPv6Dst)
	}
	t.Src.Port, t.Dst.Port = uint16(x.p.Uint(packet.CTTPSrc)), uint16(x.p.Uint(packet.CTTPDst))
	switch t.Proto {
	case packet.ProtoICMP:
		t.Src.Type, t.Dst.Type = uint8(t.Src.Port), reverseType(uint8(t.Src.Port))
		t.Src.Port, t.Dst.Port = x.key.Src.Port, x.key.Dst.Port
	case packet.ProtoICMPv6:
		t.Src.Type, t.Dst.Type = uint8(t.Src.Port), reverseType6(uint8(t.Src.Port))
		t.Src.Port, t.Dst.Port = x.key.Src.Port, x.key.Dst.Port
	}
	e, _ := x.t.Lookup(t)
	return e
}

// update updates the connection and sets the packet's state, and reports whether the packet opens
// a new connection instead.
func (x *tracker) update(e *Entry) (create bool) {
	direction := uint64(0)
	if x.reply {
		direction = packet.CTReply
	}
	if x.related {
		x.state |= packet.CTRelated | direction
		return false
	}
	switch e.state.next(x.p, x.reply) {
	case valid:
		x.state = x.state&^packet.CTNew | packet.CTEstablished | direction
	case validNew:
		x.state |= packet.CTNew
	case invalid:
		x.state = packet.CTInvalid
	case renewed:
		x.t.remove(e)
		return true
	}
	return false
}

// create creates the packet's connection.  It returns nil if it is not committed.
func (x *tracker) create() *Entry {
	if !Opens(x.p) {
		x.state = packet.CTInvalid
		return nil
	}
	x.state = packet.CTNew
	if !x.r.Commit {
		return nil
	}
	e := &Entry{Original: x.key, Reply: x.key.Reverse(), state: open(x.p)}
	if n := x.r.NAT; n != nil && n.Direction != NoNAT {
		if !x.t.choose(e, n) {
			return nil
		}
		x.translate(e)
	}
	x.t.Add(e)
	return e
}

// describe sets the conntrack fields of a packet.
func describe(p *packet.Packet, zone uint16, e *Entry, key *Tuple) {
	p.SetUint(packet.CTState, p.Uint(packet.CTState)|packet.CTTracked)
	p.SetUint(packet.CTZone, uint64(zone))
	p.SetUint(packet.CTMark, 0)
	p.Set(packet.CTLabel, packet.Value{})
	for _, f := range []*packet.Field{packet.CTProto, packet.CTIPv4Src, packet.CTIPv4Dst, packet.CTIPv6Src, packet.CTIPv6Dst, packet.CTTPSrc, packet.CTTPDst} {
		p.Set(f, packet.Value{})
	}
	if e != nil {
		p.SetUint(packet.CTMark, uint64(e.Mark))
		p.Set(packet.CTLabel, e.Label)
		key = &e.Original
	}
	if key == nil {
		return
	}
	src, dst := packet.CTIPv4Src, packet.CTIPv4Dst
	if key.IPv6 {
		src, dst = packet.CTIPv6Src, packet.CTIPv6Dst
	}
	p.Set(src, key.Src.Addr)
	p.Set(dst, key.Dst.Addr)
	p.SetUint(packet.CTProto, uint64(key.Proto))
	if key.Proto == packet.ProtoICMP || key.Proto == packet.ProtoICMPv6 {
		p.SetUint(packet.CTTPSrc, uint64(key.Src.Type))
		return
	}
	p.SetUint(packet.CTTPSrc, uint64(key.Src.Port))
	p.SetUint(packet.CTTPDst, uint64(key.Dst.Port))
}
