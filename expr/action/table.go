package action

import (
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/grammar"
)

// statement is a row of the table of actions that begin with their name. An action that
// changed has several rows, of which at most one applies to a release.
type statement struct {
	name   string
	span   string // the releases of the row, in the syntax of dialect.ParseSpan
	prereq string // the prerequisite of the action, or ""
	form
}

// form is how both parsers read an action.
type form struct {
	// parse parses the text after the name, up to the semicolon. If the cursor has an
	// error, the result is not used.
	parse func(*parser) Action

	// build builds the action from its syntax tree.
	build func(*builder, *grammar.Action) Action
}

// value is a row of the table of actions on the right side of an assignment.
type value struct {
	name   string
	span   string
	prereq string
	lone   bool // the name is this action even without a parenthesis
	query
}

// query is form for an action whose result is assigned to a field.
type query struct {
	// parse parses the text from the opening parenthesis up to the semicolon.
	parse func(*parser, expr.FieldRef) Action

	// build builds the action from its syntax tree.
	build func(*builder, expr.FieldRef, *grammar.Query) Action
}

func statements() []statement {
	return []statement{
		{"next", "2.11..", "", form{parseNext, buildNext}},
		{"output", "2.11..", "", bare(&Output{})},
		{"ip.ttl", "2.11..", "ip", form{parseDecTTL, buildDecTTL}},
		{"push", "22.06.. +21.12.2 +22.03.1", "", form{parsePush, buildPush}},
		{"pop", "22.06.. +21.12.2 +22.03.1", "", form{parsePop, buildPop}},

		{"ct_next", "2.11..", "ip", form{parseCTNext, buildCTNext}},
		{"ct_commit", "2.11..", "ip", form{parseCTCommit, buildCTCommit}},
		{"ct_commit_to_zone", "24.09.. +24.03.2", "ip", form{parseCTCommitToZone, buildCTCommitToZone}},
		{"ct_commit_nat", "22.12.. +22.03.3 +22.09.2", "ip", form{parseCTCommitNAT, buildCTCommitNAT}},
		{"ct_dnat", "2.11..", "ip", form{ctNAT(CTNAT{Dst: true}), buildCTNAT(CTNAT{Dst: true})}},
		{"ct_snat", "2.11..", "ip", form{ctNAT(CTNAT{}), buildCTNAT(CTNAT{})}},
		{"ct_dnat_in_czone", "21.12..", "ip", form{ctNAT(CTNAT{Dst: true, InCommonZone: true}), buildCTNAT(CTNAT{Dst: true, InCommonZone: true})}},
		{"ct_snat_in_czone", "21.12..", "ip", form{ctNAT(CTNAT{InCommonZone: true}), buildCTNAT(CTNAT{InCommonZone: true})}},
		{"ct_clear", "2.11..", "", bare(&CTClear{})},
		{"ct_snat_to_vip", "20.12..", "", bare(&CTSNATToVIP{})},

		{"ct_lb", "2.11..26.03.90", "ip", form{ctLB(CTLBLabel), buildCTLB(CTLBLabel)}},
		{"ct_lb_mark", "22.06.. +21.12.2 +22.03.1", "ip", form{ctLB(CTLBMark), buildCTLB(CTLBMark)}},
		{"ct_lb_mark_local", "26.03..", "ip", form{ctLB(CTLBMarkLocal), buildCTLB(CTLBMarkLocal)}},
		{"fwd_group", "20.03..", "", form{parseFwdGroup, buildFwdGroup}},
		{"commit_ecmp_nh", "22.09.. +22.06.1", "", form{parseCommitECMPNH, buildCommitECMPNH}},
		{"commit_lb_aff", "22.12..", "", form{parseCommitLBAff, buildCommitLBAff}},

		{"clone", "2.11..", "", nested(Clone)},
		{"arp", "2.11..25.03", "ip4", nested(ARP)},
		{"arp", "25.03..", "ip", nested(ARP)},
		{"nd_ns", "2.11..25.03", "ip6", nested(NDNS)},
		{"nd_ns", "25.03..", "ip", nested(NDNS)},
		{"nd_na", "2.11..", "nd_ns", nested(NDNA)},
		{"nd_na_router", "2.11..", "nd_ns", nested(NDNARouter)},
		{"icmp4", "2.11..", "ip4", nested(ICMP4)},
		{"icmp4_error", "2.12..", "ip4", nested(ICMP4Error)},
		{"icmp6", "2.11..", "ip6", nested(ICMP6)},
		{"icmp6_error", "20.09..", "ip6", nested(ICMP6Error)},
		{"tcp_reset", "2.11..", "tcp", nested(TCPReset)},
		{"sctp_abort", "21.03..", "sctp", nested(SCTPAbort)},
		{"reject", "20.12..", "", nested(Reject)},

		{"get_arp", "2.11..", "", getMACBind(false)},
		{"get_nd", "2.11..", "", getMACBind(true)},
		{"put_arp", "2.11..", "", putMACBind(false)},
		{"put_nd", "2.11..", "", putMACBind(true)},
		{"put_fdb", "21.03..", "", call(putFDB)},
		{"mac_cache_use", "23.09..", "", bare(&MACCacheUse{})},
		{"bind_vport", "2.12..", "", form{parseBindVport, buildBindVport}},

		{"set_queue", "2.11..", "", form{parseSetQueue, buildSetQueue}},
		{"set_meter", "2.11..", "", form{parseSetMeter, buildSetMeter}},
		{"log", "2.11..", "", form{parseLog, buildLog}},
		{"sample", "22.12..", "", form{parseSample, buildSample}},
		{"mirror", "25.09..", "", form{parseMirror, buildMirror}},
		{"flood_remote", "25.03..", "", bare(&FloodRemote{})},

		{"trigger_event", "2.12..", "", form{parseTriggerEvent, buildTriggerEvent}},
		{"igmp", "2.12..", "", bare(&IGMP{})},
		{"handle_svc_check", "20.03..", "", call(handleSvcCheck)},
		{"handle_dhcpv6_reply", "20.06..", "", bare(&DHCPv6Reply{})},
		{"handle_bfd_msg", "21.03..", "", call(bfdMsg)},
	}
}

