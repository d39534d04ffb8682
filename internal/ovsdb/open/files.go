package open

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/client"
)

// Files returns the files of a source: those of a list of tables, else the file or directory
// before //MEMBER. Servers and standard input have none.
func Files(source string) (files []string) {
	for _, p := range filesIn(source, source) {
		if info, err := os.Stat(p.path); err == nil && info.IsDir() {
			member, _, _ := strings.Cut(strings.TrimPrefix(p.after, "//"), "//")
			p.path = filepath.Join(p.path, member)
		}
		files = append(files, p.path)
	}
	return files
}

// MapFiles returns a source with each of its files replaced by the result of f.
func MapFiles(source string, f func(path string) string) string {
	parts := filesIn(source, f(source))
	if parts == nil {
		return source
	}
	var mapped []string
	for _, p := range parts {
		mapped = append(mapped, p.before+f(p.path)+p.after)
	}
	return strings.Join(mapped, ",")
}

// fileIn is a file in the text of a source.
type fileIn struct{ before, path, after string }

// filesIn returns the files in a source. It is one file if a file exists at the path.
func filesIn(source, at string) []fileIn {
	if source == "-" || client.IsRemote(source) {
		return nil
	}
	if _, err := os.Stat(at); err == nil {
		return []fileIn{{path: source}}
	}
	if tables := tableFiles(source); tables != nil {
		var files []fileIn
		for _, t := range tables {
			files = append(files, fileIn{before: t[0] + "=", path: t[1]})
		}
		return files
	}
	root, info := container(source)
	if info == nil {
		root = source
		if i := strings.Index(source, "//"); i > 0 {
			root = source[:i]
		}
	}
	return []fileIn{{path: root, after: source[len(root):]}}
}
