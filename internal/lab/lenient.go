package lab

import (
	"context"
	"errors"
	"strings"
)

// An older release lacks some of what the generator's networks are made of. Its
// tools refuse such rows, or crash on them; a lenient plane does without.

// leniently runs a batch as one transaction or, where that fails, each of its
// parts alone, of which it leaves out those that fail.
func (p *Plane) leniently(ctx context.Context, b Batch, run func(Batch) error) error {
	err := run(b)
	if err == nil || !p.Lenient || len(b) < 2 {
		return err
	}
	for _, part := range b.parts() {
		if err := run(part); err != nil && ctx.Err() != nil {
			return err
		}
	}
	return p.trouble()
}

// trouble is why a server has ended, or nil.
func (p *Plane) trouble() error {
	if p.alive.Err() == nil {
		return nil
	}
	return errors.Join(errors.New("a server has ended"), context.Cause(p.alive))
}

// parts returns the commands one by one, save that those stay together of which
// one refers to a row that another one made.
func (b Batch) parts() (out []Batch) {
	for i := 0; i < len(b); {
		end := i
		for k := i; k <= end; k++ {
			for _, word := range b[k] {
				name, ok := strings.CutPrefix(word, "--id=")
				if !ok {
					continue
				}
				for l := len(b) - 1; l > end; l-- {
					if strings.Contains(strings.Join(b[l], " "), name) {
						end = l
					}
				}
			}
		}
		out = append(out, b[i:end+1])
		i = end + 1
	}
	return out
}
