package dialect

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Release is a release of OVN: 2.11.0 and 2.12.0, which were part of Open vSwitch, and from
// 20.03.0 on those named after the year and month. A point release of 90 or more is a
// development snapshot before the next series: 26.03.90 follows 26.03.
//
// The zero value is not a release. Releases are comparable with ==.
type Release struct {
	Major, Minor, Point int
}

// firstDevelopmentPoint is the point release from which a version is a snapshot of the
// development branch.
const firstDevelopmentPoint = 90

var (
	// Oldest is the oldest release whose language is known.
	Oldest = Release{2, 11, 0}
	// Newest is the development head, after 26.03.
	Newest = Release{26, 3, 90}
)

// ReleaseError means that a text is not a release of OVN.
type ReleaseError struct {
	Text   string // as given
	Reason string // what is wrong with it
}

// Error returns the message, with the text and the reason.
func (e *ReleaseError) Error() string {
	return fmt.Sprintf("release %q: %s; write one like 25.03, 22.03.2, 2.11 or main", e.Text, e.Reason)
}

// Parse parses a release: "25.03", "25.03.1", "2.11", with or without a leading "v", or
// "main" for the development head. It ignores the suffix from the first "-", "~" or "+",
// so that the value of SB_Global.options:northd_internal_version ("25.03.0-20.41.0-77.6")
// and "23.03.1-1~deb12u2" are releases too.
//
// It returns a [*ReleaseError] for series that do not exist and for those before 2.11, but
// accepts all series after the newest.
func Parse(text string) (Release, error) {
	bad := func(reason string) (Release, error) {
		return Release{}, &ReleaseError{Text: text, Reason: reason}
	}
	s := strings.TrimSpace(text)
	switch strings.ToLower(s) {
	case "":
		return bad("is empty")
	case "main", "master", "head":
		return Newest, nil
	}
	s = strings.TrimPrefix(s, "v")
	if i := strings.IndexAny(s, "-~+"); i >= 0 {
		s = s[:i]
	}
	parts := strings.Split(s, ".")
	if len(parts) < 2 || len(parts) > 3 {
		return bad("is not a release of OVN")
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return bad("is not a release of OVN")
		}
		n[i] = int(v)
	}
	r := Release{n[0], n[1], n[2]}
	switch {
	case r.Before(Oldest):
		return bad("is older than " + Oldest.Series() + ", the oldest whose language is known")
	case r.IsFuture():
		return r, nil
	case !knownSeries(r):
		return bad("OVN had no series " + r.Series())
	}
	return r, nil
}

// MustParse is like [Parse] but panics if the text is not a release.
func MustParse(text string) Release {
	r, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return r
}

// String returns the release as in upstream's tags, without the "v": "2.11.0", "22.03.1",
// "26.03.90". For the zero value it returns "".
func (r Release) String() string {
	if r == (Release{}) {
		return ""
	}
	return string(strconv.AppendInt(append(r.appendSeries(make([]byte, 0, 16)), '.'), int64(r.Point), 10))
}

// Series returns the release without its point release: "2.11", "22.03".
func (r Release) Series() string { return string(r.appendSeries(nil)) }

func (r Release) appendSeries(b []byte) []byte {
	b = append(strconv.AppendInt(b, int64(r.Major), 10), '.')
	if r.Major >= 20 && r.Minor < 10 {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, int64(r.Minor), 10)
}

// IsDevelopment reports whether the release is a snapshot of the development branch before
// the next series.
func (r Release) IsDevelopment() bool { return r.Point >= firstDevelopmentPoint }

// IsFuture reports whether the release is of a series after the newest one that is known.
func (r Release) IsFuture() bool { return r.series().Compare(Newest.series()) > 0 }

// Compare returns -1, 0 or +1 if r is older than s, equal to it or newer.
func (r Release) Compare(s Release) int {
	return cmp.Or(cmp.Compare(r.Major, s.Major), cmp.Compare(r.Minor, s.Minor), cmp.Compare(r.Point, s.Point))
}

// Before reports whether r is older than s.
func (r Release) Before(s Release) bool { return r.Compare(s) < 0 }

// AtLeast reports whether r is s or newer.
func (r Release) AtLeast(s Release) bool { return r.Compare(s) >= 0 }

// series returns the first release of r's series.
func (r Release) series() Release { return Release{r.Major, r.Minor, 0} }
