package matrix

import (
	"maps"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/reach"
)

// The relations of the ports of a pair of classes.
const (
	Remote = "other datapaths" // the ports are on two datapaths
	Local  = "same datapath"
	Itself = "itself" // the source and the destination are one port
)

// Matrix has the pairs of classes of ports.
type Matrix struct {
	Header       Header
	Sources      []Class
	Destinations []Class
	Pairs        []Pair
}

// Class is a group of ports with the same sets in all pairs.
type Class struct {
	Name  string
	Ports []string
}

// Pair has the sets of packets from any port of one class to any port of another.
type Pair struct {
	From, To string // the names of classes; To is "" where a port sends to itself
	Where    string
	Sets     *reach.PairSets
}

// join makes the matrix of a part that has all blocks.
//
// A class has ports that no pair distinguishes: for any two of them, some facts are known of both,
// and these are equal. Facts about pairs on one datapath and about pairs on two are different
// facts, so that a fact about a class is a fact about each of its ports. A port is in the first
// class that it fits.
func (p *Part) join() *Matrix {
	j := &join{Part: p, names: map[string]int32{}}
	j.numberPorts()
	m := &Matrix{Header: p.Header}
	destinations := j.classes(len(j.to), j.columns())
	sources := j.classes(len(j.from), j.rows(destinations.of))
	m.Destinations = destinations.list("d", func(i int) string { return j.to[i].name })
	m.Sources = sources.list("s", func(i int) string { return j.from[i].name })
	name := func(id int32) *reach.PairSets { return p.sets[j.ids[id]] }
	for s, known := range sources.known {
		keys := make([]factKey, 0, len(known))
		for k := range known {
			keys = append(keys, k)
		}
		slices.SortFunc(keys, func(a, b factKey) int { return a.compare(b) })
		for _, k := range keys {
			p := Pair{From: m.Sources[s].Name, Where: places[k.where], Sets: name(known[k])}
			if k.where != itself {
				p.To = m.Destinations[k.of].Name
			}
			m.Pairs = append(m.Pairs, p)
		}
	}
	return m
}

type place uint8

const (
	remote place = iota
	local
	itself
)

var places = [...]string{remote: Remote, local: Local, itself: Itself}

// factKey identifies a fact: of a destination a unit and, on its own datapath, a source; of
// a source a class of destinations.
type factKey struct {
	of    int32
	where place
}

func (k factKey) compare(o factKey) int {
	if k.of != o.of {
		return int(k.of - o.of)
	}
	return int(k.where) - int(o.where)
}

// facts are the numbers of sets or answers.
type facts map[factKey]int32

// fits reports whether some facts are known in both, and all of these are equal.
func (f facts) fits(o facts) bool {
	if len(o) < len(f) {
		f, o = o, f
	}
	common := len(f) == 0 && len(o) == 0
	for k, v := range f {
		w, ok := o[k]
		if ok && v != w {
			return false
		}
		common = common || ok
	}
	return common
}

// port is a source or a destination.
type port struct{ name, datapath string }

type join struct {
	*Part
	from  []port
	to    []port
	first []int // the number of the first source of each unit

	names map[string]int32 // of sets
	ids   []string
}

func (j *join) id(name string) int32 {
	id, ok := j.names[name]
	if !ok {
		id = int32(len(j.ids))
		j.names[name] = id
		j.ids = append(j.ids, name)
	}
	return id
}

// numberPorts numbers sources and destinations.
func (j *join) numberPorts() {
	for _, s := range j.Header.Sources {
		j.first = append(j.first, len(j.from))
		for _, name := range s.Ports {
			j.from = append(j.from, port{name, s.Datapath})
		}
	}
	for _, d := range j.Header.Destinations {
		for _, name := range d.Ports {
			j.to = append(j.to, port{name, d.Datapath})
		}
	}
}

