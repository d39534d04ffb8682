package reach

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
)

// flooding adds a switch that floods to its ports: vm-NAME on hv1, far-NAME on hv2, and one to a physical network for each of
// some columns.
func flooding(db *sbtest.DB, on map[string]any, key int, name, typ string, columns ...[]any) (datapath string) {
	d := db.Datapath(name, key)
	group := []string{db.Port(d, "vm-"+name, 1, "", "chassis", on["hv1"]), db.Port(d, "far-"+name, 2, "", "chassis", on["hv2"])}
	for i, c := range columns {
		group = append(group, db.Port(d, fmt.Sprintf("ln-%s-%d", name, i), 3+i, typ, c...))
	}
	db.Row("Multicast_Group", map[string]any{"datapath": sbtest.Ref(d), "name": "_MC_unknown", "tunnel_key": 0x8000, "ports": sbtest.Refs(group...)})
	db.Flow(d, "ingress", 0, 0, "1", `outport = "_MC_unknown"; output;`)
	db.Flow(d, "egress", 0, 0, "1", "output;")
	return d
}

// leadsTo returns the columns of a port to a physical network, and more options.
func leadsTo(network string, tag int, options ...string) []any {
	columns := []any{"options", sbtest.Map(append([]string{"network_name", network}, options...)...)}
	if tag != 0 {
		columns = append(columns, "tag", tag)
	}
	return columns
}

// compareFrames asks for each port of some zones whether a frame of another one arrives, and compares with connect:
// one that arrives there is not excluded, and one that does not is. Some cross to another switch.
func compareFrames(t *testing.T, senders []string, databases ...*sbtest.DB) *Zones {
	t.Helper()
	zones, contents := &Zones{}, [][]byte{}
	for i, db := range databases {
		contents = append(contents, db.Bytes())
		n, err := lflow.Read(t.Context(), "test", contents[i], lflow.Options{AsChassis: true})
		if err != nil {
			t.Fatal(err)
		}
		zones.Resolvers, zones.Names = append(zones.Resolvers, address.NewResolver(n)), append(zones.Names, fmt.Sprint("zone", i))
	}
	if len(databases) > 1 {
		zones.Across = func(*lflow.Port) sim.Entry { return sim.Entry{} }
	}
	real, chassis := onChassis(t, contents...)
	crossed := 0
	for _, from := range senders {
		want := arrivesOnChassis(chassis, real, from)
		for _, r := range zones.Resolvers {
			for _, to := range r.Network().Ports() {
				if to.Type != "" || to.Name == from {
					continue
				}
				if slices.Contains(want, to.Name) && (to.Datapath != zones.owned(from).Datapath || zones.owned(from).Datapath.Name == "sw") {
					crossed++
				}
				a := zones.askFrame(t, from, to.Name)
				proof, err := a.Check(Assertion{None: true})
				isLeft := strings.Contains(proof.Open, "depends on a choice") || strings.Contains(proof.Open, "a physical network carries the packet") // which are not followed
				if err != nil || proof.Holds == slices.Contains(want, to.Name) && (proof.Holds || !isLeft) {
					t.Errorf("%s to %s: that none arrives is proven: %v (%s), but on chassis it arrives at %q (%v)", from, to.Name, proof.Holds, proof.Open, want, err)
				}
				if all, err := a.Check(Assertion{All: true}); err != nil || all.Holds && !slices.Contains(want, to.Name) {
					t.Errorf("%s to %s: that all arrive is proven, but on chassis it arrives at %q (%v)", from, to.Name, want, err)
				}
			}
		}
	}
	if crossed == 0 {
		t.Error("no packet came to another port")
	}
	return zones
}

