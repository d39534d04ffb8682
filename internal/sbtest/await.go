package sbtest

import (
	"net"
	"testing"
	"time"
)

// awaitTimeout is more than anything takes on a machine that has other things to
// do, and only a test that fails waits for so long.
const awaitTimeout = 2 * time.Minute

// Await waits until something is so, and fails the test where it never is.
func Await(t testing.TB, what string, so func() bool) {
	t.Helper()
	for from := time.Now(); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Since(from) > awaitTimeout {
			t.Fatalf("still not so: %s", what)
		}
	}
}

// AwaitServer waits until somebody listens on an address: a socket's file may be
// there before that.
func AwaitServer(t testing.TB, network, address string) {
	t.Helper()
	Await(t, "somebody listens on "+address, func() bool {
		c, err := net.Dial(network, address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}
