// Package ovnwalktest provides assertions for Go tests about packets in the logical network of an OVN
// southbound database:
//
//	n := ovnwalktest.Open(t, "testdata/prod.db.gz")
//	n.Walk(t, ovnwalktest.Packet{From: "web1", To: "db1", Proto: "tcp:5432"}).Delivered(t, "db1")
//
// A database is a file in any format that ovnwalk reads, or "demo" for the built-in network. Several
// tests may use a network concurrently.
package ovnwalktest

import (
	"context"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/suite"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TB is the part of testing.TB that this package uses.  *testing.T, *testing.B and
// *testing.F implement it.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
}

// Network is the logical network of a southbound database.
type Network struct {
	net      *lflow.Network
	resolver *address.Resolver
}

// Option is an option for reading a database.
type Option func(*lflow.Options) error

// Release overrides the detected release of the database with another, such as "23.03".
func Release(name string) Option {
	return func(o *lflow.Options) (err error) {
		o.Release, err = dialect.Parse(name)
		return err
	}
}

// Chassis sets the chassis for is_chassis_resident and template variables.
func Chassis(name string) Option {
	return func(o *lflow.Options) error {
		o.Chassis = name
		return nil
	}
}

// Open reads the network in a southbound database and closes it when the test ends. If the database
// cannot be read, the test ends.
func Open(t TB, path string, options ...Option) *Network {
	t.Helper()
	var o lflow.Options
	for _, option := range options {
		if err := option(&o); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	n, err := open(context.Background(), path, o)
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	})
	return Of(n)
}

// Of returns a Network for a logical network that is already open.
func Of(n *lflow.Network) *Network { return &Network{n, address.NewResolver(n)} }

// Lflow returns the logical network.
func (n *Network) Lflow() *lflow.Network { return n.net }

func open(ctx context.Context, path string, o lflow.Options) (*lflow.Network, error) {
	if path == demo.Name {
		return lflow.Read(ctx, path, demo.Bytes(), o)
	}
	return lflow.Open(ctx, path, o)
}

// RunSuites runs test suites as ovnwalk test does, and reports each test that fails or cannot be run as
// an error of t.
func RunSuites(t TB, files ...string) {
	t.Helper()
	r, err := suite.Run(context.Background(), files, suite.Options{
		Open: func(ctx context.Context, from suite.Source) (*suite.Zones, error) {
			o := lflow.Options{Chassis: from.Chassis, AsChassis: from.AsChassis}
			if from.Release != "" {
				if err := Release(from.Release)(&o); err != nil {
					return nil, err
				}
			}
			n, err := open(ctx, from.DB, o)
			return &suite.Zones{Networks: []*lflow.Network{n}}, err
		},
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer r.Close()
	for _, line := range r.Failures() {
		t.Errorf("%s", line)
	}
}
