package connect

import (
	"path/filepath"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/conntrack"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// TestHashShowsTranslation computes the hash of a packet that conntrack translated without
// recirculation: the datapath recirculates it, and reads its headers anew.
func TestHashShowsTranslation(t *testing.T) {
	w, at := newTestSimulation(t)
	var p packet.Packet
	p.SetUint(packet.EthType, packet.EthTypeIPv4)
	p.SetUint(packet.IPv4Dst, 0x0a000001)
	p.SetUint(packet.IPv4Src, 0x0a000002)
	before := p
	p.SetUint(packet.IPv4Dst, 0x0a000009)
	w.hide(&before, &p)
	p.SetUint(packet.IPv4Src, 0x0a000007) // a flow writes it
	if p.Uint(packet.IPv4Dst) != 0x0a000001 {
		t.Errorf("flows see %#x before recirculation", p.Uint(packet.IPv4Dst))
	}
	if !w.hash(&p, at) || p.Uint(packet.IPv4Dst) != 0x0a000009 || p.Uint(packet.IPv4Src) != 0x0a000007 {
		t.Errorf("flows see %#x from %#x after the hash", p.Uint(packet.IPv4Dst), p.Uint(packet.IPv4Src))
	}
}

// TestCopiesBehindConntrack translates one of two copies of a packet behind conntrack: the
// datapath has one buffer for both.
func TestCopiesBehindConntrack(t *testing.T) {
	w, at := newTestSimulation(t)
	var p packet.Packet
	p.SetUint(packet.EthType, packet.EthTypeIPv4)
	p.SetUint(packet.IPv4Dst, 0x0a000001)
	if !w.pass(&p, at) {
		t.Fatal("the packet is lost")
	}
	w.track(conntrack.Request{}, packet.DNATZone, &p, at)
	first, second := p, p
	first.SetUint(packet.IPv4Dst, 0x0a000009)
	w.hide(&p, &first)
	w.settle(&second)
	if second.Uint(packet.IPv4Dst) != 0x0a000009 {
		t.Errorf("the second copy leaves to %#x", second.Uint(packet.IPv4Dst))
	}
}

// newTestSimulation returns a simulation of a recorded network, and a place in it.
func newTestSimulation(t *testing.T) (*simulation, sim.ActionContext) {
	t.Helper()
	n := tracetest.Open(t, filepath.Join("..", "..", "testdata", "wire", "23.03", "ports", "sb.db.gz"), lflow.Options{})
	c, err := cluster.New([]*lflow.Network{n}, cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := newSimulation(c, &Options{}, newScript(nil, map[orderKey]bool{}))
	w.Walker = sim.NewWalker(w, &trace.Trace{})
	return w, sim.ActionContext{Datapath: n.Datapaths[0]}
}
