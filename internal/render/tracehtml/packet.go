package tracehtml

import (
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// fieldGroup is a section of a packet's fields on a page.
type fieldGroup struct {
	Name string
	Rows []fieldRow
}

// fieldRow is a field with its values before and after a step.
type fieldRow struct {
	Name    string
	Was, Is string
	Changed bool
}

// registerNames has the registers that are also fields with names of their own.
var registerNames = map[string]string{"reg10": "reg10 (flags)", "reg14": "reg14 (inport)", "reg15": "reg15 (outport)"}

// fieldsOf returns the fields that are not zero in a packet or in after, which may be nil.
func fieldsOf(p, after *packet.Packet) []fieldGroup {
	var groups []fieldGroup
	for _, s := range wording.Fields {
		f := s.Field()
		was := p.Get(f)
		is := was
		if after != nil {
			is = after.Get(f)
		}
		if was.IsZero() && is.IsZero() {
			continue
		}
		if f = s.In(p); was.IsZero() {
			f = s.In(after)
		}
		row := fieldRow{Name: wording.FieldName(f), Was: formatField(f, was), Is: formatField(f, is), Changed: was != is}
		if name, ok := registerNames[row.Name]; ok {
			row.Name = name
		}
		if len(groups) == 0 || groups[len(groups)-1].Name != string(s.Part) {
			groups = append(groups, fieldGroup{Name: string(s.Part)})
		}
		g := &groups[len(groups)-1]
		g.Rows = append(g.Rows, row)
	}
	return groups
}

// formatField returns the text of a value, also of one that is wider than the field.
func formatField(f *packet.Field, v packet.Value) string {
	switch {
	case v.IsZero() && f.Kind != packet.KindIPv4 && f.Kind != packet.KindEthernet:
		return "0"
	case f == packet.EthType:
		return string(packet.AppendHex(nil, v)) + etherName(v.Lo)
	}
	return f.Format(v)
}

// etherName returns the name of an Ethernet type in parentheses, "" for others.
func etherName(v uint64) string {
	switch v {
	case packet.EthTypeIPv4:
		return " (IPv4)"
	case packet.EthTypeIPv6:
		return " (IPv6)"
	case packet.EthTypeARP:
		return " (ARP)"
	}
	return ""
}

// externalChanges returns the fields that differ between two packets, without metadata and connection state.
func externalChanges(before, after *packet.Packet) []fieldRow {
	var rows []fieldRow
	for _, g := range fieldsOf(before, after) {
		if g.Name == string(wording.Metadata) || g.Name == string(wording.Conntrack) {
			continue
		}
		for _, r := range g.Rows {
			if r.Changed {
				rows = append(rows, r)
			}
		}
	}
	return rows
}

// nextPacket is the packet after the actions of a table, nil if it ended there, and its datapath.
type nextPacket struct {
	packet   *packet.Packet
	datapath *trace.DatapathRef
}

// nextDatapath returns the packet at the next table or when it is delivered.
func nextDatapath(nodes []trace.Node, datapath *trace.DatapathRef) nextPacket {
	var fork nextPacket
	for _, n := range nodes {
		switch n := n.(type) {
		case *trace.Table:
			return nextPacket{&n.Packet, datapath}
		case *trace.Delivered:
			return nextPacket{&n.Packet, datapath}
		case *trace.Pipeline:
			if on := nextDatapath(n.Nodes, n.Datapath); on.packet != nil {
				return on
			}
		case *trace.Fork:
			if fork.packet == nil && wording.OriginWord(n) == "" {
				fork = nextPacket{&n.Packet, datapath}
			}
		case *trace.Action, *trace.Drop, *trace.Change, *trace.Reached, *trace.Replaced, *trace.Omitted,
			*trace.Log, *trace.Remark, *trace.Uncertain, *trace.Overlap:
		}
	}
	return fork
}
