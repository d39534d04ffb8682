package dialect

import (
	"fmt"
	"slices"
	"strings"
)

// Span is the set of releases that have something: from the series Since on,
// to before the series Until.  A zero Until has no end; a zero Since is no
// series at all, for what only point releases had.  Points are the exceptions.
type Span struct {
	Since, Until Release
	Points       []Point
}

// Point is a point release from which on, to the end of its series or its next
// point, a series is other than [Span]'s Since and Until say.
type Point struct {
	Release Release
	Has     bool
}

// SpanError says that a text is not a span.
type SpanError struct {
	Text   string
	Reason string
}

// Error names the text and what is wrong with it.
func (e *SpanError) Error() string { return fmt.Sprintf("span %q: %s", e.Text, e.Reason) }

// ParseSpan reads a span: "20.09..24.09" is since 20.09 and until before
// 24.09, "20.09.." without end, ".." no series.  Points follow, each after a
// blank: "22.12.. +22.03.3 +22.09.2" is also in 22.03.3 and later ones of that
// series, and "2.12..24.09 -24.03.3" no longer in 24.03.3.  Points come oldest
// first.  Errors are [*SpanError] or [*ReleaseError].
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

// MustSpan is [ParseSpan] for a text that is known to be a span.  It panics on
// any other.
func MustSpan(text string) Span {
	s, err := ParseSpan(text)
	if err != nil {
		panic(err)
	}
	return s
}

// Holds reports whether the release has it.  A snapshot of the development
// branch has what the series has that it was on the way to.
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

// String returns the span as [ParseSpan] reads it.
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
