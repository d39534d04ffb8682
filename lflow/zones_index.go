package lflow

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/archive"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/index"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/pack"
)

// The index of an archive of zones contains their descriptions, and the place of each zone and
// of each file beside them. Paths and messages have pathMark instead of the archive's path.

const pathMark = "\x00"

// compileZones writes the index of an archive with several zones.
func compileZones(ctx context.Context, path string, source Source) (warnings []Warning, several bool, err error) {
	zones, warnings, err := Zones(ctx, []string{path}, Options{Source: source})
	if err != nil {
		return nil, false, err
	}
	defer func() {
		for _, z := range zones {
			err = errors.Join(err, z.Close())
		}
	}()
	if len(zones) < 2 {
		return nil, false, nil
	}
	w := &pack.Writer{}
	w.Int(int64(len(zones)))
	var databases []*open.Database
	for _, z := range zones {
		databases = append(databases, z.again)
		z.write(w, func(s string) string { return strings.ReplaceAll(s, path, pathMark) })
	}
	writeWarnings(w, warnings, func(s string) string { return strings.ReplaceAll(s, path, pathMark) })
	places := open.Places(databases)
	files := zones[0].Files
	if w.Bool(files != nil); files != nil {
		w.Int(int64(len(files.files)))
		for _, f := range files.files {
			w.String(f.Name)
			places = append(places, f.At)
		}
	}
	if err := archive.WritePlaces(w, places); err != nil {
		return nil, true, err
	}
	for _, z := range zones {
		if warnings = append(warnings, z.Warnings...); z.Err != nil {
			warnings = append(warnings, Warning{Text: z.Err.Error() + "; the zone is left out in the index", Damage: true})
		}
	}
	return warnings, true, index.WriteArchive(path, w.Data)
}

// indexedZones returns the zones of an archive from its index. If the index does not match the
// archive, it returns none, with a warning. The zones have the files that want selects, if the
// index has files.
func indexedZones(path string, want func(name string) bool) (zones []*Zone, warnings []Warning, err error) {
	body, err := index.OpenArchive(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, nil
	case errors.Is(err, index.ErrStale):
		return nil, []Warning{{Text: err.Error()}}, nil
	case err != nil:
		return nil, nil, err
	}
	r := pack.NewReader(body)
	full := func(s string) string {
		if !strings.Contains(s, pathMark) {
			return s
		}
		return strings.ReplaceAll(s, pathMark, path)
	}
	zones = make([]*Zone, r.Count())
	for i := range zones {
		zones[i] = &Zone{}
		zones[i].read(r, full)
	}
	warnings = readWarnings(r, full)
	var noted []archive.File
	hasFiles := r.Bool()
	if hasFiles {
		noted = make([]archive.File, r.Count())
	}
	for i := range noted {
		noted[i].Name = r.String()
	}
	places, err := archive.ReadPlaces(r, path, len(zones)+len(noted))
	if err != nil {
		return nil, nil, err
	}
	if r.Bad() || r.Rest() > 0 {
		return nil, []Warning{{Text: path + index.Suffix + ": the index is damaged; make it anew with \"ovnwalk snapshot --compiled\""}}, nil
	}
	var files *Files
	if hasFiles && want != nil {
		files = &Files{path: path}
		for i, f := range noted {
			if f.At = places[len(zones)+i]; want(f.Name) {
				files.files = append(files.files, f)
			}
		}
	}
	for i, z := range zones {
		z.again, z.Files = open.At(z.Path, places[i]), files
	}
	return zones, warnings, nil
}

// write writes a description.
func (z *Zone) write(w *pack.Writer, short func(string) string) {
	for _, s := range []string{z.Name, short(z.Path), short(z.Northbound), z.Detected.Evidence} {
		w.String(s)
	}
	release := ""
	if z.Detected.Release != (dialect.Release{}) {
		release = z.Detected.Release.String()
	}
	w.String(release)
	w.Int(int64(z.Detected.By))
	w.Bool(!z.Date.IsZero())
	w.Int(z.Date.UnixMilli())
	if w.Bool(z.Err != nil); z.Err != nil {
		w.String(short(z.Err.Error()))
	}
	writeWarnings(w, z.Warnings, short)
	w.Int(int64(len(z.Chassis)))
	for _, c := range z.Chassis {
		w.String(string(c.UUID[:]))
		w.String(c.Name)
		w.String(c.Hostname)
		w.Bool(c.Remote)
		w.Bool(c.Interconnects)
		w.Int(int64(len(c.Mappings)))
		for _, network := range slices.Sorted(maps.Keys(c.Mappings)) {
			w.String(network)
			w.String(c.Mappings[network])
		}
	}
	var ports pack.Writer
	ports.Int(int64(len(z.Ports())))
	for _, p := range z.Ports() {
		for _, s := range []string{string(p.UUID[:]), p.Name, p.Type, string(p.Datapath[:]), p.Network} {
			ports.String(s)
		}
		for _, list := range [][]string{p.Names, p.Addresses} {
			ports.Int(int64(len(list)))
			for _, s := range list {
				ports.String(s)
			}
		}
	}
	w.String(string(ports.Data))
}

// read reads a description.
func (z *Zone) read(r *pack.Reader, full func(string) string) {
	z.Name, z.Path, z.Northbound, z.Detected.Evidence = r.String(), full(r.String()), full(r.String()), r.String()
	if release := r.String(); release != "" {
		z.Detected.Release, _ = dialect.Parse(release)
	}
	z.Detected.By = dialect.Source(r.Int())
	dated, date := r.Bool(), r.Int()
	if dated {
		z.Date = time.UnixMilli(date)
	}
	if r.Bool() {
		z.Err = databaseError(&ovsdb.Error{Offset: -1, Text: full(r.String()), Err: ovsdb.ErrDamaged})
	}
	z.Warnings = readWarnings(r, full)
	z.Chassis = make([]ZoneChassis, r.Count())
	for i := range z.Chassis {
		c := &z.Chassis[i]
		c.UUID = storedUUID(r)
		c.Name, c.Hostname, c.Remote, c.Interconnects = r.String(), r.String(), r.Bool(), r.Bool()
		for n := r.Count(); n > 0; n-- {
			if c.Mappings == nil {
				c.Mappings = map[string]string{}
			}
			network := r.String()
			c.Mappings[network] = r.String()
		}
	}
	z.stored = r.String()
}

// readPorts reads the ports of a description.
func readPorts(stored string) []ZonePort {
	r := pack.NewReader(stored)
	ports := make([]ZonePort, r.Count())
	for i := range ports {
		p := &ports[i]
		p.UUID, p.Name, p.Type, p.Datapath, p.Network = storedUUID(r), r.String(), r.String(), storedUUID(r), r.String()
		for _, list := range []*[]string{&p.Names, &p.Addresses} {
			if n := r.Count(); n > 0 {
				*list = make([]string, n)
			}
			for k := range *list {
				(*list)[k] = r.String()
			}
		}
	}
	return ports
}

func storedUUID(r *pack.Reader) (u UUID) {
	copy(u[:], r.String())
	return u
}

func writeWarnings(w *pack.Writer, all []Warning, short func(string) string) {
	w.Int(int64(len(all)))
	for _, x := range all {
		w.String(short(x.Text))
		w.Bool(x.Damage)
	}
}

func readWarnings(r *pack.Reader, full func(string) string) []Warning {
	all := make([]Warning, r.Count())
	for i := range all {
		all[i] = Warning{Text: full(r.String()), Damage: r.Bool()}
	}
	return all
}
