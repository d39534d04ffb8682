package cli

import (
	"context"
	"errors"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/diff"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// checkConnections refuses options that do not go together.
func (o *diffOptions) checkConnections() error {
	switch {
	case o.hostsAnswer && !o.connections:
		return errors.New("--hosts-answer goes with --connections")
	case o.connections && (len(o.ct) > 0 || o.ctNewGiven):
		return errors.New("connections have the states that the connection tables give them: leave out --ct and --ct-new, or --connections")
	case o.connections && o.suite != "":
		return errors.New("a suite says itself which connections it tests: run it over both databases with ovnwalk test --db, or leave out --suite or --connections")
	case o.connections && o.chassis != "":
		return errors.New("connections go over all chassis: leave out --chassis, or --connections")
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
