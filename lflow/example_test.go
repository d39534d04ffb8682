package lflow_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"slices"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// demoNetwork returns the network of two switches and a router between them
// that ovnwalk has built in.  Other programs open a file or a server with
// lflow.Open.
func demoNetwork() *lflow.Network {
	n, err := lflow.Read(context.Background(), "demo", demo.Bytes(), lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	return n
}

// port returns a port that there is.
func port(n *lflow.Network, name string) *lflow.Port {
	p, err := n.Port(name)
	if err != nil {
		log.Fatal(err)
	}
	return p
}

// shopNetwork returns a network with load balancers, access control lists and a
// gateway.
func shopNetwork() *lflow.Network {
	n, err := lflow.Open(context.Background(), "../testdata/suites/shop.db.gz", lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	return n
}

// demoFile writes the built-in database to a folder of its own and returns the
// file.
func demoFile() (path string, remove func()) {
	dir, err := os.MkdirTemp("", "ovnwalk")
	if err != nil {
		log.Fatal(err)
	}
	packed, err := gzip.NewReader(bytes.NewReader(demo.Bytes()))
	if err != nil {
		log.Fatal(err)
	}
	content, err := io.ReadAll(packed)
	if err != nil {
		log.Fatal(err)
	}
	path = filepath.Join(dir, "ovnsb_db.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		log.Fatal(err)
	}
	return path, func() { os.RemoveAll(dir) }
}

// A network is opened from a file, a server or wherever else its database is,
// and detects which release of OVN wrote it.
func ExampleOpen() {
	path, remove := demoFile()
	defer remove()

	n, err := lflow.Open(context.Background(), path, lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()
	fmt.Printf("OVN %v, by %v\n", n.Detected.Release, n.Detected.By)
	fmt.Println(len(n.Datapaths), "datapaths,", n.FlowCount(), "logical flows, of which", n.FlowsRead(), "were read")
	// Output:
	// OVN 23.03.1, by northd_internal_version
	// 3 datapaths, 188 logical flows, of which 0 were read
}

// The bytes of a database do as well as a file.
func ExampleRead() {
	n, err := lflow.Read(context.Background(), "demo", demo.Bytes(), lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range n.Datapaths {
		fmt.Println(d.Name, d.Type, d.TunnelKey)
	}
	// Output:
	// network1 logical-switch 1
	// router1 logical-router 3
	// network2 logical-switch 2
}

// Options name the release, where nothing in the database does, and the
// chassis from which to look.
func ExampleOptions() {
	n, err := lflow.Read(context.Background(), "demo", demo.Bytes(), lflow.Options{
		Release: dialect.MustParse("24.03"),
		Chassis: "worker1",
		Source:  lflow.Source{MaxBytes: 1 << 30},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n.Dialect.Release())

	_, err = lflow.Read(context.Background(), "demo", demo.Bytes(), lflow.Options{Chassis: "worker9"})
	fmt.Println(errors.Is(err, lflow.ErrUnknownChassis))
	// Output:
	// 24.03.0
	// true
}

// A server that speaks TLS asks for a certificate, and a big database may show
// how far it is.
func ExampleSource() {
	o := lflow.Options{Source: lflow.Source{
		PrivateKey:  "/etc/openvswitch/sc-privkey.pem",
		Certificate: "/etc/openvswitch/sc-cert.pem",
		CACert:      "/etc/openvswitch/cacert.pem",
		Progress: func(done, total int64) {
			fmt.Printf("\r%d of %d bytes", done, total)
		},
	}}
	_, err := lflow.Open(context.Background(), "ssl:192.0.2.1:6642", o)
	fmt.Println("a key is missing:", errors.Is(err, fs.ErrNotExist))
	// Output: a key is missing: true
}

// An error about a file has the place in it.
func ExampleDatabaseError() {
	_, err := lflow.Read(context.Background(), "backup.db", []byte("OVSDB JSON 5 0\n{}"), lflow.Options{})
	if bad, ok := errors.AsType[*lflow.DatabaseError](err); ok {
		fmt.Println(bad)
	}
	// Output: backup.db: byte 0: the first record's header line cannot be read: "OVSDB JSON 5 0\n{}"
}

// A folder with several databases is answered by their list, from which a user
// may choose.
func ExampleSeveralError() {
	path, remove := demoFile()
	defer remove()
	content, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "old.db"), content, 0o600); err != nil {
		log.Fatal(err)
	}

	_, err = lflow.Open(context.Background(), filepath.Dir(path), lflow.Options{})
	if several, ok := errors.AsType[*lflow.SeveralError](err); ok {
		fmt.Println(filepath.Dir(path) == several.Path, len(several.Members))
	}
	// Output: true 2
}

// An index beside a file lets the next Open start at once.
func ExampleCompile() {
	path, remove := demoFile()
	defer remove()

	if _, err := lflow.Compile(context.Background(), path, lflow.Source{}); err != nil {
		log.Fatal(err)
	}
	n, err := lflow.Open(context.Background(), path, lflow.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()
	fmt.Println(n.FlowCount(), "logical flows")
	// Output: 188 logical flows
}

// Whoever keeps a copy of a database for traces needs these tables and columns
// alone.
func ExampleWanted() {
	columns := slices.Sorted(slices.Values(lflow.Wanted()["MAC_Binding"]))
	fmt.Println(lflow.Schema, "MAC_Binding", columns)
	// Output: OVN_Southbound MAC_Binding [datapath ip logical_port mac]
}
