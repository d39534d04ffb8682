package reach

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/internal/witness"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestAskedAddresses sends packets for which a router requests the Ethernet address of the next hop,
// and compares with connect: they arrive if the network answers the request, are undecided if a host
// may answer it, and do not arrive otherwise.
func TestAskedAddresses(t *testing.T) {
	const (
		router, second, host = "0a:00:00:00:00:fe", "0a:00:00:00:00:fd", "0a:00:00:00:00:09"
		answer               = `eth.dst = eth.src; eth.src = %[1]s; arp.op = 2; arp.tha = arp.sha; arp.sha = %[1]s; arp.tpa = arp.spa; arp.spa = 10.0.0.9; outport = inport; flags.loopback = 1; output;`
	)
	type network struct {
		*sbtest.DB
		ext, hv string
		members []string // ports of ext
	}
	port := func(n *network, name string, key int, typ string, more ...any) {
		n.members = append(n.members, n.Port(n.ext, name, key, typ, more...))
	}
	vif := func(n *network, addresses string) {
		port(n, "b", 2, "", "chassis", sbtest.Ref(n.hv), "mac", sbtest.Set(addresses))
		n.Flow(n.ext, "ingress", 0, 20, "eth.dst == "+host, `outport = "b"; output;`)
	}
	for _, test := range []struct {
		name   string
		build  func(n *network)
		static bool // whether the router's flows resolve the next hop
		open   bool // whether a host that connect does not have may answer, or one behind flows that are not followed
	}{
		{name: "nobody", build: func(n *network) { vif(n, host+" 10.0.0.8") }},
		{name: "flow of the switch", build: func(n *network) {
			vif(n, host+" 10.0.0.8")
			n.Flow(n.ext, "ingress", 0, 60, "arp.op == 1 && arp.tpa == 10.0.0.9", fmt.Sprintf(answer, host))
		}},
		{name: "two answers", open: true, build: func(n *network) {
			vif(n, host+" 10.0.0.8")
			n.Flow(n.ext, "ingress", 0, 60, "arp.op == 1 && arp.tpa == 10.0.0.9", "clone { "+fmt.Sprintf(answer, second)+" }; "+fmt.Sprintf(answer, host))
		}},
		{name: "flow of a prefix", open: true, build: func(n *network) {
			vif(n, host+" 10.0.0.8")
			n.Flow(n.ext, "ingress", 0, 60, "arp.op == 1 && arp.tpa == 10.0.0.0/8 && arp.tpa != 10.0.0.128/25", fmt.Sprintf(answer, host))
		}},
		{name: "flow of a range", open: true, build: func(n *network) {
			vif(n, host+" 10.0.0.8")
			n.Flow(n.ext, "ingress", 0, 60, "arp.op == 1 && arp.tpa >= 10.0.0.3 && arp.tpa <= 10.0.0.200", fmt.Sprintf(answer, host))
		}},
		{name: "flow of a template", open: true, build: func(n *network) {
			vif(n, host+" 10.0.0.8")
			n.Row("Chassis_Template_Var", map[string]any{"chassis": "hv", "variables": sbtest.Map("VIP", "10.0.0.9")})
			n.Flow(n.ext, "ingress", 0, 60, "arp.op == 1 && arp.tpa == ^VIP", fmt.Sprintf(answer, host))
		}},
		{name: "flow of most of IPv6", build: func(n *network) {
			vif(n, host+" 10.0.0.8")
			n.Flow(n.ext, "ingress", 0, 60, "nd_ns && nd.target == 2000::/3", "drop;")
		}},
		{name: "another router", build: func(n *network) {
			lan := n.Datapath("behind", 4)
			r2 := n.Datapath("r2", 5)
			port(n, "ext-r2", 3, "patch", "options", sbtest.Map("peer", "r2-ext"))
			n.Port(r2, "r2-ext", 1, "patch", "options", sbtest.Map("peer", "ext-r2"), "mac", sbtest.Set(second+" 10.0.0.9/24"))
			n.Port(r2, "r2-lan", 2, "patch", "options", sbtest.Map("peer", "lan-r2"))
			n.Port(lan, "lan-r2", 1, "patch", "options", sbtest.Map("peer", "r2-lan"))
			n.Port(lan, "b", 2, "", "chassis", sbtest.Ref(n.hv), "mac", sbtest.Set(host+" 10.9.0.1"))
			n.Flow(n.ext, "ingress", 0, 20, "eth.dst == "+second, `outport = "ext-r2"; output;`)
			n.Flow(r2, "ingress", 0, 60, "arp.op == 1 && arp.tpa == 10.0.0.9", fmt.Sprintf(answer, second))
			n.Flow(r2, "ingress", 0, 10, "ip4", `outport = "r2-lan"; eth.dst = `+host+"; output;")
			n.Flow(lan, "ingress", 0, 10, "eth.dst == "+host, `outport = "b"; output;`)
			n.Flow(r2, "egress", 0, 0, "1", "output;")
			n.Flow(lan, "egress", 0, 0, "1", "output;")
		}},
		{name: "host", build: func(n *network) { vif(n, host+" 10.0.0.9") }},
		{name: "host that gets nothing", build: func(n *network) {
			vif(n, host+" 10.0.0.9")
			n.Flow(n.ext, "egress", 0, 10, `outport == "b" && ip4`, "drop;")
		}},
		{name: "host without known addresses", open: true, build: func(n *network) {
			port(n, "b", 2, "", "chassis", sbtest.Ref(n.hv), "mac", sbtest.Set("unknown"))
			n.Flow(n.ext, "ingress", 0, 1, "1", `outport = "b"; output;`)
		}},
		{name: "physical network", build: func(n *network) {
			port(n, "b", 2, "localnet", "options", sbtest.Map("network_name", "physnet"))
			n.Flow(n.ext, "ingress", 0, 1, "1", `outport = "b"; output;`)
		}},
		{name: "known", static: true, build: func(n *network) { vif(n, host+" 10.0.0.9") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := sbtest.New("23.03.0")
			n := &network{DB: db, hv: db.Row("Chassis", map[string]any{"name": "hv", "other_config": sbtest.Map("ovn-bridge-mappings", "physnet:br")})}
			lan, r := db.Datapath("lan", 1), db.Datapath("r", 2)
			n.ext = db.Datapath("ext", 3)
			db.Port(lan, "a", 1, "", "chassis", sbtest.Ref(n.hv), "mac", sbtest.Set("0a:00:00:00:00:01 10.1.0.1"))
			db.Port(lan, "lan-r", 2, "patch", "options", sbtest.Map("peer", "r-lan"))
			db.Port(r, "r-lan", 1, "patch", "options", sbtest.Map("peer", "lan-r"))
			db.Port(r, "r-ext", 2, "patch", "options", sbtest.Map("peer", "ext-r"), "mac", sbtest.Set(router+" 10.0.0.1/24"))
			port(n, "ext-r", 1, "patch", "options", sbtest.Map("peer", "r-ext"))
			db.Flow(lan, "ingress", 0, 0, "1", `outport = "lan-r"; output;`)
			db.Flow(r, "ingress", 0, 50, "arp.op == 2", "put_arp(inport, arp.spa, arp.sha);")
			db.Flow(r, "ingress", 0, 0, "ip4", `outport = "r-ext"; reg0 = ip4.dst; reg1 = 10.0.0.1; eth.src = `+router+"; next;")
			db.Flow(r, "ingress", 1, 0, "ip4", "get_arp(outport, reg0); next;")
			if test.static {
				db.Flow(r, "ingress", 1, 10, `outport == "r-ext" && reg0 == 10.0.0.9`, "eth.dst = "+host+"; next;")
			}
			db.Flow(r, "ingress", 2, 1, "eth.dst == 00:00:00:00:00:00", "arp { eth.dst = ff:ff:ff:ff:ff:ff; arp.spa = reg1; arp.tpa = reg0; arp.op = 1; output; };")
			db.Flow(r, "ingress", 2, 0, "1", "output;")
			db.Flow(n.ext, "ingress", 0, 30, "eth.dst == "+router, `outport = "ext-r"; output;`)
			db.Flow(n.ext, "ingress", 0, 25, "eth.mcast", `outport = "everybody"; output;`)
			for _, d := range []string{lan, r, n.ext} {
				db.Flow(d, "egress", 0, 0, "1", "output;")
			}
			test.build(n)
			db.Row("Multicast_Group", map[string]any{"name": "everybody", "tunnel_key": 0x8000, "datapath": sbtest.Ref(n.ext), "ports": sbtest.Refs(n.members...)})
			read := func() *lflow.Network {
				return tracetest.Read(t, "test", db.Bytes(), lflow.Options{})
			}

			zones := OneZone(address.NewResolver(read()))
			from, to := zones.owned("a"), zones.owned("b")
			q := &Question{From: []*lflow.Port{from}, To: []*lflow.Port{to}, Packets: "ip4.src == 10.1.0.1 && ip4.dst == 10.0.0.9 && eth.dst == 0a:00:00:00:00:ff && udp"}
			a, err := zones.Ask(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			kinds := map[Kind]bool{}
			for _, res := range a.Parts[0].Results {
				kinds[res.Kind] = true
			}
			a.Parts[0].settle()
			first, _ := a.Parts[0].sample(a.Parts[0].all)

			chassis := read()
			cl, err := cluster.New([]*lflow.Network{chassis}, cluster.Options{})
			if err != nil {
				t.Fatal(err)
			}
			arrives := func(hosts bool) bool {
				port, _ := chassis.Port("a")
				results, _ := connect.Outcomes(cl, &connect.Options{HostsAnswer: hosts}, connect.Source{Port: port}, first)
				return slices.ContainsFunc(results, func(r connect.Outcome) bool {
					return slices.ContainsFunc(r.Packets[0].Arrived, func(a connect.Arrival) bool {
						return a.Port.Name == "b" && a.Packet.IsIPv4()
					})
				})
			}
			alone, helped := arrives(false) && !test.open, arrives(true) || test.open
			if kinds[Delivered] != alone || kinds[Undecided] != (helped && !alone) {
				t.Errorf("kinds %v of %s; in connect it arrives: %t, if hosts answer: %t", kinds, witness.Microflow(from, first), alone, helped)
			}
			if proof, err := a.Check(Assertion{None: true}); err != nil || proof.Holds != !helped {
				t.Errorf("proof that nothing arrives: %v %v; in connect it arrives: %t", proof, err, helped)
			}
		})
	}
}

// TestAskedAddressesAcrossZones sends packets that a router with ports of two zones forwards to the
// port of the other zone. There it requests the address of the next router, whose answer reaches all
// zones of the router, as in connect.
func TestAskedAddressesAcrossZones(t *testing.T) {
	folder := []string{filepath.Join("..", "..", "testdata", "wire", "main", "zones-connect")}
	zones, chassis := zonesOf(t, folder), zonesOf(t, folder)
	var networks []*lflow.Network
	for _, r := range chassis.Resolvers {
		networks = append(networks, r.Network())
	}
	cl, err := cluster.New(networks, cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ from, to, packets string }{
		{"pod2-0", "red.udn1_pod1-1", "ip4.dst == 10.21.1.4 && eth.dst == 0a:58:14:02:00:01 && udp"},
		{"pod1-0", "red.udn1_pod2-1", "ip4.dst == 10.21.2.4 && eth.dst == 0a:58:14:01:00:01 && udp"},
	} {
		from, to := zones.owned(test.from), zones.owned(test.to)
		a, err := zones.Ask(t.Context(), &Question{From: []*lflow.Port{from}, To: []*lflow.Port{to}, Packets: test.packets})
		if err != nil {
			t.Fatal(err)
		}
		a.Parts[0].settle()
		first, _ := a.Parts[0].sample(a.Parts[0].all)
		results, _ := connect.Outcomes(cl, &connect.Options{}, connect.Source{Port: chassis.owned(test.from)}, first)
		arrives := slices.ContainsFunc(results[0].Packets[0].Arrived, func(a connect.Arrival) bool { return a.Port.Name == test.to })
		for _, res := range a.Parts[0].Results {
			if (res.Kind == Delivered) != arrives {
				t.Errorf("%s to %s: %s; in connect it arrives: %t", test.from, test.to, res, arrives)
			}
		}
	}
}
