package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/diff"
	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// zonePair is a zone as the old side has it and as the new one does.
type zonePair [2]*input.Zone

// networks reads the databases of both.
func (p zonePair) networks(ctx context.Context) (nets [2]*lflow.Network, err error) {
	for i, z := range p {
		if nets[i], err = z.Network(ctx); err != nil {
			return nets, err
		}
	}
	return nets, nil
}

// norths opens the northbound databases: of each side its own, or one that is of at least
// one of them.
func (p zonePair) norths(ctx context.Context, given []string) (found [2]*explain.Northbound, err error) {
	var other error
	for i, z := range p {
		norths, err := z.North(ctx)
		switch {
		case len(norths) > 0:
			found[i] = norths[0]
		case errors.Is(err, explain.ErrOtherNetwork) && !slices.Contains(given, input.NorthAuto):
			other = err
		case err != nil:
			return found, err
		}
	}
	if found[0] == nil && found[1] == nil {
		return found, other
	}
	return found, nil
}

// comparePair compares the databases of a zone and names the northbound rows of the flows
// that differ.
func (o *diffOptions) comparePair(ctx context.Context, p zonePair, compare func([2]*lflow.Network) (*diff.Report, error)) (*diff.Report, error) {
	nets, err := p.networks(ctx)
	if err != nil {
		return nil, err
	}
	norths, err := p.norths(ctx, o.nb)
	if err != nil {
		return nil, err
	}
	report, err := compare(nets)
	if err == nil {
		report.NameRows(norths[0].RowsOf, norths[1].RowsOf)
	}
	return report, err
}

// compareZones compares the zones that both sides have, one after the other.
func (o *diffOptions) compareZones(ctx context.Context, sys *System, sides [2]*input.Network, single bool, how diff.Options) (*diff.Zones, error) {
	switch {
	case o.suite != "":
		return nil, errors.New("a suite is about one network and diff compares several zones one by one: run the suite over both sides with ovnwalk test --db, or give one database of each as PATH//MEMBER")
	case o.connections:
		return nil, errors.New("connections of several zones are not compared: give one database of each side as PATH//MEMBER, or leave out --connections")
	}
	pairs, found, err := o.pairs(sides)
	if err != nil {
		return nil, err
	}
	if single {
		if pairs, err = o.sender(sides, pairs); err != nil {
			return nil, err
		}
		found = &diff.Zones{} // the question is about a packet
	}
	var nothing error
	packets := 0
	for _, p := range pairs {
		report, err := o.comparePair(ctx, p, func(nets [2]*lflow.Network) (*diff.Report, error) {
			of := *o
			if err := of.destination(ctx, sides[0], nets[0]); err != nil {
				return nil, err
			}
			report, err := of.comparePackets(ctx, sys, nets, single, how)
			if err != nil {
				err = fmt.Errorf("zone %s: %w", p[0], err)
			}
			return report, err
		})
		if errors.Is(err, errNoPackets) {
			nothing = err
		} else if err != nil {
			return nil, err
		}
		packets += report.Packets
		found.Reports = append(found.Reports, diff.ZoneReport{Zone: p[0].String(), Report: report})
		for _, z := range p {
			if err := z.Opened().Changed(); err != nil {
				return nil, err
			}
			if report.Same() { // otherwise it has texts of the database
				z.Forget()
			}
		}
	}
	if packets == 0 && found.Same() {
		return nil, nothing
	}
	return found, nil
}

// pairs returns the zones that both sides have, sorted by name, and a report of those
// that only one has.  A database that cannot be read is refused, or is left out.
func (o *diffOptions) pairs(sides [2]*input.Network) (pairs []zonePair, found *diff.Zones, err error) {
	var named [2]map[string]*input.Zone
	for i, side := range sides {
		named[i] = map[string]*input.Zone{}
		for _, z := range side.Zones {
			if z.Err != nil {
				if !o.damage.Allowed {
					return nil, nil, fmt.Errorf("%w; take another copy, or go on without the zone with --allow-damaged", z.Err)
				}
				continue
			}
			if twin := named[i][z.String()]; twin != nil {
				return nil, nil, fmt.Errorf("%s: zones are matched by name, and the databases %s and %s are both of zone %s: give one of them", o.dbs[i], twin.Path, z.Path, z)
			}
			named[i][z.String()] = z
		}
	}
	found = &diff.Zones{}
	for name, z := range named[0] {
		if other := named[1][name]; other != nil {
			pairs = append(pairs, zonePair{z, other})
		} else {
			found.Gone = append(found.Gone, name)
		}
	}
	for name := range named[1] {
		if named[0][name] == nil {
			found.New = append(found.New, name)
		}
	}
	slices.SortFunc(pairs, func(a, b zonePair) int { return strings.Compare(a[0].String(), b[0].String()) })
	slices.Sort(found.Gone)
	slices.Sort(found.New)
	return pairs, found, nil
}

// sender returns the pairs of the zone that has the port which sends the one packet: on the
// old side, or else on the new one.
func (o *diffOptions) sender(sides [2]*input.Network, pairs []zonePair) ([]zonePair, error) {
	for i, side := range sides {
		having := o.senders(side, o.microflow)
		if len(having) == len(side.Having("")) && side.Several() {
			continue // not known
		}
		of := slices.DeleteFunc(slices.Clone(pairs), func(p zonePair) bool { return !slices.Contains(having, p[i]) })
		if len(of) == 0 {
			return nil, fmt.Errorf("the packet starts in zone %s, of which %s has no database", having[0], o.dbs[1-i])
		}
		return of, nil
	}
	return pairs, nil
}
