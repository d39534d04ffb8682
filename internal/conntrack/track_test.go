package conntrack

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/packet"
)

// The expectations are those of ovs-fields(7), section "Connection Tracking
// Fields", and of lib/conntrack.c of Open vSwitch where the manual is silent.

const (
	clientIP  = 0x0a000001
	serverIP  = 0x0a000002
	virtualIP = 0x0a0000fe
)

func tcp(src, dst, sport, dport, flags uint64) packet.Packet {
	var p packet.Packet
	p.SetUint(packet.EthType, packet.EthTypeIPv4)
	p.SetUint(packet.IPProto, packet.ProtoTCP)
	p.SetUint(packet.IPv4Src, src)
	p.SetUint(packet.IPv4Dst, dst)
	p.SetUint(packet.TPSrc, sport)
	p.SetUint(packet.TPDst, dport)
	p.SetUint(packet.TCPFlags, flags)
	return p
}

func icmp(src, dst, typ uint64) packet.Packet {
	p := tcp(src, dst, typ, 0, 0)
	p.SetUint(packet.IPProto, packet.ProtoICMP)
	return p
}

// send tracks a packet as a flow with its conntrack state cleared has it.
func send(t *Table, r Request, p packet.Packet) packet.Packet {
	p.ClearConntrack()
	t.Track(r, &p)
	return p
}

func TestStates(t *testing.T) {
	syn, synAck := tcp(clientIP, serverIP, 4000, 80, synFlag), tcp(serverIP, clientIP, 80, 4000, synFlag|ackFlag)
	ack := tcp(clientIP, serverIP, 4000, 80, ackFlag)
	refused := tcp(serverIP, clientIP, 80, 4000, rstFlag|ackFlag) // as ovn-controller does
	refused.SetUint(ZeroSequence, 1)
	turned := tcp(clientIP, serverIP, 4000, 80, rstFlag|ackFlag)
	turned.SetUint(ZeroSequence, 1)
	const new, est, rpl, inv = packet.CTNew, packet.CTEstablished, packet.CTReply, packet.CTInvalid
	ping, pong := icmp(clientIP, serverIP, 8), icmp(serverIP, clientIP, 0)
	type sent struct {
		p      packet.Packet
		commit bool
		want   uint64
	}
	for _, test := range []struct {
		name string
		sent []sent
	}{
		{"not committed", []sent{{syn, false, new}, {syn, false, new}}},
		{"committed", []sent{{syn, true, new}, {synAck, false, est | rpl}, {ack, false, est}}},
		{"SYN again", []sent{{syn, true, new}, {syn, false, new}}},
		{"SYN of an established connection", []sent{{syn, true, new}, {synAck, false, est | rpl}, {ack, false, est}, {syn, false, est}}},
		{"SYN and ACK without an entry", []sent{{synAck, true, inv}}},
		{"ACK without an entry", []sent{{ack, true, new}, {synAck, false, est | rpl}}},
		{"no flags", []sent{{tcp(clientIP, serverIP, 1, 2, 0), true, inv}}},
		{"reset with number 0 for a SYN", []sent{{syn, true, new}, {refused, false, est | rpl}}},
		{"reset with number 0 of an established connection", []sent{{syn, true, new}, {synAck, false, est | rpl}, {refused, false, inv}, {turned, false, inv}, {ack, false, est}}},
		{"reset with number 0 to who has sent nothing", []sent{{syn, true, new}, {turned, false, est}}},
		{"reset with number 0 after another one", []sent{{syn, true, new}, {synAck, false, est | rpl}, {tcp(clientIP, serverIP, 4000, 80, rstFlag), false, est}, {refused, false, est | rpl}}},
		{"SYN and ACK after a reset with number 0", []sent{{syn, true, new}, {refused, false, est | rpl}, {synAck, false, inv}, {refused, false, est | rpl}, {syn, true, new}, {synAck, false, est | rpl}}},
		{"ACK after a reset with number 0", []sent{{syn, true, new}, {refused, false, est | rpl}, {tcp(serverIP, clientIP, 80, 4000, ackFlag), false, est | rpl}}},
		{"echo", []sent{{ping, true, new}, {ping, false, new}, {pong, false, est | rpl}, {ping, false, est}}},
		{"echo reply without an entry", []sent{{pong, true, inv}}},
		{"error that quotes nothing", []sent{{icmp(clientIP, serverIP, 3), false, inv}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			table := NewTable()
			for i, s := range test.sent {
				got := send(table, Request{Zone: 1, Commit: s.commit}, s.p)
				if state := got.Uint(packet.CTState); state != s.want|packet.CTTracked {
					t.Errorf("packet %d: %s, want %s", i, packet.FormatCTState(state), packet.FormatCTState(s.want|packet.CTTracked))
				}
			}
		})
	}
}

