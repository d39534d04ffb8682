// Package tracejson writes traces as JSON, in the format of docs/trace.schema.json, and reads them.
package tracejson

import (
	"bufio"
	"io"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Version is the version of the format that [Write] writes, its member "version". It is increased when
// a member is removed or changes its meaning, but not for new members and words.
const Version = 2

// options replace bytes that are not valid UTF-8 by U+FFFD, because JSON cannot represent them.
var options = json.JoinOptions(jsontext.AllowInvalidUTF8(true), json.Deterministic(true))

// Options select the contents of the JSON of a trace. The zero value selects the trace only.
type Options struct {
	Line bool // write a single line
	Bare bool // omit the nodes: docs/verdict.schema.json
	// PlainNames shows datapaths and ports by the names in flows instead of their friendly
	// names.
	PlainNames bool

	Origins func(*trace.Flow) []string // the northbound rows of the deciding flows, or nil if unknown
	More    []Member                   // further members, after those of the trace
}

// Member is a further member of the object. Package json must be able to write its value.
type Member struct {
	Name  string
	Value any
}

// Write writes a trace as one JSON object, with one line for each node unless the options select a
// single line. The tree is a list in the order of the walk, in which each node has the index of its
// parent, so that a walk of any depth can be read without nesting. [Read] is the inverse.
func Write(out io.Writer, t *trace.Trace, o Options) error {
	if o.Line {
		return write(out, t, layout{end: "\n"}, o)
	}
	return write(out, t, layout{member: "\n  ", element: "\n    ", closed: "\n", space: " ", end: "\n"}, o)
}

// layout is the white space between the parts of the object.
type layout struct{ member, element, closed, space, end string }

func write(out io.Writer, t *trace.Trace, l layout, o Options) error {
	w := &writer{shown: shown{wording.Names{Plain: o.PlainNames}}, out: bufio.NewWriterSize(escape.NewWriter(out), 1<<16), layout: l}
	w.raw("{")
	w.member("version", Version)
	w.member("release", t.Release)
	w.member("chassis", t.Chassis)
	w.member("friendly_names", !o.PlainNames)
	w.member("packet", docOfPacket(&t.Packet))
	w.list("warnings", func() {
		for _, warning := range t.Warnings {
			w.element(warningDoc{w.flow(warning.Flow), warning.Text})
		}
	})
	if t.Unused != (trace.Unused{}) {
		w.member("unused", unusedDoc(t.Unused))
	}
	w.list("verdicts", func() {
		var ids map[*trace.Table]int
		if !o.Bare {
			ids = tableIDs(t)
		}
		for _, d := range verdict.Of(t) {
			doc, err := w.verdict(&d, ids)
			if err != nil && w.err == nil {
				w.err = err
			}
			if o.Origins != nil {
				doc.MadeFrom = slices.Concat([]string{}, o.Origins(d.DecidedAt.Flow))
				for i, p := range d.AllowedBy {
					doc.AllowedBy[i].MadeFrom = slices.Concat([]string{}, o.Origins(p.Flow))
				}
			}
			w.element(doc)
		}
	})
	if !o.Bare {
		w.list("nodes", func() {
			if t.Root != nil {
				w.node(t.Root, nil, nil)
			}
		})
	}
	for _, m := range o.More {
		w.member(m.Name, m.Value)
	}
	w.raw(l.closed + "}" + l.end)
	if w.err != nil {
		return w.err
	}
	return w.out.Flush()
}

type warningDoc struct {
	Flow *flowDoc `json:"flow"` // null if it concerns none
	Text string   `json:"text"`
}

// unusedDoc is the choices that the walk did not use. It is absent if all were used.
type unusedDoc struct {
	CT       int  `json:"ct,omitzero"`
	LBDst    bool `json:"lb_dst,omitzero"`
	SelectID bool `json:"select_id,omitzero"`
}

// writer writes the object part by part. After an error it writes nothing.
type writer struct {
	shown
	out     *bufio.Writer
	layout  layout
	members int // written so far
	listed  int // elements of the current list
	nodes   int
	err     error
}

func (w *writer) raw(s string) {
	if w.err == nil {
		_, w.err = w.out.WriteString(s)
	}
}

func (w *writer) value(v any) {
	if w.err != nil {
		return
	}
	b, err := json.Marshal(v, options)
	if err != nil {
		w.err = err
		return
	}
	_, w.err = w.out.Write(b)
}

func (w *writer) name(name string) {
	if w.members > 0 {
		w.raw(",")
	}
	w.members++
	w.raw(w.layout.member + `"` + name + `":` + w.layout.space)
}

func (w *writer) member(name string, v any) {
	w.name(name)
	w.value(v)
}

// list writes a member whose elements body writes.
func (w *writer) list(name string, body func()) {
	w.name(name)
	w.raw("[")
	w.listed = 0
	body()
	if w.listed > 0 {
		w.raw(w.layout.member)
	}
	w.raw("]")
}

func (w *writer) element(v any) {
	if w.listed > 0 {
		w.raw(",")
	}
	w.listed++
	w.raw(w.layout.element)
	w.value(v)
}

// node writes a node and those under it; from is the enclosing flow.
func (w *writer) node(n trace.Node, parent *int, from *trace.Flow) {
	if w.err != nil {
		return
	}
	id := w.nodes
	w.nodes++
	doc, err := w.shown.node(n, nodeDoc{ID: id, Parent: parent}, from)
	if err != nil {
		w.err = err
		return
	}
	w.element(doc)
	if t, ok := n.(*trace.Table); ok {
		from = t.Flow
	}
	for _, s := range n.Subs() {
		w.node(s, &id, from)
	}
}
