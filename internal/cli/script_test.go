package cli

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// update rewrites what the scripts compare with.
var update = flag.Bool("update", false, "rewrite the scripts in testdata/script and other goldens")

func TestMain(m *testing.M) {
	if isDropin(os.Args[0]) { // by a link; not in PATH, where tests look for the real one
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
	name := filepath.Join(dir, dropinName)
	return name, os.Symlink(self, name)
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
		Condition: func(cond string) (bool, error) {
			return cond == "corpus" && corpus != "", nil
		},
	})
}
