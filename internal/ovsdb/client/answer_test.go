package client

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
)

// FuzzAnswer parses a server's reply to the request for rows, and finds the end of any
// message in pieces.
func FuzzAnswer(f *testing.F) {
	f.Add(ovsdbtest.Fill(`{"Address_Set":{"U1":{"initial":{"name":"live"}}}}`), 10)
	f.Add(ovsdbtest.Fill(`{"Address_Set":{"U1":{"new":{"name":"live"},"old":{}}},"X":[]}`), 3)
	f.Fuzz(func(t *testing.T, text string, cut int) {
		l := &ovsdb.Loader{Context: t.Context(), Options: &ovsdb.Options{}, Name: "fuzz", Source: &ovsdb.Source{}}
		schema, err := ovsdb.ParseSchema([]byte(ovsdbtest.Schema))
		if err != nil {
			t.Fatal(err)
		}
		l.Source.Data = []byte(text)
		if s, err := answer(l, schema); err == nil {
			ovsdbtest.Dump(s)
		}
		var whole, pieces messageEnd
		if cut > 0 && cut < len(text) {
			if n, err := pieces.find([]byte(text[:cut])); n >= 0 || err != nil {
				return
			}
			got, err := pieces.find([]byte(text))
			want, whole := whole.find([]byte(text))
			if got != want || (err == nil) != (whole == nil) {
				t.Fatalf("end at %d (%v) in pieces, at %d (%v) in one piece", got, err, want, whole)
			}
		}
		var m rpcMessage
		m.read([]byte(text))
	})
}
