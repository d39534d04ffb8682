package lab

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
)

// An older release lacks some features of the generated networks. Its programs reject such
// rows, or crash on them; a lenient plane omits them.

// runLenient runs a batch as one transaction. If that fails, it runs each of its parts
// alone, and omits those that fail.
func (p *ControlPlane) runLenient(ctx context.Context, b Batch, run func(Batch) error) error {
	err := run(b)
	if err == nil || !p.Lenient {
		return err
	}
	for _, part := range b.parts() {
		if err := run(part); err != nil && ctx.Err() != nil {
			return err
		}
	}
	return p.serverError()
}

// serverError returns the reason why a server has ended, or nil.
func (p *ControlPlane) serverError() error {
	if p.Died() == nil {
		return nil
	}
	return errors.Join(errors.New("a server has ended"), p.Died())
}

// rowName is the name of a row that a command of a batch makes.
var rowName = regexp.MustCompile(`@\w+`)

// parts returns the commands one by one, except that commands that refer to each other's
// rows are one part, at the position of the last.
func (b Batch) parts() []Batch {
	part := make([]int, len(b)) // of each command, the first one of its part
	maker := map[string]int{}
	for i, command := range b {
		part[i] = i
		for _, name := range rowName.FindAllString(strings.Join(command, " "), -1) {
			first, made := maker[name]
			if !made {
				maker[name] = i
				continue
			}
			from, to := part[i], part[first]
			for k := range i + 1 {
				if part[k] == from {
					part[k] = to
				}
			}
		}
	}
	whole := map[int]Batch{}
	last := map[int]int{}
	for i, first := range part {
		whole[first] = append(whole[first], b[i])
		last[first] = i
	}
	var out []Batch
	for i, first := range part {
		if last[first] == i {
			out = append(out, whole[first])
		}
	}
	return out
}

var unknownOption = regexp.MustCompile(`unrecognized option '(--[a-z-]*)`)

// supported returns the arguments of an ovn-trace without the options that a lenient plane's
// release lacks.
func (p *ControlPlane) supported(ctx context.Context, args []string) []string {
	for p.Lenient {
		a, err := p.Trace(ctx, args)
		m := unknownOption.FindStringSubmatch(a.Stderr)
		if err != nil || m == nil {
			break
		}
		args = slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return strings.HasPrefix(arg, m[1]) })
	}
	return args
}
