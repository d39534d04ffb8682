package matrix

import (
	"errors"
	"fmt"
	"maps"
)

// Named is a part with the name of its file.
type Named struct {
	Name string
	*Part
}

// Merge joins the parts of a matrix. Each part must occur exactly once.
func Merge(parts []Named) (*Matrix, error) {
	if len(parts) == 0 {
		return nil, errors.New("no parts to merge")
	}
	first := parts[0]
	names := map[int]string{}
	h := first.Header
	h.Shard = Shard{1, 1}
	all := newPart(h)
	for _, p := range parts {
		if what := first.Header.Differs(&p.Header); what != "" {
			return nil, fmt.Errorf("%s and %s belong to different matrices: different %s", first.Name, p.Name, what)
		}
		if a, b := first.Header.Shard.N, p.Header.Shard.N; a != b {
			return nil, fmt.Errorf("%s is one of %d shares and %s one of %d: merge those of one division", first.Name, a, p.Name, b)
		}
		k := p.Header.Shard.K
		if other, twice := names[k]; twice {
			return nil, fmt.Errorf("%s and %s are both share %s: give each once", other, p.Name, p.Header.Shard)
		}
		names[k] = p.Name
		maps.Copy(all.sets, p.sets)
		for _, i := range p.Header.share() {
			if p.blocks[i] == nil {
				return nil, fmt.Errorf("%s lacks the answers for datapath %s", p.Name, p.Header.Destinations[i].Datapath)
			}
			all.take(p.Part, i)
		}
	}
	for k := 1; k <= first.Header.Shard.N; k++ {
		if names[k] == "" {
			return nil, fmt.Errorf("share %s is missing", Shard{k, first.Header.Shard.N})
		}
	}
	return all.join(), nil
}

// Matrix returns the matrix of a part that is the only one.
func (p *Part) Matrix() (*Matrix, error) { return Merge([]Named{{"the part", p}}) }
