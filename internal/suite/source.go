package suite

import (
	"fmt"
	"io/fs"
	"os"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
)

// checkFiles returns an error if the database of a suite is neither a file nor a directory: opening a
// pipe or a device may block, and it can be read only once, but a suite reads its database for each
// chassis. Files that do not exist are reported when they are opened.
func checkFiles(db string) error {
	if db == demo.Name {
		return nil
	}
	for _, path := range open.Files(db) {
		info, err := os.Stat(path)
		if err != nil || info.IsDir() || info.Mode().IsRegular() {
			continue
		}
		return fmt.Errorf("%s: a suite's database is a file, a directory or a server, and this is %s; save it as a file first, or give it with --db", path, specialName(info.Mode()))
	}
	return nil
}

// specialName returns the name of the type of a file that is not regular.
func specialName(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket (a server is unix:PATH)"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "none of these"
}
