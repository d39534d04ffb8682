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

// RequireEnv is the environment variable that, set to 1, makes [Require] fail in place of
// skipping.
const RequireEnv = "OVNWALK_REQUIRE_OVN"

// tools are the programs that a Plane runs. Debian has them in ovn-central,
// ovn-common and openvswitch-common.
var tools = []string{
	"ovsdb-server", "ovsdb-tool", "ovsdb-client",
	"ovn-northd", "ovn-nbctl", "ovn-sbctl", "ovn-trace",
}

// Require skips the test if OVN is not installed, or fails it if OVNWALK_REQUIRE_OVN is 1.
func Require(t testing.TB) {
	t.Helper()
	RequireAll(t, Installed())
}

// RequireAll skips the test if err, which names what is not installed, is not nil, or fails
// it as [Require] does.
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

// Number returns the number in an environment variable that sets the size of a comparison,
// or a default if it is not set. If it is not a number, the test fails.
func Number(t testing.TB, name string, fallback int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		t.Fatalf("%s is %q, not a number", name, text)
	}
	return n
}

// Installed returns nil if every program and schema of a [ControlPlane] is installed, or an
// error that names what is missing.
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

// ToolPath finds a program in PATH, else among the system's servers, as a [ControlPlane] does.
// It returns the name alone if it finds none.
func ToolPath(program string) string { return cmp.Or(controlplane.Locate(program), program) }

// dataEnvs are the environment variables with the directory of OVN's schemas if it is not in a
// standard place; the second one is that of OVN's own programs. With PATH they select one
// of several releases.
var dataEnvs = []string{"OVN_SCHEMAS", "OVN_PKGDATADIR"}

// schemas returns the directory in these variables, "" for none.
func schemas() string { return cmp.Or(os.Getenv(dataEnvs[0]), os.Getenv(dataEnvs[1])) }

// Southbound returns the southbound database that northd generates for a network, with a control
// plane of its own.
func Southbound(t testing.TB, n *Network) []byte {
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
