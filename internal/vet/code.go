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
	// Note is for what northd writes everywhere, or what was left out.
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
	Severity Severity // of what northd is not known to write by itself, which is a note
	Meaning  string   // what was found
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
			ForeignPort, Warning, "a flow names a port that none of the datapaths that have the flow has: the comparison never holds, or the packet goes nowhere",
			"an ACL or a policy that names a port of another switch or router",
		},
		{
			MissingPeer, Warning, "a patch port has no peer or names one that does not exist, as where a router's port stayed and its switch's was deleted: no packet passes it",
			"the router port, or the switch's port of type router that should name it",
		},
		{
			NeverMatches, Warning, "a match contradicts itself: no packet satisfies it together with what its actions require",
			"the ACL, policy or route that the flow was made from",
		},
		{
			NextEmpty, Error, "an action goes on to a table in which the datapath has no flow, where every packet is dropped",
			"northd should not write this: was the database cut short, or edited?",
		},
		{
			NextPastEnd, Error, "an action goes on past the last table of its pipeline, and the flow is dropped for it",
			"northd should not write this: is the database read as the right release?",
		},
		{
			NotCompared, Note, "flows that were too many or too complex to compare with others, and what that leaves open",
			"nothing",
		},
		{
			ObjectDifferent, Error, "a Kubernetes object and what was made of it differ: back ends, members of a port group or an address set, what rules of a policy and its ACLs allow",
			"the controller that makes one of the other: its log, and whether it runs on the newest objects",
		},
		{
			ObjectMissing, Error, "nothing was made of a Kubernetes service or network policy",
			"the controller that makes load balancers and port groups of objects: its log",
		},
		{
			ObjectStale, Warning, "a load balancer, a port group or a member of an address set is of a Kubernetes object that does not exist",
			"the controller that should have removed it: its log",
		},
		{
			Overlap, Warning, "two flows of the same priority match the same packet and do different things: which of them a packet takes is undefined",
			"give the ACLs, policies or routes that they were made from different priorities",
		},
		{
			Shadowed, Warning, "no packet can take the flow, because flows of higher priority take all that it matches, on every datapath that has it",
			"the rule that it was made from has no effect: delete it or raise its priority",
		},
		{
			UnknownSet, Error, "a match names an address set that does not exist, and the flow is dropped for it",
			"the ACL or policy that names it; without the set none of it is in force",
		},
		{
			UnknownPort, Error, "a flow names a port or multicast group that does not exist: the comparison never holds, or the packet goes nowhere",
			"the ACL, policy or route that names it",
		},
		{
			UnknownGroup, Error, "a match names a port group that does not exist, or that has no port on a datapath that has the flow, and the flow is dropped there for it",
			"the ACL that names it; without the group none of it is in force",
		},
		{
			Unparsed, Error, "a flow's match or actions do not parse: ovn-controller drops the flow",
			"the ACL, policy or route that the flow was made from; `ovnwalk parse` checks a new text",
		},
		{
			UnreachedDatapath, Warning, "a datapath that no packet can come to: it has no port where one enters, and no way from a datapath that has",
			"a switch without ports, or a router without a switch: is something not connected yet?",
		},
		{
			UnsetTemplate, Warning, "a template variable that has no value where the flow is, which is dropped for it",
			"the Chassis_Template_Var of the chassis; `--chassis` looks from one",
		},
		{
			ZoneAddress, Error, "two interconnect zones give one address on a switch that joins them to different ports",
			"the allocation of addresses: which of the two ports is left over?",
		},
		{
			ZoneChassis, Error, "two zones' databases have a chassis as their own",
			"a node that moved to another zone, or databases of different clusters",
		},
		{
			ZoneKeys, Error, "two zones have different tunnel keys for a datapath or a port that joins them: packets go astray behind the tunnel",
			"the requested-tnl-key of the datapath or port in both northbound databases",
		},
		{
			ZoneMissing, Warning, "a zone has tunnels to a node of which no database is given: what is behind them was not checked",
			"the databases of all nodes, or what is left of a node that was removed",
		},
		{
			ZonePort, Error, "a zone has a remote port of which its own zone's database knows nothing: packets to it are lost",
			"the component that keeps the remote ports of a zone up to date, such as ovn-ic or ovnkube-controller",
		},
		{
			ZoneRoute, Error, "a router sends packets into a switch that joins zones, to an address that no port there has, as after a node was removed",
			"the static routes and policies of the router",
		},
		{
			ZoneTime, Warning, "the databases of two zones were recorded minutes apart, so that other differences may come of that",
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
