package conntrack

import "github.com/ovnwalk/ovnwalk/packet"

// Range of ports in which a free one is searched if the preferred port is taken.
const (
	firstEphemeral = 1024
	lastEphemeral  = 65535
)

// choose chooses the reply tuple of a new connection, which must be unique.  It returns false if
// all candidates are taken.
func (t *Table) choose(e *Entry, n *Translation) bool {
	e.NAT = n.Direction
	reply := &e.Reply
	if !n.Addr.IsZero() {
		if n.Direction == SourceNAT {
			reply.Dst.Addr = n.Addr
		} else {
			reply.Src.Addr = n.Addr
		}
	}
	free := func() bool {
		taken, _ := t.Lookup(*reply)
		return taken == nil
	}
	if !t.HasPorts(reply.Proto) {
		return free()
	}
	source := e.Original.Src.Port
	low, high := uint16(firstEphemeral), uint16(lastEphemeral)
	switch {
	case source < 512:
		low, high = 1, 511
	case source < 1024:
		low, high = 600, 1023
	}
	if n.MinPort != 0 {
		last := max(n.MinPort, n.MaxPort)
		if n.Direction == DestinationNAT {
			for port := int(n.MinPort); port <= int(last); port++ {
				if reply.Src.Port = uint16(port); free() {
					return true
				}
			}
			reply.Src.Port = n.MinPort
		} else {
			source, low, high = max(n.MinPort, n.FirstPort), n.MinPort, last
		}
	}
	for k := range int(high-low) + 1 {
		port := int(source) + k
		if port > int(high) {
			port = int(low) + port - int(high) - 1
		}
		if reply.Dst.Port = uint16(port); free() {
			return true
		}
	}
	return false
}

// again translates a packet of a known connection, unless it is translated already.
func (x *tracker) again(e *Entry) {
	if e.NAT != NoNAT && x.state&natted == 0 {
		x.translate(e)
	}
}

// translate translates the packet's addresses and ports according to its connection.
func (x *tracker) translate(e *Entry) {
	out, direction := e.Reply, e.NAT
	if x.reply {
		out, direction = e.Original, e.NAT.reverse()
	}
	if direction&SourceNAT != 0 {
		x.state |= packet.CTSrcNAT
	}
	if direction&DestinationNAT != 0 {
		x.state |= packet.CTDstNAT
	}
	readdress(x.p, out, direction)
	if !x.related {
		x.report(x.p, out)
		return
	}
	if q := x.r.Quoted; q != nil {
		inner := out.Reverse()
		readdress(q, inner, direction.reverse())
		x.report(q, inner)
	}
}

// readdress sets the addresses of a direction so that t is the tuple of the packet's replies.
func readdress(p *packet.Packet, t Tuple, d Direction) {
	src, dst := packet.IPv4Src, packet.IPv4Dst
	if t.IPv6 {
		src, dst = packet.IPv6Src, packet.IPv6Dst
	}
	if d&SourceNAT != 0 {
		p.Set(src, t.Dst.Addr)
	}
	if d&DestinationNAT != 0 {
		p.Set(dst, t.Src.Addr)
	}
}

// report sets the ports so that t is the tuple of the packet's replies.
func (x *tracker) report(p *packet.Packet, t Tuple) {
	if x.t.HasPorts(t.Proto) {
		p.SetUint(packet.TPSrc, uint64(t.Dst.Port))
		p.SetUint(packet.TPDst, uint64(t.Src.Port))
	}
}
