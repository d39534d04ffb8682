package action

import "slices"

// Continues reports whether any of several actions continues the packet, a copy of it
// or a reply, or sends it to the controller.  If none does, the packet is dropped, as
// by "drop;" or by the log of an ACL.
func Continues(list []Action) bool { return slices.ContainsFunc(list, continues) }

// NextTable returns the table to which an action in a pipeline sends the packet or, after
// conntrack and select, its recirculated copy. ok is false if the action leads to no table.
// Actions inside a [Nested] may lead to further tables.
func NextTable(a Action, in Pipeline) (p Pipeline, table int, ok bool) {
	switch a := a.(type) {
	case *Next:
		return a.Pipeline, a.Table, true
	case *CTNext:
		return in, a.Table, true
	case *CTNAT:
		return in, a.Table, true
	case *CTLB:
		return in, a.Table, true
	case *CTCommitNAT:
		return in, a.Table, true
	case *CTCommitToZone:
		return in, a.Table, true
	case *Select:
		return in, a.Table, true
	default:
		return in, 0, false
	}
}

// Recirculates reports whether an action sends a copy of the packet through conntrack
// to another table.
func Recirculates(a Action) bool {
	switch a.(type) {
	case *CTNext, *CTNAT, *CTLB, *CTCommitNAT, *CTCommitToZone:
		return true
	default:
		return false
	}
}

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
