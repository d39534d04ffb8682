package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"github.com/mattn/go-isatty"
	"golang.org/x/term"

	"github.com/ovnwalk/ovnwalk/internal/render"
)

// screen is a terminal.  What is written to it cannot steer it: names in a
// database may hold anything.  Only ends of lines, tabs and, where colours are
// wanted, those pass.
type screen struct {
	file    *os.File
	out     io.Writer
	colours bool
	rest    []byte // the beginning of a character whose end has not been written yet
}

// onScreen returns the stream, or a screen before it if it is a terminal.
func onScreen(w io.Writer) io.Writer {
	f, ok := w.(*os.File)
	if !ok || !isatty.IsTerminal(f.Fd()) {
		return w
	}
	return &screen{file: f, out: f}
}

// raw returns what is behind a screen, for what has to steer it.
func raw(w io.Writer) io.Writer {
	if s, ok := w.(*screen); ok {
		return s.file
	}
	return w
}

// terminal tells whether a stream is one that shows colour.
func terminal(w io.Writer) bool {
	_, ok := onScreen(raw(w)).(*screen)
	return ok
}

// cells returns how many cells a line of a terminal has, 0 for what is none.
func cells(w io.Writer) int {
	s, ok := onScreen(raw(w)).(*screen)
	if !ok {
		return 0
	}
	n, _, err := term.GetSize(int(s.file.Fd()))
	if err != nil {
		return 0
	}
	return n
}

// Write writes text.  It counts what it was given, not what became of that.
func (s *screen) Write(text []byte) (int, error) {
	n := len(text)
	if len(s.rest) > 0 {
		text = append(s.rest, text...)
		s.rest = nil
	}
	if tail := unfinished(text); tail > 0 {
		s.rest = append([]byte(nil), text[len(text)-tail:]...)
		text = text[:len(text)-tail]
	}
	if _, err := s.out.Write(s.harmless(text)); err != nil {
		return 0, err
	}
	return n, nil
}

// harmless returns text with everything written out that would steer the
// terminal.
func (s *screen) harmless(text []byte) []byte {
	var out []byte
	for len(text) > 0 {
		i := bytes.IndexAny(text, "\n\t\x1b")
		if i < 0 {
			i = len(text)
		}
		out = append(out, render.Neutral(string(text[:i]))...)
		text = text[i:]
		if len(text) == 0 {
			break
		}
		n := 1
		if text[0] == '\x1b' {
			if n = colourCode(text); n == 0 || !s.colours {
				out = append(out, render.Neutral("\x1b")...)
				text = text[1:]
				continue
			}
		}
		out = append(out, text[:n]...)
		text = text[n:]
	}
	return out
}

// colourCode returns the length of the colour code that begins a text (ECMA-48,
// Select Graphic Rendition), 0 where none does.
func colourCode(text []byte) int {
	const longest = 32
	if len(text) < 3 || text[1] != '[' {
		return 0
	}
	for i := 2; i < min(len(text), longest); i++ {
		switch c := text[i]; {
		case c == 'm':
			return i + 1
		case c != ';' && (c < '0' || c > '9'):
			return 0
		}
	}
	return 0
}

// unfinished returns how many bytes at the end of a text begin a character that
// is not whole.
func unfinished(text []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if c := text[len(text)-n]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(text[len(text)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}

// guard puts screens before the streams that are terminals.
func (sys *System) guard() {
	sys.Stdout, sys.Stderr = onScreen(sys.Stdout), onScreen(sys.Stderr)
}

// coloured tells whether the user and the terminal want colours, and lets them
// pass.
func coloured(when string, sys *System) (bool, error) {
	on := false
	switch when {
	case "always":
		on = true
	case "never":
	case "auto":
		on = sys.Getenv("NO_COLOR") == "" && sys.Getenv("TERM") != "dumb" && terminal(sys.Stdout)
	default:
		return false, fmt.Errorf("--color=%s: not one of auto, always, never", when)
	}
	if s, ok := sys.Stdout.(*screen); ok {
		s.colours = on
	}
	return on, nil
}

// paintFor returns how text looks where it goes.
func paintFor(when string, sys *System) (render.Paint, error) {
	on, err := coloured(when, sys)
	switch {
	case err != nil:
		return render.Paint{}, err
	case terminal(sys.Stdout):
		return render.Screen(cells(sys.Stdout), on), nil
	case on:
		return render.Colours(), nil
	}
	return render.Paint{}, nil
}
