package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

func put(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	b := sbtest.Content(t, path)
	return string(b)
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	if err := Write(file, put("one")); err != nil || content(t, file) != "one" {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(file, put("two")); err != nil || content(t, file) != "two" {
		t.Fatal(err)
	}
	if info, _ := os.Stat(file); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	trouble := errors.New("trouble")
	err := Write(file, func(w io.Writer) error { _, _ = io.WriteString(w, "thr"); return trouble })
	if !errors.Is(err, trouble) || content(t, file) != "two" {
		t.Errorf("%v, %s", err, content(t, file))
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.tmp")); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

func TestWriteThroughLinks(t *testing.T) {
	dir := t.TempDir()
	file, link, far := filepath.Join(dir, "f"), filepath.Join(dir, "l"), filepath.Join(dir, "m")
	for from, to := range map[string]string{link: "f", far: link} {
		if err := os.Symlink(to, from); err != nil {
			t.Skip("no links here:", err)
		}
	}
	if err := Write(far, put("x")); err != nil || content(t, file) != "x" {
		t.Fatal(err)
	}
	if info, _ := os.Lstat(link); info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is gone")
	}
}

func TestWriteToADevice(t *testing.T) {
	if _, err := os.Stat(os.DevNull); err != nil {
		t.Skip("no null device here")
	}
	if err := Write(os.DevNull, put("x")); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(os.DevNull); info.Mode().IsRegular() {
		t.Error("the device is a file now")
	}
}

func TestWriteNames(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "no", "such")} {
		if err := Write(path, put("x")); err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), ".tmp") {
			t.Errorf("%s: %v", path, err)
		}
	}
}
