package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var sgrCode = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestScreen(t *testing.T) {
	for _, c := range []struct {
		name   string
		colors bool
		writes []string
		want   string
	}{
		{"plain", false, []string{"a\tb\n"}, "a\tb\n"},
		{"title", false, []string{"\x1b]0;owned\x07x\n"}, `\x1b]0;owned\x07x` + "\n"},
		{"clear", true, []string{"\x1b[2J\x1b[H"}, `\x1b[2J\x1b[H`},
		{"colors wanted", true, []string{"\x1b[31;1mred\x1b[0m"}, "\x1b[31;1mred\x1b[0m"},
		{"colors not wanted", false, []string{"\x1b[31mred\x1b[0m"}, `\x1b[31mred\x1b[0m`},
		{"carriage return", false, []string{"good\rbad"}, `good\rbad`},
		{"C1", true, []string{"\u009b2J"}, `\u009b2J`},
		{"escape cut short", true, []string{"\x1b["}, `\x1b[`},
		{"endless code", true, []string{"\x1b[" + strings.Repeat("1;", 40) + "m"}, `\x1b[` + strings.Repeat("1;", 40) + "m"},
		{"character in two writes", false, []string{"\xe7\xb6", "\xb2\n"}, "網\n"},
		{"character in three writes", false, []string{"x\xf0\x9f", "\x99", "\x82"}, "x🙂"},
		{"no UTF-8", false, []string{"\xff\n"}, `\xff` + "\n"},
		{"turned around", false, []string{"\u202egnp.exe"}, `\u202egnp.exe`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			s := newEscapingWriter(&b).(*escapingWriter)
			s.Colors = c.colors
			for _, w := range c.writes {
				if n, err := io.WriteString(s, w); n != len(w) || err != nil {
					t.Errorf("wrote %d of %d: %v", n, len(w), err)
				}
			}
			if got := b.String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestColored(t *testing.T) {
	for _, c := range []struct {
		when string
		want bool
	}{{"always", true}, {"never", false}, {"auto", false}} {
		var b bytes.Buffer
		sys := &System{Getenv: noEnvironment, Stdout: &b}
		if on := colored(c.when, sys); on != c.want {
			t.Errorf("%s: %v", c.when, on)
		}
	}
}

// What is no terminal gets names escaped too, but for text that is another
// program's, byte for byte.
func TestScreenBeforeAPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	for _, to := range []io.Writer{&bytes.Buffer{}, w} {
		s := newEscapingWriter(to)
		if _, ok := s.(*escapingWriter); !ok || newEscapingWriter(s) != s || terminal(s) || lineWidth(s) != 0 {
			t.Errorf("before a %T stands a %T", to, s)
		}
		if raw(s) != to || verbatim(s) != to {
			t.Errorf("behind the screen is not the %T", to)
		}
	}
}

// onTerminal marks the program that TestOnATerminal runs.
const onTerminal = "OVNWALK_TEST_ON_TERMINAL"

// On a terminal of its own, which script(1) gives it, the program colors its
// text, wraps its lines and keeps to NO_COLOR.
func TestOnATerminal(t *testing.T) {
	if os.Getenv(onTerminal) != "" {
		t.Fatal("the test's program runs the tests instead of the command line")
	}
	script, err := exec.LookPath("script")
	if err != nil {
		t.Skip("skipped: script(1), of Debian's bsdutils, is not installed")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "ovnwalk") // by this name the test's own program is that one
	if err := os.Symlink(exe, program); err != nil {
		t.Fatal(err)
	}
	run := func(t *testing.T, command string, env ...string) string {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, script, "-qec", "stty cols 60; "+program+" "+command+" 2>/dev/null", "/dev/null")
		cmd.Env = append(append(os.Environ(), "TERM=xterm", "NO_COLOR=", onTerminal+"=1"), env...)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return strings.ReplaceAll(string(out), "\r\n", "\n")
	}
	const trace = "trace --db demo --from vm1 --to vm2 --proto tcp:443"
	for _, command := range []string{
		trace, trace + " --why-not", "connect --db demo --from vm1 --to vm2 --proto tcp:443",
		"reach --db demo --from vm1 --to vm2", "show --db demo", "find --db demo vm1", "list --db demo router1", "vet --db demo",
	} {
		t.Run(command, func(t *testing.T) {
			text := run(t, command)
			if !strings.Contains(text, "\x1b[") {
				t.Errorf("no colors: %q", text)
			}
			text = sgrCode.ReplaceAllString(text, "")
			for line := range strings.Lines(text) {
				if line = strings.TrimRight(line, " \n"); len(line) > 60 && strings.Contains(strings.TrimLeft(line, " "), " ") && !strings.Contains(line, "^") {
					t.Errorf("longer than the terminal is wide: %q", line)
				}
			}
			var plain bytes.Buffer
			(&System{Getenv: noEnvironment, Stdout: &plain, Stderr: io.Discard}).Run(t.Context(), strings.Fields(command))
			words := func(s string) string { return strings.Join(strings.Fields(strings.ReplaceAll(s, "-", "")), "") }
			if !strings.HasSuffix(command, "--why-not") && words(text) != words(plain.String()) {
				t.Errorf("on a terminal %q, else %q", text, plain.String())
			}
		})
	}
	t.Run("json", func(t *testing.T) {
		var plain bytes.Buffer
		(&System{Getenv: noEnvironment, Stdout: &plain, Stderr: io.Discard}).Run(t.Context(), []string{"show", "--db", "demo", "--format", "json"})
		if text := run(t, "show --db demo --format json"); text != plain.String() {
			t.Errorf("%q", text)
		}
	})
	t.Run("NO_COLOR", func(t *testing.T) {
		if text := run(t, trace, "NO_COLOR=1"); strings.Contains(text, "\x1b") || !strings.Contains(text, "ingress(dp=") {
			t.Errorf("%q", text)
		}
	})
	t.Run("dumb", func(t *testing.T) {
		if text := run(t, trace, "TERM=dumb"); strings.Contains(text, "\x1b") {
			t.Errorf("%q", text)
		}
	})
}
