package render

import (
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/trace"
)

// Measures of the narrow picture.
const (
	railWidth = 360
	railStep  = 20 // how far a branch is set to the right
	railDeep  = 7  // how often, at most
	railBox   = 52
	railPill  = 38
	railGap   = 20 // between a box and the next without notes
)

// rail lays a route out from top to bottom, for narrow screens: the packet's
// way runs straight down, and copies that end or go on beside it are set to
// the right, before it goes on.
func (r *route) rail(title, from string, link linker) *picture {
	p := &picture{Class: "narrow", W: railWidth, Label: r.describe()}
	if len(r.visits) == 0 {
		return p
	}
	l := &railLayout{picture: p, link: link, y: 8}
	p.Groups = append(p.Groups, group{Class: "start", Shapes: []shape{
		rect("pill", 2, l.y, railWidth-4, railPill),
		dot("source", 18, l.y+railPill/2, 5),
		text("name", 32, l.y+16, fitName(title, railWidth-50)),
		text("note", 32, l.y+31, fitNote(from, railWidth-50)),
	}})
	l.y += railPill
	l.line("way", 0, l.y, railGap)
	l.y += railGap
	l.visit(r.visits[0], 0)
	if r.left > 0 {
		l.y += noteHigh
		p.Groups = append(p.Groups, group{Class: "left", Shapes: []shape{text("note", 4, l.y, leftOut(r.left))}})
	}
	p.H = l.y + 8
	return p
}

type railLayout struct {
	picture *picture
	link    linker
	y       int
}

// x is where things of a depth begin, and rail the middle of their line.
func (l *railLayout) x(depth int) int    { return 2 + min(depth, railDeep)*railStep }
func (l *railLayout) rail(depth int) int { return l.x(depth) + 16 }

func (l *railLayout) add(class string, shapes ...shape) {
	l.picture.Groups = append(l.picture.Groups, group{Class: class, Shapes: shapes})
}

// line draws a piece of the way down, with its head.
func (l *railLayout) line(class string, depth, y, high int) {
	x := l.rail(depth)
	l.add("edge", path(class, "M%d %dV%d", x, y, y+high-8), arrowhead(class, x, y+high, true))
}

func (l *railLayout) visit(v *visit, depth int) {
	x := l.x(depth)
	w := railWidth - 2 - x
	g := group{Class: "visit " + kindWords[v.kind], Href: l.link(v.table), Title: v.datapath + ", by port " + v.inport}
	g.Shapes = append(g.Shapes, rect("box", x, l.y, w, railBox))
	g.Shapes = append(g.Shapes, icon(v.kind, x+16, l.y+18)...)
	g.Shapes = append(g.Shapes,
		text("name", x+32, l.y+22, fitName(v.datapath, w-50-noteWidth(kindWords[v.kind]))),
		text("kind", x+w-12, l.y+21, kindWords[v.kind]),
		text("portname", x+32, l.y+41, fitNote("in "+v.inport, w-44)))
	l.picture.Groups = append(l.picture.Groups, g)
	l.y += railBox
	rail := l.y
	for i, e := range v.exits {
		last := i == len(v.exits)-1 && v.left == 0
		l.exit(e, depth, rail, last)
	}
	if v.left > 0 {
		l.y += railGap
		l.add("left", path("way", "M%d %dV%d", l.rail(depth), rail, l.y-4), text("note", l.rail(depth)+12, l.y, leftOut(v.left)))
		l.y += 8
	}
}

// exit draws how a copy goes on, straight down or beside; from is where the
// box's line begins.
func (l *railLayout) exit(e *exit, depth, from int, last bool) {
	class := edgeClass(e)
	made, rewrites := edgeNotes(e)
	notes := []shape{}
	to := depth
	if !last {
		to++
	}
	note := func(class, s string) {
		l.y += noteHigh
		x := l.rail(to) + 14
		notes = append(notes, text("note "+class, x, l.y, fitNote(s, railWidth-4-x)))
	}
	l.y += 2
	if made != "" {
		note("made", made)
	}
	if e.outport != "" {
		note("portname", "out "+e.outport)
	}
	for _, r := range rewrites {
		note("rewrite", r)
	}
	l.y += railGap
	x := l.rail(to)
	if last {
		l.add("edge", append(notes, path(class, "M%d %dV%d", x, from, l.y-8), arrowhead(class, x, l.y, true))...)
	} else {
		turn := l.y - railGap - noteHigh*len(notes) + 4
		l.add("edge", append(notes, path(class, "M%d %dV%dq0 8 8 8H%dq8 0 8 8V%d", l.rail(depth), from, turn-8, x-8, max(turn+8, l.y-8)), arrowhead(class, x, l.y, true))...)
	}
	if e.next != nil {
		l.visit(e.next, to)
	} else {
		l.pill(e.end, to)
	}
	if !last {
		l.y += 6
	}
}

func (l *railLayout) pill(d *trace.Disposition, depth int) {
	x := l.x(depth)
	w := railWidth - 2 - x
	class := fateClass(d)
	word, more := endWords(d)
	g := group{Class: "end " + class, Href: l.link(d.Last), Title: strings.TrimSpace(word + " " + more)}
	g.Shapes = append(g.Shapes, rect("pill", x, l.y, w, railPill), sign(class, x+16, l.y+railPill/2))
	if more == "" {
		g.Shapes = append(g.Shapes, text("name", x+32, l.y+24, fitName(word, w-44)))
	} else {
		g.Shapes = append(g.Shapes, text("name", x+32, l.y+16, fitName(word, w-44)), text("note", x+32, l.y+31, fitNote(more, w-44)))
	}
	l.picture.Groups = append(l.picture.Groups, g)
	l.y += railPill
}

// stepNumber names a step for links.
func stepNumber(n int) string { return "s" + strconv.Itoa(n) }
