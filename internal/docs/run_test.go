package docs

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// stepTime bounds one block of commands; the first may compile the program.
const stepTime = 5 * time.Minute

// TestCommands runs the commands of every document, each document in a copy of the tree, and compares
// their output with the document.
func TestCommands(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: the commands of the documents take a while, and -short was given")
	}
	if runtime.GOOS == "windows" {
		t.Skip("skipped: the documents speak to a Unix shell")
	}
	bin := t.TempDir()
	goTool(t, "build", "-trimpath", "-o", filepath.Join(bin, "ovnwalk"), "./cmd/ovnwalk")
	for _, path := range documents(t) {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			text := sbtest.Content(t, filepath.Join(root, path))
			steps, err := Steps(string(text))
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if !slices.ContainsFunc(steps, func(s Step) bool { return s.NotRun == "" }) {
				return
			}
			s := &shellSession{path: path, dir: t.TempDir(), bin: bin}
			copyTree(t, s.dir)
			lines := strings.Split(string(text), "\n")
			outputs := make([]string, len(steps))
			for i := range steps {
				outputs[i] = s.run(t, &steps[i])
			}
			if *update {
				rewrite(t, filepath.Join(root, path), lines, steps, outputs)
			}
		})
	}
}

// shellSession is the reading of one document at a terminal.
type shellSession struct {
	path string // of the document
	dir  string // a copy of the tree
	bin  string // where the program lies
}

// run runs a step and returns what it should show.
func (s *shellSession) run(t *testing.T, step *Step) string {
	t.Helper()
	if step.NotRun != "" {
		t.Logf("%s:%d: not run: %s", s.path, step.Line, step.NotRun)
		return step.Output
	}
	for _, program := range step.Needs {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("OVNWALK_REQUIRE_OVN") == "1" {
				t.Errorf("%s:%d: OVNWALK_REQUIRE_OVN=1, but there is no %s", s.path, step.Line, program)
			}
			t.Logf("%s:%d: skipped: there is no %s", s.path, step.Line, program)
			return step.Output
		}
	}
	if step.File != "" {
		sbtest.WriteFile(t, filepath.Join(s.dir, step.File), []byte(step.Commands))
		return ""
	}
	ctx, stop := context.WithTimeout(t.Context(), stepTime)
	defer stop()
	cmd := exec.CommandContext(ctx, "sh", "-eu", "-c", step.Commands)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "PATH="+s.bin+string(filepath.ListSeparator)+os.Getenv("PATH"),
		"GOBIN="+s.bin, "GOFLAGS=-trimpath -buildvcs=false", "NO_COLOR=1", "COLUMNS=120", "OVN_SB_DB=")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if step.Stderr {
		cmd.Stderr = &stdout
	}
	err := cmd.Run()
	var exit *exec.ExitError
	status := 0
	switch {
	case errors.As(err, &exit):
		status = exit.ExitCode()
	case err != nil:
		t.Fatalf("%s:%d: %v", s.path, step.Line, err)
	}
	if status != step.Exit {
		t.Errorf("%s:%d: exit status %d, want %d\n%s%s%s", s.path, step.Line, status, step.Exit, step.Commands, &stdout, &stderr)
	}
	output := strings.TrimRight(stdout.String(), "\n") + "\n"
	shown := strings.TrimRight(step.Output, "\n") + "\n"
	if !step.Shows || Shown(shown, output) {
		return step.Output
	}
	if !*update {
		t.Errorf("%s:%d:\n%sprints\n%s%sand the document shows\n%s(go test ./internal/docs -update writes it anew)",
			s.path, step.Line, step.Commands, output, &stderr, step.Output)
	}
	return output
}

// rewrite writes a document with the output that its commands have.
func rewrite(t *testing.T, path string, lines []string, steps []Step, outputs []string) {
	t.Helper()
	for i := len(steps) - 1; i >= 0; i-- {
		if s := steps[i]; s.Shows && outputs[i] != s.Output {
			lines = slices.Replace(lines, s.outFrom, s.outUpto, strings.Split(strings.TrimSuffix(outputs[i], "\n"), "\n")...)
		}
	}
	sbtest.WriteFile(t, path, []byte(strings.Join(lines, "\n")))
}

// documents returns the paths of the documents, from the root.
func documents(t *testing.T) []string {
	t.Helper()
	paths := []string{"README.md", "CONTRIBUTING.md"}
	more, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range more {
		paths = append(paths, filepath.Join("docs", filepath.Base(path)))
	}
	return paths
}

// copyTree copies the tree without what no document needs.
func copyTree(t *testing.T, to string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch {
		case d.IsDir() && d.Name() == ".git":
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(target, 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another test's, and gone
		}
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, info.Mode().Perm())
	})
	if err != nil {
		t.Fatal(err)
	}
}

// goTool runs the go command at the root.
func goTool(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
