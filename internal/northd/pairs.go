package northd

import (
	"regexp"
	"slices"
	"sync"
)

// Flow is a logical flow in a pair.
type Flow interface {
	Stage() string
	MatchText() string
}

// Pair describes two flows that northd generates on purpose although they overlap with the same
// priority, or one covers the other with a higher priority.
type Pair struct {
	stages StageSet
	one    string // a regular expression for the match of one, the covered one
	other  string // a regular expression for the match of the other, the covering one
	Reason string
}

// knownOverlaps are pairs of equal priority: which of them a packet takes is undefined.
var knownOverlaps = []Pair{
	{
		preLBStages, `^(ip && (in|out)port == "|inport == "[^"]*"$|to_evpn_vtep$)`, `^(eth\.|nd |reg0\[16\] == 1$)`,
		"northd gives the exemption of a port, or of EVPN, and that of a kind of packets one priority",
	},
	{
		ACLStages, `^\(?(!?ct\.|nd |nd$)`, `^\(?(!?ct\.|nd |nd$)`,
		"northd gives what conntrack says and neighbor discovery one priority above all ACLs",
	},
	{
		"ls_out_acl ls_out_acl_eval", `^(flags\.from_ctrl && )?udp\.src == 53$`, `^eth\.src == `,
		"northd lets answers of DNS and of the controller pass at one priority",
	},
	{
		"ls_in_stateful ls_out_stateful", `^reg0\[1\] == 1`, `^reg0\[2\] == 1`,
		"northd commits connections and balances them at one priority",
	},
	{
		"ls_out_stateful", `^reg0\[1\] == 1`, `^reg0\[16\] == 1 && ct\.new$`,
		"northd commits connections for network functions, and no stateless ones, at one priority",
	},
	{
		"ls_in_network_function ls_out_network_function", `^(in|out)port == "[^"]*"$`, `^reg8\[21\] == 1 && eth\.mcast$`,
		"northd treats all packets of a network function, and all multicast, at one priority",
	},
	{
		"lr_in_ip_input", `ip\.ttl == \{0, 1\}`, `^(ip4\.src|ip6\.dst == .* udp\.dst == 546$)`,
		"northd answers expired packets, and refuses or takes packets by their addresses, at one priority",
	},
	{
		"lr_in_ip_input", `ip\.ttl == \{0, 1\}`, `ip\.ttl == \{0, 1\}`,
		"northd answers expired packets from each of a port's networks at one priority",
	},
	{
		"lr_in_ip_input", `^ip[46]\.src == .* && udp\.dst == 3784$`, `^ip[46]\.dst == .* && udp\.dst == 3784$`,
		"northd takes BFD and lets the router's own pass at one priority",
	},
	{
		"ls_in_pre_stateful", `^reg0\[2\] == 1 && ip[46]\.dst == \S+$`, `^reg0\[2\] == 1 && ip[46]\.dst == `,
		"northd sends a load balancer's traffic through conntrack at one priority, whether or not it has a port",
	},
	{
		"lr_in_dnat", `ct_(mark|label)\.force_snat == 1$`, `ct_(mark|label)\.skip_snat == 1$`,
		"northd marks no connection with both",
	},
	{
		"ls_in_lb", `^ct\.trk && !ct\.rpl && reg0\[19\] == 1`, `^ct\.new && ip`,
		"northd gives affinity of sessions and a load balancer without a port one priority",
	},
	{
		"lr_out_snat", `^ip && ip[46]\.dst == .* && inport == `, `^ip && ip[46]\.src == .* && outport == `,
		"northd translates what enters and what leaves by a gateway port at one priority",
	},
	{
		"ls_in_check_port_sec", `^(eth\.src\[40\]|vlan\.present)$`, `^inport == "[^"]*"$`,
		"northd drops what no port may send, and what a disabled port sends, at one priority",
	},
	{
		"ls_in_check_port_sec", `^\(\(ip4 && icmp4\.type == 3 `, `^\(\(ip4 && icmp4\.type == 3 `,
		"northd passes on errors of packets too big from either side of a tunnel at one priority",
	},
	{
		"ls_in_acl_sample ls_in_acl_after_lb_sample ls_out_acl_sample", `\bip && `, `\bip && `,
		"northd samples new and established connections at one priority",
	},
	{
		"ls_in_l2_lkup", `^reg8\[23\] == 1$`, `^(flags\.igmp_loopback == 0 && |inport == .* udp\.dst == 67$|ip[46]\.dst == \S+ && (nd_na|(tcp|udp)\.(src|dst) == \d+)$|arp\.op == 2 && arp\.tpa == \S+$)`,
		"northd gives what goes to another chassis, reports of multicast groups, relayed DHCP requests and redirected routing protocols one priority",
	},
	{
		"ls_in_l2_lkup", `^ip4\.mcast \|\| ip6\.mcast$`, `^flags\[1\] == 0 && `,
		"northd drops unregistered multicast and forwards requests for addresses of routers at one priority",
	},
	{
		"lr_in_ip_input", `^ip6\.dst == \{.* && nd_ns && nd\.target == \S+$`, `^inport == .* && nd_ns && nd\.target == `,
		"northd answers for an address of a router port that NAT uses as well at one priority",
	},
}

