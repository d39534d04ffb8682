package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// section is a part of a walk on a page: a pipeline, the copies to a group, or
// what was made of a packet.
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

// item is a step, a section beside the packet's way, or a line.
type item struct {
	Step    *step
	Section *section
	Line    *effect
}

// step is a look-up in a table, or the actions on a packet that was made.
type step struct {
	ID       string
	Number   string
	Stage    string
	Match    string
	Class    string // dropped, delivered, "" for those that go on
	Marks    []mark
	Lines    []effect
	Flow     *trace.Flow
	Priority string
	Skipped  string // the tables before that did nothing
	Fields   []fieldGroup
	WentOn   bool
	Near     []nearMiss

	rewrites int
}

// mark is a word at the end of a step's row.
type mark struct{ Class, Text string }

// effect is a line of what a step did.
type effect struct {
	Class string // action, change, note, trouble, dropped, delivered
	Text  string
	Href  string
	More  string
}

// deepest is how deep sections go into each other on a page; what is beyond
// stands beside each other.
const deepest = 12

// outline is a trace's steps as a page shows them.  A chain of pipelines stays
// at one level, as in the detailed view; copies beside the way go deeper.
type outline struct {
	words  words
	near   func(*trace.Table) []trace.Miss
	top    []item
	steps  int
	left   int
	number int
	ids    map[*trace.Table]string
	places map[placeKey]string
	tables map[placeKey]string // links to the first step at each table
	by     Origins
	ports  portNames
	ends   map[*trace.Table][]trace.Disposition
}

type placeKey struct {
	key    int64
	egress bool
	table  int
	flow   *trace.Flow
}

func newOutline(t *trace.Trace, o PageOptions) *outline {
	b := &outline{
		words: wordsOf(t), near: o.Near,
		ids: map[*trace.Table]string{}, places: map[placeKey]string{}, tables: map[placeKey]string{}, by: o.Origins, ports: portNames{},
		ends: map[*trace.Table][]trace.Disposition{},
	}
	for _, d := range trace.Verdicts(t) {
		b.ends[d.Last] = append(b.ends[d.Last], d)
	}
	if t.Root != nil {
		b.ports.gather(t.Root)
		s := b.pipeline(t.Root, 3)
		b.top = append(b.top, item{Section: s})
		b.nodes(t.Root.Nodes, scene{section: s, home: &b.top, level: 3, in: t.Root, packet: &t.Packet})
	}
	return b
}

// sections returns the outline: everything at its top is a section.
func (b *outline) sections() []*section {
	var out []*section
	for _, it := range b.top {
		if it.Section != nil {
			out = append(out, it.Section)
		}
	}
	return out
}

// link finds a table's step.
func (b *outline) link(t *trace.Table) string {
	if id, ok := b.ids[t]; ok {
		return "#" + id
	}
	return ""
}

// linkPlace finds the first step at a place.
func (b *outline) linkPlace(p trace.Place) string {
	if id, ok := b.places[placeKey{p.Key, p.Egress, p.Table, p.Flow}]; ok {
		return "#" + id
	}
	return ""
}

// scene is where nodes go: the section that is open, the list that it stands
// in, and the step whose actions they are, if any.
type scene struct {
	section *section
	home    *[]item
	level   int
	step    *step
	in      *trace.Pipeline
	packet  *packet.Packet
}

func (b *outline) nodes(nodes []trace.Node, sc scene) {
	last := lastShown(nodes)
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
				sc.step.Lines = append(sc.step.Lines, effect{Class: "goto", Text: s.Word, Href: "#" + s.ID, More: s.Note})
				sc.step.Marks = append(sc.step.Marks, mark{"fork", s.Word})
			}
			b.open(s, &sub, i == last)
			b.nodes(n.Nodes, sub)
		default:
			b.line(nodes, i, &sc)
		}
	}
}

// count tells how many look-ups there are in nodes.
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

// open puts a section where it belongs: behind the one before, where the
// packet's way goes on in it, or else into that one.
func (b *outline) open(s *section, sc *scene, goesOn bool) {
	if goesOn || sc.level >= deepest {
		*sc.home = append(*sc.home, item{Section: s})
		s.Level = sc.level
	} else {
		sc.section.Items = append(sc.section.Items, item{Section: s})
		sc.home = &sc.section.Items
		sc.level++
		s.Level = sc.level
	}
	sc.section = s
}

func (b *outline) id() string {
	b.number++
	return stepNumber(b.number)
}

func (b *outline) pipeline(n *trace.Pipeline, level int) *section {
	s := &section{ID: b.id(), Level: level, Class: "ingress", Word: "ingress", Datapath: n.Datapath, In: n.Inport}
	switch {
	case n.Group != "":
		s.Class, s.Word, s.Group = "group", "multicast", n.Group
	case n.Egress:
		s.Class, s.Word, s.Out = "egress", "egress", n.Outport
	}
	return s
}

