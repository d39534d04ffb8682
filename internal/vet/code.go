package vet

import (
	"fmt"
	"slices"
	"strings"
)

// Severity is how bad a finding is.  String returns its word.
type Severity uint8

//go:generate go run golang.org/x/tools/cmd/stringer@v0.52.0 -linecomment -type Severity

// The severities, from the one that matters least.
const (
	// Note is for findings that northd's flows always have, and for omitted checks.
	Note Severity = iota // note
	// Warning is for what may be meant, and deserves a look.
	Warning // warning
	// Error is for what cannot be meant.
	Error // error
)

// Severities returns the words, from the least severity up.
func Severities() []string { return []string{Note.String(), Warning.String(), Error.String()} }

// ParseSeverity reads the word of a severity.
func ParseSeverity(word string) (Severity, error) {
	if i := slices.Index(Severities(), word); i >= 0 {
		return Severity(i), nil
	}
	return 0, fmt.Errorf("severity %q: not one of %s", word, strings.Join(Severities(), ", "))
}

// Code is the kind of a finding.  Codes are stable: scripts and configuration
// files name them.
type Code string

// The codes.
const (
	Database          Code = "database"
	ForeignPort       Code = "foreign-port"
	NeverMatches      Code = "never-matches"
	NextEmpty         Code = "next-empty"
	NextPastEnd       Code = "next-past-end"
	MissingPeer       Code = "missing-peer"
	NotCompared       Code = "not-compared"
	ObjectDifferent   Code = "object-different"
	ObjectMissing     Code = "object-missing"
	ObjectStale       Code = "object-stale"
	Overlap           Code = "overlap"
	Shadowed          Code = "shadowed"
	UnknownGroup      Code = "unknown-port-group"
	UnknownPort       Code = "unknown-port"
	UnknownSet        Code = "unknown-address-set"
	Unparsed          Code = "unparsed"
	UnreachedDatapath Code = "unreached-datapath"
	UnsetTemplate     Code = "unset-template"
	ZoneAddress       Code = "zone-address"
	ZoneChassis       Code = "zone-chassis"
	ZoneKeys          Code = "zone-keys"
	ZoneMissing       Code = "zone-missing"
	ZonePort          Code = "zone-port"
	ZoneRoute         Code = "zone-route"
	ZoneTime          Code = "zone-time"
)

// CodeDescription is a row of the table of codes.
type CodeDescription struct {
	Code     Code
	Severity Severity // for flows that northd is not known to write, which are notes otherwise
	Meaning  string   // the finding
	Remedy   string   // what to do about it
}

// Codes returns the table of codes, sorted by code.  It is the reference that
// users have, so a row that is here stays.
func Codes() []CodeDescription {
	return []CodeDescription{
		{
			Database, Warning, "a row refers to another that is not there, so that it has no effect",
			"wait until northd and the database have settled, or look for what deleted the other row",
		},
		{
			ForeignPort, Warning, "a flow names a port that is on none of the flow's datapaths: the comparison is always false, or the packet is dropped at output",
			"an ACL or a policy that names a port of another switch or router",
		},
		{
			MissingPeer, Warning, "a patch port has no peer, or its peer does not exist, for example because only the switch's port was deleted: no packet passes it",
			"the router port, or the switch's port of type router that should name it",
		},
		{
			NeverMatches, Warning, "a match contradicts itself: no packet satisfies it together with the prerequisites of the actions",
			"the ACL, policy or route that the flow was made from",
		},
		{
			NextEmpty, Error, "an action continues in a table in which the datapath has no flow, so that every packet is dropped there",
			"northd should not write this: was the database truncated or edited?",
		},
		{
			NextPastEnd, Error, "an action continues behind the last table of its pipeline: ovn-controller ignores the flow",
			"northd should not write this: is the database read as the right release?",
		},
		{
			NotCompared, Note, "flows are too many or too complex to compare with others; overlaps and shadowed flows among them are not reported",
			"nothing",
		},
		{
			ObjectDifferent, Error, "a Kubernetes object and its rows differ: backends, members of a port group or an address set, or the packets that the rules of a policy and its ACLs allow",
			"the controller that writes the rows: its log, and whether it has the newest objects",
		},
		{
			ObjectMissing, Error, "a Kubernetes service or network policy has no row",
			"the controller that writes load balancers and port groups: its log",
		},
		{
			ObjectStale, Warning, "a load balancer, a port group or a member of an address set belongs to a Kubernetes object that does not exist",
			"the controller that should have removed it: its log",
		},
		{
			Overlap, Warning, "two flows of the same priority match the same packet and have different actions: it is undefined which of them a packet takes",
			"give the ACLs, policies or routes behind them different priorities",
		},
		{
			Shadowed, Warning, "no packet can take the flow, because flows of higher priority take all that it matches, on every datapath that has it",
			"the rule that it was made from has no effect: delete it or raise its priority",
		},
		{
			UnknownSet, Error, "a match names an address set that does not exist: ovn-controller ignores the flow",
			"the ACL or policy that names it; without the set it has no effect",
		},
		{
			UnknownPort, Error, "a flow names a port or multicast group that does not exist: the comparison is always false, or the packet is dropped at output",
			"the ACL, policy or route that names it",
		},
		{
			UnknownGroup, Error, "a match names a port group that does not exist, or that has no port on a datapath of the flow: ovn-controller ignores the flow there",
			"the ACL that names it; without the group it has no effect",
		},
		{
			Unparsed, Error, "a flow's match or actions do not parse: ovn-controller ignores the flow",
			"the ACL, policy or route that the flow was made from; `ovnwalk parse` checks a new text",
		},
		{
			UnreachedDatapath, Warning, "no packet can reach a datapath: it has no port at which packets enter, and no path from a datapath with such a port",
			"a switch without ports, or a router without a switch: is something not connected yet?",
		},
		{
			UnsetTemplate, Warning, "a template variable has no value on the chassis: the flow is ignored there",
			"the Chassis_Template_Var of the chassis; `--chassis` selects the chassis",
		},
		{
			ZoneAddress, Error, "two interconnect zones give the same address, on a switch that joins them, to different ports",
			"the allocation of addresses: which of the two ports is stale?",
		},
		{
			ZoneChassis, Error, "a chassis is local in the databases of two zones",
			"a node that moved to another zone, or databases of different clusters",
		},
		{
			ZoneKeys, Error, "two zones have different tunnel keys for a datapath or a port that joins them: packets reach the wrong datapath or port behind the tunnel",
			"the requested-tnl-key of the datapath or port in both northbound databases",
		},
		{
			ZoneMissing, Warning, "a zone has tunnels to a node whose database is not given: paths through them are not checked",
			"give the databases of all nodes, or remove the stale rows of a deleted node",
		},
		{
			ZonePort, Error, "a zone has a remote port that is not in the database of the port's own zone: packets to it are lost",
			"the component that keeps the remote ports of a zone up to date, such as ovn-ic or ovnkube-controller",
		},
		{
			ZoneRoute, Error, "a router sends packets into a switch that joins zones, to an address that no port there has, for example after a node was removed",
			"the static routes and policies of the router",
		},
		{
			ZoneTime, Warning, "the databases of two zones were recorded minutes apart, which may cause other differences",
			"record all databases at once",
		},
	}
}

// codeDescriptions finds a code's row.
var codeDescriptions = func() map[Code]CodeDescription {
	m := map[Code]CodeDescription{}
	for _, row := range Codes() {
		m[row.Code] = row
	}
	return m
}()
