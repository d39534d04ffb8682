package find

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/names"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// title returns the heading of a row: its object, or its kind and name.
func (z *zone) title(r ovsdb.Row, o *names.Object) string {
	if o != nil {
		out := o.String()
		if o.Role != names.Itself {
			out += ", " + string(o.Role)
		}
		return out
	}
	name := cmp.Or(r.Text("logical_port"), r.Text("name"))
	switch t := r.Table().Name(); t {
	case "Port_Binding":
		return "port " + name
	case "Datapath_Binding":
		if d := z.datapath(r); d != nil {
			return KindOf(d) + " " + BothNames(d.Name, d.Name2)
		}
		return "datapath " + r.UUID().String()
	default:
		word := strings.ToLower(strings.ReplaceAll(t, "_", " "))
		for _, u := range users {
			if u.table == t {
				word = u.kind
			}
		}
		return strings.TrimSpace(word + " " + cmp.Or(name, r.UUID().String()))
	}
}

// facts returns the facts about a row; all of them if full is set.
func (z *zone) facts(r ovsdb.Row, full bool) []Fact {
	switch r.Table().Name() {
	case "Port_Binding":
		if p, err := z.net.Port(r.Text("logical_port")); err == nil {
			return z.portFacts(p, r, full)
		}
	case "Datapath_Binding":
		if d := z.datapath(r); d != nil {
			return z.datapathFacts(d, r, full)
		}
	case "Port_Group":
		return z.groupFacts(r)
	case "Logical_Flow":
		return z.flowFacts(r)
	}
	for _, u := range users {
		if u.table == r.Table().Name() {
			return []Fact{z.own(u.kind, u.text(z, r), r)}
		}
	}
	return z.columnFacts(r)
}

// own returns a fact that is in the row itself.
func (z *zone) own(kind, text string, r ovsdb.Row) Fact {
	return Fact{Kind: kind, Text: text, Row: z.nameOf(r)}
}

func (z *zone) datapath(r ovsdb.Row) *lflow.Datapath {
	uuid := r.UUID().String()
	i := slices.IndexFunc(z.net.Datapaths, func(d *lflow.Datapath) bool { return d.UUID == uuid })
	if i < 0 {
		return nil
	}
	return z.net.Datapaths[i]
}

// portFacts returns the facts about a port.
func (z *zone) portFacts(p *lflow.Port, r ovsdb.Row, full bool) (out []Fact) {
	kind := ""
	if p.Type != "" {
		kind = ", type " + p.Type
	}
	out = append(out, z.own("port", fmt.Sprintf("%s (key %d%s, uuid %s)", BothNames(p.Name, p.Name2), p.Key, kind, p.UUID), r))
	out = append(out, z.link("Datapath_Binding", p.Datapath.UUID, KindOf(p.Datapath), fmt.Sprintf("%s (key %d)", BothNames(p.Datapath.Name, p.Datapath.Name2), p.Datapath.TunnelKey)))
	for _, a := range p.AddressTexts() {
		out = append(out, z.own("addresses", a, r))
	}
	for _, o := range z.index.OfRow(r) {
		if o.System != "" && o.Role == names.Member {
			out = append(out, Fact{Kind: o.Kind.Word(), Text: o.Name, Object: &o, Row: z.nameOf(r)})
		}
	}
	if c, ok := z.net.ChassisOf(p); ok {
		out = append(out, z.own("node", BothNames(c.Name, c.Hostname), r))
	}
	if p.Peer != nil {
		out = append(out, z.link("Port_Binding", p.Peer.UUID, "peer", fmt.Sprintf("%s of %s %s", p.Peer.DisplayName(true), KindOf(p.Peer.Datapath), p.Peer.Datapath.DisplayName(true))))
	}
	if !full {
		return out
	}
	if p.Datapath.Type != "logical-router" {
		for _, q := range p.Datapath.Ports() {
			if q.Peer != nil && q.Peer.Datapath.Type == "logical-router" && q != p {
				out = append(out, z.link("Port_Binding", q.Peer.UUID, "router", fmt.Sprintf("%s by %s", q.Peer.Datapath.DisplayName(true), q.Peer.DisplayName(true))))
			}
		}
	}
	out = append(out, z.groupsOf(p)...)
	return append(out, z.usesOf(p, r)...)
}

