package tracehtml

import (
	"strconv"

	"github.com/ovnwalk/ovnwalk/verdict"

	"github.com/ovnwalk/ovnwalk/internal/render/route"
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
)

// Dimensions of the wide picture.
const (
	wideMargin   = 12
	boxPad       = 14
	boxHeader    = 34 // height of the header of a box
	exitHeight   = 26 // height of an exit in a box
	boxFooter    = 8
	badgeHeight  = 42
	separatorGap = 16 // minimum vertical distance between exits
	elbow        = 30 // width for the turn of a line
	arrowSpace   = 16
	noteHeight   = 15
	longestName  = 240 // maximum widths of texts
	tightName    = 160
	longestNote  = 220
)

// widePicture lays out a route from left to right: datapaths as boxes and ends of copies as badges, in
// columns by their distance from the start.  If the picture is wider than a page, the notes of a single
// exit are below its box instead of at its line.
func widePicture(r *route.Route, title, from string, link linker) *diagramPicture {
	p := layWide(r, title, from, link, false)
	if p.W > pageWide {
		p = layWide(r, title, from, link, true)
	}
	return p
}

func layWide(r *route.Route, title, from string, link linker, tight bool) *diagramPicture {
	p := &diagramPicture{Class: "wide", Label: r.Describe()}
	if len(r.Visits) == 0 {
		return p
	}
	l := &wideLayout{route: r, picture: p, link: link, tight: tight}
	l.measure(r.Visits[0], 0)
	start := max(nameWidth(l.fit(title)), noteWidth(fitNote(from, longestNote))) + 2*boxPad + 12
	l.x = make([]int, len(l.column)+1)
	l.x[0] = wideMargin + start + elbow + arrowSpace
	for i, w := range l.column {
		l.x[i+1] = l.x[i] + w + l.gapAfter(i)
	}
	up, down := l.extent(r.Visits[0])
	l.visit(r.Visits[0], 0, wideMargin+up)
	l.start(title, from, start, wideMargin+up)
	p.W = l.right + wideMargin
	p.H = wideMargin + up + down + wideMargin
	if n := r.Left; n > 0 {
		p.H += noteHeight
		p.Groups = append(p.Groups, group{Class: "left", Shapes: []shape{text("note", wideMargin, p.H-6, route.OmittedCount(n))}})
	}
	return p
}

type wideLayout struct {
	route   *route.Route
	picture *diagramPicture
	link    linker
	column  []int // widths of the columns
	gap     []int // widths of the notes after each column
	x       []int // left edges of the columns
	right   int
	tight   bool
}

func (l *wideLayout) gapAfter(i int) int {
	switch {
	case i >= len(l.gap):
		return 0
	case l.gap[i] == 0:
		return elbow + arrowSpace
	}
	return elbow + l.gap[i] + arrowSpace + 8
}

// fit abbreviates a name to the maximum width.
func (l *wideLayout) fit(name string) string {
	if l.tight {
		return fitName(name, tightName)
	}
	return fitName(name, longestName)
}

// below returns the notes below a visit's box, nil if they are at the lines.
func (l *wideLayout) below(v *route.Visit) []shape {
	if !l.tight || len(v.Exits) != 1 || v.Left > 0 {
		return nil
	}
	return noteShapes(v.Exits[0])
}

func widen(list []int, i, w int) []int {
	for len(list) <= i {
		list = append(list, 0)
	}
	list[i] = max(list[i], w)
	return list
}

// measure computes the widths of the columns.
func (l *wideLayout) measure(v *route.Visit, depth int) {
	l.column = widen(l.column, depth, l.boxWidth(v))
	for _, e := range v.Exits {
		w := 0
		if len(l.below(v)) == 0 {
			for _, n := range noteShapes(e) {
				w = max(w, 12+noteWidth(n.Text))
			}
		}
		l.gap = widen(l.gap, depth, w)
		if e.Next != nil {
			l.measure(e.Next, depth+1)
		} else {
			l.column = widen(l.column, depth+1, l.badgeWidth(e.End))
		}
	}
	if v.Left > 0 {
		l.gap = widen(l.gap, depth, noteWidth(route.OmittedCount(v.Left)))
	}
}

