package demo_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// readme are the arguments of the first command in the README.
var readme = []string{"--summary", "network1", `inport == "vm1" && eth.src == 40:44:00:00:00:01 && eth.dst == 40:44:00:00:00:03 && ` +
	`ip4.src == 192.168.0.11 && ip4.dst == 192.168.1.11 && ip.ttl == 64`}

func TestBytesIsADatabase(t *testing.T) {
	content := sbtest.Demo(t)
	if !bytes.HasPrefix(content, []byte("OVSDB JSON ")) {
		t.Errorf("the file starts with %.20q, not with an OVSDB record", content)
	}
	for _, name := range []string{"vm1", "vm2", "router1-net1", "worker1", "worker2", "central"} {
		if !strings.Contains(string(content), `"`+name+`"`) {
			t.Errorf("the database does not hold %s", name)
		}
	}
}

func TestBytesReturnsACopy(t *testing.T) {
	clear(demo.Bytes())
	if slices.Max(demo.Bytes()) == 0 {
		t.Error("a caller's change reached the embedded file")
	}
}

// TestReadme compares the first trace in the README with the real tool.
func TestReadme(t *testing.T) {
	lab.Require(t)
	content := sbtest.Demo(t)
	file := filepath.Join(t.TempDir(), "demo.db")
	sbtest.WriteFile(t, file, content)
	plane, err := lab.Serve(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := plane.Close(); err != nil {
			t.Error(err)
		}
	})
	answer, err := plane.Trace(t.Context(), readme)
	if err != nil {
		t.Fatal(err)
	}
	if answer.Exit != 0 || !strings.Contains(answer.Stdout, `output to "vm2"`) {
		t.Errorf("the real tool ends with %d and prints\n%s%s", answer.Exit, answer.Stdout, answer.Stderr)
	}
}