// usesOf returns the rows that name an address of a port.
func (z *zone) usesOf(p *lflow.Port, r ovsdb.Row) (out []Fact) {
	self := z.nameOf(r)
	for _, ip := range hosts(p.AddressTexts()) {
		for _, u := range z.users(&Query{ip: ip}) {
			if u.Row != self && u.Kind != "port" && !slices.ContainsFunc(out, func(x Fact) bool { return x.Row == u.Row }) {
				out = append(out, u)
			}
		}
	}
	t := z.south.Table("FDB")
	dp, _ := t.Col("dp_key")
	port, _ := t.Col("port_key")
	for row := range t.Rows() {
		if row.Int(dp) == p.Datapath.TunnelKey && uint64(row.Int(port)) == p.Key {
			out = append(out, Fact{Kind: "FDB entry", Text: z.fdbText(row), Row: z.nameOf(row)})
		}
	}
	return out
}

// groupsOf returns the port groups of a port, with the policies that they are.
func (z *zone) groupsOf(p *lflow.Port) (out []Fact) {
	t := z.tableOf("Port_Group")
	ports, _ := t.Col("ports")
	north := z.north != nil && t == z.north.Table("Port_Group")
	var uuid ovsdb.UUID
	if north {
		for r := range z.north.Table("Logical_Switch_Port").Rows() {
			if r.Text("name") == p.Name {
				uuid = r.UUID()
			}
		}
	}
	for r := range t.Rows() {
		in := north && slices.Contains(r.Refs(ports), uuid) || !north && slices.Contains(r.Strings(ports), p.Name)
		if !in {
			continue
		}
		fact := Fact{Kind: "port group", Text: r.Text("name"), Object: z.object(r), Row: z.nameOf(r)}
		out = append(out, fact)
	}
	return out
}

// datapathFacts returns the facts about a switch or router.
func (z *zone) datapathFacts(d *lflow.Datapath, r ovsdb.Row, full bool) (out []Fact) {
	out = append(out, z.own(KindOf(d), fmt.Sprintf("%s (key %d, uuid %s, northbound %s)", BothNames(d.Name, d.Name2), d.TunnelKey, d.UUID, d.NBUUID), r))
	if !full {
		return out
	}
	for _, p := range d.Ports() {
		text := fmt.Sprintf("%s (key %d)", BothNames(p.Name, p.Name2), p.Key)
		if o, ok := z.index.OfPort(p); ok {
			text += ", " + o.Title
		}
		if p.Peer != nil {
			text += ", to " + KindOf(p.Peer.Datapath) + " " + p.Peer.Datapath.DisplayName(true)
		}
		out = append(out, z.link("Port_Binding", p.UUID, "port", text))
	}
	if z.north == nil {
		return out
	}
	u, err := ovsdb.ParseUUID(d.NBUUID)
	if err != nil {
		return out
	}
	for _, o := range []struct{ table, column, of string }{
		{"Logical_Switch", "acls", "ACL"},
		{"Logical_Switch", "load_balancer", "Load_Balancer"},
		{"Logical_Router", "load_balancer", "Load_Balancer"},
		{"Logical_Router", "nat", "NAT"},
		{"Logical_Router", "static_routes", "Logical_Router_Static_Route"},
		{"Logical_Router", "policies", "Logical_Router_Policy"},
	} {
		row, ok := z.north.Table(o.table).Get(u)
		if !ok {
			continue
		}
		for _, ref := range row.Refs(row.Col(o.column)) {
			if member, ok := z.north.Table(o.of).Get(ref); ok {
				out = append(out, z.used(member))
			}
		}
	}
	return out
}

// used returns a row of a table of users.
func (z *zone) used(r ovsdb.Row) Fact {
	for _, u := range users {
		if u.table == r.Table().Name() {
			return Fact{Kind: u.kind, Text: u.text(z, r), Object: z.object(r), Row: z.nameOf(r)}
		}
	}
	return z.own(r.Table().Name(), r.UUID().String(), r)
}

