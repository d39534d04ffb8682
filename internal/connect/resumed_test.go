package connect_test

import (
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/packet"
)

// TestResumed has ovn-controller look up the name of a DNS query to a virtual address, before or after the packet is committed. The
// response passes conntrack in the same zone, where it is a reply of the load balancer's connection: the state that the datapath
// stores with a packet when it commits is lost while ovn-controller has it (ofproto/ofproto-dpif.c, nxt_resume). A
// copy that does not pause has it.
func TestResumed(t *testing.T) {
	const (
		commit  = "ct_commit { ct_mark.blocked = 0; }; "
		lookup  = "reg0[4] = dns_lookup(); next;"
		respond = "eth.dst <-> eth.src; ip4.src <-> ip4.dst; udp.dst = udp.src; udp.src = 53; outport = inport; flags.loopback = 1; output;"
	)
	for _, test := range []struct {
		name   string
		flows  []string
		source string // of the response
	}{
		{"committed, looked up", []string{commit + lookup}, "10.0.0.2"},
		{"looked up, committed", []string{lookup, commit + "next;"}, "10.0.0.9"},
		{"committed, not looked up", []string{commit + "next;"}, "10.0.0.9"},
	} {
		t.Run(test.name, func(t *testing.T) {
			flows := slices.Concat([]string{"ct_lb_mark;", "ct_lb_mark(backends=10.0.0.9);"}, test.flows, []string{respond})
			db, s, _ := limited("netdev", flows...)
			db.Flow(s, "egress", 0, 1, "1", "ct_lb_mark;")
			db.Flow(s, "egress", 1, 0, "1", "output;")
			a := answerOver(t, clusterOf(t, db), sentFrom("a"))
			for _, o := range a.Outcomes {
				arrived := o.Packets[0].Arrived
				if len(arrived) != 1 {
					t.Fatalf("%d frames arrive: %v", len(arrived), o.Packets[0].Dropped)
				}
				if got := packet.IPv4Src.Format(arrived[0].Packet.Get(packet.IPv4Src)); got != test.source {
					t.Errorf("the response comes from %s, want %s", got, test.source)
				}
			}
		})
	}
}

// TestHostOutside floods a frame to several VLANs of a physical network. The receiver is on one of them, which is a choice.
func TestHostOutside(t *testing.T) {
	db, s, _ := limited("netdev", flooding)
	var members []string
	for tag := range 3 {
		members = append(members, db.Port(s, string(rune('x'+tag)), 3+tag, "localnet", "options", sbtest.Map("network_name", "physnet"), "tag", sbtest.Set(10+tag/2)))
	}
	db.Row("Multicast_Group", map[string]any{"name": "flood", "tunnel_key": 0x8000, "datapath": sbtest.Ref(s), "ports": sbtest.Refs(members...)})
	a := answerOver(t, clusterOf(t, db), connect.Opening{Microflow: `inport == "a" && eth.src == 0a:00:00:00:00:01 && eth.dst == 0a:00:00:00:00:07 && ip4.src == 10.0.0.1 && ip4.dst == 10.0.0.7 && ip.ttl == 64 && udp.src == 40000 && udp.dst == 80`})
	var got []uint64
	for _, o := range a.Outcomes {
		if len(o.Packets) != 2 {
			t.Fatalf("%d packets, want 2", len(o.Packets))
		}
		got = append(got, o.Packets[1].Sent.Uint(packet.VLANTCI)&0xfff)
	}
	slices.Sort(got)
	if want := []uint64{10, 11}; !slices.Equal(got, want) {
		t.Errorf("hosts on VLANs %d reply, want %d", got, want)
	}
}
