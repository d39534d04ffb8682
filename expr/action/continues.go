package action

import "slices"

// Continues reports whether any of several actions continues the packet, a copy of it
// or a reply, or sends it to the controller.  If none does, the packet is dropped, as
// by "drop;" or by the log of an ACL.
func Continues(list []Action) bool { return slices.ContainsFunc(list, continues) }

func continues(a Action) bool {
	switch a.(type) {
	case *Next, *Output, *CTNext, *CTNAT, *CTLB, *CTCommitNAT, *CTCommitToZone, *Select, *FwdGroup, *FloodRemote, *Nested, *Mirror,
		*PutMACBind, *PutFDB, *BindVport, *IGMP, *DHCPv6Reply, *BFDMsg, *HandleSvcCheck, *TriggerEvent:
		return true
	case *Load, *OVNFieldLoad, *Move, *Exchange, *Push, *Pop, *DecTTL, *Result, *CheckPktLarger, *CTClear, *CTCommit, *CTCommitParams,
		*CTSNATToVIP, *CommitECMPNH, *CommitLBAff, *GetMACBind, *LookupMACBind, *LookupMACBindIP, *ChkEVPNARP, *GetFDB, *LookupFDB,
		*MACCacheUse, *PutOpts, *DHCPRelay, *SetQueue, *SetMeter, *Log, *Sample:
	}
	return false
}
