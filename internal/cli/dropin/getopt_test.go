package dropin

import (
	"fmt"
	"strings"
	"testing"
)

// TestGetopt reads command lines as the tools of OVN read them.
func TestGetopt(t *testing.T) {
	options := []longOption{
		{"all", 'a', noArgument},
		{"file", 'f', needsArgument},
		{"verbose", 'v', mayHaveArgument},
		{"ver", 0, noArgument},
		{"files-too", 0, noArgument},
		{"zoo", 0, noArgument},
	}
	for _, test := range []struct {
		args  string // with | between
		posix bool
		want  string
	}{
		{args: "", want: "[]"},
		{args: "x|y", want: "[x y]"},
		{args: "--all|x", want: "all; [x]"},
		{args: "x|--all|y", want: "all; [x y]"},
		{args: "x|--all|y", posix: true, want: "[x --all y]"},
		{args: "--all|x|--zoo", posix: true, want: "all; [x --zoo]"},
		{args: "--file=a|x", want: "file=a; [x]"},
		{args: "--file|a|x", want: "file=a; [x]"},
		{args: "--file|--all", want: "file=--all; []"},
		{args: "--file=", want: "file=; []"},
		{args: "--file", want: "prog: option '--file' requires an argument"},
		{args: "--f=a", want: "prog: option '--f=a' is ambiguous; possibilities: '--file' '--files-too'"},
		{args: "--files", want: "files-too; []"},
		{args: "--al", want: "all; []"},
		{args: "--all=1", want: "prog: option '--all' doesn't allow an argument"},
		{args: "--al=1", want: "prog: option '--all' doesn't allow an argument"},
		{args: "--ver", want: "ver; []"},
		{args: "--verb", want: "verbose; []"},
		{args: "--verbose|x", want: "verbose; [x]"},
		{args: "--verbose=x", want: "verbose=x; []"},
		{args: "--verbose=", want: "verbose=; []"},
		{args: "--nope=x", want: "prog: unrecognized option '--nope=x'"},
		{args: "-a", want: "all; []"},
		{args: "-av", want: "all; verbose; []"},
		{args: "-avx", want: "all; verbose=x; []"},
		{args: "-v|x", want: "verbose; [x]"},
		{args: "-fa|x", want: "file=a; [x]"},
		{args: "-af|b|x", want: "all; file=b; [x]"},
		{args: "-f", want: "prog: option requires an argument -- 'f'"},
		{args: "-aq", want: "all; prog: invalid option -- 'q'"},
		{args: "-a-", want: "all; prog: invalid option -- '-'"},
		{args: "-|x", want: "[- x]"},
		{args: "x|--|--all", want: "[x --all]"},
		{args: "--|-a|--", want: "[-a --]"},
		{args: "--=x", want: "prog: option '--=x' is ambiguous; possibilities: '--all' '--file' '--verbose' '--ver' '--files-too' '--zoo'"},
	} {
		t.Run(fmt.Sprintf("%s %v", test.args, test.posix), func(t *testing.T) {
			var got []string
			args := strings.Split(test.args, "|")
			if test.args == "" {
				args = nil
			}
			g := getopt{prog: "prog", options: options, posix: test.posix}
			operands, err := g.read(args, func(name, value string, given bool) error {
				if given {
					name += "=" + value
				}
				got = append(got, name)
				return nil
			})
			if err != nil {
				got = append(got, err.Error())
			} else {
				got = append(got, fmt.Sprint(operands))
			}
			if s := strings.Join(got, "; "); s != test.want {
				t.Errorf("got  %s\nwant %s", s, test.want)
			}
		})
	}
}

// TestGetoptStops ends at the first option that cannot be set.
func TestGetoptStops(t *testing.T) {
	g := getopt{prog: "prog", options: []longOption{{"a", 'a', noArgument}}}
	n := 0
	_, err := g.read([]string{"-aa", "--a", "-q"}, func(string, string, bool) error { n++; return errReported })
	if err != errReported || n != 1 {
		t.Errorf("%v after %d options", err, n)
	}
}

// TestOptionsHandled sets every option of the table.
func TestOptionsHandled(t *testing.T) {
	t.Chdir(t.TempDir()) // for the log file
	for _, o := range options {
		d := newCall(&Host{Getenv: func(string) string { return "" }, Stdout: &strings.Builder{}, Stderr: &strings.Builder{}}, Name)
		if err := d.set(o.name, "1", true); err != nil && strings.Contains(err.Error(), "is not handled") {
			t.Error(err)
		}
	}
	d := newCall(&Host{}, Name)
	if err := d.set("nope", "", false); err == nil {
		t.Error("an option that is not in the table is taken")
	}
}
