package open

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/index"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/logfile"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

func TestFingerprint(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.db")
	take := func(data string) index.Fingerprint {
		t.Helper()
		sbtest.WriteFile(t, path, []byte(data))
		when := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
		f, err := index.TakeFingerprint(path)
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
		"another row of the same length": sbTwo, "one more record": sbOne + ovsdbtest.Record(logfile.MagicStandalone, "{}"), "packed": ovsdbtest.Gzipped(sbOne), "torn": sbOne[:len(sbOne)-1], "empty": "",
		"another end of a torn record": sbOne + "OVSDB JSON 99 " + strings.Repeat("0", 40) + "\nx",
	} {
		if take(data).Equal(base) {
			t.Errorf("%s: the fingerprint is the same", name)
		}
	}
	if take(ovsdbtest.Gzipped(sbOne)) == take(ovsdbtest.Gzipped(sbTwo)) {
		t.Error("two packed files have one fingerprint")
	}
	if _, err := index.TakeFingerprint(dir); err == nil {
		t.Error("a directory has a fingerprint")
	}
}
