package reach

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// examplesEnv is the number of ports of each zone of a recording whose sets are compared.
const examplesEnv = "OVNWALK_REACH_EXAMPLES"

// TestWireExamples computes the sets of packets from ports of the recorded networks, and walks the
// example of each set with connect: it arrives at the ports of the set, or there is a known reason
// for the difference.
func TestWireExamples(t *testing.T) {
	ports := lab.Number(t, examplesEnv, 1)
	counts := map[string]int{}
	recording := -1
	eachRecording(t, func(t *testing.T, path string) {
		if recording++; testing.Short() && recording%4 > 0 {
			t.Skip("one of four")
		}
		found, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*sb*.db.gz"))
		if len(found) == 0 {
			t.Skip("no southbound database")
		}
		zones, chassis := zonesOf(t, found), zonesOf(t, found)
		var networks []*lflow.Network
		for _, r := range chassis.Resolvers {
			networks = append(networks, r.Network())
		}
		cl, err := cluster.New(networks, cluster.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range zones.Resolvers {
			senders := vifs(r)
			for i := range min(ports, len(senders)) {
				from := senders[(i*7+3)%len(senders)]
				a, err := zones.Ask(t.Context(), &Question{From: []*lflow.Port{from}, Later: true, Limit: 200})
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range a.Parts {
					p.settle()
					for _, res := range p.Results {
						x := example{t: t, zones: zones, part: p, result: res, from: chassis.owned(from.Name)}
						x.first, _ = p.sample(res.Set)
						x.onChassis(cl)
						counts[x.reason]++
						if x.reason == differs {
							t.Errorf("%s, %s, but in connect %s\n%s", from.Name, res, x.got, p.Example(res.Set))
						}
					}
				}
			}
		}
	})
	t.Log(counts)
	if counts[agrees] == 0 && !sbtest.ForRaces() {
		t.Error("no set was compared")
	}
}

// example is a packet of a set, with its result in connect.
type example struct {
	t      *testing.T
	zones  *Zones
	part   *Part
	result *Result
	from   *lflow.Port
	first  packet.Packet

	got    string // where the packet goes in connect
	reason string // agrees, differs, or why the results may differ
}

// The results of a comparison. Those after the second are reasons why connect may differ.
const (
	agrees  = "agrees"
	differs = "differs"

	// isOpen: the packets are undecided, or connect does not walk all choices.
	isOpen = "undecided"

	// physical: the packet leaves for a physical network, from which it may come back by
	// other chassis and other switches. For a port at which it arrives so, reach is undecided.
	physical = "a physical network"

	// chassisOnly: a chassis drops the packet, and no logical flow does.
	chassisOnly = "a chassis drops it"

	// relayed: ovn-controller drops a response of a DHCP server without the options that it
	// checks; packets of sets have no options, and in traces the check succeeds.
	relayed = "a response to a DHCP relay"

	// tunneled: between chassis a packet loses its registers and flags; reach has no tunnels.
	tunneled = "flags that a tunnel does not carry"

	// hairpin: load balancing sends the packet back to its sender. Chassis give it the virtual
	// address as its source, reach does not.
	hairpin = "the source of a packet that returns to its sender"
)

// onChassis walks the packet with connect, by each choice, and compares where it arrives.
func (x *example) onChassis(cl *cluster.Cluster) {
	var want []string
	for _, p := range x.result.Ports {
		if !isLeftOut(p) {
			want = append(want, p.Name)
		}
	}
	want = sorted(want)
	first := x.first
	first.SetUint(packet.Inport, x.from.Key)
	if x.result.Kind == Undecided {
		x.reason = isOpen
		return
	}
	results, complete := connect.Outcomes(cl, &connect.Options{}, connect.Source{Port: x.from}, first)
	if !complete {
		x.reason = isOpen
		return
	}
	same := 0
	for i := range results {
		request := &results[i].Packets[0]
		var got []string
		for _, a := range request.Arrived {
			if a.Network == "" && !isLeftOut(a.Port) && !x.isGenerated(&a, slices.Contains(want, a.Port.Name)) {
				got = append(got, a.Port.Name)
			}
		}
		if got = sorted(got); slices.Equal(got, want) {
			same++
			continue
		}
		if why := x.mayDiffer(request); x.reason == "" || x.reason == differs {
			x.reason, x.got = why, fmt.Sprintf("%q", got)
			for _, d := range request.Dropped {
				x.got += fmt.Sprint(" ", d.Code)
				if d.Datapath != nil {
					x.got += fmt.Sprint(" at ", d.Datapath.DisplayName(true), "/", d.Stage)
				}
			}
		}
	}
	if same == len(results) || same > 0 && x.result.Varies {
		x.reason = agrees
	}
}

// mayDiffer returns why the result of connect may differ for the packet, or differs.
func (x *example) mayDiffer(request *connect.Packet) string {
	for _, d := range request.Dropped {
		if x.zones.isOfChassis(d.Code) {
			return chassisOnly
		}
		if d.Code == verdict.SamePort && slices.ContainsFunc(d.Path, func(h connect.Hop) bool { return h.Kind == connect.HopTunnel }) {
			return tunneled
		}
		if d.Code == verdict.DHCPRelay {
			return relayed
		}
	}
	if slices.Contains(x.result.Ports, x.part.Ports[0]) && len(x.result.Ports) == 1 {
		return hairpin
	}
	if slices.ContainsFunc(x.result.Ports, isOutside) || slices.ContainsFunc(request.Arrived, func(a connect.Arrival) bool { return a.Network != "" }) {
		if x.mayArrive(request) {
			return physical
		}
	}
	return differs
}

// mayArrive reports whether the sets have the packet at the ports at which it arrives in connect, as delivered
// or undecided. They have no packets from a port to itself.
func (x *example) mayArrive(request *connect.Packet) bool {
	for _, a := range request.Arrived {
		if a.Network != "" || a.Port.Name == x.from.Name || isLeftOut(a.Port) || slices.ContainsFunc(x.result.Ports, func(p *lflow.Port) bool { return p.Name == a.Port.Name }) || x.isGenerated(&a, false) {
			continue
		}
		from, to := x.zones.owned(x.from.Name), x.zones.owned(a.Port.Name)
		if !x.zones.have(x.t, &Question{From: []*lflow.Port{from}, To: []*lflow.Port{to}, Spoof: true, Later: true}, &x.first, func(r *Result) bool { return r.arrives() }) {
			return false
		}
	}
	return true
}

// isGenerated reports whether the network generated a packet that arrived: an error, a request
// for an address, or an answer, which goes to the sender's address. At a port at which packets
// of the set arrive, it is not an answer.
func (x *example) isGenerated(a *connect.Arrival, isDestination bool) bool {
	p, first := &a.Packet, &x.first
	isAnswer := p.Uint(packet.IPv4Dst) == first.Uint(packet.IPv4Src) && p.Get(packet.IPv6Dst) == first.Get(packet.IPv6Src)
	return !isSameKind(p, first) || isAnswer && !isDestination
}

// isLeftOut reports whether arrival at a port is not compared: at a physical network, at a
// localport, because databases do not have the chassis with its interface, or at a port
// for mirrored copies, which are not arrivals of the packet.
func isLeftOut(p *lflow.Port) bool {
	return isOutside(p) || p.Type == "localport" || p.Type == "mirror" || slices.ContainsFunc(p.Datapath.Network().Ports(), func(m *lflow.Port) bool {
		receiver, _ := m.Parent()
		return m.Type == "mirror" && receiver == p.Name
	})
}

// isOutside reports whether a port leads to a physical network.
func isOutside(p *lflow.Port) bool {
	return p.Type == "localnet" || p.Type == "l2gateway" || p.Type == "external"
}

// sorted returns the names in order, each once.
func sorted(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
