package vlog

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// TestFileIsBounded writes more than a log file may have: it contains the last messages,
// the old file those before, and older ones are deleted.
func TestFileIsBounded(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "x.log")
	old := strings.Repeat("x", 900) + "\n"
	sbtest.WriteFile(t, name, []byte(old))
	l := at(&bytes.Buffer{})
	l.MaxFile = 1000
	if err := l.Set("PATTERN:file:%m"); err != nil {
		t.Fatal(err)
	}
	if err := l.OpenFile(name); err != nil {
		t.Fatal(err)
	}
	t.Chdir("/") // like a daemon
	read := func(name string) string {
		b := sbtest.Content(t, name)
		return string(b)
	}
	for i := range 100 {
		l.Logf("ovntrace", Warn, "message %02d", i)
		for _, file := range []string{name, name + OldSuffix} {
			if info, err := os.Stat(file); err == nil && info.Size() > l.MaxFile {
				t.Fatalf("%s has %d bytes", file, info.Size())
			}
		}
	}
	all := read(name+OldSuffix) + read(name)
	if !strings.HasSuffix(all, "message 98\nmessage 99\n") || strings.Contains(all, "xxx") {
		t.Errorf("what is left:\n%s", all)
	}
	l.Logf("ovntrace", Warn, "%s", strings.Repeat("y", 5000))
	if got := read(name); len(got) != 1000 || !strings.HasSuffix(got, "y\n") {
		t.Errorf("a long message: %d bytes", len(got))
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("%v", entries)
	}
	// Only regular files have a size.
	if err := l.OpenFile(os.DevNull); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		l.Logf("ovntrace", Warn, "%s", strings.Repeat("z", 100))
	}
	if _, err := os.Stat(os.DevNull + OldSuffix); err == nil {
		t.Error("a device was moved")
	}
	l.CloseFile()
}

// TestWrittenFileIsBounded expects no further output when the file cannot be renamed.
func TestWrittenFileIsBounded(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.log")
	if err := os.MkdirAll(filepath.Join(name+OldSuffix, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	l := at(&bytes.Buffer{})
	l.MaxFile = 500
	if err := l.OpenFile(name); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		l.Logf("ovntrace", Warn, "%s", fmt.Sprint("message ", i))
	}
	if info, err := os.Stat(name); err != nil || info.Size() > l.MaxFile || info.Size() == 0 {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.RemoveAll(name + OldSuffix); err != nil {
		t.Fatal(err)
	}
	if has, err := l.Reopen(); !has || err != nil {
		t.Error(has, err)
	}
	l.Logf("ovntrace", Warn, "again")
	b, err := os.ReadFile(name)
	if err != nil || !strings.HasSuffix(string(b), "|again\n") {
		t.Errorf("%v %s", err, b)
	}
	l.CloseFile()
}
