// Package demo holds a small network inside the binary, so that the first
// command of a newcomer works on a machine that has never seen OVN.
//
// It is two switches joined by one router: vm1 (40:44:00:00:00:01,
// 192.168.0.11) on network1 and vm2 (40:44:00:00:00:02, 192.168.1.11) on
// network2. Three chassis exist; vm1 is bound on worker1 and vm2 on worker2.
// The ovn-northd of OVN 23.03.1, as Debian 12 ships it, wrote the flows.
package demo

import (
	"bytes"
	_ "embed"
)

//go:generate go run ../lab/regenerate demo demo.db.gz

//go:embed demo.db.gz
var packed []byte

// Name is what stands for the demo where a database is named.
const Name = "demo"

// Bytes returns the demo's southbound database: a gzip'd standalone OVSDB file
// (ovsdb(5)). The caller owns the slice.
func Bytes() []byte { return bytes.Clone(packed) }
