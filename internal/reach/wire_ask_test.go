package reach

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/wirelab"
	"github.com/ovnwalk/ovnwalk/internal/witness"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// TestWireSpoof asks, as with --spoof, whether each recorded first packet arrives at one of
// the ports at which chassis delivered it; a physical network has several. It arrives, or the answer is
// undecided. Copies of mirrors do not count. TestWire has the packets that were not delivered.
func TestWireSpoof(t *testing.T) {
	eachRecording(t, func(t *testing.T, path string) {
		found, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*sb*.db.gz"))
		if len(found) == 0 {
			t.Skip("no southbound database")
		}
		zones := zonesOf(t, found)
		cases, err := wirelab.ReadCases(path)
		if err != nil {
			t.Fatal(err)
		}
		arrived, undecided, generated := 0, 0, 0
		for _, c := range cases {
			step := &c.Steps[0]
			from := zones.owned(step.In.Port)
			if step.In.Network || from == nil || from.Type != "" {
				continue
			}
			first, err := step.Sent.Packet()
			if err != nil {
				t.Fatal(err)
			}
			first.SetUint(packet.Inport, from.Key)
			first.SetUint(packet.VLANTCI, 0)
			to := zones.cameOut(t, step, &first)
			if len(to) == 0 && len(step.Out) == 0 {
				continue
			}
			if len(to) == 0 { // it came out as another packet, which the network generated
				if zones.have(t, &Question{From: []*lflow.Port{from}, Spoof: true}, &first, func(r *Result) bool { return r.Code != verdict.PortSecurity }) {
					generated++
				} else {
					t.Errorf("%s to %s %s is not walked, but the network answered: %s", c.From, c.To, c.Proto, first.Header(packet.HeaderStyle{}))
				}
				continue
			}
			arrives := func(kind Kind) bool {
				return slices.ContainsFunc(to, func(port *lflow.Port) bool {
					return zones.have(t, &Question{From: []*lflow.Port{from}, To: []*lflow.Port{port}, Spoof: true}, &first, func(r *Result) bool { return r.Kind == kind })
				})
			}
			switch {
			case arrives(Delivered):
				arrived++
			case arrives(Undecided):
				undecided++
			default:
				t.Errorf("%s to %s %s came out at %s: %s", c.From, c.To, c.Proto, to[0].Name, first.Header(packet.HeaderStyle{}))
			}
		}
		t.Logf("%d arrived, %d undecided, %d are answered", arrived, undecided, generated)
	})
}

// cameOut returns the ports at which chassis delivered a packet, without the packets that the
// network generated.
func (z *Zones) cameOut(t *testing.T, step *wirelab.Step, first *packet.Packet) (ports []*lflow.Port) {
	t.Helper()
	for _, o := range step.Out {
		got, err := o.Packet.Packet()
		if err != nil {
			t.Fatal(err)
		}
		isSame := isSameKind(&got, first) && got.Uint(packet.ARPOp) == first.Uint(packet.ARPOp)
		isReply := first.IsIP() && got.Get(packet.IPv6Dst) == first.Get(packet.IPv6Src) && got.Uint(packet.IPv4Dst) == first.Uint(packet.IPv4Src)
		isReply = isReply || first.IsIP() && got.Uint(packet.TPSrc) == first.Uint(packet.TPDst) && got.Uint(packet.TPDst) == first.Uint(packet.TPSrc) && got.Uint(packet.TPSrc) != got.Uint(packet.TPDst) // of DHCP, to the address that it offers
		if !isSame || isReply {
			continue
		}
		for _, port := range z.named(t, &o) {
			if !slices.Contains(ports, port) && (!isLeftOut(port) || isOutside(port)) {
				ports = append(ports, port)
			}
		}
	}
	if !slices.ContainsFunc(ports, func(p *lflow.Port) bool { return p.Type != "localnet" }) {
		return nil // it left for a physical network only
	}
	return ports
}

// isSameKind reports whether two packets have the same protocol and, with ICMPv6, the same type.
func isSameKind(p, q *packet.Packet) bool {
	return p.Uint(packet.EthType) == q.Uint(packet.EthType) && p.Uint(packet.IPProto) == q.Uint(packet.IPProto) &&
		(!p.IsIPv6() || p.Uint(packet.IPProto) != packet.ProtoICMPv6 || p.Uint(packet.TPSrc) == q.Uint(packet.TPSrc))
}

