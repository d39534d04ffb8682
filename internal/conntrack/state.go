package conntrack

import "github.com/ovnwalk/ovnwalk/packet"

// The TCP flags that matter.
const (
	finFlag = 1 << 0
	synFlag = 1 << 1
	rstFlag = 1 << 2
	pshFlag = 1 << 3
	ackFlag = 1 << 4
	urgFlag = 1 << 5
)

// phase is how far one side of a TCP connection is.
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
	peers    [2]phase // TCP: who opened it, who answers
	fromZero [2]bool  // TCP: whose first packet had [ZeroSequence], so that the numbers of others are out of the window
	replied  bool     // other protocols: whether an answer was seen
}

// update is what a packet of a known connection comes to.
type update uint8

const (
	valid update = iota
	validNew
	invalid
	renewed // the connection is over and this packet opens another
)

// opens reports whether a packet may open a connection.
func opens(p *packet.Packet) bool {
	switch p.Uint(packet.IPProto) {
	case packet.ProtoTCP:
		flags := p.Uint(packet.TCPFlags)
		return !badFlags(flags) && flags&(synFlag|ackFlag) != synFlag|ackFlag
	case packet.ProtoICMP:
		t := p.Uint(packet.TPSrc)
		return t == icmpEcho || t == icmpTimestamp || t == icmpInfo
	case packet.ProtoICMPv6:
		return p.Uint(packet.TPSrc) == icmp6Echo
	}
	return true
}

// badFlags reports TCP flags that no segment has.
func badFlags(flags uint64) bool {
	if flags&synFlag != 0 {
		if flags&(rstFlag|finFlag) != 0 {
			return true
		}
	} else if flags&(ackFlag|rstFlag) == 0 {
		return true
	}
	return flags&ackFlag == 0 && flags&(finFlag|pshFlag|urgFlag) != 0
}

// open is the state after the packet that opens a connection.
func open(p *packet.Packet) state {
	s := state{peers: [2]phase{synSent, closed}, fromZero: [2]bool{p.Uint(ZeroSequence) != 0, false}}
	if p.Uint(packet.IPProto) == packet.ProtoTCP && p.Uint(packet.TCPFlags)&finFlag != 0 {
		s.peers[0] = closing
	}
	return s
}

// takesAnyReset reports whether a reset from one side of a connection to the other is valid
// with any sequence number: before one of them has sent a packet, and once the connection is
// over.  Else lib/conntrack-tcp.c of Open vSwitch requires the next number of the sender.
func takesAnyReset(src, dst phase) bool {
	return min(src, dst) < synSent || max(src, dst) >= finWait2
}

// next goes on with a packet of a known connection.  Sequence numbers are taken to be
// right, but those of packets with [ZeroSequence].
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
	if badFlags(flags) {
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
	if flags&(synFlag|finFlag) != 0 && *fromZero && !isZero { // others without data are not compared with the window
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
