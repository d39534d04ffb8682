package tracehtml

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/render/cells"
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// section is a part of a walk on a page: a pipeline, the copies to a multicast group, or a fork.
type section struct {
	ID       string
	Class    string // ingress, egress, group, fork
	Level    int    // of its heading, from 3 on
	Word     string
	Datapath string
	In, Out  string
	Group    string
	Note     string
	Items    []item
}

// item is a step, a section or a line.
type item struct {
	Step    *step
	Section *section
	Line    *stepEffect
}

// step is a lookup in a table, or the actions on a generated packet.
type step struct {
	ID       string
	Number   string
	Stage    string
	Match    string
	Class    string // dropped, delivered, "" if the packet continues
	Marks    []stepLabel
	Lines    []stepEffect
	Flow     *flowView
	Priority string
	Skipped  string // a sentence about the tables before that pass every packet
	Fields   []fieldGroup
	Next     bool
	Near     []nearMiss

	rewrites int
}

// stepLabel is a label at the end of a step's row.
type stepLabel struct{ Class, Text string }

// stepEffect is a line about the effect of a step.
type stepEffect struct {
	Class string // action, change, note, goto, problem, dropped, delivered
	Text  string
	Href  string
	More  string
}

// maxLevel is the maximum level of sections. Deeper ones are on the same level.
const maxLevel = 12

// pageBuilder builds the outline of a trace.  Consecutive pipelines are on one level, as in the
// detailed view; copies are one level deeper.
type pageBuilder struct {
	words  wording.Words
	near   func(*trace.Table) []verdict.NearMiss
	top    []item
	steps  int
	left   int
	number int
	ids    map[*trace.Table]string
	places map[placeKey]string
	tables map[placeKey]string // links to the first step at each table
	by     func(*trace.Flow) []string
	ports  portNames
	ends   map[*trace.Table][]verdict.Disposition
}

type placeKey struct {
	datapath trace.DatapathRef
	egress   bool
	table    int
	flow     *trace.Flow
}

func placeKeyOf(d *trace.DatapathRef, egress bool, table int, f *trace.Flow) placeKey {
	return placeKey{datapathOf(d), egress, table, f}
}

// datapathOf returns a reference as a map key.
func datapathOf(d *trace.DatapathRef) trace.DatapathRef {
	if d == nil {
		return trace.DatapathRef{}
	}
	return *d
}

// flowView is a flow on a page.
type flowView struct {
	*trace.Flow
	Match string
}

func (b *pageBuilder) flow(f *trace.Flow) *flowView {
	if f == nil {
		return nil
	}
	return &flowView{f, b.words.Text(f.Match)}
}

func newPageBuilder(t *trace.Trace, o Options) *pageBuilder {
	b := &pageBuilder{
		words: wording.Of(t, o.Names), near: o.Near,
		ids: map[*trace.Table]string{}, places: map[placeKey]string{}, tables: map[placeKey]string{}, by: o.Origins, ports: portNames{names: o.Names, known: map[portKey]string{}},
		ends: map[*trace.Table][]verdict.Disposition{},
	}
	for _, d := range verdict.Of(t) {
		b.ends[d.Last] = append(b.ends[d.Last], d)
	}
	if t.Root != nil {
		b.ports.gather(t.Root)
		s := b.pipeline(t.Root, 3)
		b.top = append(b.top, item{Section: s})
		b.nodes(t.Root.Nodes, cursor{section: s, parent: &b.top, level: 3, in: t.Root, packet: &t.Packet})
	}
	return b
}

// sections returns the outline.
func (b *pageBuilder) sections() []*section {
	var out []*section
	for _, it := range b.top {
		if it.Section != nil {
			out = append(out, it.Section)
		}
	}
	return out
}

// link returns the link to the step of a table, "" for none.
func (b *pageBuilder) link(t *trace.Table) string {
	if id, ok := b.ids[t]; ok {
		return "#" + id
	}
	return ""
}

// linkPlace returns the link to the first step at a place, "" for none.
func (b *pageBuilder) linkPlace(p trace.Place) string {
	if id, ok := b.places[placeKeyOf(p.Datapath, p.Egress, p.Table, p.Flow)]; ok {
		return "#" + id
	}
	return ""
}

// cursor is where nodes go: the section that is open, the list that it stands
// in, and the step whose actions they are, if any.
type cursor struct {
	section *section
	parent  *[]item
	level   int
	step    *step
	in      *trace.Pipeline
	packet  *packet.Packet
}

