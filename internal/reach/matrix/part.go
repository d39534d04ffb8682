// Package matrix writes what becomes of the packets between all pairs of ports, as
// pairs of classes of ports.  It divides the work into shares, keeps what is done of
// one, and joins the shares.
package matrix

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/ovnwalk/ovnwalk/internal/reach"
)

// FormatVersion is the version of both formats, that of parts and that of matrices.
const FormatVersion = 2

// Header says which work a part is of.  Parts of one matrix differ in Shard alone.
type Header struct {
	Type    string `json:"type"` // typePart
	Version int    `json:"version"`
	Program string `json:"program"` // the version of the program

	// Database and Northbound are digests of the databases; Northbound is "" where
	// none is given.
	Database   string  `json:"database"`
	Northbound string  `json:"northbound,omitempty"`
	Options    Options `json:"options"`

	Sources      []Ports `json:"sources"`
	Destinations []Ports `json:"destinations"`

	Shard Shard `json:"shard"`
}

// Options are those of the question.
type Options struct {
	From    string `json:"from,omitempty"`
	To      string `json:"to,omitempty"`
	Spoof   bool   `json:"spoof,omitzero"`
	Packets string `json:"packets,omitempty"`
	Limit   int    `json:"limit"`
}

// Ports are ports of one datapath.
type Ports struct {
	Datapath string   `json:"datapath"` // its UUID
	Ports    []string `json:"ports"`
}

// The types of a part's records.
const (
	typePart = "part"
	typeSets = "sets"
	typeUnit = "unit"
	typeEnd  = "end"
)

// setsRecord is sets to which answers refer by their ID.
type setsRecord struct {
	Type  string           `json:"type"`
	ID    string           `json:"id"`
	Lines []reach.PairLine `json:"lines"`
}

// unitRecord is the answers of the sources of one datapath.
type unitRecord struct {
	Type   string   `json:"type"`
	Unit   int      `json:"unit"`
	Remote []answer `json:"remote"` // of destinations on other datapaths
	Local  []answer `json:"local"`  // of those on the datapath, one by one
}

// answer is that of destinations, by their position in all lists together.
type answer struct {
	To    []int   `json:"to"`
	Parts []share `json:"parts"`
}

// share is sources that have the same sets.
type share struct {
	Sets string `json:"sets"`
	From []int  `json:"from"`
}

// endRecord shows that a part is whole.
type endRecord struct {
	Type  string `json:"type"`
	Units int    `json:"units"`
}

// Part is what was found out of a matrix.
type Part struct {
	Header Header
	units  map[int]*unitRecord
	sets   map[string]*reach.PairSets
	whole  bool
}

func newPart(h Header) *Part {
	return &Part{Header: h, units: map[int]*unitRecord{}, sets: map[string]*reach.PairSets{}}
}

// add takes the answers of a unit.
func (p *Part) add(unit int, u *reach.PairUnit) *unitRecord {
	r := &unitRecord{Type: typeUnit, Unit: unit}
	shares := func(parts []reach.PairPart) (out []share) {
		for _, part := range parts {
			p.sets[part.Sets.ID] = part.Sets
			out = append(out, share{part.Sets.ID, part.Ports})
		}
		return out
	}
	answers := func(list []reach.Answers) (out []answer) {
		for _, a := range list {
			out = append(out, answer{a.To, shares(a.Parts)})
		}
		return out
	}
	r.Remote, r.Local = answers(u.Remote), answers(u.Local)
	p.units[unit] = r
	return r
}

// setsOf calls f for each sets that a unit refers to, in order.
func (u *unitRecord) setsOf(f func(id string)) {
	for _, list := range [][]answer{u.Remote, u.Local} {
		for _, a := range list {
			for _, s := range a.Parts {
				f(s.Sets)
			}
		}
	}
}

// recordWriter writes the records of a part.
type recordWriter struct {
	w       io.Writer
	written map[string]bool // the sets
}

func newRecordWriter(w io.Writer) *recordWriter {
	return &recordWriter{w: w, written: map[string]bool{}}
}

func (w *recordWriter) record(r any) error {
	line, err := json.Marshal(r, json.Deterministic(true))
	if err != nil {
		return err
	}
	_, err = w.w.Write(append(line, '\n'))
	return err
}

// unit writes a unit after the sets that it is the first to refer to.
func (w *recordWriter) unit(p *Part, u *unitRecord) error {
	var err error
	u.setsOf(func(id string) {
		if err == nil && !w.written[id] {
			w.written[id] = true
			err = w.record(setsRecord{typeSets, id, p.sets[id].Lines})
		}
	})
	if err != nil {
		return err
	}
	return w.record(u)
}

// Write writes a part, with its end.
func (p *Part) Write(out io.Writer) error {
	b := bufio.NewWriter(out)
	w := newRecordWriter(b)
	if err := w.record(p.Header); err != nil {
		return err
	}
	for _, i := range p.done() {
		if err := w.unit(p, p.units[i]); err != nil {
			return err
		}
	}
	if err := w.record(endRecord{typeEnd, len(p.units)}); err != nil {
		return err
	}
	return b.Flush()
}

// done returns the units that are done, in order.
func (p *Part) done() []int {
	out := make([]int, 0, len(p.units))
	for i := range p.units {
		out = append(out, i)
	}
	slices.Sort(out)
	return out
}

// maxRecord is how long a record may be.
const maxRecord = 256 << 20

// Errors of what is read.
var (
	ErrNoPart     = errors.New("it is no part of a matrix: 'ovnwalk reach --matrix --shard K/N' writes such")
	ErrIncomplete = errors.New("it ends early: the run that wrote it did not come to its end; repeat it with --resume")
)

