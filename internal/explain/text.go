package explain

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Style is the style of the text.  Functions that are nil leave text unchanged.
type Style struct {
	Verdict       func(*verdict.Disposition) string // a disposition's line
	Origins       func(*trace.Flow) []string        // the northbound rows of a flow
	NearMissLabel func(string) string               // the part of a match that failed
	Title         func(string) string
	Faint         func(string) string
	Width         int // of a line with a match, 0 for 100 columns
}

// Write writes an answer as text.
func Write(out io.Writer, a *Answer, style Style) error {
	if style.Width < minWidth {
		style.Width = 100
	}
	w := &writer{Style: style, friendly: a.friendly}
	switch {
	case a.Port != nil:
		w.port(a)
	case a.Flow != nil:
		w.flow(a)
	default:
		w.everything(a)
	}
	_, err := io.WriteString(out, w.b.String())
	return err
}

const minWidth = 40

type writer struct {
	Style
	friendly bool
	b        strings.Builder
}

// line writes a line; names in the arguments are escaped.
func (w *writer) line(format string, args ...any) {
	fmt.Fprintf(&w.b, format, escape.Args(args)...)
	w.b.WriteByte('\n')
}

// apply escapes and colors a text.
func apply(f func(string) string, s string) escape.Safe {
	s = escape.Text(s)
	if f == nil {
		return escape.Safe(s)
	}
	return escape.Safe(f(s))
}

func (w *writer) everything(a *Answer) {
	for i := range a.Endings {
		e := &a.Endings[i]
		if w.Verdict != nil {
			w.line("%s", escape.Safe(w.Verdict(&e.Disposition)))
		}
		if s := e.Security; s != nil {
			way := "send only from"
			if s.Receives {
				way = "receive only at"
			}
			w.line("  port %s may %s %s", s.Port, way, escape.Join(s.Allowed, " or "))
			w.parts("  ", s.Parts)
		}
	}
	w.addresses(a.Addresses)
	if slices.ContainsFunc(a.Endings, func(e ExplainedOutcome) bool { return len(e.NearMisses) > 0 }) {
		w.line("%s", a.Summary(w.Origins)) // of what is above, the lines say it already
	}
	for i := range a.Endings {
		w.misses("closest where the packet ended:", a.Endings[i].NearMisses)
	}
	if a.Subject == "" {
		w.misses("near misses on the path:", a.NearMisses)
		return
	}
	w.misses(escape.Sprintf("closest at %s:", a.Subject), a.NearMisses)
	if len(a.NearMisses) == 0 {
		w.line("%s: no other flow of the table would have gone before the one that was taken", a.Subject)
	}
}

// addresses writes which flows elsewhere contain the addresses that no flow on the path contains.
func (w *writer) addresses(list []Address) {
	for _, x := range list {
		if len(x.Named) == 0 {
			w.line("%s (%s) is named by no flow of any datapath", x.Value, x.Field)
		} else {
			w.line("%s (%s) is named by no flow on the packet's path, but", x.Value, x.Field)
		}
		for _, d := range x.Named {
			kind := "switch"
			if d.Router {
				kind = "router"
			}
			w.line("  by %s %s, in %s", kind, d.Datapath, flowsText(d))
			w.line("    %s", joinText(d, x.Here))
		}
		for _, m := range x.Northbound {
			w.line("  the northbound database has it in %s", m)
		}
	}
}

func flowsText(d NamedAddress) string {
	list := make([]string, len(d.Flows))
	for i, p := range d.Flows {
		list[i] = stageName(p) + " " + cookie(p.Flow)
	}
	if d.More > 0 {
		list = append(list, strconv.Itoa(d.More)+" more")
	}
	return strings.Join(list, ", ")
}

