package tracehtml

import (
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/render/route"
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Dimensions of the narrow picture.
const (
	trackWidth = 360
	trackStep  = 20 // indentation of a branch
	trackDepth = 7  // maximum number of indentations
	trackBox   = 52
	trackBadge = 38
	trackGap   = 20 // between two boxes without notes
)

// trackPicture lays out a route from top to bottom, for narrow screens. The last exit of a visit is
// below it; other exits are before that one, indented.
func trackPicture(r *route.Route, title, from string, link linker) *diagramPicture {
	p := &diagramPicture{Class: "narrow", W: trackWidth, Label: r.Describe()}
	if len(r.Visits) == 0 {
		return p
	}
	l := &trackLayout{picture: p, names: r.Names, link: link, y: 8}
	p.Groups = append(p.Groups, group{Class: "start", Shapes: []shape{
		rect("badge", 2, l.y, trackWidth-4, trackBadge),
		dot("source", 18, l.y+trackBadge/2, 5),
		text("name", 32, l.y+16, fitName(title, trackWidth-50)),
		text("note", 32, l.y+31, fitNote(from, trackWidth-50)),
	}})
	l.y += trackBadge
	l.line("path", 0, l.y, trackGap)
	l.y += trackGap
	l.visit(r.Visits[0], 0)
	if r.Left > 0 {
		l.y += noteHeight
		p.Groups = append(p.Groups, group{Class: "left", Shapes: []shape{text("note", 4, l.y, route.OmittedCount(r.Left))}})
	}
	p.H = l.y + 8
	return p
}

type trackLayout struct {
	picture *diagramPicture
	names   wording.Names
	link    linker
	y       int
}

// x returns the left edge at a depth, and track the position of the line.
func (l *trackLayout) x(depth int) int     { return 2 + min(depth, trackDepth)*trackStep }
func (l *trackLayout) track(depth int) int { return l.x(depth) + 16 }

func (l *trackLayout) add(class string, shapes ...shape) {
	l.picture.Groups = append(l.picture.Groups, group{Class: class, Shapes: shapes})
}

// line draws a vertical line with an arrowhead.
func (l *trackLayout) line(class string, depth, y, high int) {
	x := l.track(depth)
	l.add("edge", path(class, "M%d %dV%d", x, y, y+high-8), arrowhead(class, x, y+high, true))
}

func (l *trackLayout) visit(v *route.Visit, depth int) {
	x := l.x(depth)
	w := trackWidth - 2 - x
	g := group{Class: "visit " + v.Kind.String(), Href: l.link(v.Table), Title: v.Datapath + ", by port " + v.Inport}
	g.Shapes = append(g.Shapes, rect("box", x, l.y, w, trackBox))
	g.Shapes = append(g.Shapes, icon(v.Kind, x+16, l.y+18)...)
	g.Shapes = append(g.Shapes,
		text("name", x+32, l.y+22, fitName(v.Datapath, w-50-noteWidth(v.Kind.String()))),
		text("kind", x+w-12, l.y+21, v.Kind.String()),
		text("portname", x+32, l.y+41, fitNote("in "+v.Inport, w-44)))
	l.picture.Groups = append(l.picture.Groups, g)
	l.y += trackBox
	top := l.y
	for i, e := range v.Exits {
		last := i == len(v.Exits)-1 && v.Left == 0
		l.exit(e, depth, top, last)
	}
	if v.Left > 0 {
		l.y += trackGap
		l.add("left", path("path", "M%d %dV%d", l.track(depth), top, l.y-4), text("note", l.track(depth)+12, l.y, route.OmittedCount(v.Left)))
		l.y += 8
	}
}

// exit draws an exit and what follows it: straight down if it is the last one, else indented.  from
// is the top of the line.
func (l *trackLayout) exit(e *route.Exit, depth, from int, last bool) {
	class := edgeClass(e)
	origin, rewrites := edgeNotes(e)
	notes := []shape{}
	to := depth
	if !last {
		to++
	}
	note := func(class, s string) {
		l.y += noteHeight
		x := l.track(to) + 14
		notes = append(notes, text("note "+class, x, l.y, fitNote(s, trackWidth-4-x)))
	}
	l.y += 2
	if origin != "" {
		note("generated", origin)
	}
	if e.Outport != "" {
		note("portname", "out "+e.Outport)
	}
	for _, r := range rewrites {
		note("rewrite", r)
	}
	l.y += trackGap
	x := l.track(to)
	if last {
		l.add("edge", append(notes, path(class, "M%d %dV%d", x, from, l.y-8), arrowhead(class, x, l.y, true))...)
	} else {
		turn := l.y - trackGap - noteHeight*len(notes) + 4
		l.add("edge", append(notes, path(class, "M%d %dV%dq0 8 8 8H%dq8 0 8 8V%d", l.track(depth), from, turn-8, x-8, max(turn+8, l.y-8)), arrowhead(class, x, l.y, true))...)
	}
	if e.Next != nil {
		l.visit(e.Next, to)
	} else {
		l.badge(e.End, to)
	}
	if !last {
		l.y += 6
	}
}

func (l *trackLayout) badge(d *verdict.Disposition, depth int) {
	x := l.x(depth)
	w := trackWidth - 2 - x
	class := wording.OutcomeClass(d)
	word, more := l.names.EndWords(d)
	g := group{Class: "end " + class, Href: l.link(d.Last), Title: strings.TrimSpace(word + " " + more)}
	g.Shapes = append(g.Shapes, rect("badge", x, l.y, w, trackBadge), sign(class, x+16, l.y+trackBadge/2))
	if more == "" {
		g.Shapes = append(g.Shapes, text("name", x+32, l.y+24, fitName(word, w-44)))
	} else {
		g.Shapes = append(g.Shapes, text("name", x+32, l.y+16, fitName(word, w-44)), text("note", x+32, l.y+31, fitNote(more, w-44)))
	}
	l.picture.Groups = append(l.picture.Groups, g)
	l.y += trackBadge
}
