package ovnwalktest_test

import (
	"fmt"
	"strings"

	"github.com/ovnwalk/ovnwalk/ovnwalktest"
	"github.com/ovnwalk/ovnwalk/packet"
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

// Suites that ovnwalk test runs may be part of a program's own tests.
func ExampleRunSuites() {
	var t printer // in a test, its *testing.T

	ovnwalktest.RunSuites(t, "../testdata/suites/demo.ovnwalk.yaml")
	fmt.Println("the suite has run")
	// Output: the suite has run
}

// Other properties can be read from the ends of a walk and from its trace.
func ExampleWalk() {
	var t printer // in a test, its *testing.T

	var w *ovnwalktest.Walk
	for _, to := range []string{"vm2", "8.8.8.8"} {
		w = ovnwalktest.Open(t, "demo").Walk(t, ovnwalktest.Packet{From: "vm1", To: to, Match: "ip.ttl == 9"})
		for _, end := range w.Ends() {
			fmt.Println(end.Outcome, end.Packet.Uint(packet.IPTTL), end.End.Stage)
		}
	}
	fmt.Println(w.Packet())
	fmt.Println("OVN", w.Trace().Release)
	// Output:
	// delivered 8 ls_out_apply_port_sec
	// dropped 9 lr_in_ip_routing
	// inport == "vm1" && eth.src == 40:44:00:00:00:01 && eth.dst == 40:44:00:00:00:03 && ip4.src == 192.168.0.11 && ip4.dst == 8.8.8.8 && ip.ttl == 9
	// OVN 23.03.1
}
