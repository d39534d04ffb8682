package reach

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestOtherChassisOfASwitch has a switch of two chassis with a physical network. A packet to a port of the other chassis leaves by
// the localnet port and enters the switch again, with that as its input port (consider_port_binding in controller/physical.c);
// so does the copy of a flood for the localnet port, and no other copy reaches that chassis (consider_mc_group).
func TestOtherChassisOfASwitch(t *testing.T) {
	const toFar, toOther, toLocalnet, drop = `outport = "far"; output;`, `outport = "other"; output;`, `outport = "ln"; output;`, "drop;"
	for name, flows := range map[string][][2]string{
		"the same flows":                    {{"1", toFar}},
		"by the localnet port":              {{`inport == "vm"`, toLocalnet}, {"1", toFar}},
		"dropped there":                     {{`inport == "ln"`, drop}, {"1", toFar}},
		"dropped there, of some senders":    {{`inport == "ln" && udp.dst == 53`, drop}, {"1", toFar}},
		"to another port there":             {{`inport == "ln"`, toOther}, {"1", toFar}},
		"to another port there, of both":    {{`inport == "ln"`, `clone { outport = "far"; output; }; outport = "other"; output;`}, {"1", toFar}},
		"other headers there":               {{`inport == "ln" && eth.dst == 0a:00:00:00:00:bb`, toFar}, {`inport == "ln"`, drop}, {"1", "eth.dst = 0a:00:00:00:00:bb; " + toFar}},
		"a flood":                           {{"1", `outport = "flood"; output;`}},
		"a flood, dropped there":            {{`inport == "ln"`, drop}, {"1", `outport = "flood"; output;`}},
		"a flood without the localnet port": {{"1", `outport = "ports"; output;`}},
		"back to the first chassis":         {{`inport == "ln"`, `outport = "vm"; output;`}, {"1", toFar}},
	} {
		for _, out := range []string{`outport == "none"`, `outport == "ln"`, `outport == "far" && inport == "ln"`} {
			t.Run(name+", without "+out, func(t *testing.T) {
				db := sbtest.New("23.03.0")
				on := mapped(db, "phys:br-ex", "hv1", "hv2")
				d := db.Datapath("sw", 1)
				ports := []string{
					db.Port(d, "vm", 1, "", "chassis", on["hv1"]), db.Port(d, "near", 2, "", "chassis", on["hv1"]),
					db.Port(d, "far", 3, "", "chassis", on["hv2"]), db.Port(d, "other", 4, "", "chassis", on["hv2"]),
				}
				db.Row("Multicast_Group", map[string]any{"datapath": sbtest.Ref(d), "name": "ports", "tunnel_key": 0x8001, "ports": sbtest.Refs(ports...)})
				ports = append(ports, db.Port(d, "ln", 5, "localnet", leadsTo("phys", 0)...))
				db.Row("Multicast_Group", map[string]any{"datapath": sbtest.Ref(d), "name": "flood", "tunnel_key": 0x8000, "ports": sbtest.Refs(ports...)})
				for i, f := range flows {
					match := f[0]
					if !strings.Contains(match, "eth.dst") { // the packets that may arrive have this address
						match += " && eth.dst == 0a:00:00:00:00:aa"
					}
					db.Flow(d, "ingress", 0, 100-i, match, f[1])
				}
				db.Flow(d, "egress", 0, 10, out, drop)
				db.Flow(d, "egress", 0, 0, "1", "output;")
				compareFrames(t, []string{"vm", "near", "far", "other"}, db)
			})
		}
	}
}

// TestFramesOnEachChassis has a router whose flows are different on each chassis: a frame is walked on each of them, up to a maximum.
func TestFramesOnEachChassis(t *testing.T) {
	for _, chassis := range []int{3, maxEach, maxEach + 1} {
		db := sbtest.New("23.03.0")
		names := []string{"hv1", "hv2", "gw"}
		for i := len(names); i < chassis; i++ {
			names = append(names, fmt.Sprint("more", i))
		}
		on := mapped(db, "phys:br-ex", names...)
		d, r := db.Datapath("sw", 1), db.Datapath("r", 2)
		db.Port(d, "ln", 1, "localnet", leadsTo("phys", 0)...)
		db.Port(d, "vm", 2, "", "chassis", on["hv1"])
		db.Port(d, "far", 3, "", "chassis", on["hv2"])
		db.Port(d, "other", 4, "", "chassis", on["hv2"])
		db.Port(d, "gate", 5, "", "chassis", on["gw"])
		for i, name := range names[3:] {
			db.Port(d, name, 10+i, "", "chassis", on[name])
		}
		db.Port(d, "sw-r", 6, "patch", "options", sbtest.Map("peer", "r-sw"))
		db.Port(r, "r-sw", 1, "patch", "options", sbtest.Map("peer", "sw-r"))
		db.Flow(d, "ingress", 0, 10, `inport == "vm"`, `outport = "ln"; output;`)
		db.Flow(d, "ingress", 0, 10, `inport == "ln" && eth.dst == 0a:00:00:00:00:aa`, `outport = "sw-r"; output;`)
		db.Flow(d, "ingress", 0, 10, "eth.dst == 0a:00:00:00:00:bb", `outport = "far"; output;`)
		db.Flow(d, "ingress", 0, 10, "eth.dst == 0a:00:00:00:00:cc", `outport = "other"; output;`)
		db.Flow(d, "egress", 0, 0, "1", "output;")
		const back = "outport = inport; flags.loopback = 1; output;"
		db.Flow(r, "ingress", 0, 10, `is_chassis_resident("gate")`, "eth.dst = 0a:00:00:00:00:bb; "+back)
		db.Flow(r, "ingress", 0, 0, "1", "eth.dst = 0a:00:00:00:00:cc; "+back)
		db.Flow(r, "egress", 0, 0, "1", "output;")
		if chassis <= maxEach {
			compareFrames(t, []string{"vm"}, db)
			continue
		}
		n, err := lflow.Read(t.Context(), "test", db.Bytes(), lflow.Options{AsChassis: true})
		if err != nil {
			t.Fatal(err)
		}
		results := OneZone(address.NewResolver(n)).askFrame(t, "vm", "far").Parts[0].Results
		if want := "undecided: a frame of a physical network takes different flows on the chassis in r"; len(results) != 1 || results[0].String() != want {
			t.Errorf("%d chassis: %v, want %s", chassis, results, want)
		}
	}
}
