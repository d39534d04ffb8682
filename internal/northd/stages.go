// Package northd has facts about the southbound databases of each release of ovn-northd, as tables:
// names and sets of stages, multicast groups, flows that overlap or cover each other, flows that no
// release can parse, and exclusive register bits.
package northd

import (
	"strings"
)

// Stages are the names of stages in external_ids:stage-name of logical flows, in all releases from
// 2.11 on.
var Stages = []string{
	// Switches, ingress.
	"ls_in_acl", "ls_in_acl_action", "ls_in_acl_after_lb", "ls_in_acl_after_lb_action", "ls_in_acl_after_lb_eval",
	"ls_in_acl_after_lb_sample", "ls_in_acl_eval", "ls_in_acl_hint", "ls_in_acl_sample", "ls_in_apply_port_sec",
	"ls_in_arp_nd_pre_lookup", "ls_in_arp_rsp", "ls_in_check_port_sec", "ls_in_ct_extract", "ls_in_dhcp_options",
	"ls_in_dhcp_response", "ls_in_dns_lookup", "ls_in_dns_response", "ls_in_external_port", "ls_in_hairpin",
	"ls_in_l2_lkup", "ls_in_l2_unknown", "ls_in_lb", "ls_in_lb_aff_check", "ls_in_lb_aff_learn", "ls_in_lookup_fdb",
	"ls_in_mirror", "ls_in_nat_hairpin", "ls_in_network_function", "ls_in_port_sec_ip", "ls_in_port_sec_l2",
	"ls_in_port_sec_nd", "ls_in_pre_acl", "ls_in_pre_hairpin", "ls_in_pre_lb", "ls_in_pre_network_function",
	"ls_in_pre_stateful", "ls_in_put_fdb", "ls_in_qos", "ls_in_qos_mark", "ls_in_qos_meter", "ls_in_stateful",
	// Switches, egress.
	"ls_out_acl", "ls_out_acl_action", "ls_out_acl_eval", "ls_out_acl_hint", "ls_out_acl_sample",
	"ls_out_apply_port_sec", "ls_out_check_port_sec", "ls_out_lb", "ls_out_lookup_fdb", "ls_out_mirror",
	"ls_out_network_function", "ls_out_port_sec_ip", "ls_out_port_sec_l2", "ls_out_pre_acl", "ls_out_pre_lb",
	"ls_out_pre_network_function", "ls_out_pre_stateful", "ls_out_put_fdb", "ls_out_qos", "ls_out_qos_mark",
	"ls_out_qos_meter", "ls_out_stateful",
	// Routers, ingress.
	"lr_in_admission", "lr_in_arp_request", "lr_in_arp_resolve", "lr_in_chk_pkt_len", "lr_in_ct_extract",
	"lr_in_defrag", "lr_in_dhcp_relay_req", "lr_in_dhcp_relay_resp", "lr_in_dhcp_relay_resp_chk", "lr_in_dnat",
	"lr_in_ecmp_stateful", "lr_in_ecmp_stateful_egr", "lr_in_gw_redirect", "lr_in_ip_input", "lr_in_ip_routing",
	"lr_in_ip_routing_ecmp", "lr_in_ip_routing_pre", "lr_in_larger_pkts", "lr_in_lb_aff_check", "lr_in_lb_aff_learn",
	"lr_in_learn_neighbor", "lr_in_lookup_neighbor", "lr_in_nd_ra_options", "lr_in_nd_ra_response", "lr_in_network_id",
	"lr_in_policy", "lr_in_policy_ecmp", "lr_in_post_unsnat", "lr_in_unsnat",
	// Routers, egress.
	"lr_out_chk_dnat_local", "lr_out_delivery", "lr_out_egr_loop", "lr_out_post_snat", "lr_out_post_undnat",
	"lr_out_snat", "lr_out_undnat",
}

// StageSet is a list of names of stages, separated by blanks.  The empty set contains all stages.
type StageSet string

// Has reports whether a stage is in the set.
func (s StageSet) Has(stage string) bool {
	if s == "" {
		return true
	}
	for name := range strings.FieldsSeq(string(s)) {
		if name == stage {
			return true
		}
	}
	return false
}

