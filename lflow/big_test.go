package lflow

import (
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// bigSchema is what the tests' networks have of the southbound schema.
const bigSchema = `{"name":"OVN_Southbound","version":"20.27.0","tables":{` +
	`"SB_Global":{"columns":{"options":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}}},` +
	`"Datapath_Binding":{"columns":{"tunnel_key":{"type":"integer"},"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}}},` +
	`"Port_Binding":{"columns":{"logical_port":{"type":"string"},"type":{"type":"string"},"tunnel_key":{"type":"integer"},"datapath":{"type":{"key":{"type":"uuid","refTable":"Datapath_Binding"}}},` +
	`"options":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},` +
	`"port_security":{"type":{"key":"string","min":0,"max":"unlimited"}}}},` +
	`"Multicast_Group":{"columns":{"name":{"type":"string"},"tunnel_key":{"type":"integer"},"datapath":{"type":{"key":{"type":"uuid","refTable":"Datapath_Binding"}}},"ports":{"type":{"key":{"type":"uuid","refTable":"Port_Binding"},"min":0,"max":"unlimited"}}}},` +
	`"MAC_Binding":{"columns":{"logical_port":{"type":"string"},"ip":{"type":"string"},"mac":{"type":"string"},"datapath":{"type":{"key":{"type":"uuid","refTable":"Datapath_Binding"}}}}},` +
	`"FDB":{"columns":{"mac":{"type":"string"},"dp_key":{"type":"integer"},"port_key":{"type":"integer"}}},` +
	`"Port_Group":{"columns":{"name":{"type":"string"},"ports":{"type":{"key":"string","min":0,"max":"unlimited"}}}},` +
	`"Logical_DP_Group":{"columns":{"datapaths":{"type":{"key":{"type":"uuid","refTable":"Datapath_Binding"},"min":0,"max":"unlimited"}}}},` +
	`"Logical_Flow":{"columns":{` +
	`"logical_datapath":{"type":{"key":{"type":"uuid","refTable":"Datapath_Binding"},"min":0,"max":1}},` +
	`"logical_dp_group":{"type":{"key":{"type":"uuid","refTable":"Logical_DP_Group"},"min":0,"max":1}},` +
	`"pipeline":{"type":"string"},"table_id":{"type":"integer"},"priority":{"type":"integer"},"match":{"type":"string"},"actions":{"type":"string"},` +
	`"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}}}}}`

// builder writes a southbound database row by row.
type builder struct {
	rows map[string]map[string]any // by table and UUID
	last int
}

func (b *builder) add(table string, row map[string]any) (uuid string) {
	b.last++
	sum := sha1.Sum(fmt.Append(nil, b.last))
	uuid = fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
	if b.rows == nil {
		b.rows = map[string]map[string]any{}
	}
	if b.rows[table] == nil {
		b.rows[table] = map[string]any{}
	}
	b.rows[table][uuid] = row
	return uuid
}

// flow adds a flow of a datapath, or, in a pipeline such as "*ingress", of a
// group.
func (b *builder) flow(of, pipeline string, table, priority int, match, actions string) {
	column := "logical_datapath"
	if rest, ok := strings.CutPrefix(pipeline, "*"); ok {
		column, pipeline = "logical_dp_group", rest
	}
	b.add("Logical_Flow", map[string]any{
		column: ref(of), "pipeline": pipeline, "table_id": table, "priority": priority,
		"match": match, "actions": actions, "external_ids": []any{"map", [][2]string{{"stage-name", fmt.Sprintf("stage_%d", table)}}},
	})
}

func ref(uuid string) any { return [2]string{"uuid", uuid} }

// bytes returns the database, a standalone log (ovsdb(5)).
func (b *builder) bytes(tb testing.TB) []byte {
	tb.Helper()
	txn, err := json.Marshal(b.rows)
	if err != nil {
		tb.Fatal(err)
	}
	var out []byte
	for _, text := range []string{bigSchema, string(txn)} {
		text += "\n"
		out = fmt.Appendf(out, "OVSDB JSON %d %x\n%s", len(text), sha1.Sum([]byte(text)), text)
	}
	return out
}

// bigDatabase is a network of switches, each with ports of its own, that all
// have the same load balancers.
func bigDatabase(tb testing.TB, switches, ports, balancers int) []byte {
	b := &builder{}
	dps := map[string]int{}
	var refs []any
	for s := range switches {
		dp := b.add("Datapath_Binding", map[string]any{"tunnel_key": s + 1, "external_ids": []any{"map", [][2]string{{"logical-switch", fmt.Sprintf("%08x-0000-4000-8000-000000000000", s)}, {"name", fmt.Sprintf("sw%d", s)}}}})
		dps[dp] = s
		refs = append(refs, ref(dp))
	}
	group := b.add("Logical_DP_Group", map[string]any{"datapaths": []any{"set", refs}})
	for table := range 4 {
		b.flow(group, "*ingress", table, 0, "1", "next;")
	}
	b.flow(group, "*ingress", 0, 100, "vlan.present", "drop;")
	for i := range balancers {
		b.flow(group, "*ingress", 3, 120, fmt.Sprintf("ct.new && ip4.dst == 172.30.%d.%d && tcp.dst == %d", i/250, i%250, 80+i%7),
			fmt.Sprintf("reg1 = 172.30.%d.%d; reg2[0..15] = %d; ct_lb_mark(backends=10.0.%d.%d:8080);", i/250, i%250, 80+i%7, i/250, i%250))
	}
	b.flow(group, "*egress", 0, 0, "1", "next;")
	for _, dp := range slices.Sorted(maps.Keys(dps)) {
		s := dps[dp]
		for p := range ports {
			name, mac := fmt.Sprintf("sw%d-p%d", s, p), fmt.Sprintf("0a:00:%02x:%02x:00:%02x", s>>8, s&255, p)
			b.add("Port_Binding", map[string]any{"logical_port": name, "datapath": ref(dp), "tunnel_key": p + 1})
			b.flow(dp, "ingress", 1, 50, fmt.Sprintf("inport == %q && eth.src == %s", name, mac), "next;")
			b.flow(dp, "ingress", 1, 90, fmt.Sprintf("inport == %q && eth.src == %s && ip4.src == {10.%d.%d.%d, 0.0.0.0}", name, mac, s>>8, s&255, p), "next;")
			b.flow(dp, "ingress", 4, 50, "eth.dst == "+mac, fmt.Sprintf("outport = %q; output;", name))
			b.flow(dp, "egress", 1, 50, fmt.Sprintf("outport == %q && eth.dst == {%s, ff:ff:ff:ff:ff:ff}", name, mac), "output;")
		}
	}
	return b.bytes(tb)
}

// bigNetwork is the network of bigDatabase.
func bigNetwork(tb testing.TB, switches, ports, balancers int) *Network {
	tb.Helper()
	n, err := Read(tb.Context(), "big", bigDatabase(tb, switches, ports, balancers), Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { n.Close() })
	return n
}
