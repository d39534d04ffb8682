package lab

import (
	"context"
	"slices"
	"strings"
)

// maxShrinkSteps bounds the calls of the real tool that one shrinking makes.
const maxShrinkSteps = 120

// shrink takes options and terms out of a differing case for as long as it
// still differs, so that a person sees what matters.
func (d Differential) shrink(ctx context.Context, p *ControlPlane, database string, found Difference) Difference {
	steps := 0
	for smaller := true; smaller; {
		smaller = false
		for _, args := range smallerUUID(found.Case.Args) {
			if steps++; steps > maxShrinkSteps {
				return found
			}
			a, ok, err := p.Settled(ctx, args)
			if err != nil || !ok {
				continue // as good as it was
			}
			c := Case{Args: args, Stdout: a.Stdout, Exit: a.Exit}
			if text := Compare(c, d.Tracer(database, args)); text != "" {
				found.Case, found.Text = c, text
				smaller = true
				break
			}
		}
	}
	return found
}

// smallerUUID lists the arguments with one option, or one of the microflow's
// "&&" terms, left out, and with one view in place of all.
func smallerUUID(args []string) [][]string {
	var all [][]string
	last := len(args) - 1
	for i, a := range args[:last] {
		switch {
		case a == "--all":
			for _, view := range []string{"--minimal", "--summary", "--detailed"} {
				all = append(all, slices.Concat(args[:i], []string{view}, args[i+1:]))
			}
		case a == "--minimal" || a == "--summary" || a == "--detailed":
			if slices.ContainsFunc(slices.Delete(slices.Clone(args), i, i+1), isView) {
				all = append(all, slices.Concat(args[:i], args[i+1:]))
			}
		case a == "--ct" && i+1 < last:
			all = append(all, slices.Concat(args[:i], args[i+2:]))
		case strings.HasPrefix(a, "--") || i == last-1 && args[max(0, i-1)] != "--ct":
			all = append(all, slices.Concat(args[:i], args[i+1:]))
		}
	}
	terms := strings.Split(args[last], " && ")
	for i, term := range terms {
		if len(terms) > 1 && !strings.HasPrefix(term, "inport") {
			rest := strings.Join(slices.Concat(terms[:i], terms[i+1:]), " && ")
			all = append(all, slices.Concat(args[:last], []string{rest}))
		}
	}
	return all
}

func isView(a string) bool {
	return a == "--all" || a == "--minimal" || a == "--summary" || a == "--detailed"
}
