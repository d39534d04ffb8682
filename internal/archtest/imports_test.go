// Package archtest holds the tests that keep the tree in the shape that
// docs/architecture.md draws.
package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/ovnwalk/ovnwalk/"

// packageRule is a package and the others of this module that it may import.  A name
// with a slash at its end stands for all packages below.
type packageRule struct {
	name    string
	allowed []string
	reason  string
}

// packageRules are the packages in the order in which a packet's walk meets them.  A
// package's tests may import anything.
var packageRules = []packageRule{
	{"dialect", nil, "what releases differ in is data that everyone reads"},
	{"packet", nil, "a packet is a plain value"},
	{"internal/ovstext", []string{"packet"}, "an address is read, whatever it is of"},
	{"expr/internal/syntax", []string{"packet", "internal/ovstext"}, "tokens know numbers and nothing of fields"},
	{"expr/grammar", []string{"expr/internal/syntax"}, "syntax knows no fields, releases or networks"},
	{"expr", []string{"dialect", "packet", "expr/grammar", "expr/internal/syntax"}, "a match knows packets, not networks"},
	{"expr/action", []string{"dialect", "packet", "expr", "expr/grammar", "expr/internal/syntax", "internal/ovstext"}, "an action is a tree; carrying it out is sim's"},
	{"trace", []string{"packet"}, "a trace is data that needs neither network nor walk"},
	{"verdict", []string{"packet", "trace"}, "how a walk ended is read off its trace"},
	{"internal/mmapfault", nil, "a fault is a fault, whatever was read"},
	{"internal/escape", nil, "a name is escaped alike wherever it is shown"},
	{"internal/page", []string{"internal/escape"}, "a page is a page, whatever is on it"},
	{"internal/atomicfile", nil, "a file is written whole, whatever is in it"},
	{"internal/ovsdb", []string{"internal/ovsdb/", "internal/mmapfault", "internal/atomicfile"}, "rows know nothing of what OVN means by them"},
	{"lflow", []string{"dialect", "packet", "expr", "expr/action", "internal/mmapfault", "internal/ovsdb", "internal/ovsdb/", "internal/ovstext", "trace"}, "the network is looked at, never walked, here"},
	{"sim", []string{"dialect", "packet", "expr", "expr/action", "internal/ovstext", "trace", "lflow"}, "the walk ends in a trace, not in text"},
	{"internal/render", []string{"dialect", "packet", "trace", "verdict", "internal/escape", "internal/page"}, "text is made from a trace alone"},
	{"internal/report", []string{"internal/escape"}, "a format knows nothing of what is reported in it"},
	{"internal/demo", nil, "the built-in network is bytes"},
	{"internal/address", []string{"dialect", "packet", "expr", "internal/ovstext", "trace", "lflow", "sim"}, "a packet is made out of the network, which may be asked by a walk"},
	{"internal/suite", []string{"dialect", "packet", "expr", "trace", "verdict", "lflow", "sim", "internal/render", "internal/explain", "internal/address", "internal/mmapfault", "internal/report", "internal/atomicfile", "internal/escape"}, "suites judge walks; who counts coverage or reads options looks on from outside"},
	{"internal/explain", []string{"dialect", "packet", "expr", "expr/action", "trace", "verdict", "lflow", "sim", "internal/ovsdb", "internal/ovsdb/", "internal/escape"}, "why not is asked of the walk, and told as a trace is"},
	{"internal/physical", []string{"packet", "trace", "lflow", "internal/escape"}, "who does what is read off a finished trace"},
	{"internal/witness", []string{"packet", "expr", "expr/action", "lflow"}, "a packet is found by solving, and walked by others"},
	{"internal/vet", []string{"dialect", "packet", "expr", "expr/action", "lflow", "internal/address", "internal/report", "internal/escape"}, "flows are proven, not walked"},
	{"internal/diff", []string{"packet", "expr", "expr/action", "trace", "verdict", "lflow", "sim", "internal/address", "internal/mmapfault", "internal/report", "internal/suite", "internal/escape", "internal/witness"}, "what changed is told by walking both"},
	{"internal/coverage", []string{"expr", "packet", "lflow", "internal/report", "internal/escape", "internal/page"}, "coverage counts flows, whoever walked"},
	{"ovnwalktest", []string{"dialect", "lflow", "trace", "verdict", "internal/address", "internal/demo", "internal/suite"}, "a test of somebody else's links no command line"},
}

// cobra is the command line's; nothing else may grow into it.
var restrictedImports = map[string][]string{
	"github.com/spf13/cobra":                  {"internal/cli", "internal/docs"},
	"github.com/alecthomas/participle/v2":     {"expr"},
	"github.com/fatih/color":                  {"internal/render", "internal/cli"},
	"github.com/go-json-experiment/json":      {"internal/cli", "internal/ovsdb", "internal/render"},
	"github.com/goccy/go-yaml":                {"internal/suite", "internal/vet", "internal/cli", "internal/docs"},
	"github.com/ovnwalk/ovnwalk/internal/cli": {"cmd", "internal/lab", "internal/docs"},
}

func TestImports(t *testing.T) {
	imports := importsByPackage(t)
	for _, r := range packageRules {
		got, ok := imports[r.name]
		if !ok {
			t.Errorf("room %s is not in the tree", r.name)
		}
		for _, path := range got {
			name, ours := strings.CutPrefix(path, module)
			if !ours || slices.ContainsFunc(r.allowed, func(m string) bool { return name == m || strings.HasSuffix(m, "/") && strings.HasPrefix(name, m) }) {
				continue
			}
			t.Errorf("%s imports %s, which it may not: %s", r.name, name, r.reason)
		}
	}
	for dir, paths := range imports {
		for _, path := range paths {
			for lib, homes := range restrictedImports {
				if path != lib && !strings.HasPrefix(path, lib+"/") {
					continue
				}
				if !slices.ContainsFunc(homes, func(h string) bool { return dir == h || strings.HasPrefix(dir, h+"/") }) {
					t.Errorf("%s imports %s, which only %s may", dir, path, strings.Join(homes, ", "))
				}
			}
		}
	}
}

// importsByPackage returns what the packages' files import, their tests left
// out.
func importsByPackage(t *testing.T) map[string][]string {
	t.Helper()
	root := filepath.Join("..", "..")
	out := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(rel)
		out[dir] = slices.Grow(out[dir], len(f.Imports))
		for _, i := range f.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			out[dir] = append(out[dir], p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSizes keeps files to one idea: none of ours is longer than it may be, but
// for tables of data.
func TestSizes(t *testing.T) {
	const longest = 500
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if n := strings.Count(string(b), "\n"); n > longest {
			t.Errorf("%s has %d lines, more than %d: it may hold more than one idea", path, n, longest)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
