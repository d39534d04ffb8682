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

// escapingWriter is a stream that people or programs read.  What is written to it
// cannot steer a terminal, be it this one or that of whoever shows the output
// later: names in a database may hold anything.
type escapingWriter struct {
	*escape.Writer
	file    *os.File // the terminal, nil where the stream is none
	columns int      // at which lines are wrapped, 0 where they are not
	line    []byte   // the beginning of a line that is wrapped
}

// Write writes text, of which lines that are wrapped are written when they are whole.
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

// flush writes what has no line end.
func (s *escapingWriter) flush() error {
	_, err := s.Writer.WriteString(cells.Fold(string(s.line), s.columns))
	s.line = nil
	return err
}

// newEscapingWriter returns a screen before the stream.
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

// raw returns what is behind a screen, for what has to steer it and for files
// that are written to it.
func raw(w io.Writer) io.Writer {
	if s, ok := w.(*escapingWriter); ok {
		return s.Under()
	}
	return w
}

// verbatim returns where text goes whose every byte is that of another program:
// what is behind a screen, unless that is a terminal.
func verbatim(w io.Writer) io.Writer {
	if terminal(w) {
		return w
	}
	return raw(w)
}

// verbatim returns the same with streams whose bytes stay as they are where
// they are no terminals.
func (sys *System) verbatim() *System {
	s := *sys
	s.Stdout, s.Stderr = verbatim(sys.Stdout), verbatim(sys.Stderr)
	return &s
}

// terminal reports whether a stream is one that shows colour.
func terminal(w io.Writer) bool {
	return newEscapingWriter(w).(*escapingWriter).file != nil
}

// lineWidth returns how many cells a line of a terminal has, 0 for what is none.
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

// escapeStreams puts screens before the streams.
func (sys *System) escapeStreams() {
	sys.Stdout, sys.Stderr = newEscapingWriter(watched(sys.Stdout)), newEscapingWriter(sys.Stderr)
}

// coloured prepares standard output for text that people read: on a terminal its lines
// are wrapped.  It reports whether the user and the terminal want colours, and lets them
// pass.
func coloured(when string, sys *System) bool {
	on := when == "always" || when == "auto" && sys.Getenv("NO_COLOR") == "" && sys.Getenv("TERM") != "dumb" && terminal(sys.Stdout)
	if s, ok := sys.Stdout.(*escapingWriter); ok {
		s.Colours, s.columns = on, lineWidth(s)
	}
	return on
}

// reportPaint returns what colours an answer other than a trace, if it is text.
func reportPaint(format, when string, sys *System) report.Paint {
	if format != "text" || !coloured(when, sys) {
		return nil
	}
	colours := map[string]*color.Color{
		"pass": color.New(color.FgGreen), "fail": color.New(color.FgRed), "error": color.New(color.FgRed, color.Bold),
		"skip": color.New(color.FgYellow), "note": color.New(color.Faint), "title": color.New(color.Bold), "stage": color.New(color.FgCyan),
	}
	for _, c := range colours {
		c.EnableColor()
	}
	return func(what, text string) string { return colours[what].Sprint(text) }
}

// paintFor returns how traces look where they go.
func paintFor(when string, sys *System) tracetext.Paint {
	on := coloured(when, sys)
	switch {
	case terminal(sys.Stdout):
		return tracetext.Terminal(lineWidth(sys.Stdout), on)
	case on:
		return tracetext.Colours()
	}
	return tracetext.Paint{}
}
