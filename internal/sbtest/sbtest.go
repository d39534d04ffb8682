// Package sbtest makes small southbound databases for tests: rows in, bytes of
// a standalone OVSDB file (ovsdb(5)) out.
package sbtest

import (
	"encoding/json"
	"fmt"
	"slices"
)

// DB is a database under construction.  UUIDs count up in the order in which
// rows are made, so that a test can name them.
type DB struct {
	tables map[string]map[string]map[string]any
	rows   int
}

// New returns a database that a release of OVN wrote.
func New(release string) *DB {
	db := &DB{tables: map[string]map[string]map[string]any{}}
	db.Row("SB_Global", map[string]any{"options": Map("northd_internal_version", release+"-0.0.0-0.0")})
	return db
}

// Row adds a row and returns its UUID.
func (db *DB) Row(table string, columns map[string]any) string {
	db.rows++
	uuid := fmt.Sprintf("%08x-0000-4000-8000-000000000000", db.rows)
	if db.tables[table] == nil {
		db.tables[table] = map[string]map[string]any{}
	}
	db.tables[table][uuid] = columns
	return uuid
}

// Ref returns a reference to a row.
func Ref(uuid string) any { return []any{"uuid", uuid} }

// Set returns a set.
func Set[T any](values ...T) any {
	if values == nil {
		values = []T{}
	}
	return []any{"set", values}
}

// Refs returns a set of references.
func Refs(uuids ...string) any {
	refs := []any{}
	for _, u := range uuids {
		refs = append(refs, Ref(u))
	}
	return Set(refs...)
}

// Map returns a map of strings, from keys and values in turn.
func Map(pairs ...string) any {
	entries := [][2]string{}
	for kv := range slices.Chunk(pairs, 2) {
		entries = append(entries, [2]string{kv[0], kv[1]})
	}
	return []any{"map", entries}
}

// Datapath adds a switch or router and returns its UUID.
func (db *DB) Datapath(name string, key int) string {
	return db.Row("Datapath_Binding", map[string]any{"tunnel_key": key, "external_ids": Map("name", name, "logical-switch", fmt.Sprintf("%08x-1111-4000-8000-000000000000", key))})
}

// Port adds a port; more are further columns and their values in turn.
func (db *DB) Port(datapath, name string, key int, typ string, more ...any) string {
	c := map[string]any{"datapath": Ref(datapath), "logical_port": name, "tunnel_key": key, "type": typ}
	for kv := range slices.Chunk(more, 2) {
		c[kv[0].(string)] = kv[1]
	}
	return db.Row("Port_Binding", c)
}

// Group adds a group of datapaths and returns its UUID.
func (db *DB) Group(datapaths ...string) string {
	return db.Row("Logical_DP_Group", map[string]any{"datapaths": Refs(datapaths...)})
}

// Flow adds a logical flow to the stage that is named after its table.
func (db *DB) Flow(datapath, pipeline string, table, priority int, match, actions string) string {
	return db.flow("logical_datapath", datapath, pipeline, table, priority, match, actions)
}

// GroupFlow adds a logical flow of a group of datapaths.
func (db *DB) GroupFlow(group, pipeline string, table, priority int, match, actions string) string {
	return db.flow("logical_dp_group", group, pipeline, table, priority, match, actions)
}

func (db *DB) flow(column, of, pipeline string, table, priority int, match, actions string) string {
	return db.Row("Logical_Flow", map[string]any{
		column: Ref(of), "pipeline": pipeline, "table_id": table, "priority": priority,
		"match": match, "actions": actions, "external_ids": Map("stage-name", fmt.Sprintf("%s_%d", pipeline, table)),
	})
}

// Bytes returns the database as a file.
func (db *DB) Bytes() []byte {
	var out []byte
	record := func(v any) {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		out = append(out, Record("JSON", append(b, '\n'))...)
	}
	record(map[string]any{"name": "OVN_Southbound", "version": "20.0.0", "tables": schema})
	tx := map[string]any{"_date": 0}
	for name, rows := range db.tables {
		tx[name] = rows
	}
	record(tx)
	return out
}

