package tracegraph

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/render/route"
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/trace"
)

// mermaidComment replaces characters that Mermaid interprets as a directive, even in a comment.
var mermaidComment = strings.NewReplacer("{", "(", "}", ")")

// Mermaid writes a packet's path as a flowchart in Mermaid's language: a subgraph for each datapath
// with its ports, and the path as numbered edges with the rewrites as labels.
func Mermaid(out io.Writer, t *trace.Trace, names wording.Names) error {
	d := diagramOf(t, names)
	b := &strings.Builder{}
	fmt.Fprintf(b, "---\ntitle: %q\n---\nflowchart LR\n", d.title) // a title has no names, only addresses
	for _, w := range t.Warnings {
		fmt.Fprintf(b, "    %%%% warning: %s\n", mermaidComment.Replace(escape.Text(w.Text)))
	}
	for i, dp := range d.datapaths {
		fmt.Fprintf(b, "    subgraph dp%d [%s]\n", i, mermaidQuote(dp.title()))
		for _, n := range dp.ports {
			fmt.Fprintf(b, "        %s[%s]\n", n.id, mermaidQuote(n.label))
		}
		b.WriteString("    end\n")
	}
	for _, n := range d.ends {
		fmt.Fprintf(b, "    %s([%s]):::%s\n", n.id, mermaidQuote(n.label), n.class)
	}
	for _, e := range d.edges {
		arrow := "-->"
		if e.origin {
			arrow = "-.->"
		}
		fmt.Fprintf(b, "    %s %s|%s| %s\n", e.from, arrow, mermaidQuote(e.label()), e.to)
	}
	if d.left > 0 {
		fmt.Fprintf(b, "    left[%s]\n", mermaidQuote(route.OmittedCount(d.left)))
	}
	for _, c := range mermaidClasses {
		if slices.ContainsFunc(d.ends, func(n mapNode) bool { return n.class == c.name }) {
			fmt.Fprintf(b, "    classDef %s fill:%s,stroke:%s,color:%s\n", c.name, c.fill, c.ink, c.ink)
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// mermaidClasses are the colors of the ends of copies.
var mermaidClasses = []struct{ name, fill, ink string }{
	{"delivered", "#e4f4ec", "#167146"},
	{"replied", "#e4f4ec", "#167146"},
	{"dropped", "#fceae8", "#b3261e"},
	{"looped", "#fceae8", "#b3261e"},
	{"controller", "#e9effb", "#3565c9"},
	{"uncertain", "#fdeee5", "#a4400f"},
}

// mermaidQuote writes a quoted text.  All but plain characters are written as Mermaid's numeric
// entities, so that names cannot be markup of Mermaid, Markdown or HTML.
func mermaidQuote(s string) string {
	var b strings.Builder
	s = string(labelText(s))
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '\n':
			b.WriteString("<br/>")
		case r == '_' && i > 0 && isWord(s[i-1]) && i+1 < len(s) && isWord(s[i+1]):
			b.WriteByte('_') // within a word, where it is no emphasis
		case r < 0x80 && isWord(byte(r)), strings.ContainsRune(" .,:/=()-", r), r > 0x2000:
			b.WriteRune(r)
		default:
			b.WriteString("#" + strconv.Itoa(int(r)) + ";")
		}
	}
	b.WriteByte('"')
	return b.String()
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
