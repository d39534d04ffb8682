package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// composite is what this test reads of action.yml.
type composite struct {
	Inputs map[string]struct{ Description, Default string }
	Runs   struct {
		Using string
		Steps []struct {
			Uses, Name, Shell, Run string
			Env                    map[string]string
		}
	}
}

func readAction(t *testing.T) composite {
	t.Helper()
	text := sbtest.Content(t, "../../action.yml")
	var a composite
	if err := yaml.Unmarshal(text, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestAction compares the composite action with GitHub's format and with the options of the program.
func TestAction(t *testing.T) {
	a := readAction(t)
	if a.Runs.Using != "composite" || len(a.Runs.Steps) != 3 {
		t.Fatalf("got %+v", a.Runs)
	}
	used := map[string]bool{}
	for _, s := range a.Runs.Steps {
		if s.Run != "" && s.Shell == "" {
			t.Errorf("step %q has no shell", s.Name)
		}
		if strings.Contains(s.Run, "${{") {
			t.Errorf("step %q puts an expression into its script, where it could be anything", s.Name)
		}
		for name, value := range s.Env {
			if !strings.Contains(s.Run, "$"+name) {
				t.Errorf("step %q does not use %s", s.Name, name)
			}
			used[strings.TrimSuffix(strings.TrimPrefix(value, "${{ inputs."), " }}")] = true
		}
	}
	for name, in := range a.Inputs {
		if in.Description == "" || !used[name] {
			t.Errorf("input %s: description %q, used %v", name, in.Description, used[name])
		}
	}
	flags := newTestCmd(&System{}).Flags()
	for _, m := range regexp.MustCompile(`--([a-z]+)`).FindAllStringSubmatch(a.Runs.Steps[2].Run, -1) {
		if flags.Lookup(m[1]) == nil {
			t.Errorf("ovnwalk test has no option --%s", m[1])
		}
	}
}

// TestActionRuns runs the action's last step with a program in ovnwalk's place
// that lists its arguments.
func TestActionRuns(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("skipped: bash is not installed")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ovnwalk"), []byte("#!/bin/sh\nprintf '[%s]' \"$@\"; echo\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		env  []string
		want string
	}{
		{"defaults", []string{"PATHS=."}, "[test][--format=github][--][.]\n"},
		{
			"all",
			[]string{"PATHS=a b\nc\n", "DB=x y.db", "RUN=^a$", "TAGS=p,q", "THRESHOLD=60", "PAGE=c.html", "JUNIT=r.xml", "STRICT=true"},
			"[test][--format=junit][--output=r.xml][--db=x y.db][--run=^a$][--tags=p,q][--strict][--][a b][c]\n" +
				"[test][--format=github][--db=x y.db][--run=^a$][--tags=p,q][--strict][--threshold=60][--coverage][--coverhtml=c.html][--][a b][c]\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.Command(bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", readAction(t).Runs.Steps[2].Run)
			cmd.Env = append([]string{"RUNNER_TEMP=" + dir, "PATH=" + os.Getenv("PATH")}, tt.env...)
			out, err := cmd.CombinedOutput()
			if err != nil || string(out) != tt.want {
				t.Errorf("%v\ngot  %s\nwant %s", err, out, tt.want)
			}
		})
	}
}

// TestHooks compares the pre-commit hooks with the commands of the program.
func TestHooks(t *testing.T) {
	text := sbtest.Content(t, "../../.pre-commit-hooks.yaml")
	var hooks []struct {
		ID, Name, Description, Entry, Language, Files string
		PassFilenames                                 bool `yaml:"pass_filenames"`
		AlwaysRun                                     bool `yaml:"always_run"`
	}
	if err := yaml.UnmarshalWithOptions(text, &hooks, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if len(hooks) == 0 {
		t.Fatal("no hooks")
	}
	for _, h := range hooks {
		words := strings.Fields(h.Entry)
		cmd, _, err := Commands(system(nil, nil, nil)).Find(words[1:])
		if err != nil || words[0] != "ovnwalk" || cmd.Name() != words[1] || h.Language != "golang" || h.ID == "" || h.Name == "" {
			t.Errorf("hook %+v: %v", h, err)
		}
		if h.Files != "" && !regexp.MustCompile(h.Files).MatchString("suites/a.ovnwalk.yaml") {
			t.Errorf("hook %s takes no suites", h.ID)
		}
	}
}
