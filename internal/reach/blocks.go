package reach

import (
	"context"
	"encoding/binary"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/progress"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// PairBlock has the answers for destinations of one datapath.
type PairBlock struct {
	Remote []RemoteAnswers
	Local  []LocalAnswer // of each destination with sources on its datapath
}

// RemoteAnswers has the answers of every unit of Pairs.Sources that are the same for some
// destinations.
type RemoteAnswers struct {
	To      []int
	Answers [][]PairPart // by unit, nil of the unit on the destinations' datapath
}

// LocalAnswer has the answer of the sources on the datapath of a destination.
type LocalAnswer struct {
	To    int
	Parts []PairPart
}

// PairWorker computes the answers of one block of destinations after the other.
type PairWorker struct {
	*Pairs
	tails *tailWalk // nil if Prepare found nothing
	unit  int       // of walk
	walk  *pairWalk

	forLocals, forWalk *packetset.Manager
}

// Worker returns a worker for one goroutine. Prepare must have returned before.
func (x *Pairs) Worker() *PairWorker {
	w := &PairWorker{Pairs: x, forLocals: packetset.NewManager(0), forWalk: packetset.NewManager(0)}
	if x.halves != nil {
		w.tails = x.halves.newTailWalk()
	}
	return w
}

// Steps returns the number of steps of progress of a block of destinations.
func (x *Pairs) Steps(destinations int) int { return destinations * (1 + len(x.Sources)) }

// Block computes the answers for some destinations of one datapath.
func (w *PairWorker) Block(ctx context.Context, to []int) (b *PairBlock, err error) {
	defer packetset.Catch(&err)
	for _, i := range to {
		if w.tails != nil {
			if err := w.tails.destination(ctx, i); err != nil {
				return nil, err
			}
		}
		progress.Add(ctx, 1, 0)
	}
	b = &PairBlock{}
	for _, row := range w.rows(to) {
		b.Remote = append(b.Remote, RemoteAnswers{To: row, Answers: make([][]PairPart, len(w.Sources))})
	}
	d := w.Destinations[to[0]].Datapath
	for unit, ports := range w.Sources {
		if ports[0].Datapath == d {
			if b.Local, err = w.local(ctx, unit, to); err != nil {
				return nil, err
			}
			continue
		}
		for i := range b.Remote {
			row := &b.Remote[i]
			if row.Answers[unit], err = w.remote(ctx, unit, row.To[0]); err != nil {
				return nil, err
			}
			progress.Add(ctx, len(row.To), 0)
		}
	}
	return b, nil
}

// rows groups destinations that all units on other datapaths distinguish by their addresses
// only.
func (w *PairWorker) rows(to []int) (rows [][]int) {
	at := map[string]int{}
	for _, i := range to {
		if key, ok := w.rowOf(i); ok {
			if known, ok := at[key]; ok {
				rows[known] = append(rows[known], i)
				continue
			}
			at[key] = len(rows)
		}
		rows = append(rows, []int{i})
	}
	return rows
}

// rowOf returns a key that is equal for destinations with the same answers; ok is false if
// it is not known.
func (w *PairWorker) rowOf(to int) (key string, ok bool) {
	var b []byte
	for unit, ports := range w.Sources {
		if ports[0].Datapath == w.Destinations[to].Datapath {
			continue
		}
		group, kind := w.halves.alike(unit, to)
		if group == none || kind == none {
			return "", false
		}
		b = binary.AppendVarint(binary.AppendVarint(b, int64(group)), int64(kind))
	}
	return string(b), true
}

// remote returns the answer of a unit for a destination on another datapath.
func (w *PairWorker) remote(ctx context.Context, unit, to int) (parts []PairPart, err error) {
	key, isKey := w.halves.answerOf(unit, to)
	if isKey {
		if parts := w.halves.answer(key); parts != nil {
			return parts, nil
		}
	}
	parts, err = w.halves.settle(w.halves.signatures(unit, to), w.Sources[unit], w.Destinations[to], w.walkTo(ctx, unit, to))
	if err == nil && isKey {
		w.halves.keep(key, parts)
	}
	return parts, err
}

// local returns the answers of a unit for destinations on its datapath.
func (w *PairWorker) local(ctx context.Context, unit int, to []int) (out []LocalAnswer, err error) {
	here, err := w.halves.localsOf(ctx, w.forLocals, unit)
	if err != nil {
		return nil, err
	}
	for _, i := range to {
		signatures, err := here.signatures(ctx, i)
		if err != nil {
			return nil, err
		}
		parts, err := w.halves.settle(signatures, w.Sources[unit], w.Destinations[i], w.walkTo(ctx, unit, i))
		if err != nil {
			return nil, err
		}
		out = append(out, LocalAnswer{i, parts})
		progress.Add(ctx, 1, 0)
	}
	return out, nil
}

// walkTo returns a walk for the packets of some sources of a unit to a destination.
func (w *PairWorker) walkTo(ctx context.Context, unit, to int) func(ports []*lflow.Port) ([]*PairSets, error) {
	return func(ports []*lflow.Port) ([]*PairSets, error) {
		if w.walk == nil || w.unit != unit {
			w.walk, w.unit = w.newPairWalk(w.forWalk, w.Sources[unit]), unit
		}
		return w.walk.to(ctx, ports, w.Destinations[to])
	}
}

// answerKey identifies an answer of a unit.
type answerKey struct{ unit, group, kind int }

// answerOf returns the key of an answer for a destination on another datapath; ok is false
// if the answer is valid for this destination only.
func (l *halves) answerOf(unit, to int) (key answerKey, ok bool) {
	group, kind := l.alike(unit, to)
	return answerKey{unit, group, kind}, group != none && kind != none
}

// answer returns a stored answer, or nil.
func (l *halves) answer(key answerKey) []PairPart {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.answers[key]
}

func (l *halves) keep(key answerKey, parts []PairPart) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers[key] = parts
}
