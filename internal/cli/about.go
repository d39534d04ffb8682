package cli

import (
	"os"
	"runtime/debug"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/page"
)

// about says where a page comes from.
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