// named returns the ports at which a frame was delivered: those to physical networks, or one port,
// which is that of a nested container by its tag.
func (z *Zones) named(t *testing.T, o *wirelab.Frame) (ports []*lflow.Port) {
	t.Helper()
	got, err := o.Packet.Packet()
	if err != nil {
		t.Fatal(err)
	}
	if !o.Network {
		if port := z.owned(o.Port); port != nil {
			ports = append(ports, port)
		}
		vid := got.Uint(packet.VLANTCI) & 0xfff
		for _, r := range z.Resolvers {
			for _, port := range r.Network().Ports() {
				if parent, tag := port.Parent(); parent == o.Port && vid > 0 && uint64(tag) == vid {
					return []*lflow.Port{port}
				}
			}
		}
		return ports
	}
	for _, r := range z.Resolvers {
		for _, port := range r.Network().Ports() {
			if port.Type == "localnet" {
				ports = append(ports, port)
			}
		}
	}
	return ports
}

// TestWireReplies asks, as with --both-ways, for the result of the reply to each recorded first
// packet to which a port replied. A reply that chassis delivered to the sender arrives there by
// at least one choice, or the answer is undecided.
func TestWireReplies(t *testing.T) {
	arrived, undecided := 0, 0
	recording := -1
	eachRecording(t, func(t *testing.T, path string) {
		if recording++; testing.Short() && recording%4 > 0 {
			t.Skip("one of four")
		}
		found, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*sb*.db.gz"))
		if len(found) == 0 {
			t.Skip("no southbound database")
		}
		zones := zonesOf(t, found)
		cases, err := wirelab.ReadCases(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			if len(c.Steps) < 2 || c.Steps[0].In.Network || c.Steps[1].In.Network {
				continue
			}
			from, to := zones.owned(c.Steps[0].In.Port), zones.owned(c.Steps[1].In.Port)
			if from == nil || to == nil || from.Type != "" || to.Type != "" ||
				!slices.ContainsFunc(c.Steps[1].Out, func(f wirelab.Frame) bool { return f.Port == from.Name }) {
				continue
			}
			first, err := c.Steps[0].Sent.Packet()
			if err != nil {
				t.Fatal(err)
			}
			first.SetUint(packet.Inport, from.Key)
			first.SetUint(packet.VLANTCI, 0)
			isLost, isOpen, arrives := false, false, false
			zones.have(t, &Question{From: []*lflow.Port{from}, To: []*lflow.Port{to}, BothWays: true}, &first, func(r *Result) bool {
				kind, _ := r.both()
				isOpen = isOpen || kind == Undecided
				arrives = arrives || kind == Delivered
				isLost = isLost || r.Kind == Delivered && !r.Reply.None
				return false
			})
			switch {
			case arrives:
				arrived++
			case isOpen:
				undecided++
			case isLost:
				t.Errorf("%s to %s %s: the reply of %s came out: %s", c.From, c.To, c.Proto, to.Name, first.Header(packet.HeaderStyle{}))
			}
		}
	})
	t.Logf("%d replies arrive, %d are undecided", arrived, undecided)
	if arrived == 0 && !sbtest.ForRaces() {
		t.Error("no reply was compared")
	}
}

// have reports whether any result of a packet in the answer to a question satisfies a condition.
func (z *Zones) have(t *testing.T, q *Question, p *packet.Packet, is func(*Result) bool) (found bool) {
	t.Helper()
	_, q.Packets, _ = strings.Cut(witness.Microflow(q.From[0], *p), " && ")
	if p.IsIP() && p.Uint(packet.IPTTL) == 0 { // the default of a microflow
		q.Packets += " && ip.ttl == 0"
	}
	a, err := z.Ask(t.Context(), q)
	if err != nil {
		t.Fatalf("%v: %s", err, q.Packets)
	}
	for _, part := range a.Parts {
		part.settle()
		if !part.space.m.Has(part.all, p) {
			t.Fatalf("a packet is not among those of its microflow: %s", q.Packets)
		}
		for _, r := range part.Results {
			found = found || part.space.m.Has(r.Set, p) && is(r)
		}
	}
	return found
}
