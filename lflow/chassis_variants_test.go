package lflow_test

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// TestTemplatesPerChassis looks packets up on several chassis in flows with template variables, which
// each ovn-controller replaces by its own chassis' values (ovn-sb(5)).
func TestTemplatesPerChassis(t *testing.T) {
	db := sbtest.New("24.03.0")
	d := db.Datapath("sw", 1)
	db.Port(d, "p", 1, "")
	for name, value := range map[string]string{"hv1": "10.0.0.1", "hv2": "10.0.0.2"} {
		db.Row("Chassis", map[string]any{"name": name})
		db.Row("Chassis_Template_Var", map[string]any{"chassis": name, "variables": sbtest.Map("NODE", value)})
	}
	db.Row("Chassis", map[string]any{"name": "hv3"})
	db.Flow(d, "ingress", 0, 100, "ip4.dst == ^NODE", "drop;")
	db.Flow(d, "ingress", 0, 0, "1", "next;")
	n := tracetest.Read(t, "db", db.Bytes(), lflow.Options{})
	n.PerChassis(func(string) expr.PortSet { return nil }, func(number uint64) string { return []string{"", "hv1", "hv2", "hv3"}[number] })
	for _, test := range []struct {
		name     string
		chassis  uint64
		dst      string
		priority int
	}{
		{"own value", 1, "10.0.0.1", 100},
		{"another chassis' value", 1, "10.0.0.2", 0},
		{"the other chassis", 2, "10.0.0.2", 100},
		{"the flow is left out where the variable has no value", 3, "10.0.0.1", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			var p packet.Packet
			p.SetUint(packet.EthType, packet.EthTypeIPv4)
			ip, _ := packet.ParseIPv4(test.dst)
			p.SetUint(packet.IPv4Dst, ip)
			p.SetUint(packet.OnChassis, test.chassis)
			sw, _ := n.Datapath("sw")
			found := n.Lookup(sw, lflow.Ingress, 0, &p)
			if found.Flow == nil || found.Flow.Priority != test.priority || len(found.Unparsed) > 0 {
				t.Errorf("%+v, want priority %d", found, test.priority)
			}
		})
	}
}

// TestTemplatesAsOnChassis looks a packet up in a flow with a template variable. Where a
// database has one chassis, without those of other zones, all flows are there.
func TestTemplatesAsOnChassis(t *testing.T) {
	for _, test := range []struct {
		name     string
		other    map[string]any // another chassis
		option   bool
		unparsed int
	}{
		{"one chassis", nil, true, 0},
		{"another of another zone", map[string]any{"name": "hv2", "other_config": sbtest.Map("is-remote", "true")}, true, 0},
		{"two chassis", map[string]any{"name": "hv2"}, true, 1},
		{"as ovn-trace", nil, false, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := sbtest.New("24.03.0")
			d := db.Datapath("sw", 1)
			db.Port(d, "p", 1, "")
			db.Row("Chassis", map[string]any{"name": "hv1"})
			if test.other != nil {
				db.Row("Chassis", test.other)
			}
			db.Row("Chassis_Template_Var", map[string]any{"chassis": "hv1", "variables": sbtest.Map("NODE", "10.0.0.1")})
			db.Flow(d, "ingress", 0, 100, "ip4.dst == ^NODE", "drop;")
			db.Flow(d, "ingress", 0, 0, "1", "next;")
			found, _ := lookUpInSwitch(t, db, test.option)
			if len(found.Unparsed) != test.unparsed || test.unparsed == 0 && found.Flow.Priority != 100 {
				t.Errorf("%+v, want %d flows that do not parse", found, test.unparsed)
			}
		})
	}
}

// lookUpInSwitch looks up a packet to 10.0.0.1 in the first table of the switch sw, and counts
// the flows of the table.
func lookUpInSwitch(t *testing.T, db *sbtest.DB, asChassis bool) (found lflow.LookupResult, flows int) {
	t.Helper()
	n := tracetest.Read(t, "db", db.Bytes(), lflow.Options{AsChassis: asChassis})
	var p packet.Packet
	p.SetUint(packet.EthType, packet.EthTypeIPv4)
	p.SetUint(packet.IPv4Dst, 0x0a000001)
	sw, err := n.Datapath("sw")
	if err != nil {
		t.Fatal(err)
	}
	return n.Lookup(sw, lflow.Ingress, 0, &p), len(n.Flows(sw, lflow.Ingress, 0))
}

