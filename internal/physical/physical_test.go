package physical

import (
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
)

// TestKeys compares the encodings with the layouts of ovn-architecture(7), "Tunnel Encapsulations".
func TestKeys(t *testing.T) {
	for _, c := range []struct {
		name   string
		tunnel Tunnel
		vni    uint32
		option uint32
		id     uint64
	}{
		{"the smallest", Tunnel{Type: "geneve", Key: 1, InKey: 1, OutKey: 1}, 1, 0x00010001, 0x10001000001},
		{"the built-in network", Tunnel{Type: "geneve", Key: 2, InKey: 2, OutKey: 1}, 2, 0x00020001, 0x20001000002},
		{"a flood", Tunnel{Type: "geneve", Key: 7, InKey: 3, OutKey: 0x8000}, 7, 0x00038000, 0x38000000007},
		{"the largest", Tunnel{Type: "geneve", Key: 0xffffff, InKey: 0x7fff, OutKey: 0xffff}, 0xffffff, 0x7fffffff, 0x7fffffffffffff},
		{"the reserved bit stays clear", Tunnel{Type: "geneve", Key: 1, InKey: 0xffff, OutKey: 1}, 1, 0x7fff0001, 0x7fff0001000001},
		{"VXLAN", Tunnel{Type: "vxlan", Key: 2, InKey: 2, OutKey: 1}, 0x001002, 0x00020001, 0x20001000002},
		{"VXLAN, a flood", Tunnel{Type: "vxlan", Key: 5, OutKey: 0x8003}, 0x803005, 0x8003, 0x8003000005},
		{"VXLAN, to a VTEP gateway", Tunnel{Type: "vxlan", FromVXLAN: true, Key: 5, OutKey: 9}, 5, 9, 0x9000005},
	} {
		if got := c.tunnel.VNI(); got != c.vni {
			t.Errorf("%s: VNI %#x, want %#x", c.name, got, c.vni)
		}
		if got := c.tunnel.Option(); got != c.option {
			t.Errorf("%s: option data %08x, want %08x", c.name, got, c.option)
		}
		if got := c.tunnel.ID(); got != c.id {
			t.Errorf("%s: tunnel ID %#x, want %#x", c.name, got, c.id)
		}
	}
}

// lab is a switch with ports on two chassis that have the encapsulations given,
// and what is added to it.
func lab(t *testing.T, ours, theirs []string, actions string, more func(db *sbtest.DB, sw, there string)) *lflow.Network {
	t.Helper()
	db := sbtest.New("23.03")
	encaps := func(ip string, types []string) any {
		var refs []string
		for _, typ := range types {
			refs = append(refs, db.Row("Encap", map[string]any{"type": typ, "ip": ip}))
		}
		return sbtest.Refs(refs...)
	}
	here := db.Row("Chassis", map[string]any{"name": "here", "encaps": encaps("192.0.2.1", ours)})
	there := db.Row("Chassis", map[string]any{"name": "there", "encaps": encaps("192.0.2.2", theirs)})
	sw := db.Datapath("sw", 5)
	p1 := db.Port(sw, "p1", 1, "", "chassis", sbtest.Ref(here))
	p2 := db.Port(sw, "p2", 2, "", "chassis", sbtest.Ref(there))
	p3 := db.Port(sw, "p3", 3, "", "chassis", sbtest.Ref(there))
	db.Port(sw, "p4", 4, "")
	db.Row("Multicast_Group", map[string]any{"name": "flood", "datapath": sbtest.Ref(sw), "tunnel_key": 32768, "ports": sbtest.Refs(p1, p2, p3)})
	db.Flow(sw, "ingress", 0, 1, "1", actions)
	db.Flow(sw, "egress", 0, 1, "1", "output;")
	if more != nil {
		more(db, sw, there)
	}
	return tracetest.Read(t, "test", db.Bytes(), lflow.Options{})
}

