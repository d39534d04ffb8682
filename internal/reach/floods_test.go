package reach

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// provider returns a switch with a physical network. The ports vm and near are on hv1, far and hidden
// on hv2, gate on gw. It has the given ingress flows, and floods other frames to near, far and the
// physical network. A router sends packets back, to another Ethernet address.
func provider(flows [][2]string) *sbtest.DB {
	db := sbtest.New("23.03.0")
	on := mapped(db, "phys:br-ex", "hv1", "hv2", "gw")
	d := db.Datapath("out", 1)
	flooded := []string{db.Port(d, "ln", 1, "localnet", "options", sbtest.Map("network_name", "phys"))}
	db.Port(d, "vm", 2, "", "chassis", on["hv1"])
	flooded = append(flooded, db.Port(d, "near", 3, "", "chassis", on["hv1"]), db.Port(d, "far", 4, "", "chassis", on["hv2"]))
	db.Port(d, "gate", 5, "", "chassis", on["gw"])
	db.Port(d, "hidden", 6, "", "chassis", on["hv2"])
	db.Port(d, "out-r", 7, "patch", "options", sbtest.Map("peer", "r-out"))
	r := db.Datapath("r", 2)
	db.Port(r, "r-out", 1, "patch", "options", sbtest.Map("peer", "out-r"))
	db.Flow(r, "ingress", 0, 0, "1", `eth.dst = 0a:00:00:00:00:bb; outport = inport; flags.loopback = 1; output;`)
	db.Flow(r, "egress", 0, 0, "1", "output;")
	db.Row("Multicast_Group", map[string]any{"datapath": sbtest.Ref(d), "name": "_MC_unknown", "tunnel_key": 0x8000, "ports": sbtest.Refs(flooded...)})
	for i, f := range flows {
		db.Flow(d, "ingress", 0, 100-i, f[0], f[1])
	}
	db.Flow(d, "ingress", 0, 0, "1", `outport = "_MC_unknown"; output;`)
	db.Flow(d, "egress", 0, 0, "1", "output;")
	return db
}

// mapped adds chassis with bridge mappings, and returns the references to them by name.
func mapped(db *sbtest.DB, mappings string, names ...string) map[string]any {
	on := map[string]any{}
	for i, name := range names {
		on[name] = sbtest.Ref(db.Row("Chassis", map[string]any{
			"name": name, "hostname": name, "other_config": sbtest.Map("ovn-bridge-mappings", mappings),
			"encaps": sbtest.Refs(db.Row("Encap", map[string]any{"type": "geneve", "ip": fmt.Sprint("192.0.2.", i+1)})),
		}))
	}
	return on
}

// onChassis returns the chassis of zones, for connect, and the network of each zone.
func onChassis(t *testing.T, databases ...[]byte) (networks []*lflow.Network, c *cluster.Cluster) {
	t.Helper()
	for _, content := range databases {
		n, err := lflow.Read(t.Context(), "test", content, lflow.Options{})
		if err != nil {
			t.Fatal(err)
		}
		networks = append(networks, n)
	}
	c, err := cluster.New(networks, cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return networks, c
}

// aFrame has the packets of the tests that compare with arrivesOnChassis.
const aFrame = "eth.src == 0a:00:00:00:00:01 && eth.dst == 0a:00:00:00:00:aa && udp"

// TestFloods sends packets that match a flow on one chassis only, and compares the ports at which they
// arrive with connect: other chassis may flood the frame.
func TestFloods(t *testing.T) {
	const toGate = `outport = "gate"; output;`
	tests := []struct {
		name  string
		flows [][2]string
		again bool // frames that come back from the network take other flows, by a path that is not certain
	}{
		{"one chassis takes it", [][2]string{{`is_chassis_resident("gate")`, toGate}}, false},
		{"the sender's chassis drops it", [][2]string{{`is_chassis_resident("gate")`, toGate}, {`inport == "vm"`, "drop;"}}, false},
		{"the sender's chassis delivers it", [][2]string{{`is_chassis_resident("gate")`, toGate}, {`inport == "vm"`, `outport = "far"; output;`}}, false},
		{"the sender's chassis takes it", [][2]string{{`is_chassis_resident("near")`, `outport = "near"; output;`}}, false},
		{"all but one chassis drop it", [][2]string{{`inport == "ln" && !is_chassis_resident("gate")`, "drop;"}, {`inport == "ln"`, toGate}}, true},
		{"dropped by one chassis", [][2]string{{`is_chassis_resident("gate")`, "drop;"}}, false},
		{"another chassis takes it from a router", [][2]string{
			{`eth.dst == 0a:00:00:00:00:aa && is_chassis_resident("gate")`, `outport = "out-r"; output;`},
			{`eth.dst == 0a:00:00:00:00:bb && is_chassis_resident("hidden")`, `outport = "hidden"; output;`},
		}, true},
		{"no chassis takes it", [][2]string{{`is_chassis_resident("nobody")`, toGate}}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			content := provider(test.flows).Bytes()
			n, err := lflow.Read(t.Context(), "test", content, lflow.Options{AsChassis: true})
			if err != nil {
				t.Fatal(err)
			}
			real, chassis := onChassis(t, content)
			for _, from := range []string{"vm", "near", "gate", "ln"} {
				zones := OneZone(address.NewResolver(n))
				want := arrivesOnChassis(chassis, real, from)
				for _, to := range []string{"near", "far", "gate", "vm", "hidden"} {
					a, err := zones.Ask(t.Context(), &Question{
						From: []*lflow.Port{zones.owned(from)}, To: []*lflow.Port{zones.owned(to)}, Spoof: true,
						Packets: aFrame,
					})
					if err != nil {
						t.Fatal(err)
					}
					for _, part := range a.Parts {
						for _, r := range part.Results {
							if got, is := r.Kind == Delivered, slices.Contains(want, to); got != is && (got || !test.again || r.Kind != Undecided) {
								t.Errorf("%s to %s: %s, but in connect it arrives at %q", from, to, r, want)
							}
						}
					}
				}
			}
		})
	}
}

