package lflow

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// contentTable is a table that no walk reads but that affects how chassis process packets.
type contentTable struct {
	name    string
	key     []string // the columns that identify a row
	columns []string // the columns to compare
}

// contentTables are those whose rows have no references. They exclude tables from which
// ovn-northd makes flows (IGMP_Group, Learned_Route), and those about the databases and their
// clients (Connection, SSL, RBAC, Controller_Event, Chassis_Private, ACL_ID, and routes that
// are advertised).
var contentTables = []contentTable{
	{"Static_MAC_Binding", []string{"logical_port", "ip"}, []string{"mac", "override_dynamic_mac"}},
	{"Mirror", []string{"name"}, []string{"filter", "sink", "type", "index"}},
	{"BFD", []string{"logical_port", "dst_ip"}, []string{"min_tx", "min_rx", "detect_mult", "options"}},
	{"Service_Monitor", []string{"logical_port", "ip", "port", "protocol"}, []string{"type", "src_mac", "src_ip", "options"}},
	{"Encap", []string{"chassis_name", "type", "ip"}, []string{"options"}},
	{"ECMP_Nexthop", []string{"nexthop"}, []string{"mac"}},
}

// unread reads the rows of tables that no walk reads.
func (c *contents) unread() {
	for _, t := range contentTables {
		c.each(t.name, func(r ovsdb.Row, col func(string) ovsdb.Col) {
			var key []string
			for _, k := range t.key {
				key = append(key, r.String(col(k))+value(r, col(k), true))
			}
			var columns []ContentColumn
			for _, name := range t.columns {
				columns = append(columns, ContentColumn{name, value(r, col(name), false)})
			}
			c.add(t.name, strings.Join(key, " "), r, "", columns...)
		})
	}
	bands := c.n.db.Table("Meter_Band")
	c.each("Meter", func(r ovsdb.Row, col func(string) ovsdb.Col) {
		var out []string
		for _, u := range r.Refs(col("bands")) {
			if b, ok := bands.Get(u); ok {
				var band []string
				for _, name := range []string{"action", "rate", "burst_size"} {
					column, _ := bands.Col(name)
					band = append(band, name+"="+value(b, column, false))
				}
				out = append(out, strings.Join(band, " "))
			}
		}
		slices.Sort(out)
		c.add("Meter", r.String(col("name")), r, "", ContentColumn{"unit", r.String(col("unit"))}, ContentColumn{"bands", strings.Join(out, ", ")})
	})
}

// value returns a column's value as in the database, or "" if it is empty. If number is set, it
// also returns values that are not strings.
func value(r ovsdb.Row, c ovsdb.Col, number bool) string {
	if !r.Has(c) {
		return ""
	}
	text := string(r.Raw(c))
	if number && strings.HasPrefix(text, `"`) {
		return ""
	}
	return text
}
