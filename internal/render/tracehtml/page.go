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

// Options are additional contents of a page.
type Options struct {
	// Near returns the near misses at a table, the closest first; nil for none.
	Near func(*trace.Table) []verdict.NearMiss

	// Origins returns the northbound rows that a flow was generated from; nil if there is no
	// northbound database.
	Origins func(*trace.Flow) []string

	// Why has the results of --why-not, nil for none.
	Why *Explanation

	// About describes the origin of the page.
	About page.About

	// Names selects the names of datapaths and ports.
	Names wording.Names
}

// MaxSteps is the maximum number of steps on a page.  Others are counted.
const MaxSteps = 4000

// Write writes a trace as a self-contained page, which can be read without its script.
func Write(out io.Writer, t *trace.Trace, o Options) error {
	return page.Execute(out, pageTemplate, newPage(t, o))
}

var (
	pageTemplate = page.Template("page.html", page.Asset(assets, "page.html"), nil)
	pageShell    = page.NewShell(page.Asset(assets, "page.css"), plainStyle, page.Asset(assets, "page.js"))
)

// paperWide is the maximum width, in pixels, of a picture that can be read on paper.
const paperWide = 900

// tallRoute is the length of a route, in datapaths, from which it is drawn from top to bottom.
const tallRoute = 6

// mainShown is the number of outcomes of the packet itself that are shown unfolded.
const mainShown = 7

// tracePage is what the template shows.
type tracePage struct {
	page.Shell
	Title     string
	Protocol  string
	From, To  string // addresses
	Datapath  string // the first one
	Inport    string
	Release   string
	Chassis   string
	Header    string // the packet in the syntax of OpenFlow
	Fields    []fieldGroup
	Warnings  []string
	Main      []verdictView // outcomes of the packet itself
	MoreMain  string        // the title of those after mainShown
	Side      []verdictView // outcomes of copies and generated packets
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

// plainStyle shows all parts of the page, because nothing unfolds without the script.
const plainStyle = ".tools, .hints { display: none } .panel[hidden] { display: grid }"

func newPage(t *trace.Trace, o Options) *tracePage {
	b := newPageBuilder(t, o)
	p := &tracePage{
		Shell: pageShell, Release: t.Release, Chassis: t.Chassis, Header: t.Packet.Header(b.words.Header),
		Fields: fieldsOf(&t.Packet, nil), Sections: b.sections(), Steps: b.steps, Left: b.left,
	}
	p.Protocol, p.From, p.To = wording.PacketTitle(&t.Packet)
	if t.Root != nil {
		p.Datapath, p.Inport = b.words.Datapath(t.Root.Datapath), b.words.Port(t.Root.Inport)
	}
	p.Title = p.Protocol + " " + p.From + " → " + p.To
	unparsed := uncertainFlows(t)
	for _, w := range t.Warnings {
		if w.Flow == nil || !unparsed[w.Flow.UUID] { // the others are listed as uncertainties
			p.Warnings = append(p.Warnings, w.Text)
		}
	}
	if list := b.verdicts(t, o.Origins); len(list) > 0 {
		p.Main, p.Side = sides(list)
		p.SideText, p.MoreMain = sideText(p.Side), "More outcomes of the packet: "+strconv.Itoa(len(p.Main)-mainShown)
	}
	p.Why, p.Uncertain, p.About = b.explanation(o.Why, o.Origins), b.uncertainties(t), o.About
	p.About.Release = t.Release
	r := route.Of(t, b.words.Names)
	p.Pictures = []*diagramPicture{widePicture(r, p.Protocol, p.From, b.link), trackPicture(r, p.Protocol, p.From, b.link)}
	p.Long, p.Tall = p.Pictures[0].W > paperWide, r.Length() >= tallRoute
	return p
}
