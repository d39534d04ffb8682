// Package page has the common parts of the program's HTML pages: each is one self-contained file
// with a content security policy that allows only its own style and script, and with escaped names.
package page

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"reflect"
	"strings"
	"text/template/parse"

	"github.com/ovnwalk/ovnwalk/internal/escape"
)

// About describes the origin of a page; empty fields are not shown.
type About struct {
	File    string // the database
	Time    string // of the database
	Release string // of OVN
	Command string // the command that wrote the page
	Program string // the program with its version
}

// footer is the template of the end of a page, for an About.
const footer = `{{define "footer"}}<footer><dl>{{with .File}}<dt>Database</dt><dd>{{.}}</dd>{{end}}{{with .Time}}<dt>Last written</dt><dd>{{.}}</dd>{{end}}` +
	`{{with .Release}}<dt>Release</dt><dd>OVN {{.}}</dd>{{end}}{{with .Command}}<dt>Command</dt><dd><code>{{.}}</code></dd>{{end}}{{with .Program}}<dt>Made by</dt><dd>{{.}}</dd>{{end}}</dl></footer>{{end}}` +
	`{{define "theme"}}<button type="button" class="tools theme" id="theme" aria-pressed="false" title="Light or dark"><svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true"><circle cx="10" cy="10" r="7.25"/><path d="M10 2.75a7.25 7.25 0 0 1 0 14.5z"/></svg><span class="sr">Dark</span></button>{{end}}` +
	`{{define "head"}}<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{.Policy}}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="ovnwalk">
<title>{{.Title}}</title>
<link rel="icon" href="data:,">
<style>{{.Style}}</style>
<noscript><style>{{.Plain}}</style></noscript>{{end}}`

// Shell is a page without its content.
type Shell struct {
	Style  template.CSS
	Plain  template.CSS // if scripts do not run
	Script template.JS
	Policy string
}

//go:embed style.css
var sharedStyle string

//go:embed theme.js
var sharedScript string

// NewShell returns the shell of a page with a style and a script in addition to the shared ones.  The
// style plain applies if scripts do not run.
func NewShell(style, plain, script string) Shell {
	style, script = strings.TrimSpace(sharedStyle+style), strings.TrimSpace(sharedScript+script)
	return Shell{
		Style: template.CSS(style), Plain: template.CSS(plain), Script: template.JS(script),
		Policy: "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; style-src " + Hash(style) + " " + Hash(plain) + "; script-src " + Hash(script),
	}
}

// Hash returns the hash source of a style or script for a content security policy (W3C Content
// Security Policy Level 3, section 2.3.1).
func Hash(source string) string {
	sum := sha256.Sum256([]byte(source))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Template parses the template of a page.  Each value is escaped like a name before it is escaped for
// HTML.
func Template(name, text string, funcs template.FuncMap) *template.Template {
	t := template.New(name).Funcs(template.FuncMap{escaper: escaped}).Funcs(funcs)
	t = template.Must(template.Must(t.Parse(footer)).Parse(text))
	for _, sub := range t.Templates() {
		if sub.Tree != nil {
			escapeValues(sub.Tree.Root)
		}
	}
	return t
}

// Asset returns an embedded file below assets/, without surrounding blanks.
func Asset(files embed.FS, name string) string {
	b, err := files.ReadFile("assets/" + name)
	if err != nil {
		panic(err) // the file is embedded
	}
	return strings.TrimSpace(string(b))
}

// Execute writes a page.
func Execute(out io.Writer, t *template.Template, data any) error {
	return t.Execute(escape.NewWriter(out), data)
}

// escaper is the name of the function that Template applies to each value.
const escaper = "_text"

func escaped(v any) any {
	switch v := v.(type) {
	case string:
		return escape.Text(v)
	case template.CSS, template.JS, template.HTML, template.HTMLAttr, template.URL:
		return v
	case fmt.Stringer:
		return escape.Text(v.String())
	}
	if r := reflect.ValueOf(v); r.Kind() == reflect.String {
		return escape.Text(r.String())
	}
	return v
}

// escapeValues applies the escaper to each value in a part of a template.
func escapeValues(n parse.Node) {
	branch := func(b *parse.BranchNode) {
		escapeValues(b.List)
		if b.ElseList != nil {
			escapeValues(b.ElseList)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, sub := range n.Nodes {
			escapeValues(sub)
		}
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.ActionNode:
		if len(n.Pipe.Decl) == 0 {
			n.Pipe.Cmds = append(n.Pipe.Cmds, &parse.CommandNode{
				NodeType: parse.NodeCommand,
				Args:     []parse.Node{parse.NewIdentifier(escaper).SetTree(nil).SetPos(n.Pos)},
			})
		}
	}
}
