package dialect

import "sync"

// Dialect is the language of one release. It is a small value, comparable with ==. The zero
// value is that of the newest release.
type Dialect struct {
	release  Release
	features featureSet
}

// For returns the dialect of a release. The zero release and future releases have that of
// the newest one, a snapshot of the development branch that of the series that followed it,
// and releases older than [Oldest] that of the oldest.
func For(r Release) Dialect {
	r = settle(r)
	if d, ok := known.Load(r); ok {
		return d.(Dialect)
	}
	d := Dialect{release: r}
	for i := range Features {
		if Features[i].Holds(d.release) {
			d.features.add(Features[i].Feature)
		}
	}
	known.Store(r, d)
	return d
}

var known sync.Map // the dialects that were used, by settled release

var newest = For(Newest)

// Release returns the release of the dialect.
func (d Dialect) Release() Release {
	if d == (Dialect{}) {
		return Newest
	}
	return d.release
}

// Has reports whether the release has the feature.
func (d Dialect) Has(f Feature) bool {
	if d == (Dialect{}) {
		d = newest
	}
	return d.features.has(f)
}

// lengths are the numbers of tables of the two pipelines of a logical datapath in
// ovn-trace's parser, from a release on. They bound the "next" action (see ovn-sb(5),
// Logical_Flow). Until 25.03 both pipelines had the same number.
var lengths = []struct {
	since           Release
	ingress, egress int
}{
	{Release{2, 11, 0}, 24, 24},
	{Release{21, 3, 0}, 29, 29},
	{Release{24, 9, 0}, 30, 30},
	{Release{25, 9, 0}, 32, 14},
	{Release{26, 3, 0}, 34, 16},
	{Release{26, 3, 90}, 35, 16},
}

// IngressTables returns the number of tables of the ingress pipeline.
func (d Dialect) IngressTables() int {
	n, _ := d.tables()
	return n
}

// EgressTables returns the number of tables of the egress pipeline.
func (d Dialect) EgressTables() int {
	_, n := d.tables()
	return n
}

func (d Dialect) tables() (ingress, egress int) {
	r := d.Release()
	for _, l := range lengths {
		if r.AtLeast(l.since) {
			ingress, egress = l.ingress, l.egress
		}
	}
	return ingress, egress
}
