package wirelab

import (
	"cmp"
	"context"
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
)

// Record makes a connection: it sends the first packet, the reply of its receiver and, for
// TCP, the sender's next packet.
func (l *Lab) Record(ctx context.Context, c Connection) (Case, error) {
	made := Case{From: c.from.name(), To: c.first.ipDst.String(), Proto: c.protocol()}
	if err := l.Forget(ctx); err != nil {
		return made, err
	}
	out, err := l.step(ctx, &made, c.from, c.first)
	if err != nil {
		return made, err
	}
	answerer, answer := l.answer(c, out)
	if answerer == nil || !c.first.isAnswered() {
		return made, nil
	}
	out, err = l.step(ctx, &made, answerer, answer)
	if err != nil || c.first.proto != protoTCP || !slices.ContainsFunc(out, func(e event) bool { return c.from.at(e) }) {
		return made, err
	}
	_, err = l.step(ctx, &made, c.from, c.third())
	return made, err
}

// The initial sequence numbers of hosts, far from 0: resets of ovn-controller have that one.
const (
	clientSequence = 1 << 28
	serverSequence = 3 << 28
)

// third returns the segment by which the sender completes a handshake.
func (c *Connection) third() frame {
	f := c.first
	f.flags, f.seq, f.ack = flagACK, f.seq+1, serverSequence+1
	return f
}

// step sends a frame and adds the frames that it causes to the case.
func (l *Lab) step(ctx context.Context, made *Case, from *end, f frame) ([]event, error) {
	before, err := l.activity()
	if err != nil {
		return nil, err
	}
	l.taken()
	f.vlan = cmp.Or(from.vlan, f.vlan)
	data := f.encode()
	if err := l.send(from, data); err != nil {
		return nil, err
	}
	if err := l.quiet(ctx, before); err != nil {
		return nil, err
	}
	out := l.taken()
	sent := decode(data)
	s := Step{In: Place{Network: true}, Frame: hex.EncodeToString(data), Sent: sent.fields(), Out: []Frame{}}
	if from.chassis != nil {
		s.In = Place{Port: from.port, Chassis: from.chassis.Name}
	}
	for _, e := range out {
		p := Place{Network: true, Chassis: e.chassis.Name}
		if e.end != nil {
			p = Place{Port: cmp.Or(e.end.trunk, e.end.port), Chassis: e.chassis.Name}
		}
		d := decode(e.frame)
		s.Out = append(s.Out, Frame{p, d.fields(), hex.EncodeToString(e.frame)})
	}
	slices.SortFunc(s.Out, func(a, b Frame) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.Chassis, b.Chassis), cmp.Compare(a.Frame, b.Frame))
	})
	made.Steps = append(made.Steps, s)
	return out, nil
}

// traceOpenFlow runs ofproto/trace for a connection's first packet on the switches where it
// enters, and waits for what comes of it: a traced packet that goes to ovn-controller is sent there.
func (l *Lab) traceOpenFlow(ctx context.Context, c Connection) (string, error) {
	if err := l.Forget(ctx); err != nil {
		return "", err
	}
	before, err := l.activity()
	if err != nil {
		return "", err
	}
	f := c.first
	f.vlan = cmp.Or(c.from.vlan, f.vlan)
	bridge, iface := "br-int", c.from.iface
	if c.from.chassis == nil {
		bridge, iface = "br-ex", "ex-net"
	}
	all := ""
	for _, at := range l.chassis {
		if c.from.chassis != nil && c.from.chassis != at {
			continue
		}
		text, err := at.vswitchd.command("ofproto/trace", bridge, "in_port="+iface, hex.EncodeToString(f.encode()))
		if err != nil {
			return "", err
		}
		all += "chassis " + at.Name + ":\n" + text + "\n"
	}
	return all, l.quiet(ctx, before)
}

// answer returns the reply of the host that received the first packet, or nil if no host
// did: a host behind a port, else one outside. If a port is on several chassis, it is the
// host on the main one.
func (l *Lab) answer(c Connection, out []event) (by *end, answer frame) {
	first := len(l.ends)
	for _, outside := range []bool{false, true} {
		for _, e := range out {
			f := decode(e.frame)
			if !c.opens(f) || (e.end == nil) != outside || c.from.at(e) {
				continue
			}
			who := l.receiver(e, f.dst)
			if i := slices.Index(l.ends, who); who != nil && i < first {
				by, answer, first = who, f.answered(), i
			}
		}
		if by != nil {
			break
		}
	}
	return by, answer
}

// receiver returns the host that accepts a frame.
func (l *Lab) receiver(e event, mac string) *end {
	for _, x := range l.ends {
		if x.at(e) && x.hasMAC(mac) && (e.end != nil || x.vlan == vlanOf(e.frame)) {
			return x
		}
	}
	return nil
}

// at reports whether a frame left at the end.
func (e *end) at(ev event) bool {
	if e.chassis == nil {
		return ev.end == nil
	}
	return ev.end == e
}

func (e *end) name() string { return cmp.Or(e.port, "network") }

// opens reports whether a frame may be the first one of the connection after translation.
func (c *Connection) opens(f frame) bool {
	if f.ethType != c.first.ethType || f.proto != c.first.proto {
		return false
	}
	switch f.proto {
	case protoTCP:
		return f.flags == flagSYN
	case protoICMP:
		return f.icmpType == echoRequest
	case protoICMP6:
		return f.icmpType == echoRequest6
	}
	return true
}

// isAnswered reports whether hosts reply to the packet, of those that are known to.
func (f *frame) isAnswered() bool {
	return f.ethType != typeARP && f.ipSrc != netip.IPv4Unspecified() && !f.ipDst.IsMulticast() && f.ipDst != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// answered returns the reply of the host that received the frame.
func (f *frame) answered() frame {
	a := frame{src: f.dst, dst: f.src, vlan: f.vlan, ethType: f.ethType, ipSrc: f.ipDst, ipDst: f.ipSrc, ttl: 64, proto: f.proto}
	switch f.proto {
	case protoTCP:
		a.srcPort, a.dstPort, a.flags, a.seq, a.ack = f.dstPort, f.srcPort, flagSYN|flagACK, serverSequence, f.seq+1
	case protoUDP:
		a.srcPort, a.dstPort, a.payload = f.dstPort, f.srcPort, []byte("reply")
	case protoSCTP:
		a.srcPort, a.dstPort, a.ack, a.payload = f.dstPort, f.srcPort, sctpTag, slices.Clone(f.payload)
		a.payload[0] = sctpInitAck
	case protoICMP:
		a.icmpType, a.icmpID, a.payload = echoReply, f.icmpID, f.payload
	case protoICMP6:
		a.icmpType, a.icmpID, a.payload = echoReply6, f.icmpID, f.payload
	}
	return a
}

// protocol returns the connection's protocol with its destination port, or its kind.
func (c *Connection) protocol() string {
	if c.kind != "" && c.first.proto != protoSCTP {
		return c.kind
	}
	switch c.first.proto {
	case protoTCP:
		return "tcp:" + strconv.Itoa(c.first.dstPort)
	case protoUDP:
		return "udp:" + strconv.Itoa(c.first.dstPort)
	case protoSCTP:
		return "sctp:" + strconv.Itoa(c.first.dstPort)
	}
	return "icmp"
}
