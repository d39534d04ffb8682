package northd

import "github.com/ovnwalk/ovnwalk/dialect"

// knownInvalid is a flow that northd of some releases generates although no release of
// ovn-controller can parse it.
type knownInvalid struct {
	span    string // the releases of northd, in the form of dialect.ParseSpan
	match   string // a regular expression for the match, "" for any
	actions string // a regular expression for the actions, "" for any
	reason  string
}

// knownInvalids are the known invalid flows.
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

// knownNames are names of multicast groups to which northd of some releases sends packets even if
// the group does not exist.
var knownNames = []struct{ span, stage, name, why string }{
	{"2.11..", "ls_in_l2_lkup", FloodGroup, "northd floods to that group whether or not the switch has an enabled port"},
	{"20.03..", "ls_in_l2_lkup", FloodL2Group, "northd floods to that group whether or not the switch has a port that is not a router's"},
	{"25.09..", "ls_in_l2_lkup", UnknownGroup, "northd floods to that group whether or not the switch has a port for unknown addresses"},
}

// NameReason returns the reason why northd generates a flow with a name that does not exist, or ""
// if none is known.
func NameReason(r dialect.Release, stage, name string) string {
	for _, k := range knownNames {
		if k.stage == stage && k.name == name && dialect.MustSpan(k.span).Holds(r) {
			return k.why
		}
	}
	return ""
}

// NextReason returns the reason why flows of a stage continue in a table that may be empty, or ""
// if none is known.
func NextReason(stage string) string {
	if stage == "lr_out_egr_loop" {
		return "northd fills the table after it for each port that the router has"
	}
	return ""
}

// InvalidReason returns the reason why northd generates a flow that no release can parse, or "" if
// none is known.
func InvalidReason(r dialect.Release, match, actions string) string {
	for i := range knownInvalids {
		q := &knownInvalids[i]
		if dialect.MustSpan(q.span).Holds(r) && compiled(q.match).MatchString(match) && compiled(q.actions).MatchString(actions) {
			return q.reason
		}
	}
	return ""
}
