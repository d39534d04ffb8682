package lab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// RequireEnv names the environment variable that, set to 1, turns the skip of
// [Require] into a failure.
const RequireEnv = "OVNWALK_REQUIRE_OVN"

// tools are the programs that a Plane runs. Debian has them in ovn-central,
// ovn-common and openvswitch-common.
var tools = []string{
	"ovsdb-server", "ovsdb-tool", "ovsdb-client",
	"ovn-northd", "ovn-nbctl", "ovn-sbctl", "ovn-trace",
}

// schemaFolders are where distributions put OVN's database schemas.
var schemaFolders = []string{"/usr/share/ovn", "/usr/local/share/ovn"}

// Require skips the test where OVN is not installed, or fails it when
// OVNWALK_REQUIRE_OVN=1 says that it must be.
func Require(t testing.TB) {
	t.Helper()
	RequireAll(t, Installed())
}

// RequireAll skips the test for an error that says what is not installed, or
// fails it as [Require] does.
func RequireAll(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case os.Getenv(RequireEnv) == "1":
		t.Fatalf("%s=1, but %v", RequireEnv, err)
	default:
		t.Skipf("skipped: %v", err)
	}
}

// Installed returns nil if every program and schema that a [ControlPlane] needs is on
// this machine, or an error that names what is missing.
func Installed() error {
	var missing []string
	for _, tool := range tools {
		if _, err := exec.LookPath(toolPath(tool)); err != nil {
			missing = append(missing, tool)
		}
	}
	for _, name := range []string{"ovn-nb.ovsschema", "ovn-sb.ovsschema"} {
		if _, err := schemaPath(name); err != nil {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("OVN is not installed (no %s)", strings.Join(missing, ", "))
	}
	return nil
}

// serverFolders are where distributions put servers; a user's PATH may lack
// them.
var serverFolders = []string{"/usr/sbin", "/usr/local/sbin"}

// ToolPath finds a program as a [ControlPlane] does.
func ToolPath(program string) string { return toolPath(program) }

// toolPath finds a program in PATH or, where it is not there, among the
// system's servers. It returns the bare name if it is nowhere.
func toolPath(program string) string {
	if _, err := exec.LookPath(program); err == nil {
		return program
	}
	for _, folder := range serverFolders {
		if path, err := exec.LookPath(filepath.Join(folder, program)); err == nil {
			return path
		}
	}
	return program
}

// dataEnvs name the folder of OVN's schemas where they are elsewhere, the first
// as for OVN's own programs. With PATH it chooses among several releases.
var dataEnvs = []string{"OVN_PKGDATADIR", "OVN_SCHEMAS"}

// schemaPath finds a schema file of OVN's.
func schemaPath(name string) (string, error) {
	folders := schemaFolders
	for _, name := range dataEnvs {
		if own := os.Getenv(name); own != "" {
			folders = []string{own}
		}
	}
	for _, folder := range folders {
		path := filepath.Join(folder, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no %s in %s", name, strings.Join(folders, " or "))
}
