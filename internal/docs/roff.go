package docs

import "strings"

// roff is a page in the making, in the macros of man(7).
type roff struct{ b strings.Builder }

func (r *roff) String() string { return r.b.String() }

// line writes a line of macros as it is.
func (r *roff) line(text string) { r.b.WriteString(text + "\n") }

func (r *roff) section(title string) { r.line(".SH " + title) }

// text writes escaped text, none of whose lines is taken for a macro.
func (r *roff) text(text string) {
	for line := range strings.Lines(text + "\n") {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			line = `\&` + line
		}
		r.b.WriteString(line)
	}
}

// prose writes paragraphs, which empty lines part; one whose first line is
// indented stays as it is.
func (r *roff) prose(text string) {
	for i, p := range strings.Split(strings.Trim(text, "\n"), "\n\n") {
		if strings.HasPrefix(p, " ") {
			r.verbatim(p)
			continue
		}
		if i > 0 {
			r.line(".PP")
		}
		r.text(escape(p))
	}
}

// verbatim writes lines as they are.
func (r *roff) verbatim(text string) {
	r.line(".PP")
	r.line(".RS 2")
	r.line(".nf")
	for line := range strings.Lines(strings.Trim(text, "\n") + "\n") {
		r.text(escape(strings.TrimSuffix(strings.TrimPrefix(line, "  "), "\n")))
	}
	r.line(".fi")
	r.line(".RE")
}

var escaper = strings.NewReplacer(`\`, `\e`, "-", `\-`, "^", `\(ha`, "~", `\(ti`, "`", `\(ga`, "'", `\(aq`)

// escape makes a text stand for itself.
func escape(text string) string { return escaper.Replace(text) }
