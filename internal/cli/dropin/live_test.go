package dropin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// TestAbsoluteSource checks that the paths of sources do not depend on the working directory.
func TestAbsoluteSource(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	dir, err := os.Getwd() // without links
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sb.db", "sb.sock"} {
		sbtest.WriteFile(t, filepath.Join(dir, name), nil)
	}
	for _, test := range []struct{ source, want string }{ // DIR stands for the directory
		{"demo", "demo"},
		{"-", "-"},
		{"sb.db", "DIR/sb.db"},
		{"/x/sb.db", "/x/sb.db"},
		{"x.tar//a/b.db", "DIR/x.tar//a/b.db"},
		{"T=sb.db,U=/x/y", "T=DIR/sb.db,U=/x/y"},
		{"unix:sb.sock", "unix:DIR/sb.sock"},
		{"unix:other.sock", "unix:other.sock"}, // in the run directory
		{"unix:/x/sb.sock", "unix:/x/sb.sock"},
		{"unix:/x/a,sb.db", "unix:/x/a,sb.db"}, // one socket
		{"tcp:h:1,unix:sb.sock,ssl:h:2", "tcp:h:1,unix:DIR/sb.sock,ssl:h:2"},
	} {
		got := absoluteSource(test.source)
		if want := strings.ReplaceAll(test.want, "DIR", dir); got != want {
			t.Errorf("%s: %s, want %s", test.source, got, want)
		}
		if again := absoluteSource(got); again != got {
			t.Errorf("%s: %s a second time", got, again)
		}
	}
}
