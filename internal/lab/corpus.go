package lab

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// A Case is one call of ovn-trace with its output, one line of a corpus.
type Case struct {
	// Args are the arguments without --db.
	Args []string `json:"args"`
	// Stdout is the output of the release's own tool. A text that does not start with "#"
	// is a rejection.
	Stdout string `json:"stdout"`
	Exit   int    `json:"exit"`
}

// caseSuffixes are the suffixes of case files, databaseSuffixes those of the databases
// beside them.
var (
	caseSuffixes     = []string{".jsonl.gz", ".jsonl"}
	databaseSuffixes = []string{".db.gz", ".db"}
)

// A Recording is a database with the cases traced over it.
type Recording struct {
	// Name is the path without directory and suffix, such as "23.03/02-l2".
	Name            string
	Database, Cases string // files
}

// Recordings finds the pairs of a database and a case file below a directory, in the order of
// their names; fewer in tests for races.
func Recordings(folder string) ([]Recording, error) {
	var found []Recording
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		for _, suffix := range caseSuffixes {
			stem, ok := strings.CutSuffix(path, suffix)
			if !ok {
				continue
			}
			database, err := databaseFor(stem)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(folder, stem)
			if err != nil {
				return err
			}
			found = append(found, Recording{filepath.ToSlash(name), database, path})
			break
		}
		return nil
	})
	var databases []string
	for _, r := range found {
		databases = append(databases, r.Database)
	}
	databases = sbtest.Fewer(databases)
	return slices.DeleteFunc(found, func(r Recording) bool { return !slices.Contains(databases, r.Database) }), err
}

// databaseFor finds the database named stem with a suffix, or sb if the cases are named
// cases.
func databaseFor(stem string) (string, error) {
	folder, name := filepath.Split(stem)
	if name == "cases" {
		name = "sb"
	}
	for _, suffix := range databaseSuffixes {
		path := filepath.Join(folder, name+suffix)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no database beside the cases: %s%s", stem, databaseSuffixes[0])
}

// ReadCases reads a file of cases of any kind, JSON lines, plain or gzip'd.
func ReadCases[C any](path string) ([]C, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var from io.Reader = bufio.NewReader(file)
	if strings.HasSuffix(path, ".gz") {
		if from, err = gzip.NewReader(from); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	var cases []C
	decoder := json.NewDecoder(from)
	for {
		var c C
		switch err := decoder.Decode(&c); {
		case err == io.EOF:
			return cases, nil
		case err != nil:
			return nil, fmt.Errorf("%s: case %d: %w", path, len(cases)+1, err)
		}
		cases = append(cases, c)
	}
}

// WriteCases writes cases as JSON lines, gzip'd where the name says so.
func WriteCases[C any](path string, cases []C) error {
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	encoder.SetEscapeHTML(false)
	for _, c := range cases {
		if err := encoder.Encode(c); err != nil {
			return err
		}
	}
	return WriteFile(path, lines.Bytes())
}

// WriteFile writes a file, compressed if its name ends in .gz. The header of gzip has
// neither name nor time, so that the same content yields the same file.
func WriteFile(path string, content []byte) error {
	if !strings.HasSuffix(path, ".gz") {
		return os.WriteFile(path, content, 0o644)
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(content); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(path, packed.Bytes(), 0o644)
}
