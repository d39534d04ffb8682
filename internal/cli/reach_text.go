package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/reach"
	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/trace"
)

// reachWriter writes an answer about sets of packets.
type reachWriter struct {
	a     *reach.Answer
	o     *reachOptions
	rows  origins
	proof *reach.Proof
	paint report.Paint
}

// text writes a line for each set, in columns: the packets, their result, and the rule
// that decides it.
func (w *reachWriter) text(out io.Writer) error {
	var b strings.Builder
	for _, block := range w.a.Summaries() {
		if len(block.Sections) == 0 && len(w.a.Parts) > 1 {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s\n", w.paint.Text("title", w.heading(&block)+":"))
		if len(block.Sections) == 0 {
			b.WriteString("  no packets\n")
		}
		for _, s := range block.Sections {
			if len(block.Sections) > 1 && s.Kind.IsApart() {
				fmt.Fprintf(&b, " %s (sets: %s; --format=json has them)\n", s.Title, counts(&s))
				continue
			}
			if s.Title != "" && len(block.Sections) > 1 {
				fmt.Fprintf(&b, " %s:\n", s.Title)
			}
			w.section(&b, s)
		}
	}
	if b.Len() == 0 {
		b.WriteString("no packets\n")
	}
	w.verdict(&b)
	_, err := io.WriteString(out, b.String())
	return err
}

// heading returns the heading of a block: the packets that it is about.
func (w *reachWriter) heading(b *reach.Summary) string {
	p := b.Parts[0]
	from := w.o.from
	if from == "" || len(w.a.Parts) > 1 {
		from = p.Ports[0].Datapath.DisplayName(true)
		if len(b.Ports()) == 1 {
			from = p.Ports[0].DisplayName(true)
		}
		if zone := w.a.ZoneOf(p.Ports[0].Datapath); zone != "" {
			from = zone + ":" + from
		}
	}
	switch more := len(b.Parts) - 1; {
	case more > 1:
		from += fmt.Sprintf(" and %d other switches (%s), %d ports,", more, reach.FromDatapath, len(b.Ports()))
	case more == 1:
		from += fmt.Sprintf(" and %s (%s), %d ports,", b.Parts[1].Ports[0].Datapath.DisplayName(true), reach.FromDatapath, len(b.Ports()))
	}
	text := from
	if w.o.to != "" {
		text += " to " + w.o.to
	}
	text += ", first packets"
	if w.o.spoof {
		text += " with any addresses"
	} else {
		text += " with the sender's addresses"
	}
	return text
}

// maxReachText is the maximum width of the column of descriptions of sets.
const maxReachText = 48

func (w *reachWriter) section(b *strings.Builder, s reach.Section) {
	width := 0
	for i := range s.Lines {
		if n := len(setText(&s.Lines[i])); n <= maxReachText { // several lines are longer
			width = max(width, n)
		}
	}
	for i := range s.Lines {
		l := &s.Lines[i]
		text := setText(l)
		if len(text) > width || strings.Contains(text, "\n") {
			fmt.Fprintf(b, "  %s\n  %-*s", text, width, "")
		} else {
			fmt.Fprintf(b, "  %-*s", width, text)
		}
		b.WriteString("   ")
		writeResult(b, l.Result, w.resultText(l.Result), w.rows, w.paint)
	}
}

// writeResult writes the result of packets, and what decides it.
func writeResult(b *strings.Builder, r *reach.Result, text string, rows origins, paint report.Paint) {
	b.WriteString(paint.Text(resultColor(r), text))
	for _, rule := range rulesOf(r, rows) {
		b.WriteString("   " + paint.Text("note", rule))
	}
	b.WriteString("\n")
}

// resultColor returns the color of a result, as a word for Paint.
func resultColor(r *reach.Result) string {
	switch r.Kind {
	case reach.Delivered:
		return "pass"
	case reach.Dropped:
		return "fail"
	default:
		return "skip"
	}
}

// counts returns the number of sets of a section with each kind of result.
func counts(s *reach.Section) string {
	var kinds []string
	count := map[string]int{}
	for i := range s.Lines {
		kind := s.Lines[i].Kind.String()
		if count[kind]++; count[kind] == 1 {
			kinds = append(kinds, kind)
		}
	}
	for i, kind := range kinds {
		kinds[i] = fmt.Sprintf("%d %s", count[kind], kind)
	}
	return strings.Join(kinds, ", ")
}

func setText(l *reach.Line) string {
	if l.Otherwise {
		return "otherwise"
	}
	return abridged(l.Lines, "  ")
}

// Limits of the description of a set in text; JSON has all of it.
const (
	maxSetLines  = 16
	maxMatchText = 240 // bytes of one line
)

// abridged returns the lines of a description, those after the first indented, with a note
// of how many are omitted.
func abridged(all []string, indent string) string {
	var lines []string
	for _, text := range all[:min(len(all), maxSetLines)] {
		lines = append(lines, shortened(text))
	}
	if more := len(all) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("... %s more (--format=json has all)", report.Count(more, "line")))
	}
	return strings.Join(lines, "\n"+indent)
}