func (l *wideLayout) boxWidth(v *route.Visit) int {
	head := 30 + nameWidth(l.fit(v.Datapath)) + 16 + noteWidth(v.Kind.String())
	out := 0
	for _, e := range v.Exits {
		out = max(out, noteWidth(fitNote(e.Outport, longestNote)))
	}
	body := noteWidth(fitNote(v.Inport, longestNote)) + 44 + out
	for _, n := range l.below(v) {
		body = max(body, noteWidth(n.Text))
	}
	return max(head, body) + 2*boxPad
}

func boxHeight(v *route.Visit) int {
	n := len(v.Exits)
	if v.Left > 0 {
		n++
	}
	return boxHeader + max(1, n)*exitHeight + boxFooter
}

func (l *wideLayout) badgeWidth(d *verdict.Disposition) int {
	word, more := l.route.Names.EndWords(d)
	return max(30+nameWidth(l.fit(word)), 30+noteWidth(fitNote(more, longestNote))) + boxPad
}

// need returns the height of an exit with its notes, above and below its line.
func (l *wideLayout) need(v *route.Visit, e *route.Exit) (up, down int) {
	up, down = badgeHeight/2, badgeHeight/2
	if e.Next != nil {
		up, down = l.extent(e.Next)
	}
	if len(l.below(v)) > 0 {
		return up, down
	}
	above, below := noteRows(len(noteShapes(e)))
	return max(up, above*noteHeight+8), max(down, below*noteHeight+8)
}

// noteRows returns how many of n notes are above and below a line.
func noteRows(n int) (above, below int) { return (n + 1) / 2, n / 2 }

// noteShapes returns the notes of an exit, without positions.
func noteShapes(e *route.Exit) []shape {
	origin, rewrites := edgeNotes(e)
	var rows []shape
	if origin != "" {
		rows = append(rows, text("note generated", 0, 0, fitNote(origin, longestNote)))
	}
	for _, r := range rewrites {
		rows = append(rows, text("note rewrite", 0, 0, fitNote(r, longestNote)))
	}
	return rows
}

// extent returns the height of a visit and everything after it, above and below the line that
// enters it.
func (l *wideLayout) extent(v *route.Visit) (up, down int) {
	up, down = l.boxExtent(v)
	lines, high := l.lines(v)
	mid := middle(lines)
	return max(up, mid), max(down, high-mid)
}

// boxExtent returns the height of a box above and below the middle of its exits, where the line
// enters it.
func (l *wideLayout) boxExtent(v *route.Visit) (up, down int) {
	body := boxHeight(v) - boxHeader - boxFooter
	return boxHeader + body/2, body - body/2 + boxFooter + len(l.below(v))*noteHeight
}

// lines returns the positions of the lines of the exits, from the top of everything after a visit, and
// the total height.
func (l *wideLayout) lines(v *route.Visit) (lines []int, high int) {
	for i, e := range v.Exits {
		if i > 0 {
			high += separatorGap
		}
		up, down := l.need(v, e)
		lines = append(lines, high+up)
		high += up + down
	}
	return lines, high
}

func middle(lines []int) int {
	if len(lines) == 0 {
		return 0
	}
	return (lines[0] + lines[len(lines)-1]) / 2
}

// visit draws a visit and everything after it; the line enters it at mid.
func (l *wideLayout) visit(v *route.Visit, depth, mid int) {
	x, w := l.x[depth], l.boxWidth(v)
	up, _ := l.boxExtent(v)
	y := mid - up
	l.box(v, x, y, w, mid)
	lines, _ := l.lines(v)
	top := mid - middle(lines)
	for i, e := range v.Exits {
		l.exit(v, e, depth, x+w, y+boxHeader+i*exitHeight+exitHeight/2, top+lines[i])
	}
}

// exit draws the line of an exit and what follows it.
func (l *wideLayout) exit(v *route.Visit, e *route.Exit, depth, x, from, to int) {
	next := l.x[depth+1]
	class := edgeClass(e)
	if e.Next != nil {
		l.visit(e.Next, depth+1, to)
	} else {
		l.badge(e.End, next, to)
	}
	shapes := []shape{line(class, x, from, next-8, to), arrowhead(class, next, to, false)}
	if e.Outport != "" {
		shapes = append(shapes, dot("port "+class, x, from, 4))
	}
	if len(l.below(v)) == 0 {
		shapes = append(shapes, notes(e, x+elbow+4, to)...)
	}
	l.add(group{Class: "edge", Shapes: shapes})
}

