package reach

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/wirelab"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// TestWire compares recordings of real chassis with the classes of their first
// packets: a packet that came out at a port of the network arrives in a class of one
// choice at least, or is undecided.  Of several ports at which it came out, one counts: mirrored
// copies are no arrivals; nor is what a physical network returns.  Where it arrives elsewhere, the walk assumes that no earlier
// translation is undone, as ovn-trace does.  A packet that came out nowhere is dropped by
// one choice at least, unless a chassis drops it, of which the logical network has no
// flow.  OVNWALK_WIRE names more recordings.
func TestWire(t *testing.T) { eachRecording(t, compareWithWire) }

// eachRecording tests with each recording, in the tree and in OVNWALK_WIRE.
func eachRecording(t *testing.T, test func(t *testing.T, path string)) {
	t.Helper()
	for _, folder := range []string{filepath.Join("..", "..", "testdata", "wire"), os.Getenv("OVNWALK_WIRE")} {
		if folder == "" {
			t.Log("OVNWALK_WIRE names no recordings: only the tree's own are looked at")
			continue
		}
		found, err := filepath.Glob(filepath.Join(folder, "*", "*", "cases.jsonl.gz"))
		if err != nil {
			t.Fatal(err)
		}
		for i, path := range found {
			found[i] = filepath.Dir(path)
		}
		for _, recording := range sbtest.Fewer(found) {
			t.Run(strings.TrimPrefix(recording, folder), func(t *testing.T) { test(t, filepath.Join(recording, "cases.jsonl.gz")) })
		}
	}
}

func compareWithWire(t *testing.T, path string) {
	found, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*sb*.db.gz"))
	if len(found) == 0 {
		t.Skip("no southbound database")
	}
	zones, chassis := zonesOf(t, found), zonesOf(t, found) // flows match otherwise on chassis
	cases, err := wirelab.ReadCases(path)
	if err != nil {
		t.Fatal(err)
	}
	compared, lost, undecided, elsewhere := 0, 0, 0, 0
	for _, c := range cases {
		if len(c.Steps) == 0 || c.Steps[0].In.Network || len(c.Steps[0].Out) > 0 && c.Steps[0].Out[0].Network {
			continue // the physical network is between
		}
		isLost := len(c.Steps[0].Out) == 0
		if !isLost && len(c.Steps) < 2 {
			continue // no answer came
		}
		port := zones.owned(c.Steps[0].In.Port)
		first := packet.Packet{}
		if port == nil || port.Type != "" {
			continue
		}
		if first, err = c.Steps[0].Sent.Packet(); err != nil {
			t.Fatal(err)
		}
		first.SetUint(packet.Inport, port.Key)
		first.SetUint(packet.VLANTCI, 0)
		x := newSpace(port.Datapath.Network(), port.Datapath, []uint64{port.Key})
		x.links = zones.links()
		set := packetset.All
		for _, f := range packetset.Fields() {
			set = x.m.And(set, x.m.Equal(f, first.Get(f), packet.Ones(f.Bits)))
		}
		arrives, open, assumed, drops := false, false, false, false
		if _, err := x.explore(context.Background(), set, set, nil, func(k Class) bool {
			open = open || k.Undecided != ""
			drops = drops || len(k.arrivals) == 0
			for _, e := range k.Ends {
				arrives = arrives || e.Outcome == verdict.OutcomeReplied
			}
			for _, a := range k.arrivals {
				arrives = arrives || slices.ContainsFunc(c.Steps[0].Out, func(o wirelab.Frame) bool { return slices.Contains(zones.named(t, &o), a.port) })
				assumed = assumed || slices.ContainsFunc(k.Ends[0].Assumptions, func(a verdict.Assumption) bool { return a.Kind == verdict.AssumedNoNAT })
			}
			return true
		}); err != nil {
			t.Fatal(err)
		}
		if isLost {
			lost++
			if drops || open || assumed || port.Datapath.Network().State(port) == lflow.StateUnbound { // an unbound port sends nothing
				continue
			}
			if code := chassisCode(t, chassis, port.Name, c.Steps[0].In.Chassis, first); code != "" {
				t.Logf("%s to %s %s: %s", c.From, c.To, c.Proto, code)
				continue
			}
			t.Errorf("%s to %s %s came out nowhere: %s", c.From, c.To, c.Proto, first.Header(packet.HeaderStyle{}))
			continue
		}
		compared++
		switch {
		case arrives:
		case open:
			undecided++
		case assumed:
			elsewhere++
		default:
			t.Errorf("%s to %s %s came out at %s: %s", c.From, c.To, c.Proto, c.Steps[0].Out[0].Port, first.Header(packet.HeaderStyle{}))
		}
	}
	t.Logf("%d connections, %d lost ones, %d undecided, %d elsewhere", compared, lost, undecided, elsewhere)
}

// chassisCode returns why a chassis drops a packet that the logical network delivers, ""
// where none does.
func chassisCode(t *testing.T, zones *Zones, port, on string, first packet.Packet) connect.Code {
	t.Helper()
	var networks []*lflow.Network
	for _, r := range zones.Resolvers {
		networks = append(networks, r.Network())
	}
	c, err := cluster.New(networks, cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range connect.Ask(c, &connect.Options{}, &connect.First{From: connect.Source{Port: zones.owned(port), Chassis: c.Named(on)}, Packet: first}).Outcomes {
		if zones.isOfChassis(o.Where.Code) && o.Lost == connect.Request {
			return o.Where.Code
		}
	}
	return ""
}

// isOfChassis reports whether a chassis drops packets with a code for a reason that sets do not have. For missing tunnels that is
// a pkt.mark, for which a datapath in user space has none.
func (z *Zones) isOfChassis(code connect.Code) bool {
	_, ok := connect.Codes()[code]
	marks := func(r *address.Resolver) bool {
		return len(r.Network().Search(func(f lflow.FlowRow) bool { return strings.Contains(f.Actions(), "pkt.mark") })) > 0
	}
	return ok && code != connect.UnboundPort && code != connect.Unresolved && (code != connect.NoTunnel || slices.ContainsFunc(z.Resolvers, marks))
}