func values() []value {
	return []value{
		{"put_dhcp_opts", "2.11..", "", false, query{putOpts(DHCPv4), buildPutOpts(DHCPv4)}},
		{"put_dhcpv6_opts", "2.11..", "", false, query{putOpts(DHCPv6), buildPutOpts(DHCPv6)}},
		{"put_nd_ra_opts", "2.11..", "ip6", false, query{putOpts(NDRA), buildPutOpts(NDRA)}},
		{"dhcp_relay_req_chk", "24.09..", "", true, query{dhcpRelay(false), buildDHCPRelay(false)}},
		{"dhcp_relay_resp_chk", "24.09..", "", true, query{dhcpRelay(true), buildDHCPRelay(true)}},
		{"dns_lookup", "2.11..", "udp", false, result(DNSLookup)},
		{"check_pkt_larger", "2.12..", "", false, query{parseCheckPktLarger, buildCheckPktLarger}},

		{"lookup_arp", "20.03..", "", false, lookupMACBind(false)},
		{"lookup_nd", "20.03..", "", false, lookupMACBind(true)},
		{"lookup_arp_ip", "20.09.. +20.06.2", "", false, lookupMACBindIP(false)},
		{"lookup_nd_ip", "20.09.. +20.06.2", "", false, lookupMACBindIP(true)},
		{"chk_evpn_arp", "26.03.90..", "", false, query{parseChkEVPNARP, buildChkEVPNARP}},
		{"get_fdb", "21.03..", "", false, getFDB(false)},
		{"get_remote_fdb", "25.09..", "", false, getFDB(true)},
		{"lookup_fdb", "21.03..", "", false, callQuery(bit, lookupFDB)},
		{"check_in_port_sec", "22.06..", "", false, result(CheckInPortSec)},
		{"check_out_port_sec", "22.06..", "", false, result(CheckOutPortSec)},

		{"select", "20.03..", "", false, query{parseSelect, buildSelect}},
		{"chk_lb_hairpin", "20.12..", "", false, result(ChkLBHairpin)},
		{"chk_lb_hairpin_reply", "20.12..", "", false, result(ChkLBHairpinReply)},
		{"chk_lb_aff", "22.12..", "", false, result(ChkLBAff)},
		{"chk_ecmp_nh_mac", "22.09.. +22.06.1", "", false, result(ChkECMPNHMAC)},
		{"chk_ecmp_nh", "22.09.. +22.06.1", "", false, result(ChkECMPNH)},

		{"ct_nw_dst", "25.03.. +23.09.7 +24.03.5 +24.09.2", "", false, result(CTNwDst)},
		{"ct_ip6_dst", "25.03.. +23.09.7 +24.03.5 +24.09.2", "", false, result(CTIP6Dst)},
		{"ct_tp_dst", "25.03.. +23.09.7 +24.03.5 +24.09.2", "", false, result(CTTpDst)},
		{"ct_proto", "25.09..", "", false, result(CTProto)},
		{"ct_state_save", "25.09.. +24.03.6 +24.09.3 +25.03.1", "", false, result(CTStateSave)},
	}
}

// bare returns the form of an action that is its name alone.
func bare(a Action) form {
	return form{
		parse: func(*parser) Action { return a },
		build: func(b *builder, n *grammar.Action) Action {
			if n.Plain == nil {
				return b.refuse()
			}
			return a
		},
	}
}
