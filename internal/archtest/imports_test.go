// Package archtest tests the structure of the repository that docs/architecture.md describes.
package archtest

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
)

const module = "github.com/ovnwalk/ovnwalk/"

func TestImports(t *testing.T) {
	imports := importsByPackage(t)
	listed := map[string]bool{"internal/archtest": true}
	for _, r := range packageRules {
		if _, ok := imports[r.name]; !ok || listed[r.name] {
			t.Errorf("%s: no such package, or two rows", r.name)
		}
		listed[r.name] = true
		used := map[string]bool{}
		for _, path := range imports[r.name] {
			if name, ours := strings.CutPrefix(path, module); ours {
				used[name] = true
				if !slices.Contains(r.imports, name) {
					t.Errorf("%s imports %s, which its row does not name (%s)", r.name, name, r.reason)
				}
			}
		}
		for _, name := range r.imports {
			if !used[name] {
				t.Errorf("%s may import %s and does not: take it from its row", r.name, name)
			}
		}
	}
	for name := range imports {
		if !listed[name] {
			t.Errorf("%s has no row in packageRules", name)
		}
	}
}

func TestLibraries(t *testing.T) {
	imports := importsByPackage(t)
	for _, r := range libraryRules {
		used := map[string]bool{}
		for name, paths := range imports {
			for _, path := range paths {
				if path == r.name || strings.HasPrefix(path, r.name+"/") {
					used[name] = true
				}
			}
			if used[name] && !slices.Contains(r.imports, name) {
				t.Errorf("%s imports %s, which only %s may: %s", name, r.name, strings.Join(r.imports, ", "), r.reason)
			}
		}
		for _, name := range r.imports {
			if !used[name] {
				t.Errorf("%s may import %s and does not", name, r.name)
			}
		}
	}
}

// The lines of .golangci.yml between which the rules are generated.
const (
	lintBegin = "      # Generated from internal/archtest; rewrite with: go test ./internal/archtest -update\n"
	lintEnd   = "      # End of the generated rules.\n"
)

// TestLinter compares the linter's rules with the tables.
func TestLinter(t *testing.T) {
	file := filepath.Join("..", "..", ".golangci.yml")
	b := sbtest.Content(t, file)
	before, rest, ok1 := strings.Cut(string(b), lintBegin)
	_, after, ok2 := strings.Cut(rest, lintEnd)
	if !ok1 || !ok2 {
		t.Fatal(".golangci.yml lacks the lines between which rules are generated")
	}
	want := before + lintBegin + lintRules() + lintEnd + after
	if want == string(b) {
		return
	}
	if !*tracetest.Update {
		t.Fatal("depguard's rules in .golangci.yml are not those of the tables; run: go test ./internal/archtest -update")
	}
	sbtest.WriteFile(t, file, []byte(want))
}

// lintRules returns the tables in depguard's form.  A rule denies the module, or a
// library, and allows what the tables name, since the longest name decides.
func lintRules() string {
	var b strings.Builder
	b.WriteString("      rules:\n")
	rule := func(name, files, allow, denied, reason string) {
		fmt.Fprintf(&b, "        %s:\n          list-mode: lax\n          files: [%s]\n", strings.NewReplacer("/", "-", ".", "-").Replace(name), files)
		if allow != "" {
			fmt.Fprintf(&b, "          allow: [%s]\n", allow)
		}
		fmt.Fprintf(&b, "          deny: [{pkg: %s, desc: %q}]\n", denied, reason)
	}
	for _, r := range packageRules {
		var allow []string
		for _, name := range r.imports {
			allow = append(allow, module+name+"$")
		}
		rule(r.name, fmt.Sprintf(`"**/%s/*.go", "!$test"`, r.name), strings.Join(allow, ", "), module, r.reason)
	}
	for _, r := range libraryRules {
		var files []string
		for _, name := range r.imports {
			files = append(files, fmt.Sprintf(`"!**/%s/*.go"`, name))
		}
		rule("library-"+r.name, strings.Join(files, ", ")+`, "!$test"`, "", r.name, r.reason)
	}
	return b.String()
}

// isModule reports whether a directory is the root of a module.
func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
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
		if d.IsDir() && (d.Name() == "testdata" || path != root && (strings.HasPrefix(d.Name(), ".") || isModule(path))) {
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
		if d.IsDir() && (d.Name() == "testdata" || path != root && (strings.HasPrefix(d.Name(), ".") || isModule(path))) {
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
