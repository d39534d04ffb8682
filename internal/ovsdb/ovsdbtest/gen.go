// Package ovsdbtest makes databases, archives and servers for the tests of
// internal/ovsdb.
package ovsdbtest

import (
	"crypto/sha1"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/logfile"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// Schema is a small southbound schema with columns of each kind.
const Schema = `{"name":"OVN_Southbound","version":"20.27.0","cksum":"1 1","tables":{` +
	`"Logical_Flow":{"isRoot":true,"columns":{` +
	`"logical_datapath":{"type":{"key":{"type":"uuid","refTable":"Datapath_Binding"},"min":0,"max":1}},` +
	`"logical_dp_group":{"type":{"key":{"type":"uuid","refTable":"Logical_DP_Group"},"min":0,"max":1}},` +
	`"pipeline":{"type":{"key":{"type":"string","enum":["set",["egress","ingress"]]}}},` +
	`"table_id":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":32}}},` +
	`"priority":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":65535}}},` +
	`"match":{"type":"string"},"actions":{"type":"string"},` +
	`"tags":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},` +
	`"controller_meter":{"type":{"key":"string","min":0,"max":1}},` +
	`"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}}},` +
	`"Datapath_Binding":{"isRoot":true,"columns":{"tunnel_key":{"type":"integer"},` +
	`"load_balancers":{"type":{"key":{"type":"uuid"},"min":0,"max":"unlimited"}},` +
	`"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}}},` +
	`"Address_Set":{"isRoot":true,"columns":{"name":{"type":"string"},` +
	`"addresses":{"type":{"key":"string","min":0,"max":"unlimited"}}}},` +
	`"Meter":{"isRoot":true,"columns":{"name":{"type":"string"},` +
	`"bands":{"type":{"key":{"type":"uuid","refTable":"Meter_Band"},"min":1,"max":"unlimited"}}}},` +
	`"Logical_DP_Group":{"isRoot":true,"columns":{"datapaths":{"type":{"key":{"type":"uuid","refTable":"Datapath_Binding","refType":"weak"},"min":0,"max":"unlimited"}}}},` +
	`"Meter_Band":{"isRoot":true,"columns":{"rate":{"type":"integer"}}},` +
	`"IP_Multicast":{"isRoot":true,"columns":{"enabled":{"type":{"key":"boolean","min":0,"max":1}},` +
	`"rates":{"type":{"key":"real","min":0,"max":"unlimited"}},` +
	`"ports":{"type":{"key":"integer","min":0,"max":"unlimited"}},` +
	`"weights":{"type":{"key":"integer","value":"real","min":0,"max":"unlimited"}},` +
	`"size":{"type":{"key":"integer","min":0,"max":1}}}}}}`

// Record frames one JSON text as a record of ovsdb(5).
func Record(magic, text string) string {
	return string(sbtest.Record(magic, []byte(text+"\n")))
}

// Log frames a schema and transactions.
func Log(texts ...string) string {
	var b strings.Builder
	for _, t := range texts {
		b.WriteString(Record(logfile.MagicStandalone, t))
	}
	return b.String()
}

// UUID returns the UUID of row n.
func UUID(n int) ovsdb.UUID {
	var u ovsdb.UUID
	sum := sha1.Sum(fmt.Append(nil, n))
	copy(u[:], sum[:])
	return u
}

// Generate writes a database similar to that of a large network: rows flows over
// switches datapaths, in one transaction.
func Generate(w io.Writer, rows, switches int) error {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	b.WriteString(`{"Datapath_Binding":{`)
	for i := range switches {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"%s":{"tunnel_key":%d,"external_ids":["map",[["logical-switch","%s"],["name","node%d"]]]}`,
			UUID(i), i+1, UUID(1e6+i), i)
	}
	b.WriteString(`},"_date":1700000000000,"Logical_Flow":{`)
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		n := r.IntN(switches)
		fmt.Fprintf(&b, `"%s":{"logical_datapath":["uuid","%s"],"pipeline":"%s","table_id":%d,"priority":%d,`,
			UUID(2e6+i), UUID(n), []string{"ingress", "egress"}[r.IntN(2)], r.IntN(28), r.IntN(40)*50)
		fmt.Fprintf(&b, `"match":"ip4 && inport == \"lsp-%d-%d\" && ip4.dst == 10.%d.%d.%d && tcp.dst == %d",`,
			n, r.IntN(40), n/256, n%256, r.IntN(256), r.IntN(65536))
		fmt.Fprintf(&b, `"actions":"reg1 = 10.96.%d.%d; reg2[0..15] = %d; ct_lb_mark(backends=10.244.%d.%d:8080,10.244.%d.%d:8080);",`,
			r.IntN(256), r.IntN(256), r.IntN(65536), r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256))
		fmt.Fprintf(&b, `"external_ids":["map",[["source","northd.c:%d"],["stage-hint","%08x"],["stage-name","ls_in_lb"]]]}`,
			r.IntN(16000), r.Uint32())
	}
	b.WriteString(`}}`)
	if _, err := io.WriteString(w, Record(logfile.MagicStandalone, Schema)); err != nil {
		return err
	}
	_, err := io.WriteString(w, Record(logfile.MagicStandalone, b.String()))
	return err
}
