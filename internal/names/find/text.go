package find

import (
	"io"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/names"
)

// WriteText writes a result: a heading for each match, followed by the facts. zones are the names of the
// zones; title returns the escaped form of a heading.
func WriteText(out io.Writer, r *Result, zones []string, title func(string) string) error {
	var b strings.Builder
	for i := range r.Found {
		m := &r.Found[i]
		head := m.Title
		if m.Object != nil {
			head += " (" + m.Object.System + ")"
		}
		if len(zones) > 1 {
			head += " in " + zones[m.Zone]
		}
		b.WriteString(title(head) + "\n")
		for _, f := range m.Facts {
			b.WriteString(string(escape.Sprintf("    %s: %s\n", f.Kind, f.text(m))))
		}
	}
	if r.More > 0 {
		b.WriteString(string(escape.Sprintf("and %d more\n", r.More)))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// text returns a fact with the object that it is about, unless that is the match's
// own.
func (f *Fact) text(m *Match) string {
	if f.Object == nil || f.Row == m.Row || f.Object.Kind == names.Node || strings.Contains(f.Text, f.Object.Name) || strings.Contains(f.Text, f.Object.Title) {
		return f.Text
	}
	return f.Text + ", " + f.Object.Title
}

// Doc is the JSON form of a result.
type Doc struct {
	Version int        `json:"version"`
	Query   string     `json:"query"`
	Found   []matchDoc `json:"found"`
	More    int        `json:"more,omitempty"`
}

// DocVersion is the version of the document.
const DocVersion = 1

type matchDoc struct {
	Title  string     `json:"title"`
	Zone   string     `json:"zone"`
	Object *objectDoc `json:"object,omitempty"`
	Row    rowDoc     `json:"row"`
	Facts  []factDoc  `json:"facts"`
}

type objectDoc struct {
	System   string   `json:"system"`
	Kind     string   `json:"kind"`
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	Role     string   `json:"role,omitempty"`
	Networks []string `json:"networks,omitempty"`
}

type rowDoc struct {
	Database string `json:"database"`
	Table    string `json:"table"`
	UUID     string `json:"uuid"`
}

type factDoc struct {
	Kind   string     `json:"what"`
	Text   string     `json:"text"`
	Object *objectDoc `json:"object,omitempty"`
	Row    rowDoc     `json:"row"`
}

// Doc returns a result as JSON has it.
func (r *Result) Doc(q Query, zones []string) Doc {
	d := Doc{Version: DocVersion, Query: q.Text, Found: []matchDoc{}, More: r.More}
	for i := range r.Found {
		m := &r.Found[i]
		doc := matchDoc{Title: m.Title, Zone: zones[m.Zone], Object: docOf(m.Object), Row: rowDoc(m.Row), Facts: []factDoc{}}
		for _, f := range m.Facts {
			doc.Facts = append(doc.Facts, factDoc{f.Kind, f.Text, docOf(f.Object), rowDoc(f.Row)})
		}
		d.Found = append(d.Found, doc)
	}
	return d
}

func docOf(o *names.Object) *objectDoc {
	if o == nil {
		return nil
	}
	return &objectDoc{o.System, string(o.Kind), o.Name, o.Title, string(o.Role), o.Networks}
}
