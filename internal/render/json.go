package render

import (
	"bufio"
	"io"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// JSONVersion is the version of the form that JSON writes, its member
// "version".  It grows when a member goes or changes its meaning; new members
// and new words come without.
const JSONVersion = 1

// jsonOptions writes strings that are not UTF-8 with U+FFFD in place of what is
// wrong, as JSON can hold no other.
var jsonOptions = json.JoinOptions(jsontext.AllowInvalidUTF8(true), json.Deterministic(true))

// JSON writes a whole trace as one JSON object, as docs/trace.schema.json
// describes it.  Each node has a line of its own.  The tree is a list in the
// order of the walk, in which each node names the one that holds it, so that a
// walk of any depth can be read without nesting.  ReadJSON reads it back.
func JSON(out io.Writer, t *trace.Trace) error {
	return JSONAnswer(out, t, JSONOptions{})
}

// JSONLine writes what JSON does, as a single line.
func JSONLine(out io.Writer, t *trace.Trace) error {
	return JSONAnswer(out, t, JSONOptions{Line: true})
}

// JSONOptions say what an answer in JSON holds.
type JSONOptions struct {
	Line    bool         // a single line
	Bare    bool         // leave out the nodes: docs/verdict.schema.json
	Origins Origins      // what the flows that decided were made from; nil where nobody knows
	More    []JSONMember // members after the trace's own
}

// JSONMember is a member of the object, whose value is of types that package
// json writes.
type JSONMember struct {
	Name  string
	Value any
}

// JSONAnswer writes a trace as JSON does, with what else was asked for.
func JSONAnswer(out io.Writer, t *trace.Trace, o JSONOptions) error {
	if o.Line {
		return writeJSON(out, t, jsonLayout{end: "\n"}, o)
	}
	return writeJSON(out, t, jsonLayout{member: "\n  ", element: "\n    ", closed: "\n", space: " ", end: "\n"}, o)
}

// jsonLayout is the space between the parts of the object.
type jsonLayout struct{ member, element, closed, space, end string }

func writeJSON(out io.Writer, t *trace.Trace, l jsonLayout, o JSONOptions) error {
	w := &jsonWriter{out: bufio.NewWriterSize(escape.NewWriter(out), 1<<16), layout: l}
	w.raw("{")
	w.member("version", JSONVersion)
	w.member("release", t.Release)
	w.member("chassis", t.Chassis)
	w.member("friendly", t.Friendly)
	w.member("packet", docOfPacket(&t.Packet))
	w.list("warnings", func() {
		for _, warning := range t.Warnings {
			w.element(warningDoc{flowOf(warning.Flow), warning.Text})
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
			doc, err := verdictOf(&d, ids)
			if err != nil && w.err == nil {
				w.err = err
			}
			if o.Origins != nil {
				doc.MadeFrom = slices.Concat([]string{}, o.Origins(d.DecidedAt.Flow))
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
	LBDst    bool `json:"lb-dst,omitzero"`
	SelectID bool `json:"select-id,omitzero"`
}

// jsonWriter writes the object part by part; after an error it writes nothing.
type jsonWriter struct {
	out     *bufio.Writer
	layout  jsonLayout
	members int // written so far
	listed  int // elements of the list under way
	nodes   int
	err     error
}

func (w *jsonWriter) raw(s string) {
	if w.err == nil {
		_, w.err = w.out.WriteString(s)
	}
}

func (w *jsonWriter) value(v any) {
	if w.err != nil {
		return
	}
	b, err := json.Marshal(v, jsonOptions)
	if err != nil {
		w.err = err
		return
	}
	_, w.err = w.out.Write(b)
}

func (w *jsonWriter) name(name string) {
	if w.members > 0 {
		w.raw(",")
	}
	w.members++
	w.raw(w.layout.member + `"` + name + `":` + w.layout.space)
}

func (w *jsonWriter) member(name string, v any) {
	w.name(name)
	w.value(v)
}

// list writes a member whose elements body writes.
func (w *jsonWriter) list(name string, body func()) {
	w.name(name)
	w.raw("[")
	w.listed = 0
	body()
	if w.listed > 0 {
		w.raw(w.layout.member)
	}
	w.raw("]")
}

func (w *jsonWriter) element(v any) {
	if w.listed > 0 {
		w.raw(",")
	}
	w.listed++
	w.raw(w.layout.element)
	w.value(v)
}

// node writes a node and those under it, which come from flow from.
func (w *jsonWriter) node(n trace.Node, parent *int, from *trace.Flow) {
	if w.err != nil {
		return
	}
	id := w.nodes
	w.nodes++
	doc, err := docOf(n, nodeDoc{ID: id, Parent: parent}, from)
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
