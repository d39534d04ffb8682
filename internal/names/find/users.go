package find

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/names"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovstext"
)

// user is how rows of a table name an address.
type user struct {
	kind    string // the word for such a row
	table   string
	columns []string // sets of strings, or strings
	maps    []string // maps, by key or by value
	within  bool     // a prefix that holds the address names it too
	text    func(z *zone, r ovsdb.Row) string
}

// users are the tables of both databases with addresses, in the order in which they
// are listed.
var users = []user{
	{kind: "port", table: "Port_Binding", columns: []string{"mac", "nat_addresses"}, within: true, text: (*zone).portText},
	{kind: "NAT", table: "NAT", columns: []string{"external_ip", "logical_ip", "external_mac"}, within: true, text: (*zone).natText},
	{kind: "load balancer", table: "Load_Balancer", maps: []string{"vips"}, text: (*zone).balancerText},
	{kind: "static route", table: "Logical_Router_Static_Route", columns: []string{"ip_prefix", "nexthop"}, within: true, text: (*zone).routeText},
	{kind: "routing policy", table: "Logical_Router_Policy", columns: []string{"nexthop", "nexthops", "match"}, text: (*zone).policyText},
	{kind: "address set", table: "Address_Set", columns: []string{"addresses"}, within: true, text: (*zone).setText},
	{kind: "ACL", table: "ACL", columns: []string{"match"}, text: (*zone).aclText},
	{kind: "MAC binding", table: "MAC_Binding", columns: []string{"ip", "mac"}, text: (*zone).macText},
	{kind: "static MAC binding", table: "Static_MAC_Binding", columns: []string{"ip", "mac"}, text: (*zone).macText},
	{kind: "FDB entry", table: "FDB", columns: []string{"mac"}, text: (*zone).fdbText},
	{kind: "DNS record", table: "DNS", maps: []string{"records"}, text: (*zone).dnsText},
	{kind: "tunnel", table: "Encap", columns: []string{"ip"}, text: func(_ *zone, r ovsdb.Row) string {
		return fmt.Sprintf("%s of chassis %s", r.Text("type"), r.Text("chassis_name"))
	}},
}

// users returns the rows that name the address of a query.
func (z *zone) users(q *Query) (out []Fact) {
	wanted := q.address()
	for _, u := range users {
		t := z.tableOf(u.table)
		for r := range t.Rows() {
			if u.names(r, wanted, q) {
				out = append(out, Fact{Kind: u.kind, Text: u.text(z, r), Object: z.object(r), Row: z.nameOf(r)})
			}
		}
	}
	return out
}

// tableOf returns a table of the northbound database if it has it, because its rows have more data.
func (z *zone) tableOf(name string) *ovsdb.Table {
	if z.north != nil {
		if t := z.north.Table(name); t != nil {
			return t
		}
	}
	return z.south.Table(name)
}

// names reports whether a row names an address.
func (u *user) names(r ovsdb.Row, wanted string, q *Query) bool {
	t := r.Table()
	for _, name := range u.columns {
		c, ok := t.Col(name)
		if !ok {
			continue
		}
		for _, value := range append(r.Strings(c), r.String(c)) {
			if u.has(value, wanted, q) {
				return true
			}
		}
	}
	for _, name := range u.maps {
		c, _ := t.Col(name)
		for k, v := range r.Map(c) {
			if u.has(k, wanted, q) || u.has(v, wanted, q) {
				return true
			}
		}
	}
	return false
}

// has reports whether a text has an address as one of its words, or a prefix that
// holds it; of a network, whether it has that, or an address with its prefix.
func (u *user) has(value, wanted string, q *Query) bool {
	if !strings.Contains(value, "/") || !u.within {
		if !strings.Contains(strings.ToLower(value), wanted) {
			return false // which is quicker than what follows
		}
	}
	for word := range strings.FieldsFuncSeq(value, isSeparator) {
		word = strings.ToLower(word)
		if word == wanted {
			return true
		}
		if host, _, ok := strings.Cut(strings.TrimPrefix(word, "["), "]"); ok && host == wanted {
			return true
		}
		if host, _, ok := strings.Cut(word, ":"); ok && q.ip.Is4() && host == wanted {
			return true
		}
		prefix, err := netip.ParsePrefix(word)
		switch ip := q.ip; {
		case err != nil:
			continue
		case q.net.IsValid() && prefix.Masked() == q.net:
			return true
		case !ip.IsValid():
			continue
		case prefix.Addr() == ip || u.within && prefix.Bits() > 0 && prefix.Contains(ip) && u.table != "Port_Binding":
			return true
		}
	}
	return false
}

func isSeparator(c rune) bool { return strings.ContainsRune(" ,;{}()=\"&|!", c) }

