package vlog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Levels returns the levels by module and destination in the format of vlog/list.
func (l *Log) Levels() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	b.WriteString("                 console    syslog    file\n                 -------    ------    ------\n")
	for _, m := range slices.Sorted(maps.Keys(l.levels)) {
		v := l.levels[m]
		fmt.Fprintf(&b, "%-16s  %4s       %4s       %4s\n", m, v[Console], v[Syslog], v[File])
	}
	return b.String()
}

// Patterns returns the pattern of each destination in the format of vlog/list-pattern. The
// prefix of syslog's pattern is that of syslog(3).
func (l *Log) Patterns() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	b.WriteString("         prefix                            format\n         ------                            ------\n")
	for d, pattern := range l.patterns {
		prefix := "none"
		if Destination(d) == Syslog {
			prefix = "<%B> %D{%h %e %T} %E %A:"
		}
		fmt.Fprintf(&b, "%-7s  %-32s  %s\n", destinationNames[d], prefix, pattern)
	}
	return b.String()
}
