package explain

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// manual has the flows that end a packet according to ovn-northd(8), by stage and match; the rules of
// verdict have priorities instead.  The first row that fits a flow applies.  Each copy that takes such
// a flow has one of its codes, and each code is that of some copy.
var manual = []struct {
	stage, match string // regular expressions that fit all of the text
	codes        string // separated by blanks
	reason       string // as the manual page describes the flow
}{
	{`l[sr]_in_lb_aff_learn`, `.*`, "lb-affinity", "learns the backend of a session"},
	{`ls_in_(pre_)?lb|lr_in_dnat`, `ct\.new && .*`, "lb-no-backend", "the virtual address has no backend"},

	{`ls_(in|out)_acl`, `\(?ct\.(inv|est && ct\.rpl && ct_(mark|label)\.blocked == 1).*`, "ct-invalid", "invalid packets, and replies of connections that an ACL ended"},
	{`ls_(in|out)_acl(_after_lb)?(_eval)?`, `.*`, "acl-drop acl-reject", "ACLs, and the default of default_acl_drop"},
	{`ls_(in|out)_acl(_after_lb)?_action`, `reg8\[17\] == 1`, "acl-drop", "carries out an ACL's drop"},
	{`ls_(in|out)_acl(_after_lb)?_action`, `reg8\[18\] == 1`, "acl-reject", "carries out an ACL's reject"},
	{`ls_(in|out)_acl(_after_lb)?_action`, `1`, "acl-drop", "the default of default_acl_drop"},

	{`l[sr]_in_(check_port_sec|admission)`, `.*icmp4\.code == 4.* && flags\.tunnel_rx == 1`, "packet-too-big", "an ICMP error for a tunneled packet"},
	{`ls_in_(check_port_sec|port_sec_l2)`, `vlan\.present`, "vlan", "VLAN tags"},
	{`ls_in_(check_port_sec|port_sec_l2)`, `eth\.src\[40\]`, "bad-source", "multicast Ethernet sources"},
	{`lr_in_admission`, `vlan\.present \|\| eth\.src\[40\]`, "vlan bad-source", "VLAN tags or multicast Ethernet sources"},
	{`lr_in_admission`, `1`, "not-admitted", "frames that are not for the router's ports"},
	{`ls_(in|out)_check_port_sec`, `1|(in|out)port == "[^"]*"`, "port-security port-disabled", "the check, and disabled ports"},
	{`ls_in_port_sec_(ip|nd)|ls_out_port_sec_ip`, `.*port == "[^"]*" && .*`, "port-security", "other addresses than those of the port"},
	{`ls_(in|out)_apply_port_sec`, `reg0\[15\] == 1`, "port-security", "the check of the stage before failed"},
	{`ls_out_port_sec_l2`, `outport == "[^"]*"`, "port-disabled", "to a disabled port"},
	{`ls_in_external_port`, `inport == .* && !is_chassis_resident\("[^"]*"\).*`, "external-port", "another chassis has claimed the external port"},
	{`ls_in_l2_lkup`, `eth\.dst == \S+`, "port-disabled", "to an address of a disabled port"},
	{`ls_in_l2_lkup`, `ip4\.mcast \|\| ip6\.mcast`, "multicast", "unregistered multicast"},
	{`ls_in_l2_unknown`, `outport == "none"`, "unknown-mac", "no port takes unknown addresses"},
	{`ls_in_l2_unknown`, `outport == "[^"]*"`, "port-disabled", "to a learned address of a disabled port"},
	{`ls_(in|out)_network_function`, `reg8\[21\] == 1`, "network-function", "a network function without a port"},

	{`lr_in_dhcp_relay_req`, `.* && reg9\[7\] == 0`, "dhcp-relay", "a request that dhcp_relay_req_chk refused (northd.c: the page has no such stage)"},
	{`lr_in_dhcp_relay_resp`, `.* && reg9\[8\] == 0`, "dhcp-relay", "a response that dhcp_relay_resp_chk refused (northd.c)"},

	{`lr_in_ip_input`, `(inport == .* && |ip4 && )?ip\.ttl == \{0, 1\}.*`, "ttl-exceeded", "expired packets, of multicast too"},
	{`lr_in_ip_input`, `ip4\.mcast \|\| ip4\.src == .*`, "bad-source multicast", "2.11: multicast, and L3 admission control"},
	{`lr_in_ip_input`, `ip4\.src_mcast \|\|.*`, "bad-source", "L3 admission control"},
	{`lr_in_ip_input`, `ip[46]\.src == .*`, "bad-source", "the router's own addresses as source"},
	{`lr_in_ip_input`, `ip4\.mcast \|\| ip6\.mcast|ip6\.mcast_rsvd`, "multicast", "multicast that is not relayed"},
	{`lr_in_ip_input`, `arp \|\| nd`, "arp-ignored", "ARP and neighbor discovery that nothing before takes"},
	{`lr_in_ip_input`, `inport == .* && (arp\.tpa|nd_ns && nd\.target) == .*`, "arp-ignored", "requests for NAT addresses on other chassis than the gateway"},
	{`lr_in_ip_input`, `(ip[46] && )?ip[46]\.dst == .*`, "router-address", "other traffic to the router, refused or dropped"},
	{`lr_in_ip_input`, `eth\.bcast`, "broadcast", "Ethernet broadcast"},

	{`lr_in_ip_routing`, `nd_rs \|\| nd_ra|eth\.src == .*(igmp|mldv2\))|ip4\.mcast \|\| ip6\.mcast`, "multicast", "router solicitations, own reports, multicast without members"},
	{`lr_in_ip_routing`, `reg7 == 0 && ip[46]\.dst == .*`, "route-discard", "a static route that discards"},
	{`lr_in_ip_routing_ecmp`, `reg8\[0\.\.15\] == \d+ && reg8\[16\.\.31\] == \d+`, "route-discard", "a member of an ECMP route that discards"},
	{`lr_in_ip_routing(_ecmp)?`, `1`, "no-route", "all that no route takes"},
	{`lr_in_policy`, `.*`, "policy-drop", "a policy with action drop"},
	{`lr_in_arp_resolve`, `inport == ("[^"]*") && outport == ("[^"]*") && ip[46]\.dst == .*`, "nat-unmatched", "passed NAT without being translated"},
	{`lr_in_arp_resolve`, `ip[46]\.dst == .*`, "router-address", "an address of the router still, after NAT"},
	{`lr_in_arp_resolve`, `1`, "arp-unresolved", "no address is known for the next hop"},
	{`lr_in_arp_request`, `.*`, "arp-unresolved", "the packet is dropped, the next hop is asked"},
	{`lr_in_gw_redirect`, `(ip && )?ip[46]\.(src|dst) == .*`, "gateway-drop", "NAT that this packet is exempted from, or that is allowed for other packets alone"},
	{`lr_in_learn_neighbor|lr_in_policy_ecmp|lr_out_delivery`, `1`, "no-match", "all that is not already handled"},
}