// joinText describes how a datapath is connected to those on the packet's path.
func joinText(d NamedAddress, here string) string {
	var text string
	switch {
	case len(d.Ports) == 0:
		text = "no port joins " + d.Datapath + " to any other"
	case d.Connects == here:
		text = "a port joins " + d.Datapath + " to " + here
	case d.Datapath == here:
		text = "which is where the packet came in"
	default:
		text = "no port joins " + d.Datapath + " to " + here + ", only to " + strings.Join(d.Ports, ", ")
	}
	if d.Router && !d.Gateway {
		text += "; it has no gateway port, without which its NAT is not in force"
	}
	return text
}

// misses lists flows under a title.
func (w *writer) misses(title escape.Safe, list []verdict.NearMiss) {
	if len(list) > 0 {
		w.line("%s", title)
	}
	for _, m := range list {
		w.line("  %s", w.head(&m))
		if w.Origins != nil {
			for _, o := range w.Origins(m.Place.Flow) {
				w.line("    made from %s", o)
			}
		}
		w.match("    ", &m)
	}
}

// head returns the place of a flow, its priority, UUID and actions.
func (w *writer) head(m *verdict.NearMiss) escape.Safe {
	f := m.Place.Flow
	return escape.Sprintf("%s priority %d, uuid %s, actions %s", apply(w.Title, placeName(m.Place, w.friendly)), f.Priority, cookie(f),
		apply(w.Faint, cut(oneLine(m.Actions), w.Width*2/5)))
}

// match writes a match and, below it, the parts that failed.
func (w *writer) match(indent string, m *verdict.NearMiss) {
	text := oneLine(m.Match)
	whole := utf8.RuneCountInString(text) <= w.Width
	if whole && len(m.Parts) > 0 && m.Parts[len(m.Parts)-1].End > 0 {
		w.line("%s%s", indent, text)
	}
	for _, p := range m.Parts {
		if p.End == 0 {
			w.line("%s%s, as the actions need", indent, partText(p))
			continue
		}
		from, to := 0, len(text)
		if !whole {
			from, to = window(text, p.Start, p.End, w.Width)
			w.line("%s%s%s%s", indent, dots(from > 0), text[from:to], dots(to < len(text)))
		}
		start, end := max(p.Start, from), min(p.End, to)
		blank := utf8.RuneCountInString(dots(from > 0) + escape.Text(text[from:start]))
		w.line("%s%s%s %s", indent, strings.Repeat(" ", blank), apply(w.NearMissLabel, strings.Repeat("^", utf8.RuneCountInString(escape.Text(text[start:end])))), partText(p))
	}
}

func (w *writer) parts(indent string, list []verdict.FailedPart) {
	for _, p := range list {
		w.line("%s%s", indent, apply(w.NearMissLabel, partText(p)))
	}
}

func partText(p verdict.FailedPart) string {
	return p.Field + " is " + p.Actual + ", wanted " + p.Wanted
}

// window returns a range of the text around a part of about a given width.
func window(text string, start, end, width int) (from, to int) {
	end = min(end, start+width)
	around := max(0, width-(end-start)) / 2
	from, to = max(0, start-around), min(len(text), end+around)
	for from > 0 && !utf8.RuneStart(text[from]) {
		from--
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	return from, to
}

func dots(cut bool) string {
	if cut {
		return "... "
	}
	return ""
}

// oneLine replaces each line end and tab by a blank, so that positions in the text do not change.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
}

func cut(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	return string([]rune(s)[:width-4]) + " ..."
}

// placeName returns the datapath and stage of a place, with the zone if it is not the one in which
// the walk began.
func placeName(p trace.Place, friendly bool) string {
	name := p.Datapath.DisplayName(friendly) + "/" + stageName(p)
	if p.Zone != "" {
		name = p.Zone + ":" + name
	}
	return name
}

// stageName returns the stage of a place or, if the database has no name, its pipeline and table.
func stageName(p trace.Place) string {
	switch {
	case p.Stage != "":
		return p.Stage
	case p.Egress:
		return "egress-" + strconv.Itoa(p.Table)
	}
	return "ingress-" + strconv.Itoa(p.Table)
}

func cookie(f *trace.Flow) string { return fmt.Sprintf("%08x", f.Cookie) }