// shortened truncates a long list of values, and notes how many are omitted.
func shortened(text string) string {
	if len(text) <= maxMatchText {
		return text
	}
	cut := max(strings.LastIndex(text[:maxMatchText], ", "), strings.LastIndex(text[:maxMatchText], " || "))
	if cut < 0 {
		cut = maxMatchText
	}
	more := strings.Count(text[cut:], ", ") + strings.Count(text[cut:], " || ")
	return text[:cut] + fmt.Sprintf(" ... (%s more; --format=json has all)", report.Count(max(more, 1), "value"))
}

// resultText describes the result of packets, with the port if there are several.
func (w *reachWriter) resultText(r *reach.Result) string {
	text := r.String()
	if r.Kind == reach.Delivered && w.o.to != "" && !w.several() {
		text = r.Kind.String()
		if r.Reply != nil {
			text += ", " + r.Reply.String()
		}
	}
	if r.Varies {
		text += ", by some choices"
	}
	return text
}

// several reports whether packets arrive at several ports.
func (w *reachWriter) several() bool {
	var first *lflow.Port
	for _, p := range w.a.Parts {
		for _, r := range p.Results {
			for _, port := range r.Ports {
				if first == nil {
					first = port
				}
				if port != first {
					return true
				}
			}
		}
	}
	return false
}

// placeText returns a table as DATAPATH/STAGE.
func placeText(p *trace.Place) string {
	stage := p.Stage
	if stage == "" {
		stage = fmt.Sprintf("table %d", p.Table)
	}
	return ofZone(p.Zone, p.Datapath.DisplayName(true)+"/"+stage)
}

// ofZone puts the name of a zone before a name, unless it is "".
func ofZone(zone, name string) string {
	if zone == "" {
		return name
	}
	return zone + ":" + name
}

// rulesOf returns what decided a result: the northbound rows if they are known, else the
// flows.
func rulesOf(r *reach.Result, rowsOf origins) (out []string) {
	places := r.Deciding()
	for i := range places {
		f := places[i].Flow
		if rows := rowsOf(f); len(rows) > 0 {
			out = append(out, rows...)
			continue
		}
		out = append(out, fmt.Sprintf("flow %.8s (%s, priority %d)", f.UUID, placeText(&places[i]), f.Priority))
	}
	return out
}

// verdict writes the result of an assertion.
func (w *reachWriter) verdict(b *strings.Builder) {
	p := w.proof
	switch {
	case p == nil:
	case p.Holds:
		b.WriteString(w.paint.Text("pass", "proven") + "\n")
	case p.Counterexample != "":
		fmt.Fprintf(b, "%s: %s\n  ", w.paint.Text("fail", "counterexample"), p.Counterexample)
		writeResult(b, p.Result, w.resultText(p.Result), w.rows, w.paint)
	default:
		fmt.Fprintf(b, "%s: %s\n", w.paint.Text("skip", "neither proven nor refuted"), p.Open)
		if p.Example != "" {
			fmt.Fprintf(b, "  for example: %s\n", p.Example)
		}
	}
}
