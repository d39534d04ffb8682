package sim_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// TestBriefVerdicts compares the dispositions of brief traces with those of full ones.
func TestBriefVerdicts(t *testing.T) {
	packets := 40
	if testing.Short() {
		packets = 5
	}
	shorter := 0
	for _, path := range sbtest.Recorded(t) {
		t.Run(filepath.Base(filepath.Dir(path))+"/"+filepath.Base(path), func(t *testing.T) {
			n := tracetest.Open(t, path, lflow.Options{})
			r := rand.New(rand.NewPCG(1, 2))
			ports := n.Ports()
			for range packets * min(len(ports), 20) {
				d, p := anyPacket(r, ports)
				c := sim.Choices{CTNew: r.IntN(2) == 0}
				if r.IntN(4) == 0 {
					c.CT = []uint64{packet.CTTracked | r.Uint64()&0xff}
				}
				whole, err := sim.Walk(n, d, p, c)
				c.Brief = true
				brief, errBrief := sim.Walk(n, d, p, c)
				if err != nil || errBrief != nil {
					if fmt.Sprint(err) != fmt.Sprint(errBrief) {
						t.Fatalf("%v, brief %v", err, errBrief)
					}
					continue
				}
				want, got := dispositions(whole), dispositions(brief)
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("%s, packet %+v: brief\n%+v\nnot\n%+v", d.Name, p, got, want)
				}
				if tables(brief) < tables(whole) {
					shorter++
				}
			}
		})
	}
	if shorter == 0 {
		t.Error("no brief trace has fewer tables")
	}
}

// anyPacket draws a packet from a port, mostly to the addresses of another.
func anyPacket(r *rand.Rand, ports []*lflow.Port) (*lflow.Datapath, packet.Packet) {
	from, to, by := ports[r.IntN(len(ports))], ports[r.IntN(len(ports))], ports[r.IntN(len(ports))]
	var p packet.Packet
	p.SetUint(packet.Inport, from.Key)
	p.SetUint(packet.IPTTL, uint64(r.IntN(5)))
	p.SetUint(packet.EthType, []uint64{packet.EthTypeIPv4, packet.EthTypeIPv4, packet.EthTypeIPv6, packet.EthTypeARP}[r.IntN(4)])
	p.SetUint(packet.IPProto, []uint64{packet.ProtoTCP, packet.ProtoUDP, packet.ProtoICMP, packet.ProtoICMPv6}[r.IntN(4)])
	p.SetUint(packet.TPSrc, []uint64{0, 8, 68, 128, 135, 546, 40000}[r.IntN(7)])
	p.SetUint(packet.TPDst, []uint64{0, 53, 67, 80, 547, 8080}[r.IntN(6)])
	p.SetUint(packet.ARPOp, uint64(1+r.IntN(2)))
	for _, end := range []struct {
		port                     *lflow.Port
		mac, v4, arp, v6, target *packet.Field
	}{
		{from, packet.EthSrc, packet.IPv4Src, packet.ARPSPA, packet.IPv6Src, nil},
		{to, nil, packet.IPv4Dst, packet.ARPTPA, packet.IPv6Dst, packet.NDTarget},
		{by, packet.EthDst, nil, nil, nil, nil},
	} {
		for _, text := range strings.Fields(strings.Join(end.port.AddressTexts(), " ")) {
			if mac, err := net.ParseMAC(text); err == nil && len(mac) == 6 && end.mac != nil {
				p.Set(end.mac, packet.FromMAC([6]byte(mac)))
			}
			ip, _, _ := strings.Cut(text, "/")
			addr, err := netip.ParseAddr(ip)
			fields := []*packet.Field{end.v6, end.target}
			if addr.Is4() {
				fields = []*packet.Field{end.v4, end.arp}
			}
			for _, f := range fields {
				if err == nil && f != nil && p.Has(f) {
					p.Set(f, packet.FromAddr(addr))
				}
			}
		}
	}
	return from.Datapath, p
}

// dispositions returns those of a trace, without the nodes that they refer to.
func dispositions(t *trace.Trace) []verdict.Disposition {
	list := verdict.Of(t)
	for i := range list {
		list[i].Last = nil
	}
	return list
}

func tables(t *trace.Trace) (count int) {
	trace.Walk(t.Root, func(n trace.Node) bool {
		if _, ok := n.(*trace.Table); ok {
			count++
		}
		return true
	})
	return count
}
