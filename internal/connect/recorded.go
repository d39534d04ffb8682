package connect

import (
	"fmt"
	"maps"
	"slices"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/conntrack"
)

// Recorded is the recorded connection table of a chassis.
type Recorded struct {
	file  string
	named map[uint16]string // zones to their names in ovn-controller, nil if they are unknown
	at    map[conntrack.Tuple][]*conntrack.Entry
}

// NewRecorded returns the connection table in a file. named has the names of its zones, or is
// nil if they are unknown: a zone of the walk is then the zone of the file with an entry that
// matches the first packet that is tracked in it.
func NewRecorded(file string, entries []*conntrack.Entry, named map[uint16]string) *Recorded {
	r := &Recorded{file: file, named: named, at: map[conntrack.Tuple][]*conntrack.Entry{}}
	for _, e := range entries {
		for _, t := range []conntrack.Tuple{e.Original, e.Reply} {
			t.Zone = 0
			r.at[t] = append(r.at[t], e)
		}
	}
	return r
}

// table returns the connection table of a chassis.
func (w *simulation) table(h *cluster.Chassis) *conntrack.Table {
	t := w.tables[h]
	if t == nil {
		t = conntrack.NewTable()
		if h != nil {
			t.IgnoresSCTPPorts = h.InUserspace() && !h.Zone.Network.Dialect.Has(dialect.TracksSCTPPorts)
			if r := w.options.Conntrack[h.Name]; r != nil {
				w.zones[h] = r.zonesOf(h)
				t.Recorded = func(t conntrack.Tuple) *conntrack.Entry { return w.recorded(r, h, t) }
			}
		}
		w.tables[h] = t
	}
	return t
}

// zonesOf returns the zones of a file by those of the walk, as far as they have names.
func (r *Recorded) zonesOf(h *cluster.Chassis) map[uint16]uint16 {
	zones := map[uint16]uint16{0: 0}
	for _, number := range slices.Sorted(maps.Keys(r.named)) {
		if z, ok := h.ZoneNamed(r.named[number]); ok {
			zones[z] = number
		}
	}
	return zones
}

// recorded returns a copy of the entry for a tuple, or nil.
func (w *simulation) recorded(r *Recorded, h *cluster.Chassis, t conntrack.Tuple) *conntrack.Entry {
	key := t
	key.Zone = 0
	zone, ok := w.zones[h][t.Zone]
	if !ok && r.named == nil {
		zone, ok = w.adopt(r, h, t.Zone, r.at[key])
	}
	if !ok {
		return nil
	}
	for _, e := range r.at[key] {
		if e.Original.Zone == zone {
			mine := *e
			mine.Original.Zone, mine.Reply.Zone = t.Zone, t.Zone
			return &mine
		}
	}
	return nil
}

// adopt finds the zone of a file that is a zone of the walk: that of an entry for a tuple, if it
// is not another zone of the walk.
func (w *simulation) adopt(r *Recorded, h *cluster.Chassis, zone uint16, entries []*conntrack.Entry) (number uint16, ok bool) {
	var free []*conntrack.Entry
	for _, e := range entries {
		taken := e.Original.Zone == 0
		for _, n := range w.zones[h] {
			taken = taken || n == e.Original.Zone
		}
		if !taken {
			free = append(free, e)
		}
	}
	if len(free) == 0 {
		return 0, false
	}
	slices.SortFunc(free, func(a, b *conntrack.Entry) int { return int(a.Original.Zone) - int(b.Original.Zone) })
	first := free[0]
	number = first.Original.Zone
	for _, e := range free[1:] {
		if !first.SameBut(e) {
			text := fmt.Sprintf("%s does not name zones, and entries of zones %d and %d match in the zone of %s on %s: that of zone %d is taken",
				r.file, number, e.Original.Zone, h.ZoneName(zone), h.Name, number)
			w.assumed = appendNew(w.assumed, []string{text})
			break
		}
	}
	w.zones[h][zone] = number
	return number, true
}