// codesInManual returns the codes that ovn-northd(8) allows for the packets that a flow
// ends, and the row of manual, -1 for none.
func codesInManual(stage, match string) (codes []string, row int) {
	for i, m := range manual {
		if fits(m.stage, stage) && fits(m.match, match) {
			return strings.Fields(m.codes), i
		}
	}
	return nil, -1
}

func fits(pattern, text string) bool {
	return regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString(text)
}

// TestCodesOfDroppingFlows compares the codes with ovn-northd(8), for each flow of the recorded
// databases that drops, and each conjunction of its match.
func TestCodesOfDroppingFlows(t *testing.T) {
	found := make([]map[string]bool, len(manual))
	for _, file := range recordedDatabases(t) {
		n := tracetest.Open(t, file, lflow.Options{})
		n.EachTable(func(_ lflow.Pipeline, _ int, flows []lflow.Found) {
			for _, f := range flows {
				if f.Flow.Err(f.Datapaths[0]) != nil || action.Continues(f.Flow.Actions().List) {
					continue
				}
				stage, match := f.Flow.Stage(), f.Flow.MatchText()
				want, row := codesInManual(stage, match)
				if row < 0 {
					t.Errorf("%s: %s drops %s: no row of the manual", file, stage, match)
					continue
				}
				for _, code := range codesOf(t, f) {
					if !slices.Contains(want, code) {
						t.Errorf("%s: %s drops %s: %s, want %v: %s", file, stage, match, code, want, manual[row].reason)
					}
					if found[row] == nil {
						found[row] = map[string]bool{}
					}
					found[row][code] = true
				}
			}
		})
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
	for i, m := range manual {
		for _, code := range strings.Fields(m.codes) {
			if found[i] != nil && !found[i][code] && code != "acl-reject" { // its flows answer
				t.Errorf("%s drops %s: no packet has code %s", m.stage, m.match, code)
			}
		}
	}
}

// codesOf returns the codes of packets that a flow drops, one of each conjunction of its
// match.  Some match none: an ACL for ARP contradicts what its ct_commit requires.
func codesOf(t *testing.T, f lflow.Found) (codes []string) {
	t.Helper()
	cond, _ := f.Flow.Condition()
	var cubes []expr.Cube
	for _, resident := range []bool{true, false} {
		more, ok := expr.Cubes(cond, 4096, func(string) bool { return resident })
		if !ok {
			t.Fatalf("%s has too many conjunctions", f.Flow.MatchText())
		}
		cubes = append(cubes, more...)
	}
	for _, c := range cubes {
		table := &trace.Table{Stage: f.Flow.Stage(), Flow: f.Flow.Ref(), Packet: c.Packet(func(port, _ string) (uint64, bool) {
			if port == "" || port == "none" {
				return 0, true
			}
			return 1, true
		})}
		for _, a := range f.Flow.ActionNodes(f.Flow.Actions().List) {
			table.Add(a)
		}
		walk := &trace.Trace{Root: &trace.Pipeline{Datapath: f.Datapaths[0].Ref(), Container: trace.Container{Nodes: []trace.Node{table}}}}
		for _, d := range verdict.Of(walk) {
			codes = append(codes, string(d.Code))
		}
	}
	return codes
}

// recordedDatabases returns the southbound databases below testdata, and those of
// OVNWALK_CORPUS.
func recordedDatabases(t *testing.T) (files []string) {
	t.Helper()
	for _, folder := range []string{filepath.Join("..", "..", "testdata"), os.Getenv("OVNWALK_CORPUS")} {
		if folder == "" {
			continue
		}
		err := filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
			if name := filepath.Base(path); strings.HasSuffix(name, ".db.gz") && !strings.HasSuffix(name, "nb.db.gz") {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// notInManual are the codes without a row: those of drops at output and of other drops that
// no flow's text shows.
var notInManual = []verdict.Code{
	verdict.Loop, verdict.NoGateway, verdict.NoMember, verdict.NoOutport, verdict.NoPeer, verdict.Other, verdict.SamePort,
	verdict.Unclaimed, verdict.UnknownPort,
}

// TestManualHasEveryCode checks that manual has flows for each code.
func TestManualHasEveryCode(t *testing.T) {
	said := map[string]bool{}
	for _, m := range manual {
		for _, code := range strings.Fields(m.codes) {
			said[code] = true
		}
	}
	for _, c := range verdict.Codes() {
		if said[string(c.Code)] == slices.Contains(notInManual, c.Code) {
			t.Errorf("%s: a row of the manual has it: %v", c.Code, said[string(c.Code)])
		}
	}
}
