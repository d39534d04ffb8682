package lab

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
)

// maxDraws is the number of microflows that are generated for each one that can be
// compared.
const maxDraws = 5

// A MicroflowSource returns the microflows of a network for a seed: [NewMicroflows] or
// [NewExpressions].
type MicroflowSource func(n *Network, v *View, seed uint64) *MicroflowGenerator

// Record traces count random microflows over the plane's network with the real tool, on all
// cores, and returns them in the order of generation. Those with a random answer are
// replaced by others.
func (p *ControlPlane) Record(ctx context.Context, n *Network, draw MicroflowSource, seed uint64, count int) ([]Case, error) {
	return p.record(ctx, n, draw, seed, count, func([]string) (bool, error) { return true, nil })
}

// RecordDecided is Record without cases that take one of two flows whose order the file
// does not determine. It is for cases that are stored.
func (p *ControlPlane) RecordDecided(ctx context.Context, n *Network, draw MicroflowSource, seed uint64, count int) ([]Case, error) {
	tied, err := p.ties(ctx)
	if err != nil {
		return nil, err
	}
	return p.record(ctx, n, draw, seed, count, func(args []string) (bool, error) {
		whole, err := p.Trace(ctx, append([]string{"--all"}, args...))
		return !tied.matches(whole.Stdout), err
	})
}

func (p *ControlPlane) record(ctx context.Context, n *Network, draw MicroflowSource, seed uint64, count int, keep func([]string) (bool, error)) ([]Case, error) {
	view, err := p.View(ctx)
	if err != nil {
		return nil, err
	}
	flows := draw(n, view, seed)
	var cases []Case
	for draws := 0; len(cases) < count; {
		if draws >= count*maxDraws {
			return cases, fmt.Errorf("network %s: of %d microflows only %d can be compared", n.Name, draws, len(cases))
		}
		batch := make([][]string, count-len(cases))
		for i := range batch {
			batch[i] = flows.Next()
		}
		draws += len(batch)
		answered, err := p.answer(ctx, batch, keep)
		if err != nil {
			return nil, err
		}
		cases = append(cases, answered...)
	}
	return cases, nil
}

// answer runs the real tool for each microflow and returns the settled cases.
func (p *ControlPlane) answer(ctx context.Context, batch [][]string, keep func([]string) (bool, error)) ([]Case, error) {
	answers := make([]*Case, len(batch))
	errs := make([]error, len(batch))
	var group sync.WaitGroup
	slots := make(chan struct{}, runtime.NumCPU())
	for i, args := range batch {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			args := p.supported(ctx, args)
			a, ok, err := p.Settled(ctx, args)
			if ok && err == nil {
				ok, err = keep(args)
			}
			if errs[i] = err; ok {
				answers[i] = &Case{Args: args, Stdout: a.Stdout, Exit: a.Exit}
			}
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	var cases []Case
	for _, a := range answers {
		if a != nil {
			cases = append(cases, *a)
		}
	}
	return cases, nil
}
