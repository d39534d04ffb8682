package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/controlplane"
	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/suite"
	"github.com/ovnwalk/ovnwalk/internal/whatif"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// northdSource opens the databases of suites, and generates those of suites with
// northd: true.
type northdSource struct {
	source
	sys    *System
	ovnBin string
	nb     string
	made   map[[2]string][]byte // generated southbound databases, by the paths of both inputs
	zones  map[*lflow.Network]*input.Zone
}

// open opens the databases of all zones that a suite names.
func (s *northdSource) open(ctx context.Context, from suite.Source) (*suite.Zones, error) {
	if from.Northd {
		n, err := s.openMade(ctx, from)
		return &suite.Zones{Networks: []*lflow.Network{n}}, err
	}
	of := s.of(from)
	if s.nb != "" {
		of.North = []string{s.nb}
	}
	zones, err := of.open(ctx, s.sys)
	if err != nil {
		return nil, err
	}
	opened, err := zoneNetworks(nil).all(ctx, zones)
	for _, z := range zones.Zones {
		s.zones[z.Opened()] = z
	}
	return opened, err
}

// openMade opens the database that ovn-northd makes for a suite.
func (s *northdSource) openMade(ctx context.Context, from suite.Source) (*lflow.Network, error) {
	key := [2]string{from.DB, from.NB}
	data, ok := s.made[key]
	if !ok {
		var err error
		if data, err = s.make(ctx, from); err != nil {
			return nil, err
		}
		s.made[key] = data
	}
	o := lflow.Options{Chassis: from.Chassis, AsChassis: from.AsChassis}
	if from.Release != "" {
		r, err := dialect.Parse(from.Release)
		if err != nil {
			return nil, err
		}
		o.Release = r
	}
	n, err := lflow.Read(ctx, "ovn-northd's database of "+from.NB, data, o)
	if err == nil {
		s.sys.own(n)
	}
	return n, err
}

// all returns the networks of all zones that can be read.
func (r zoneNetworks) all(ctx context.Context, zones *input.Network) (*suite.Zones, error) {
	out := &suite.Zones{ByName: map[string]*lflow.Network{}, Across: r.across(ctx, zones)}
	var first error
	for _, z := range zones.Zones {
		if z.Err != nil && zones.Several() {
			first = cmp.Or(first, z.Err)
			continue
		}
		n, err := r.of(ctx, z)
		if err != nil {
			return nil, err
		}
		out.Networks = append(out.Networks, n)
		out.ByName[z.String()] = n
	}
	if len(out.Networks) == 0 {
		return nil, first
	}
	return out, nil
}

// openNorth opens the northbound database of a suite's network.  It is closed with the
// command.
func (s *northdSource) openNorth(ctx context.Context, from suite.Source, n *lflow.Network) (*explain.Northbound, error) {
	if z := s.zones[n]; z != nil {
		norths, err := z.North(ctx)
		switch {
		case err != nil:
			return nil, err
		case len(norths) == 0:
			return nil, explain.ErrOtherNetwork
		}
		return norths[0], nil
	}
	north, err := input.OpenNorth(ctx, s.sys.session(), from.NB, from.DB, s.accessOptions.source(), n, s.sys.warnOnce)
	if err != nil {
		return nil, fmt.Errorf("--nb=%s: %w", from.NB, err)
	}
	s.sys.own(north)
	return north, nil
}

// make runs ovn-northd and returns the southbound database.
func (s *northdSource) make(ctx context.Context, from suite.Source) (data []byte, err error) {
	if from.NB == input.NorthAuto {
		return nil, errors.New("--nb=auto: a suite with northd: true needs the path of its northbound database")
	}
	q := whatif.Request{Output: raw(s.sys.Stderr)}
	if q.Programs, err = controlplane.Find(s.ovnBin, ""); err != nil {
		return nil, err
	}
	how := snapshotReader{s.accessOptions, s.damage}
	if q.NB, err = how.read(ctx, s.sys, from.NB, ovsdb.Northbound); err != nil {
		return nil, err
	}
	if from.DB != "" {
		if q.SB, err = how.read(ctx, s.sys, from.DB, lflow.Schema); err != nil {
			return nil, err
		}
	}
	result, err := whatif.Run(ctx, q)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, result.Close()) }()
	for _, w := range result.Warnings {
		s.sys.warnOnce("ovn-northd: " + w.Text)
	}
	return os.ReadFile(result.After)
}
