package northd

import "github.com/ovnwalk/ovnwalk/dialect"

// knownInvalid is a text that some releases' northd writes, though no release of
// ovn-controller can read it.
type knownInvalid struct {
	span    string // the releases whose northd writes it, as dialect.ParseSpan takes it
	match   string // a regular expression that fits the match, "" for anything
	actions string // one that fits the actions, "" for anything
	reason  string
}

// knownInvalids are the texts that are known.
var knownInvalids = []knownInvalid{
	{
		"20.03..25.03 -24.03.6 -24.09.3", ``, `^flags\.(force|skip)_snat_for_lb = 1; drop;$`,
		"this release's northd writes that for a load balancer whose backends are all down: drop stands alone or not at all",
	},
	{
		"2.11..20.03", `^ip && ip4\.dst == [0-9a-f]*:[0-9a-f:]*$`, ``,
		"this release's northd takes a load balancer's IPv6 address for IPv4 where it has both",
	},
	{
		"2.11..20.03", `arp\.tpa == [0-9a-f]*:[0-9a-f:]* && arp\.op == 1$`, ``,
		"this release's northd takes a load balancer's IPv6 address for IPv4 where it has both",
	},
}

// knownNames are names that some releases' northd writes wherever it may have
// to, whether or not they lead anywhere.
var knownNames = []struct{ span, stage, name, why string }{
	{"2.11..", "ls_in_l2_lkup", FloodGroup, "northd floods to that group whether or not the switch has an enabled port"},
	{"20.03..", "ls_in_l2_lkup", FloodL2Group, "northd floods to that group whether or not the switch has a port that is not a router's"},
	{"25.09..", "ls_in_l2_lkup", UnknownGroup, "northd floods to that group whether or not the switch has a port for unknown addresses"},
}

// NameReason returns why a flow names what is not there, "" where northd is not
// known to write it.
func NameReason(r dialect.Release, stage, name string) string {
	for _, k := range knownNames {
		if k.stage == stage && k.name == name && dialect.MustSpan(k.span).Holds(r) {
			return k.why
		}
	}
	return ""
}

// NextReason returns why the flows of a stage go on to a table that may be empty,
// "" where northd is not known to write them.
func NextReason(stage string) string {
	if stage == "lr_out_egr_loop" {
		return "northd fills the table after it for each port that the router has"
	}
	return ""
}

// InvalidReason returns why a flow's text is one that no release can read, "" where
// northd is not known to write it.
func InvalidReason(r dialect.Release, match, actions string) string {
	for i := range knownInvalids {
		q := &knownInvalids[i]
		if dialect.MustSpan(q.span).Holds(r) && compiled(q.match).MatchString(match) && compiled(q.actions).MatchString(actions) {
			return q.reason
		}
	}
	return ""
}
