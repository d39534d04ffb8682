package coverage

import (
	_ "embed" // for the page's template
	"fmt"
	"html/template"
	"io"

	"github.com/ovnwalk/ovnwalk/internal/page"
)

//go:embed page.html
var pageText string

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

// pageStage is a stage with its flows.
type pageStage struct {
	Stage
	Rows []Flow
}

type pageDB struct {
	*Database
	Sections []pageStage
}

// WriteHTML writes the profile as one page that needs nothing from elsewhere.
func (p *Profile) WriteHTML(w io.Writer) error {
	var dbs []pageDB
	for _, db := range p.Databases {
		d := pageDB{Database: db}
		rest := db.Flows // sorted as the stages are
		for _, s := range db.Stages {
			d.Sections = append(d.Sections, pageStage{s, rest[:s.Total]})
			rest = rest[s.Total:]
		}
		dbs = append(dbs, d)
	}
	return page.Execute(w, pageTemplate, struct {
		Databases []pageDB
		States    []State
	}{dbs, States()})
}
