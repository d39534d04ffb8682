package render

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/trace"
)

// diagram is a route as a map: each datapath and each port once, however often
// the packet came by, and the way as numbered edges.
type diagram struct {
	title     string
	datapaths []*mapDatapath
	ends      []mapNode
	edges     []*mapEdge
	left      int
}

type mapDatapath struct {
	label string
	kind  datapathKind
	ports []mapNode
}

// title names the datapath and what it stands for.
func (d *mapDatapath) title() string { return d.label + " (" + kindWords[d.kind] + ")" }

type mapNode struct{ id, label, class string }

// mapEdge is a piece of the way, which may have been taken several times.
type mapEdge struct {
	from, to string
	numbers  []int
	notes    []string
	class    string // how the copy ended there, "" where it went on
	origin   bool
}

// label tells when the edge was taken, and what happened on it.
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

func diagramOf(t *trace.Trace) *diagram {
	word, from, to := packetTitle(&t.Packet)
	r := routeOf(t)
	m := &mapBuilder{
		diagram:   &diagram{title: word + " " + from + " → " + to, left: r.left},
		datapaths: map[string]*mapDatapath{}, ports: map[string]string{}, edges: map[string]*mapEdge{},
	}
	if len(r.visits) > 0 {
		m.visit(r.visits[0])
	}
	return m.diagram
}

// mapBuilder draws a route as a map.
type mapBuilder struct {
	diagram   *diagram
	datapaths map[string]*mapDatapath
	ports     map[string]string // node by datapath and port
	edges     map[string]*mapEdge
	number    int
}

func (m *mapBuilder) datapath(v *visit) (*mapDatapath, string) {
	key := strconv.FormatInt(v.key, 10) + " " + v.datapath
	d, ok := m.datapaths[key]
	if !ok {
		d = &mapDatapath{label: escape.Text(v.datapath), kind: v.kind}
		m.datapaths[key] = d
		m.diagram.datapaths = append(m.diagram.datapaths, d)
	}
	return d, key
}

// port returns the node of a port of a datapath.
func (m *mapBuilder) port(v *visit, name string) string {
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

func (m *mapBuilder) visit(v *visit) {
	in := m.port(v, v.inport)
	m.diagram.left += v.left
	for _, e := range v.exits {
		notes := e.rewrites
		if e.group != "" {
			notes = append([]string{"to " + e.group}, notes...)
		}
		if e.origin != "" {
			notes = append([]string{e.origin}, notes...)
		}
		at := in
		if e.outport != "" {
			at = m.port(v, e.outport)
			m.edge(in, at, notes, "", e.copied)
			notes = nil
		}
		if e.next != nil {
			m.edge(at, m.port(e.next, e.next.inport), notes, "", e.copied)
			m.visit(e.next)
			continue
		}
		word, more := endWords(e.end)
		word, more = escape.Text(word), escape.Text(more)
		id := fmt.Sprintf("end%d", len(m.diagram.ends))
		class := outcomeClass(e.end)
		m.diagram.ends = append(m.diagram.ends, mapNode{id, strings.TrimSpace(word + "\n" + more), class})
		m.edge(at, id, notes, class, e.copied)
	}
}

// edge draws a piece of the way, or numbers the one that is there.
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
