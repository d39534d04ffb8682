package tracetext

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fatih/color"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/render/cells"
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/trace"
)

// span is a part of a line in one color.
type span struct {
	color       *color.Color
	text        string
	unbreakable bool // whether it is not broken at blanks
}

// put adds text to the line, in a color.
func (w *writer) put(c *color.Color, text string) {
	switch {
	case w.paint.screen:
		w.line = append(w.line, span{color: c, text: escape.Text(text)})
	case w.own:
		w.b = append(w.b, escape.Text(text)...)
	default:
		w.b = append(w.b, text...)
	}
}

// newline ends the line.
func (w *writer) newline() {
	if w.paint.screen {
		w.flush()
	}
	if w.b = append(w.b, '\n'); len(w.b) > muchText && w.out != nil {
		w.spill()
	}
}

// flush writes the line, wrapped at the width of the terminal.
func (w *writer) flush() {
	line := w.line
	if total := lineWidth(line); w.paint.Width > 0 && total > w.paint.Width {
		line = wrapped(line, w.paint.Width)
	} else if blanks, rest := indentation(line); w.paint.Width > 0 && blanks > w.paint.Width/2 {
		line = append([]span{{text: strings.Repeat(" ", w.paint.Width/2)}}, rest...)
	}
	for _, s := range line {
		if s.color == nil || strings.TrimLeft(s.text, " \n") == "" {
			w.b = append(w.b, s.text...)
			continue
		}
		w.b = append(w.b, s.color.Sprint(s.text)...)
	}
	w.line = w.line[:0]
}

func lineWidth(line []span) int {
	n := 0
	for _, s := range line {
		n += cells.Width(s.text)
	}
	return n
}

// wrapped breaks a line at blanks, and words only if they are longer than a line. Continuation lines
// are indented.
func wrapped(line []span, limit int) []span {
	blanks, line := indentation(line)
	blanks = min(blanks, limit/2)
	under := strings.Repeat(" ", min(blanks+8, limit/2))
	f := &lineWrapper{out: []span{{text: strings.Repeat(" ", blanks)}}, under: under, cells: limit, at: blanks, fresh: true}
	for _, s := range line {
		words := []string{s.text}
		if !s.unbreakable {
			words = cells.SplitColumns(s.text)
		}
		for _, word := range words {
			f.word(s.color, word)
		}
	}
	return f.out
}

// lineWrapper wraps a line.
type lineWrapper struct {
	out   []span
	under string // the beginning of continuation lines
	cells int
	at    int  // current width in cells
	fresh bool // whether the line has no word yet
}

func (f *lineWrapper) turn() {
	last := &f.out[len(f.out)-1]
	last.text = strings.TrimRight(last.text, " ")
	f.out = append(f.out, span{text: "\n" + f.under})
	f.at, f.fresh = len(f.under), true
}

// word adds a word and the blanks after it.
func (f *lineWrapper) word(c *color.Color, word string) {
	n := cells.Width(strings.TrimRight(word, " "))
	const least = 8 // minimum number of cells for the beginning of a long word
	if !f.fresh && f.at+n > f.cells && (len(f.under)+n <= f.cells || f.cells-f.at < least) {
		f.turn()
		word = strings.TrimLeft(word, " ")
	}
	for f.at+cells.Width(strings.TrimRight(word, " ")) > f.cells {
		head := truncate(word, f.cells-f.at)
		f.out = append(f.out, span{color: c, text: head})
		word = word[len(head):]
		f.turn()
	}
	f.at += cells.Width(word)
	if f.at > f.cells {
		word, f.at = strings.TrimRight(word, " "), f.cells
	}
	f.out = append(f.out, span{color: c, text: word})
	f.fresh = f.fresh && word == ""
}

// indentation removes the blanks at the beginning of a line, and returns their number.
func indentation(line []span) (blanks int, rest []span) {
	for i, s := range line {
		text := strings.TrimLeft(s.text, " ")
		blanks += len(s.text) - len(text)
		if text != "" {
			return blanks, append([]span{{s.color, text, s.unbreakable}}, line[i+1:]...)
		}
	}
	return blanks, nil
}

// truncate returns the longest prefix of a word that fits in limit cells, preferably up to a comma,
// but at least one character.
func truncate(word string, limit int) string {
	fits, _ := cells.Cut(word, limit)
	if fits == "" {
		_, size := utf8.DecodeRuneInString(word)
		fits = word[:size]
	}
	if comma := strings.LastIndexByte(fits, ','); comma > 0 {
		fits = fits[:comma+1]
	}
	return fits
}

// node writes a node's text and returns its length in bytes. On a terminal, the parts of a lookup have
// different colors.
func (w *writer) node(n trace.Node) int {
	if !w.paint.screen {
		from := len(w.b)
		w.b = w.words.Append(w.b, n)
		return len(w.b) - from
	}
	text := w.words.Line(n)
	t, ok := n.(*trace.Table)
	if !ok || t.Flow == nil {
		w.put(w.paint.of(n, w.after[n]), text)
		return len(text)
	}
	tail := ", priority " + strconv.Itoa(t.Flow.Priority) + ", uuid " + wording.Cookie(t.Flow)
	middle := len(text) - len(tail)
	head := middle - len(w.words.Text(t.Flow.Match))
	stage := strings.IndexByte(text[:head], '(')
	if stage < 0 {
		stage = head
	}
	w.put(w.paint.stage, text[:stage])
	w.put(w.paint.flow, text[stage:head])
	w.put(nil, text[head:middle+1])
	w.put(w.paint.flow, text[middle+1:])
	w.line[len(w.line)-1].unbreakable = true
	return len(text)
}

// under writes the underline of a title of n bytes.
func (w *writer) under(n, indent int) {
	if w.paint.Width > 0 {
		n = max(0, min(n, w.paint.Width-min(indent, w.paint.Width/2)))
	}
	w.put(w.paint.rule, strings.Repeat("-", n))
}
