package docs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
)

// Language returns docs/language.md: matches and actions by field and action,
// with the releases that have them, from [dialect.Symbols] and
// [dialect.Actions].
func Language() string {
	var b strings.Builder
	b.WriteString(generatedNote)
	b.WriteString(languageTop)
	b.WriteString(spanNotes)
	b.WriteString("\n## Matches\n\n" + matchNotes + "\n")
	left := slices.Clone(dialect.Symbols)
	for _, g := range symbolGroups {
		writeSymbols(&b, g, &left)
	}
	if len(left) > 0 {
		panic(fmt.Sprintf("docs: no group has symbol %v", left[0]))
	}
	b.WriteString("## Actions\n\n" + actionNotes + "\n")
	writeActions(&b)
	return b.String()
}

const languageTop = `# The language of logical flows

A logical flow has a match and actions. This page lists the fields and actions of all OVN releases since 2.11. ovn-sb(5),
table Logical_Flow, describes them; [compatibility.md](compatibility.md) lists other differences between releases.

` + "`ovnwalk parse match` and `ovnwalk parse actions` check a text; `--release` selects the release." + `

Ranges of releases: `

const matchNotes = `A match compares fields with constants: ` + "`ip4.src == 10.0.0.0/8 && tcp.dst == {80, 443}`" + `. Comparisons combine with
` + "`!`, `&&`, `||`" + ` and parentheses. ` + "`1 <= tcp.dst < 1024`" + ` is a range, ` + "`$set`" + ` an address set, ` + "`@group`" + ` a port group,
` + "`^NAME`" + ` a template variable, and ` + "`field[0..7]`" + ` a subfield. ` + "`is_chassis_resident(\"port\")`" + ` is true on the
chassis to which the port is bound.

The level of a field determines the comparisons that it supports. An *ordinal* field supports all of them, with masks and
subfields. A *nominal* field supports == and !=, and cannot be negated. A *boolean* field is true or false and can be
negated. A comparison adds the prerequisites of its field: ` + "`tcp.dst == 80`" + ` matches TCP packets only.

The column *written by* lists where actions can assign to the field: *actions* means outside of
` + "`ct_commit { }`, *ct_commit* inside of it, *both* everywhere." + `
`

// symbolGroup is a part of the table of symbols: those named in Names, and
// those whose names begin with one of Prefixes.
type symbolGroup struct {
	Title    string
	Names    []string
	Prefixes []string
}

var symbolGroups = []symbolGroup{
	{
		"Ports and registers",
		[]string{"inport", "outport", "remote_outport", "__inport", "__outport", "from_evpn_vtep", "to_evpn_vtep", "flags"},
		[]string{"xxreg", "xreg", "reg", "flags.", "pkt."},
	},
	{"Connection tracking", []string{"ct_mark", "ct_label", "ct_state"}, []string{"ct.", "ct_mark.", "ct_label."}},
	{"Ethernet and VLAN", nil, []string{"eth.", "vlan."}},
	{"ARP and RARP", []string{"arp", "rarp"}, []string{"arp.", "rarp."}},
	{"IP", []string{"ip", "ip4", "ip6"}, []string{"ip.", "ip4.", "ip6."}},
	{"ICMP, IGMP and MLD", []string{"icmp", "icmp4", "icmp6", "igmp", "mldv1", "mldv2"}, []string{"icmp4.", "icmp6."}},
	{"Neighbor discovery", []string{"nd", "nd_ns", "nd_na", "nd_rs", "nd_ra", "nd_ns_mcast"}, []string{"nd."}},
	{"TCP, UDP and SCTP", []string{"tcp", "udp", "sctp"}, []string{"tcp.", "udp.", "sctp."}},
}

func (g symbolGroup) has(name string) bool {
	return slices.Contains(g.Names, name) ||
		slices.ContainsFunc(g.Prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}

// writeSymbols writes a group's fields and predicates, and takes them from
// what is left to write.
func writeSymbols(b *strings.Builder, g symbolGroup, left *[]dialect.SymbolRow) {
	var fields, predicates []dialect.SymbolRow
	*left = slices.DeleteFunc(*left, func(r dialect.SymbolRow) bool {
		switch {
		case !g.has(r.Name):
			return false
		case r.Kind == dialect.KindPredicate:
			predicates = append(predicates, r)
		default:
			fields = append(fields, r)
		}
		return true
	})
	fmt.Fprintf(b, "### %s\n\n", g.Title)
	if len(fields) > 0 {
		b.WriteString("| field | bits | subfield of | level | prerequisites | written by | releases |\n| --- | --- | --- | --- | --- | --- | --- |\n")
		for _, r := range fields {
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n", code(r.Name), width(r), lies(r), level(r.Level),
				code(r.Prerequisites), written(r.Write), spanText(r.Span))
		}
		b.WriteString("\n")
	}
	if len(predicates) > 0 {
		b.WriteString("| predicate | definition | level | releases |\n| --- | --- | --- | --- |\n")
		for _, r := range predicates {
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", code(r.Name), code(r.Definition), level(r.Level), spanText(r.Span))
		}
		b.WriteString("\n")
	}
}

func width(r dialect.SymbolRow) string {
	if r.Kind == dialect.KindString {
		return "a port's name"
	}
	return fmt.Sprint(r.Width)
}

func lies(r dialect.SymbolRow) string {
	if r.Kind == dialect.KindElsewhere {
		return "the payload of the packet; write-only"
	}
	return code(r.Definition)
}

func level(l dialect.SymbolLevel) string {
	switch l {
	case dialect.LevelNominal:
		return "nominal"
	case dialect.LevelBoolean:
		return "boolean"
	case dialect.LevelOrdinal:
		return "ordinal"
	}
	panic(fmt.Sprintf("docs: no name for level %d", l))
}

func written(w dialect.SymbolWrite) string {
	switch w {
	case dialect.WriteNever:
		return ""
	case dialect.WriteAction:
		return "actions"
	case dialect.WriteCTCommit:
		return "ct_commit"
	case dialect.WriteAnywhere:
		return "both"
	}
	panic(fmt.Sprintf("docs: no name for write %d", w))
}

const actionNotes = `Actions are a sequence, each ended by a semicolon. The prerequisites of an action are added to the match of its flow. Each
row has an example of a form of the action; *printed* is its canonical text, if different. ` + "`drop;`" + ` must be the only action.
`

// writeActions writes the table of actions, those of one name together.
func writeActions(b *strings.Builder) {
	b.WriteString("| action | example | printed | prerequisites | releases |\n| --- | --- | --- | --- | --- |\n")
	last := ""
	for _, r := range dialect.Actions {
		name := ""
		if r.Name != last {
			name = code(r.Name)
		}
		last = r.Name
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", name, code(r.Text), code(r.Prints), code(prerequisites(r)), spanText(r.Span))
	}
}

// prerequisites returns what a spelling requires of packets, in the newest
// release that takes it.
func prerequisites(r dialect.ActionRow) string {
	for _, k := range slices.Backward(dialect.Releases) {
		if !r.Span.Holds(k.Release) {
			continue
		}
		a, err := action.Parse(r.Text, action.Env{Dialect: dialect.For(k.Release)})
		if err != nil {
			panic(fmt.Sprintf("docs: %s does not take %s: %v", k.Release, r.Text, err))
		}
		if a.Prereqs == nil {
			return ""
		}
		return string(expr.Append(nil, a.Prereqs))
	}
	panic("docs: no release has " + r.Text)
}
