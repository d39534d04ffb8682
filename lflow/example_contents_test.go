package lflow_test

import (
	"context"
	"fmt"
	"log"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// Two databases are compared by what their rows say, not by their UUIDs, and
// what a datapath has learned is listed.
func ExampleNetwork_Contents() {
	db := sbtest.New("25.03.0")
	sw := db.Datapath("sw0", 1)
	db.Port(sw, "vm1", 1, "")
	db.Row("MAC_Binding", map[string]any{"logical_port": "vm1", "ip": "10.0.0.1", "mac": "02:00:00:00:00:01", "datapath": sbtest.Ref(sw)})
	db.Row("FDB", map[string]any{"mac": "02:00:00:00:00:02", "dp_key": 1, "port_key": 1})
	n, err := lflow.Read(context.Background(), "example", db.Bytes(), lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()
	rows := n.Contents()
	for _, row := range rows {
		if row.Table == "Port_Binding" {
			continue
		}
		first := row.Columns[0]
		fmt.Println(row.Table, row.Key, first.Name, first.Text)
	}
	d := n.Datapaths[0]
	known := d.MACBindings()[0]
	fmt.Printf("port %d has %012x, and %012x was seen; %d multicast groups\n", known.Port, known.MAC, d.FDBEntries()[0].MAC, len(d.Groups()))
	// Output:
	// FDB sw0 02:00:00:00:00:02 port_key vm1
	// MAC_Binding vm1 10.0.0.1 mac 02:00:00:00:00:01
	// port 1 has 020000000001, and 020000000002 was seen; 0 multicast groups
}
