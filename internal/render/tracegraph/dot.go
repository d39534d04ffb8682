package tracegraph

import (
	"fmt"
	"io"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/render/route"
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/trace"
)

// DOT writes a packet's path as a graph in Graphviz's language: a cluster for each datapath with its
// ports, and the path as numbered edges with the rewrites as labels.
func DOT(out io.Writer, t *trace.Trace, names wording.Names) error {
	d := diagramOf(t, names)
	b := &strings.Builder{}
	for _, w := range t.Warnings {
		fmt.Fprintf(b, "// warning: %s\n", escape.Text(w.Text))
	}
	b.WriteString("digraph trace {\n")
	fmt.Fprintf(b, "\tlabel=%s;\n", dotQuote(d.title))
	b.WriteString("\tlabelloc=t;\n\trankdir=LR;\n\tfontname=\"sans-serif\";\n\tfontsize=12;\n")
	b.WriteString("\tnode [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"monospace\", fontsize=11];\n")
	b.WriteString("\tedge [fontname=\"monospace\", fontsize=10];\n")
	for i, dp := range d.datapaths {
		fmt.Fprintf(b, "\tsubgraph cluster_%d {\n\t\tlabel=%s;\n\t\tstyle=\"rounded,filled\";\n\t\tfillcolor=%s;\n", i, dotQuote(dp.title()), dotFill(dp.kind))
		for _, n := range dp.ports {
			fmt.Fprintf(b, "\t\t%s [label=%s];\n", n.id, dotQuote(n.label))
		}
		b.WriteString("\t}\n")
	}
	for _, n := range d.ends {
		fmt.Fprintf(b, "\t%s [label=%s, shape=%s, color=%s, fontcolor=%s];\n", n.id, dotQuote(n.label), dotShape(n.class), dotColor(n.class), dotColor(n.class))
	}
	for _, e := range d.edges {
		fmt.Fprintf(b, "\t%s -> %s [label=%s", e.from, e.to, dotQuote(e.label()))
		if e.class != "" {
			fmt.Fprintf(b, ", color=%s", dotColor(e.class))
		}
		if e.origin {
			b.WriteString(", style=dashed")
		}
		b.WriteString("];\n")
	}
	if d.left > 0 {
		fmt.Fprintf(b, "\tleft [label=%s, shape=plaintext];\n", dotQuote(route.OmittedCount(d.left)))
	}
	b.WriteString("}\n")
	_, err := io.WriteString(out, b.String())
	return err
}

// labelText returns a label with everything escaped except its line ends.
func labelText(s string) escape.Safe { return escape.Join(strings.Split(s, "\n"), "\n") }

// dotQuote writes a quoted string.  Names must not contain entities or escapes, which Graphviz
// interprets in labels.
func dotQuote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range labelText(s) {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '"', r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func dotFill(k route.Kind) string {
	switch k {
	case route.LogicalSwitch:
		return `"#eef3fb"`
	case route.LogicalRouter:
		return `"#f4f0e8"`
	case route.PlainDatapath:
	}
	return `"#f3f3f3"`
}

func dotShape(class string) string {
	switch class {
	case "delivered", "replied":
		return "ellipse"
	case "dropped", "looped":
		return "octagon"
	}
	return "box"
}

func dotColor(class string) string {
	switch class {
	case "delivered", "replied":
		return `"#167146"`
	case "dropped", "looped":
		return `"#b3261e"`
	case "uncertain":
		return `"#a4400f"`
	}
	return `"#3565c9"`
}