// columns returns the facts of destinations: the answers of the sources of each other
// datapath together, and those of each source on the same datapath.
func (j *join) columns() func(i int) facts {
	remotes := make([][]int, len(j.to)) // of each destination, by datapath of sources
	locals := make([]int, len(j.to))    // of each destination, noAnswer if its datapath has no sources
	for i := range locals {
		locals[i] = noAnswer
	}
	for _, b := range j.blocks {
		for _, e := range b.Remote {
			for _, to := range e.To {
				remotes[to] = e.Answers
			}
		}
		for _, e := range b.Local {
			locals[e.To] = e.Answer
		}
	}
	return func(i int) facts {
		out := make(facts, len(remotes[i]))
		for unit, n := range remotes[i] {
			if n != noAnswer {
				out[factKey{int32(unit), remote}] = int32(n)
			}
		}
		if locals[i] == noAnswer {
			return out
		}
		own := j.unitOn(j.to[i].datapath)
		for _, s := range j.answers[locals[i]] {
			for _, at := range s.From {
				if j.Header.Sources[own].Ports[at] != j.to[i].name {
					out[factKey{int32(j.first[own] + at), local}] = j.id(s.Sets)
				}
			}
		}
		return out
	}
}

// unitOn returns the index of a datapath among those of sources.
func (j *join) unitOn(datapath string) int {
	return slices.IndexFunc(j.Header.Sources, func(s Ports) bool { return s.Datapath == datapath })
}

// cell is a fact of a source.
type cell struct {
	key factKey
	id  int32
}

// rows returns the facts of sources: the sets for each class of destinations.
func (j *join) rows(classOf []int) func(i int) facts {
	all := make([][]cell, len(j.from))
	add := func(unit, answer int, key factKey, except string) {
		for _, s := range j.answers[answer] {
			id := j.id(s.Sets)
			for _, at := range s.From {
				k := key
				if j.Header.Sources[unit].Ports[at] == except {
					k = factKey{int32(len(j.to)), itself}
				}
				all[j.first[unit]+at] = append(all[j.first[unit]+at], cell{k, id})
			}
		}
	}
	type remoteKey struct{ unit, answer, class int }
	seen := map[remoteKey]bool{}
	for _, i := range j.done() {
		b := j.blocks[i]
		for _, e := range b.Remote {
			var classes []int
			for _, to := range e.To {
				if class := classOf[to]; !slices.Contains(classes, class) {
					classes = append(classes, class)
				}
			}
			for _, class := range classes {
				for unit, n := range e.Answers {
					if key := (remoteKey{unit, n, class}); n != noAnswer && !seen[key] {
						seen[key] = true
						add(unit, n, factKey{int32(class), remote}, "")
					}
				}
			}
		}
		for _, e := range b.Local {
			add(j.unitOn(j.to[e.To].datapath), e.Answer, factKey{int32(classOf[e.To]), local}, j.to[e.To].name)
		}
	}
	return func(i int) facts {
		out := make(facts, len(all[i]))
		for _, c := range all[i] {
			out[c.key] = c.id
		}
		return out
	}
}

// classing is a division of ports into classes.
type classing struct {
	of      []int // the class of each port
	members [][]int
	known   []facts // of each class
}

// classes divides ports into classes by their facts.
func (j *join) classes(n int, known func(i int) facts) *classing {
	c := &classing{of: make([]int, n)}
	for i := range n {
		mine := known(i)
		at := slices.IndexFunc(c.known, mine.fits)
		if at < 0 {
			at = len(c.known)
			c.known, c.members = append(c.known, facts{}), append(c.members, nil)
		}
		maps.Copy(c.known[at], mine)
		c.of[i] = at
		c.members[at] = append(c.members[at], i)
	}
	return c
}

func (c *classing) list(prefix string, name func(i int) string) (out []Class) {
	for i, members := range c.members {
		class := Class{Name: prefix + itoa(i+1)}
		for _, m := range members {
			class.Ports = append(class.Ports, name(m))
		}
		out = append(out, class)
	}
	return out
}
