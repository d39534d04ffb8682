// Command cluster writes the southbound database of a cluster of that size, as
// the OVN that is installed here makes it of the northbound one:
//
//	cluster NODES PORTS BALANCERS RULES FILE [NORTHBOUND]
//	cluster zones NODES PORTS RULES DIR
//
// NORTHBOUND is a file for the northbound database.  With zones, each node is an
// interconnect zone, whose database is a file in DIR.
//
// It is for bench/run.  500 nodes take minutes and gigabytes, most of them
// ovn-northd's.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/lab"
)

var errUsage = errors.New("usage: cluster NODES PORTS BALANCERS RULES FILE [NORTHBOUND] | cluster zones NODES PORTS RULES DIR")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	if len(args) == 5 && args[0] == "zones" {
		var c cluster
		if _, err := fmt.Sscan(strings.Join(args[1:4], " "), &c.nodes, &c.ports, &c.rules); err != nil {
			return fmt.Errorf("%w; %w", err, errUsage)
		}
		return c.writeZones(ctx, args[4])
	}
	if len(args) != 5 && len(args) != 6 {
		return errUsage
	}
	var size [4]int
	for i := range size {
		if size[i], err = strconv.Atoi(args[i]); err != nil || size[i] < 1 || size[i] > maxSize {
			return fmt.Errorf("%q is no number from 1 to %d; %w", args[i], maxSize, errUsage)
		}
	}
	if size[1] > maxPorts {
		return fmt.Errorf("%d ports a node are over %d; %w", size[1], maxPorts, errUsage)
	}
	p, err := lab.Start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	c := cluster{nodes: size[0], ports: size[1], balancers: size[2], rules: size[3]}
	for _, b := range c.batches() {
		if err := northbound(ctx, p, b); err != nil {
			return err
		}
	}
	if err := northbound(ctx, p, nil, "--wait=sb", "sync"); err != nil {
		return err
	}
	data, err := p.Backup(ctx)
	if err != nil {
		return err
	}
	if err := os.WriteFile(args[4], data, 0o644); err != nil || len(args) == 5 {
		return err
	}
	if data, err = p.BackupNorth(ctx); err != nil {
		return err
	}
	return os.WriteFile(args[5], data, 0o644)
}

// northbound runs commands with more patience than the lab has.
func northbound(ctx context.Context, p *lab.ControlPlane, b lab.Batch, more ...string) error {
	args := append([]string{"--db=" + strings.Replace(p.Remote(), "/sb.sock", "/nb.sock", 1), "--timeout=1800"}, more...)
	for _, command := range b {
		args = append(append(args, "--"), command...)
	}
	out, err := exec.CommandContext(ctx, "ovn-nbctl", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ovn-nbctl: %w: %s", err, out)
	}
	return nil
}
