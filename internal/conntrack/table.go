package conntrack

import (
	"github.com/ovnwalk/ovnwalk/packet"
)

// Entry is a connection.
type Entry struct {
	// Original is the tuple of the packets that opened the connection, Reply
	// that of the packets that answer.  Where addresses are translated, Reply
	// is not the reverse of Original.
	Original, Reply Tuple

	// NAT says which address of the original packets is translated.
	NAT Direction

	Mark  uint32
	Label packet.Value

	state state
}

// Direction is the address that a translation changes in packets of the
// original direction.  A recorded entry may have both.
type Direction uint8

// The directions.
const (
	NoNAT Direction = iota
	SourceNAT
	DestinationNAT
)

func (d Direction) reverse() Direction { return d>>1 | d<<1&DestinationNAT }

// Table is the connections of one datapath, such as that of a chassis.
type Table struct {
	at map[Tuple]*Entry // by both tuples; nil for one that is known to be free

	// Recorded, if not nil, returns the entry of a tuple that the table had from the
	// start, nil for none.  It is asked once for each tuple; the entry becomes the
	// table's own.
	Recorded func(Tuple) *Entry
}

// NewTable returns an empty table.
func NewTable() *Table { return &Table{at: map[Tuple]*Entry{}} }

// Add adds an entry, such as one that was recorded.
func (t *Table) Add(e *Entry) {
	t.at[e.Original] = e
	t.at[e.Reply] = e
}

// Lookup finds the connection of a tuple, and whether the tuple is that of its
// replies.
func (t *Table) Lookup(tuple Tuple) (e *Entry, reply bool) {
	e, ok := t.at[tuple]
	if !ok && t.Recorded != nil {
		t.at[tuple] = nil
		if e = t.Recorded(tuple); e != nil {
			t.Add(e)
		}
	}
	return e, e != nil && tuple != e.Original
}

// Translates reports whether a packet is one of a connection of any zone whose addresses or
// ports are translated, among those that were looked up.
func (t *Table) Translates(p *packet.Packet) bool {
	key, _, ok := TupleOf(0, p, nil)
	for tuple, e := range t.at {
		tuple.Zone = 0
		if ok && e != nil && tuple == key && e.Reply != e.Original.Reverse() {
			return true
		}
	}
	return false
}

func (t *Table) remove(e *Entry) {
	for _, tuple := range []Tuple{e.Original, e.Reply} {
		if t.at[tuple] == e {
			t.at[tuple] = nil
		}
	}
}
