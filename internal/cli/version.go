package cli

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/page"
)

// newVersionCmd returns the command version.
func newVersionCmd(sys *System) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print version and build information",
		Long: `Version prints the version of the program, the commit and compiler it was built
with, and the OVN releases whose databases it supports.`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			info, _ := debug.ReadBuildInfo()
			writeVersion(sys.Stdout, info)
			return nil
		},
	}
}

// version returns the module version in the build information.
func version(info *debug.BuildInfo) string {
	if info == nil || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// writeVersion writes the build information; info may be nil.
func writeVersion(w io.Writer, info *debug.BuildInfo) {
	fmt.Fprintln(w, "ovnwalk", version(info))
	if commit := commitOf(info); commit != "" {
		fmt.Fprintln(w, "commit:   "+commit)
	}
	fmt.Fprintf(w, "built by: %s for %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	fmt.Fprintf(w, "OVN:      %s to %s\n", dialect.Oldest.Series(), dialect.Newest)
}

// commitOf returns the commit of the build and its time.
func commitOf(info *debug.BuildInfo) string {
	if info == nil {
		return ""
	}
	var words []string
	for _, key := range []string{"vcs.revision", "vcs.time", "vcs.modified"} {
		for _, s := range info.Settings {
			switch {
			case s.Key != key:
			case key == "vcs.modified" && s.Value == "true":
				words = append(words, "with changes")
			case key != "vcs.modified":
				words = append(words, s.Value)
			}
		}
	}
	return strings.Join(words, " ")
}

// about returns the program version, command line and database for a page.
func (sys *System) about(db string) page.About {
	info, _ := debug.ReadBuildInfo()
	a := page.About{File: db, Program: "ovnwalk " + version(info)}
	if len(sys.args) > 0 {
		a.Command = "ovnwalk " + escape.Shell(sys.args)
	}
	path, _, _ := strings.Cut(db, "//") // a member of an archive
	if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
		a.Time = st.ModTime().UTC().Format("2006-01-02 15:04:05 UTC")
	}
	return a
}
