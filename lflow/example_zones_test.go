package lflow_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// The databases of interconnect zones are described before any of them is read.
func ExampleZones() {
	ctx := context.Background()
	zones, _, err := lflow.Zones(ctx, []string{"../testdata/wire/23.03/zones-l2"}, lflow.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, z := range zones {
		defer z.Close()
		fmt.Println(z, z.Detected.Release, "has", z.Own()[0].Node(), "of", len(z.Chassis), "chassis")
		if p, ok := z.Port("pod3-3"); !ok || p.Type == "remote" {
			continue
		}
		n, err := z.Open(ctx, lflow.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		defer n.Close()
		fmt.Println("  pod3-3 is on", port(n, "pod3-3").Datapath.Name)
	}
	// Output:
	// node1 23.03.1 has node1 of 3 chassis
	// node2 23.03.1 has node2 of 3 chassis
	// node3 23.03.1 has node3 of 3 chassis
	//   pod3-3 is on l2
}

// A network that a program has read is described as well.
func ExampleDescribe() {
	n, err := lflow.Open(context.Background(), "../testdata/wire/23.03/zones-l2/z1-sb.db.gz", lflow.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer n.Close()
	z := lflow.Describe(n, "z1-sb.db.gz")
	for _, c := range slices.SortedFunc(slices.Values(z.Chassis), func(a, b lflow.ZoneChassis) int { return strings.Compare(a.Name, b.Name) }) {
		fmt.Println(c.Node(), "remote:", c.Remote)
	}
	// Output:
	// node1 remote: false
	// node2 remote: true
	// node3 remote: true
}
