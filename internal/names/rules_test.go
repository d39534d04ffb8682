package names

import (
	"maps"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestRulesCompile compiles the pattern of every rule.
func TestRulesCompile(t *testing.T) {
	for _, s := range append(systems(), &plain) {
		for _, rules := range [][]Rule{s.Present, s.Rules} {
			for i := range rules {
				rules[i].compile() // panics for a bad pattern
				if rules[i].Class == "" {
					t.Errorf("%s: rule %d has no class", s.Name, i)
				}
			}
		}
	}
}

// TestPortNames has names and external_ids of ports as each system writes them; the
// forms are those of the sources that docs/names.md lists.
func TestPortNames(t *testing.T) {
	const instance = "0a1b2c3d-1111-4222-8333-444455556666"
	for _, x := range []struct {
		name, datapath, port string
		ids                  map[string]string
		want                 string // title, then networks
		system               string
	}{
		{"pod", "node1", "shop_web-7d9f", map[string]string{"pod": "true", "namespace": "shop"}, "pod shop/web-7d9f", "ovn-kubernetes"},
		{
			"pod of a user-defined network", "cluster_udn_blue_ovn_layer2_switch", "shop.blue_shop_web-7d9f",
			map[string]string{"pod": "true", "namespace": "shop", "k8s.ovn.org/network": "cluster_udn_blue", "k8s.ovn.org/nad": "shop/blue"},
			"pod shop/web-7d9f cluster_udn_blue blue shop/blue", "ovn-kubernetes",
		},
		{"instance of Incus", "incus-net5-ls-int", "incus-net5-instance-" + instance + "-eth0", nil, "instance 0a1b2c3d device eth0 incus-net5", "Incus"},
		{
			"server", "neutron-11aa7a52-6e7c-4a1f-9a44-0e0c2b1d5a01", instance,
			map[string]string{"neutron:device_owner": "compute:az1", "neutron:device_id": "c3000000-0000-4000-8000-000000000011", "name": "web-port"},
			"server web-port", "Neutron",
		},
		{"pod of Kube-OVN", "ovn-default", "web-7d9f.shop", map[string]string{"vendor": "kube-ovn", "pod": "shop/web-7d9f", "ls": "ovn-default"}, "pod shop/web-7d9f ovn-default", "Kube-OVN"},
		{"node of Kube-OVN", "join", "node-node1", map[string]string{"vendor": "kube-ovn", "ls": "join"}, "node node1", "Kube-OVN"},
		{"of no system", "sw0", "sw0-p1", map[string]string{"owner": "me"}, "", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			db := sbtest.New("23.03")
			d := db.Datapath(x.datapath, 1)
			var ids []string
			for _, k := range slices.Sorted(maps.Keys(x.ids)) {
				ids = append(ids, k, x.ids[k])
			}
			db.Port(d, x.port, 1, "", "external_ids", sbtest.Map(ids...))
			n := tracetest.Read(t, "test", db.Bytes(), lflow.Options{})
			p, err := n.Port(x.port)
			if err != nil {
				t.Fatal(err)
			}
			o, ok := New(Zone{Network: n}).OfPort(p)
			got := o.Title
			for _, network := range o.Networks {
				if o.System != "Neutron" {
					got += " " + network
				}
			}
			if got != x.want || o.System != x.system || ok != (x.want != "") {
				t.Errorf("got  %q of %q\nwant %q of %q", got, o.System, x.want, x.system)
			}
		})
	}
}
