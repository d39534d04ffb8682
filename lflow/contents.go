package lflow

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// Content is the content of a row other than a logical flow, with names instead of
// references, so that rows of two databases can be compared.
type Content struct {
	Table   string
	Key     string // identifies the row, such as a port's name
	UUID    string
	Columns []ContentColumn

	// Port is the logical port to which the row belongs, or "".
	Port string
}

// ContentColumn is a column's value in a canonical form.
type ContentColumn struct{ Name, Text string }

// Contents returns the rows, other than logical flows, that affect packets, sorted by table and
// key. It omits numbers to which only rows of the same database refer.
func (n *Network) Contents() []Content {
	c := &contents{n: n}
	for _, read := range []func(*contents){
		(*contents).global, (*contents).bindings, (*contents).groups, (*contents).sets, (*contents).learned, (*contents).rest, (*contents).unread,
	} {
		read(c)
	}
	slices.SortStableFunc(c.out, func(a, b Content) int {
		return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(a.Key, b.Key), cmp.Compare(a.UUID, b.UUID))
	})
	return c.out
}

type contents struct {
	n   *Network
	out []Content
}

// each calls f for each row of a table, with a function that returns its columns.
func (c *contents) each(table string, f func(r ovsdb.Row, col func(string) ovsdb.Col)) {
	t := c.n.db.Table(table)
	for r := range t.Rows() {
		f(r, func(name string) ovsdb.Col {
			col, _ := t.Col(name)
			return col
		})
	}
}

func (c *contents) add(table, key string, r ovsdb.Row, port string, columns ...ContentColumn) {
	c.out = append(c.out, Content{Table: table, Key: key, UUID: r.UUID().String(), Columns: columns, Port: port})
}

// northdOnly are options of SB_Global that only ovn-northd reads; their effects are
// in the flows, sets and bindings (ovn-nb(5), NB_Global).
var northdOnly = map[string]bool{
	"northd_internal_version": true, "mac_prefix": true, "max_tunid": true, "svc_monitor_mac": true, "svc_monitor_mac_dst": true,
	"northd_probe_interval": true, "northd-backoff-interval-ms": true, "e2e_timestamp": true, "use_logical_dp_groups": true,
}

func (c *contents) global() {
	c.each("SB_Global", func(r ovsdb.Row, col func(string) ovsdb.Col) {
		for k, v := range r.Map(col("options")) {
			if !northdOnly[k] {
				c.add("SB_Global", k, r, "", ContentColumn{"options", v})
			}
		}
	})
}

func (c *contents) bindings() {
	c.each("Port_Binding", func(r ovsdb.Row, col func(string) ovsdb.Col) {
		name := r.String(col("logical_port"))
		tag, datapath := "", ""
		if r.Has(col("tag")) {
			tag = string(r.Raw(col("tag")))
		}
		if d := c.n.datapathOf(r, col("datapath")); d != nil {
			datapath = d.DisplayName(true)
		}
		c.add("Port_Binding", name, r, name,
			ContentColumn{"datapath", datapath},
			ContentColumn{"type", r.String(col("type"))},
			ContentColumn{"options", pairs(r, col("options"))},
			ContentColumn{"mac", strings.Join(r.Strings(col("mac")), ", ")},
			ContentColumn{"port_security", strings.Join(r.Strings(col("port_security")), ", ")},
			ContentColumn{"parent_port", r.String(col("parent_port"))},
			ContentColumn{"mirror_port", r.String(col("mirror_port"))},
			ContentColumn{"tag", tag},
			ContentColumn{"virtual_parent", r.String(col("virtual_parent"))},
			ContentColumn{"nat_addresses", strings.Join(r.Strings(col("nat_addresses")), ", ")},
			ContentColumn{"additional_chassis", c.chassisSet(r, col("additional_chassis"))},
			ContentColumn{"chassis", c.chassis(r, col("chassis"))},
			ContentColumn{"gateways", c.gateways(name)})
	})
}

// gateways returns the gateway chassis of a port with their priorities.
func (c *contents) gateways(name string) string {
	p := c.n.port(name)
	if p == nil {
		return ""
	}
	var out []string
	for _, g := range c.n.Gateways(p) {
		chassis := ""
		if g.Chassis != nil {
			chassis = g.Chassis.Name
		}
		out = append(out, fmt.Sprintf("%s (priority %d)", chassis, g.Priority))
	}
	return strings.Join(out, ", ")
}

