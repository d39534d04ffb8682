package suite

import (
	"fmt"
	"io/fs"
	"os"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
)

// checkFiles refuses what a suite names as its database and is neither a file nor
// a folder: a pipe or a device may keep whoever opens it waiting, and can be read
// once, where a suite reads its database for each chassis. What is not there is
// left to who opens it.
func checkFiles(db string) error {
	if db == demo.Name {
		return nil
	}
	for _, path := range open.Files(db) {
		info, err := os.Stat(path)
		if err != nil || info.IsDir() || info.Mode().IsRegular() {
			continue
		}
		return fmt.Errorf("%s: a suite's database is a file, a folder or a server, and this is %s; save it as a file first, or give it with --db", path, specialName(info.Mode()))
	}
	return nil
}

// specialName says what a file is that is no regular one.
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
