package reach

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// gateways returns a network with a distributed router. The switch in has the ports vm1 on
// hv1, vm2 on hv2, vm3 on gw and vm4, which is unbound; the switch out has the ports
// changed and same, on gw. The router translates an address only on gw, the chassis of its
// gateway port, before it sends all packets there; then gw drops UDP. If bound is
// false, there is no chassis.
func gateways(bound bool) *sbtest.DB {
	db := sbtest.New("23.03.0")
	on := func(chassis string) []any { return nil }
	if bound {
		rows := map[string]string{}
		for i, name := range []string{"hv1", "hv2", "gw"} {
			rows[name] = db.Row("Chassis", map[string]any{"name": name, "hostname": name, "encaps": sbtest.Refs(db.Row("Encap", map[string]any{"type": "geneve", "ip": fmt.Sprint("192.0.2.", i)}))})
		}
		on = func(chassis string) []any { return []any{"chassis", sbtest.Ref(rows[chassis])} }
	}
	in, r, out := db.Datapath("in", 1), db.Row("Datapath_Binding", map[string]any{"tunnel_key": 2, "external_ids": sbtest.Map("name", "r", "logical-router", "00000002-1111-4000-8000-000000000000")}), db.Datapath("out", 3)
	db.Port(in, "vm1", 1, "", on("hv1")...)
	db.Port(in, "vm2", 2, "", on("hv2")...)
	db.Port(in, "vm3", 3, "", on("gw")...)
	db.Port(in, "vm4", 4, "")
	db.Port(in, "in-r", 5, "patch", "options", sbtest.Map("peer", "r-in"))
	db.Port(r, "r-in", 1, "patch", "options", sbtest.Map("peer", "in-r"))
	db.Port(r, "r-out", 2, "patch", "options", sbtest.Map("peer", "out-r", "chassis-redirect-port", "cr-r-out"))
	db.Port(r, "cr-r-out", 3, "chassisredirect", append([]any{"options", sbtest.Map("distributed-port", "r-out")}, on("gw")...)...)
	db.Port(out, "out-r", 1, "patch", "options", sbtest.Map("peer", "r-out"))
	db.Port(out, "changed", 2, "", on("gw")...)
	db.Port(out, "same", 3, "", on("gw")...)
	db.Flow(in, "ingress", 0, 0, "1", `outport = "in-r"; output;`)
	db.Flow(r, "ingress", 0, 20, `ip4.src == 10.0.0.66 && !is_chassis_resident("cr-r-out")`, "drop;")
	db.Flow(r, "ingress", 0, 10, `ip4.dst == 172.16.0.9 && is_chassis_resident("cr-r-out")`, "ip4.dst = 172.16.0.8; next;")
	db.Flow(r, "ingress", 0, 0, "1", "next;")
	db.Flow(r, "ingress", 1, 0, "1", `outport = "cr-r-out"; output;`)
	db.Flow(r, "egress", 0, 10, `udp && is_chassis_resident("cr-r-out")`, "drop;")
	db.Flow(r, "egress", 0, 0, "1", "output;")
	db.Flow(out, "ingress", 0, 10, "ip4.dst == 172.16.0.8", `outport = "changed"; output;`)
	db.Flow(out, "ingress", 0, 0, "1", `outport = "same"; output;`)
	for _, d := range []string{in, out} {
		db.Flow(d, "egress", 0, 0, "1", "output;")
	}
	return db
}