// askFrame asks for a frame from one port to another.
func (z *Zones) askFrame(t *testing.T, from, to string) *Answer {
	t.Helper()
	a, err := z.Ask(t.Context(), &Question{From: []*lflow.Port{z.owned(from)}, To: []*lflow.Port{z.owned(to)}, Spoof: true, Packets: aFrame})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestPhysicalNetworks has switches on several physical networks. hv1 and hv2 map "phys" and "same" to one bridge, and
// "other" to another one; nobody maps "none".
func TestPhysicalNetworks(t *testing.T) {
	db := sbtest.New("23.03.0")
	on := mapped(db, "phys:br-ex,same:br-ex,other:br-other", "hv1", "hv2")
	flooding(db, on, 1, "a", "localnet", leadsTo("phys", 0))
	flooding(db, on, 2, "b", "localnet", leadsTo("phys", 0))
	flooding(db, on, 3, "joined", "localnet", leadsTo("same", 0))
	flooding(db, on, 4, "tagged", "localnet", leadsTo("phys", 5))
	flooding(db, on, 5, "tagged2", "localnet", leadsTo("phys", 5))
	flooding(db, on, 6, "trunk", "localnet", leadsTo("phys", 0, "vlan-passthru", "true"))
	flooding(db, on, 7, "elsewhere", "localnet", leadsTo("other", 0))
	flooding(db, on, 8, "unmapped", "localnet", leadsTo("none", 0))
	closed := flooding(db, on, 9, "closed", "localnet", leadsTo("phys", 0))
	db.Flow(closed, "ingress", 0, 10, `inport == "ln-closed-0"`, "drop;")
	without := flooding(db, on, 10, "without", "localnet", leadsTo("phys", 5))
	db.Flow(without, "ingress", 0, 10, "vlan.present", "drop;") // the port removes the tag
	compareFrames(t, []string{"vm-a", "vm-tagged", "far-trunk", "vm-elsewhere", "vm-unmapped"}, db)
}

// TestGatewaysToPhysicalNetworks has l2gateway ports: each is of one chassis, which has the network or, hv3, has not.
func TestGatewaysToPhysicalNetworks(t *testing.T) {
	db := sbtest.New("23.03.0")
	on := mapped(db, "phys:br-ex", "hv1", "hv2")
	maps.Copy(on, mapped(db, "", "hv3"))
	gateway := func(chassis string, tag int) []any {
		return append(leadsTo("phys", tag, "l2gateway-chassis", chassis), "chassis", on[chassis])
	}
	flooding(db, on, 1, "a", "localnet", leadsTo("phys", 0))
	gate := flooding(db, on, 2, "gate", "l2gateway", gateway("hv1", 0))
	db.Flow(gate, "ingress", 0, 10, `inport == "ln-gate-0" && !is_chassis_resident("vm-gate")`, "drop;")
	flooding(db, on, 3, "tagged", "l2gateway", gateway("hv2", 5))
	flooding(db, on, 4, "tagged2", "localnet", leadsTo("phys", 5))
	flooding(db, on, 5, "unmapped", "l2gateway", gateway("hv3", 0))
	compareFrames(t, []string{"vm-a", "far-a", "vm-gate", "far-gate", "vm-tagged", "far-tagged2", "vm-unmapped"}, db)
}

// TestPhysicalNetworksOfSeveralZones has switches of two zones on one physical network, by VLAN.
func TestPhysicalNetworksOfSeveralZones(t *testing.T) {
	zone := func(here, there string, switches ...string) *sbtest.DB {
		db := sbtest.New("23.03.0")
		on := mapped(db, "phys:br-ex", here, there)
		for i, name := range switches {
			flooding(db, map[string]any{"hv1": on[here], "hv2": on[there]}, i+1, name, "localnet", leadsTo("phys", 1+i))
		}
		return db
	}
	compareFrames(t, []string{"vm-a", "far-b", "vm-c", "vm-d"}, zone("hv1", "hv2", "a", "b"), zone("hv3", "hv4", "c", "d", "e"))
}

// TestManyPhysicalNetworks has chains of switches, each joined to the next one by a physical network. A packet may cross the
// maximum of them. What becomes of one that may cross more is not known, and the answer names the ports where the walk ends.
func TestManyPhysicalNetworks(t *testing.T) {
	for _, tt := range []struct {
		switches int
		want     string
	}{
		{maxPhysicalNetworks + 1, "a physical network may carry the packet to s8"},
		{maxPhysicalNetworks + 2, "a physical network carries the packet from ln-s8-1 to ln-s9-0"},
	} {
		db := sbtest.New("23.03.0")
		on := mapped(db, "n0:b0,n1:b1,n2:b2,n3:b3,n4:b4,n5:b5,n6:b6,n7:b7,n8:b8,n9:b9", "hv1")
		on["hv2"] = on["hv1"]
		for i := range tt.switches {
			flooding(db, on, i+1, fmt.Sprint("s", i), "localnet", leadsTo(fmt.Sprint("n", i), 0), leadsTo(fmt.Sprint("n", i+1), 0))
		}
		results := compareFrames(t, []string{"vm-s0"}, db).askFrame(t, "vm-s0", fmt.Sprint("vm-s", tt.switches-1)).Parts[0].Results
		if len(results) != 1 || results[0].Kind != Undecided || results[0].Reason != tt.want {
			t.Errorf("%d switches: %v, want %s", tt.switches, results, tt.want)
		}
	}
}

// TestWalksBehindPhysicalNetworks has flows of two switches on one physical network, and asks about packets of vm-a: where they
// arrive behind it, in which packets, and that what it returns takes nothing from an arrival without it.
func TestWalksBehindPhysicalNetworks(t *testing.T) {
	const out = `outport = "ln-a-0"; output;`
	type flow struct {
		in             string // the switch
		table          int
		match, actions string
	}
	for _, tt := range []struct {
		name      string
		flows     []flow
		to        string
		assertion Assertion
		holds     bool
		arrives   bool // whether the answer has a packet that does
	}{
		{
			"to one address, that the first switch writes",
			[]flow{
				{"a", 0, `inport == "vm-a"`, "eth.dst = 0a:00:00:00:00:bb; " + out},
				{"a", 0, `inport == "ln-a-0"`, "drop;"},
				{"b", 0, `inport == "ln-b-0" && eth.dst == 0a:00:00:00:00:bb`, `outport = "vm-b"; output;`},
				{"b", 0, `inport == "ln-b-0" && eth.dst == 0a:00:00:00:00:aa`, "drop;"},
			},
			"far-b",
			Assertion{None: true},
			true, false,
		},
		{
			"to one of two ports",
			[]flow{
				{"a", 0, `inport == "vm-a"`, out},
				{"a", 0, `inport == "ln-a-0"`, "drop;"},
				{"b", 0, `inport == "ln-b-0"`, "reg0 = select(1, 2);"},
				{"b", 1, "reg0 == 1", `outport = "vm-b"; output;`},
				{"b", 1, "reg0 == 2", `outport = "far-b"; output;`},
			},
			"far-b",
			Assertion{None: true},
			false, false,
		},
		{
			"to one of two ports, and to another network after that",
			[]flow{
				{"a", 0, `inport == "vm-a"`, `clone { outport = "ln-a-0"; output; }; outport = "ln-a-1"; output;`},
				{"a", 0, `inport == "ln-a-0" || inport == "ln-a-1"`, "drop;"},
				{"b", 0, `inport == "ln-b-0"`, "reg0 = select(1, 2);"},
				{"b", 0, `inport == "ln-b-1"`, "drop;"},
				{"b", 1, "reg0 == 1", `outport = "vm-b"; output;`},
				{"b", 1, "reg0 == 2", `outport = "far-b"; output;`},
			},
			"far-b",
			Assertion{None: true},
			false, false,
		},
		{
			"to one of two ports, and to another network before that",
			[]flow{
				{"a", 0, `inport == "vm-a"`, `clone { outport = "ln-a-0"; output; }; outport = "ln-a-1"; output;`},
				{"a", 0, `inport == "ln-a-0" || inport == "ln-a-1"`, "drop;"},
				{"b", 0, `inport == "ln-b-1"`, "reg0 = select(1, 2);"},
				{"b", 0, `inport == "ln-b-0"`, "drop;"},
				{"b", 1, "reg0 == 1", `outport = "vm-b"; output;`},
				{"b", 1, "reg0 == 2", `outport = "far-b"; output;`},
			},
			"far-b",
			Assertion{None: true},
			false, false,
		},
		{"some packets", []flow{{"b", 0, `inport == "ln-b-0" && udp.dst == 53`, "drop;"}, {"b", 0, `inport == "ln-b-0" && udp.dst != 53`, `outport = "vm-b"; output;`}, {"b", 0, `inport == "ln-b-1"`, "drop;"}, {"a", 0, `inport == "ln-a-1"`, "drop;"}}, "vm-b", Assertion{Only: "udp.dst != 53"}, true, false},
		{"the other packets", []flow{{"b", 0, `inport == "ln-b-0" && udp.dst == 53`, "drop;"}, {"b", 0, `inport == "ln-b-0" && udp.dst != 53`, `outport = "vm-b"; output;`}, {"b", 0, `inport == "ln-b-1"`, "drop;"}, {"a", 0, `inport == "ln-a-1"`, "drop;"}}, "vm-b", Assertion{Only: "udp.dst == 53"}, false, false},
		{
			"back to where they were",
			[]flow{
				{"a", 0, `inport == "ln-a-1"`, `outport = "vm-a"; output;`},
				{"b", 0, `inport == "ln-b-0"`, `outport = "ln-b-1"; output;`},
				{"b", 0, `inport == "ln-b-1"`, "drop;"},
			},
			"far-a",
			Assertion{None: true},
			false, true,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := sbtest.New("23.03.0")
			on := mapped(db, "phys:br-ex,other:br-other", "hv1", "hv2")
			switches := map[string]string{
				"a": flooding(db, on, 1, "a", "localnet", leadsTo("phys", 0), leadsTo("other", 0)),
				"b": flooding(db, on, 2, "b", "localnet", leadsTo("phys", 0), leadsTo("other", 0)),
				"c": flooding(db, on, 3, "c", "localnet", leadsTo("other", 0)),
			}
			for _, f := range tt.flows {
				db.Flow(switches[f.in], "ingress", f.table, 10, f.match, f.actions)
			}
			a := compareFrames(t, []string{"vm-a"}, db).askFrame(t, "vm-a", tt.to)
			if proof, err := a.Check(tt.assertion); err != nil || proof.Holds != tt.holds || tt.arrives != (proof.Counterexample != "") {
				t.Errorf("%+v is proven: %v (%s), want %v (%v)", tt.assertion, proof.Holds, proof.Open, tt.holds, err)
			}
		})
	}
}

