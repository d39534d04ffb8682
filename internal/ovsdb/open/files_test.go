package open

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// TestMapFiles moves the files of sources to another directory, in which there are files
// a=b and seed=1/sb.db and an archive x.tar.
func TestMapFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "seed=1"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a=b", "x.tar", "seed=1/sb.db"} {
		sbtest.WriteFile(t, filepath.Join(dir, name), nil)
	}
	join := func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return dir + string(filepath.Separator) + path
	}
	for _, test := range []struct{ name, source, want, files string }{ // DIR stands for the directory
		{"standard input", "-", "-", ""},
		{"server", "unix:sb.sock", "unix:sb.sock", ""},
		{"servers", "tcp:h:1,ssl:h:2", "tcp:h:1,ssl:h:2", ""},
		{"absolute", "/x/sb.db", "/x/sb.db", "/x/sb.db"},
		{"two slashes at the start", "//x/sb.db", "//x/sb.db", "//x/sb.db"},
		{"none there", "sb.db", "DIR/sb.db", "DIR/sb.db"},
		{"equals sign in the name", "a=b", "DIR/a=b", "DIR/a=b"},
		{"equals sign in the directory", "seed=1/sb.db", "DIR/seed=1/sb.db", "DIR/seed=1/sb.db"},
		{"equals sign behind what is no table", "run-7=1/sb.db", "DIR/run-7=1/sb.db", "DIR/run-7=1/sb.db"},
		{"member", "x.tar//a/b.db", "DIR/x.tar//a/b.db", "DIR/x.tar"},
		{"member of a member", "x.tar//y.tar//b.db", "DIR/x.tar//y.tar//b.db", "DIR/x.tar"},
		{"member of none there", "y.tar//b.db", "DIR/y.tar//b.db", "DIR/y.tar"},
		{"table", "T=sb.db", "T=DIR/sb.db", "DIR/sb.db"},
		{"tables", "T=sb.db,U=/x/y", "T=DIR/sb.db,U=/x/y", "DIR/sb.db /x/y"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := MapFiles(test.source, join)
			if want := strings.ReplaceAll(test.want, "DIR", dir); got != want {
				t.Errorf("%s, want %s", got, want)
			}
			if files, want := Files(got), strings.Fields(strings.ReplaceAll(test.files, "DIR", dir)); !slices.Equal(files, want) {
				t.Errorf("files %q, want %q", files, want)
			}
		})
	}
}
