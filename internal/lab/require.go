package lab

import (
	"cmp"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/controlplane"
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

// Number returns the number in an environment variable that sizes a comparison, or a
// default without it.  What is no number fails the test.
func Number(t testing.TB, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		t.Fatalf("%s is %q, not a number", name, text)
	}
	return n
}

// Installed returns nil if every program and schema that a [ControlPlane] needs is on
// this machine, or an error that names what is missing.
func Installed() error {
	var missing []string
	for _, tool := range tools {
		if controlplane.Locate(tool) == "" {
			missing = append(missing, tool)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("OVN is not installed (no %s)", strings.Join(missing, ", "))
	}
	_, err := Programs()
	return err
}

// Programs finds the programs and schemas of the installed release.
func Programs() (*controlplane.Programs, error) { return controlplane.Find("", schemas()) }

// ToolPath finds a program as a [ControlPlane] does.
func ToolPath(program string) string { return toolPath(program) }

// toolPath finds a program in PATH or, where it is not there, among the
// system's servers. It returns the bare name if it is nowhere.
func toolPath(program string) string { return cmp.Or(controlplane.Locate(program), program) }

// dataEnvs name the folder of OVN's schemas where they are elsewhere, the second
// as for OVN's own programs. With PATH it chooses among several releases.
var dataEnvs = []string{"OVN_SCHEMAS", "OVN_PKGDATADIR"}

// schemas is the folder that they name, "" for none.
func schemas() string { return cmp.Or(os.Getenv(dataEnvs[0]), os.Getenv(dataEnvs[1])) }

// Lay returns the southbound database that northd makes of a network, on a control plane
// of its own.
func Lay(t testing.TB, n *Network) []byte {
	t.Helper()
	p, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	p.Lenient = os.Getenv("OVNWALK_DIFF_LENIENT") != ""
	if err := p.Build(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	content, err := p.Backup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return content
}