// TestFlowsLeftOut looks a packet up in flows with template variables without a value.
// ovn-controller leaves a flow out if a variable has none on its chassis (consider_logical_flow
// in controller/lflow.c).
func TestFlowsLeftOut(t *testing.T) {
	for _, test := range []struct {
		name           string
		chassis        []string
		match, actions string
		asChassis      bool
		unparsed       int
	}{
		{"match", []string{"hv1"}, "ip4.dst == ^GONE", "drop;", true, 0},
		{"actions", []string{"hv1"}, "ip4", "ct_dnat(^GONE);", true, 0},
		{"one of two variables", []string{"hv1"}, "ip4.dst == {^NODE, ^GONE}", "drop;", true, 0},
		{"on no chassis", []string{"hv1", "hv2"}, "ip4.dst == ^GONE", "drop;", true, 0},
		{"on one of two chassis", []string{"hv1", "hv2"}, "ip4.dst == ^NODE", "drop;", true, 1},
		{"as ovn-trace", []string{"hv1"}, "ip4.dst == ^GONE", "drop;", false, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := sbtest.New("24.03.0")
			d := db.Datapath("sw", 1)
			for _, name := range test.chassis {
				db.Row("Chassis", map[string]any{"name": name})
			}
			db.Row("Chassis_Template_Var", map[string]any{"chassis": "hv1", "variables": sbtest.Map("NODE", "10.0.0.1")})
			db.Flow(d, "ingress", 0, 100, test.match, test.actions)
			db.Flow(d, "ingress", 0, 0, "1", "next;")
			found, flows := lookUpInSwitch(t, db, test.asChassis)
			if len(found.Unparsed) != test.unparsed || found.Flow == nil || found.Flow.Priority != 0 {
				t.Errorf("%+v, want %d flows that do not parse", found, test.unparsed)
			}
			if flows != 1+test.unparsed {
				t.Errorf("%d flows, want %d", flows, 1+test.unparsed)
			}
		})
	}
}

// TestFieldsThatChassisDoNotCompare looks packets up in flows whose matches compare
// fields of every kind.  The flows that ovn-controller installs for the first two have
// no match for the field (ovs-ofctl dump-flows): testdata/wire has what such networks do.
func TestFieldsThatChassisDoNotCompare(t *testing.T) {
	for _, test := range []struct {
		name, match        string
		onChassis, inTrace bool
	}{
		{"ip.dscp", "ip.dscp == 46", true, false},
		{"ip.ecn", "ip.ecn == 3", true, false},
		{"one of many", "ip.dscp == {20, 21, 22, 23, 24, 25, 26, 27, 28}", true, false},
		{"with another that fails", "ip4.dst == 10.0.0.9 && ip.dscp == 46", false, false},
		{"prerequisite", "ip6 && ip.dscp == 46", false, false},
		{"a field that fills its byte", "ip.ttl == 46", false, false},
		{"an ordinal field", "ip.frag == 1", false, false},
		{"part of an ordinal field", "ip4.dst[0..5] == 46", false, false},
		{"ip.dscp of the packet", "ip.dscp == 12", true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := sbtest.New("24.03.0")
			d := db.Datapath("sw", 1)
			db.Flow(d, "ingress", 0, 100, test.match, "drop;")
			for chassis, want := range map[uint64]bool{0: test.inTrace, 1: test.onChassis} {
				n := tracetest.Read(t, "db", db.Bytes(), lflow.Options{})
				if chassis > 0 {
					n.PerChassis(func(string) expr.PortSet { return nil }, func(uint64) string { return "hv1" })
				}
				var p packet.Packet
				p.SetUint(packet.EthType, packet.EthTypeIPv4)
				p.SetUint(packet.IPDSCP, 12)
				p.SetUint(packet.OnChassis, chassis)
				sw, _ := n.Datapath("sw")
				if found := n.Lookup(sw, lflow.Ingress, 0, &p); (found.Flow != nil) != want || len(found.Unparsed) > 0 {
					t.Errorf("on chassis %d: %+v, want a flow: %t", chassis, found, want)
				}
			}
		})
	}
}

