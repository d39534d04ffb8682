package lflow

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
)

// ports are a network's logical ports by number: their index in the order of ovn-trace(8). All
// ports exist if the database was read; with an index, each is made on first use.
type ports struct {
	made    []atomic.Pointer[Port]
	names   nameTable
	aliases nameTable // of friendly names

	index  *compiled // the compiled index, or nil
	making sync.Mutex

	once sync.Once
	all  []*Port
}

// portKey is a port of a datapath: its tunnel key and its number, so that of several ports with
// the same key the first is sorted first.
type portKey uint64

func portKeyOf(key uint64, number uint32) portKey { return portKey(key<<32 | uint64(number)) }

func (k portKey) key() uint64    { return uint64(k >> 32) }
func (k portKey) number() uint32 { return uint32(k) }

// loadPorts reads the ports and returns them by the numbers of their rows, or nil for an invalid
// row.
func (n *Network) loadPorts() []*Port {
	t := n.db.Table("Port_Binding")
	c := portCols(t)
	rows := idlOrder(t)
	read := make([]portRow, len(rows))
	mmapfault.Each(0, len(rows), func(i int) { read[i].read(n, rows[i], c) })
	n.ports.made = make([]atomic.Pointer[Port], len(rows))
	n.ports.names, n.ports.aliases = newNameTable(len(rows)), newNameTable(len(rows))
	at := make([]*Port, t.Numbers())
	count := uint32(0)
	for i := range read {
		if p := &read[i].Port; n.addPort(&read[i], count) {
			at[p.row.Number()] = p
			count++
		}
	}
	n.ports.made = n.ports.made[:count:count]
	for _, d := range n.Datapaths {
		slices.Sort(d.keys)
	}
	for _, p := range at {
		if p == nil || p.Type != "chassisredirect" {
			continue
		}
		if name, ok := p.row.MapGet(c.options, "distributed-port"); ok {
			if d := n.port(name); d != nil && d.Datapath == p.Datapath {
				p.Distributed = d
			}
		}
	}
	return at
}

// restore reads the ports from an index.
func (x *ports) restore(c *compiled) {
	x.made = make([]atomic.Pointer[Port], len(c.ports))
	x.names, x.aliases, x.index = c.names, c.aliases, c
}

// addPort makes the port with a number from a row. It returns false if the row is invalid.
func (n *Network) addPort(r *portRow, number uint32) bool {
	p := &r.Port
	if p.Datapath == nil {
		n.warn("Port_Binding %s: logical port %s missing datapath", p.UUID, p.Name)
		return false
	}
	if n.port(p.Name) != nil {
		n.warn("Port_Binding %s: duplicate logical port name %s", p.UUID, p.Name)
		return false
	}
	p.number = number
	n.ports.made[number].Store(p)
	n.ports.names.put(p.Name, number)
	if p.named {
		n.ports.aliases.put(p.Name2, number)
	}
	p.Datapath.keys = append(p.Datapath.keys, portKeyOf(p.Key, number))
	if p.Type == "l3gateway" {
		p.Datapath.HasL3Gateway = true
	}
	if r.peer != nil {
		if q := n.port(*r.peer); q != nil {
			p.Peer, q.Peer = q, p
		}
	}
	for _, s := range r.bad {
		n.warn("Port_Binding %s: %s", p.UUID, s)
	}
	return true
}

// portNumbered returns the port with a number.
func (n *Network) portNumbered(number uint32) *Port {
	if int(number) >= len(n.ports.made) {
		return nil // the index is damaged
	}
	if p := n.ports.made[number].Load(); p != nil {
		return p
	}
	n.ports.making.Lock()
	defer n.ports.making.Unlock()
	now := map[uint32]*Port{}
	made := n.makePort(number, now) // another goroutine may have made it
	for i, p := range now {
		n.ports.made[i].Store(p)
	}
	return made
}

// makePort makes a port from its row, and those that it refers to, unless they exist. They
// become visible to others when all are complete.
func (n *Network) makePort(number uint32, now map[uint32]*Port) *Port {
	if p := n.ports.made[number].Load(); p != nil {
		return p
	}
	if p := now[number]; p != nil {
		return p
	}
	t := n.db.Table("Port_Binding")
	e := n.ports.index.ports[number]
	var r portRow
	r.read(n, t.At(e.row), portCols(t))
	p := &r.Port
	p.number, p.Datapath = number, n.Datapaths[e.datapath]
	now[number] = p
	if e.peer != 0 {
		p.Peer = n.makePort(e.peer-1, now)
	}
	if e.distributed != 0 {
		p.Distributed = n.makePort(e.distributed-1, now)
	}
	return p
}