// knownShadows are pairs in which a flow of higher priority covers the other.
var knownShadows = []Pair{
	{"", `^1$`, `^1$`, "northd writes a default below a flow that takes every packet"},
	{ACLStages, ``, `^1$`, "northd writes this for every switch, and one flow that takes every packet where there are no ACLs"},
	{ACLStages, `^(1|ip && \(?!?ct\..*)$`, `^\(1\)$`, "northd writes its defaults for packets that no ACL takes below an ACL that takes all"},
	{"ls_in_lookup_fdb", `^inport == "[^"]*"$`, `^inport == "[^"]*"$`, "northd marks packets of a localnet port below the flow that looks up their addresses as well"},
	{"lr_in_unsnat", ``, ``, "northd gives each NAT rule of an external address a flow of its own"},
	{"lr_in_dnat ls_in_lb", `^ct\.new && `, `^(ct\.new && )?ip[46]\.dst == `, "northd reports a load balancer without backends to the controller by a flow above the one that drops for it"},
	{
		"ls_in_acl ls_out_acl", `^\(.*\) && ip[46] && \(`, `^\(.*\) && ip[46] && tcp && \(`,
		"northd 2.11 refuses TCP by other flows than the rest, whatever the ACL matches",
	},
	{
		"ls_in_pre_stateful", `^reg0\[2\] == 1 && ip[46]\.dst == `, `^ip[46]\.dst == `,
		"northd balances packets that no stateful ACL takes as well by a flow above",
	},
	{
		"ls_in_pre_network_function ls_out_pre_network_function", `^reg8\[21\] == 1 && `, `^reg8\[21\] == 1 && `,
		"northd passes packets by a group of network functions below the flows of its active ones",
	},
	{
		"lr_in_ip_input", `^ip\.ttl == \{0, 1\} && .*mcast`, `^ip4\.mcast \|\| ip6\.mcast$`,
		"northd drops expired multicast below the flow that takes all multicast",
	},
	{
		"lr_in_ip_input", `^inport == .* && arp\.op == 1 && arp\.tpa == `, `^inport == .* && arp\.op == 1 && arp\.tpa == `,
		"northd answers for an address of the router that NAT uses as well by the flows of NAT",
	},
	{
		"lr_in_ip_input", `^inport == .* && nd_ns && nd\.target == `, `^inport == .* && nd_ns && nd\.target == `,
		"northd answers for an address of the router that NAT uses as well by the flows of NAT",
	},
}

// knownNevers are matches that are contradictions, because northd generates flows for each address
// family, or for TCP, from a rule about another one.
var knownNevers = []Pair{
	{stages: "ls_in_acl ls_out_acl", one: `^\(.*\) && ip[46] && (tcp && )?\(`, Reason: "northd 2.11 refuses IPv4, IPv6 and TCP by a flow each, whatever the ACL matches"},
}

// OverlapOf returns the pair for two overlapping flows, or nil.
func OverlapOf(f, g Flow) *Pair {
	for i := range knownOverlaps {
		if k := &knownOverlaps[i]; k.fits(f, g) || k.fits(g, f) {
			return k
		}
	}
	return nil
}

// ShadowReason returns the reason why northd generates a flow that others cover, or "" if none is
// known.
func ShadowReason[F Flow](f F, over []F) string {
	for i := range knownShadows {
		k := &knownShadows[i]
		if !slices.ContainsFunc(over, func(g F) bool { return !k.fits(f, g) }) {
			return k.Reason
		}
	}
	return ""
}

// NeverReason returns the reason why northd generates a flow that matches no packet, or "" if none
// is known.
func NeverReason(f Flow) string {
	for i := range knownNevers {
		if k := &knownNevers[i]; k.fits(f, f) {
			return k.Reason
		}
	}
	return ""
}

func (k *Pair) fits(one, other Flow) bool {
	return k.stages.Has(one.Stage()) && compiled(k.one).MatchString(one.MatchText()) && compiled(k.other).MatchString(other.MatchText())
}

var compiledPatterns sync.Map // string -> *regexp.Regexp

// compiled returns a regular expression of the tables, compiled once.
func compiled(text string) *regexp.Regexp {
	if r, ok := compiledPatterns.Load(text); ok {
		return r.(*regexp.Regexp)
	}
	r, _ := compiledPatterns.LoadOrStore(text, regexp.MustCompile(text))
	return r.(*regexp.Regexp)
}
