package wirelab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/lab"
)

// tools are the programs that a Lab runs besides those of a control plane.
// Debian has them in ovn-host and openvswitch-switch.
var tools = []string{"ovn-controller", "ovs-vswitchd", "ovs-vsctl", "ovs-ofctl"}

// schemaEnv is the environment variable with the schema file of Open vSwitch if it is not
// in a standard place. With PATH it selects one of several releases.
const schemaEnv = "OVS_SCHEMA"

// schemaFiles are the places of the schema in distributions.
var schemaFiles = []string{"/usr/share/openvswitch/vswitch.ovsschema", "/usr/local/share/openvswitch/vswitch.ovsschema"}

// Require skips the test if a program or schema of a Lab is not installed, or fails it as
// [lab.Require] does.
func Require(t testing.TB) {
	t.Helper()
	lab.Require(t)
	lab.RequireAll(t, installed())
}

func installed() error {
	var missing []error
	for _, tool := range tools {
		if _, err := exec.LookPath(lab.ToolPath(tool)); err != nil {
			missing = append(missing, fmt.Errorf("no %s", tool))
		}
	}
	_, err := schema()
	return errors.Join(append(missing, err)...)
}

// schema finds the schema of Open vSwitch's database.
func schema() (string, error) {
	files := schemaFiles
	if own := os.Getenv(schemaEnv); own != "" {
		files = []string{own}
	}
	for _, file := range files {
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
	}
	return "", fmt.Errorf("no %s; %s may name it", files[0], schemaEnv)
}
