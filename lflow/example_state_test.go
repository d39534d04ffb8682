package lflow_test

import (
	"context"
	"fmt"
	"log"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// The database says which ports are down and which no chassis has claimed.
func ExampleNetwork_State() {
	n, err := lflow.Open(context.Background(), "../testdata/tables", lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()
	for _, name := range []string{"web1", "web2", "db1", "away", "provnet"} {
		if s := n.State(port(n, name)); s != lflow.StateNone {
			fmt.Println(name, s)
		}
	}
	name, tag := port(n, "provnet").PhysicalNetwork()
	fmt.Println("provnet leads to", name, "with tag", tag)
	if peer, missing := n.MissingPeer(port(n, "lost")); missing {
		fmt.Println("lost leads to", peer)
	}
	// Output:
	// web1 bound
	// web2 down
	// db1 unbound
	// away chassis missing
	// provnet leads to physnet1 with tag 42
	// lost leads to gone
}

// Chassis that stopped reporting, and those whose row is gone, may be dead.
func ExampleNetwork_LaggingChassis() {
	n, err := lflow.Open(context.Background(), "../testdata/tables", lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()
	all := n.LaggingChassis()
	for _, l := range all {
		if l.Missing {
			fmt.Println(l.Name, "is gone")
			continue
		}
		fmt.Printf("%s (%s) is at %d of %d, %v behind\n", l.Name, l.Hostname, l.Config, l.Newest, l.Behind)
	}
	// Output:
	// hv2 (node2) is at 2 of 5, 3h0m0s behind
	// hv3 is gone
}
