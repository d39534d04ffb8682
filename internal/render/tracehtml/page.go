// Package tracehtml writes a trace as an HTML page.
package tracehtml

import (
	"embed"
	"io"
	"strconv"

	"github.com/ovnwalk/ovnwalk/internal/page"
	"github.com/ovnwalk/ovnwalk/internal/render/route"
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

//go:embed assets/page.html assets/page.css assets/page.js
var assets embed.FS

// Options are what a page shows besides the trace.
type Options struct {
	// Near finds the flows that came close at a step and lost, the closest
	// first; nil for none.
	Near func(*trace.Table) []verdict.NearMiss

	// Origins says what the flows that are to blame were made from; nil where
	// nobody knows.
	Origins func(*trace.Flow) []string

	// Why says why the packet did not go another way, nil for nothing.
	Why *Explanation

	// About says where the page comes from.
	About page.About

	// Names says which names of datapaths and ports are shown.
	Names wording.Names
}

// MaxSteps is how many steps a page shows at most.  The rest is counted.
const MaxSteps = 4000

// Write writes a trace as a page that is whole in itself: it loads nothing
// from anywhere, its one script and style are part of it, and it can be read
// without the script.
func Write(out io.Writer, t *trace.Trace, o Options) error {
	return page.Execute(out, pageTemplate, newPage(t, o))
}

var (
	pageTemplate = page.Template("page.html", page.Asset(assets, "page.html"), nil)
	pageShell    = page.NewShell(page.Asset(assets, "page.css"), plainStyle, page.Asset(assets, "page.js"))
)

// paperWide is how wide a picture can be, in pixels, to be read on paper.
const paperWide = 900

// tallRoute is how many datapaths on a way are too many beside each other.
const tallRoute = 6

// mainShown is how many places of the packet itself are shown unfolded.
const mainShown = 7

// tracePage is what the template shows.
type tracePage struct {
	page.Shell
	Title     string
	Word      string // what the packet is
	From, To  string // from whom, to whom
	Datapath  string // where it came in
	Inport    string
	Release   string
	Chassis   string
	Header    string // the packet in OpenFlow's form
	Fields    []fieldGroup
	Warnings  []string
	Main      []verdictView // of the packet itself
	MoreMain  string        // the title of those that are folded
	Side      []verdictView // of what was made besides
	SideText  string
	Why       *explanationView
	Uncertain []uncertainty
	About     page.About
	Pictures  []*diagramPicture
	Long      bool // whether the wide picture is too wide for paper
	Tall      bool // whether the route goes from top to bottom on any screen
	Sections  []*section
	Steps     int
	Left      int // steps that are not shown
}

// plainStyle shows everything, as nothing unfolds without the script.
const plainStyle = ".tools, .hints { display: none } .panel[hidden] { display: grid }"

func newPage(t *trace.Trace, o Options) *tracePage {
	b := newPageBuilder(t, o)
	p := &tracePage{
		Shell: pageShell, Release: t.Release, Chassis: t.Chassis, Header: t.Packet.Header(b.words.Header),
		Fields: fieldsOf(&t.Packet, nil), Sections: b.sections(), Steps: b.steps, Left: b.left,
	}
	p.Word, p.From, p.To = wording.PacketTitle(&t.Packet)
	if t.Root != nil {
		p.Datapath, p.Inport = b.words.Datapath(t.Root.Datapath), b.words.Port(t.Root.Inport)
	}
	p.Title = p.Word + " " + p.From + " → " + p.To
	unparsed := uncertainFlows(t)
	for _, w := range t.Warnings {
		if w.Flow == nil || !unparsed[w.Flow.UUID] { // which the uncertainties name
			p.Warnings = append(p.Warnings, w.Text)
		}
	}
	if list := b.verdicts(t, o.Origins); len(list) > 0 {
		p.Main, p.Side = sides(list)
		p.SideText, p.MoreMain = sideText(p.Side), "The packet elsewhere: "+strconv.Itoa(len(p.Main)-mainShown)
	}
	p.Why, p.Uncertain, p.About = b.explanation(o.Why, o.Origins), b.uncertainties(t), o.About
	p.About.Release = t.Release
	r := route.Of(t, b.words.Names)
	p.Pictures = []*diagramPicture{widePicture(r, p.Word, p.From, b.link), trackPicture(r, p.Word, p.From, b.link)}
	p.Long, p.Tall = p.Pictures[0].W > paperWide, r.Length() >= tallRoute
	return p
}
