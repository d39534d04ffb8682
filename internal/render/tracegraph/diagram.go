// Package tracegraph writes a packet's path as a graph: in Graphviz's language DOT
// and in Mermaid's.
package tracegraph

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/render/route"
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/trace"
)

// diagram is a route as a map: each datapath and port once, even if the packet visited it several
// times, and the path as numbered edges.
type diagram struct {
	title     string
	datapaths []*mapDatapath
	ends      []mapNode
	edges     []*mapEdge
	left      int
}

type mapDatapath struct {
	label string
	kind  route.Kind
	ports []mapNode
}

// title names the datapath and what it stands for.
func (d *mapDatapath) title() string { return d.label + " (" + d.kind.String() + ")" }

type mapNode struct{ id, label, class string }

// mapEdge is an edge of the path, which may have been taken several times.
type mapEdge struct {
	from, to string
	numbers  []int
	notes    []string
	class    string // how the copy ended there, "" where it went on
	origin   bool
}

// label returns the numbers of the steps in which the edge was taken, and the changes.
func (e *mapEdge) label() string {
	const most = 6
	var numbers []string
	for i, n := range e.numbers {
		if i == most {
			numbers = append(numbers, "…")
			break
		}
		numbers = append(numbers, strconv.Itoa(n))
	}
	return strings.Join(append([]string{strings.Join(numbers, ", ")}, escape.All(e.notes)...), "\n")
}

func diagramOf(t *trace.Trace, names wording.Names) *diagram {
	word, from, to := wording.PacketTitle(&t.Packet)
	r := route.Of(t, names)
	m := &mapBuilder{
		names:     names,
		diagram:   &diagram{title: word + " " + from + " → " + to, left: r.Left},
		datapaths: map[string]*mapDatapath{}, ports: map[string]string{}, edges: map[string]*mapEdge{},
	}
	if len(r.Visits) > 0 {
		m.visit(r.Visits[0])
	}
	return m.diagram
}

// mapBuilder builds the map of a route.
type mapBuilder struct {
	names     wording.Names
	diagram   *diagram
	datapaths map[string]*mapDatapath
	ports     map[string]string // node by datapath and port
	edges     map[string]*mapEdge
	number    int
}

func (m *mapBuilder) datapath(v *route.Visit) (*mapDatapath, string) {
	key := strconv.FormatInt(v.Key, 10) + " " + v.Datapath
	d, ok := m.datapaths[key]
	if !ok {
		d = &mapDatapath{label: escape.Text(v.Datapath), kind: v.Kind}
		m.datapaths[key] = d
		m.diagram.datapaths = append(m.diagram.datapaths, d)
	}
	return d, key
}

// port returns the node of a port of a datapath.
func (m *mapBuilder) port(v *route.Visit, name string) string {
	d, key := m.datapath(v)
	key += "\x00" + name
	id, ok := m.ports[key]
	if !ok {
		id = fmt.Sprintf("port%d", len(m.ports))
		m.ports[key] = id
		d.ports = append(d.ports, mapNode{id: id, label: escape.Text(name)})
	}
	return id
}

func (m *mapBuilder) visit(v *route.Visit) {
	in := m.port(v, v.Inport)
	m.diagram.left += v.Left
	for _, e := range v.Exits {
		notes := e.Rewrites
		if e.Group != "" {
			notes = append([]string{"to " + e.Group}, notes...)
		}
		if e.Origin != "" {
			notes = append([]string{e.Origin}, notes...)
		}
		at := in
		if e.Outport != "" {
			at = m.port(v, e.Outport)
			m.edge(in, at, notes, "", e.Copied)
			notes = nil
		}
		if e.Next != nil {
			m.edge(at, m.port(e.Next, e.Next.Inport), notes, "", e.Copied)
			m.visit(e.Next)
			continue
		}
		word, more := m.names.EndWords(e.End)
		word, more = escape.Text(word), escape.Text(more)
		id := fmt.Sprintf("end%d", len(m.diagram.ends))
		class := wording.OutcomeClass(e.End)
		m.diagram.ends = append(m.diagram.ends, mapNode{id, strings.TrimSpace(word + "\n" + more), class})
		m.edge(at, id, notes, class, e.Copied)
	}
}

// edge adds an edge, or a number to an existing one.
func (m *mapBuilder) edge(from, to string, notes []string, class string, made bool) {
	m.number++
	key := strings.Join(append([]string{from, to, strconv.FormatBool(made)}, notes...), "\x00")
	e, ok := m.edges[key]
	if !ok {
		e = &mapEdge{from: from, to: to, notes: notes, class: class, origin: made}
		m.edges[key] = e
		m.diagram.edges = append(m.diagram.edges, e)
	}
	e.numbers = append(e.numbers, m.number)
}
