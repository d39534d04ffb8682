package dialect

import (
	"fmt"
	"slices"
	"strings"
)

// Span is a set of releases: from the series Since up to, but not including, the series
// Until. A zero Until has no end; a zero Since is no series at all, for what only point
// releases have. Points are the exceptions.
type Span struct {
	Since, Until Release
	Points       []Point
}

// Point is an exception from Since and Until of a [Span]: from a point release to the end of
// its series, or to its next Point.
type Point struct {
	Release Release
	Has     bool
}

// SpanError means that a text is not a span.
type SpanError struct {
	Text   string
	Reason string
}

// Error returns the message, with the text and the reason.
func (e *SpanError) Error() string { return fmt.Sprintf("span %q: %s", e.Text, e.Reason) }

// ParseSpan parses a span: "20.09..24.09" is from 20.09 up to but not including 24.09,
// "20.09.." has no end, ".." is no series. Points follow, oldest first, each after a
// blank: "22.12.. +22.03.3 +22.09.2" also has 22.03.3 and 22.09.2 with the later releases
// of their series, and "2.12..24.09 -24.03.3" does not have 24.03.3 and later ones of its
// series. Errors are [*SpanError] or [*ReleaseError].
func ParseSpan(text string) (Span, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return Span{}, &SpanError{text, "is empty"}
	}
	since, until, ok := strings.Cut(words[0], "..")
	if !ok {
		return Span{}, &SpanError{text, "does not begin with SINCE..UNTIL"}
	}
	var s Span
	var err error
	if since != "" {
		if s.Since, err = Parse(since); err != nil {
			return Span{}, err
		}
	}
	if until != "" {
		if s.Until, err = Parse(until); err != nil {
			return Span{}, err
		}
		if !s.Since.Before(s.Until) {
			return Span{}, &SpanError{text, "ends before it begins"}
		}
	}
	for _, w := range words[1:] {
		rest, has := strings.CutPrefix(w, "+")
		if !has {
			if rest, ok = strings.CutPrefix(w, "-"); !ok {
				return Span{}, &SpanError{text, "point " + w + " has no + or - before it"}
			}
		}
		p := Point{Has: has}
		if p.Release, err = Parse(rest); err != nil {
			return Span{}, err
		}
		if n := len(s.Points); n > 0 && !s.Points[n-1].Release.Before(p.Release) {
			return Span{}, &SpanError{text, "point " + w + " is out of order"}
		}
		s.Points = append(s.Points, p)
	}
	return s, nil
}

// MustSpan is like [ParseSpan] but panics if the text is not a span.
func MustSpan(text string) Span {
	s, err := ParseSpan(text)
	if err != nil {
		panic(err)
	}
	return s
}

// Holds reports whether the span contains a release. A snapshot of the development branch
// is treated as the series that followed it.
func (s Span) Holds(r Release) bool {
	r = settle(r)
	if !r.IsDevelopment() {
		for _, p := range slices.Backward(s.Points) {
			if p.Release.series() == r.series() && r.AtLeast(p.Release) {
				return p.Has
			}
		}
	}
	return s.Since != (Release{}) && r.AtLeast(s.Since) && (s.Until == Release{} || r.Before(s.Until))
}

// String returns the span in the syntax of [ParseSpan].
func (s Span) String() string {
	var b strings.Builder
	b.WriteString(s.Since.String() + ".." + s.Until.String())
	for _, p := range s.Points {
		b.WriteString(" ")
		b.WriteByte("-+"[b2i(p.Has)])
		b.WriteString(p.Release.String())
	}
	return b.String()
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