func (c *contents) chassis(r ovsdb.Row, col ovsdb.Col) string {
	u, ok := r.Ref(col)
	if !ok {
		return ""
	}
	t := c.n.db.Table("Chassis")
	name, _ := t.Col("name")
	if row, ok := t.Get(u); ok {
		return row.String(name)
	}
	return u.String()
}

// chassisSet returns the names of the chassis that a set refers to, sorted.
func (c *contents) chassisSet(r ovsdb.Row, col ovsdb.Col) string {
	t := c.n.db.Table("Chassis")
	name, _ := t.Col("name")
	var out []string
	for _, u := range r.Refs(col) {
		text := u.String()
		if row, ok := t.Get(u); ok {
			text = row.String(name)
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func (c *contents) groups() {
	bindings := c.n.db.Table("Port_Binding")
	name, _ := bindings.Col("logical_port")
	c.each("Multicast_Group", func(r ovsdb.Row, col func(string) ovsdb.Col) {
		d := c.n.datapathOf(r, col("datapath"))
		if d == nil {
			return
		}
		var ports []string
		for _, u := range r.Refs(col("ports")) {
			if b, ok := bindings.Get(u); ok {
				ports = append(ports, b.String(name))
			}
		}
		slices.Sort(ports)
		c.add("Multicast_Group", d.DisplayName(true)+" "+r.String(col("name")), r, "", ContentColumn{"ports", strings.Join(ports, ", ")})
	})
}

func (c *contents) sets() {
	c.each("Address_Set", func(r ovsdb.Row, col func(string) ovsdb.Col) {
		c.add("Address_Set", r.String(col("name")), r, "", ContentColumn{"addresses", strings.Join(r.Strings(col("addresses")), ", ")})
	})
	c.each("Port_Group", func(r ovsdb.Row, col func(string) ovsdb.Col) {
		key := r.String(col("name"))
		if number, name, ok := strings.Cut(key, "_"); ok && c.n.Dialect.Has(dialect.PortGroupByDatapath) {
			if k, err := strconv.ParseInt(number, 10, 64); err == nil {
				if d, ok := c.n.DatapathOf(k); ok {
					key = name + " on " + d.DisplayName(true)
				}
			}
		}
		c.add("Port_Group", key, r, "", ContentColumn{"ports", strings.Join(r.Strings(col("ports")), ", ")})
	})
}

func (c *contents) learned() {
	c.each("MAC_Binding", func(r ovsdb.Row, col func(string) ovsdb.Col) {
		port := r.String(col("logical_port"))
		c.add("MAC_Binding", port+" "+r.String(col("ip")), r, port, ContentColumn{"mac", r.String(col("mac"))})
	})
	c.each("FDB", func(r ovsdb.Row, col func(string) ovsdb.Col) {
		d, ok := c.n.DatapathOf(r.Int(col("dp_key")))
		if !ok {
			return
		}
		port := strconv.FormatInt(r.Int(col("port_key")), 10)
		if p, ok := d.Port(uint64(r.Int(col("port_key")))); ok {
			port = p.Name
		}
		c.add("FDB", d.DisplayName(true)+" "+r.String(col("mac")), r, port, ContentColumn{"port_key", port})
	})
}

func (c *contents) rest() {
	c.each("Load_Balancer", func(r ovsdb.Row, col func(string) ovsdb.Col) {
		for vip, backends := range r.Map(col("vips")) {
			c.add("Load_Balancer", vip, r, "", ContentColumn{"vips", backends}, ContentColumn{"protocol", value(r, col("protocol"), false)}, ContentColumn{"options", pairs(r, col("options"))})
		}
	})
	for _, table := range []string{"DHCP_Options", "DHCPv6_Options"} {
		c.each(table, func(r ovsdb.Row, col func(string) ovsdb.Col) {
			c.add(table, r.String(col("name")), r, "",
				ContentColumn{"code", strconv.FormatInt(r.Int(col("code")), 10)}, ContentColumn{"type", r.String(col("type"))})
		})
	}
	c.each("DNS", func(r ovsdb.Row, col func(string) ovsdb.Col) {
		for name, answer := range r.Map(col("records")) {
			c.add("DNS", name, r, "", ContentColumn{"records", answer})
		}
	})
	c.each("Chassis_Template_Var", func(r ovsdb.Row, col func(string) ovsdb.Col) {
		for k, v := range r.Map(col("variables")) {
			c.add("Chassis_Template_Var", r.String(col("chassis"))+" "+k, r, "", ContentColumn{"variables", v})
		}
	})
}

// pairs returns a map's content, sorted by key.
func pairs(r ovsdb.Row, col ovsdb.Col) string {
	var out []string
	for k, v := range r.Map(col) {
		out = append(out, k+"="+v)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