// TestZones checks that zones do not share connections.
func TestZones(t *testing.T) {
	table := NewTable()
	send(table, Request{Zone: 1, Commit: true}, tcp(clientIP, serverIP, 4000, 80, synFlag))
	got := send(table, Request{Zone: 2}, tcp(serverIP, clientIP, 80, 4000, synFlag|ackFlag))
	if state := got.Uint(packet.CTState); state != packet.CTInvalid|packet.CTTracked {
		t.Errorf("in zone 2: %s", packet.FormatCTState(state))
	}
}

// TestNAT translates a destination with its port, and back.
func TestNAT(t *testing.T) {
	table := NewTable()
	nat := &Translation{Direction: DestinationNAT, Addr: packet.Uint(serverIP), MinPort: 8080}
	p := send(table, Request{Zone: 1, Commit: true, NAT: nat, Mark: 2, MarkMask: 2}, tcp(clientIP, virtualIP, 4000, 80, synFlag))
	if p.Uint(packet.IPv4Dst) != serverIP || p.Uint(packet.TPDst) != 8080 || p.Uint(packet.CTState)&packet.CTDstNAT == 0 || p.Uint(packet.CTMark) != 2 {
		t.Errorf("request: %s", p.Header(packet.HeaderStyle{}))
	}
	if p.Uint(packet.CTIPv4Dst) != virtualIP || p.Uint(packet.CTTPDst) != 80 {
		t.Errorf("original tuple: %s", p.Header(packet.HeaderStyle{}))
	}
	p = send(table, Request{Zone: 1, NAT: &Translation{}}, tcp(serverIP, clientIP, 8080, 4000, synFlag|ackFlag))
	if p.Uint(packet.IPv4Src) != virtualIP || p.Uint(packet.TPSrc) != 80 || p.Uint(packet.CTState)&packet.CTSrcNAT == 0 {
		t.Errorf("reply: %s", p.Header(packet.HeaderStyle{}))
	}
	p = send(table, Request{Zone: 1, NAT: &Translation{}}, tcp(clientIP, virtualIP, 4000, 80, ackFlag))
	if p.Uint(packet.IPv4Dst) != serverIP || p.Uint(packet.TPDst) != 8080 {
		t.Errorf("third: %s", p.Header(packet.HeaderStyle{}))
	}
}

