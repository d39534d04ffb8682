package conntrack

import (
	"github.com/ovnwalk/ovnwalk/packet"
)

// Entry is a connection.
type Entry struct {
	// Original is the tuple of packets in the direction of the first packet, Reply that of
	// replies.  If addresses are translated, Reply is not the reverse of Original.
	Original, Reply Tuple

	// NAT is the address of packets in the original direction that is translated.
	NAT Direction

	Mark  uint32
	Label packet.Value

	state state
}

// Direction is the set of the addresses that a translation changes in packets of the original
// direction.  Only recorded entries have both.
type Direction uint8

// The directions.
const (
	NoNAT Direction = iota
	SourceNAT
	DestinationNAT
)

func (d Direction) reverse() Direction { return d>>1 | d<<1&DestinationNAT }

// Table is the connection table of one datapath, such as that of a chassis.
type Table struct {
	at map[Tuple]*Entry // by both tuples; nil for a tuple that is known to be free

	// Recorded, if not nil, returns the initial entry for a tuple, or nil.  It is called once
	// for each tuple; the table takes ownership of the entry.
	Recorded func(Tuple) *Entry

	// IgnoresSCTPPorts is whether SCTP is tracked by its addresses only, as in the userspace datapath of Open
	// vSwitch before 3.2.
	IgnoresSCTPPorts bool
}

// NewTable returns an empty table.
func NewTable() *Table { return &Table{at: map[Tuple]*Entry{}} }

// HasPorts reports whether connections of a protocol have ports, which can be translated.
func (t *Table) HasPorts(proto uint8) bool {
	return proto == packet.ProtoTCP || proto == packet.ProtoUDP || proto == packet.ProtoSCTP && !t.IgnoresSCTPPorts
}

// TupleOf is the function TupleOf, without ports of protocols that have none in the table.
func (t *Table) TupleOf(zone uint16, p, quoted *packet.Packet) (tuple Tuple, related, ok bool) {
	tuple, related, ok = TupleOf(zone, p, quoted)
	if !t.HasPorts(tuple.Proto) {
		tuple.Src.Port, tuple.Dst.Port = 0, 0
	}
	return tuple, related, ok
}

// Add adds an entry, such as a recorded one.
func (t *Table) Add(e *Entry) {
	t.at[e.Original] = e
	t.at[e.Reply] = e
}

// Lookup returns the connection with a tuple, and whether it is the tuple of its replies.
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

func (t *Table) remove(e *Entry) {
	for _, tuple := range []Tuple{e.Original, e.Reply} {
		if t.at[tuple] == e {
			t.at[tuple] = nil
		}
	}
}
