// Package action is the action language of OVN's logical flows, as ovn-sb(5)
// describes it under "actions" in table Logical_Flow: the syntax tree, the
// parsers for every release, the prerequisites that actions add to a flow's
// match, and the canonical text.
//
// A tree belongs to one flow in one release: it has the tables in which actions
// such as next and ct_next continue, and what determines the release's canonical
// text.  Trees are immutable.
package action

import "github.com/ovnwalk/ovnwalk/expr"

// Action is one action.  Its dynamic type is a pointer to one of the structs of
// this package that are listed in Every.
type Action interface {
	// Append appends the action's canonical text, with its semicolon.
	Append(b []byte) []byte

	isAction()
}

// Actions are the actions of a flow.
type Actions struct {
	List []Action // empty for "drop;"

	// Prereqs are the prerequisites of the actions, in addition to the flow's match,
	// nil for none.  Some of its parts are annotated, as in upstream: call
	// expr.Annotate before use.
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
