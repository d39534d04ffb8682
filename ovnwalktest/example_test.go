package ovnwalktest_test

import (
	"fmt"
	"strings"

	"github.com/ovnwalk/ovnwalk/ovnwalktest"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// printer takes the place of a *testing.T where there is none, and prints what a
// test would report.
type printer struct{}

func (printer) Helper()                      {}
func (printer) Cleanup(f func())             {}
func (printer) Logf(format string, a ...any) {}
func (printer) Errorf(format string, a ...any) {
	line, _, _ := strings.Cut(fmt.Sprintf(format, a...), "\n")
	fmt.Println("error:", line)
}
func (printer) Fatalf(format string, a ...any) { panic(fmt.Sprintf(format, a...)) }

func Example() {
	var t printer // in a test, its *testing.T

	n := ovnwalktest.Open(t, "demo")
	n.Walk(t, ovnwalktest.Packet{From: "vm1", To: "vm2", Proto: "tcp:443"}).
		Delivered(t, "vm2").
		Rewritten(t, "ip.ttl", "63").
		Visits(t, "router1/lr_in_ip_routing").
		Reply(t).Delivered(t, "vm1")
	n.Walk(t, ovnwalktest.Packet{From: "vm1", To: "8.8.8.8"}).
		Dropped(t, verdict.ACLDrop)
	// Output:
	// error: expected dropped acl-drop, got dropped no-route router1/lr_in_ip_routing
}
