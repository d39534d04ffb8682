package witness

import (
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
)

// TestNeighborDiscoveryText writes packets with the types of neighbor discovery.  With a hop limit
// other than 255 they are not neighbor discovery (RFC 4861), and have no fields of it.
func TestNeighborDiscoveryText(t *testing.T) {
	db := sbtest.New("23.03.0")
	sw := db.Datapath("sw", 1)
	db.Port(sw, "a", 1, "")
	db.Flow(sw, "ingress", 0, 0, "1", "drop;")
	n := tracetest.Read(t, "test", db.Bytes(), lflow.Options{})
	port, err := n.Port("a")
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range []uint64{packet.NDSolicit, packet.NDAdvertise} {
		for _, ttl := range []uint64{64, 255} {
			var p packet.Packet
			p.SetUint(packet.EthType, packet.EthTypeIPv6)
			p.SetUint(packet.IPProto, packet.ProtoICMPv6)
			p.SetUint(packet.IPTTL, ttl)
			p.SetUint(packet.TPSrc, typ)
			p.Set(packet.NDTarget, packet.Uint(7))
			text := Microflow(port, p)
			if got, want := strings.Contains(text, "nd.target"), ttl == 255; got != want {
				t.Errorf("%s: target %v, want %v", text, got, want)
			}
			if _, err := sim.Trace(n, sim.Request{Microflow: text}); err != nil {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}
