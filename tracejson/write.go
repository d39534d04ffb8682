// Package tracejson writes traces as JSON, as docs/trace.schema.json describes it,
// and reads them back.
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

// Version is the version of the form that [Write] writes, its member
// "version".  It grows when a member goes or changes its meaning; new members
// and new words come without.
const Version = 2

// options writes strings that are not UTF-8 with U+FFFD in place of what is
// wrong, as JSON can hold no other.
var options = json.JoinOptions(jsontext.AllowInvalidUTF8(true), json.Deterministic(true))

// Options select the contents of the JSON of a trace.  The zero value selects the trace
// and nothing else.
type Options struct {
	Line bool // a single line
	Bare bool // leave out the nodes: docs/verdict.schema.json
	// PlainNames shows datapaths and ports by the names that flows use, instead of
	// their friendly names.
	PlainNames bool

	Origins func(*trace.Flow) []string // the northbound rows of the deciding flows, nil if they are unknown
	More    []Member                   // further members, after those of the trace
}

// Member is a member of the object, whose value is of types that package
// json writes.
type Member struct {
	Name  string
	Value any
}

// Write writes a trace as one JSON object.  Each node has a line of its own,
// unless the options require a single line.  The tree is a list in the order of
// the walk, in which each node names the one that holds it, so that a walk of any
// depth can be read without nesting.  [Read] reads it back.
func Write(out io.Writer, t *trace.Trace, o Options) error {
	if o.Line {
		return write(out, t, layout{end: "\n"}, o)
	}
	return write(out, t, layout{member: "\n  ", element: "\n    ", closed: "\n", space: " ", end: "\n"}, o)
}

// layout is the space between the parts of the object.
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
	Flow *flowDoc `json:"flow"` // null where it is about none
	Text string   `json:"text"`
}

// unusedDoc are the choices that the walk did not use; there is none where it
// used them all.
type unusedDoc struct {
	CT       int  `json:"ct,omitzero"`
	LBDst    bool `json:"lb_dst,omitzero"`
	SelectID bool `json:"select_id,omitzero"`
}

// writer writes the object part by part; after an error it writes nothing.
type writer struct {
	shown
	out     *bufio.Writer
	layout  layout
	members int // written so far
	listed  int // elements of the list under way
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

// node writes a node and those under it, which come from flow from.
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
