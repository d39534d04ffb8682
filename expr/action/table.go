package action

import (
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/grammar"
)

// statement is a row of the table of actions that begin with their name.  An
// action that changed has several rows, of which each release has at most one.
type statement struct {
	name   string
	span   string // the releases that have the row, as dialect.ParseSpan takes it
	prereq string // what the action requires of the packet, "" for nothing

	// parse reads what follows the name, up to the semicolon.  It returns nil
	// after an error, which stays with the cursor.
	parse func(*parser) Action

	// build makes the action of its syntax tree.
	build func(*builder, *grammar.Action) Action
}

// value is a row of the table of actions that stand on the right side of an
// assignment.
type value struct {
	name   string
	span   string
	prereq string
	lone   bool // taken for the action even where no parenthesis follows

	// parse reads from the opening parenthesis up to the semicolon.
	parse func(*parser, expr.FieldRef) Action

	// build makes the action of its syntax tree.
	build func(*builder, expr.FieldRef, *grammar.Query) Action
}

func statements() []statement {
	return []statement{
		{"next", "2.11..", "", parseNext, buildNext},
		{"output", "2.11..", "", parseBare(&Output{}), buildBare(&Output{})},
		{"ip.ttl", "2.11..", "ip", parseDecTTL, buildDecTTL},
		{"push", "22.06.. +21.12.2 +22.03.1", "", parsePush, buildPush},
		{"pop", "22.06.. +21.12.2 +22.03.1", "", parsePop, buildPop},

		{"ct_next", "2.11..", "ip", parseCTNext, buildCTNext},
		{"ct_commit", "2.11..", "ip", parseCTCommit, buildCTCommit},
		{"ct_commit_to_zone", "24.09.. +24.03.2", "ip", parseCTCommitToZone, buildCTCommitToZone},
		{"ct_commit_nat", "22.12.. +22.03.3 +22.09.2", "ip", parseCTCommitNAT, buildCTCommitNAT},
		{"ct_dnat", "2.11..", "ip", ctNAT(CTNAT{Dst: true}), buildCTNAT(CTNAT{Dst: true})},
		{"ct_snat", "2.11..", "ip", ctNAT(CTNAT{}), buildCTNAT(CTNAT{})},
		{"ct_dnat_in_czone", "21.12..", "ip", ctNAT(CTNAT{Dst: true, InCommonZone: true}), buildCTNAT(CTNAT{Dst: true, InCommonZone: true})},
		{"ct_snat_in_czone", "21.12..", "ip", ctNAT(CTNAT{InCommonZone: true}), buildCTNAT(CTNAT{InCommonZone: true})},
		{"ct_clear", "2.11..", "", parseBare(&CTClear{}), buildBare(&CTClear{})},
		{"ct_snat_to_vip", "20.12..", "", parseBare(&CTSNATToVIP{}), buildBare(&CTSNATToVIP{})},

		{"ct_lb", "2.11..26.03.90", "ip", ctLB(CTLBLabel), buildCTLB(CTLBLabel)},
		{"ct_lb_mark", "22.06.. +21.12.2 +22.03.1", "ip", ctLB(CTLBMark), buildCTLB(CTLBMark)},
		{"ct_lb_mark_local", "26.03..", "ip", ctLB(CTLBMarkLocal), buildCTLB(CTLBMarkLocal)},
		{"fwd_group", "20.03..", "", parseFwdGroup, buildFwdGroup},
		{"commit_ecmp_nh", "22.09.. +22.06.1", "", parseCommitECMPNH, buildCommitECMPNH},
		{"commit_lb_aff", "22.12..", "", parseCommitLBAff, buildCommitLBAff},

		{"clone", "2.11..", "", nested(Clone), buildNested(Clone)},
		{"arp", "2.11..25.03", "ip4", nested(ARP), buildNested(ARP)},
		{"arp", "25.03..", "ip", nested(ARP), buildNested(ARP)},
		{"nd_ns", "2.11..25.03", "ip6", nested(NDNS), buildNested(NDNS)},
		{"nd_ns", "25.03..", "ip", nested(NDNS), buildNested(NDNS)},
		{"nd_na", "2.11..", "nd_ns", nested(NDNA), buildNested(NDNA)},
		{"nd_na_router", "2.11..", "nd_ns", nested(NDNARouter), buildNested(NDNARouter)},
		{"icmp4", "2.11..", "ip4", nested(ICMP4), buildNested(ICMP4)},
		{"icmp4_error", "2.12..", "ip4", nested(ICMP4Error), buildNested(ICMP4Error)},
		{"icmp6", "2.11..", "ip6", nested(ICMP6), buildNested(ICMP6)},
		{"icmp6_error", "20.09..", "ip6", nested(ICMP6Error), buildNested(ICMP6Error)},
		{"tcp_reset", "2.11..", "tcp", nested(TCPReset), buildNested(TCPReset)},
		{"sctp_abort", "21.03..", "sctp", nested(SCTPAbort), buildNested(SCTPAbort)},
		{"reject", "20.12..", "", nested(Reject), buildNested(Reject)},

		{"get_arp", "2.11..", "", getMACBind(false), buildGetMACBind(false)},
		{"get_nd", "2.11..", "", getMACBind(true), buildGetMACBind(true)},
		{"put_arp", "2.11..", "", putMACBind(false), buildPutMACBind(false)},
		{"put_nd", "2.11..", "", putMACBind(true), buildPutMACBind(true)},
		{"put_fdb", "21.03..", "", parsePutFDB, buildPutFDB},
		{"mac_cache_use", "23.09..", "", parseBare(&MACCacheUse{}), buildBare(&MACCacheUse{})},
		{"bind_vport", "2.12..", "", parseBindVport, buildBindVport},

		{"set_queue", "2.11..", "", parseSetQueue, buildSetQueue},
		{"set_meter", "2.11..", "", parseSetMeter, buildSetMeter},
		{"log", "2.11..", "", parseLog, buildLog},
		{"sample", "22.12..", "", parseSample, buildSample},
		{"mirror", "25.09..", "", parseMirror, buildMirror},
		{"flood_remote", "25.03..", "", parseBare(&FloodRemote{}), buildBare(&FloodRemote{})},

		{"trigger_event", "2.12..", "", parseTriggerEvent, buildTriggerEvent},
		{"igmp", "2.12..", "", parseBare(&IGMP{}), buildBare(&IGMP{})},
		{"handle_svc_check", "20.03..", "", parseHandleSvcCheck, buildHandleSvcCheck},
		{"handle_dhcpv6_reply", "20.06..", "", parseBare(&DHCPv6Reply{}), buildBare(&DHCPv6Reply{})},
		{"handle_bfd_msg", "21.03..", "", parseBFDMsg, buildBFDMsg},
	}
}

