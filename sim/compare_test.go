package sim

import (
	"context"
	"fmt"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// TestUniform translates addresses in a release whose ovn-trace does not, and continues after ct_snat
// on a gateway router.
func TestUniform(t *testing.T) {
	db := sbtest.New("20.06.0")
	d := db.Datapath("lr", 1)
	db.Port(d, "p", 1, "")
	db.Flow(d, "ingress", 0, 0, "ip4", "ct_snat(10.9.9.9);")
	gw := db.Datapath("gw", 2)
	db.Port(gw, "q", 1, "l3gateway")
	db.Flow(gw, "ingress", 0, 0, "ip4", "ip4.src = 10.8.8.8; ct_snat;")
	db.Flow(gw, "ingress", 1, 0, "1", "drop;")
	db.Flow(d, "ingress", 1, 0, "1", "drop;")
	n, err := lflow.Read(context.Background(), "test", db.Bytes(), lflow.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		port    string
		uniform bool
		want    uint64
	}{{"p", false, 0x0a000001}, {"p", true, 0x0a090909}, {"q", false, 0x0a000001}, {"q", true, 0x0a080808}} {
		tr, err := Trace(n, Request{Microflow: fmt.Sprintf(`inport == %q && ip4.src == 10.0.0.1`, tt.port), Choices: Choices{Uniform: tt.uniform}})
		if err != nil {
			t.Fatal(err)
		}
		got := uint64(0)
		trace.Walk(tr.Root, func(n trace.Node) bool {
			if table, ok := n.(*trace.Table); ok {
				got = table.Packet.Uint(packet.IPv4Src)
			}
			return true
		})
		if got != tt.want {
			t.Errorf("%s, uniform %v: the source is %x, want %x", tt.port, tt.uniform, got, tt.want)
		}
	}
}

// TestPick picks backends and members in turn.
func TestPick(t *testing.T) {
	db := sbtest.New("23.03.0")
	d := db.Datapath("lr", 1)
	db.Port(d, "p", 1, "")
	db.Flow(d, "ingress", 0, 0, "ip4", "ct_lb_mark(backends=10.0.0.1,10.0.0.2,10.0.0.3);")
	db.Flow(d, "ingress", 1, 0, "1", "reg1[0..15] = select(5, 6);")
	db.Flow(d, "ingress", 2, 0, "1", "drop;")
	n, err := lflow.Read(context.Background(), "test", db.Bytes(), lflow.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var asked []int
	pick := func(_ *packet.Packet, options int) int {
		asked = append(asked, options)
		return options - 1
	}
	tr, err := Trace(n, Request{Microflow: `inport == "p" && ip4.dst == 10.9.9.9`, Choices: Choices{Choose: pick}})
	if err != nil {
		t.Fatal(err)
	}
	var last *trace.Table
	trace.Walk(tr.Root, func(n trace.Node) bool {
		if f, ok := n.(*trace.Fork); ok && f.Random {
			t.Errorf("fork %v counts as random", f.Kind)
		}
		if table, ok := n.(*trace.Table); ok {
			last = table
		}
		return true
	})
	if len(asked) != 2 || asked[0] != 3 || asked[1] != 2 {
		t.Errorf("asked for %v", asked)
	}
	if last.Packet.Uint(packet.IPv4Dst) != 0x0a000003 || last.Packet.Uint(packet.Reg(1))&0xffff != 6 {
		t.Errorf("went to %x by %x", last.Packet.Uint(packet.IPv4Dst), last.Packet.Uint(packet.Reg(1)))
	}
}
