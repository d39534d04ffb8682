package ovnwalktest_test

import (
	"context"
	"fmt"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/ovnwalktest"
	"github.com/ovnwalk/ovnwalk/packet"
)

// A test may look at a database as another release reads it, or from a
// chassis.
func ExampleOpen() {
	var t printer // in a test, its *testing.T

	options := []ovnwalktest.Option{ovnwalktest.Release("24.03"), ovnwalktest.Chassis("worker1")}
	n := ovnwalktest.Open(t, "demo", options...)
	fmt.Println(n.Lflow().Dialect.Release())
	// Output: 24.03.0
}

// A network that a program has read itself is tested as well.
func ExampleOf() {
	var t printer // in a test, its *testing.T

	net, err := lflow.Open(context.Background(), "../testdata/suites/shop.db.gz", lflow.Options{})
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer net.Close()
	ovnwalktest.Of(net).Walk(t, ovnwalktest.Packet{From: "web1", To: "db1", Proto: "tcp:5432", CT: []string{"new", "new", "new"}}).
		Delivered(t, "db2")
	// Output: error: expected delivered to db2, got delivered db/db1
}

// Suites that ovnwalk test runs may be part of a program's own tests.
func ExampleRunSuites() {
	var t printer // in a test, its *testing.T

	ovnwalktest.RunSuites(t, "../testdata/suites/demo.ovnwalk.yaml")
	fmt.Println("the suite has run")
	// Output: the suite has run
}

// Pings of a router are answered by the network itself.
func ExampleWalk_Replied() {
	var t printer // in a test, its *testing.T

	n := ovnwalktest.Open(t, "demo")
	n.Walk(t, ovnwalktest.Packet{From: "vm1", To: "192.168.0.1", Proto: "icmp"}).
		Replied(t, "echo").
		Never(t, "network1/ls_in_l2_unknown").
		Replied(t, "tcp-reset")
	// Output: error: expected replied tcp-reset, got replied echo network1/vm1
}

// The minimal view is a golden text for all that a packet meets.
func ExampleWalk_Minimal() {
	var t printer // in a test, its *testing.T

	ovnwalktest.Open(t, "demo").Walk(t, ovnwalktest.Packet{From: "vm1", To: "vm2"}).Minimal(t, `
ip.ttl--;
eth.src = 40:44:00:00:00:04;
eth.dst = 40:44:00:00:00:02;
output("vm2");
`)
	fmt.Println("the view is as it was")
	// Output: the view is as it was
}

// What this package does not assert may be asked of the ends of a walk and of
// its trace.
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

// Helpers of one's own take what all of them take, so that benchmarks and fuzz
// tests may call them, too.
func ExampleTB() {
	reachable := func(t ovnwalktest.TB, n *ovnwalktest.Network, from, to string) {
		t.Helper()
		n.Walk(t, ovnwalktest.Packet{From: from, To: to}).Delivered(t, to).Reply(t).Delivered(t, from)
	}
	var t printer // in a test, its *testing.T

	n := ovnwalktest.Open(t, "demo")
	reachable(t, n, "vm1", "vm2")
	reachable(t, n, "vm2", "vm1")
	fmt.Println("both reach each other")
	// Output: both reach each other
}
