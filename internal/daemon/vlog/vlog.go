// Package vlog writes messages in the log format of the OVS tools, controlled by their
// common options (ovs-vswitchd(8), "Logging Options"): levels by module and destination,
// patterns, and a log file.
//
// There is no syslog: its options are accepted and have no effect.
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

// Level is the severity of a message. String returns its name in logs.
type Level uint8

//go:generate go run golang.org/x/tools/cmd/stringer@v0.52.0 -linecomment -type Level

// The levels. Off disables all messages.
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

// Destination is an output of messages.
type Destination uint8

// The destinations.
const (
	Syslog Destination = iota
	Console
	File
	destinations
)

var destinationNames = []string{"SYSLOG", "CONSOLE", "FILE"}

// patterns are the default patterns of the destinations.
var patterns = [destinations]string{
	"ovs|%05N|%c%T|%p|%m",
	"%D{%Y-%m-%dT%H:%M:%SZ}|%05N|%c%T|%p|%m",
	"%D{%Y-%m-%dT%H:%M:%S.###Z}|%05N|%c%T|%p|%m",
}

// Log writes messages to its destinations. It may be used by several goroutines.
type Log struct {
	// Program is the program's name, for patterns and file names.
	Program string
	// Now returns the time for messages.
	Now func() time.Time
	// MaxFile overrides the constant of that name if it is above 0.
	MaxFile int64

	mu       sync.Mutex
	console  io.Writer
	file     *os.File
	fileName string
	path     string // absolute path of the file
	size     int64  // of a regular file, or -1
	started  time.Time
	count    int
	levels   map[string]*[destinations]Level
	patterns [destinations]string
}

// New returns a log with modules that writes messages of level Info and above to a
// console. It adds the modules reconnect and vlog.
func New(program string, console io.Writer, modules []string) *Log {
	l := &Log{Program: program, Now: time.Now, console: console, started: time.Now(), levels: map[string]*[destinations]Level{}, patterns: patterns}
	for _, m := range modules {
		l.levels[m] = &[destinations]Level{Info, Info, Info}
	}
	*l.levels["reconnect"] = [destinations]Level{Warn, Warn, Warn}
	return l
}

// Restrict removes all modules but the named ones.
func (l *Log) Restrict(modules []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.levels, func(m string, _ *[destinations]Level) bool { return !slices.Contains(modules, m) })
}

// Logf writes a message of a module of the OVS tools.
func (l *Log) Logf(module string, level Level, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	may := l.levels[module]
	if may == nil {
		may = l.levels["vlog"] // an unknown module is an error of the caller: its messages are written all the same
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

// Silence disables the console, for a daemon that has detached from its terminal.
func (l *Log) Silence() {
	l.apply("", Console, Off)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.console = nil
}

// ErrOpen means that a log file could not be opened. The log has a message about it.
var ErrOpen = errors.New("the log file cannot be opened")

// OpenFile adds a log file to the destinations.
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

// setFile records an open file.
func (l *Log) setFile(f *os.File, name string) {
	l.file, l.fileName, l.path, l.size = f, name, name, -1
	if abs, err := filepath.Abs(name); err == nil {
		l.path = abs
	}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		l.size = info.Size()
	}
}

// MaxFile is the maximum size of a log file in bytes. A message that would exceed it renames
// the file to its name with OldSuffix, replacing an older one, and starts a new file, so
// that the logs of a daemon take at most twice that.
const (
	MaxFile   = 64 << 20
	OldSuffix = ".1"
)

// toFile writes a line to the log file. If the file cannot be renamed, nothing is written
// until it is reopened.
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
	n, _ := io.WriteString(l.file, line) // an error could not be logged anywhere
	if l.size >= 0 {
		l.size += int64(n)
	}
}

// CloseFile closes the log file, if there is one.
func (l *Log) CloseFile() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		l.file.Close()
		l.file = nil
	}
}

// Reopen reopens the log file, for example after it was rotated. It reports whether there
// is one.
func (l *Log) Reopen() (bool, error) {
	l.mu.Lock()
	name := l.fileName
	l.mu.Unlock()
	if name == "" {
		return false, nil
	}
	return true, l.OpenFile(name)
}

// Strerror returns the text of an operating system's error as in the C library, with a
// capital at its beginning.
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
