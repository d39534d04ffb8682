package names

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/bridge"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Cause returns the object from which a flow was made, in the terms of the system, such as
// "NetworkPolicy shop/deny-all (ingress)", or "" if there is none. The packet is one that matched the
// flow on a datapath, or nil if only the flow is known: its ports determine which of several policies
// isolates them.
func (b *Index) Cause(zone int, f *trace.Flow, d *lflow.Datapath, p *packet.Packet) string {
	if f == nil || len(b.Systems()) == 0 {
		return ""
	}
	c := &cause{b: b, zone: zone, flow: f}
	if p != nil && d != nil {
		c.in, _ = d.Port(p.Uint(packet.Inport))
		c.out, _ = d.Port(p.Uint(packet.Outport))
	}
	for _, r := range c.rows() {
		if text := c.ofRow(r); text != "" {
			return text
		}
	}
	return c.ofFlow()
}

// cause is a flow whose cause is looked for.
type cause struct {
	b       *Index
	zone    int
	flow    *trace.Flow
	in, out *lflow.Port
}

// rows returns the northbound rows, or the southbound load balancers, that the
// flow's stage-hint names.
func (c *cause) rows() (out []ovsdb.Row) {
	hint, err := strconv.ParseUint(c.flow.Hint, 16, 32)
	if err != nil {
		return nil
	}
	if c.b.zones[c.zone].North != nil {
		return c.b.byHint[hintKey{c.zone, uint32(hint)}]
	}
	t := bridge.Snapshot(c.b.zones[c.zone].Network).Table("Load_Balancer")
	ids, _ := t.Col("external_ids")
	for r := range t.Rows() {
		id, _ := r.MapGet(ids, "lb_id")
		if r.UUID().Prefix() == uint32(hint) || strings.HasPrefix(id, fmt.Sprintf("%08x", hint)) {
			out = append(out, r)
		}
	}
	return out
}

// ofRow returns the object of a row.
func (c *cause) ofRow(r ovsdb.Row) string {
	objects := c.b.OfRow(r)
	if r.Table().Name() == "ACL" {
		return c.ofACL(r, objects)
	}
	for i := range objects {
		if o := &objects[i]; o.Kind == Service {
			return c.service(o)
		} else if o.Kind.IsEnd() || o.Kind == EgressIP || o.Kind == Floating || o.Kind == Policy {
			return o.String()
		}
	}
	return ""
}

// ofACL returns what an ACL is: itself, or one of the port group that has it.
func (c *cause) ofACL(r ovsdb.Row, objects []Object) string {
	direction := Direction(r.Text("direction"))
	groups := c.groupsOf(r)
	match := r.Text("match")
	if len(objects) > 0 {
		o := objects[0]
		if o.Kind == SecurityGroup && len(groups) > 0 { // the rule of a group
			return fmt.Sprintf("%s, %s (%s)", groups[0].Title, o.Detail, c.rule(direction, match))
		}
		return c.directed(o, direction)
	}
	if len(groups) == 0 {
		return ""
	}
	if g := groups[0]; g.Kind != SecurityGroup || g.Role != Itself {
		return c.directed(g, direction)
	}
	return fmt.Sprintf("%s (%s)", groups[0].Title, c.rule(direction, match))
}

// groupsOf returns the objects of the port groups that have an ACL.
func (c *cause) groupsOf(r ovsdb.Row) (out []Object) {
	for _, g := range c.b.groupsOf[r.UUID()] {
		out = append(out, c.b.OfRow(g)...)
	}
	return out
}

// directed returns an object with the direction of its rule; for the default drop
// of a group, the policies that put the port into it.
func (c *cause) directed(o Object, direction string) string {
	if o.Role == DefaultDeny {
		if policies := c.isolating(o, direction); policies != "" {
			return policies
		}
	}
	title := o.Title
	if o.Direction != "" {
		direction = o.Direction
	}
	if direction != "" {
		title += " (" + direction + ")"
	}
	if o.Detail != "" {
		title += ", " + o.Detail
	}
	return title
}

// isolating returns the policies, or the security groups, that isolate the port for
// which a default drop holds.
func (c *cause) isolating(o Object, direction string) string {
	port := c.out
	if direction == "egress" {
		port = c.in
	}
	if port == nil {
		return ""
	}
	var titles []string
	for _, e := range c.b.entries {
		switch {
		case e.Zone != c.zone || e.Role != Itself || e.Kind != o.Kind || e.Row.Table().Name() != "Port_Group":
		case o.Kind == Policy && !strings.HasPrefix(e.Name, o.Name+"/"):
		case !slices.Contains(c.members(e), port.Name):
		case !slices.Contains(titles, e.Title):
			titles = append(titles, e.Title)
		}
	}
	slices.Sort(titles)
	if len(titles) == 0 {
		return ""
	}
	if o.Kind == SecurityGroup {
		return fmt.Sprintf("%s (%s): no rule allows it", listed(titles, " and "), direction)
	}
	return fmt.Sprintf("%s (%s)", listed(titles, " and "), direction)
}

// members returns the logical ports of a port group, from either database.
func (c *cause) members(e *Entry) []string {
	t := e.Row.Table()
	col, ok := t.Col("ports")
	if !ok {
		return nil
	}
	if refs := e.Row.Refs(col); len(refs) > 0 { // the northbound one refers to rows
		var out []string
		ports := c.b.zones[c.zone].North.Table("Logical_Switch_Port")
		for _, u := range refs {
			if r, ok := ports.Get(u); ok {
				out = append(out, r.Text("name"))
			}
		}
		return out
	}
	return e.Row.Strings(col)
}

