package cli

import (
	"context"
	"errors"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// source is where a network comes from, and how it is to be read.
type source struct {
	db      string
	release string
	chassis string
}

func (s *source) flags(f *pflag.FlagSet) {
	f.StringVar(&s.db, "db", "", "southbound database: a file, or \"demo\" for the built-in network (default $OVN_SB_DB)")
	f.StringVar(&s.release, "release", "", "read the database as that release of OVN's, such as 23.03 or main, whatever it says itself")
	f.StringVar(&s.chassis, "chassis", "", "look from that chassis: its template variables, the ports that it has")
}

var errNoSource = errors.New("no database given: use --db FILE, set OVN_SB_DB, or try the built-in network with --db demo")

// open reads the network.
func (s *source) open(ctx context.Context, sys *System) (*lflow.Network, error) {
	o := lflow.Options{Chassis: s.chassis}
	if s.release != "" {
		r, err := dialect.Parse(s.release)
		if err != nil {
			return nil, err
		}
		o.Release = r
	}
	name := s.db
	if name == "" {
		name = sys.Getenv("OVN_SB_DB")
	}
	switch name {
	case "":
		return nil, errNoSource
	case "demo":
		return lflow.Read(ctx, "demo", demo.Bytes(), o)
	}
	return lflow.Open(ctx, name, o)
}
