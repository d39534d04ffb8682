package tracehtml

import (
	"fmt"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/render/cells"
	"github.com/ovnwalk/ovnwalk/internal/render/route"
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/trace"
)

// diagramPicture is a drawing of a route. Its unit is the pixel, its origin the upper left corner.
type diagramPicture struct {
	Class  string
	W, H   int
	Label  string // a description for screen readers
	Groups []group
}

// Widths in pixels: that of a page, and the range of widths in which a picture may be shown smaller.
const (
	pageWide    = 1254
	leastShrunk = 1000 // the min-width in page.css
	mostShrunk  = 1500
)

// Shown returns the width at which the picture is shown, which is smaller than its own if that
// exceeds the page.
func (p *diagramPicture) Shown() int {
	if p.W <= pageWide {
		return p.W
	}
	return max(pageWide, p.W*4/5)
}

// Fits reports whether the picture may be scaled down to fit a narrower window.
func (p *diagramPicture) Fits() bool { return p.W > leastShrunk && p.W <= mostShrunk }

// group is a group of shapes, with a link if they show a step.
type group struct {
	Class  string
	Href   string // "" for none
	Title  string // the text without abbreviation
	Shapes []shape
}

// shape is a rectangle, a path, a circle or a text.
type shape struct {
	Kind       string // rect, path, dot, text
	Class      string
	X, Y, W, H int
	D          string // of a path
	Text       string
}

func rect(class string, x, y, w, h int) shape {
	return shape{Kind: "rect", Class: class, X: x, Y: y, W: w, H: h}
}

func dot(class string, x, y, r int) shape {
	return shape{Kind: "dot", Class: class, X: x, Y: y, W: r}
}

func text(class string, x, y int, s string) shape {
	return shape{Kind: "text", Class: class, X: x, Y: y, Text: s}
}

func path(class, format string, args ...any) shape {
	return shape{Kind: "path", Class: class, D: fmt.Sprintf(format, args...)}
}

// Widths of a character in names and in notes, in tenths of a pixel.
const (
	nameColumns = 78
	noteColumns = 66
)

func nameWidth(s string) int { return (cells.Width(s)*nameColumns + 9) / 10 }
func noteWidth(s string) int { return (cells.Width(s)*noteColumns + 9) / 10 }

// fitName abbreviates a name to a width in pixels.
func fitName(s string, w int) string { return cells.Shorten(s, max(2, w*10/nameColumns)) }

// fitNote abbreviates a note to a width in pixels.
func fitNote(s string, w int) string { return cells.Shorten(s, max(2, w*10/noteColumns)) }

// arrowhead returns a triangle that points to the right or down, with its tip at (x, y).
func arrowhead(class string, x, y int, down bool) shape {
	if down {
		return path("head "+class, "M%d %dl-5 -8h10z", x, y)
	}
	return path("head "+class, "M%d %dl-8 -5v10z", x, y)
}

// icon returns the symbol of a kind of datapath, 16 pixels wide and centered at (x, y).
func icon(k route.Kind, x, y int) []shape {
	switch k {
	case route.LogicalSwitch:
		return []shape{
			path("icon", "M%d %dh9m-3 -3l3 3l-3 3", x-6, y-3),
			path("icon", "M%d %dh-9m3 -3l-3 3l3 3", x+6, y+4),
		}
	case route.LogicalRouter:
		return []shape{
			dotRing(x, y),
			path("icon", "M%d %dl-4 0m4 0l0 -4m0 4l-4 -4", x-1, y-1),
			path("icon", "M%d %dl4 0m-4 0l0 4m0 -4l4 4", x+1, y+1),
		}
	case route.PlainDatapath:
	}
	return []shape{path("icon", "M%d %dh12v12h-12z", x-6, y-6)}
}

func dotRing(x, y int) shape { return shape{Kind: "dot", Class: "icon", X: x, Y: y, W: 8} }

// sign returns the symbol of an outcome, 12 pixels wide and centered at (x, y).
func sign(class string, x, y int) shape {
	switch class {
	case "delivered":
		return path("sign", "M%d %dl3 4l6 -8", x-4, y)
	case "dropped":
		return path("sign", "M%d %dl8 8m0 -8l-8 8", x-4, y-4)
	case "replied":
		return path("sign", "M%d %dl-4 4l4 4m-4 -4h6a3 3 0 0 0 0 -7h-2", x-2, y-3)
	case "controller":
		return path("sign", "M%d %dv8m-4 -4l4 -4l4 4", x, y-4)
	case "looped":
		return path("sign", "M%d %da5 5 0 1 1 -2 -4m0 -3v4h-4", x+5, y)
	}
	return path("sign", "M%d %da3 3 0 1 1 4 3q-1 1 -1 2m0 3v1", x-3, y-3)
}

// edgeNotes returns the texts at the line of an exit.
func edgeNotes(e *route.Exit) (origin string, rewrites []string) {
	const most = 4
	rewrites = e.Rewrites
	if len(rewrites) > most {
		rewrites = append(rewrites[:most-1:most-1], fmt.Sprintf("and %d more", len(rewrites)-most+1))
	}
	origin = e.Origin
	if e.Group != "" {
		origin = strings.TrimPrefix(origin+", to "+e.Group, ", ")
	}
	return origin, rewrites
}

// edgeClass returns the CSS class of the line of an exit.
func edgeClass(e *route.Exit) string {
	class := "path"
	if e.End != nil {
		class = "path " + wording.OutcomeClass(e.End)
	}
	if e.Copied {
		class += " generated"
	}
	return class
}

// linker returns the link to the step of a table.
type linker func(*trace.Table) string
