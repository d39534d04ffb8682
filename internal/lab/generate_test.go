package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

func TestGenerateIsDeterministic(t *testing.T) {
	for seed := range uint64(20) {
		if a, b := Generate(seed), Generate(seed); !reflect.DeepEqual(a.North, b.North) || !reflect.DeepEqual(a.Additions, b.Additions) ||
			!reflect.DeepEqual(a.Chassis, b.Chassis) || !reflect.DeepEqual(a.ChassisRows, b.ChassisRows) {
			t.Errorf("seed %d gives two networks", seed)
		}
	}
	if reflect.DeepEqual(Generate(1).North, Generate(2).North) {
		t.Error("two seeds give one network")
	}
}

// TestGenerateDrawsEveryFeature checks that every feature occurs in the networks of some hundred seeds.
func TestGenerateDrawsEveryFeature(t *testing.T) {
	var all strings.Builder
	for seed := range uint64(400) {
		n := Generate(seed)
		for _, command := range slices.Concat(n.Chassis, n.North) {
			fmt.Fprintln(&all, strings.Join(command, " "))
		}
		for _, a := range n.Additions {
			for _, command := range a.North {
				fmt.Fprintln(&all, strings.Join(command, " "))
			}
		}
		fmt.Fprintf(&all, "%+v\n", n.ChassisRows)
	}
	text := all.String()
	for _, want := range []string{
		"type=localnet", "type=localport", "type=l2gateway", "type=vtep", "type=virtual", "type=external", "type=remote", "type=router",
		"fwd-group-add", "lrp-set-gateway-chassis", "ha_chassis_group=@", "reside-on-redirect-chassis", "redirect-type", "peer=",
		"type=snat", "type=dnat ", "type=dnat_and_snat", "external_mac", "stateless", "allowed_ext_ips", "exempted_ext_ips", "gateway_port",
		"external_port_range", "policy=src-ip", "discard", "ecmp_symmetric_reply", "route_table", "bfd=@", "output_port=", "nexthops=",
		"pkt_mark", "action=reroute", "affinity_timeout", "skip_snat", "hairpin_snat_ip", `"event"="true"`, `"reject"="true"`, "health_check",
		"load_balancer_group", "lb_force_snat_ip", "dnat_force_snat_ip", "router_ip", "protocol=sctp", "protocol=udp",
		"action=allow-stateless", "action=allow-related", "action=reject", "action=drop", "apply-after-lb", "log=true", "log-related",
		"label=", "meter=", "create address_set", "pg-add", "action:dscp", "bandwidth:rate", "dhcpv4_options=@", "dhcpv6_options=@",
		"create dns", "ipv6_ra_configs", "prefix_delegation", "mcast_snoop", "mcast_relay", "mcast_flood", "copp=@", "static_mac_binding",
		"gateway_mtu", "arp_proxy", "activation-strategy", "vlan-passthru", "interconn-ts", "default_acl_drop", "controller_event",
		"debug_drop_domain_id", "dynamic_neigh_routers", "always_learn_from_arp_request", "enabled=false", "port_security",
		"action=jump", "chain=inner", "type=switch", "type=lport", "action=skip", "create logical_switch_port_health_check",
		"create network_function_group", "create dhcp_relay", "Group:ff0e::1234", "Group:239.0.1.68", "Parent:sw",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no seed draws %q", want)
		}
	}
}

func TestCasesRoundTrip(t *testing.T) {
	cases := []Case{
		{Args: []string{"--all", `inport == "a" && ip4`}, Stdout: "# <ip> & \"x\"\n"},
		{Args: []string{"x"}, Stdout: "unknown\n"},
	}
	for _, name := range []string{"a.jsonl", "a.jsonl.gz"} {
		path := filepath.Join(t.TempDir(), name)
		if err := WriteCases(path, cases); err != nil {
			t.Fatal(err)
		}
		got, err := ReadCases[Case](path)
		if err != nil || !reflect.DeepEqual(got, cases) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestRecordings(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"23.03/a.jsonl.gz", "23.03/a.db.gz", "07/cases.jsonl", "07/sb.db", "b.jsonl", "b.db", "README.md"} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		sbtest.WriteFile(t, path, nil)
	}
	found, err := Recordings(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range found {
		got = append(got, r.Name+" "+filepath.Base(r.Database))
	}
	if want := []string{"07/cases sb.db", "23.03/a a.db.gz", "b b.db"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := os.Remove(filepath.Join(folder, "b.db")); err != nil {
		t.Fatal(err)
	}
	if _, err := Recordings(folder); err == nil || !strings.Contains(err.Error(), "b.db") {
		t.Errorf("cases without a database give %v", err)
	}
}

// TestGenerateWire checks that networks for real chassis are deterministic, have hosts on the physical
// network, and have no features that need other machines.
func TestGenerateWire(t *testing.T) {
	outside, bound, children, localports, multichassis, names := 0, 0, 0, 0, 0, 0
	var all strings.Builder
	for seed := range uint64(200) {
		n := GenerateWire(seed)
		if !reflect.DeepEqual(n, GenerateWire(seed)) {
			t.Errorf("seed %d gives two networks", seed)
		}
		if len(n.Hosts) == 0 || !n.Hosts[0].Mapped || len(n.Chassis) > 0 {
			t.Errorf("seed %d has the chassis %v and makes %v", seed, n.Hosts, n.Chassis)
		}
		names += len(n.Names)
		outside += len(n.Outside)
		bound += len(n.ChassisRows.Bound)
		for _, s := range n.Switches {
			for _, p := range s.Ports {
				if p.Parent != "" {
					children++
				}
				if p.Type == "localport" {
					localports++
				}
				if len(p.Chassis) > 1 {
					multichassis++
				}
			}
		}
		commands := slices.Clone(n.North)
		for _, a := range n.Additions {
			commands = append(commands, a.North...)
		}
		for _, command := range commands {
			text := strings.Join(command, " ")
			fmt.Fprintln(&all, text)
			for _, not := range []string{"type=vtep", "type=remote", "interconn-ts", "create bfd", "health_check", "copp", "prefix_delegation"} {
				if strings.Contains(text, not) {
					t.Errorf("seed %d has %q", seed, text)
				}
			}
		}
	}
	for _, want := range []string{
		"always_tunnel", "acl_ct_translation", "ct-commit-all", "use_common_zone", "enable_router_port_acl", "broadcast-arps-to-all-routers",
		"enable-stateless-acl-with-lb", "pkt_clone_type", "force_fdb_lookup", "disable_arp_nd_rsp", "use_stateless_nat", "distributed",
		"tier=", "action=pass", "persist-established", "sample_new=", "sample_est=", "mirror_rules", "action=jump",
		"disable_garp_rarp", "ethtype", "network_function_group", "create dhcp_relay", "type=switch",
	} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("no seed draws %q", want)
		}
	}
	if outside == 0 || bound == 0 || children == 0 || localports == 0 || multichassis == 0 || names == 0 {
		t.Errorf("%d hosts outside, %d bound ports, %d children, %d local ports, %d ports on several chassis, %d names",
			outside, bound, children, localports, multichassis, names)
	}
}
