package suite

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// checkFiles refuses what a suite names as its database and is neither a file nor
// a folder: a pipe or a device may keep whoever opens it waiting, and can be read
// once, where a suite reads its database for each chassis. What is not there is
// left to who opens it.
func checkFiles(db string) error {
	if db == "demo" || db == "-" || isServer(db) {
		return nil
	}
	for _, path := range filesOf(db) {
		info, err := os.Stat(path)
		if err != nil || info.IsDir() || info.Mode().IsRegular() {
			continue
		}
		return fmt.Errorf("%s: a suite's database is a file, a folder or a server, and this is %s; save it as a file first, or give it with --db", path, specialName(info.Mode()))
	}
	return nil
}

// filesOf returns the files that a source is made of: one, or those of a list of
// tables.
func filesOf(db string) (paths []string) {
	if _, err := os.Stat(db); err == nil || !strings.Contains(db, "=") {
		base, _, _ := strings.Cut(db, "//")
		return []string{db, base}
	}
	for part := range strings.SplitSeq(db, ",") {
		_, path, _ := strings.Cut(part, "=")
		paths = append(paths, path)
	}
	return paths
}

// isServer reports whether a source names servers.
func isServer(db string) bool {
	for _, scheme := range []string{"unix:", "tcp:", "ssl:"} {
		if strings.HasPrefix(db, scheme) {
			return true
		}
	}
	return false
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
