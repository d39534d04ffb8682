package ovsdb

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestFingerprint(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.db")
	take := func(data string) Fingerprint {
		t.Helper()
		if err := os.WriteFile(path, []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
		when := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
		f, err := TakeFingerprint(path)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	base := take(sbOne)
	if again := take(sbOne); !again.Equal(base) {
		t.Error("the same file has two fingerprints")
	}
	for name, data := range map[string]string{
		"another row of the same length": sbTwo, "one more record": sbOne + record(magicStandalone, "{}"), "packed": gzipped(sbOne), "torn": sbOne[:len(sbOne)-1], "empty": "",
		"another end of a torn record": sbOne + "OVSDB JSON 99 " + strings.Repeat("0", 40) + "\nx",
	} {
		if take(data).Equal(base) {
			t.Errorf("%s: the fingerprint is the same", name)
		}
	}
	if take(gzipped(sbOne)) == take(gzipped(sbTwo)) {
		t.Error("two packed files have one fingerprint")
	}
	if _, err := TakeFingerprint(dir); err == nil {
		t.Error("a folder has a fingerprint")
	}
}
