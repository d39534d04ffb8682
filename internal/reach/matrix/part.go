// Package matrix divides the walk of all pairs of ports into shards, stores what is done in
// parts, and joins parts to a matrix of pairs of classes of ports.
package matrix

import (
	"bufio"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/ovnwalk/ovnwalk/internal/reach"
)

// FormatVersion is the version of both formats, that of parts and that of matrices.
const FormatVersion = 3

// Header identifies the matrix to which a part belongs. Parts of one matrix differ in Shard
// only.
type Header struct {
	Type    string `json:"type"` // typePart
	Version int    `json:"version"`
	Program string `json:"program"` // the version of the program

	// Zones are the names of the interconnect zones, nil for one zone. Database and
	// Northbound are digests of the databases; Northbound is "" if none is given.
	Zones      []string `json:"zones,omitempty"`
	Database   string   `json:"database"`
	Northbound string   `json:"northbound,omitempty"`
	Options    Options  `json:"options"`

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
	Datapath string   `json:"datapath"` // its UUID, with its zone before it if there are several
	Ports    []string `json:"ports"`
}

// The types of a part's records.
const (
	typePart   = "part"
	typeSets   = "sets"
	typeAnswer = "answer"
	typeBlock  = "block"
	typeEnd    = "end"
)

// setsRecord has sets to which answers refer by ID.
type setsRecord struct {
	Type  string           `json:"type"`
	ID    string           `json:"id"`
	Lines []reach.PairLine `json:"lines"`
}

// answerRecord is an answer to which blocks refer by number, from 0 in the order of the
// file.
type answerRecord struct {
	Type   string  `json:"type"`
	Answer int     `json:"answer"`
	Parts  []share `json:"parts"`
}

// blockRecord has the answers for the destinations of one datapath, by its index in the
// header.
type blockRecord struct {
	Type   string        `json:"type"`
	Block  int           `json:"block"`
	Remote []remoteEntry `json:"remote"`
	Local  []localEntry  `json:"local"` // of a datapath with sources
}

// remoteEntry has the answers for destinations, by their index in all lists together. There
// is one answer for each datapath of sources, noAnswer for the destinations' own.
type remoteEntry struct {
	To      []int `json:"to"`
	Answers []int `json:"answers"`
}

// localEntry is the answer of the sources on the datapath of a destination.
type localEntry struct {
	To     int `json:"to"`
	Answer int `json:"answer"`
}

const noAnswer = -1

// share is a group of sources of one datapath with the same sets.
type share struct {
	Sets string `json:"sets"`
	From []int  `json:"from"`
}

// endRecord marks the end of a complete part.
type endRecord struct {
	Type   string `json:"type"`
	Blocks int    `json:"blocks"`
}

// Part is the result of some of the blocks of a matrix.
type Part struct {
	Header  Header
	blocks  map[int]*blockRecord
	answers [][]share // by number
	sets    map[string]*reach.PairSets
	number  map[string]int // of each answer, by its text
	whole   bool
}

func newPart(h Header) *Part {
	return &Part{Header: h, blocks: map[int]*blockRecord{}, sets: map[string]*reach.PairSets{}, number: map[string]int{}}
}

// answer returns the number of an answer.
func (p *Part) answer(parts []share) int {
	text := textOf(parts)
	n, known := p.number[text]
	if !known {
		n = len(p.answers)
		p.number[text] = n
		p.answers = append(p.answers, parts)
	}
	return n
}

// textOf returns a text that is equal for equal answers.
func textOf(parts []share) string {
	var b []byte
	for _, s := range parts {
		b = append(append(b, s.Sets...), ' ')
		for _, from := range s.From {
			b = append(strconv.AppendInt(b, int64(from), 10), ',')
		}
	}
	return string(b)
}

// add adds the answers for a block of destinations.
func (p *Part) add(block int, found *reach.PairBlock) *blockRecord {
	answer := func(parts []reach.PairPart) int {
		out := make([]share, len(parts))
		for i, part := range parts {
			p.sets[part.Sets.ID] = part.Sets
			out[i] = share{part.Sets.ID, part.Ports}
		}
		return p.answer(out)
	}
	b := &blockRecord{Type: typeBlock, Block: block, Remote: []remoteEntry{}, Local: []localEntry{}}
	for _, row := range found.Remote {
		answers := make([]int, len(row.Answers))
		for unit, parts := range row.Answers {
			if answers[unit] = noAnswer; parts != nil {
				answers[unit] = answer(parts)
			}
		}
		if i := slices.IndexFunc(b.Remote, func(e remoteEntry) bool { return slices.Equal(e.Answers, answers) }); i >= 0 {
			b.Remote[i].To = append(b.Remote[i].To, row.To...)
			continue
		}
		b.Remote = append(b.Remote, remoteEntry{slices.Clone(row.To), answers})
	}
	for _, l := range found.Local {
		b.Local = append(b.Local, localEntry{l.To, answer(l.Parts)})
	}
	p.blocks[block] = b
	return b
}

