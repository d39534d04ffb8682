package lflow_test

import (
	"context"
	"fmt"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// A port of type remote is on a chassis of another interconnect zone.
func ExampleNetwork_RemoteChassis() {
	n, err := lflow.Open(context.Background(), "../testdata/wire/23.03/zones-l2/z1-sb.db.gz", lflow.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer n.Close()
	c, _ := n.RemoteChassis(port(n, "pod3-3"))
	fmt.Println(c.Hostname)
	// Output: node3
}
