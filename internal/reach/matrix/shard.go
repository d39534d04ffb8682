package matrix

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
)

// Shard is one of N parts of the work: the K-th, from 1.
type Shard struct {
	K int `json:"k"`
	N int `json:"n"`
}

// maxShards is the maximum number of shards.
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
		return s, fmt.Errorf("%q is not a share: give K/N, with K from 1 to N, such as 1/4", text)
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

// blocks returns the destinations of each datapath, by their index in all lists together.
func (h *Header) blocks() (out [][]int) {
	n := 0
	for _, d := range h.Destinations {
		block := make([]int, len(d.Ports))
		for i := range block {
			block[i] = n + i
		}
		out, n = append(out, block), n+len(block)
	}
	return out
}

// share returns the datapaths of the shard's destinations, in order. All datapaths are
// sorted by hashes of their UUIDs; each shard has a section of this list with the same
// number of destinations, as far as datapaths can be divided in this way.
func (h *Header) share() (out []int) {
	all := make([]int, len(h.Destinations))
	hashes := make([]uint64, len(all))
	for i := range all {
		sum := fnv.New64a()
		_, _ = sum.Write([]byte(h.Destinations[i].Datapath)) // never returns an error
		all[i], hashes[i] = i, sum.Sum64()
	}
	slices.SortStableFunc(all, func(a, b int) int { return cmp.Compare(hashes[a], hashes[b]) })
	before, total := 0, max(1, count(h.Destinations))
	for _, i := range all {
		ports := len(h.Destinations[i].Ports)
		if (2*before+ports)*h.Shard.N/(2*total) == h.Shard.K-1 { // by the middle of its ports
			out = append(out, i)
		}
		before += ports
	}
	slices.Sort(out)
	return out
}
