package page

import (
	"html/template"
	"strings"
	"testing"
)

type word string

// TestTemplateEscapes checks that every value is escaped, in every position of a template.
func TestTemplateEscapes(t *testing.T) {
	const text = `{{define "sub"}}<i>{{.}}</i>{{end}}` +
		`{{.Name}}{{if .Name}}<a title="{{.Name}}">{{end}}{{range .List}}{{.}}{{else}}none{{end}}{{with .Word}}{{.}}{{end}}{{template "sub" .Name}}` +
		`{{range $i, $s := .List}}{{$i}}{{$s}}{{end}}<style>{{.Style}}</style>`
	const name = "a\x1b[1m\n\u202e<b>"
	var b strings.Builder
	err := Execute(&b, Template("t", text, nil), map[string]any{
		"Name": name, "List": []string{name}, "Word": word(name), "Style": template.CSS("a{\n}"),
	})
	if err != nil {
		t.Fatal(err)
	}
	const shown = `a\x1b[1m\n\u202e&lt;b&gt;`
	want := shown + `<a title="` + shown + `">` + shown + shown + "<i>" + shown + "</i>0" + shown + "<style>a{\n}</style>"
	if b.String() != want {
		t.Errorf("got  %s\nwant %s", b.String(), want)
	}
}

func TestShell(t *testing.T) {
	s := NewShell(" a{} ", "b{}", "f()\n")
	// The hashes are those of openssl dgst -sha256 -binary | base64.
	for _, part := range []string{string(s.Style), string(s.Plain), string(s.Script)} {
		if !strings.Contains(s.Policy, Hash(part)) {
			t.Errorf("the policy has no %q", part)
		}
	}
	if !strings.HasSuffix(string(s.Style), "a{}") || !strings.HasSuffix(string(s.Script), "f()") || !strings.HasPrefix(s.Policy, "default-src 'none';") {
		t.Errorf("%+v", s)
	}
}