// ReadPart reads a part.  Of one that ends early it returns what is there, and
// ErrIncomplete.
func ReadPart(in io.Reader) (*Part, error) {
	scan := bufio.NewScanner(in)
	scan.Buffer(make([]byte, 64<<10), maxRecord)
	scan.Split(wholeLines)
	var p *Part
	for line := 1; scan.Scan(); line++ {
		if p == nil {
			var h Header
			if json.Unmarshal(scan.Bytes(), &h, json.RejectUnknownMembers(true)) != nil || h.Type != typePart {
				return nil, ErrNoPart
			}
			if h.Version != FormatVersion {
				return nil, fmt.Errorf("it has version %d of the format, and this program reads version %d: repeat the run with this program", h.Version, FormatVersion)
			}
			if err := h.check(); err != nil {
				return nil, fmt.Errorf("line 1: %w", err)
			}
			p = newPart(h)
			continue
		}
		if p.whole {
			return nil, fmt.Errorf("line %d: a record after the end", line)
		}
		if err := p.read(scan.Bytes()); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
	switch err := scan.Err(); {
	case p == nil && err == nil:
		return nil, ErrNoPart
	case errors.Is(err, io.ErrUnexpectedEOF), err == nil && !p.whole:
		return p, ErrIncomplete
	case err != nil:
		return nil, err
	}
	return p, nil
}

// wholeLines splits lines and leaves a last one out that has no end.
func wholeLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF {
		return len(data), nil, nil
	}
	return 0, nil, nil
}

func (p *Part) read(line []byte) error {
	var kind struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(line, &kind); err != nil {
		return fmt.Errorf("no record: %w", err)
	}
	switch kind.Type {
	case typeSets:
		var r setsRecord
		if err := json.Unmarshal(line, &r, json.RejectUnknownMembers(true)); err != nil {
			return err
		}
		p.sets[r.ID] = &reach.PairSets{ID: r.ID, Lines: r.Lines}
	case typeUnit:
		u := &unitRecord{}
		if err := json.Unmarshal(line, u, json.RejectUnknownMembers(true)); err != nil {
			return err
		}
		if err := p.check(u); err != nil {
			return err
		}
		p.units[u.Unit] = u
	case typeEnd:
		var r endRecord
		if err := json.Unmarshal(line, &r, json.RejectUnknownMembers(true)); err != nil {
			return err
		}
		if r.Units != len(p.units) {
			return fmt.Errorf("the part has %d units, and its end speaks of %d", len(p.units), r.Units)
		}
		p.whole = true
	default:
		return fmt.Errorf("no record of a part: type %q", kind.Type)
	}
	return nil
}

// check checks the numbers of a header.
func (h *Header) check() error { return h.Shard.check() }

// check checks the numbers of a unit: every source has sets for each destination.
func (p *Part) check(u *unitRecord) error {
	if u.Unit < 0 || u.Unit >= len(p.Header.Sources) {
		return fmt.Errorf("there is no unit %d", u.Unit)
	}
	here := p.Header.Sources[u.Unit].Datapath
	on := p.Header.datapathOf()
	answered := make([]int, len(on))
	for _, list := range []struct {
		answers []answer
		local   bool
	}{{u.Remote, false}, {u.Local, true}} {
		for i := range list.answers {
			a := &list.answers[i]
			if list.local && len(a.To) != 1 {
				return fmt.Errorf("unit %d has one answer for %d destinations on its datapath", u.Unit, len(a.To))
			}
			for _, to := range a.To {
				if to < 0 || to >= len(on) || (on[to] == here) != list.local {
					return fmt.Errorf("unit %d has an answer for destination %d, which is not there", u.Unit, to)
				}
				answered[to]++
			}
			if err := p.checkAnswer(u, a); err != nil {
				return err
			}
		}
	}
	for to, n := range answered {
		if n != 1 {
			return fmt.Errorf("unit %d has %d answers for destination %d", u.Unit, n, to)
		}
	}
	return nil
}

// checkAnswer checks that each source of a unit has sets, which are known.
func (p *Part) checkAnswer(u *unitRecord, a *answer) error {
	var seen []int
	for _, s := range a.Parts {
		if p.sets[s.Sets] == nil {
			return fmt.Errorf("unit %d refers to sets %q, which are not before it", u.Unit, s.Sets)
		}
		if len(s.From) == 0 {
			return fmt.Errorf("unit %d has sets of no source", u.Unit)
		}
		seen = append(seen, s.From...)
	}
	slices.Sort(seen)
	for i, from := range seen {
		if i != from {
			return fmt.Errorf("unit %d does not have one answer for each source", u.Unit)
		}
	}
	if sources := len(p.Header.Sources[u.Unit].Ports); len(seen) != sources {
		return fmt.Errorf("unit %d has answers for %d of %d sources", u.Unit, len(seen), sources)
	}
	return nil
}

// datapathOf returns the datapath of each destination.
func (h *Header) datapathOf() (out []string) {
	for _, d := range h.Destinations {
		for range d.Ports {
			out = append(out, d.Datapath)
		}
	}
	return out
}

// Differs says in which respect two headers are not of the same matrix, "" if they
// are.
func (h *Header) Differs(o *Header) string {
	var said []string
	for _, f := range []struct {
		what string
		a, b any
	}{
		{"versions of the program", h.Program, o.Program},
		{"databases", h.Database, o.Database},
		{"northbound databases", h.Northbound, o.Northbound},
		{"options", h.Options, o.Options},
		{"sources", h.Sources, o.Sources},
		{"destinations", h.Destinations, o.Destinations},
	} {
		if !reflect.DeepEqual(f.a, f.b) {
			said = append(said, f.what)
		}
	}
	return strings.Join(said, " and ")
}
