package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/diff"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// checkConnections returns an error for options that cannot be combined with --connections.
func (o *diffOptions) checkConnections() error {
	switch {
	case o.connections && (len(o.ct) > 0 || o.ctNewGiven):
		return errors.New("--ct and --ct-new cannot be combined with --connections: conntrack states come from the connection tables")
	case o.connections && o.suite != "":
		return errors.New("--suite cannot be combined with --connections: run the suite over both databases with ovnwalk test --db")
	}
	return checkConnections(o.connections, o.hostsAnswer, o.chassis)
}

// checkConnections returns an error for --chassis with --connections and for
// --hosts-answer without it.
func checkConnections(connections, hostsAnswer bool, chassis string) error {
	switch {
	case hostsAnswer && !connections:
		return errors.New("--hosts-answer requires --connections")
	case connections && chassis != "":
		return errors.New("--chassis cannot be combined with --connections, which cross all chassis")
	}
	return nil
}

// nameIn names the causes of differences; the flows may be those of any zone that was read.
func (o *diffOptions) nameIn(ctx context.Context, report *diff.Report, all []zonePair) error {
	var sides [2][]namedZone
	for _, p := range all {
		if p[0].Opened() == nil && p[1].Opened() == nil {
			continue
		}
		norths, err := p.norths(ctx, o.nb)
		if err != nil {
			return err
		}
		for i, z := range p {
			if n := z.Opened(); n != nil {
				sides[i] = append(sides[i], namedZone{z.String(), n, norths[i]})
			}
		}
	}
	nameCauses(report, sides)
	return nil
}

// connectZones compares the connections that packets of the given pairs of zones open,
// over all zones of each side, and adds the reports to found.
func (o *diffOptions) connectZones(ctx context.Context, sys *System, sides [2]*input.Network, all, pairs []zonePair, single bool, found *diff.Zones) error {
	plans := make([]*diff.Plan, len(pairs))
	for i, p := range pairs {
		nets, err := p.networks(ctx)
		if err != nil {
			return err
		}
		of := *o
		if err := of.destination(ctx, sides[0], nets[0]); err != nil {
			return err
		}
		if plans[i], err = of.plan(ctx, nets, single); err != nil {
			return fmt.Errorf("zone %s: %w", p[0], err)
		}
	}
	var clusters [2]*cluster.Cluster
	for i, side := range sides {
		var err error
		if clusters[i], err = cluster.Open(clusterSources(ctx, side.Zones), cluster.Options{}); err != nil {
			return err
		}
	}
	for i, p := range pairs {
		report, err := working(ctx, sys, comparing, func(ctx context.Context) (*diff.Report, error) {
			return diff.CompareConnections(ctx, clusters[0], clusters[1], plans[i].Packets, connect.Options{HostsAnswer: o.hostsAnswer})
		})
		if err != nil {
			return err
		}
		for _, c := range clusters {
			if err := c.Failure(); err != nil {
				return err
			}
		}
		if single && report.Errors() != nil {
			return report.Errors()
		}
		report.Notes = append(plans[i].Notes, report.Notes...)
		if err := o.nameIn(ctx, report, all); err != nil {
			return err
		}
		found.Reports = append(found.Reports, diff.ZoneReport{Zone: p[0].String(), Report: report})
	}
	return nil
}

// send sends planned packets through both networks, or opens connections with them.
func (o *diffOptions) send(ctx context.Context, nets [2]*lflow.Network, plan *diff.Plan, how diff.Options) (*diff.Report, error) {
	if !o.connections {
		return diff.Compare(ctx, nets[0], nets[1], plan.Packets, how)
	}
	var clusters [2]*cluster.Cluster
	for i, n := range nets {
		var err error
		if clusters[i], err = cluster.New([]*lflow.Network{n}, cluster.Options{}); err != nil {
			return nil, err
		}
	}
	return diff.CompareConnections(ctx, clusters[0], clusters[1], plan.Packets, connect.Options{HostsAnswer: o.hostsAnswer})
}