// line returns a line to the right, with one turn if y2 differs from y.
func line(class string, x, y, x2, y2 int) shape {
	if y == y2 {
		return path(class, "M%d %dH%d", x, y, x2)
	}
	r := min(10, (y2-y)/2, elbow/2)
	turn := 1
	if y2 < y {
		r, turn = min(10, (y-y2)/2, elbow/2), -1
	}
	m := x + elbow/2
	return path(class, "M%d %dH%dq%d 0 %d %dV%dq0 %d %d %dH%d", x, y, m-r, r, r, turn*r, y2-turn*r, turn*r, r, turn*r, x2)
}

// notes places the notes of an exit, half above and half below its line.
func notes(e *route.Exit, x, y int) []shape {
	rows := noteShapes(e)
	above, _ := noteRows(len(rows))
	for i := range rows {
		rows[i].X = x
		rows[i].Y = y - 6 - (above-1-i)*noteHeight
		if i >= above {
			rows[i].Y = y + 14 + (i-above)*noteHeight
		}
	}
	return rows
}

// box draws a visit's box, with lines from its input port to its output ports.
func (l *wideLayout) box(v *route.Visit, x, y, w, mid int) {
	g := group{Class: "visit " + v.Kind.String(), Href: l.link(v.Table), Title: v.Datapath + ", by port " + v.Inport}
	g.Shapes = append(g.Shapes, rect("box", x, y, w, boxHeight(v)))
	g.Shapes = append(g.Shapes, icon(v.Kind, x+boxPad+8, y+17)...)
	g.Shapes = append(g.Shapes,
		text("name", x+boxPad+24, y+22, l.fit(v.Datapath)),
		text("kind", x+w-boxPad, y+21, v.Kind.String()))
	in := fitNote(v.Inport, longestNote)
	from := x + boxPad + noteWidth(in) + 6
	for i, e := range v.Exits {
		row := y + boxHeader + i*exitHeight + exitHeight/2
		out := fitNote(e.Outport, longestNote)
		to := x + w - boxPad
		if out != "" {
			to -= noteWidth(out) + 6
			g.Shapes = append(g.Shapes, text("portname out", x+w-boxPad, row+4, out))
		}
		g.Shapes = append(g.Shapes, path("inner "+edgeClass(e), "M%d %dC%d %d %d %d %d %d", from, mid, from+16, mid, to-16, row, to, row))
	}
	if v.Left > 0 {
		g.Shapes = append(g.Shapes, text("portname out", x+w-boxPad, y+boxHeader+len(v.Exits)*exitHeight+exitHeight/2+4, "and "+strconv.Itoa(v.Left)+" more"))
	}
	g.Shapes = append(g.Shapes, text("portname", x+boxPad, mid+4, in))
	for i, n := range l.below(v) {
		n.X, n.Y = x+boxPad, y+boxHeight(v)+noteHeight*(i+1)-2
		g.Shapes = append(g.Shapes, n)
	}
	l.right = max(l.right, x+w)
	l.add(g)
}

// badge draws the end of a copy.
func (l *wideLayout) badge(d *verdict.Disposition, x, mid int) {
	class := wording.OutcomeClass(d)
	word, more := l.route.Names.EndWords(d)
	w := l.badgeWidth(d)
	g := group{Class: "end " + class, Href: l.link(d.Last), Title: word + " " + more, Shapes: []shape{
		rect("badge", x, mid-badgeHeight/2, w, badgeHeight),
		sign(class, x+16, mid),
	}}
	if more == "" {
		g.Shapes = append(g.Shapes, text("name", x+30, mid+5, l.fit(word)))
	} else {
		g.Shapes = append(g.Shapes, text("name", x+30, mid-3, l.fit(word)), text("note", x+30, mid+13, fitNote(more, longestNote)))
	}
	l.right = max(l.right, x+w)
	l.add(g)
}

// start draws the packet and the line to its first datapath.
func (l *wideLayout) start(title, from string, w, mid int) {
	x := wideMargin
	l.add(group{Class: "start", Shapes: []shape{
		rect("badge", x, mid-badgeHeight/2, w, badgeHeight),
		dot("source", x+16, mid, 5),
		text("name", x+30, mid-3, l.fit(title)),
		text("note", x+30, mid+13, fitNote(from, longestNote)),
		path("path", "M%d %dH%d", x+w, mid, l.x[0]-8),
		arrowhead("path", l.x[0], mid, false),
	}})
}

func (l *wideLayout) add(g group) { l.picture.Groups = append(l.picture.Groups, g) }
