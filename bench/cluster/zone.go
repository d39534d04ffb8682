package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/lab"
)

// maxZones bounds the zones, whose numbers are octets of addresses.
const maxZones = 250

// writeZones writes the databases of a cluster whose nodes are interconnect zones, one in
// a directory for each node.  It has the groups of ports and the rules of the other one.
func (c cluster) writeZones(ctx context.Context, folder string) error {
	if c.nodes > maxZones {
		return fmt.Errorf("%d zones are over %d", c.nodes, maxZones)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for n := range c.nodes {
		data, err := c.zone(ctx, n)
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, fmt.Sprintf("z%d-sb.db", n)), data, 0o644)
		}
		if err != nil {
			return fmt.Errorf("zone %d: %w", n, err)
		}
	}
	return nil
}

// zone lays the zone of node n and returns its southbound database.
func (c cluster) zone(ctx context.Context, n int) (data []byte, err error) {
	p, err := lab.Start(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	members, everyone := make([][]string, groups), make([][]string, groups)
	var b lab.Batch
	b.Addf("lr-add cluster")
	b.Addf("lrp-add cluster rtoj-cluster %s 100.64.0.1/16", mac(0, 1, 5))
	b.Addf("ls-add join")
	c.attach(&b, "join", "jtor-cluster", "rtoj-cluster")
	c.node(&b, n, members)
	b.Addf("ls-add transit -- set logical_switch transit other_config:interconn-ts=transit other_config:requested-tnl-key=16711683")
	b.Addf("lrp-add cluster rtots-node%d %s %s/16", n, mac(n, 1, 6), spread("100.88", n))
	c.attach(&b, "transit", fmt.Sprint("tstor-node", n), fmt.Sprint("rtots-node", n))
	var sb lab.Batch
	for m := range c.nodes {
		b.Addf("--may-exist lsp-add transit tstor-node%d", m)
		b.Addf("set logical_switch_port tstor-node%d options:requested-tnl-key=%d", m, m+1)
		chassis := fmt.Sprint("chassis", m)
		sb.Addf("chassis-add %s geneve 192.168.0.%d -- set chassis %s hostname=node%d other_config:is-interconn=true", chassis, m+1, chassis, m)
		for port := range c.ports {
			everyone[port%groups] = append(everyone[port%groups], fmt.Sprintf("10.%d.%d.%d", 128+m>>8, m&255, port+3))
		}
		if m == n {
			continue
		}
		b.Addf("lsp-set-type tstor-node%d remote", m)
		b.Add("lsp-set-addresses", fmt.Sprint("tstor-node", m), mac(m, 1, 6)+" "+spread("100.88", m)+"/16")
		b.Addf("lr-route-add cluster 10.%d.%d.0/24 %s", 128+m>>8, m&255, spread("100.88", m))
		sb.Addf("set chassis %s other_config:is-remote=true", chassis)
	}
	for g, ports := range members {
		b.Add(append([]string{"pg-add", fmt.Sprint("pg", g)}, ports...)...)
		b.Add("create", "address_set", fmt.Sprintf("name=all%d", g), "addresses="+strings.Join(everyone[g], ","))
		for i := range c.rules {
			b.Add("acl-add", fmt.Sprint("pg", g), "to-lport", fmt.Sprint(1001+i),
				fmt.Sprintf("outport == @pg%d && ip4 && ip4.src == $all%d && tcp && tcp.dst == %d", g, (g+i)%groups, 1000+i), "allow-related")
		}
		b.Add("acl-add", fmt.Sprint("pg", g), "to-lport", "1000", fmt.Sprintf("outport == @pg%d && ip", g), "drop")
	}
	if err := northbound(ctx, p, b); err != nil {
		return nil, err
	}
	if err := p.Southbound(ctx, sb); err != nil {
		return nil, err
	}
	if err := p.Settle(ctx); err != nil {
		return nil, err
	}
	sb = nil
	for m := range c.nodes {
		if m != n {
			sb.Addf("lsp-bind tstor-node%d chassis%d", m, m)
		}
	}
	for port := range c.ports {
		sb.Addf("lsp-bind pod%d-%d chassis%d", n, port, n)
	}
	if err := p.Southbound(ctx, sb); err != nil {
		return nil, err
	}
	if err := p.Settle(ctx); err != nil {
		return nil, err
	}
	return p.Backup(ctx)
}
