package lab

import (
	"context"
	"slices"
	"strings"
)

// maxShrinkSteps is the maximum number of calls of the real tool for one case.
const maxShrinkSteps = 120

// shrink removes options and terms from a differing case as long as it still differs, so
// that the cause is easier to see.
func (d Differential) shrink(ctx context.Context, p *ControlPlane, database string, found Difference) Difference {
	steps := 0
	for smaller := true; smaller; {
		smaller = false
		for _, args := range smallerArgs(found.Case.Args) {
			if steps++; steps > maxShrinkSteps {
				return found
			}
			a, ok, err := p.Settled(ctx, args)
			if err != nil || !ok {
				continue // it cannot be compared
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

// smallerArgs returns the arguments without one option, or without one of the microflow's
// "&&" terms, and with one view in place of all.
func smallerArgs(args []string) [][]string {
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
