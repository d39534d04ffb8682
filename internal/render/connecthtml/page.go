// Package connecthtml writes the result of a connection as an HTML page: chassis as lanes, the
// request above, the reply below, and the links between chassis.
package connecthtml

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/page"
	"github.com/ovnwalk/ovnwalk/internal/render/exchange"
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/trace"
)

//go:embed assets/page.html assets/page.css
var assets embed.FS

// Options are additional contents of a page.
type Options struct {
	// Origins returns the northbound rows that a flow was generated from.
	Origins func(*trace.Flow) []string

	// WhyNot returns the lines of --why-not for a packet, nil for none.
	WhyNot func(*connect.Packet) []string

	// About describes the origin of the page.
	About page.About
}

// MaxOutcomes is the maximum number of outcomes on a page.  Others are counted.
const MaxOutcomes = 16

// Write writes an answer as a self-contained page.
func Write(out io.Writer, a *connect.Answer, o Options) error {
	return page.Execute(out, pageTemplate, newPage(a, o))
}

var (
	pageTemplate = page.Template("page.html", page.Asset(assets, "page.html"), template.FuncMap{"title": title})
	pageShell    = page.NewShell(page.Asset(assets, "page.css")+gridStyle(), "", "")
)

// gridStyle has a class for each column, end column and row of a picture, because the content
// security policy allows no style attributes.
func gridStyle() string {
	var b strings.Builder
	for i := range 2*MaxLanes + 1 {
		fmt.Fprintf(&b, "\n.c%d { grid-column-start: %d } .e%d { grid-column-end: %d }", i+1, i+1, i+1, i+1)
	}
	for i := range maxRows {
		fmt.Fprintf(&b, "\n.r%d { grid-row: %d } .z%d { grid-row: 1 / %d }", i+1, i+1, i+1, i+2)
	}
	for i := range MaxLanes {
		fmt.Fprintf(&b, "\n.lanes%d { grid-template-columns: minmax(0, 1fr)%s }", i+1, strings.Repeat(" minmax(74px, .35fr) minmax(0, 1fr)", i))
	}
	return b.String()
}

// connectPage is what the template shows.
type connectPage struct {
	page.Shell
	Title    string
	Protocol string // of the first packet
	From, To string
	Sender   string
	Class    string // of the verdict
	Verdict  string
	Headline string // the text after the verdict
	Meaning  string
	Chassis  []string
	Assumed  []string
	Warnings []string
	Outcomes []outcome
	Left     int
	About    page.About
}

// outcome is one outcome of the connection.
type outcome struct {
	ID        string
	Class     string
	Verdict   string
	Text      string // the text after the verdict
	Choices   []string
	Only      bool // whether there is no other
	Picture   *picture
	Obstacles []obstacle
	Remaining string
}

// obstacle is an obstacle on a page.
type obstacle struct {
	Role, Text, Removal string
	Rows                []string
}

// builder builds the parts of a page.
type builder struct{ Options }

func newPage(a *connect.Answer, o Options) *connectPage {
	if o.Origins == nil {
		o.Origins = func(*trace.Flow) []string { return nil }
	}
	b := &builder{o}
	first := &a.Outcomes[0].Packets[0]
	p := &connectPage{
		Shell: pageShell, Class: verdictClass(a.Verdict), Verdict: string(a.Verdict), Meaning: meanings[a.Verdict],
		Assumed: a.Assumed, Warnings: a.Warnings, About: o.About, Sender: exchange.Sender(first), Headline: after(exchange.Headline(a), a.Verdict),
	}
	p.About.Release = first.Trace.Release
	if first.From.Port == nil {
		p.Sender = "a host on " + p.Sender
	}
	p.Protocol, p.From, p.To = wording.PacketTitle(&first.Sent)
	p.Title = string(a.Verdict) + ": " + p.Protocol + " " + p.From + " → " + p.To
	for i := range a.Outcomes {
		if i == MaxOutcomes {
			p.Left = len(a.Outcomes) - i
			break
		}
		p.Outcomes = append(p.Outcomes, b.outcome(&a.Outcomes[i], i, len(a.Outcomes)))
	}
	return p
}

func (b *builder) outcome(o *connect.Outcome, i, of int) outcome {
	out := outcome{
		ID: fmt.Sprintf("outcome%d", i+1), Class: verdictClass(o.Verdict), Verdict: string(o.Verdict), Only: of == 1,
		Text: after(exchange.Loss(o), o.Verdict), Picture: b.layout(o),
	}
	for _, c := range o.Taken() {
		out.Choices = append(out.Choices, fmt.Sprintf("%s: %s (of %d)", c.Kind, strings.Join(c.Options, ", "), c.Of))
	}
	for i := range o.Obstacles {
		x := &o.Obstacles[i]
		out.Obstacles = append(out.Obstacles, obstacle{x.Role, exchange.Drop(&x.Where), exchange.Removal(x), b.Origins(x.Where.Flow)})
	}
	if len(o.Obstacles) > 0 {
		out.Remaining = string(o.Remaining)
	}
	return out
}

// after returns the text after the verdict in a headline.
func after(text string, v connect.Verdict) string {
	return strings.TrimPrefix(strings.TrimPrefix(text, string(v)), ": ")
}

// verdictClass returns the CSS class of a verdict.
func verdictClass(v connect.Verdict) string {
	switch v {
	case connect.Works:
		return "good"
	case connect.Refused, connect.Fails, connect.OneWay:
		return "bad"
	case connect.Varies, connect.HostStack, connect.MissingZone, connect.Uncertain:
		return "unsure"
	}
	return "unsure"
}

// meanings has the meanings of verdicts.
var meanings = map[connect.Verdict]string{
	connect.Works:       "The reply comes back to the sender.",
	connect.Refused:     "A reset or an ICMP error comes back.",
	connect.Fails:       "The first packet is lost.",
	connect.OneWay:      "The first packet arrives, and a later one is lost.",
	connect.Varies:      "It depends on a choice, such as the backend.",
	connect.HostStack:   "The network stack of a node decides, which no database shows.",
	connect.MissingZone: "The packet enters an interconnect zone whose database is not given.",
	connect.Uncertain:   "The walk reached a limit or an action that is not modelled.",
}

// title returns a word with a capital.
func title(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
