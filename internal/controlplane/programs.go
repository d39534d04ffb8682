package controlplane

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Programs are the programs and schemas of one release.
type Programs struct {
	Northd, Nbctl, Sbctl string // OVN's
	Server, Tool         string // Open vSwitch's ovsdb-server and ovsdb-tool
	NBSchema, SBSchema   string
}

// install is the advice in errors about missing programs.
const install = "install OVN's central part (Debian and Ubuntu: ovn-central; Fedora and RHEL: ovn-central and openvswitch), or name the directory of a release's programs with --ovn-bin"

// serverDirs are the directories of servers in distributions, which may not be in PATH.
var serverDirs = []string{"/usr/sbin", "/usr/local/sbin", "/sbin"}

// schemaDirs are the directories of OVN's database schemas in distributions.
var schemaDirs = []string{"/usr/share/ovn", "/usr/local/share/ovn"}

// Find finds the programs: those in PATH if dir is empty, otherwise those of a release with dir as
// its prefix, bin directory or built source tree.  The programs of Open vSwitch are taken from
// PATH if dir has none.  schemas is the directory of the schemas; if it is empty, they are
// searched beside ovn-northd.
func Find(dir, schemas string) (*Programs, error) {
	folders := systemDirs()
	if dir != "" {
		info, err := os.Stat(dir)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			return nil, fmt.Errorf("%s: not a directory", dir)
		}
		if dir, err = filepath.Abs(dir); err != nil {
			return nil, err
		}
		folders = nil
		for _, below := range []string{".", "bin", "sbin", "usr/bin", "usr/sbin", "northd", "utilities", "../sbin", "ovs/ovsdb"} {
			folders = append(folders, filepath.Join(dir, below))
		}
	}
	p := &Programs{}
	var missing []string
	for _, x := range []struct {
		name string
		path *string
		ovs  bool // whether the one in PATH may be used with another release
	}{
		{"ovn-northd", &p.Northd, false},
		{"ovn-nbctl", &p.Nbctl, false},
		{"ovn-sbctl", &p.Sbctl, false},
		{"ovsdb-server", &p.Server, true},
		{"ovsdb-tool", &p.Tool, true},
	} {
		*x.path = program(x.name, folders)
		if *x.path == "" && x.ovs {
			*x.path = Locate(x.name)
		}
		if *x.path == "" {
			missing = append(missing, x.name)
		}
	}
	if len(missing) > 0 {
		where := "PATH"
		if dir != "" {
			where = dir
		}
		return nil, fmt.Errorf("%s: not found in %s; %s", strings.Join(missing, ", "), where, install)
	}
	for _, x := range []struct {
		name string
		path *string
	}{{"ovn-nb.ovsschema", &p.NBSchema}, {"ovn-sb.ovsschema", &p.SBSchema}} {
		var err error
		if *x.path, err = p.schema(x.name, schemas); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// systemDirs returns the directories with programs of the system.
func systemDirs() []string { return append(filepath.SplitList(os.Getenv("PATH")), serverDirs...) }

// Locate returns the path of a program in PATH or in the directories of servers, or "".
func Locate(name string) string { return program(name, systemDirs()) }

// program returns the path of a program in the first of the directories that has it, or "".
func program(name string, folders []string) string {
	for _, folder := range folders {
		path, err := filepath.Abs(filepath.Join(cmp.Or(folder, "."), name))
		if err != nil {
			continue
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

// schema finds a schema file: in the given directory, or else beside an installed or built
// ovn-northd, or in the directories of distributions.
func (p *Programs) schema(name, given string) (string, error) {
	folders := []string{given}
	if given == "" {
		at := filepath.Dir(p.Northd)
		folders = []string{at, filepath.Join(at, "../share/ovn"), filepath.Dir(at)}
		for _, system := range append(serverDirs, "/usr/bin", "/usr/local/bin", "/bin") {
			if at == system {
				folders = append(folders, schemaDirs...)
				break
			}
		}
	}
	for _, folder := range folders {
		path := filepath.Join(folder, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no %s for %s in %s; %s", name, p.Northd, strings.Join(folders, " or "), install)
}

// Release returns the version that ovn-northd reports, such as "23.03.1".
func (p *Programs) Release(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, p.Northd, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("%s --version: %w", p.Northd, cmp.Or(context.Cause(ctx), err))
	}
	first, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimPrefix(first, "ovn-northd "), nil
}