// Sets of stages.
const (
	// ACLStages have the flows of ACLs.  Since 23.06, those of ACLEvalStages decide and those
	// of ACLActionStages carry the decision out.
	ACLStages       StageSet = "ls_in_acl ls_in_acl_eval ls_in_acl_after_lb ls_in_acl_after_lb_eval ls_out_acl ls_out_acl_eval"
	ACLEvalStages   StageSet = "ls_in_acl_eval ls_in_acl_after_lb_eval ls_out_acl_eval"
	ACLActionStages StageSet = "ls_in_acl_action ls_in_acl_after_lb_action ls_out_acl_action"

	// PortSecurityStages check port security by actions, since 22.06; OldPortSecurityStages
	// have a flow for each address.
	PortSecurityStages    StageSet = "ls_in_check_port_sec ls_out_check_port_sec ls_in_apply_port_sec ls_out_apply_port_sec"
	OldPortSecurityStages StageSet = "ls_in_port_sec_l2 ls_in_port_sec_ip ls_in_port_sec_nd ls_out_port_sec_l2 ls_out_port_sec_ip"

	// LoadBalancerStages have flows that drop or reject packets for a load balancer without
	// backends.
	LoadBalancerStages StageSet = "ls_in_lb ls_in_pre_lb ls_in_stateful lr_in_dnat"

	preLBStages StageSet = "ls_out_pre_lb ls_in_pre_lb ls_out_pre_acl ls_in_pre_acl"
)

// decidingStages has, for each stage that carries out a decision in a register, the stage that
// decided.
var decidingStages = map[string]string{
	"ls_in_apply_port_sec":      "ls_in_check_port_sec",
	"ls_out_apply_port_sec":     "ls_out_check_port_sec",
	"ls_in_acl_action":          "ls_in_acl_eval",
	"ls_in_acl_after_lb_action": "ls_in_acl_after_lb_eval",
	"ls_out_acl_action":         "ls_out_acl_eval",
}

// DecidingStage returns the stage whose decision a stage carries out; ok is false for a stage that
// decides itself.
func DecidingStage(stage string) (decides string, ok bool) {
	decides, ok = decidingStages[stage]
	return decides, ok
}

// Decides reports whether a verdict may name a stage that the packet passed: as one that allowed it,
// or that decided for a later stage.
func Decides(stage string) bool {
	if ACLStages.Has(stage) {
		return true
	}
	for _, decides := range decidingStages {
		if decides == stage {
			return true
		}
	}
	return false
}

// families has common names for stages that are named differently in other releases, or are
// divided.
var families = map[string]string{
	"ls_in_port_sec_l2": "ls_in_check_port_sec", "ls_in_port_sec_ip": "ls_in_check_port_sec", "ls_in_port_sec_nd": "ls_in_check_port_sec",
	"ls_in_apply_port_sec": "ls_in_check_port_sec",
	"ls_out_port_sec_l2":   "ls_out_check_port_sec", "ls_out_port_sec_ip": "ls_out_check_port_sec", "ls_out_apply_port_sec": "ls_out_check_port_sec",
	"ls_in_qos_mark": "ls_in_qos", "ls_in_qos_meter": "ls_in_qos", "ls_out_qos_mark": "ls_out_qos", "ls_out_qos_meter": "ls_out_qos",
}

// Family returns a name of a stage that is the same in all releases.
func Family(stage string) string {
	if f, ok := families[stage]; ok {
		return f
	}
	return strings.TrimSuffix(strings.TrimSuffix(stage, "_eval"), "_action")
}

// IsSwitch reports whether a stage is one of switches.
func IsSwitch(stage string) bool { return strings.HasPrefix(stage, "ls_") }

// IsRouter reports whether a stage is one of routers.
func IsRouter(stage string) bool { return strings.HasPrefix(stage, "lr_") }

// Multicast groups.
const (
	UnknownGroup = "_MC_unknown"  // the ports of a switch with unknown addresses
	FloodGroup   = "_MC_flood"    // the enabled ports of a switch
	FloodL2Group = "_MC_flood_l2" // the ports of a switch that are not connected to routers
)
