package lflow

import (
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// FuzzLookup looks up packets in tables of flows with any matches, one a line, in every
// way.
func FuzzLookup(f *testing.F) {
	for _, s := range []string{
		"1\nip4 && tcp.dst == 80\nip4.src == {10.0.0.1, 10.0.0.2} && tcp.dst == 80",
		"inport == \"a\"\ninport == {\"a\", \"b\"}\ninport != \"a\" && outport == \"c\"\noutport == \"nowhere\" || ip6",
		"inport == @here && ip4\noutport == @here && ct.new\noutport == @there && inport == \"a\"\ninport == @everywhere",
		"ct.est && !ct.rpl && ct_mark.blocked == 0\nct.new && !ct.inv\n!ct.trk",
		"ip.ttl == 1 && ip4.src == 10.0.0.0/8 && ip4.src == 10.0.0.0/24\nip.ttl == {1, 3}\nip.ttl == 1 && ip.ttl == 2",
		"tcp.dst == {80, 443} && tcp.src == {80, 443}\n(tcp.dst == 80 && ip.ttl == 5) || (tcp.dst == 81 && ip.ttl == 5)",
		"icmp4.frag_mtu == 5 && ip4\nip6.dst == {fe80::1, ff02::1} && xxreg0[64..127] == 0\neth.dst == 01:00:00:00:00:00/01:00:00:00:00:00",
		"ip4 && nonsense == 3\nip4 && tcp.dst == 5 && $unknown\n0\nis_chassis_resident(\"a\") && vlan.present",
		"flags[0..3] == 1 && flags.loopback && reg0[3] == 1\ninport == \"\"\noutport == none",
	} {
		f.Add(s, uint64(1))
	}
	f.Fuzz(func(t *testing.T, matches string, seed uint64) {
		lines := strings.Split(matches, "\n")
		if len(lines) > 20 {
			return
		}
		db := sbtest.New("23.03.0")
		var ports, switches []string
		for i, names := range [][]string{{"a", "b"}, {"c"}} {
			dp := db.Datapath("sw"+names[0], i+1)
			for key, name := range names {
				ports = append(ports, db.Port(dp, name, key+63, ""))
			}
			db.Row("Multicast_Group", map[string]any{"name": "flood", "datapath": sbtest.Ref(dp), "tunnel_key": 32768, "ports": sbtest.Refs(ports...)})
			switches = append(switches, dp)
		}
		db.Row("Port_Group", map[string]any{"name": "1_here", "ports": sbtest.Set("a", "b")})
		db.Row("Port_Group", map[string]any{"name": "2_there", "ports": "c"})
		db.Row("Port_Group", map[string]any{"name": "everywhere", "ports": sbtest.Set("b", "c")})
		group := db.Group(switches...)
		for i, match := range lines {
			db.GroupFlow(group, "ingress", 0, 100-10*(i/3), match, "next;")
		}
		n, err := Read(t.Context(), "fuzz", db.Bytes(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		fastIsSlow(t, n, seed, 40)
	})
}
