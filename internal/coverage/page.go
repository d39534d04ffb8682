package coverage

import (
	_ "embed" // for the page's template, style and script
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/page"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

//go:embed page.js
var pageScript string

var pageShell = page.NewShell(pageStyle, ".tools { display: none }", pageScript)

var pageTemplate = page.Template("coverage", pageText, template.FuncMap{
	"kind": kindText,
	"share": func(c Counts) string {
		if c.Reachable == 0 {
			return "–"
		}
		return fmt.Sprintf("%.1f %%", c.Percent())
	},
	"width":    func(c Counts) string { return fmt.Sprintf("%.1f", c.Percent()) },
	"sentence": Counts.sentence,
})

// pageStage is a stage with the range of its flows in the list of the page.
type pageStage struct {
	Stage
	From, To int
}

type pageDB struct {
	*Database
	Sections []pageStage
}

// pageFlow is a flow in the data of the page's script; the member names are short because there
// are many flows.
type pageFlow struct {
	State     State  `json:"s"`
	Hits      int    `json:"n,omitempty"`
	Priority  int    `json:"p"`
	Match     string `json:"m"`
	Actions   string `json:"a"`
	UUID      string `json:"u"`
	Datapaths []int  `json:"d"` // indices in pageData.Names
	Source    *int   `json:"l,omitempty"`
	Hint      string `json:"h,omitempty"`
	By        string `json:"b,omitempty"`
}

// pageData is the data of the page's script.  Each name of a datapath or source occurs once.
type pageData struct {
	Names []string   `json:"names"`
	Flows []pageFlow `json:"flows"`

	places map[string]int
}

func (d *pageData) place(name string) int {
	at, ok := d.places[name]
	if !ok {
		at = len(d.Names)
		d.places[name] = at
		d.Names = append(d.Names, escape.Text(name))
	}
	return at
}

func (d *pageData) add(f *Flow) {
	p := pageFlow{
		State: f.State, Hits: f.Hits, Priority: f.Priority, Match: escape.Text(f.Match), Actions: escape.Text(f.Actions),
		UUID: f.UUID, Datapaths: []int{}, Hint: escape.Text(f.Hint), By: f.By,
	}
	for _, name := range f.Datapaths {
		p.Datapaths = append(p.Datapaths, d.place(name))
	}
	if f.Source != "" {
		at := d.place(f.Source)
		p.Source = &at
	}
	d.Flows = append(d.Flows, p)
}

// WriteHTML writes the profile as a self-contained page.  Its script shows the flows of a stage
// when the stage is unfolded.
func (p *Profile) WriteHTML(w io.Writer, about page.About) error {
	var dbs []pageDB
	data := &pageData{Names: []string{}, Flows: []pageFlow{}, places: map[string]int{}}
	for _, db := range p.Databases {
		d := pageDB{Database: db}
		for _, s := range db.Stages { // flows are sorted as the stages are
			from := len(data.Flows)
			d.Sections = append(d.Sections, pageStage{s, from, from + s.Total})
			for i := range s.Total {
				data.add(&db.Flows[from-d.Sections[0].From+i])
			}
		}
		dbs = append(dbs, d)
	}
	var text strings.Builder // package json escapes <, > and &, so that data cannot become markup
	if err := json.NewEncoder(&text).Encode(data); err != nil {
		return err
	}
	return page.Execute(w, pageTemplate, struct {
		page.Shell
		Title     string
		Databases []pageDB
		States    []State
		About     page.About
		Data      template.HTML
	}{pageShell, "Flow coverage", dbs, States(), about, template.HTML(text.String())})
}
