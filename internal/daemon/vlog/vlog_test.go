package vlog

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// at returns a log with a constant time.
func at(w *bytes.Buffer) *Log {
	l := New("ovn-trace", w, modules)
	l.Now = func() time.Time { return time.Date(2024, 2, 3, 4, 5, 6, 7_000_000, time.UTC) }
	l.started = l.Now().Add(-12 * time.Millisecond)
	return l
}

func TestPatterns(t *testing.T) {
	for _, test := range []struct{ pattern, want string }{
		{patterns[Console], "2024-02-03T04:05:06Z|00001|ovntrace|WARN|two"},
		{patterns[File], "2024-02-03T04:05:06.007Z|00001|ovntrace|WARN|two"},
		{"<%m> %p %-10c| %A%n", "<two> WARN ovntrace  | ovn-trace\n"},
		{"%10c|%010N|%-05N|", "  ovntrace|0000000001|10000|"},
		{"%D{%Y%m%d %H:%M:%S.### %b %e %j %y%%} %r %t%T.%q %B", "20240203 04:05:06.007 Feb  3 034 24% 12 main.q 132"},
		{"%D", "2024-02-03 04:05:06.007"},
		{"%D{", "2024-02-03 04:05:06.007{"},
		{"100%", "100"},
		{"%9999999999m", strings.Repeat(" ", maxWidth-3) + "two"},
	} {
		var b bytes.Buffer
		l := at(&b)
		if err := l.Set("PATTERN:console:" + test.pattern); err != nil {
			t.Fatal(err)
		}
		l.Logf("ovntrace", Warn, "%s\n", "two")
		if got := strings.TrimSuffix(b.String(), "\n"); got != test.want {
			t.Errorf("%s:\ngot  %q\nwant %q", test.pattern, got, test.want)
		}
	}
}

func TestSpecs(t *testing.T) {
	for _, test := range []struct{ spec, err string }{
		{"off", ""},
		{"ovntrace:console:dbg", ""},
		{"CONSOLE,WARN ovsdb_idl", ""},
		{"", ""},
		{"ANY:any", ""},
		{"FACILITY:daemon", ""},
		{"PATTERN:ANY:%m", ""},
		{"pattern:file", ""},
		{"foo", `no destination, level, or module "foo"`},
		{"ovsdb-idl:off", `no destination, level, or module "ovsdb-idl"`},
		{"dbg,off", "cannot specify multiple levels"},
		{"syslog:file", "cannot specify multiple destinations"},
		{"vlog:ovntrace", "cannot specify multiple modules"},
		{"PATTERN", "missing destination"},
		{"PATTERN:foo:%m", `unknown destination "foo"`},
		{"FACILITY:dam", "invalid facility"},
		{"FACILITY", "invalid facility"},
	} {
		err := New("x", nil, modules).Set(test.spec)
		if got := text(err); got != test.err {
			t.Errorf("%q: %q, want %q", test.spec, got, test.err)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestLevels(t *testing.T) {
	for _, test := range []struct {
		specs []string
		want  string // the messages that are written
	}{
		{nil, "vlog WARN, vlog INFO, reconnect WARN"},
		{[]string{"off"}, ""},
		{[]string{"dbg"}, "vlog WARN, vlog INFO, vlog DBG, reconnect WARN, reconnect INFO"},
		{[]string{"console:err"}, ""},
		{[]string{"vlog:warn"}, "vlog WARN, reconnect WARN"},
		{[]string{"vlog:file:off"}, "vlog WARN, vlog INFO, reconnect WARN"},
		{[]string{"off", "reconnect"}, "reconnect WARN, reconnect INFO"},
	} {
		var b bytes.Buffer
		l := at(&b)
		for _, s := range append([]string{"PATTERN:console:%c %p"}, test.specs...) {
			if err := l.Set(s); err != nil {
				t.Fatal(err)
			}
		}
		l.Logf("vlog", Warn, "")
		l.Logf("vlog", Info, "")
		l.Logf("vlog", Dbg, "")
		l.Logf("reconnect", Warn, "")
		l.Logf("reconnect", Info, "")
		if got := strings.ReplaceAll(strings.TrimSpace(b.String()), "\n", ", "); got != test.want {
			t.Errorf("%q: %s, want %s", test.specs, got, test.want)
		}
	}
	var b bytes.Buffer
	l := at(&b)
	l.SetAll()
	l.Logf("vlog", Dbg, "one")
	l.Silence()
	l.Logf("vlog", Dbg, "two")
	if got := b.String(); got != "2024-02-03T04:05:06Z|00001|vlog|DBG|one\n" {
		t.Errorf("%q", got)
	}
}

func TestFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.log")
	var b bytes.Buffer
	l := at(&b)
	if has, err := l.Reopen(); has || err != nil {
		t.Fatalf("reopened %v, %v without a file", has, err)
	}
	if err := l.OpenFile(name); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name, name+".1"); err != nil {
		t.Fatal(err)
	}
	if has, err := l.Reopen(); !has || err != nil {
		t.Fatalf("reopened %v, %v", has, err)
	}
	l.CloseFile()
	l.Logf("vlog", Warn, "not in the file")
	data := sbtest.Content(t, name)
	if got, want := string(data), "2024-02-03T04:05:06.007Z|00002|vlog|INFO|opened log file "+name+"\n"; got != want {
		t.Errorf("file holds %q, want %q", got, want)
	}
	b.Reset()
	missing := filepath.Join(t.TempDir(), "no", "x.log")
	if err := l.OpenFile(missing); !errors.Is(err, ErrOpen) {
		t.Errorf("opened %s: %v", missing, err)
	}
	if want := "WARN|failed to open " + missing + " for logging: No such file or directory\n"; !strings.HasSuffix(b.String(), want) {
		t.Errorf("log %q lacks %q", b.String(), want)
	}
}

// modules are those of the logs of tests.
var modules = []string{"daemon_unix", "jsonrpc", "ovntrace", "ovsdb_idl", "reconnect", "vlog"}
