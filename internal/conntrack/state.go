package conntrack

import "github.com/ovnwalk/ovnwalk/packet"

// TCP flags.
const (
	finFlag = 1 << 0
	synFlag = 1 << 1
	rstFlag = 1 << 2
	pshFlag = 1 << 3
	ackFlag = 1 << 4
	urgFlag = 1 << 5
)

// phase is the TCP state of one side of a connection.
type phase uint8

const (
	closed phase = iota
	synSent
	established
	closing
	finWait2
	timeWait
)

// state is the state of a connection by its protocol.
type state struct {
	peers    [2]phase // TCP: of the side that opened the connection, and of the other one
	fromZero [2]bool  // TCP: whether the first packet of a side had [ZeroSequence], so that its other packets are out of the window
	replied  bool     // other protocols: whether a reply was seen
}

// update is the effect of a packet on a known connection.
type update uint8

const (
	valid update = iota
	validNew
	invalid
	renewed // the connection is closed and the packet opens another one
)

// open returns the state after the first packet of a connection.
func open(p *packet.Packet) state {
	s := state{peers: [2]phase{synSent, closed}, fromZero: [2]bool{p.Uint(ZeroSequence) != 0, false}}
	if p.Uint(packet.IPProto) == packet.ProtoTCP && p.Uint(packet.TCPFlags)&finFlag != 0 {
		s.peers[0] = closing
	}
	return s
}

// takesAnyReset reports whether a reset from src to dst is valid with any sequence number: before
// one of them has sent a packet, and after the connection is closed.  Otherwise
// lib/conntrack-tcp.c of Open vSwitch requires the next sequence number of the sender.
func takesAnyReset(src, dst phase) bool {
	return min(src, dst) < synSent || max(src, dst) >= finWait2
}

// next updates the state with a packet of the connection.  Sequence numbers are assumed to be valid,
// except those of packets with [ZeroSequence].
func (s *state) next(p *packet.Packet, reply bool) update {
	if p.Uint(packet.IPProto) != packet.ProtoTCP {
		s.replied = s.replied || reply
		if s.replied {
			return valid
		}
		return validNew
	}
	flags := p.Uint(packet.TCPFlags)
	src, dst, fromZero := &s.peers[0], &s.peers[1], &s.fromZero[0]
	if reply {
		src, dst, fromZero = dst, src, &s.fromZero[1]
	}
	if hasBadFlags(flags) {
		return invalid
	}
	if flags&(synFlag|ackFlag) == synFlag {
		if *dst >= finWait2 && *src >= finWait2 {
			*src, *dst = closed, closed
			return renewed
		}
		if *src <= synSent {
			*src = synSent
			return validNew
		}
	}
	isZero := p.Uint(ZeroSequence) != 0
	if flags&rstFlag != 0 && isZero && !takesAnyReset(*src, *dst) {
		return invalid
	}
	if *src < synSent {
		*fromZero = isZero
	}
	if flags&(synFlag|finFlag) != 0 && *fromZero && !isZero { // the numbers of other segments without data are not checked
		return invalid
	}
	*src = max(*src, synSent)
	if flags&finFlag != 0 {
		*src = max(*src, closing)
	}
	if flags&ackFlag != 0 {
		switch *dst {
		case synSent:
			*dst = established
		case closing:
			*dst = finWait2
		default:
		}
	}
	if flags&rstFlag != 0 {
		*src, *dst = timeWait, timeWait
	}
	return valid
}