func values() []value {
	return []value{
		{"put_dhcp_opts", "2.11..", "", false, putOpts(DHCPv4), buildPutOpts(DHCPv4)},
		{"put_dhcpv6_opts", "2.11..", "", false, putOpts(DHCPv6), buildPutOpts(DHCPv6)},
		{"put_nd_ra_opts", "2.11..", "ip6", false, putOpts(NDRA), buildPutOpts(NDRA)},
		{"dhcp_relay_req_chk", "24.09..", "", true, dhcpRelay(false), buildDHCPRelay(false)},
		{"dhcp_relay_resp_chk", "24.09..", "", true, dhcpRelay(true), buildDHCPRelay(true)},
		{"dns_lookup", "2.11..", "udp", false, result(DNSLookup), buildResult(DNSLookup)},
		{"check_pkt_larger", "2.12..", "", false, parseCheckPktLarger, buildCheckPktLarger},

		{"lookup_arp", "20.03..", "", false, lookupMACBind(false), buildLookupMACBind(false)},
		{"lookup_nd", "20.03..", "", false, lookupMACBind(true), buildLookupMACBind(true)},
		{"lookup_arp_ip", "20.09.. +20.06.2", "", false, lookupMACBindIP(false), buildLookupMACBindIP(false)},
		{"lookup_nd_ip", "20.09.. +20.06.2", "", false, lookupMACBindIP(true), buildLookupMACBindIP(true)},
		{"chk_evpn_arp", "26.03.90..", "", false, parseChkEVPNARP, buildChkEVPNARP},
		{"get_fdb", "21.03..", "", false, getFDB(false), buildGetFDB(false)},
		{"get_remote_fdb", "25.09..", "", false, getFDB(true), buildGetFDB(true)},
		{"lookup_fdb", "21.03..", "", false, parseLookupFDB, buildLookupFDB},
		{"check_in_port_sec", "22.06..", "", false, result(CheckInPortSec), buildResult(CheckInPortSec)},
		{"check_out_port_sec", "22.06..", "", false, result(CheckOutPortSec), buildResult(CheckOutPortSec)},

		{"select", "20.03..", "", false, parseSelect, buildSelect},
		{"chk_lb_hairpin", "20.12..", "", false, result(ChkLBHairpin), buildResult(ChkLBHairpin)},
		{"chk_lb_hairpin_reply", "20.12..", "", false, result(ChkLBHairpinReply), buildResult(ChkLBHairpinReply)},
		{"chk_lb_aff", "22.12..", "", false, result(ChkLBAff), buildResult(ChkLBAff)},
		{"chk_ecmp_nh_mac", "22.09.. +22.06.1", "", false, result(ChkECMPNHMAC), buildResult(ChkECMPNHMAC)},
		{"chk_ecmp_nh", "22.09.. +22.06.1", "", false, result(ChkECMPNH), buildResult(ChkECMPNH)},

		{"ct_nw_dst", "25.03.. +24.03.5 +24.09.2", "", false, result(CTNwDst), buildResult(CTNwDst)},
		{"ct_ip6_dst", "25.03.. +24.03.5 +24.09.2", "", false, result(CTIP6Dst), buildResult(CTIP6Dst)},
		{"ct_tp_dst", "25.03.. +24.03.5 +24.09.2", "", false, result(CTTpDst), buildResult(CTTpDst)},
		{"ct_proto", "25.09..", "", false, result(CTProto), buildResult(CTProto)},
		{"ct_state_save", "25.09.. +24.03.6 +24.09.3 +25.03.1", "", false, result(CTStateSave), buildResult(CTStateSave)},
	}
}

// parseBare returns the parser of an action that is its name alone.
func parseBare(a Action) func(*parser) Action {
	return func(*parser) Action { return a }
}
