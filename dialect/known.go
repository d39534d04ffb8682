package dialect

import "slices"

// Known is a release that introduced a version of the southbound schema.
type Known struct {
	Release Release
	Schema  string // version of OVN_Southbound
	// Last is the last known point release of the series. It may be one that was not released:
	// programs built from the head of the branch call themselves that.
	Last int
}

// Releases lists the release series of OVN, oldest first, and the point releases with another
// version of the schema.
//
// Two series may have the same version of the schema: 21.12 and 22.03, 22.12 and 23.03. If
// only the schema is known, the later one, which has long-term support, is assumed; the
// differences of their ovn-trace are small.
var Releases = []Known{
	{Release{2, 11, 0}, "2.0.0", 7},
	{Release{2, 12, 0}, "2.5.0", 4},
	{Release{20, 3, 0}, "2.7.0", 2},
	{Release{20, 6, 0}, "2.8.0", 3},
	{Release{20, 9, 0}, "2.10.0", 0},
	{Release{20, 12, 0}, "20.12.0", 0},
	{Release{21, 3, 0}, "20.16.1", 0},
	{Release{21, 6, 0}, "20.17.0", 0},
	{Release{21, 9, 0}, "20.20.0", 1},
	{Release{21, 12, 0}, "20.21.0", 2},
	{Release{22, 3, 0}, "20.21.0", 8},
	{Release{22, 6, 0}, "20.23.0", 1},
	{Release{22, 9, 0}, "20.25.0", 4},
	{Release{22, 12, 0}, "20.27.0", 3},
	{Release{23, 3, 0}, "20.27.0", 4},
	{Release{23, 6, 0}, "20.27.2", 6},
	{Release{23, 6, 4}, "20.31.0", 6},
	{Release{23, 9, 0}, "20.27.4", 7},
	{Release{23, 9, 1}, "20.29.0", 7},
	{Release{23, 9, 4}, "20.32.0", 7},
	{Release{24, 3, 0}, "20.33.0", 9},
	{Release{24, 9, 0}, "20.37.0", 4},
	{Release{25, 3, 0}, "20.41.0", 3},
	{Release{25, 9, 0}, "21.5.0", 4},
	{Release{26, 3, 0}, "21.8.0", 2},
	{Release{26, 3, 90}, "21.11.0", 90},
}

// knownSeries reports whether OVN has r's series. 2.13 was the planned name of 20.03, and
// development snapshots before it used that name.
func knownSeries(r Release) bool {
	if r.series() == (Release{2, 13, 0}) {
		return true
	}
	return slices.ContainsFunc(Releases, func(k Known) bool { return k.Release.series() == r.series() })
}

// settle returns the known release whose language r has: r itself; for a snapshot the series
// that followed it; for a future release and the zero value the newest; for one that is too
// old the oldest.
func settle(r Release) Release {
	switch {
	case r == Release{}, r.AtLeast(Newest):
		return Newest
	case r.Before(Oldest):
		return Oldest
	}
	if !r.IsDevelopment() && r.series() != (Release{2, 13, 0}) {
		return r
	}
	for _, k := range Releases {
		if r.Before(k.Release) && k.Release.Point == 0 {
			return k.Release
		}
	}
	return Newest
}