// take adds a block of another part, whose sets are in p already.
func (p *Part) take(from *Part, block int) {
	old := from.blocks[block]
	b := &blockRecord{Type: typeBlock, Block: block, Remote: make([]remoteEntry, len(old.Remote)), Local: make([]localEntry, len(old.Local))}
	for i, e := range old.Remote {
		answers := make([]int, len(e.Answers))
		for unit, n := range e.Answers {
			if answers[unit] = noAnswer; n != noAnswer {
				answers[unit] = p.answer(from.answers[n])
			}
		}
		b.Remote[i] = remoteEntry{e.To, answers}
	}
	for i, e := range old.Local {
		b.Local[i] = localEntry{e.To, p.answer(from.answers[e.Answer])}
	}
	p.blocks[block] = b
}

// answersOf calls f for each answer that a block refers to, in order.
func (b *blockRecord) answersOf(f func(n int)) {
	for _, e := range b.Remote {
		for _, n := range e.Answers {
			if n != noAnswer {
				f(n)
			}
		}
	}
	for _, e := range b.Local {
		f(e.Answer)
	}
}

// recordWriter writes the records of a part.
type recordWriter struct {
	w       io.Writer
	sets    map[string]bool // those already written
	numbers map[int]int     // numbers in the file of the answers already written
}

func newRecordWriter(w io.Writer) *recordWriter {
	return &recordWriter{w, map[string]bool{}, map[int]int{}}
}

func (w *recordWriter) record(r any) error {
	line, err := json.Marshal(r, json.Deterministic(true))
	if err != nil {
		return err
	}
	_, err = w.w.Write(append(line, '\n'))
	return err
}

// block writes a block, preceded by the sets and answers to which no block before it
// refers.
func (w *recordWriter) block(p *Part, b *blockRecord) error {
	var err error
	b.answersOf(func(n int) {
		if _, known := w.numbers[n]; !known && err == nil {
			err = w.answer(p, n)
		}
	})
	if err != nil {
		return err
	}
	out := &blockRecord{Type: typeBlock, Block: b.Block, Remote: make([]remoteEntry, len(b.Remote)), Local: make([]localEntry, len(b.Local))}
	for i, e := range b.Remote {
		answers := make([]int, len(e.Answers))
		for unit, n := range e.Answers {
			if answers[unit] = noAnswer; n != noAnswer {
				answers[unit] = w.numbers[n]
			}
		}
		out.Remote[i] = remoteEntry{e.To, answers}
	}
	for i, e := range b.Local {
		out.Local[i] = localEntry{e.To, w.numbers[e.Answer]}
	}
	return w.record(out)
}

// answer writes an answer, preceded by its sets.
func (w *recordWriter) answer(p *Part, n int) error {
	for _, s := range p.answers[n] {
		if !w.sets[s.Sets] {
			w.sets[s.Sets] = true
			if err := w.record(setsRecord{typeSets, s.Sets, p.sets[s.Sets].Lines}); err != nil {
				return err
			}
		}
	}
	w.numbers[n] = len(w.numbers)
	return w.record(answerRecord{typeAnswer, w.numbers[n], p.answers[n]})
}

// Write writes a complete part.
func (p *Part) Write(out io.Writer) error {
	b := bufio.NewWriter(out)
	w := newRecordWriter(b)
	if err := w.record(p.Header); err != nil {
		return err
	}
	for _, i := range p.done() {
		if err := w.block(p, p.blocks[i]); err != nil {
			return err
		}
	}
	if err := w.record(endRecord{typeEnd, len(p.blocks)}); err != nil {
		return err
	}
	return b.Flush()
}

// done returns the completed blocks, in order.
func (p *Part) done() []int { return slices.Sorted(maps.Keys(p.blocks)) }

// Differs returns the difference that makes two headers those of different matrices, or "".
func (h *Header) Differs(o *Header) string {
	var said []string
	for _, f := range []struct {
		what string
		a, b any
	}{
		{"versions of the program", h.Program, o.Program},
		{"zones", h.Zones, o.Zones},
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
