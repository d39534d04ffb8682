package cli

import (
	"io"
	"os"

	"github.com/mattn/go-isatty"
	"golang.org/x/term"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/tracetext"
)

// escapingWriter is a stream that people or programs read.  What is written to it
// cannot steer a terminal, be it this one or that of whoever shows the output
// later: names in a database may hold anything.
type escapingWriter struct {
	*escape.Writer
	file *os.File // the terminal, nil where the stream is none
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

// coloured reports whether the user and the terminal want colours, and lets them
// pass.
func coloured(when string, sys *System) bool {
	on := when == "always" || when == "auto" && sys.Getenv("NO_COLOR") == "" && sys.Getenv("TERM") != "dumb" && terminal(sys.Stdout)
	if s, ok := sys.Stdout.(*escapingWriter); ok {
		s.Colours = on
	}
	return on
}

// paintFor returns how text looks where it goes.
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