// written returns the text of the segments of a walk.
func written(t *testing.T, n *lflow.Network, microflow string) string {
	t.Helper()
	walk := tracetest.Trace(t, n, sim.Request{Microflow: microflow})
	var b strings.Builder
	if err := Write(&b, Segments(n, walk, true), Style{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestSegments walks through the ways in which a packet goes between chassis.
func TestSegments(t *testing.T) {
	geneve := []string{"geneve"}
	for _, c := range []struct {
		name         string
		ours, theirs []string
		actions      string
		more         func(db *sbtest.DB, sw, there string)
		from, want   string
	}{
		{
			"a tunnel", geneve, geneve, `outport = "p2"; output;`, nil, "p1",
			"here runs ingress of sw from p1, which is bound there\n" +
				"  here to there: geneve from 192.0.2.1 to 192.0.2.2, VNI 5 (0x000005), option class 0x0102 type 0x80 data 00010002: ingress port 1 (p1), egress port 2 (p2)\n" +
				"there runs egress of sw to p2, which is bound there\n",
		},
		{
			"the best that both have",
			[]string{"geneve", "vxlan"},
			[]string{"stt", "vxlan"},
			`outport = "p2"; output;`, nil, "p1",
			"here runs ingress of sw from p1, which is bound there\n" +
				"  here to there: vxlan from 192.0.2.1 to 192.0.2.2, VNI 8197 (0x002005): egress port 2 (p2) in the upper 12 bits, datapath 5 in the lower 12, no ingress port\n" +
				"there runs egress of sw to p2, which is bound there\n",
		},
		{
			"STT",
			[]string{"stt"},
			[]string{"stt", "vxlan"},
			`outport = "p2"; output;`, nil, "p1",
			"here runs ingress of sw from p1, which is bound there\n" +
				"  here to there: stt from 192.0.2.1 to 192.0.2.2, tunnel ID 0x00010002000005: datapath 5, ingress port 1 (p1), egress port 2 (p2)\n" +
				"there runs egress of sw to p2, which is bound there\n",
		},
		{
			"nothing that both have", geneve,
			[]string{"vxlan"},
			`outport = "p2"; output;`, nil, "p1",
			"here runs ingress of sw from p1, which is bound there\n" +
				"  here to there: no common encapsulation, so the packet is lost\n" +
				"there runs egress of sw to p2, which is bound there\n",
		},
		{
			"a physical network instead", geneve, geneve, `outport = "p2"; output;`,
			func(db *sbtest.DB, sw, _ string) { db.Port(sw, "ln", 9, "localnet") }, "p1",
			"here runs ingress of sw from p1, which is bound there\n" +
				"  here to there over the physical network of ln, without a tunnel\n" +
				"there runs egress of sw to p2, which is bound there\n",
		},
		{
			"from a physical network", geneve, geneve, `outport = "p2"; output;`,
			func(db *sbtest.DB, sw, _ string) { db.Port(sw, "ln", 9, "localnet") }, "ln",
			"any chassis on the network of ln runs ingress of sw from ln\n" +
				"there runs egress of sw to p2, which is bound there\n",
		},
		{
			"a port that is bound nowhere", geneve, geneve, `outport = "p4"; output;`, nil, "p1",
			"here runs ingress of sw from p1, which is bound there\n" +
				"no chassis runs egress of sw to p4: p4 is bound to none\n",
		},
		{
			"one packet for a group's ports on a chassis", geneve, geneve, `outport = "flood"; output;`, nil, "p1",
			"here runs ingress of sw from p1, which is bound there\n" +
				"  here to there: geneve from 192.0.2.1 to 192.0.2.2, VNI 5 (0x000005), option class 0x0102 type 0x80 data 00018000: ingress port 1 (p1), egress port 32768 (flood)\n" +
				"there runs egress of sw to p2, which is bound there\n" +
				"there runs egress of sw to p3, from the same tunneled packet\n",
		},
		{
			"a port that wants one address of its chassis", geneve, geneve, `outport = "p5"; output;`,
			func(db *sbtest.DB, sw, there string) {
				e := db.Row("Encap", map[string]any{"type": "geneve", "ip": "192.0.2.99"})
				db.Port(sw, "p5", 5, "", "chassis", sbtest.Ref(there), "encap", sbtest.Ref(e))
			}, "p1",
			"here runs ingress of sw from p1, which is bound there\n" +
				"  here to there: geneve from 192.0.2.1 to 192.0.2.99, VNI 5 (0x000005), option class 0x0102 type 0x80 data 00010005: ingress port 1 (p1), egress port 5 (p5)\n" +
				"there runs egress of sw to p5, which is bound there\n",
		},
		{
			"a gateway that its options name", geneve, geneve, `outport = "gw"; output;`,
			func(db *sbtest.DB, sw, _ string) {
				db.Port(sw, "gw", 6, "l3gateway", "options", sbtest.Map("l3gateway-chassis", "there"))
			}, "p1",
			"here runs ingress of sw from p1, which is bound there\n" +
				"  here to there: geneve from 192.0.2.1 to 192.0.2.2, VNI 5 (0x000005), option class 0x0102 type 0x80 data 00010006: ingress port 1 (p1), egress port 6 (gw)\n" +
				"there runs egress of sw to gw, which is bound there\n",
		},
		{
			"an answer that goes back", geneve, geneve, `arp { outport = "p2"; output; };`, nil, "p1",
			"here runs ingress of sw from p1, which is bound there\n" +
				"  here to there: geneve from 192.0.2.1 to 192.0.2.2, VNI 5 (0x000005), option class 0x0102 type 0x80 data 00010002: ingress port 1 (p1), egress port 2 (p2)\n" +
				"there runs egress of sw to p2, for a generated packet, which is bound there\n",
		},
	} {
		n := lab(t, c.ours, c.theirs, c.actions, c.more)
		if got := written(t, n, `ip4 && inport == "`+c.from+`"`); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
	}
}

// floating is a switch with a physical network, joined to a router with a gateway
// port on gw and a machine on a switch on hv that has a distributed floating IP:
// as northd writes it, the flows for the external Ethernet address require the
// machine's port to be resident.
func floating(t *testing.T, chassis string) *lflow.Network {
	t.Helper()
	db := sbtest.New("23.03")
	ch := func(name, ip string) string {
		e := db.Row("Encap", map[string]any{"type": "geneve", "ip": ip})
		return db.Row("Chassis", map[string]any{"name": name, "encaps": sbtest.Refs(e)})
	}
	gw, hv := ch("gw", "192.0.2.1"), ch("hv", "192.0.2.2")
	ext, in := db.Datapath("ext", 1), db.Datapath("in", 3)
	lr := db.Row("Datapath_Binding", map[string]any{"tunnel_key": 2, "external_ids": sbtest.Map("name", "lr", "logical-router", "00000002-1111-4000-8000-000000000000")})
	db.Port(ext, "ln", 1, "localnet")
	db.Port(ext, "ext-lr", 2, "patch", "options", sbtest.Map("peer", "lr-ext"))
	db.Port(ext, "p", 3, "", "chassis", sbtest.Ref(gw))
	db.Port(lr, "lr-ext", 1, "patch", "options", sbtest.Map("peer", "ext-lr"))
	db.Port(lr, "cr-lr-ext", 2, "chassisredirect", "options", sbtest.Map("distributed-port", "lr-ext"), "chassis", sbtest.Ref(gw))
	db.Port(lr, "lr-in", 3, "patch", "options", sbtest.Map("peer", "in-lr"))
	db.Port(in, "in-lr", 1, "patch", "options", sbtest.Map("peer", "lr-in"))
	db.Port(in, "vm", 2, "", "chassis", sbtest.Ref(hv))
	db.Flow(ext, "ingress", 0, 50, `eth.dst == 0a:00:00:00:00:fe && is_chassis_resident("vm")`, `outport = "ext-lr"; output;`)
	db.Flow(ext, "ingress", 0, 50, `eth.dst == 0a:00:00:00:00:01 && is_chassis_resident("cr-lr-ext")`, `outport = "ext-lr"; output;`)
	db.Flow(ext, "ingress", 0, 10, "1", `outport = "p"; output;`)
	db.Flow(ext, "egress", 0, 0, "1", "output;")
	db.Flow(lr, "ingress", 0, 50, `inport == "lr-ext" && is_chassis_resident("cr-lr-ext")`, "next;")
	db.Flow(lr, "ingress", 0, 60, `eth.dst == 0a:00:00:00:00:fe && inport == "lr-ext" && is_chassis_resident("vm")`, "next;")
	db.Flow(lr, "ingress", 1, 0, "1", `outport = "lr-in"; output;`)
	db.Flow(lr, "egress", 0, 0, "1", "output;")
	db.Flow(in, "ingress", 0, 0, "1", `outport = "vm"; output;`)
	db.Flow(in, "egress", 0, 0, "1", "output;")
	return tracetest.Read(t, "test", db.Bytes(), lflow.Options{Chassis: chassis})
}

// TestResidency checks on which chassis flows with is_chassis_resident (ovn-sb(5)) place steps, and
// that unknown chassis are left open.
func TestResidency(t *testing.T) {
	for _, c := range []struct{ name, chassis, from, mac, want string }{
		{
			"a distributed floating IP", "", "ln", "0a:00:00:00:00:fe",
			"hv runs ingress of ext from ln, because flows on the path apply only where vm is\n" +
				"hv runs egress of ext to ext-lr\nhv runs ingress of lr from lr-ext\nhv runs egress of lr to lr-in\nhv runs ingress of in from in-lr\nhv runs egress of in to vm, which is bound there\n",
		},
		{
			"the router itself", "", "ln", "0a:00:00:00:00:01",
			"gw runs ingress of ext from ln, as gateway chassis of cr-lr-ext\n" +
				"gw runs egress of ext to ext-lr\ngw runs ingress of lr from lr-ext\ngw runs egress of lr to lr-in\ngw runs ingress of in from in-lr\n" +
				"  gw to hv: geneve from 192.0.2.1 to 192.0.2.2, VNI 3 (0x000003), option class 0x0102 type 0x80 data 00010002: ingress port 1 (in-lr), egress port 2 (vm)\n" +
				"hv runs egress of in to vm, which is bound there\n",
		},
		{
			"a chassis that does not have the flow", "", "p", "0a:00:00:00:00:fe",
			"gw runs ingress of ext from p, which is bound there\n" +
				"  unknown: flow 00000011, which the walk took, requires vm to be resident, which is on hv; the flows of gw are not shown\n" +
				"hv runs egress of ext to ext-lr\nhv runs ingress of lr from lr-ext\nhv runs egress of lr to lr-in\nhv runs ingress of in from in-lr\nhv runs egress of in to vm, which is bound there\n",
		},
		{
			"another chassis's view", "hv", "p", "0a:00:00:00:00:01",
			"gw runs ingress of ext from p, which is bound there\n" +
				"  unknown: flows here depend on the chassis; the walk is that of hv\n" +
				"gw runs egress of ext to p, which is bound there\n",
		},
		{
			"its own view", "gw", "p", "0a:00:00:00:00:01",
			"gw runs ingress of ext from p, which is bound there\n" +
				"gw runs egress of ext to ext-lr\ngw runs ingress of lr from lr-ext\ngw runs egress of lr to lr-in\ngw runs ingress of in from in-lr\n" +
				"  gw to hv: geneve from 192.0.2.1 to 192.0.2.2, VNI 3 (0x000003), option class 0x0102 type 0x80 data 00010002: ingress port 1 (in-lr), egress port 2 (vm)\n" +
				"hv runs egress of in to vm, which is bound there\n",
		},
	} {
		n := floating(t, c.chassis)
		if got := written(t, n, `ip4 && inport == "`+c.from+`" && flags.loopback == 1 && eth.dst == `+c.mac); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
	}
}
