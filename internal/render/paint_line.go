package render

import (
	"strconv"
	"strings"

	"github.com/fatih/color"

	"github.com/ovnwalk/ovnwalk/trace"
)

// span is a piece of a line in one colour.
type span struct {
	colour *color.Color
	text   string
}

// put adds text to the line, in a colour.
func (w *writer) put(c *color.Color, text string) {
	if !w.paint.screen {
		w.b = append(w.b, text...)
		return
	}
	w.line = append(w.line, span{c, Neutral(text)})
}

// newline ends the line.
func (w *writer) newline() {
	if w.paint.screen {
		w.flush()
	}
	w.b = append(w.b, '\n')
}

// flush writes the line's pieces, with breaks where the terminal ends.
func (w *writer) flush() {
	line := w.line
	if total := lineWidth(line); w.paint.Width > 0 && total > w.paint.Width {
		line = wrapped(line, w.paint.Width)
	}
	for _, s := range line {
		if s.colour == nil || strings.TrimLeft(s.text, " \n") == "" {
			w.b = append(w.b, s.text...)
			continue
		}
		w.b = append(w.b, s.colour.Sprint(s.text)...)
	}
	w.line = w.line[:0]
}

func lineWidth(line []span) int {
	n := 0
	for _, s := range line {
		n += width(s.text)
	}
	return n
}

// wrapped breaks a line at blanks, and words that are too long where they must
// be.  What goes over is set in under the line's own beginning.
func wrapped(line []span, cells int) []span {
	blanks, line := indentation(line)
	under := strings.Repeat(" ", min(blanks+4, cells/2))
	blanks = min(blanks, cells/2)
	out := []span{{text: strings.Repeat(" ", blanks)}}
	at, fresh := blanks, true // fresh while no word stands on this line
	for _, s := range line {
		for _, word := range divided(s.text) {
			if !fresh && at+width(strings.TrimRight(word, " ")) > cells {
				out = append(out, span{text: "\n" + under})
				at, fresh = len(under), true
				word = strings.TrimLeft(word, " ")
			}
			for at+width(strings.TrimRight(word, " ")) > cells {
				head := cut(word, cells-at)
				out = append(out, span{s.colour, head}, span{text: "\n" + under})
				word = word[len(head):]
				at = len(under)
			}
			out = append(out, span{s.colour, word})
			at += width(word)
			fresh = fresh && word == ""
		}
	}
	return out
}

// indentation takes the blanks at a line's beginning off, and returns how many
// there were.
func indentation(line []span) (blanks int, rest []span) {
	for i, s := range line {
		text := strings.TrimLeft(s.text, " ")
		blanks += len(s.text) - len(text)
		if text != "" {
			return blanks, append([]span{{s.colour, text}}, line[i+1:]...)
		}
	}
	return blanks, nil
}

// divided divides a text behind its blanks.
func divided(s string) []string {
	var out []string
	for s != "" {
		i := strings.IndexByte(s, ' ')
		for i >= 0 && i < len(s) && s[i] == ' ' {
			i++
		}
		if i < 0 {
			i = len(s)
		}
		out = append(out, s[:i])
		s = s[i:]
	}
	return out
}

// cut returns the longest beginning of a word that takes no more cells, but at
// least one character.
func cut(word string, cells int) string {
	for i, r := range word {
		if cells -= runeWidth(r); cells < 0 && i > 0 {
			return word[:i]
		}
	}
	return word
}

// node writes a node's text; on a terminal the parts of a look-up are told apart.
func (w *writer) node(n, after trace.Node, text string) {
	t, ok := n.(*trace.Table)
	if !ok || !w.paint.screen || t.Flow == nil {
		w.put(w.paint.of(n, after), text)
		return
	}
	tail := ", priority " + strconv.Itoa(t.Flow.Priority) + ", uuid " + cookie(t.Flow)
	middle := len(text) - len(tail)
	head := middle - len(t.Flow.Match)
	stage := strings.IndexByte(text[:head], '(')
	if stage < 0 {
		stage = head
	}
	w.put(w.paint.stage, text[:stage])
	w.put(w.paint.flow, text[stage:head])
	w.put(nil, text[head:middle])
	w.put(w.paint.flow, text[middle:])
}

// under writes the line under a title.
func (w *writer) under(title string, indent int) {
	n := len(title)
	if w.paint.Width > 0 {
		n = max(0, min(n, w.paint.Width-indent))
	}
	w.put(w.paint.rule, strings.Repeat("-", n))
}
