package client

import (
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// TestSlowMessage receives a message of one megabyte that arrives in pieces, with a
// simulated clock.
func TestSlowMessage(t *testing.T) {
	for _, tt := range []struct {
		name  string
		piece int
		every time.Duration
		want  string // the error, "" for none
		after time.Duration
	}{
		{"fast", 1 << 17, time.Second, "", 0},
		{"slow", 20 << 10, time.Second, "", 0},
		{"in large pieces with pauses", 1 << 18, 15 * time.Second, "", 0},
		{"dripping", 1, 10 * time.Second, "the server is sending a message at less than 16384 bytes a second", 30 * time.Second},
		{"slower than the least rate", 8 << 10, 1300 * time.Millisecond, "the server is sending a message at less than 16384 bytes a second", 48 * time.Second},
		{"silent within", 1 << 19, time.Hour, "i/o timeout", 30 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				defer ours.Close()
				done := make(chan struct{})
				defer close(done)
				go func() {
					defer theirs.Close()
					text := `{"x":"` + strings.Repeat("x", 1<<20) + `"}`
					for len(text) > 0 {
						n := min(tt.piece, len(text))
						if _, err := theirs.Write([]byte(text[:n])); err != nil {
							return
						}
						text = text[n:]
						select {
						case <-time.After(tt.every):
						case <-done:
							return
						}
					}
				}()
				c := &rpc{ctx: t.Context(), conn: ours, o: &ovsdb.Options{}}
				began := time.Now()
				b, err := c.receive(snapshotTimeout, 1<<30)
				if tt.want == "" {
					if err != nil {
						t.Fatal(err)
					}
					if err := b.Free(); err != nil {
						t.Error(err)
					}
					return
				}
				if err == nil || !strings.Contains(err.Error(), tt.want) || time.Since(began).Round(time.Second) != tt.after {
					t.Errorf("after %v: %v, want %q after %v", time.Since(began), err, tt.want, tt.after)
				}
			})
		})
	}
}
