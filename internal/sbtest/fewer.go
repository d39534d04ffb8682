package sbtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"testing"
)

// HasRaceDetector reports whether the program is built with the race detector.
func HasRaceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// ForRaces reports whether the tests are short ones with the race detector. It finds goroutines that share data, of which any
// network has all: what a network proves is for the tests without it.
func ForRaces() bool { return testing.Short() && HasRaceDetector() }

// Fewer returns the files or directories that a test reads: all, or if it is for races the smallest of each directory.
func Fewer(paths []string) []string {
	if !ForRaces() {
		return paths
	}
	smallest, sizes := map[string]string{}, map[string]int64{}
	for _, path := range paths {
		size := int64(0) // of one that cannot be read too: the test says so
		_ = filepath.WalkDir(path, func(_ string, file fs.DirEntry, err error) error {
			if err != nil || file.IsDir() {
				return err
			}
			info, err := file.Info()
			if err == nil {
				size += info.Size()
			}
			return err
		})
		if kind := filepath.Dir(path); smallest[kind] == "" || size < sizes[kind] {
			smallest[kind], sizes[kind] = path, size
		}
	}
	return slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return smallest[filepath.Dir(path)] != path })
}

// LeftOut reports whether a test leaves out the i-th of its networks. A short one takes one of n, and one for races the first.
func LeftOut(i, n int) bool {
	if ForRaces() {
		return i > 0
	}
	return testing.Short() && i%n != 0
}

// LeftOutOfSample reports whether a test leaves out the i-th of many networks of which each takes seconds: as LeftOut, and a long one
// takes every fourth of more than 20, unless the environment variable env is set, which the comparisons of every night do.
func LeftOutOfSample(i, all int, env string) bool {
	return LeftOut(i, 8) || !testing.Short() && all > 20 && os.Getenv(env) == "" && i%4 != 0
}
