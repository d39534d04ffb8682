package matrix

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/reach"
)

// Where a pair of classes has its ports.
const (
	Remote = "other datapaths" // each on a datapath of its own
	Local  = "same datapath"
	Itself = "itself" // one port, which is both
)

// Matrix is pairs of classes of ports.
type Matrix struct {
	Header       Header
	Sources      []Class
	Destinations []Class
	Pairs        []Pair
}

// Class is ports of which the same holds in all pairs.
type Class struct {
	Name  string
	Ports []string
}

// Pair is what becomes of packets from any port of one class to any of another.
type Pair struct {
	From, To string // the names of classes; To is "" where a port sends to itself
	Where    string
	Sets     *reach.PairSets
}

// Join makes the matrix of parts that have all units together.
//
// A class has ports that no pair distinguishes: something is known of both, and all
// that is known of both is the same.  Of ports on one datapath nothing is known that
// concerns ports on two, and the other way round, so that what is known of a class is
// what is known of any of its ports.  A port is of the first class that it fits into.
func Join(h Header, units map[int]*unitRecord, sets map[string]*reach.PairSets) *Matrix {
	j := &join{h: h, units: units, names: map[string]int32{}}
	j.number()
	m := &Matrix{Header: h}
	destinations := j.classes(len(j.to), j.columns())
	sources := j.classes(len(j.from), j.rows(destinations.of))
	m.Destinations = destinations.list("d", func(i int) string { return j.to[i].name })
	m.Sources = sources.list("s", func(i int) string { return j.from[i].name })
	name := func(id int32) *reach.PairSets { return sets[j.ids[id]] }
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

// factKey is what something is known of: for a destination a unit, and locally a
// source; for a source a class of destinations.
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

// facts are sets, or combinations of sets, by number.
type facts map[factKey]int32

// fits reports whether something is known in both, and nothing otherwise.
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
type port struct {
	name     string
	datapath string
	unit, at int // of a source: its unit, and its place there
}

type join struct {
	h     Header
	units map[int]*unitRecord
	from  []port
	to    []port
	first []int // of each unit the number of its first source

	names map[string]int32 // of sets and of combinations
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

func (j *join) number() {
	for unit, s := range j.h.Sources {
		j.first = append(j.first, len(j.from))
		for at, name := range s.Ports {
			j.from = append(j.from, port{name, s.Datapath, unit, at})
		}
	}
	for _, d := range j.h.Destinations {
		for _, name := range d.Ports {
			j.to = append(j.to, port{name: name, datapath: d.Datapath})
		}
	}
}

// columns returns what is known of each destination: the answers of every unit's
// sources together, and those of each source on its own datapath.
func (j *join) columns() func(i int) facts {
	remotes := make([][]int32, len(j.h.Sources)) // by unit, by destination
	locals := make([]map[int]*answer, len(j.h.Sources))
	for unit := range j.h.Sources {
		remotes[unit], locals[unit] = make([]int32, len(j.to)), map[int]*answer{}
		u := j.units[unit]
		for i := range u.Remote {
			id := j.id(u.Remote[i].text())
			for _, to := range u.Remote[i].To {
				remotes[unit][to] = id
			}
		}
		for i := range u.Local {
			locals[unit][u.Local[i].To[0]] = &u.Local[i]
		}
	}
	return func(i int) facts {
		out := facts{}
		for unit, s := range j.h.Sources {
			if s.Datapath != j.to[i].datapath {
				out[factKey{int32(unit), remote}] = remotes[unit][i]
				continue
			}
			for _, p := range locals[unit][i].Parts {
				for _, at := range p.From {
					if s.Ports[at] != j.to[i].name {
						out[factKey{int32(j.first[unit] + at), local}] = j.id(p.Sets)
					}
				}
			}
		}
		return out
	}
}

// rows returns what is known of each source: the sets for each class of destinations.
func (j *join) rows(classOf []int) func(i int) facts {
	type cell struct {
		key factKey
		id  int32
	}
	all := make([][]cell, len(j.from))
	seen := map[int32]bool{} // classes
	for unit, s := range j.h.Sources {
		u := j.units[unit]
		add := func(a *answer, key factKey, except string) {
			for _, p := range a.Parts {
				id := j.id(p.Sets)
				for _, at := range p.From {
					k := key
					if s.Ports[at] == except {
						k = factKey{int32(len(j.to)), itself}
					}
					all[j.first[unit]+at] = append(all[j.first[unit]+at], cell{k, id})
				}
			}
		}
		for i := range u.Remote {
			a := &u.Remote[i]
			clear(seen)
			for _, member := range a.To {
				if class := int32(classOf[member]); !seen[class] {
					seen[class] = true
					add(a, factKey{class, remote}, "")
				}
			}
		}
		for i := range u.Local {
			a := &u.Local[i]
			add(a, factKey{int32(classOf[a.To[0]]), local}, j.to[a.To[0]].name)
		}
	}
	return func(i int) facts {
		out := facts{}
		for _, c := range all[i] {
			out[c.key] = c.id
		}
		return out
	}
}

// text writes an answer, so that equal ones are the same.
func (a *answer) text() string {
	var b []byte
	parts := slices.Clone(a.Parts)
	slices.SortFunc(parts, func(x, y share) int { return x.From[0] - y.From[0] })
	for _, p := range parts {
		b = append(b, p.Sets...)
		for _, at := range p.From {
			b = append(b, byte(at), byte(at>>8), byte(at>>16))
		}
		b = append(b, 0xff, 0xff, 0xff)
	}
	return string(b)
}

// classing is ports in classes, by number.
type classing struct {
	of      []int // the class of each port
	members [][]int
	known   []facts // of each class
}

// classes puts ports into classes by what is known of them.
func (j *join) classes(n int, known func(i int) facts) *classing {
	c := &classing{of: make([]int, n)}
	for i := range n {
		mine := known(i)
		at := slices.IndexFunc(c.known, mine.fits)
		if at < 0 {
			at = len(c.known)
			c.known, c.members = append(c.known, facts{}), append(c.members, nil)
		}
		for k, v := range mine {
			c.known[at][k] = v
		}
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