// listed joins titles, the common first word once.
func listed(titles []string, and string) string {
	if len(titles) == 1 {
		return titles[0]
	}
	word, _, _ := strings.Cut(titles[0], " ")
	out := []string{titles[0]}
	for _, t := range titles[1:] {
		out = append(out, strings.TrimPrefix(t, word+" "))
	}
	return strings.Join(out[:len(out)-1], ", ") + and + out[len(out)-1]
}

var (
	groupName = regexp.MustCompile(`@([A-Za-z_.0-9]+)`)
	logName   = regexp.MustCompile(`log\(name="([^"]+)"`)
	dstPort   = regexp.MustCompile(`(?:(tcp|udp|sctp)\.dst|reg\d\[(?:0\.\.15|16\.\.31)\]) == (\d+)`)
)

// ofFlow returns the data in the flow's own text: the name in its log action, the port groups in its
// match.
func (c *cause) ofFlow() string {
	direction := ""
	switch {
	case strings.HasPrefix(c.flow.Stage, "ls_in_acl"), strings.HasPrefix(c.flow.Stage, "ls_in_pre_acl"):
		direction = "egress"
	case strings.HasPrefix(c.flow.Stage, "ls_out_acl"), strings.HasPrefix(c.flow.Stage, "ls_out_pre_acl"):
		direction = "ingress"
	default:
		return ""
	}
	if m := logName.FindStringSubmatch(c.flow.Actions); m != nil {
		s := subject{class: aclRow, name: m[1]}
		for _, system := range c.b.systems {
			for i := range system.Rules {
				if o, ok := system.Rules[i].object(system.Name, &s); ok {
					return c.directed(o, direction)
				}
			}
		}
	}
	for _, m := range groupName.FindAllStringSubmatch(c.flow.Match.Friendly, -1) {
		name := withoutKey(m[1])
		for _, e := range c.b.entries {
			if e.Zone != c.zone || e.Row.Table().Name() != "Port_Group" || withoutKey(e.Row.Text("name")) != name {
				continue
			}
			if e.Kind == SecurityGroup && e.Role == Itself {
				return fmt.Sprintf("%s (%s)", e.Title, c.rule(direction, c.flow.Match.Friendly))
			}
			return c.directed(e.Object, direction)
		}
	}
	return ""
}

// setName is a reference to an address set, that of a port group among them.
var setName = regexp.MustCompile(`\{?\$([A-Za-z_.0-9]+)\}?`)

// rule returns the direction and the traffic of a security group's rule.
func (c *cause) rule(direction, match string) string {
	traffic := strings.TrimSpace(direction + " " + describeMatch(match))
	return setName.ReplaceAllStringFunc(traffic, func(ref string) string {
		name := setName.FindStringSubmatch(ref)[1]
		group := strings.TrimSuffix(strings.TrimSuffix(name, "_ip4"), "_ip6")
		for _, e := range c.b.entries {
			table := e.Row.Table().Name()
			switch row := withoutKey(e.Row.Text("name")); {
			case e.Zone != c.zone:
			case table == "Port_Group" && row == group, table == "Address_Set" && row == name:
				return e.Title
			}
		}
		return ref
	})
}

// service returns a service with the port that the flow is about, by its name if the
// objects have one.
func (c *cause) service(o *Object) string {
	m := dstPort.FindStringSubmatch(c.flow.Match.Friendly)
	if m == nil {
		return o.Title
	}
	if objects := c.b.zones[c.zone].Objects; objects != nil {
		number, _ := strconv.Atoi(m[2]) // of digits
		for _, proto := range []string{"tcp", "udp", "sctp"} {
			if name := objects.PortName(o.Name, proto, number); name != "" && (m[1] == "" || m[1] == proto) {
				return o.Title + " port " + name
			}
		}
	}
	return o.Title + " port " + m[2]
}

// Direction returns the direction of traffic as policies call it: that of ACLs is
// seen from the switch.
func Direction(acl string) string {
	switch acl {
	case "from-lport":
		return "egress"
	case "to-lport":
		return "ingress"
	}
	return ""
}

// describeMatch describes the traffic of a rule's match without the port group: the protocol, the ports
// and the peer, such as "tcp 443 from 10.0.0.0/24".
func describeMatch(match string) string {
	var proto, ports, peer string
	for term := range strings.SplitSeq(strings.NewReplacer("(", "", ")", "").Replace(match), "&&") {
		field, op, value := cutComparison(term)
		switch {
		case field == "tcp" || field == "udp" || field == "sctp" || field == "icmp4" || field == "icmp6":
			proto = field
		case field == "ip.proto":
			proto = "protocol " + value
		case strings.HasSuffix(field, ".type") && strings.HasPrefix(field, "icmp"):
			ports = "type " + value
		case strings.HasSuffix(field, ".dst") && !strings.HasPrefix(field, "ip"):
			proto, _, _ = strings.Cut(field, ".")
			switch op {
			case ">=":
				ports = value + "-" + strings.TrimPrefix(ports, "-")
			case "<=":
				ports += "-" + value
				ports = strings.ReplaceAll(ports, "--", "-")
			default:
				ports = value
			}
		case field == "ip4.src" || field == "ip6.src":
			peer = "from " + value
		case field == "ip4.dst" || field == "ip6.dst":
			peer = "to " + value
		}
	}
	return strings.Join(slices.DeleteFunc([]string{proto, ports, peer}, func(s string) bool { return s == "" }), " ")
}

// cutComparison takes a comparison apart; of a lone word it returns the word.
func cutComparison(term string) (field, op, value string) {
	term = strings.TrimSpace(term)
	for _, op := range []string{"==", ">=", "<=", "!="} {
		if l, r, ok := strings.Cut(term, op); ok {
			return strings.TrimSpace(l), op, strings.TrimSpace(r)
		}
	}
	return term, "", ""
}