// TestSCTPWithoutPorts translates the address of a packet, but no port, in a table in which SCTP has none: packets to another
// port belong to the connection (lib/conntrack.c of Open vSwitch 3.1, extract_l4, nat_get_unique_tuple).
func TestSCTPWithoutPorts(t *testing.T) {
	sctp := func(src, dst, sport, dport uint64) packet.Packet {
		p := tcp(src, dst, sport, dport, 0)
		p.SetUint(packet.IPProto, packet.ProtoSCTP)
		return p
	}
	for _, ignored := range []bool{false, true} {
		table := NewTable()
		table.IgnoresSCTPPorts = ignored
		nat := &Translation{Direction: SourceNAT, Addr: packet.Uint(virtualIP), MinPort: 2000, MaxPort: 3000}
		port, opens := uint64(2000), uint64(packet.CTNew)
		if ignored {
			port, opens = 4000, packet.CTEstablished
		}
		p := send(table, Request{Zone: 1, Commit: true, NAT: nat}, sctp(clientIP, serverIP, 4000, 80))
		if p.Uint(packet.IPv4Src) != virtualIP || p.Uint(packet.TPSrc) != port || p.Uint(packet.TPDst) != 80 {
			t.Errorf("ports ignored: %v: request: %s", ignored, p.Header(packet.HeaderStyle{}))
		}
		p = send(table, Request{Zone: 1, NAT: &Translation{}}, sctp(serverIP, virtualIP, 80, port))
		if p.Uint(packet.IPv4Dst) != clientIP || p.Uint(packet.TPDst) != 4000 || p.Uint(packet.TPSrc) != 80 {
			t.Errorf("ports ignored: %v: reply: %s", ignored, p.Header(packet.HeaderStyle{}))
		}
		p = send(table, Request{Zone: 1}, sctp(clientIP, serverIP, 5000, 81))
		if p.Uint(packet.CTState)&(packet.CTNew|packet.CTEstablished) != opens {
			t.Errorf("ports ignored: %v: another port: state %#x", ignored, p.Uint(packet.CTState))
		}
	}
}

// TestPorts has two clients with one port share an address.
func TestPorts(t *testing.T) {
	table := NewTable()
	nat := func() *Translation { return &Translation{Direction: SourceNAT, Addr: packet.Uint(virtualIP)} }
	a := send(table, Request{Zone: 1, Commit: true, NAT: nat()}, tcp(clientIP, serverIP, 4000, 80, synFlag))
	b := send(table, Request{Zone: 1, Commit: true, NAT: nat()}, tcp(clientIP+7, serverIP, 4000, 80, synFlag))
	if a.Uint(packet.TPSrc) != 4000 || b.Uint(packet.TPSrc) == 4000 || b.Uint(packet.IPv4Src) != virtualIP {
		t.Errorf("ports %d and %d", a.Uint(packet.TPSrc), b.Uint(packet.TPSrc))
	}
}

// TestRelated has an ICMP error follow the translation of the connection that it
// quotes.
func TestRelated(t *testing.T) {
	table := NewTable()
	nat := &Translation{Direction: SourceNAT, Addr: packet.Uint(virtualIP)}
	out := send(table, Request{Zone: 1, Commit: true, NAT: nat}, tcp(clientIP, serverIP, 4000, 80, synFlag))
	out.ClearConntrack()
	fault := icmp(serverIP, virtualIP, 3)
	p := send(table, Request{Zone: 1, NAT: &Translation{}, Quoted: &out}, fault)
	if state := p.Uint(packet.CTState); state&packet.CTRelated == 0 || state&packet.CTReply == 0 {
		t.Errorf("state %s", packet.FormatCTState(state))
	}
	if p.Uint(packet.IPv4Dst) != clientIP || out.Uint(packet.IPv4Src) != clientIP {
		t.Errorf("error to %x quotes %x", p.Uint(packet.IPv4Dst), out.Uint(packet.IPv4Src))
	}
}

func FuzzTrack(f *testing.F) {
	f.Add(uint64(6), uint64(4000), uint64(80), uint64(2), uint8(0), true)
	f.Add(uint64(1), uint64(8), uint64(0), uint64(0), uint8(1), false)
	f.Fuzz(func(t *testing.T, proto, sport, dport, flags uint64, direction uint8, commit bool) {
		table := NewTable()
		p := tcp(clientIP, serverIP, sport, dport, flags)
		p.SetUint(packet.IPProto, proto)
		for range 3 {
			n := &Translation{Direction: Direction(direction % 3), Addr: packet.Uint(virtualIP)}
			got := send(table, Request{Zone: 1, Commit: commit, NAT: n}, p)
			if got.Uint(packet.CTState)&packet.CTTracked == 0 {
				t.Fatal("not tracked")
			}
		}
	})
}