// portText returns a port with what it is on.
func (z *zone) portText(r ovsdb.Row) string {
	p, err := z.net.Port(r.Text("logical_port"))
	if err != nil {
		return r.Text("logical_port")
	}
	return fmt.Sprintf("%s of %s %s", BothNames(p.Name, p.Name2), KindOf(p.Datapath), BothNames(p.Datapath.Name, p.Datapath.Name2))
}

func (z *zone) natText(r ovsdb.Row) string {
	out := fmt.Sprintf("%s %s to %s", r.Text("type"), r.Text("external_ip"), r.Text("logical_ip"))
	if port := r.Text("logical_port"); port != "" {
		out += " by port " + port
	}
	return out + z.ownerText(r, "Logical_Router", "nat", " of router ")
}

func (z *zone) balancerText(r ovsdb.Row) string {
	var list []string
	for k, v := range r.Map(r.Col("vips")) {
		list = append(list, strings.TrimSpace(r.Text("protocol")+" "+k+" to "+cmp.Or(v, "nothing")))
	}
	if len(list) > 3 {
		list = append(list[:3], fmt.Sprintf("%d more", len(list)-3))
	}
	return strings.TrimSpace(r.Text("name") + ": " + strings.Join(list, "; "))
}

func (z *zone) routeText(r ovsdb.Row) string {
	out := r.Text("ip_prefix") + " via " + r.Text("nexthop")
	if policy := r.Text("policy"); policy != "" {
		out += " by " + policy
	}
	return out + z.ownerText(r, "Logical_Router", "static_routes", " of router ")
}

func (z *zone) policyText(r ovsdb.Row) string {
	return fmt.Sprintf("priority %s, %s, %s%s", number(r, "priority"), r.Text("match"), r.Text("action"), z.ownerText(r, "Logical_Router", "policies", " of router "))
}

func (z *zone) setText(r ovsdb.Row) string {
	return fmt.Sprintf("%s (%s)", r.Text("name"), counted(len(r.Strings(r.Col("addresses"))), "address", "addresses"))
}

// counted returns a number with the word for so many.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func (z *zone) aclText(r ovsdb.Row) string {
	out := fmt.Sprintf("%s priority %s, %s, %s", r.Text("direction"), number(r, "priority"), r.Text("match"), r.Text("action"))
	if name := r.Text("name"); name != "" {
		out = name + ": " + out
	}
	return out + z.ownerText(r, "Port_Group", "acls", " of port group ") + z.ownerText(r, "Logical_Switch", "acls", " of switch ")
}

func (z *zone) macText(r ovsdb.Row) string {
	return fmt.Sprintf("%s at %s on port %s", r.Text("ip"), r.Text("mac"), r.Text("logical_port"))
}

func (z *zone) fdbText(r ovsdb.Row) string {
	key, _ := r.Table().Col("dp_key")
	port, _ := r.Table().Col("port_key")
	d, ok := z.net.DatapathOf(r.Int(key))
	if !ok {
		return fmt.Sprintf("%s on the datapath of key %s", r.Text("mac"), number(r, "dp_key"))
	}
	if p, ok := d.Port(uint64(r.Int(port))); ok {
		return fmt.Sprintf("%s on port %s", r.Text("mac"), p.DisplayName(true))
	}
	return fmt.Sprintf("%s on %s %s", r.Text("mac"), KindOf(d), d.DisplayName(true))
}

func (z *zone) dnsText(r ovsdb.Row) string {
	var list []string
	for k, v := range r.Map(r.Col("records")) {
		list = append(list, k+" is "+v)
	}
	if len(list) > 8 {
		list = append(list[:8], fmt.Sprintf("%d more", len(list)-8))
	}
	return strings.Join(list, "; ")
}

// ownerText returns the names of the rows whose column refers to a northbound row.
func (z *zone) ownerText(r ovsdb.Row, table, column, before string) string {
	if z.north == nil || z.north.Table(r.Table().Name()) != r.Table() {
		return ""
	}
	t := z.north.Table(table)
	c, ok := t.Col(column)
	if !ok {
		return ""
	}
	var owners []string
	for o := range t.Rows() {
		if slices.Contains(o.Refs(c), r.UUID()) {
			owners = append(owners, z.ownerName(o))
		}
	}
	if len(owners) == 0 {
		return ""
	}
	return before + strings.Join(owners, ", ")
}

// ownerName returns the name of a row with the object that it is.
func (z *zone) ownerName(r ovsdb.Row) string {
	name := r.Text("name")
	if o := z.object(r); o != nil && o.Kind != names.Node && o.Role != names.Member {
		return name + " (" + o.Title + ")"
	}
	return name
}

// hosts returns the IP addresses of a port's texts.
func hosts(texts []string) (out []netip.Addr) {
	for _, given := range texts {
		a, _, _ := ovstext.ParseAddresses(given)
		for _, ip := range a.IPs {
			out = append(out, ip.Addr())
		}
	}
	return out
}
