package dropin

import (
	"fmt"
	"slices"
	"strings"
)

// argumentMode is whether an option has an argument.
type argumentMode uint8

const (
	noArgument argumentMode = iota
	needsArgument
	mayHaveArgument // only as --option=ARGUMENT or -oARGUMENT
)

// longOption is an option with a long name and optionally a letter.
type longOption struct {
	name   string
	letter byte // 0 for none
	takes  argumentMode
}

// getopt parses a command line as getopt_long(3) of GNU does: long options may be
// abbreviated to unique prefixes, options may follow operands, and "--" ends the options.
// With POSIXLY_CORRECT, the first operand ends the options.
type getopt struct {
	prog    string // for messages
	options []longOption
	posix   bool
}

// usageError is an error in an option, with the message of getopt(3).
type usageError struct{ prog, text string }

// Error returns the program name and the message.
func (e *usageError) Error() string { return e.prog + ": " + e.text }

// read calls set for each option in turn, up to the first error, and returns the operands.
func (g *getopt) read(args []string, set func(name, value string, given bool) error) (operands []string, err error) {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--":
			return append(operands, args...), nil
		case strings.HasPrefix(arg, "--"):
			args, err = g.long(arg[2:], args, set)
		case len(arg) > 1 && arg[0] == '-':
			args, err = g.short(arg[1:], args, set)
		case g.posix:
			return append(append(operands, arg), args...), nil
		default:
			operands = append(operands, arg)
		}
		if err != nil {
			return nil, err
		}
	}
	return operands, nil
}

func (g *getopt) fail(format string, args ...any) error {
	return &usageError{g.prog, fmt.Sprintf(format, args...)}
}

// long reads a long option; its argument may be the first of rest.
func (g *getopt) long(text string, rest []string, set func(string, string, bool) error) ([]string, error) {
	name, value, given := strings.Cut(text, "=")
	o, err := g.find(name, text)
	if err != nil {
		return nil, err
	}
	switch {
	case given && o.takes == noArgument:
		return nil, g.fail("option '--%s' doesn't allow an argument", o.name)
	case !given && o.takes == needsArgument && len(rest) == 0:
		return nil, g.fail("option '--%s' requires an argument", o.name)
	case !given && o.takes == needsArgument:
		value, given, rest = rest[0], true, rest[1:]
	}
	return rest, set(o.name, value, given)
}

// find returns the option with a name, or the only one with that prefix.
func (g *getopt) find(name, text string) (longOption, error) {
	var found []longOption
	for _, o := range g.options {
		if o.name == name {
			return o, nil
		}
		if strings.HasPrefix(o.name, name) {
			found = append(found, o)
		}
	}
	switch len(found) {
	case 0:
		return longOption{}, g.fail("unrecognized option '--%s'", text)
	case 1:
		return found[0], nil
	}
	var b strings.Builder
	for _, o := range found {
		fmt.Fprintf(&b, " '--%s'", o.name)
	}
	return longOption{}, g.fail("option '--%s' is ambiguous; possibilities:%s", text, b.String())
}

// short reads a cluster of option letters; the text after a letter that takes an argument is
// the argument.
func (g *getopt) short(letters string, rest []string, set func(string, string, bool) error) ([]string, error) {
	for i := range len(letters) {
		at := slices.IndexFunc(g.options, func(o longOption) bool { return o.letter == letters[i] })
		if at < 0 {
			return nil, g.fail("invalid option -- '%s'", letters[i:i+1])
		}
		o := g.options[at]
		if o.takes == noArgument {
			if err := set(o.name, "", false); err != nil {
				return nil, err
			}
			continue
		}
		value := letters[i+1:]
		switch {
		case value != "":
			return rest, set(o.name, value, true)
		case o.takes == mayHaveArgument:
			return rest, set(o.name, "", false)
		case len(rest) == 0:
			return nil, g.fail("option requires an argument -- '%s'", letters[i:i+1])
		}
		return rest[1:], set(o.name, rest[0], true)
	}
	return rest, nil
}
