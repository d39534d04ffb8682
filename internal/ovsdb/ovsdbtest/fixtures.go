package ovsdbtest

import (
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/logfile"
)

// UUIDText returns the text of row n's UUID.
func UUIDText(n int) string { return UUID(n).String() }

// Fill replaces U1, U2, ... by UUIDs.
func Fill(text string) string {
	for n := 9; n > 0; n-- {
		text = strings.ReplaceAll(text, "U"+string(rune('0'+n)), UUIDText(n))
	}
	return text
}

// Dump renders a snapshot's rows for tests: TABLE UUID column=RAW.
func Dump(s *ovsdb.Snapshot) string {
	var b strings.Builder
	for _, name := range s.Tables() {
		t := s.Table(name)
		for r := range t.Rows() {
			b.WriteString(name + " " + r.UUID().String())
			for i, col := range t.Columns() {
				if raw := r.Raw(ovsdb.Col(i)); raw != nil {
					b.WriteString(" " + col + "=" + string(raw))
				}
			}
			b.WriteByte('\n')
		}
	}
	for n := 1; n <= 9; n++ {
		text := b.String()
		b.Reset()
		b.WriteString(strings.ReplaceAll(text, UUIDText(n), "U"+string(rune('0'+n))))
	}
	return b.String()
}

// Framed frames transactions whose UUIDs are U1, U2, ...
func Framed(txns []string) string {
	var b strings.Builder
	for _, txn := range txns {
		b.WriteString(Record(logfile.MagicStandalone, Fill(txn)))
	}
	return b.String()
}

// Database frames the test schema and transactions.
func Database(txns ...string) string { return Log(Schema) + Framed(txns) }

// SetName returns the name of the one address set in a snapshot.
func SetName(s *ovsdb.Snapshot) string {
	sets := s.Table("Address_Set")
	name, _ := sets.Col("name")
	for r := range sets.Rows() {
		return r.String(name)
	}
	return ""
}