// Ports returns the logical ports in the order in which ovn-trace(8) holds them.
// The caller must not change the slice.
func (n *Network) Ports() []*Port {
	n.ports.once.Do(func() {
		n.ports.all = make([]*Port, len(n.ports.made))
		for i := range n.ports.all {
			n.ports.all[i] = n.portNumbered(uint32(i))
		}
	})
	return n.ports.all
}

// named returns the number of the port with a logical port name.
func (x *ports) named(name string) (number uint32, ok bool) {
	for number := range x.names.candidates(name) {
		switch {
		case int(number) >= len(x.made): // the index is damaged
		case x.index != nil:
			if string(in(x.index.text, x.index.ports[number].name)) == name {
				return number, true
			}
		case x.made[number].Load().Name == name:
			return number, true
		}
	}
	return 0, false
}

// Port returns the port with a logical port name, as flows use it.  The error is
// ErrNotFound.
func (n *Network) Port(name string) (*Port, error) {
	if p := n.port(name); p != nil {
		return p, nil
	}
	return nil, ErrNotFound
}

// HasPort reports whether the network has a port with a logical port name.
func (n *Network) HasPort(name string) bool {
	_, ok := n.ports.named(name)
	return ok
}

// port returns the port with a logical port name, nil if there is none.
func (n *Network) port(name string) *Port {
	if number, ok := n.ports.named(name); ok {
		return n.portNumbered(number)
	}
	return nil
}

// placeOf returns the datapath and key of the port with a logical port name.
func (n *Network) placeOf(name string) (at portPlace, ok bool) {
	number, ok := n.ports.named(name)
	if !ok {
		return at, false
	}
	if n.ports.index != nil {
		e := &n.ports.index.ports[number]
		return portPlace{int(e.datapath), uint64(e.key)}, true
	}
	p := n.ports.made[number].Load()
	return portPlace{p.Datapath.Index, p.Key}, true
}

// portAlias returns the port with a friendly name, or nil if several have it.
func (n *Network) portAlias(name string) (p *Port, known bool) {
	for number := range n.ports.aliases.candidates(name) {
		switch q := n.portNumbered(number); {
		case q == nil || !q.named || q.Name2 != name:
		case known:
			return nil, true
		default:
			p, known = q, true
		}
	}
	return p, known
}

// FindPort finds a port as ovn-trace(8) does: by its logical port name, its friendly
// name, or an unambiguous prefix of at least 4 characters of its UUID or of a name
// that is a UUID.  The error is ErrNotFound, or an *AmbiguousError if several match.
func (n *Network) FindPort(name string) (*Port, error) {
	if p := n.port(name); p != nil {
		return p, nil
	}
	match, known := n.portAlias(name)
	if known && match == nil {
		return nil, &AmbiguousError{Name: name, Of: "ports"}
	}
	if isUUIDPiece(name) < 4 {
		return found(match)
	}
	for _, p := range n.Ports() {
		byName := isUUIDPiece(p.Name) == 36 && strings.HasPrefix(strings.ToLower(p.Name), name)
		if !strings.HasPrefix(p.UUID, name) && !byName {
			continue
		}
		if match != nil && match != p {
			return nil, &AmbiguousError{Name: name, Of: "ports"}
		}
		match = p
	}
	return found(match)
}

func found(p *Port) (*Port, error) {
	if p == nil {
		return nil, ErrNotFound
	}
	return p, nil
}

// Port returns the port with a tunnel key; ok is false if the datapath has none.
func (d *Datapath) Port(key uint64) (p *Port, ok bool) {
	key &= 0xffff
	i, _ := slices.BinarySearch(d.keys, portKeyOf(key, 0))
	if i == len(d.keys) || d.keys[i].key() != key {
		return nil, false
	}
	p = d.n.portNumbered(d.keys[i].number())
	return p, p != nil
}

// Ports returns the datapath's ports, sorted by tunnel key.
func (d *Datapath) Ports() []*Port {
	out := make([]*Port, 0, len(d.keys))
	for i, k := range d.keys {
		if i > 0 && d.keys[i-1].key() == k.key() {
			continue // the first port with the key is used
		}
		if p := d.n.portNumbered(k.number()); p != nil {
			out = append(out, p)
		}
	}
	return out
}
