package wirelab

import "slices"

const (
	// confirmations is how often a connection must have the same frames, which are not
	// predicted, to differ.
	confirmations = 3
	// attempts is how often a connection is made in all until then.
	attempts = 7
)

// confirm repeats a connection that is not predicted. It returns the one that differs: one that
// came several times with the same frames while none came that is predicted. It returns nil if
// there is none, as where hosts answer in another order each time, or where frames of
// a slow chassis or of an announcement come in between.
func confirm(made Case, predict func(Case) string, record func() (Case, error)) (*Case, error) {
	seen := []Case{made}
	for range attempts - 1 {
		again, err := record()
		if err != nil {
			return nil, err
		}
		if predict(again) == "" {
			return nil, nil
		}
		seen = append(seen, again)
		same := 0
		for _, c := range seen {
			if c.repeats(again) {
				same++
			}
		}
		if same == confirmations {
			return &again, nil
		}
	}
	return nil, nil
}

// repeats reports whether two cases have the same frames.
func (c Case) repeats(d Case) bool {
	return slices.EqualFunc(c.Steps, d.Steps, func(s, t Step) bool {
		return s.In == t.In && s.Frame == t.Frame && slices.EqualFunc(s.Out, t.Out, func(f, g Frame) bool {
			return f.Place == g.Place && f.Frame == g.Frame
		})
	})
}