func (b *pageBuilder) nodes(nodes []trace.Node, sc cursor) {
	last := wording.LastShown(nodes)
	for i, n := range nodes {
		if b.steps >= MaxSteps {
			b.left += count(nodes[i:])
			return
		}
		switch n := n.(type) {
		case *trace.Table:
			b.table(n, sc)
		case *trace.Pipeline:
			sub := sc
			sub.step, sub.in = nil, n
			s := b.pipeline(n, sc.level)
			b.open(s, &sub, i == last && !n.Indent)
			b.nodes(n.Nodes, sub)
		case *trace.Fork:
			sub := sc
			sub.step, sub.packet = nil, &n.Packet
			s := b.fork(n, sc.level)
			if sc.step != nil {
				sc.step.Lines = append(sc.step.Lines, stepEffect{Class: "goto", Text: s.Word, Href: "#" + s.ID, More: s.Note})
				sc.step.Marks = append(sc.step.Marks, stepLabel{"fork", s.Word})
			}
			b.open(s, &sub, i == last)
			b.nodes(n.Nodes, sub)
		default:
			b.line(nodes, i, &sc)
		}
	}
}

// count returns the number of tables in nodes.
func count(nodes []trace.Node) int {
	n := 0
	for _, node := range nodes {
		trace.Walk(node, func(x trace.Node) bool {
			if _, ok := x.(*trace.Table); ok {
				n++
			}
			return true
		})
	}
	return n
}

// open adds a section: after the current one if the packet continues in it, else inside the current one.
func (b *pageBuilder) open(s *section, sc *cursor, continues bool) {
	if continues || sc.level >= maxLevel {
		*sc.parent = append(*sc.parent, item{Section: s})
		s.Level = sc.level
	} else {
		sc.section.Items = append(sc.section.Items, item{Section: s})
		sc.parent = &sc.section.Items
		sc.level++
		s.Level = sc.level
	}
	sc.section = s
}

func (b *pageBuilder) id() string {
	b.number++
	return stepNumber(b.number)
}

func (b *pageBuilder) pipeline(n *trace.Pipeline, level int) *section {
	s := &section{ID: b.id(), Level: level, Class: "ingress", Word: "ingress", Datapath: b.words.DatapathIn(n.Zone, n.Datapath), In: b.words.Port(n.Inport)}
	switch {
	case n.Group != "":
		s.Class, s.Word, s.Group = "group", "multicast", n.Group
	case n.Egress:
		s.Class, s.Word, s.Out = "egress", "egress", b.words.Port(n.Outport)
	}
	return s
}

func (b *pageBuilder) fork(n *trace.Fork, level int) *section {
	s := &section{ID: b.id(), Level: level, Class: "fork", Word: wording.ForkNames[n.Kind]}
	if n.Kind == trace.ForkCTLB {
		s.Word = n.Variant
	}
	var notes []string
	if n.Reject {
		notes = append(notes, "reply of a reject action")
	}
	if n.Address != "" {
		notes = append(notes, "→ "+n.Address)
	}
	if n.Field != "" {
		notes = append(notes, n.Field+" = "+strconv.FormatUint(n.Value, 10))
	}
	if n.Tracked {
		note := "conntrack state " + packet.FormatCTState(n.State)
		if n.Assumed {
			note += ", assumed"
		}
		notes = append(notes, note)
	}
	if n.Random {
		notes = append(notes, "randomly selected")
	}
	s.Note = strings.Join(notes, " · ")
	return s
}

// table adds a step and the nodes below it.
func (b *pageBuilder) table(n *trace.Table, sc cursor) {
	st := &step{ID: b.id(), Number: strconv.Itoa(n.Number), Stage: n.Stage, Flow: b.flow(n.Flow)}
	b.steps++
	b.ids[n] = st.ID
	key := placeKeyOf(sc.in.Datapath, sc.in.Egress, n.Number, n.Flow)
	if _, ok := b.places[key]; !ok {
		b.places[key] = st.ID
	}
	if key.flow = nil; b.tables[key] == "" {
		b.tables[key] = "#" + st.ID
	}
	if n.From < n.Number {
		st.Skipped = fmt.Sprintf("Tables %d to %d let every packet pass.", n.From, n.Number-1)
		if n.From == n.Number-1 {
			st.Skipped = fmt.Sprintf("Table %d lets every packet pass.", n.From)
		}
	}
	if n.Flow != nil {
		st.Match, st.Priority = oneLine(st.Flow.Match), strconv.Itoa(n.Flow.Priority)
	}
	on := nextDatapath(n.Nodes, sc.in.Datapath)
	st.Fields, st.Next = b.ports.name(fieldsOf(&n.Packet, on.packet), sc.in.Datapath, n, on), on.packet != nil
	if port := b.ports.chosen(sc.in, n, on); port != "" {
		st.Marks = append(st.Marks, stepLabel{"outport", "outport " + cells.Shorten(port, 40)})
	}
	if b.near != nil {
		st.Near = nearMisses(b.near(n), b.by)
	}
	sc.section.Items = append(sc.section.Items, item{Step: st})
	sc.step, sc.packet = st, &n.Packet
	b.nodes(n.Nodes, sc)
	for _, d := range b.ends[n] {
		b.end(st, &d)
	}
}

