package portsec_test

import (
	"math/rand/v2"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/portsec"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// TestOVNTrace compares the rules, and the one check that they amount to, with walks of
// packets that have some of the addresses of entries.
func TestOVNTrace(t *testing.T) {
	db := sbtest.New("26.03.0")
	sw := db.Datapath("sw", 1)
	entries := [][]string{
		nil,
		{"0a:00:00:00:00:01"},
		{"0a:00:00:00:00:01 10.0.0.1"},
		{"0a:00:00:00:00:01 fd00::1"},
		{"0a:00:00:00:00:01 10.0.0.1 10.0.0.2 fd00::1"},
		{"0a:00:00:00:00:01 10.0.0.1", "0a:00:00:00:00:01 10.0.0.2"},
		{"0a:00:00:00:00:01 10.0.0.1", "0a:00:00:00:00:02"},
		{"0a:00:00:00:00:01 10.0.0.0/24", "0a:00:00:00:00:02 fd00::2"},
	}
	for i, list := range entries {
		db.Port(sw, string(rune(97+i)), i+1, "", "port_security", sbtest.Set(list...))
	}
	db.Flow(sw, "ingress", 0, 0, "1", "pkt.mark[0] = check_in_port_sec(); next;")
	db.Flow(sw, "ingress", 1, 0, "1", "outport = inport; flags.loopback = 1; output;")
	db.Flow(sw, "egress", 0, 0, "1", "pkt.mark[1] = check_out_port_sec(); next;")
	db.Flow(sw, "egress", 1, 0, "1", "output;")
	n := tracetest.Read(t, "test", db.Bytes(), lflow.Options{})
	d := n.Datapaths[0]
	r := rand.New(rand.NewPCG(5, 6))
	refused := [2]int{}
	for range 20_000 {
		p := anyPacket(r)
		key := uint64(1 + r.IntN(len(entries)))
		port, _ := d.Port(key)
		p.SetUint(packet.Inport, key)
		tr, err := sim.Walk(n, d, p, sim.Choices{})
		if err != nil {
			t.Fatal(err)
		}
		var got uint64
		trace.Walk(tr.Root, func(n trace.Node) bool {
			if d, ok := n.(*trace.Delivered); ok {
				got = d.Packet.Word(8)
			}
			return true
		})
		for bit, sends := range []bool{true, false} {
			checks := portsec.OVNTrace(port, sends)
			want := got>>bit&1 != 0
			if want {
				refused[bit]++
			}
			for _, c := range [][]portsec.Check{checks, {portsec.Flatten(checks)}} {
				if portsec.Refuses(c, &p) != want {
					t.Fatalf("port %s, sends %t: %s is refused: %t in the walk", entries[key-1], sends, p.Header(packet.HeaderStyle{}), want)
				}
			}
		}
	}
	if refused[0] < 1000 || refused[1] < 1000 {
		t.Errorf("few packets are refused: %v", refused)
	}
}

// anyPacket returns a packet of a kind that port security distinguishes.
func anyPacket(r *rand.Rand) (p packet.Packet) {
	one := func(values ...uint64) uint64 { return values[r.IntN(len(values))] }
	mac := func() uint64 { return one(0, 0x0a0000000001, 0x0a0000000001, 0x0a0000000002, 0x0a0000000003) }
	ip4 := func() uint64 { return one(0, 0x0a000001, 0x0a000001, 0x0a000002, 0x0a000003, 0xe0000001, 0xffffffff) }
	ip6 := func() packet.Value {
		switch r.IntN(4) {
		case 0:
			return packet.LinkLocal(0x0a0000000001)
		case 1:
			return packet.Value{Hi: 0xff02 << 48, Lo: 1}
		}
		return packet.Value{Hi: 0xfd00 << 48, Lo: one(1, 2)}
	}
	p.SetUint(packet.EthSrc, mac())
	p.SetUint(packet.EthDst, mac())
	p.SetUint(packet.EthType, one(packet.EthTypeIPv4, packet.EthTypeIPv6, packet.EthTypeIPv6, packet.EthTypeARP, 0x88cc))
	switch {
	case p.IsIPv4():
		p.SetUint(packet.IPv4Src, ip4())
		p.SetUint(packet.IPv4Dst, ip4())
		p.SetUint(packet.IPProto, packet.ProtoUDP)
		p.SetUint(packet.TPSrc, one(68, 1))
		p.SetUint(packet.TPDst, one(67, 1))
		p.SetUint(packet.IPTTL, 64)
	case p.IsIPv6():
		p.Set(packet.IPv6Src, ip6())
		p.Set(packet.IPv6Dst, ip6())
		p.SetUint(packet.IPProto, packet.ProtoICMPv6)
		p.SetUint(packet.TPSrc, one(packet.NDSolicit, packet.NDAdvertise, 128, 143))
		p.SetUint(packet.IPTTL, 255)
		if p.IsND() {
			p.Set(packet.NDTarget, ip6())
			p.SetUint(packet.ARPSHA, mac())
			p.SetUint(packet.ARPTHA, mac())
		}
	case p.IsARP():
		p.SetUint(packet.ARPOp, 1)
		p.SetUint(packet.ARPSHA, mac())
		p.SetUint(packet.ARPSPA, ip4())
	}
	return p
}
