package action

// Name returns the name of an action in the language: the word with which it begins, or the
// one to the right of the equals sign, such as "ct_next" or "get_fdb"; "=" for an
// assignment, "<->" for an exchange and "ip.ttl--" for the decrement.
func Name(a Action) string {
	switch a := a.(type) {
	case *Output:
		return "output"
	case *Next:
		return "next"
	case *DecTTL:
		return "ip.ttl--"
	case *Load, *OVNFieldLoad, *Move:
		return "="
	case *Exchange:
		return "<->"
	case *Push:
		return "push"
	case *Pop:
		return "pop"
	case *CTNext:
		return "ct_next"
	case *CTCommit, *CTCommitParams:
		return "ct_commit"
	case *CTCommitToZone:
		return "ct_commit_to_zone"
	case *CTCommitNAT:
		return "ct_commit_nat"
	case *CTClear:
		return "ct_clear"
	case *CTSNATToVIP:
		return "ct_snat_to_vip"
	case *CTLB:
		return a.Kind.String()
	case *Select:
		return "select"
	case *FwdGroup:
		return "fwd_group"
	case *CommitECMPNH:
		return "commit_ecmp_nh"
	case *CommitLBAff:
		return "commit_lb_aff"
	case *CheckPktLarger:
		return "check_pkt_larger"
	case *ChkEVPNARP:
		return "chk_evpn_arp"
	case *PutFDB:
		return "put_fdb"
	case *LookupFDB:
		return "lookup_fdb"
	case *BindVport:
		return "bind_vport"
	case *HandleSvcCheck:
		return "handle_svc_check"
	case *DHCPv6Reply:
		return "handle_dhcpv6_reply"
	case *BFDMsg:
		return "handle_bfd_msg"
	case *IGMP:
		return "igmp"
	case *TriggerEvent:
		return "trigger_event"
	case *MACCacheUse:
		return "mac_cache_use"
	case *FloodRemote:
		return "flood_remote"
	case *SetQueue:
		return "set_queue"
	case *SetMeter:
		return "set_meter"
	case *Log:
		return "log"
	case *Sample:
		return "sample"
	case *Mirror:
		return "mirror"
	case *Nested:
		return a.Kind.String()
	case *Result:
		return a.Kind.String()
	case *PutOpts:
		return a.Kind.String()
	case interface{ Name() string }: // actions with several names
		return a.Name()
	}
	return ""
}
