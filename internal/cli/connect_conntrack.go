package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/conntrack"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
)

// conntrackOptions are the files with the initial connection tables of a walk.
type conntrackOptions struct {
	tables []string // CHASSIS=FILE
	zones  []string // CHASSIS=FILE
}

// read reads the tables, and returns them by the names of the chassis.
func (o *conntrackOptions) read(ctx context.Context, c *cluster.Cluster) (map[string]*connect.Recorded, error) {
	named := map[string]map[uint16]string{}
	err := eachFile(o.zones, "--ct-zones", c, func(h *cluster.Chassis, file string) (err error) {
		named[h.Name], err = readZones(ctx, file)
		return err
	})
	if err != nil {
		return nil, err
	}
	all := map[string]*connect.Recorded{}
	err = eachFile(o.tables, "--conntrack", c, func(h *cluster.Chassis, file string) error {
		if all[h.Name] != nil {
			return fmt.Errorf("a second table of chassis %s", h.Name)
		}
		in, err := os.Open(file)
		if err != nil {
			return err
		}
		defer in.Close() // it was only read
		entries, err := conntrack.ReadDump(in)
		if err != nil {
			return err
		}
		all[h.Name] = connect.NewRecorded(file, entries, named[h.Name])
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, value := range o.zones {
		name, _, _ := strings.Cut(value, "=")
		if all[c.Named(name).Name] == nil {
			return nil, fmt.Errorf("--ct-zones=%s: this option names the zones of --conntrack %s=FILE, which is missing", value, name)
		}
	}
	return all, nil
}

// eachFile calls read for each value of an option, CHASSIS=FILE.
func eachFile(values []string, option string, c *cluster.Cluster, read func(*cluster.Chassis, string) error) error {
	for _, value := range values {
		name, file, ok := strings.Cut(value, "=")
		if !ok || name == "" || file == "" {
			return fmt.Errorf("%s=%s: not a chassis and a file as CHASSIS=FILE", option, value)
		}
		h := c.Named(name)
		if h == nil {
			return fmt.Errorf("%s: %w", option, c.Unknown(name))
		}
		if err := read(h, file); err != nil {
			return fmt.Errorf("%s=%s: %w", option, value, err)
		}
	}
	return nil
}

// readZones reads the names of conntrack zones from the output of ct-zone-list or
// ovs-vsctl, or from the database of Open vSwitch.
func readZones(ctx context.Context, file string) (map[uint16]string, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close() // it was only read
	magic := []byte("OVSDB ")
	head := make([]byte, len(magic))
	if n, err := io.ReadFull(in, head); err != nil || !bytes.Equal(head[:n], magic) {
		return conntrack.ReadZones(io.MultiReader(bytes.NewReader(head[:n]), in))
	}
	db, err := open.Path(ctx, file, ovsdb.Options{Schema: ovsdb.OpenVSwitch})
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }() // it was only read
	named := map[uint16]string{}
	t := db.Table("Bridge")
	ids, _ := t.Col("external_ids")
	for r := range t.Rows() {
		for key, number := range r.Map(ids) {
			if name, ok := strings.CutPrefix(key, "ct-zone-"); ok {
				if err := conntrack.NameZone(named, strings.Clone(name), number); err != nil {
					return nil, err
				}
			}
		}
	}
	if len(named) == 0 {
		return nil, fmt.Errorf("no bridge has conntrack zones in external_ids: not the database of a chassis")
	}
	return named, nil
}
