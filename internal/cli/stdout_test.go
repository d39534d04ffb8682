package cli

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/cli/dropin"
)

// TestFullOutput writes to a device without space: no command exits as if it had printed its answer.
func TestFullOutput(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	flow := `inport == "vm1" && eth.src == 40:44:00:00:00:01 && eth.dst == 40:44:00:00:00:03`
	for _, line := range [][]string{
		{},
		{"help"},
		{"--help"},
		{"help", "trace"},
		{"trace", "--help"},
		{"completion"},
		{"completion", "bash"},
		{"parse"},
		{"version"},
		{"--version"},
		{"list", "--db", "demo"},
		{"show", "--db", "demo"},
		{"vet", "demo"},
		{"snapshot", "demo", "-o", "-"},
		{"trace", "--db", "demo", flow},
		{"trace", "--db", "demo", "--verdict", flow},
		{"trace", "--db", "demo", "--physical", flow},
		{"trace", "--db", "demo", "--why-not=vm2", flow},
		{"trace", "--db", "demo", "--format", "json", flow},
		{"trace", "--db", "demo", "--format", "html", flow},
		{"trace", "--db", "demo", "--format", "dot", flow},
		{"trace", "--db", "demo", "--batch", "testdata/full.batch"},
		{"diff", "demo", "demo", flow},
		{"record", "--db", "demo"},
		{"test", "../../testdata/suites/demo.ovnwalk.yaml"},
		{"parse", "match", "ip4"},
		{"parse", "match", "nonsense"},
		{"parse", "actions", "next;"},
		{"__complete", "trace", "--from", ""},
	} {
		t.Run(strings.Join(line, " "), func(t *testing.T) {
			var stderr strings.Builder
			exit := system(strings.NewReader(""), full, &stderr).Run(t.Context(), line)
			if exit != exitError || !strings.Contains(stderr.String(), "no space left on device") {
				t.Errorf("exit status %d, %s", exit, stderr.String())
			}
		})
	}
	name, err := link(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, arg := range []string{"--help", "--version", flow} {
		cmd := exec.Command(name, "--db=demo", arg)
		cmd.Stdout = full
		if err := cmd.Run(); err == nil || cmd.ProcessState.ExitCode() != dropin.ExitFailed {
			t.Errorf("ovn-trace %s: %v", arg, err)
		}
	}
}