func (b *outline) fork(n *trace.Fork, level int) *section {
	s := &section{ID: b.id(), Level: level, Class: "fork", Word: forkNames[n.Kind]}
	if n.Kind == trace.CTLB {
		s.Word = n.Variant
	}
	var notes []string
	if n.Reject {
		notes = append(notes, "the answer of a reject")
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
		notes = append(notes, "nobody chose")
	}
	s.Note = strings.Join(notes, " · ")
	return s
}

// table adds a step and follows the walk under it.
func (b *outline) table(n *trace.Table, sc scene) {
	st := &step{ID: b.id(), Number: strconv.Itoa(n.Number), Stage: n.Stage, Flow: n.Flow}
	b.steps++
	b.ids[n] = st.ID
	key := placeKey{sc.in.Key, sc.in.Egress, n.Number, n.Flow}
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
		st.Match, st.Priority = oneLine(n.Flow.Match), strconv.Itoa(n.Flow.Priority)
	}
	on := wentOn(n.Nodes, sc.in.Key)
	st.Fields, st.WentOn = b.ports.name(fieldsOf(&n.Packet, on.packet), sc.in.Key, n, on), on.packet != nil
	if port := b.ports.chosen(sc.in, n, on); port != "" {
		st.Marks = append(st.Marks, mark{"outport", "outport " + shorten(port, 40)})
	}
	if b.near != nil {
		st.Near = nearMisses(b.near(n), b.by)
	}
	sc.section.Items = append(sc.section.Items, item{Step: st})
	sc.step, sc.packet = st, &n.Packet
	b.nodes(n.Nodes, sc)
	for _, d := range b.ends[n] {
		st.end(&d)
	}
}

// end marks a step as one at which a copy ended.
func (st *step) end(d *trace.Disposition) {
	switch d.Seems {
	case trace.FateDelivered, trace.FateReplied:
		st.Class = "delivered"
		st.mark(mark{"delivered", "→ " + shorten(d.Port, 30)})
	case trace.FateDropped, trace.FateLooped:
		if st.Class == "" {
			st.Class = "dropped"
		}
		st.mark(mark{"dropped", string(d.Code)})
	case trace.FateController:
		st.mark(mark{"controller", "to the controller"})
	case trace.FateUncertain: // what a copy seems to be is never this
	}
}

// line adds what is no section and no look-up to the step whose it is.  Actions
// on a packet that was made stand under none; they get a step of their own.
func (b *outline) line(nodes []trace.Node, i int, sc *scene) {
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

// maxRewrites is how many rewrites a step's row shows.
const maxRewrites = 4

// mark puts a mark on a step's row; of rewrites the last counts those that have
// no place.
func (st *step) mark(m mark) {
	if m.Class == "rewrite" {
		if st.rewrites++; st.rewrites > maxRewrites {
			more := mark{"rewrite", "+" + strconv.Itoa(st.rewrites-maxRewrites)}
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

// lineOf returns what a node says, and the mark that its step gets.
func (b *outline) lineOf(nodes []trace.Node, i int) (effect, mark) {
	words := b.words.line(nodes[i])
	switch n := nodes[i].(type) {
	case *trace.Action:
		if i+1 < len(nodes) {
			if _, ok := nodes[i+1].(*trace.Change); ok {
				return effect{Class: "action rewrite", Text: n.Text}, mark{}
			}
		}
		return effect{Class: "action", Text: n.Text}, mark{}
	case *trace.Change:
		l := effect{Class: "change", Text: words}
		if i > 0 {
			if a, ok := nodes[i-1].(*trace.Action); ok && strings.TrimSuffix(a.Text, ";") == words {
				l.Text = "" // the action says the same
			}
		}
		return l, mark{"rewrite", shorten(words, 40)}
	case *trace.Drop:
		return effect{Class: "dropped", Text: words}, mark{}
	case *trace.Delivered:
		return effect{Class: "delivered", Text: "left at port " + n.Port + " of " + n.Datapath}, mark{}
	case *trace.Omitted:
		return effect{Class: "dropped", Text: "not sent back out of the port by which it came in"}, mark{}
	case *trace.Reached, *trace.Replaced:
		return effect{Class: "note", Text: strings.TrimSuffix(strings.TrimPrefix(words, "/* "), " */")}, mark{}
	case *trace.Log:
		return effect{Class: "note", Text: words}, mark{"note", "log"}
	case *trace.Uncertain:
		return effect{Class: "trouble", Text: "a flow here does not parse: " + n.Reason, More: n.Flow.UUID}, mark{"trouble", "uncertain"}
	case *trace.Overlap:
		return effect{Class: "trouble", Text: "another flow of the same priority matches too and does something else", More: n.Other.UUID}, mark{"trouble", "overlap"}
	case *trace.Remark:
		if n.Class() == trace.Error {
			return effect{Class: "trouble", Text: strings.TrimPrefix(words, "*** ")}, mark{"trouble", shorten(strings.TrimPrefix(words, "*** "), 40)}
		}
		return effect{Class: "note", Text: strings.TrimSuffix(strings.TrimPrefix(words, "/* "), " */")}, mark{}
	case *trace.Pipeline, *trace.Table, *trace.Fork:
	}
	return effect{Class: "note", Text: words}, mark{}
}