// TestManyCopies tests the maximum number of copies that are walked. In each table, two chassis with a port take frames of a
// physical network, and ten others drop them, each by another flow. A packet with too many copies is undecided.
func TestManyCopies(t *testing.T) {
	const others = 10
	for _, tt := range []struct {
		tables int
		want   string
	}{
		{maxCopies / others, "delivered to out"},
		{maxCopies/others + 1, "undecided: there are too many copies of the packet on chassis in sw"},
	} {
		db := sbtest.New("23.03.0")
		var names []string
		for i := range others + 2 {
			names = append(names, fmt.Sprint("hv", i))
		}
		on := mapped(db, "phys:br-ex", names...)
		d := db.Datapath("sw", 1)
		db.Port(d, "ln", 100, "localnet", "options", sbtest.Map("network_name", "phys"))
		db.Port(d, "out", 101, "", "chassis", on["hv0"])
		for i, name := range names {
			db.Port(d, fmt.Sprint("vm", i), 1+i, "", "chassis", on[name])
		}
		for table := range tt.tables {
			db.Flow(d, "ingress", table, 100, `is_chassis_resident("vm0") || is_chassis_resident("vm1")`, "next;")
			for i := range others {
				db.Flow(d, "ingress", table, 50-i, fmt.Sprintf(`is_chassis_resident("vm%d")`, 2+i), "drop;")
			}
		}
		db.Flow(d, "ingress", tt.tables, 0, "1", `outport = "out"; output;`)
		db.Flow(d, "egress", 0, 0, "1", "output;")
		content := db.Bytes()
		n, err := lflow.Read(t.Context(), "test", content, lflow.Options{AsChassis: true})
		if err != nil {
			t.Fatal(err)
		}
		real, chassis := onChassis(t, content)
		if got := arrivesOnChassis(chassis, real, "ln"); !slices.Contains(got, "out") {
			t.Errorf("on chassis the packet arrives at %q", got)
		}
		results := OneZone(address.NewResolver(n)).askFrame(t, "ln", "out").Parts[0].Results
		if len(results) != 1 || results[0].String() != tt.want {
			t.Errorf("%d tables: %v, want %s", tt.tables, results, tt.want)
		}
	}
}

// arrivesOnChassis returns the ports at which a packet of aFrame arrives, by any choices.
func arrivesOnChassis(c *cluster.Cluster, networks []*lflow.Network, from string) (ports []string) {
	source := connect.Source{Network: "phys"}
	var p packet.Packet
	for _, n := range networks {
		if port, err := n.Port(from); err == nil && port.Type != "localnet" {
			source = connect.Source{Port: port}
			p.SetUint(packet.Inport, port.Key)
		}
	}
	p.SetUint(packet.EthSrc, 0x0a0000000001)
	p.SetUint(packet.EthDst, 0x0a00000000aa)
	p.SetUint(packet.EthType, packet.EthTypeIPv4)
	p.SetUint(packet.IPProto, packet.ProtoUDP)
	p.SetUint(packet.IPTTL, 64)
	results, _ := connect.Outcomes(c, &connect.Options{}, source, p)
	for _, r := range results {
		for _, a := range r.Packets[0].Arrived {
			if a.Network == "" {
				ports = append(ports, a.Port.Name)
			}
		}
	}
	return ports
}