// TestResidentOnNoChassis looks a packet up that is on no chassis: where flows are as chassis have them,
// Options.Chassis selects template variables only.
func TestResidentOnNoChassis(t *testing.T) {
	db := sbtest.New("24.03.0")
	d := db.Datapath("sw", 1)
	for i, name := range []string{"hv1", "hv2"} {
		h := db.Row("Chassis", map[string]any{"name": name, "hostname": name})
		db.Port(d, "vm-"+name, i+1, "", "chassis", sbtest.Ref(h))
	}
	db.Flow(d, "ingress", 0, 100, `is_chassis_resident("vm-hv2")`, "drop;")
	for _, test := range []struct {
		o    lflow.Options
		want bool
	}{
		{lflow.Options{}, true},
		{lflow.Options{Chassis: "hv1"}, false},
		{lflow.Options{Chassis: "hv2"}, true},
		{lflow.Options{Chassis: "hv1", AsChassis: true}, true},
	} {
		n := tracetest.Read(t, "db", db.Bytes(), test.o)
		sw, err := n.Datapath("sw")
		if err != nil {
			t.Fatal(err)
		}
		var p packet.Packet
		if found := n.Lookup(sw, lflow.Ingress, 0, &p); (found.Flow != nil) != test.want {
			t.Errorf("%+v: %+v, want a flow: %t", test.o, found, test.want)
		}
	}
}

// TestTrackedFlows looks the reply of a TCP connection from port 1000 to port 80 up in flows with the tag
// acl_ct_translation. ovn-controller compares the original tuple of the connection (ovn_init_acl_ct_symtab() in
// lib/logical-fields.c), and no flags, which Open vSwitch leaves out without ip.proto; ovn-trace compares the packet.
func TestTrackedFlows(t *testing.T) {
	for _, test := range []struct {
		match       string
		chassis     bool // whether it matches on chassis
		packet      bool // whether it matches the packet itself
		withoutConn bool // whether it matches on chassis before conntrack
	}{
		{"tcp", true, true, false},
		{"udp", false, false, false},
		{"!udp", true, false, true}, // a nominal field is not compared with !=
		{"tcp.dst == 80", true, false, false},
		{"tcp.dst == 1000", false, true, false},
		{"tcp.src == 1000", true, false, false},
		{"tcp.dst != 80", false, true, false},
		{"tcp.flags == 2", true, false, false},
		{"tcp.src == {22, 1000} && ip4", true, false, false},
		{"ip.proto == 6", true, true, true},
	} {
		for _, where := range []struct {
			name      string
			asChassis bool
			tracked   bool
			want      bool
		}{
			{"on chassis", true, true, test.chassis},
			{"before conntrack", true, false, test.withoutConn},
			{"as ovn-trace", false, true, test.packet},
		} {
			t.Run(test.match+" "+where.name, func(t *testing.T) {
				db := sbtest.New("26.03.0")
				d := db.Datapath("sw", 1)
				for priority, match := range map[int]string{100: test.match, 0: "1"} {
					db.Row("Logical_Flow", map[string]any{
						"logical_datapath": sbtest.Ref(d), "pipeline": "ingress", "table_id": 0, "priority": priority,
						"match": match, "actions": "next;", "tags": sbtest.Map("acl_ct_translation", "true"),
					})
				}
				n := tracetest.Read(t, "db", db.Bytes(), lflow.Options{AsChassis: where.asChassis})
				var p packet.Packet
				p.SetUint(packet.EthType, packet.EthTypeIPv4)
				p.SetUint(packet.IPProto, packet.ProtoTCP)
				p.SetUint(packet.TPSrc, 80)
				p.SetUint(packet.TPDst, 1000)
				p.SetUint(packet.TCPFlags, 0x12)
				if where.tracked {
					p.SetUint(packet.CTState, packet.CTTracked|packet.CTEstablished|packet.CTReply)
					p.SetUint(packet.CTProto, packet.ProtoTCP)
					p.SetUint(packet.CTTPSrc, 1000)
					p.SetUint(packet.CTTPDst, 80)
				}
				sw, err := n.Datapath("sw")
				if err != nil {
					t.Fatal(err)
				}
				if found := n.Lookup(sw, lflow.Ingress, 0, &p); (found.Flow.Priority == 100) != where.want {
					t.Errorf("matches: %t, want %t", !where.want, where.want)
				}
			})
		}
	}
}
