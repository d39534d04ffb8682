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
	program := func() { os.Exit(Main(context.Background())) }
	testscript.Main(m, map[string]func(){"ovnwalk": program, dropinName: program})
}

// TestScript runs the command lines in testdata/script.  They find the tree's
// testdata in $TESTDATA and, under the condition [corpus], the recorded corpus in
// $CORPUS.
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
			return nil
		},
		Condition: func(cond string) (bool, error) {
			return cond == "corpus" && corpus != "", nil
		},
	})
}