// TestSetsToPhysicalNetworks has sets of which a part goes to another switch on a physical network: that of the senders
// on a chassis that maps the network, or with the VLAN tag of the other switch.
func TestSetsToPhysicalNetworks(t *testing.T) {
	db := sbtest.New("23.03.0")
	on := mapped(db, "phys:br-ex", "hv1")
	on["hv2"] = mapped(db, "", "hv3")["hv3"]
	a := flooding(db, on, 1, "a", "localnet", leadsTo("phys", 0, "vlan-passthru", "true"))
	db.Flow(a, "ingress", 0, 10, "1", `outport = "ln-a-0"; output;`)
	flooding(db, on, 2, "b", "localnet", leadsTo("phys", 5))
	n, err := lflow.Read(t.Context(), "test", db.Bytes(), lflow.Options{AsChassis: true})
	if err != nil {
		t.Fatal(err)
	}
	zones := OneZone(address.NewResolver(n))
	q := &Question{Spoof: true, Packets: aFrame + " && vlan.tci == {0x1004, 0x1005, 0x1006}", To: []*lflow.Port{zones.owned("vm-b")}}
	for _, name := range []string{"vm-a", "far-a"} {
		q.From = append(q.From, zones.owned(name))
	}
	answer, err := zones.Ask(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	real, chassis := onChassis(t, db.Bytes())
	compared := map[bool]int{}
	for _, part := range answer.Parts {
		part.settle()
		for _, r := range part.Results {
			for _, from := range q.From {
				for _, tci := range []uint64{0x1004, 0x1005, 0x1006} {
					m := part.space.m
					one, ok := m.Sample(m.And(r.Set, m.And(by(m, from), m.Is(packet.VLANTCI, tci))))
					if !ok {
						continue
					}
					port, err := real[0].Port(from.Name)
					if err != nil {
						t.Fatal(err)
					}
					arrives := false
					for _, o := range connect.Ask(chassis, &connect.Options{}, &connect.First{From: connect.Source{Port: port}, Packet: one}).Outcomes {
						for _, came := range o.Packets[0].Arrived {
							arrives = arrives || came.Port != nil && came.Port.Name == "vm-b"
						}
					}
					compared[arrives]++
					if arrives != (r.Kind == Undecided) {
						t.Errorf("%s with the tag %#x: %s, but in connect it arrives: %v", from.Name, tci, r, arrives)
					}
				}
			}
		}
	}
	if compared[true] == 0 || compared[false] == 0 {
		t.Errorf("packets that arrive, and others: %v", compared)
	}
}

// TestRepliesOfPhysicalNetworks has a reply that leaves a switch for another one on a physical network, which sends it back by
// another network. It is not certain to arrive, as a first packet is not, but may.
func TestRepliesOfPhysicalNetworks(t *testing.T) {
	for name, flows := range map[string][][2]string{
		"always":    {{`inport == "ln-b-0"`, `outport = "ln-b-1"; output;`}},
		"by choice": {{`inport == "ln-b-0"`, "reg0 = select(1, 2);"}, {"reg0 == 1", `outport = "ln-b-1"; output;`}},
	} {
		t.Run(name, func(t *testing.T) {
			db := sbtest.New("23.03.0")
			on := mapped(db, "phys:br-ex,other:br-other", "hv1", "hv2")
			a, b := db.Datapath("a", 1), db.Datapath("b", 2)
			db.Port(a, "vm1", 1, "", "chassis", on["hv1"], "mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.1"))
			db.Port(a, "vm2", 2, "", "chassis", on["hv1"], "mac", sbtest.Set("0a:00:00:00:00:02 10.0.0.2"))
			db.Port(b, "vm3", 1, "", "chassis", on["hv2"])
			for i, network := range []string{"phys", "other"} {
				db.Port(a, fmt.Sprint("ln-a-", i), 3+i, "localnet", leadsTo(network, 0)...)
				db.Port(b, fmt.Sprint("ln-b-", i), 3+i, "localnet", leadsTo(network, 0)...)
			}
			db.Flow(a, "ingress", 0, 10, `inport == "vm1"`, `outport = "vm2"; output;`)
			db.Flow(a, "ingress", 0, 10, `inport == "vm2"`, `outport = "ln-a-0"; output;`)
			db.Flow(a, "ingress", 0, 10, `inport == "ln-a-1"`, `outport = "vm1"; output;`)
			for i, f := range flows {
				db.Flow(b, "ingress", i, 10, f[0], f[1])
			}
			db.Flow(a, "egress", 0, 0, "1", "output;")
			db.Flow(b, "egress", 0, 0, "1", "output;")
			path := filepath.Join(t.TempDir(), "sb.db")
			if err := os.WriteFile(path, db.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			q := &Question{Packets: "udp && eth.dst == 0a:00:00:00:00:02 && ip4.dst == 10.0.0.2"}
			got := exchanges(t, path, "vm1", "vm2", q, 1, func(res *Result) {
				if res.Reply.Kind != Undecided && !res.Reply.None {
					t.Errorf("%s, want an undecided reply", res)
				}
			})
			if got.undecided == 0 {
				t.Error(&got)
			}
		})
	}
}
