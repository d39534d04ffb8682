package connect_test

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/packet"
)

// TestAnswersWithOptions sends requests for an address and for routers, which controllers answer
// (controller/pinctrl.c, pinctrl_handle_put_dhcp_opts and pinctrl_handle_put_nd_ra_opts).
func TestAnswersWithOptions(t *testing.T) {
	const turned = "eth.dst <-> eth.src; outport = inport; flags.loopback = 1; output;"
	for _, test := range []struct {
		name, microflow, options, answer string
		field                            *packet.Field
		want                             uint64
	}{
		{
			"DHCP", "ip4.src == 0.0.0.0 && ip4.dst == 255.255.255.255 && udp.src == 68 && udp.dst == 67",
			"reg0[5] = put_dhcp_opts(offerip = 10.0.0.5, router = 10.0.0.1); next;", "udp && reg0[5]",
			packet.IPv4Dst, 0x0a000005,
		},
		{
			"router", "ip6.src == fe80::1 && ip6.dst == ff02::2 && ip.ttl == 255 && icmp6.type == 133 && icmp6.code == 0",
			`reg0[5] = put_nd_ra_opts(addr_mode = "slaac", slla = 0a:00:00:00:00:01, prefix = fd00::/64); next;`, "nd_ra && reg0[5]",
			packet.TPSrc, 134,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := sbtest.New("25.03.0")
			for code, name := range map[int]string{0: "offerip", 3: "router"} {
				db.Row("DHCP_Options", map[string]any{"name": name, "code": code, "type": "ipv4"})
			}
			d := db.Datapath("s", 1)
			db.Port(d, "a", 1, "", "chassis", sbtest.Ref(db.Row("Chassis", map[string]any{"name": "hv1"})), "mac", sbtest.Set("0a:00:00:00:00:02"))
			db.Flow(d, "ingress", 0, 50, `inport == "a"`, test.options)
			db.Flow(d, "ingress", 1, 50, test.answer, turned)
			db.Flow(d, "egress", 0, 0, "1", "output;")
			a := answerOver(t, clusterOf(t, db), connect.Opening{Microflow: `inport == "a" && eth.src == 0a:00:00:00:00:02 && eth.dst == ff:ff:ff:ff:ff:ff && ` + test.microflow})
			got := a.Outcomes[0].Packets[0].Arrived
			if len(got) != 1 || got[0].Packet.Uint(test.field) != test.want {
				t.Errorf("%+v, want one answer with %s %d", got, test.field.Name, test.want)
			}
		})
	}
}
