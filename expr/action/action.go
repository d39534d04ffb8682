// Package action is the action language of OVN's logical flows, as ovn-sb(5)
// describes it under "actions" in table Logical_Flow: its syntax tree, its
// parser for every release, the prerequisites that actions add to a flow's
// match, and the canonical text.
//
// A tree is made for one flow in one release: it holds the tables to which
// actions such as next and ct_next go on, and what the release's canonical text
// depends on.  Trees do not change once parsed.
package action

import "github.com/ovnwalk/ovnwalk/expr"

// Action is one action.  Its dynamic type is a pointer to one of the structs of
// this package that are listed in Every.
type Action interface {
	// Append appends the action's canonical text, with its semicolon.
	Append(b []byte) []byte

	isAction()
}

// Actions is what a flow does.
type Actions struct {
	List []Action // empty for "drop;"

	// Prereqs is what the actions require of a packet besides the flow's match,
	// nil for nothing.  It holds annotated and plain expressions side by side,
	// as upstream joins them: pass it through expr.Annotate before use.
	Prereqs expr.Expr
}

// Append appends the canonical text of the actions.
func (a Actions) Append(b []byte) []byte { return AppendList(b, a.List) }

// String returns the canonical text of the actions.
func (a Actions) String() string { return string(a.Append(nil)) }

// AppendList appends the canonical text of actions, which is "drop;" for none.
func AppendList(b []byte, list []Action) []byte {
	if len(list) == 0 {
		return append(b, "drop;"...)
	}
	for i, a := range list {
		if i > 0 {
			b = append(b, ' ')
		}
		b = a.Append(b)
	}
	return b
}

// Format returns the canonical text of one action.
func Format(a Action) string { return string(a.Append(nil)) }

// FormatList returns the canonical text of actions.
func FormatList(list []Action) string { return string(AppendList(nil, list)) }

// Every returns a zero value of each type of action, for tests of switches
// that must be exhaustive.
func Every() []Action {
	return []Action{
		&Output{}, &Next{}, &DecTTL{}, &CTClear{}, &IGMP{}, &DHCPv6Reply{}, &BFDMsg{}, &CTSNATToVIP{},
		&MACCacheUse{}, &FloodRemote{},
		&Load{}, &OVNFieldLoad{}, &Move{}, &Exchange{}, &Push{}, &Pop{}, &Result{}, &CheckPktLarger{},
		&CTNext{}, &CTCommit{}, &CTCommitParams{}, &CTCommitToZone{}, &CTCommitNAT{}, &CTNAT{},
		&CTLB{}, &Select{}, &FwdGroup{}, &CommitECMPNH{}, &CommitLBAff{},
		&Nested{},
		&GetMACBind{}, &PutMACBind{}, &LookupMACBind{}, &LookupMACBindIP{}, &ChkEVPNARP{},
		&GetFDB{}, &PutFDB{}, &LookupFDB{}, &BindVport{}, &HandleSvcCheck{},
		&PutOpts{}, &DHCPRelay{}, &TriggerEvent{},
		&SetQueue{}, &SetMeter{}, &Log{}, &Sample{}, &Mirror{},
	}
}
