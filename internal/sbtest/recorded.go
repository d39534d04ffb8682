package sbtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Recorded returns the paths of the recorded databases: the tree's own, and those of the
// corpus that OVNWALK_CORPUS names.
func Recorded(t testing.TB) (found []string) {
	t.Helper()
	for _, folder := range []string{filepath.Join(Root(t), "testdata", "corpus"), os.Getenv("OVNWALK_CORPUS")} {
		if folder == "" {
			t.Log("OVNWALK_CORPUS names no corpus: only the tree's own is looked at")
			continue
		}
		err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if strings.HasSuffix(path, ".db.gz") || strings.HasSuffix(path, ".db") {
				found = append(found, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(found) == 0 {
		t.Fatal("no databases")
	}
	return Fewer(found)
}

// Root returns the module's directory.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the working directory")
		}
		dir = filepath.Dir(dir)
	}
}
