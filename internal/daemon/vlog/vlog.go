// Package vlog writes messages in the form of all OVS tools' logs, under the
// control of the options that all of them have (ovs-vswitchd(8), "Logging
// Options"): levels by module and destination, patterns, a log file.
//
// There is no syslog: options about it are understood and have no effect.
package vlog

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Level is how much a message matters.  String returns its name as a log shows it.
type Level uint8

//go:generate go run golang.org/x/tools/cmd/stringer@v0.52.0 -linecomment -type Level

// The levels, from the one that lets nothing through.
const (
	Off  Level = iota // OFF
	Emer              // EMER
	Err               // ERR
	Warn              // WARN
	Info              // INFO
	Dbg               // DBG
)

// levelNames are the names of the levels in their order.
var levelNames = func() (names []string) {
	for l := range Dbg + 1 {
		names = append(names, l.String())
	}
	return names
}()

// Destination is where messages go.
type Destination uint8

// The destinations.
const (
	Syslog Destination = iota
	Console
	File
	destinations
)

var destinationNames = []string{"SYSLOG", "CONSOLE", "FILE"}

// patterns are the destinations' patterns unless options say otherwise.
var patterns = [destinations]string{
	"ovs|%05N|%c%T|%p|%m",
	"%D{%Y-%m-%dT%H:%M:%SZ}|%05N|%c%T|%p|%m",
	"%D{%Y-%m-%dT%H:%M:%S.###Z}|%05N|%c%T|%p|%m",
}

// Log takes messages to its destinations.  It may be used by several
// goroutines.
type Log struct {
	// Program is the program's name, for patterns and file names.
	Program string
	// Now returns the time, which messages show.
	Now func() time.Time
	// MaxFile takes the place of the constant of that name where it is above 0.
	MaxFile int64

	mu       sync.Mutex
	console  io.Writer
	file     *os.File
	fileName string
	path     string // of the file, whatever the working directory is
	size     int64  // of a regular file, or -1
	started  time.Time
	count    int
	levels   map[string]*[destinations]Level
	patterns [destinations]string
}

// New returns a log of modules that writes messages of level Info and above to a
// console.  Among the modules are reconnect and vlog.
func New(program string, console io.Writer, modules []string) *Log {
	l := &Log{Program: program, Now: time.Now, console: console, started: time.Now(), levels: map[string]*[destinations]Level{}, patterns: patterns}
	for _, m := range modules {
		l.levels[m] = &[destinations]Level{Info, Info, Info}
	}
	*l.levels["reconnect"] = [destinations]Level{Warn, Warn, Warn}
	return l
}

// Restrict leaves the log only those of its modules that are named.
func (l *Log) Restrict(modules []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.levels, func(m string, _ *[destinations]Level) bool { return !slices.Contains(modules, m) })
}

// Logf writes a message of a module, one of those that the OVS tools have.
func (l *Log) Logf(module string, level Level, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	may := l.levels[module]
	if may == nil {
		may = l.levels["vlog"] // a mistake of the caller's that must not lose a message
	}
	if level > slices.Max(may[:]) {
		return
	}
	l.count++
	m := message{log: l, module: module, level: level, text: strings.TrimRight(fmt.Sprintf(format, args...), "\n"), now: l.Now()}
	if level <= may[Console] && l.console != nil {
		fmt.Fprintln(l.console, m.format(l.patterns[Console]))
	}
	if level <= may[File] && l.file != nil {
		l.toFile(m.format(l.patterns[File]) + "\n")
	}
}

// Silence takes the console away, as a daemon does that has let go of its
// terminal.
func (l *Log) Silence() {
	l.apply("", Console, Off)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.console = nil
}

// ErrOpen means that a log file could not be opened, which the log has said.
var ErrOpen = errors.New("the log file cannot be opened")

// OpenFile makes a file the log's own, in addition to the console.
func (l *Log) OpenFile(name string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o660)
	if err != nil {
		l.Logf("vlog", Warn, "failed to open %s for logging: %s", name, Strerror(err))
		return ErrOpen
	}
	l.CloseFile()
	l.mu.Lock()
	l.setFile(f, name)
	l.mu.Unlock()
	l.Logf("vlog", Info, "opened log file %s", name)
	return nil
}

// setFile takes note of an open file.
func (l *Log) setFile(f *os.File, name string) {
	l.file, l.fileName, l.path, l.size = f, name, name, -1
	if abs, err := filepath.Abs(name); err == nil {
		l.path = abs
	}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		l.size = info.Size()
	}
}

// MaxFile is how many bytes a log file may have. A message that does not fit in
// moves the file to its name with OldSuffix, in the place of one that is there,
// and begins it anew, so that a daemon's log takes twice that.
const (
	MaxFile   = 64 << 20
	OldSuffix = ".1"
)

// toFile writes a line to the log file. Of a file that cannot be moved away
// nothing more is written until it is opened anew.
func (l *Log) toFile(line string) {
	most := cmp.Or(l.MaxFile, MaxFile)
	if over := int64(len(line)) - most; over > 0 {
		line = line[:most-1] + "\n"
	}
	if l.size >= 0 && l.size+int64(len(line)) > most {
		name := l.fileName
		err := os.Rename(l.path, l.path+OldSuffix)
		l.file.Close()
		l.file = nil
		if err != nil {
			return
		}
		f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o660)
		if err != nil {
			return
		}
		path := l.path
		l.setFile(f, name)
		l.path = path
	}
	n, _ := io.WriteString(l.file, line) // there is nowhere else to say that it fails
	if l.size >= 0 {
		l.size += int64(n)
	}
}

// CloseFile lets go of the log file, if there is one.
func (l *Log) CloseFile() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		l.file.Close()
		l.file = nil
	}
}

// Reopen opens the log file anew, as after it was rotated away.  It reports
// whether there is one.
func (l *Log) Reopen() (bool, error) {
	l.mu.Lock()
	name := l.fileName
	l.mu.Unlock()
	if name == "" {
		return false, nil
	}
	return true, l.OpenFile(name)
}

// Strerror returns the cause of an operating system's error in the words of the
// C library, which begin with a capital.
func Strerror(err error) string {
	text := err.Error()
	var errno syscall.Errno
	var path *fs.PathError
	switch {
	case errors.As(err, &errno):
		text = errno.Error()
	case errors.As(err, &path):
		text = path.Err.Error()
	}
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
