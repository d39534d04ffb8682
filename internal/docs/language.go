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

A logical flow has a match and actions. This page lists every field and every action that any release of OVN since 2.11
had, and which releases have it. What they mean is in ovn-sb(5), table Logical_Flow; how releases differ otherwise is in
[compatibility.md](compatibility.md).

` + "`ovnwalk parse match` and `ovnwalk parse actions` check a text against a release's language; `--release` names the release." + `

How to read the releases: `

const matchNotes = `A match compares fields with constants: ` + "`ip4.src == 10.0.0.0/8 && tcp.dst == {80, 443}`" + `. Parentheses nest, ` +
	"`!`, `&&` and `||`" + ` combine, ` + "`1 <= tcp.dst < 1024`" + ` is a
range, ` + "`$set`" + ` an address set, ` + "`@group`" + ` a port group, ` + "`^NAME`" + ` a template variable, ` + "`is_chassis_resident(\"port\")`" + ` asks
where a port is bound, and ` + "`field[0..7]`" + ` are bits of a field.

Which comparisons a field takes depends on its level. An *ordinal* field takes all of them, masks and bits. A *nominal*
one takes == and != only, and must not be negated. A *boolean* one is true or false and may be negated. A comparison with
a field adds the field's prerequisites: ` + "`tcp.dst == 80`" + ` matches TCP alone.

The column *written by* says where an action may assign to the field: *actions* are all but those within
` + "`ct_commit { }`, *ct_commit* those within it, *both* is anywhere." + `
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
	{"Neighbour discovery", []string{"nd", "nd_ns", "nd_na", "nd_rs", "nd_ra", "nd_ns_mcast"}, []string{"nd."}},
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
		b.WriteString("| field | bits | lies in | level | prerequisites | written by | releases |\n| --- | --- | --- | --- | --- | --- | --- |\n")
		for _, r := range fields {
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n", code(r.Name), width(r), lies(r), level(r.Level),
				code(r.Prerequisites), written(r.Write), spanText(r.Span))
		}
		b.WriteString("\n")
	}
	if len(predicates) > 0 {
		b.WriteString("| predicate | stands for | level | releases |\n| --- | --- | --- | --- |\n")
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
		return "the packet's payload; set, never compared"
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

const actionNotes = `Actions follow each other, each with its semicolon. An action may need packets of a kind; a flow with it matches no
others, whatever its match says. The column *prerequisites* shows that. Each row is a spelling as an example; *printed*
is its canonical form where that is another text. ` + "`drop;`" + ` stands alone.
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
