package matrix

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
)

// Shard is a share of the work: the K-th of N, from 1.
type Shard struct {
	K int `json:"k"`
	N int `json:"n"`
}

// maxShards is how many shares the work may have.
const maxShards = 100_000

// ParseShard reads K/N.
func ParseShard(text string) (s Shard, err error) {
	k, n, ok := strings.Cut(text, "/")
	if ok {
		s.K, err = strconv.Atoi(k)
		if err == nil {
			s.N, err = strconv.Atoi(n)
		}
	}
	if !ok || err != nil || s.check() != nil {
		return s, fmt.Errorf("%q is no share: give K/N, with K from 1 to N, such as 1/4", text)
	}
	return s, nil
}

func (s Shard) check() error {
	if s.N < 1 || s.N > maxShards || s.K < 1 || s.K > s.N {
		return fmt.Errorf("there is no share %s", s)
	}
	return nil
}

// String returns K/N.
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.K, s.N) }

// has reports whether the sources of a datapath are of the share.
func (s Shard) has(datapath string) bool {
	h := fnv.New64a()
	_, _ = h.Write([]byte(datapath)) // a hash takes all
	return h.Sum64()%uint64(s.N) == uint64(s.K-1)
}

// units returns the units of the share of a header.
func (h *Header) units() (out []int) {
	for i := range h.Sources {
		if h.Shard.has(h.Sources[i].Datapath) {
			out = append(out, i)
		}
	}
	return out
}
