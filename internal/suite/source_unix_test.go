//go:build unix

package suite_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/suite"
)

// TestSpecialDatabase names pipes and devices as the database of a suite, which
// are refused and not waited for.
func TestSpecialDatabase(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("pipe", link); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ db, what string }{
		{pipe, "this is a pipe"},
		{link, "this is a pipe"},
		{pipe + "//member", "this is a pipe"},
		{"Logical_Flow=" + pipe, "this is a pipe"},
		{"SB_Global=/nosuch,Logical_Flow=" + pipe, "this is a pipe"},
		{"/dev/null", "this is a device"},
		{"/dev/zero", "this is a device"},
	} {
		r := run(t, suite.Options{}, write(t, "db: \""+tt.db+"\"\ntests:\n  - {name: a, from: vm1, to: vm2, expect: {delivered: true}}\n"))
		bad := r.Files[0].Errors
		if len(bad) != 1 || !strings.Contains(bad[0].Msg, tt.what) || bad[0].Line != 1 || r.Counts().Errored == 0 {
			t.Errorf("%s: %v", tt.db, bad)
		}
	}
}
