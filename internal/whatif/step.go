package whatif

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/controlplane"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// Step is a step of a change: a [Command], a [Script] or a [Replacement].
type Step interface {
	fmt.Stringer
	do(ctx context.Context, t *trial) error
}

// Command is a command of ovn-nbctl(8), its options first.
type Command []string

// ParseCommand splits a text into words as a shell does, with single quotes, double quotes and
// backslashes, but without expansions.
func ParseCommand(text string) (Command, error) {
	var words Command
	var word strings.Builder
	in := false // a word
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case ' ', '\t', '\n':
			if in {
				words = append(words, word.String())
				word.Reset()
			}
			in = false
		case '\'', '"':
			in = true
			end := i + 1
			for ; end < len(text) && text[end] != c; end++ {
				if c == '"' && text[end] == '\\' && end+1 < len(text) && strings.IndexByte("\"\\$`", text[end+1]) >= 0 {
					end++
				}
				word.WriteByte(text[end])
			}
			if end == len(text) {
				return nil, fmt.Errorf("the quote %c at character %d is not closed", c, i+1)
			}
			i = end
		case '\\':
			in = true
			if i++; i == len(text) {
				return nil, errors.New("a backslash at the end quotes nothing")
			}
			word.WriteByte(text[i])
		default:
			in = true
			word.WriteByte(c)
		}
	}
	if in {
		words = append(words, word.String())
	}
	if len(words) == 0 {
		return nil, errors.New("no command: the text is empty")
	}
	return words, nil
}

// String returns the command, quoted for a shell.
func (c Command) String() string {
	words := []string{"ovn-nbctl"}
	for _, w := range c {
		if w == "" || strings.ContainsAny(w, " \t\n'\"\\$&|<>()[]{}*?;#~!`") {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

func (c Command) do(ctx context.Context, t *trial) error {
	var output bytes.Buffer
	if err := t.run(ctx, "", &output, t.plane.Path("bin/ovn-nbctl"), c...); err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimPrefix(strings.TrimSpace(output.String()), "ovn-nbctl: "))
	}
	_, err := t.output.Write(output.Bytes())
	return err
}

// Script is a file that is run with a PATH in which ovn-nbctl and ovn-sbctl access the copies.  If it
// is not executable, sh runs it.
type Script string

// String returns the path of the file.
func (s Script) String() string { return string(s) }

func (s Script) do(ctx context.Context, t *trial) error {
	info, err := os.Stat(string(s))
	if err != nil {
		return err
	}
	path, err := filepath.Abs(string(s))
	if err != nil {
		return err
	}
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	if info.Mode()&0o111 != 0 {
		return t.run(ctx, here, t.output, path)
	}
	return t.run(ctx, here, t.output, "/bin/sh", path)
}

// run runs a program in the environment of the plane, in the plane's or the current directory.
func (t *trial) run(ctx context.Context, here string, stderr io.Writer, program string, args ...string) error {
	ctx, cancel := t.plane.Bound(ctx)
	defer cancel()
	cmd := t.plane.Command(ctx, program, args...)
	if here != "" {
		cmd.Dir = here
	}
	cmd.Env = append(cmd.Env,
		"PATH="+t.plane.Path("bin")+string(filepath.ListSeparator)+os.Getenv("PATH"),
		"OVN_NB_DB="+t.plane.Remote(controlplane.NB), "OVN_SB_DB="+t.plane.Remote(controlplane.SB))
	cmd.Stdout, cmd.Stderr = t.output, stderr
	err := cmd.Run()
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause
	}
	return err
}

// Replacement is a northbound database that replaces the current one.
type Replacement struct{ DB *ovsdb.Snapshot }

// String returns the path of the database.
func (r Replacement) String() string { return r.DB.File }

// do restarts northd with the other database, so that rows keep their UUIDs.
func (r Replacement) do(ctx context.Context, t *trial) error {
	t.plane.Stop("northd")
	t.plane.Stop(controlplane.NB)
	c, err := t.plane.Put(ctx, controlplane.NB, r.DB)
	if err != nil {
		return err
	}
	if c != nil {
		t.Conversions = append(t.Conversions, *c)
	}
	if err := t.plane.Serve(ctx, controlplane.NB); err != nil {
		return err
	}
	return t.plane.StartNorthd(ctx)
}
