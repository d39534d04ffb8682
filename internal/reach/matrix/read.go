package matrix

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/ovnwalk/ovnwalk/internal/reach"
)

// maxRecord is the maximum length of a record.
const maxRecord = 256 << 20

// Errors of a file that is read.
var (
	ErrNoPart     = errors.New("not a part of a matrix, as 'ovnwalk reach --matrix --shard K/N' writes it")
	ErrIncomplete = errors.New("the file is incomplete: the run that wrote it was interrupted; continue it with --resume")
)

// ReadPart reads a part. If it ends early, ReadPart returns the part so far and
// ErrIncomplete.
func ReadPart(in io.Reader) (*Part, error) {
	scan := bufio.NewScanner(in)
	scan.Buffer(make([]byte, 64<<10), maxRecord)
	scan.Split(wholeLines)
	var p *Part
	for line := 1; scan.Scan(); line++ {
		if p == nil {
			var h Header
			if json.Unmarshal(scan.Bytes(), &h, json.RejectUnknownMembers(true)) != nil || h.Type != typePart {
				return nil, ErrNoPart
			}
			if h.Version != FormatVersion {
				return nil, fmt.Errorf("it has version %d of the format, and this program reads version %d: repeat the run with this program", h.Version, FormatVersion)
			}
			if err := h.check(); err != nil {
				return nil, fmt.Errorf("line 1: %w", err)
			}
			p = newPart(h)
			continue
		}
		if p.whole {
			return nil, fmt.Errorf("line %d: a record after the end", line)
		}
		if err := p.read(scan.Bytes()); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
	switch err := scan.Err(); {
	case p == nil && err == nil:
		return nil, ErrNoPart
	case errors.Is(err, io.ErrUnexpectedEOF), err == nil && !p.whole:
		return p, ErrIncomplete
	case err != nil:
		return nil, err
	}
	return p, nil
}

// wholeLines splits lines, without a last one that has no end.
func wholeLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF {
		return len(data), nil, nil
	}
	return 0, nil, nil
}

func (p *Part) read(line []byte) error {
	var kind struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(line, &kind); err != nil {
		return fmt.Errorf("no record: %w", err)
	}
	switch kind.Type {
	case typeSets:
		var r setsRecord
		if err := json.Unmarshal(line, &r, json.RejectUnknownMembers(true)); err != nil {
			return err
		}
		p.sets[r.ID] = &reach.PairSets{ID: r.ID, Lines: r.Lines}
	case typeAnswer:
		var r answerRecord
		if err := json.Unmarshal(line, &r, json.RejectUnknownMembers(true)); err != nil {
			return err
		}
		if r.Answer != len(p.answers) {
			return fmt.Errorf("answer %d in place of answer %d", r.Answer, len(p.answers))
		}
		if err := p.checkAnswer(r.Answer, r.Parts); err != nil {
			return err
		}
		if p.answer(r.Parts) != r.Answer {
			return fmt.Errorf("answer %d is there twice", r.Answer)
		}
	case typeBlock:
		b := &blockRecord{}
		if err := json.Unmarshal(line, b, json.RejectUnknownMembers(true)); err != nil {
			return err
		}
		if err := p.check(b); err != nil {
			return err
		}
		p.blocks[b.Block] = b
	case typeEnd:
		var r endRecord
		if err := json.Unmarshal(line, &r, json.RejectUnknownMembers(true)); err != nil {
			return err
		}
		if r.Blocks != len(p.blocks) {
			return fmt.Errorf("the part has %d blocks, and its end record has %d", len(p.blocks), r.Blocks)
		}
		p.whole = true
	default:
		return fmt.Errorf("no record of a part: type %q", kind.Type)
	}
	return nil
}

// check checks the numbers of a header.
func (h *Header) check() error { return h.Shard.check() }

// check checks the numbers of a block, and that every source has sets for each destination.
func (p *Part) check(b *blockRecord) error {
	if b.Block < 0 || b.Block >= len(p.Header.Destinations) {
		return fmt.Errorf("there is no block %d", b.Block)
	}
	here := p.Header.Destinations[b.Block].Datapath
	first := 0
	for _, d := range p.Header.Destinations[:b.Block] {
		first += len(d.Ports)
	}
	remotes, locals := make([]int, len(p.Header.Destinations[b.Block].Ports)), make([]int, len(p.Header.Destinations[b.Block].Ports))
	answered := func(list []int, to int) error {
		if to < first || to-first >= len(list) {
			return fmt.Errorf("block %d has an answer for destination %d, which is not there", b.Block, to)
		}
		list[to-first]++
		return nil
	}
	for i := range b.Remote {
		e := &b.Remote[i]
		for _, to := range e.To {
			if err := answered(remotes, to); err != nil {
				return err
			}
		}
		if len(e.Answers) != len(p.Header.Sources) {
			return fmt.Errorf("block %d has answers of %d of %d datapaths", b.Block, len(e.Answers), len(p.Header.Sources))
		}
		for unit, n := range e.Answers {
			if isOwn := p.Header.Sources[unit].Datapath == here; isOwn && n == noAnswer {
				continue
			} else if isOwn {
				return fmt.Errorf("block %d has an answer of its own datapath among the others", b.Block)
			}
			if err := p.checkSources(b, unit, n); err != nil {
				return err
			}
		}
	}
	own := slices.IndexFunc(p.Header.Sources, func(s Ports) bool { return s.Datapath == here })
	for _, e := range b.Local {
		if err := answered(locals, e.To); err != nil {
			return err
		}
		if own < 0 {
			return fmt.Errorf("block %d has an answer of its own datapath, which has no sources", b.Block)
		}
		if err := p.checkSources(b, own, e.Answer); err != nil {
			return err
		}
	}
	for i := range remotes {
		if n := remotes[i]; n != 1 {
			return fmt.Errorf("block %d has %d answers for destination %d", b.Block, n, first+i)
		}
		if n := locals[i]; own >= 0 && n != 1 {
			return fmt.Errorf("block %d has %d answers of its own datapath for destination %d", b.Block, n, first+i)
		}
	}
	return nil
}

// checkSources checks that an answer exists and has each source of a datapath.
func (p *Part) checkSources(b *blockRecord, unit, n int) error {
	if n < 0 || n >= len(p.answers) {
		return fmt.Errorf("block %d refers to answer %d, which is not before it", b.Block, n)
	}
	sources := 0
	for _, s := range p.answers[n] {
		sources += len(s.From)
	}
	if all := len(p.Header.Sources[unit].Ports); sources != all {
		return fmt.Errorf("block %d has answers for %d of %d sources", b.Block, sources, all)
	}
	return nil
}

// checkAnswer checks that the sets of an answer exist and that no source occurs twice.
func (p *Part) checkAnswer(n int, parts []share) error {
	var seen []int
	for _, s := range parts {
		if p.sets[s.Sets] == nil {
			return fmt.Errorf("answer %d refers to sets %q, which are not before it", n, s.Sets)
		}
		if len(s.From) == 0 {
			return fmt.Errorf("answer %d has sets of no source", n)
		}
		seen = append(seen, s.From...)
	}
	slices.Sort(seen)
	for i, from := range seen {
		if i != from {
			return fmt.Errorf("answer %d does not have one answer for each source", n)
		}
	}
	return nil
}