// end marks a step as one at which a copy ended.
func (b *pageBuilder) end(st *step, d *verdict.Disposition) {
	switch d.TentativeOutcome {
	case verdict.OutcomeDelivered, verdict.OutcomeReplied:
		st.Class = "delivered"
		st.mark(stepLabel{"delivered", "→ " + cells.Shorten(b.words.Port(d.Port), 30)})
	case verdict.OutcomeDropped, verdict.OutcomeLooped:
		if st.Class == "" {
			st.Class = "dropped"
		}
		st.mark(stepLabel{"dropped", string(d.Code)})
	case verdict.OutcomeController:
		st.mark(stepLabel{"controller", "to the controller"})
	case verdict.OutcomeUncertain: // no tentative outcome
	}
}

// line adds a node that is no section and no table to its step.  Actions on a generated packet have no
// table; they get a step of their own.
func (b *pageBuilder) line(nodes []trace.Node, i int, sc *cursor) {
	l, m := b.lineOf(nodes, i)
	if sc.step == nil {
		if _, ok := nodes[i].(*trace.Action); !ok {
			sc.section.Items = append(sc.section.Items, item{Line: &l})
			return
		}
		sc.step = &step{ID: b.id(), Stage: "actions", Fields: fieldsOf(sc.packet, nil)}
		sc.section.Items = append(sc.section.Items, item{Step: sc.step})
	}
	st := sc.step
	if l.Text != "" {
		st.Lines = append(st.Lines, l)
	}
	if m.Text != "" {
		st.mark(m)
	}
}

// maxRewrites is the maximum number of rewrites in a step's row.
const maxRewrites = 4

// mark adds a label to a step's row, once.  Rewrites beyond maxRewrites are counted in one label.
func (st *step) mark(m stepLabel) {
	if m.Class == "rewrite" {
		if st.rewrites++; st.rewrites > maxRewrites {
			more := stepLabel{"rewrite", "+" + strconv.Itoa(st.rewrites-maxRewrites)}
			if st.rewrites == maxRewrites+1 {
				st.Marks = append(st.Marks, more)
			} else {
				st.Marks[len(st.Marks)-1] = more
			}
			return
		}
	}
	if !slices.Contains(st.Marks, m) {
		st.Marks = append(st.Marks, m)
	}
}

// lineOf returns the text of a node and the label for its step.
func (b *pageBuilder) lineOf(nodes []trace.Node, i int) (stepEffect, stepLabel) {
	words := b.words.Line(nodes[i])
	switch n := nodes[i].(type) {
	case *trace.Action:
		if i+1 < len(nodes) {
			if _, ok := nodes[i+1].(*trace.Change); ok {
				return stepEffect{Class: "action rewrite", Text: words}, stepLabel{}
			}
		}
		return stepEffect{Class: "action", Text: words}, stepLabel{}
	case *trace.Change:
		l := stepEffect{Class: "change", Text: words}
		if i > 0 {
			if a, ok := nodes[i-1].(*trace.Action); ok && strings.TrimSuffix(b.words.Text(a.Text), ";") == words {
				l.Text = "" // the action has the same text
			}
		}
		return l, stepLabel{"rewrite", cells.Shorten(words, 40)}
	case *trace.Drop:
		return stepEffect{Class: "dropped", Text: words}, stepLabel{}
	case *trace.Delivered:
		return stepEffect{Class: "delivered", Text: b.words.Port(n.Port) + " of " + b.words.Datapath(n.Datapath())}, stepLabel{}
	case *trace.Omitted:
		return stepEffect{Class: "dropped", Text: "not sent out of its input port"}, stepLabel{}
	case *trace.Reached, *trace.Replaced:
		return stepEffect{Class: "note", Text: strings.TrimSuffix(strings.TrimPrefix(words, "/* "), " */")}, stepLabel{}
	case *trace.Log:
		return stepEffect{Class: "note", Text: words}, stepLabel{"note", "log"}
	case *trace.Uncertain:
		return stepEffect{Class: "problem", Text: "a flow here does not parse: " + n.Reason, More: n.Flow.UUID}, stepLabel{"problem", "uncertain"}
	case *trace.Overlap:
		return stepEffect{Class: "problem", Text: "another flow of the same priority also matches and has a different effect", More: n.Other.UUID}, stepLabel{"problem", "overlap"}
	case *trace.Remark:
		if n.Class() == trace.ClassError {
			return stepEffect{Class: "problem", Text: strings.TrimPrefix(words, "*** ")}, stepLabel{"problem", cells.Shorten(strings.TrimPrefix(words, "*** "), 40)}
		}
		return stepEffect{Class: "note", Text: strings.TrimSuffix(strings.TrimPrefix(words, "/* "), " */")}, stepLabel{}
	case *trace.Pipeline, *trace.Table, *trace.Fork:
	}
	return stepEffect{Class: "note", Text: words}, stepLabel{}
}

// stepNumber returns the anchor of a step.
func stepNumber(n int) string { return "s" + strconv.Itoa(n) }
