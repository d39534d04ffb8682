// Package tracetext writes traces as text: the three views of ovn-trace(8), byte for byte as the
// release of the trace does, and the verdicts, one line for each copy of the packet.
package tracetext

import (
	"io"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Views selects the text views to write.
type Views struct{ Detailed, Summary, Minimal bool }

// Write writes the views of a trace after the packet's one-line form. If there are several views,
// each has a heading.
func Write(out io.Writer, t *trace.Trace, v Views, paint Paint) error {
	w := newWriter(t, paint)
	w.out = out
	w.put(paint.header, "# "+t.Packet.Header(w.words.Header))
	w.newline()
	several := v.Detailed && v.Summary || v.Detailed && v.Minimal || v.Summary && v.Minimal
	root := []trace.Node{t.Root}
	for _, view := range []struct {
		wanted  bool
		heading string
		write   func()
	}{
		{v.Detailed, "# Detailed trace.", func() { w.detailed(root, 0) }},
		{v.Summary, "# Summary trace.", func() { w.braced(trace.Summary, root, 0) }},
		{v.Minimal, "# Minimal trace.", func() { w.braced(trace.Minimal, root, 0) }},
	} {
		if !view.wanted {
			continue
		}
		if several {
			w.put(paint.header, view.heading)
			w.newline()
		}
		view.write()
	}
	return w.done()
}

// texts are unused buffers of writers.
var texts = sync.Pool{New: func() any { return new([]byte) }}

// done writes the rest of the text. The writer must not be used afterwards.
func (w *writer) done() error {
	w.spill()
	*w.buffer = w.b
	texts.Put(w.buffer)
	return w.err
}

// spill writes the buffer.
func (w *writer) spill() {
	if w.err == nil {
		_, w.err = w.out.Write(w.b)
	}
	w.b = w.b[:0]
}

// muchText is the size at which the buffer is written: the text of a packet in a loop, indented
// further with each round, may be larger than memory.
const muchText = 1 << 20

// writer buffers the text of a trace.
type writer struct {
	b      []byte
	buffer *[]byte // the initial buffer, for texts
	out    io.Writer
	err    error // of writing to out
	paint  Paint
	words  wording.Words
	own    bool // whether the text is in this program's format, not that of ovn-trace

	// On a terminal:
	line  []span                    // the line under way
	after map[trace.Node]trace.Node // the node after each node
}

func newWriter(t *trace.Trace, paint Paint) *writer {
	w := &writer{buffer: texts.Get().(*[]byte), paint: paint, words: wording.Of(t, wording.Names{Plain: paint.PlainNames})}
	w.b = *w.buffer
	if paint.screen && t.Root != nil {
		w.after = map[trace.Node]trace.Node{}
		trace.Walk(t.Root, func(n trace.Node) bool {
			subs := n.Subs()
			for i := range len(subs) - 1 {
				w.after[subs[i]] = subs[i+1]
			}
			return true
		})
	}
	return w
}

func (w *writer) indent(levels int) {
	const blanks = "                                                                " // 16 levels
	for ; levels > 16; levels -= 16 {
		w.put(nil, blanks)
	}
	w.put(nil, blanks[:4*levels])
}

// detailed writes nodes one below the other. Those that contain others are titles or stages. A chain
// of steps, each the last of its kind, is not indented further.
func (w *writer) detailed(nodes []trace.Node, level int) {
	last := wording.LastShown(nodes)
	for i, n := range nodes {
		class := n.Class()
		if class == trace.ClassModify || class == trace.ClassAnnotation {
			continue
		}
		more := 0
		if i != last || indented(n) || !holds(class) {
			more = 1
		}
		title := class == trace.ClassPipeline || class == trace.ClassTransformation
		if title {
			w.newline()
		}
		w.indent(level + more)
		width := w.node(n)
		w.newline()
		if title {
			w.indent(level + more)
			w.under(width, 4*(level+more))
			w.newline()
		}
		w.detailed(n.Subs(), level+2*more)
	}
}

// holds reports whether nodes of a class contain others.
func holds(c trace.Class) bool {
	return c == trace.ClassPipeline || c == trace.ClassTable || c == trace.ClassTransformation
}

func indented(n trace.Node) bool {
	p, ok := n.(*trace.Pipeline)
	return ok && p.Indent
}

// braced writes the nodes of a view, with the nodes that they contain in braces.
func (w *writer) braced(v trace.View, nodes []trace.Node, level int) {
	for n := range v.Children(nodes) {
		if a, ok := n.(*trace.Action); ok && a.Jump {
			continue
		}
		w.indent(level)
		w.node(n)
		if !empty(v, n.Subs()) {
			w.put(nil, " {")
			w.newline()
			w.braced(v, n.Subs(), level+1)
			w.indent(level)
			w.put(nil, "}")
		}
		if n.Class() != trace.ClassAction {
			w.put(nil, ";")
		}
		w.newline()
	}
}

func empty(v trace.View, nodes []trace.Node) bool {
	for range v.Children(nodes) {
		return false
	}
	return true
}
