package escape

import (
	"io"
	"unicode/utf8"
)

// Writer escapes text before it is written to a stream, for names that were not escaped when
// they were formatted. Line ends and tabs are not escaped, nor are colors if Colors is
// set: they cannot be distinguished from the program's own.
type Writer struct {
	// Colors is whether codes that change the color of text are written as they are.
	Colors bool

	out  io.Writer
	rest []byte // the beginning of an incomplete character
}

// NewWriter returns a Writer to a stream.
func NewWriter(out io.Writer) *Writer { return &Writer{out: out} }

// Under returns the stream.
func (w *Writer) Under() io.Writer { return w.out }

// Write writes text. It returns the number of bytes of text, not of the escaped output.
func (w *Writer) Write(text []byte) (int, error) {
	n := len(text)
	if len(w.rest) > 0 {
		text = append(w.rest, text...)
		w.rest = nil
	}
	if tail := unfinished(text); tail > 0 {
		w.rest = append([]byte(nil), text[len(text)-tail:]...)
		text = text[:len(text)-tail]
	}
	if len(text) == 0 {
		return n, nil
	}
	if _, err := w.out.Write(w.escape(text)); err != nil {
		return 0, err
	}
	return n, nil
}

// WriteString writes text.
func (w *Writer) WriteString(text string) (int, error) { return w.Write([]byte(text)) }

// escape returns text with characters escaped as necessary; text itself if none are.
func (w *Writer) escape(text []byte) []byte {
	at := w.passing(text)
	if at == len(text) {
		return text
	}
	out := append(make([]byte, 0, len(text)+64), text[:at]...)
	for at < len(text) {
		_, size := utf8.DecodeRune(text[at:])
		out = appendText(out, string(text[at:at+size]))
		at += size
		n := w.passing(text[at:])
		out = append(out, text[at:at+n]...)
		at += n
	}
	return out
}

// passing returns the length of the prefix of a text that needs no escapes.
func (w *Writer) passing(text []byte) int {
	at := 0
	for at < len(text) {
		at += plainPrefix(text[at:])
		if at == len(text) {
			break
		}
		switch c := text[at]; {
		case c == '\n', c == '\t':
			at++
		case c == '\x1b':
			n := colorCode(text[at:])
			if n == 0 || !w.Colors {
				return at
			}
			at += n
		default:
			r, size := utf8.DecodeRune(text[at:])
			if r == utf8.RuneError && size == 1 || hidden(r) {
				return at
			}
			at += size
		}
	}
	return at
}

// colorCode returns the length of a color code at the beginning of a text (ECMA-48,
// Select Graphic Rendition), or 0.
func colorCode(text []byte) int {
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

// unfinished returns the number of bytes at the end of a text that begin an incomplete
// character.
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
