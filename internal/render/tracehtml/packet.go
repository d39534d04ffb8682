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

// fieldRow is a field: as the packet came in, and, where it changed, as it went
// on.
type fieldRow struct {
	Name    string
	Was, Is string
	Changed bool
}

// registerWords say what the registers are for that the match language names
// otherwise.
var registerWords = map[string]string{"reg10": "reg10 (flags)", "reg14": "reg14 (inport)", "reg15": "reg15 (outport)"}

// fieldsOf lists the fields of a packet that are not zero, and those that
// differ in after, which may be nil.
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
		row := fieldRow{Name: wording.FieldName(f), Was: shownField(f, was), Is: shownField(f, is), Changed: was != is}
		if word, ok := registerWords[row.Name]; ok {
			row.Name = word
		}
		if len(groups) == 0 || groups[len(groups)-1].Name != string(s.Part) {
			groups = append(groups, fieldGroup{Name: string(s.Part)})
		}
		g := &groups[len(groups)-1]
		g.Rows = append(g.Rows, row)
	}
	return groups
}

// shownField writes a value; a wider one than the field's in its whole.
func shownField(f *packet.Field, v packet.Value) string {
	switch {
	case v.IsZero() && f.Kind != packet.KindIPv4 && f.Kind != packet.KindEthernet:
		return "0"
	case f == packet.EthType:
		return string(packet.AppendHex(nil, v)) + etherWord(v.Lo)
	}
	return f.Format(v)
}

func etherWord(v uint64) string {
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

// isExternal lists what differs between two packets in fields that others see.
func isExternal(before, after *packet.Packet) []fieldRow {
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

// nextPacket is a packet as it went on from a table, nil where it did not, and the
// datapath that it came to.
type nextPacket struct {
	packet   *packet.Packet
	datapath *trace.DatapathRef
}

// nextDatapath finds the packet as it came to the next table, or left.
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
