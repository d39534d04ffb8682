package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// required finds the modules that go.mod requires.
var required = regexp.MustCompile(`(?m)^(?:require )?\s*([a-z0-9.-]+\.[a-z]+/\S+) v\S+`)

// indirect is a requirement of a requirement.
var indirect = regexp.MustCompile(`(?m)^.* // indirect$`)

// TestDependencies compares docs/dependencies.md with the go.mod files: it has a row with
// a reason and a license for each module, of the manifests' tests for each that they import,
// and for no other.
func TestDependencies(t *testing.T) {
	mod := read(t, "go.mod") + read(t, "internal/browsertest/go.mod") + indirect.ReplaceAllString(read(t, "internal/kubetest/go.mod"), "")
	page := read(t, "docs/dependencies.md")
	modules := map[string]bool{}
	for _, m := range required.FindAllStringSubmatch(mod, -1) {
		modules[m[1]] = true
	}
	delete(modules, "github.com/ovnwalk/ovnwalk") // by the module of the browser's tests
	if len(modules) == 0 {
		t.Fatal("no module found in go.mod")
	}
	listed := map[string]bool{}
	for line := range strings.Lines(page) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		name := strings.Trim(cells[0], " `")
		if len(cells) < 2 || !strings.Contains(name, "/") {
			continue
		}
		listed[name] = true
		if len(cells) != 5 {
			t.Errorf("%s: %d cells, want module, use, reason, license and upkeep", name, len(cells))
			continue
		}
		for i, cell := range cells {
			if strings.TrimSpace(cell) == "" {
				t.Errorf("%s: cell %d is empty", name, i+1)
			}
		}
		if !modules[name] {
			t.Errorf("docs/dependencies.md names %s, which go.mod does not require", name)
		}
	}
	for m := range modules {
		if !listed[m] {
			t.Errorf("go.mod requires %s, which docs/dependencies.md does not name", m)
		}
	}
}

// link is a link in Markdown.
var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestLinks follows the links within the tree.
func TestLinks(t *testing.T) {
	for _, path := range append(documents(t), "CHANGELOG.md") {
		for _, m := range link.FindAllStringSubmatch(read(t, path), -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(path), filepath.FromSlash(target))); err != nil {
				t.Errorf("%s links to %s: %v", path, m[1], err)
			}
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text := sbtest.Content(t, filepath.Join(root, filepath.FromSlash(path)))
	return string(text)
}

// named is a package and the tests of it that a page names after it.
var named = regexp.MustCompile("`((?:internal/)?[a-z]+(?:/[a-z]+)?)`\\s+((?:`(?:Test|Fuzz)\\w+`(?:,\\s+|\\s+and\\s+)?)+)")

// TestNamedTests checks that the tests named in docs/threat-model.md exist.
func TestNamedTests(t *testing.T) {
	found := 0
	for _, m := range named.FindAllStringSubmatch(read(t, "docs/threat-model.md"), -1) {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(m[1]), "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		var source strings.Builder
		for _, f := range files {
			text := sbtest.Content(t, f)
			source.Write(text)
		}
		for _, name := range regexp.MustCompile(`\w+`).FindAllString(m[2], -1) {
			if name == "and" {
				continue
			}
			found++
			if !strings.Contains(source.String(), "\nfunc "+name+"(") {
				t.Errorf("docs/threat-model.md names %s of %s, which is not there", name, m[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d tests found in docs/threat-model.md", found)
	}
}

// TestArchitectureHasEveryPackage looks for a row of each package in the table of
// docs/architecture.md.
func TestArchitectureHasEveryPackage(t *testing.T) {
	text := read(t, "docs/architecture.md")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if d.Name() == "testdata" || path != root && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		sources, err := filepath.Glob(filepath.Join(path, "*.go"))
		name, _ := filepath.Rel(root, path)
		name = filepath.ToSlash(name)
		if err != nil || len(sources) == 0 || strings.HasPrefix(name, "cmd/") || strings.HasPrefix(name, "bench/") {
			return err
		}
		if !strings.Contains(text, "`"+name+"/`") {
			t.Errorf("docs/architecture.md has no row for %s", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
