package vlog

import (
	"fmt"
	"slices"
	"strings"
)

// Set changes levels, a pattern or the facility by the SPEC of --verbose=SPEC. Errors have
// the text of the OVS tools.
func (l *Log) Set(spec string) error {
	first, rest := word(spec)
	switch strings.ToUpper(first) {
	case "PATTERN":
		return l.setPattern(rest)
	case "FACILITY":
		if !slices.Contains(facilities, strings.ToLower(rest)) {
			return fmt.Errorf("invalid facility")
		}
		return nil
	}
	return l.setLevels(spec)
}

// SetAll enables all messages, as --verbose without SPEC does.
func (l *Log) SetAll() { l.apply("", destinations, Dbg) }

// setPattern parses "DESTINATION:PATTERN".
func (l *Log) setPattern(spec string) error {
	name, pattern := word(spec)
	if name == "" {
		return fmt.Errorf("missing destination")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if strings.EqualFold(name, "ANY") {
		for d := range l.patterns {
			l.patterns[d] = pattern
		}
		return nil
	}
	d := index(destinationNames, name)
	if d < 0 {
		return fmt.Errorf("unknown destination %q", name)
	}
	l.patterns[d] = pattern
	return nil
}

// setLevels parses a destination, a level and a module in any order, each at most once.
func (l *Log) setLevels(spec string) error {
	dest, level, module := destinations, Level(0), ""
	hasLevel := false
	for w, rest := word(spec); w != ""; w, rest = word(rest) {
		d, v, m := index(destinationNames, w), index(levelNames, w), strings.ToLower(w)
		switch {
		case strings.EqualFold(w, "ANY"):
		case d >= 0 && dest != destinations:
			return fmt.Errorf("cannot specify multiple destinations")
		case d >= 0:
			dest = Destination(d)
		case v >= 0 && hasLevel:
			return fmt.Errorf("cannot specify multiple levels")
		case v >= 0:
			level, hasLevel = Level(v), true
		case !l.has(m):
			return fmt.Errorf("no destination, level, or module %q", w)
		case module != "":
			return fmt.Errorf("cannot specify multiple modules")
		default:
			module = m
		}
	}
	if !hasLevel {
		level = Dbg
	}
	l.apply(module, dest, level)
	return nil
}

// has reports whether the log has a module.
func (l *Log) has(module string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.levels[module] != nil
}

// apply sets a level. An empty module stands for all modules, and destinations for all
// destinations.
func (l *Log) apply(module string, dest Destination, level Level) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for m, levels := range l.levels {
		if module != "" && m != module {
			continue
		}
		for d := range levels {
			if dest == destinations || Destination(d) == dest {
				levels[d] = level
			}
		}
	}
}

// word splits the first word off a specification, in which blanks, commas and colons
// separate words.
func word(s string) (first, rest string) {
	const between = " ,:\t"
	s = strings.TrimLeft(s, between)
	i := strings.IndexAny(s, between)
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+1:]
}

// index returns the index of a name, ignoring case.
func index(names []string, name string) int {
	return slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// facilities are those of syslog(3).
var facilities = strings.Fields(`
	kern user mail daemon auth syslog lpr news uucp clock ftp ntp audit alert
	clock2 local0 local1 local2 local3 local4 local5 local6 local7`)