// schema has the columns that tests need, as southbound databases have them.
var schema = func() map[string]any {
	text := func() any { return map[string]any{"type": "string"} }
	number := func() any { return map[string]any{"type": "integer"} }
	many := func(of any) any {
		return map[string]any{"type": map[string]any{"key": of, "min": 0, "max": "unlimited"}}
	}
	optional := func(table string) any {
		return map[string]any{"type": map[string]any{"key": map[string]any{"type": "uuid", "refTable": table}, "min": 0, "max": 1}}
	}
	ref := func(table string) any {
		return map[string]any{"type": map[string]any{"key": map[string]any{"type": "uuid", "refTable": table}}}
	}
	pairs := func() any {
		return map[string]any{"type": map[string]any{"key": "string", "value": "string", "min": 0, "max": "unlimited"}}
	}
	table := func(columns map[string]any) any { return map[string]any{"columns": columns} }
	return map[string]any{
		"SB_Global":        table(map[string]any{"options": pairs()}),
		"Datapath_Binding": table(map[string]any{"tunnel_key": number(), "external_ids": pairs()}),
		"Port_Binding": table(map[string]any{
			"datapath": ref("Datapath_Binding"), "logical_port": text(), "tunnel_key": number(), "type": text(),
			"options": pairs(), "external_ids": pairs(), "port_security": many("string"), "mac": many("string"), "nat_addresses": many("string"), "chassis": optional("Chassis"), "additional_chassis": optional("Chassis"), "virtual_parent": many("string"), "tag": many("integer"),
			"gateway_chassis": many(map[string]any{"type": "uuid", "refTable": "Gateway_Chassis"}), "encap": optional("Encap"), "ha_chassis_group": optional("HA_Chassis_Group"),
		}),
		"Chassis":              table(map[string]any{"name": text(), "hostname": text(), "other_config": pairs(), "encaps": many(map[string]any{"type": "uuid", "refTable": "Encap"}), "transport_zones": many("string")}),
		"Encap":                table(map[string]any{"type": text(), "ip": text()}),
		"Gateway_Chassis":      table(map[string]any{"name": text(), "chassis": optional("Chassis"), "priority": number()}),
		"HA_Chassis_Group":     table(map[string]any{"name": text(), "ha_chassis": many(map[string]any{"type": "uuid", "refTable": "HA_Chassis"}), "ref_chassis": many(map[string]any{"type": "uuid", "refTable": "Chassis"})}),
		"HA_Chassis":           table(map[string]any{"chassis": optional("Chassis"), "priority": number()}),
		"Chassis_Template_Var": table(map[string]any{"chassis": text(), "variables": pairs()}),
		"Multicast_Group": table(map[string]any{
			"name": text(), "datapath": ref("Datapath_Binding"), "tunnel_key": number(),
			"ports": many(map[string]any{"type": "uuid", "refTable": "Port_Binding"}),
		}),
		"Logical_Flow": table(map[string]any{
			"logical_datapath": optional("Datapath_Binding"), "logical_dp_group": optional("Logical_DP_Group"),
			"pipeline": text(), "table_id": number(), "priority": number(), "match": text(), "actions": text(), "external_ids": pairs(), "tags": pairs(),
		}),
		"Logical_DP_Group":   table(map[string]any{"datapaths": many(map[string]any{"type": "uuid", "refTable": "Datapath_Binding"})}),
		"Address_Set":        table(map[string]any{"name": text(), "addresses": many("string")}),
		"Port_Group":         table(map[string]any{"name": text(), "ports": many("string")}),
		"MAC_Binding":        table(map[string]any{"logical_port": text(), "ip": text(), "mac": text(), "datapath": ref("Datapath_Binding")}),
		"Static_MAC_Binding": table(map[string]any{"logical_port": text(), "ip": text(), "mac": text(), "override_dynamic_mac": map[string]any{"type": "boolean"}, "datapath": ref("Datapath_Binding")}),
		"FDB":                table(map[string]any{"mac": text(), "dp_key": number(), "port_key": number()}),
		"Load_Balancer":      table(map[string]any{"name": text(), "vips": pairs()}),
		"DHCP_Options":       table(map[string]any{"name": text(), "code": number(), "type": text()}),
		"DHCPv6_Options":     table(map[string]any{"name": text(), "code": number(), "type": text()}),
	}
}()
