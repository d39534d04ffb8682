package cli

import (
	"bytes"
	"io"
	"os"

	"github.com/fatih/color"
	"github.com/mattn/go-isatty"
	"golang.org/x/term"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/render/cells"
	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/tracetext"
)

// escapingWriter is a standard stream that escapes control characters, because names in a
// database may contain escape sequences of terminals.  It also wraps lines on a terminal.
type escapingWriter struct {
	*escape.Writer
	file    *os.File // the terminal, or nil if the stream is none
	columns int      // the width at which lines are wrapped, or 0
	line    []byte   // an incomplete line, if lines are wrapped
}

// Write writes text. If lines are wrapped, an incomplete line is kept until it is complete.
func (s *escapingWriter) Write(text []byte) (int, error) {
	if s.columns == 0 {
		return s.Writer.Write(text)
	}
	s.line = append(s.line, text...)
	end := bytes.LastIndexByte(s.line, '\n') + 1
	whole := cells.Fold(string(s.line[:end]), s.columns)
	s.line = append(s.line[:0], s.line[end:]...)
	if _, err := s.Writer.WriteString(whole); err != nil {
		return 0, err
	}
	return len(text), nil
}

// WriteString writes text as Write does.
func (s *escapingWriter) WriteString(text string) (int, error) { return s.Write([]byte(text)) }

// flush writes an incomplete line.
func (s *escapingWriter) flush() error {
	_, err := s.Writer.WriteString(cells.Fold(string(s.line), s.columns))
	s.line = nil
	return err
}

// newEscapingWriter returns an escapingWriter for a stream.
func newEscapingWriter(w io.Writer) io.Writer {
	if s, ok := w.(*escapingWriter); ok {
		return s
	}
	s := &escapingWriter{Writer: escape.NewWriter(w)}
	if o, ok := w.(*stdout); ok {
		w = o.Writer
	}
	if f, ok := w.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		s.file = f
	}
	return s
}

// raw returns the stream of an escapingWriter, for progress bars and for output files.
func raw(w io.Writer) io.Writer {
	if s, ok := w.(*escapingWriter); ok {
		return s.Under()
	}
	return w
}

// verbatim returns a writer that does not change output which must be byte for byte that
// of another program: the stream of an escapingWriter, unless it is a terminal.
func verbatim(w io.Writer) io.Writer {
	if terminal(w) {
		return w
	}
	return raw(w)
}

// verbatim returns a copy of sys whose streams are verbatim.
func (sys *System) verbatim() *System {
	s := *sys
	s.Stdout, s.Stderr = verbatim(sys.Stdout), verbatim(sys.Stderr)
	return &s
}

// terminal reports whether a stream is a terminal that shows color.
func terminal(w io.Writer) bool {
	return newEscapingWriter(w).(*escapingWriter).file != nil
}

// lineWidth returns the width of a terminal in cells, or 0 if w is no terminal.
func lineWidth(w io.Writer) int {
	s := newEscapingWriter(w).(*escapingWriter)
	if s.file == nil {
		return 0
	}
	n, _, err := term.GetSize(int(s.file.Fd()))
	if err != nil {
		return 0
	}
	return n
}

// escapeStreams replaces the output streams by escapingWriters.
func (sys *System) escapeStreams() {
	sys.Stdout, sys.Stderr = newEscapingWriter(watched(sys.Stdout)), newEscapingWriter(sys.Stderr)
}

// colored makes standard output wrap lines if it is a terminal, and reports whether text
// is colored, by the option's value, the environment and the terminal. If so, escape
// sequences of colors are not escaped.
func colored(when string, sys *System) bool {
	on := when == "always" || when == "auto" && sys.Getenv("NO_COLOR") == "" && sys.Getenv("TERM") != "dumb" && terminal(sys.Stdout)
	if s, ok := sys.Stdout.(*escapingWriter); ok {
		s.Colors, s.columns = on, lineWidth(s)
	}
	return on
}

// reportPaint returns the colors of a report, or nil if it is not text or not colored.
func reportPaint(format, when string, sys *System) report.Paint {
	if format != "text" || !colored(when, sys) {
		return nil
	}
	colors := map[string]*color.Color{
		"pass": color.New(color.FgGreen), "fail": color.New(color.FgRed), "error": color.New(color.FgRed, color.Bold),
		"skip": color.New(color.FgYellow), "note": color.New(color.Faint), "title": color.New(color.Bold), "stage": color.New(color.FgCyan),
	}
	for _, c := range colors {
		c.EnableColor()
	}
	return func(what, text string) string { return colors[what].Sprint(text) }
}

// paintFor returns the style of traces on standard output.
func paintFor(when string, sys *System) tracetext.Paint {
	on := colored(when, sys)
	switch {
	case terminal(sys.Stdout):
		return tracetext.Terminal(lineWidth(sys.Stdout), on)
	case on:
		return tracetext.Colors()
	}
	return tracetext.Paint{}
}
