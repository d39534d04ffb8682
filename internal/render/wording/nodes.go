// Package wording is the wording of a trace: the line of each node, as ovn-trace(8)
// of the trace's release writes it, and names of packets, fields and verdicts.
package wording

import (
	"fmt"
	"strconv"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr/lex"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Words has the messages of a release's ovn-trace.
type Words struct {
	Names
	Header    packet.HeaderStyle
	direction bool // whether a log line has the direction
}

// Of returns the words of a trace's release, with one kind of names.
func Of(t *trace.Trace, names Names) Words {
	r, err := dialect.Parse(t.Release)
	if err != nil {
		r = dialect.Newest
	}
	d := dialect.For(r)
	return Words{
		Names:     names,
		Header:    packet.HeaderStyle{Frag: d.Has(dialect.FragInHeader), IGMP: d.Has(dialect.IGMPInHeader)},
		direction: d.Has(dialect.LogDirection),
	}
}

// Line returns the text of a node, without its children.
func (w Words) Line(n trace.Node) string {
	switch n := n.(type) {
	case *trace.Pipeline:
		return w.pipelineLine(n)
	case *trace.Table:
		return string(w.appendTable(make([]byte, 0, 160), n))
	case *trace.Action:
		return w.Text(n.Text)
	case *trace.Drop:
		return "drop;"
	case *trace.Change:
		return ChangeLine(n)
	case *trace.Delivered:
		return `output("` + w.Port(n.Port) + `")`
	case *trace.Reached:
		return `/* output to "` + w.Port(n.Port) + `", type "` + PortType(n.Port) + `" */`
	case *trace.Replaced:
		return fmt.Sprintf(`/* Replacing type "%s" outport "%s" with distributed port "%s". */`, PortType(n.Port), w.Port(n.Port), w.Port(n.Distributed))
	case *trace.Omitted:
		return "/* omitting output because inport == outport && !flags.loopback */"
	case *trace.Fork:
		return forkLine(n)
	case *trace.Log:
		return w.logLine(n)
	case *trace.Remark:
		return w.remarkLine(n)
	case *trace.Uncertain:
		return fmt.Sprintf("/* flow %08x does not parse, so this step is uncertain: %s */", n.Flow.Cookie, n.Reason)
	case *trace.Overlap:
		return fmt.Sprintf("/* flow %08x of the same priority matches too */", n.Other.Cookie)
	}
	return ""
}

// Append appends the text of a node to b.
func (w Words) Append(b []byte, n trace.Node) []byte {
	switch n := n.(type) {
	case *trace.Table:
		return w.appendTable(b, n)
	case *trace.Action:
		return append(b, w.Text(n.Text)...)
	default:
		return append(b, w.Line(n)...)
	}
}

func (w Words) pipelineLine(n *trace.Pipeline) string {
	b := make([]byte, 0, 80)
	zone := ""
	if n.Zone != "" {
		zone = `zone="` + n.Zone + `", `
	}
	switch {
	case n.Group != "":
		return `multicast(` + zone + `dp="` + w.Datapath(n.Datapath) + `", mcgroup="` + n.Group + `")`
	case n.Egress:
		b = append(b, "egress("...)
	default:
		b = append(b, "ingress("...)
	}
	b = append(b, zone+`dp="`+w.Datapath(n.Datapath)...)
	if !n.Jump || !n.Egress {
		b = append(b, `", inport="`+w.Port(n.Inport)...)
	}
	if n.Egress {
		b = append(b, `", outport="`+w.Port(n.Outport)...)
	}
	return string(append(b, `")`...))
}

func (w Words) appendTable(b []byte, n *trace.Table) []byte {
	if n.Number < 10 {
		b = append(b, ' ')
	}
	b = strconv.AppendInt(b, int64(n.Number), 10)
	b = append(b, ". "...)
	f := n.Flow
	if f == nil {
		if n.Stage != "" || n.EmptyStage {
			b = append(append(b, n.Stage...), ": "...)
		}
		return append(b, "no match (implicit drop)"...)
	}
	staged, sourced := f.Stage != "" || f.EmptyStage, f.Source != "" || f.EmptySource
	if staged {
		b = append(b, f.Stage...)
		if sourced {
			b = append(b, ' ')
		}
	}
	if sourced {
		b = append(append(append(b, '('), f.Source...), ')')
	}
	if staged || sourced {
		b = append(b, ": "...)
	}
	b = append(append(b, w.Text(f.Match)...), ", priority "...)
	b = strconv.AppendInt(b, int64(f.Priority), 10)
	b = append(b, ", uuid "...)
	for shift := 28; shift >= 0; shift -= 4 {
		b = append(b, "0123456789abcdef"[f.Cookie>>shift&15])
	}
	return b
}

// ChangeLine returns the text of a change.
func ChangeLine(n *trace.Change) string {
	value := Value(n.Value)
	switch n.Kind {
	case trace.ChangeDecrement:
		return n.Field + "--"
	case trace.ChangePush:
		return "push(" + n.Field + ") -> " + value
	case trace.ChangePop:
		if value == "" {
			return "pop(" + n.Field + ") <- /* empty stack */"
		}
		return "pop(" + n.Field + ") <- " + value
	case trace.ChangeOptions:
		return n.Field + "(" + value + ")"
	default:
	}
	return n.Field + " = " + value
}

// PortType returns the type of a port, "" for nil.
func PortType(p *trace.PortRef) string {
	if p == nil {
		return ""
	}
	return p.Type
}

// Value returns the text of a value.
func Value(v trace.Value) string {
	switch v.Format {
	case trace.FormatDecimal:
		return number(v, lex.Decimal)
	case trace.FormatHex:
		return number(v, lex.Hex)
	case trace.FormatIPv4:
		return number(v, lex.IPv4)
	case trace.FormatIPv6:
		return number(v, lex.IPv6)
	case trace.FormatEthernet:
		return number(v, lex.Ethernet)
	case trace.FormatField:
		return v.Like.Format(v.Number)
	case trace.FormatText:
	}
	return v.Text
}

func number(v trace.Value, f lex.Format) string {
	return lex.Number{Value: v.Number, Mask: v.Mask, Masked: v.Masked, Format: f}.String()
}

// assumed is the comment after a conntrack state that no option sets.
const assumed = " /* default (use --ct to customize) */"

func forkLine(n *trace.Fork) string {
	comment := ""
	if n.Tracked && n.Assumed {
		comment = assumed
	}
	switch n.Kind {
	case trace.ForkClone, trace.ForkMirror:
		return "clone"
	case trace.ForkARP:
		return "arp"
	case trace.ForkNDNA:
		return "nd_na"
	case trace.ForkNDNS:
		return "nd_ns"
	case trace.ForkICMP4:
		return "icmp4"
	case trace.ForkICMP6:
		return "icmp6"
	case trace.ForkTCPReset:
		return "tcp_reset"
	case trace.ForkSCTPAbort:
		return "sctp_abort"
	case trace.ForkCTNext:
		return "ct_next(ct_state=" + packet.FormatCTState(n.State) + comment + ")"
	case trace.ForkCTDNAT:
		return natLine(n, "dst", "ct_dnat") + comment
	case trace.ForkCTSNAT:
		return natLine(n, "src", "ct_snat") + comment
	case trace.ForkCTLB:
		return n.Variant + comment
	case trace.ForkCTCommitNAT:
		return "ct_commit_nat /* assuming no un-nat entry, so no change */" + comment
	case trace.ForkCTCommitToZone:
		return "ct_commit_to_zone(" + n.Variant + ")" + comment
	case trace.ForkSelect:
		if n.Random {
			comment = " /* Randomly selected. Use --select-id to specify. */"
		}
		return "select: " + n.Field + " = " + strconv.FormatUint(n.Value, 10) + comment
	}
	return ""
}

// ForkNames are the names of forks, by their kinds.
var ForkNames = []string{
	trace.ForkClone:          "clone",
	trace.ForkARP:            "arp",
	trace.ForkNDNA:           "nd-na",
	trace.ForkNDNS:           "nd-ns",
	trace.ForkICMP4:          "icmp4",
	trace.ForkICMP6:          "icmp6",
	trace.ForkTCPReset:       "tcp-reset",
	trace.ForkSCTPAbort:      "sctp-abort",
	trace.ForkCTNext:         "ct-next",
	trace.ForkCTDNAT:         "ct-dnat",
	trace.ForkCTSNAT:         "ct-snat",
	trace.ForkCTLB:           "ct-lb",
	trace.ForkCTCommitNAT:    "ct-commit-nat",
	trace.ForkCTCommitToZone: "ct-commit-to-zone",
	trace.ForkSelect:         "select",
	trace.ForkMirror:         "mirror",
}

func natLine(n *trace.Fork, direction, name string) string {
	kind := name[len("ct_"):]
	if n.Variant != name {
		name += "in_czone" // as ovn-trace spells it
	}
	switch {
	case n.Address == "":
		return name + " /* assuming no un-" + kind + " entry, so no change */"
	case n.IPv6:
		return name + "(ip6." + direction + "=" + n.Address + ")"
	}
	return name + "(ip4." + direction + "=" + n.Address + ")"
}

func (w Words) logLine(n *trace.Log) string {
	name, direction := n.Name, ""
	if n.Unnamed {
		name = "<unnamed>"
	}
	if w.direction {
		direction = "direction=IN, "
		if n.Egress {
			direction = "direction=OUT, "
		}
	}
	return fmt.Sprintf(`LOG: ACL name=%s, %sverdict=%s, severity=%s, packet="%s"`, name, direction, n.Verdict, n.Severity, n.Packet.Header(w.Header))
}

// LastShown returns the index of the last node that a compatible view counts.
func LastShown(nodes []trace.Node) int {
	for i := len(nodes) - 1; i >= 0; i-- {
		if nodes[i].Class() != trace.ClassAnnotation {
			return i
		}
	}
	return -1
}
