package cli

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ovnwalk/ovnwalk/internal/cli/dropin"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// update rewrites what the scripts compare with.
var update = flag.Bool("update", false, "rewrite the scripts in testdata/script and other goldens")

func TestMain(m *testing.M) {
	if dropin.IsName(os.Args[0]) { // by a link; not in PATH, where tests look for the real one
		os.Exit(Main(context.Background()))
	}
	testscript.Main(m, map[string]func(){
		"ovnwalk": func() { os.Exit(Main(context.Background())) },
	})
}

// link makes a link by whose name the test's program is ovn-trace.
func link(dir string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, dropin.Name)
	return name, os.Symlink(self, name)
}

// tgz is the command "tgz OUT NAME=FILE...": an archive of files, of which databases
// are unpacked first.
func tgz(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: tgz OUT NAME=FILE...")
	}
	var members []string
	for _, arg := range args[1:] {
		name, file, _ := strings.Cut(arg, "=")
		members = append(members, name, string(readDatabase(ts, file)))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(ovsdbtest.Gzipped(ovsdbtest.Tarred(members...))), 0o666))
}

// readDatabase reads a file, of which a compressed database is decompressed.
func readDatabase(ts *testscript.TestScript, file string) []byte {
	data, err := os.ReadFile(ts.MkAbs(file))
	ts.Check(err)
	if strings.HasSuffix(file, ".db.gz") {
		data, err = sbtest.Unpack(data)
		ts.Check(err)
	}
	return data
}

// rewrite writes a standalone database of which a text is replaced by another one.
func rewrite(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: rewrite OUT FILE OLD NEW")
	}
	out := sbtest.Rewrite(readDatabase(ts, args[1]), func(text string) string {
		return strings.ReplaceAll(text, args[2], args[3])
	})
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), out, 0o666))
}

// TestScript runs the command lines in testdata/script.  They find the tree's
// testdata in $TESTDATA, under the condition [corpus] the recorded corpus in
// $CORPUS, and a link that makes the program ovn-trace in $DROPIN.
func TestScript(t *testing.T) {
	data, err := filepath.Abs(filepath.Join("..", "..", "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	corpus := os.Getenv("OVNWALK_CORPUS")
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("TESTDATA", data)
			env.Setenv("CORPUS", corpus)
			name, err := link(env.WorkDir)
			env.Setenv("DROPIN", name)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"tgz": tgz, "rewrite": rewrite},
		Condition: func(cond string) (bool, error) {
			return cond == "corpus" && corpus != "" || cond == "race" && sbtest.HasRaceDetector(), nil
		},
	})
}
