package archive

import (
	"cmp"
	"os"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/gzip"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/pack"
)

// resumable has points from which decompression of a layer can resume.
type resumable interface {
	// Before returns the last point with at most out bytes of output before it.
	Before(out int64) (gzip.Point, bool)
}

// storedPoints are points whose windows are compressed.
type storedPoints []gzip.Point

// Before implements resumable.
func (s storedPoints) Before(out int64) (p gzip.Point, ok bool) {
	i, found := slices.BinarySearchFunc(s, out, func(p gzip.Point, out int64) int { return cmp.Compare(p.Out, out) })
	if !found {
		i--
	}
	if i < 0 {
		return gzip.Point{}, false
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return gzip.Point{}, false
	}
	defer d.Close()
	p = s[i]
	p.Window, err = d.DecodeAll(p.Window, nil)
	return p, err == nil
}

// WritePlaces writes the places of the members of an archive in the form that
// ReadPlaces reads.
func WritePlaces(w *pack.Writer, places []Place) error {
	var layers []*layer // each after the one that contains it
	number := map[*layer]int{}
	var add func(l *layer)
	add = func(l *layer) {
		if _, known := number[l]; known || l == nil {
			return
		}
		add(l.packed.in)
		number[l] = len(layers)
		layers = append(layers, l)
	}
	for _, p := range places {
		add(p.in)
	}
	w.Int(int64(len(layers)))
	for _, l := range layers {
		w.Bool(l.path != "")
		if l.path != "" {
			continue
		}
		w.Int(int64(number[l.packed.in]))
		w.Int(l.packed.at)
		w.Int(l.packed.size)
		w.Int(int64(l.kind))
		if err := writePoints(w, l.points); err != nil {
			return err
		}
	}
	for _, p := range places {
		if w.Bool(p.IsKnown()); p.IsKnown() {
			w.Int(int64(number[p.in]))
			w.Int(p.at)
			w.Int(p.size)
		}
	}
	return nil
}

func writePoints(w *pack.Writer, from resumable) error {
	z, ok := from.(*gzip.Reader)
	if !ok {
		w.Int(0)
		return nil
	}
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	points := z.Points()
	w.Int(int64(len(points)))
	for _, p := range points {
		w.Int(p.Out)
		w.Int(p.Bits)
		w.String(string(e.EncodeAll(p.Window, nil)))
	}
	return e.Close()
}

// ReadPlaces reads n places that WritePlaces wrote, of the archive in the file at a path.
// If the data is invalid, r.Bad reports true and the result is nil.
func ReadPlaces(r *pack.Reader, path string, n int) ([]Place, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	layers := make([]*layer, r.Count())
	at := func(below int) *layer {
		if i := r.Int(); !r.Bad() && i >= 0 && i < int64(below) {
			return layers[i]
		}
		return nil
	}
	for i := range layers {
		if r.Bool() {
			layers[i] = FilePlace(path, info).in
			continue
		}
		l := &layer{packed: Place{in: at(i), at: r.Int(), size: r.Int()}, kind: content(r.Int())}
		points := make(storedPoints, r.Count())
		for k := range points {
			points[k] = gzip.Point{Out: r.Int(), Bits: r.Int(), Window: []byte(r.String())}
		}
		if l.points = points; l.packed.in != nil {
			layers[i] = l
		}
	}
	places := make([]Place, n)
	for i := range places {
		if r.Bool() {
			places[i] = Place{in: at(len(layers)), at: r.Int(), size: r.Int()}
		}
	}
	return places, nil
}