// groupFacts returns the members of a port group, and its ACLs.
func (z *zone) groupFacts(r ovsdb.Row) (out []Fact) {
	out = append(out, z.own("port group", fmt.Sprintf("%s (uuid %s)", r.Text("name"), r.UUID()), r))
	c, _ := r.Table().Col("ports")
	var ports []string
	for _, u := range r.Refs(c) {
		if p, ok := z.tableOf("Logical_Switch_Port").Get(u); ok {
			ports = append(ports, p.Text("name"))
		}
	}
	if len(ports) == 0 {
		ports = r.Strings(c)
	}
	for _, name := range ports {
		if p, err := z.net.Port(name); err == nil {
			title := name
			if o, ok := z.index.OfPort(p); ok {
				title += ", " + o.Title
			}
			out = append(out, z.link("Port_Binding", p.UUID, "port", title))
		}
	}
	if acls, ok := r.Table().Col("acls"); ok && z.north != nil {
		for _, u := range r.Refs(acls) {
			if a, ok := z.north.Table("ACL").Get(u); ok {
				out = append(out, z.used(a))
			}
		}
	}
	return out
}

// flowFacts returns a flow's row as it is.
func (z *zone) flowFacts(r ovsdb.Row) (out []Fact) {
	where := []string{r.Text("pipeline"), "table " + number(r, "table_id"), "priority " + number(r, "priority")}
	ids, _ := r.Table().Col("external_ids")
	if stage, ok := r.MapGet(ids, "stage-name"); ok {
		where[1] += " (" + stage + ")"
	}
	out = append(out, z.own("flow", strings.Join(where, ", "), r))
	if c, ok := r.Table().Col("logical_datapath"); ok {
		if u, ok := r.Ref(c); ok {
			for _, d := range z.net.Datapaths {
				if d.UUID == u.String() {
					out = append(out, z.link("Datapath_Binding", d.UUID, KindOf(d), d.DisplayName(true)))
				}
			}
		}
	}
	out = append(out, z.own("match", r.Text("match"), r), z.own("actions", r.Text("actions"), r))
	hint, ok := r.MapGet(ids, "stage-hint")
	if !ok || z.north == nil {
		return out
	}
	for _, name := range z.north.Tables() {
		for _, row := range sorted(z.north.Table(name), func(x ovsdb.Row) bool { return strings.HasPrefix(x.UUID().String(), hint) }) {
			f := z.used(row)
			f.Kind = "made from " + f.Kind
			out = append(out, f)
		}
	}
	return out
}

// columnFacts returns the columns of a row that have a value.
func (z *zone) columnFacts(r ovsdb.Row) (out []Fact) {
	out = append(out, z.own("row", fmt.Sprintf("%s %s", r.Table().Name(), r.UUID()), r))
	for _, name := range r.Table().Columns() {
		c, _ := r.Table().Col(name)
		if r.Has(c) && string(r.Raw(c)) != "" {
			out = append(out, z.own(name, string(r.Raw(c)), r))
		}
	}
	return out
}

// link returns a fact in another row of the southbound database.
func (z *zone) link(table, uuid, kind, text string) Fact {
	f := Fact{Kind: kind, Text: text, Row: Row{"southbound", table, uuid}}
	if r, ok := z.get(f.Row); ok {
		f.Object = z.object(r)
	}
	return f
}

// KindOf returns the kind of a datapath.
func KindOf(d *lflow.Datapath) string {
	return cmp.Or(strings.TrimPrefix(d.Type, "logical-"), "datapath")
}

// BothNames returns a name and the one that a person gave, if there is one.
func BothNames(name, name2 string) string {
	if name2 == "" || name2 == name {
		return name
	}
	return name + " (" + name2 + ")"
}

// number returns a column with a number as it is written.
func number(r ovsdb.Row, column string) string {
	c, ok := r.Table().Col(column)
	if !ok {
		return ""
	}
	return fmt.Sprint(r.Int(c))
}
