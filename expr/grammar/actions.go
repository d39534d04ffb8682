package grammar

import (
	"sync"

	"github.com/alecthomas/participle/v2"

	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// Actions are the actions of a flow or a block: "drop;" or a sequence of actions.
type Actions struct {
	Span
	Drop bool      `parser:"( @( 'drop' ';' )"`
	List []*Action `parser:"| @@+ )?"`
}

// Action is one action.  Exactly one of its members is set.
type Action struct {
	Span
	Assignment    *Assignment    `parser:"( @@"`
	Next          *Next          `parser:"| @@"`
	Decrement     *Decrement     `parser:"| @@"`
	Commit        *Commit        `parser:"| @@"`
	Zone          *Zone          `parser:"| @@"`
	NAT           *NAT           `parser:"| @@"`
	LoadBalance   *LoadBalance   `parser:"| @@"`
	ForwardGroup  *ForwardGroup  `parser:"| @@"`
	CommitNextHop *CommitNextHop `parser:"| @@"`
	Affinity      *Affinity      `parser:"| @@"`
	SetQueue      *SetQueue      `parser:"| @@"`
	SetMeter      *SetMeter      `parser:"| @@"`
	Log           *Log           `parser:"| @@"`
	Sample        *Sample        `parser:"| @@"`
	TriggerEvent  *TriggerEvent  `parser:"| @@"`
	OnPort        *OnPort        `parser:"| @@"`
	Block         *Block         `parser:"| @@"`
	Call          *Call          `parser:"| @@"`
	Plain         *string        `parser:"| @ID ) ';'"` // such as output or ct_clear
}

// Assignment is field = value or field <-> field.
type Assignment struct {
	Span
	Dst      *Field    `parser:"@@"`
	Exchange *Field    `parser:"( '<->' @@ | '='"`
	Query    *Query    `parser:"  ( @@"`
	Constant *Constant `parser:"  | @@"`
	Src      *Field    `parser:"  | @@ ) )"`
}

// Query is an action whose result is assigned to a field.
type Query struct {
	Span
	Options *PutOptions  `parser:"( @@"`
	Relay   *Relay       `parser:"| @@"`
	Larger  *LargerCheck `parser:"| @@"`
	Select  *Select      `parser:"| @@"`
	Call    *Call        `parser:"| @@ )"`
}

// Call is an action whose arguments are fields, such as put_arp(inport, arp.spa,
// arp.sha), or that has no arguments, such as dns_lookup().
type Call struct {
	Span
	Name string   `parser:"@ID '('"`
	Args []*Field `parser:"( @@ ( ',' @@ )* )? ')'"`
}

// Block is an action with a block of actions, such as clone { output; }.
type Block struct {
	Span
	Name    string   `parser:"@ID"`
	Actions *Actions `parser:"'{' @@ '}'"`
}

// Next is next, next(TABLE) or next(pipeline=PIPELINE, table=TABLE).
type Next struct {
	Span
	Table *string    `parser:"'next' ( '(' ( @Integer"`
	Args  []*NextArg `parser:"           | @@ ( ',' @@ )* ) ')' )?"`
}

// NextArg is an argument of next.
type NextArg struct {
	Pipeline string `parser:"( 'pipeline' '=' @( 'ingress' | 'egress' )"`
	Table    string `parser:"| 'table' '=' @Integer )"`
}

// Decrement is ip.ttl--.
type Decrement struct {
	Span
	Field string `parser:"@'ip.ttl' '--'"`
}

// Zone is an action of a conntrack zone, such as ct_next(snat).
type Zone struct {
	Span
	Name string `parser:"@( 'ct_next' | 'ct_commit_nat' | 'ct_commit_to_zone' )"`
	Zone string `parser:"( '(' @( 'dnat' | 'snat' ) ')' )?"`
}

// Commit is ct_commit, ct_commit { ... } or ct_commit(ct_mark=1, ct_label=2).
type Commit struct {
	Span
	Block  *Actions      `parser:"'ct_commit' ( '{' @@ '}'"`
	Params *CommitParams `parser:"             | @@ )?"`
}

// CommitParams are the parameters of ct_commit in parentheses.
type CommitParams struct {
	List []*CommitParam `parser:"'(' @@* ')'"`
}

// CommitParam is a parameter of ct_commit.
type CommitParam struct {
	Name  string `parser:"@( 'ct_mark' | 'ct_label' ) '='"`
	Value string `parser:"@Integer ','?"`
}

// NAT is ct_dnat or ct_snat, perhaps with an address and ports.
type NAT struct {
	Span
	Name     string `parser:"@( 'ct_dnat' | 'ct_snat' | 'ct_dnat_in_czone' | 'ct_snat_in_czone' )"`
	Address  string `parser:"( '(' @Integer"`
	LowPort  string `parser:"  ( ',' @Integer"`
	HighPort string `parser:"    ( '-' @Integer )? )? ')' )?"`
}

// LoadBalance is ct_lb or a similar action.  After the backends, upstream checks only
// some tokens: it accepts any token in place of the parenthesis after hash_fields and
// after a flag.
type LoadBalance struct {
	Span
	Name      string     `parser:"@( 'ct_lb' | 'ct_lb_mark' | 'ct_lb_mark_local' )"`
	Keyed     bool       `parser:"( '(' ( ( @'backends' '='"`
	Backends  []*Backend `parser:"          @@* ( ';' | ')' )"`
	Hash      *string    `parser:"          ( 'hash_fields' '=' @String"`
	HashClose string     `parser:"            @!EOF )?"`
	Flag      string     `parser:"          ( @( 'skip_snat' | 'force_snat' )"`
	FlagClose string     `parser:"            @!EOF )? )"`
	List      []*Backend `parser:"        | @@* ')' ) )?"` // of releases without keywords
}

// Backend is the address of a backend, perhaps with a port and the name of a
// logical port.
type Backend struct {
	Span
	LogicalPort string `parser:"( @String ':' )?"`
	Bracketed   string `parser:"( '[' @Integer ']'"`
	Address     string `parser:"| @Integer )"`
	Port        string `parser:"( ':' @Integer )? ','?"`
}

// ForwardGroup is fwd_group(liveness="true", childports="a", "b").
type ForwardGroup struct {
	Span
	Open       bool     `parser:"'fwd_group' ( @'('"`
	Liveness   string   `parser:"  ( 'liveness' '=' @( ID | String ) ',' )?"`
	Keyed      bool     `parser:"  ( @'childports' '='"`
	ChildPorts []string `parser:"    ( @String ','? )* ')' )? )?"`
}

// CommitNextHop is commit_ecmp_nh(ipv6=BOOL, proto=PROTO).
type CommitNextHop struct {
	Span
	IPv6  string `parser:"'commit_ecmp_nh' '(' 'ipv6' '=' @( ID | String )"`
	Proto string `parser:"',' 'proto' '=' @ID ')'"`
}

// Affinity is commit_lb_aff(vip=..., backend=..., proto=..., timeout=...).
type Affinity struct {
	Span
	VIP     string `parser:"'commit_lb_aff' '(' 'vip' '=' @String"`
	Backend string `parser:"',' 'backend' '=' @String ','"`
	Proto   string `parser:"( 'proto' '=' @ID ',' )?"`
	Timeout string `parser:"'timeout' '=' @Integer ')'"`
}

// SetQueue is set_queue(ID).  Upstream accepts "set_queue(;" as no action.
type SetQueue struct {
	Span
	ID string `parser:"'set_queue' '(' ( @Integer ')' )?"`
}

// SetMeter is set_meter(RATE, BURST).  Upstream accepts any token, and all but decimal
// numbers are 0.
type SetMeter struct {
	Span
	Rate  string `parser:"'set_meter' '(' @!EOF"`
	Burst string `parser:"( ',' @!EOF )? ')'"`
}

// Log is log(verdict=..., severity=..., name=..., meter=...).
type Log struct {
	Span
	Args []*LogArg `parser:"'log' ( '(' @@* ')' )?"`
}

// LogArg is an argument of log.
type LogArg struct {
	Verdict  string  `parser:"( 'verdict' '=' @ID"`
	Severity string  `parser:"| 'severity' '=' @ID"`
	Name     *string `parser:"| 'name' '=' @String"`
	Meter    *string `parser:"| 'meter' '=' @String ) ','?"`
}

// Sample is sample(probability=..., collector_set=..., obs_domain=...,
// obs_point=...).
type Sample struct {
	Span
	Args []*SampleArg `parser:"'sample' ( '(' @@* ')' )?"`
}

// SampleArg is an argument of sample.  Upstream accepts any token for two of them.
type SampleArg struct {
	HasProbability bool      `parser:"( @'probability' '='"`
	Probability    string    `parser:"  @Integer?"`
	CollectorSet   *string   `parser:"| 'collector_set' '=' @!EOF"`
	ObsDomain      *string   `parser:"| 'obs_domain' '=' @!EOF"`
	ObsPoint       *ObsPoint `parser:"| 'obs_point' '=' @@ ) ','?"`
}

// ObsPoint is $cookie, a number or a field.
type ObsPoint struct {
	Cookie string `parser:"( @AddressSet"`
	Number string `parser:"| @Integer"`
	Field  *Field `parser:"| @@ )"`
}

// TriggerEvent is trigger_event(event="...", meter="...", OPTION=...).
type TriggerEvent struct {
	Span
	Event string    `parser:"'trigger_event' '(' 'event' '=' @String ','?"`
	Args  []*Option `parser:"( @@ ','? )* ')'"`
}

// OnPort is an action on a named logical port, such as mirror("p").
type OnPort struct {
	Span
	Name   string `parser:"@( 'bind_vport' | 'mirror' )"`
	Port   string `parser:"'(' @String"`
	Parent *Field `parser:"( ',' @@ )? ')'"`
}

// PutOptions is put_dhcp_opts or a similar action.
type PutOptions struct {
	Span
	Name    string    `parser:"@( 'put_dhcp_opts' | 'put_dhcpv6_opts' | 'put_nd_ra_opts' ) '('"`
	Options []*Option `parser:"( @@ ','? )* ')'"`
}

// Option is a DHCP, router advertisement or event option.
type Option struct {
	Span
	Name  string       `parser:"@ID '='"`
	Value *ConstantSet `parser:"@@"`
}

// Relay is dhcp_relay_req_chk(RELAY, SERVER) or dhcp_relay_resp_chk.  Upstream
// checks only that the last number before the end of each argument is an IPv4 address.
type Relay struct {
	Span
	Name   string `parser:"@( 'dhcp_relay_req_chk' | 'dhcp_relay_resp_chk' ) '('"`
	Relay  string `parser:"@!EOF ','?"`
	Server string `parser:"@!EOF ')'"`
}

// LargerCheck is check_pkt_larger(LENGTH).  Upstream accepts
// "check_pkt_larger(;" as no action.
type LargerCheck struct {
	Span
	Length string `parser:"'check_pkt_larger' '(' ( @Integer ')' )?"`
}

// Select is select(1=50, 2=50) or select(values=(1=50, 2=50);
// hash_fields="...").
type Select struct {
	Span
	Keyed   bool      `parser:"'select' '(' ( @'values' '=' '('"`
	Values  []*Member `parser:"  @@* ')' ';'"`
	Hash    string    `parser:"  'hash_fields' '=' @String ')'"`
	Members []*Member `parser:"| @@* ')' )"`
}

// Member is a member of a select, perhaps with a weight.
type Member struct {
	ID     string `parser:"@Integer"`
	Weight string `parser:"( '=' @Integer )? ','?"`
}

var actionsParser = sync.OnceValue(func() *participle.Parser[Actions] {
	return participle.MustBuild[Actions](participle.Lexer(lex.Definition), participle.UseLookahead(4))
})

// ParseActions parses actions, lexed by the rules of a release.
func ParseActions(text string, rules lex.Rules) (*Actions, error) {
	return parse(actionsParser(), text, rules)
}