// TestResident sends packets that a flow on one chassis translates, and compares with
// connect. Without bindings, a port is resident everywhere, as in ovn-trace.
func TestResident(t *testing.T) {
	tests := []struct {
		name, from, packets string
		unbound             bool
		want                string
	}{
		{"other chassis", "vm1,vm2", "tcp && ip4.src == 10.0.0.1 && ip4.dst == 172.16.0.9", false, "delivered to same of vm1, vm2"},
		{"the chassis itself", "vm3", "tcp && ip4.src == 10.0.0.1 && ip4.dst == 172.16.0.9", false, "delivered to changed of vm3"},
		{"several chassis", "vm1,vm2,vm3", "tcp && ip4.src == 10.0.0.1 && ip4.dst == 172.16.0.9", false, "delivered to changed of vm3; delivered to same of vm1, vm2"},
		{"behind the redirection", "vm1,vm2,vm3", "udp && ip4.dst == 172.16.0.9", false, "dropped of vm1, vm2, vm3"},
		{"a flow of the other chassis", "vm1,vm3", "tcp && ip4.src == 10.0.0.66 && ip4.dst == 172.16.0.9", false, "delivered to changed of vm3; dropped of vm1"},
		{"not bound", "vm3,vm4", "tcp && ip4.src == 10.0.0.1 && ip4.dst == 172.16.0.9", false, "delivered to changed of vm3; undecided: the chassis of the packet in r is unknown, and flows distinguish it of vm4"},
		{"unbound, with the same result", "vm3,vm4", "tcp && ip4.src == 10.0.0.1 && ip4.dst == 172.16.0.7", false, "delivered to same of vm3, vm4"},
		{"no chassis", "vm1,vm3", "tcp && ip4.src == 10.0.0.1 && ip4.dst == 172.16.0.9", true, "delivered to changed of vm1, vm3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n := tracetest.Read(t, "test", gateways(!test.unbound).Bytes(), lflow.Options{AsChassis: true})
			zones := OneZone(address.NewResolver(n))
			from, err := zones.Select(test.from)
			if err != nil {
				t.Fatal(err)
			}
			q := &Question{From: from, Packets: test.packets, Spoof: true}
			v, err := zones.newView(zones.Resolvers[0], q)
			if err != nil {
				t.Fatal(err)
			}
			var keys []uint64
			for _, p := range from {
				keys = append(keys, p.Key)
			}
			x := newSpace(n, from[0].Datapath, keys)
			x.links = zones.links()
			all := x.asked(v.resolver, q, v.narrowed, from)
			got := map[string][]string{}
			if _, err := x.explore(t.Context(), all, all, nil, func(c Class) bool {
				r := (&Answer{question: q}).result(&c)
				text := r.String()
				if r.Kind == Dropped {
					text = "dropped"
				}
				for _, p := range from {
					if rep, ok := x.m.Sample(x.m.And(c.Set, by(x.m, p))); ok {
						got[text] = append(got[text], p.Name)
						if r.Kind != Undecided && !test.unbound {
							checkOnChassis(t, gateways(true), p.Name, rep, r)
						}
					}
				}
				return true
			}); err != nil {
				t.Fatal(err)
			}
			var lines []string
			for text, names := range got {
				slices.Sort(names)
				lines = append(lines, text+" of "+strings.Join(slices.Compact(names), ", "))
			}
			slices.Sort(lines)
			if text := strings.Join(lines, "; "); text != test.want {
				t.Errorf("got  %s\nwant %s", text, test.want)
			}
		})
	}
}

// checkOnChassis compares a packet of a result with connect.
func checkOnChassis(t *testing.T, db *sbtest.DB, from string, p packet.Packet, r *Result) {
	t.Helper()
	n := tracetest.Read(t, "chassis", db.Bytes(), lflow.Options{})
	c, err := cluster.New([]*lflow.Network{n}, cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	port, err := n.Port(from)
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, to := range r.Ports {
		want = append(want, to.Name)
	}
	first := packet.Packet{}
	for _, f := range packet.Fields() {
		first.Set(f, p.Get(f))
	}
	results, _ := connect.Outcomes(c, &connect.Options{}, connect.Source{Port: port}, first)
	for _, a := range results[0].Packets[0].Arrived {
		got = append(got, a.Port.Name)
	}
	if !slices.Equal(got, want) && c.ZoneOf(n).Binding(port).Chassis != nil {
		t.Errorf("%s: %s, but in connect %q", from, r, got)
	}
}

// TestResidentOutside sends frames from a physical network, which enter the chassis hv1 and gw.
// Only a flow on gw sends them to the port far.
func TestResidentOutside(t *testing.T) {
	tests := []struct {
		name, first, second, other string
		want                       Kind
	}{
		{"one chassis takes it", `is_chassis_resident("far")`, "1", "drop;", Delivered},
		{"twice", `is_chassis_resident("far")`, `is_chassis_resident("far")`, "drop;", Delivered},
		{"another chassis", `is_chassis_resident("far")`, `is_chassis_resident("near")`, "drop;", Dropped},
		{"no condition", "1", "1", "drop;", Delivered},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			db := sbtest.New("23.03.0")
			chassis := func(name string) any {
				return sbtest.Ref(db.Row("Chassis", map[string]any{"name": name, "hostname": name, "other_config": sbtest.Map("ovn-bridge-mappings", "phys:br-ex")}))
			}
			d := db.Datapath("out", 1)
			db.Port(d, "ln", 1, "localnet", "options", sbtest.Map("network_name", "phys"))
			db.Port(d, "far", 2, "", "chassis", chassis("gw"))
			db.Port(d, "near", 3, "", "chassis", chassis("hv1"))
			db.Flow(d, "ingress", 0, 10, test.first, "next;")
			db.Flow(d, "ingress", 0, 0, "1", test.other)
			db.Flow(d, "ingress", 1, 10, test.second, `outport = "far"; output;`)
			db.Flow(d, "egress", 0, 0, "1", "output;")
			n := tracetest.Read(t, "test", db.Bytes(), lflow.Options{AsChassis: true})
			zones := OneZone(address.NewResolver(n))
			a, err := zones.Ask(t.Context(), &Question{From: []*lflow.Port{zones.owned("ln")}, Packets: "tcp"})
			if err != nil {
				t.Fatal(err)
			}
			if results := a.Parts[0].Results; len(results) != 1 || results[0].Kind != test.want {
				t.Errorf("got %v, want kind %v", results, test.want)
			}
		})
	}
}
