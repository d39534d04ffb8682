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
	"github.com/ovnwalk/ovnwalk/internal/names"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// zonePair is the same zone on the old and on the new side.
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

// norths opens the northbound databases of both. A given database may belong to one or both.
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

// namedZone is a zone of one side, with the databases that name causes of differences.
type namedZone struct {
	name    string
	network *lflow.Network
	north   *explain.Northbound // or nil
}

// nameCauses names the northbound rows and objects behind the deciding flows of each side.
func nameCauses(report *diff.Report, sides [2][]namedZone) {
	if len(report.Causes) == 0 {
		return
	}
	naming := func(zones []namedZone) func(*trace.Flow) (string, []string) {
		var named []names.Zone
		for _, z := range zones {
			zone := names.Zone{Name: z.name, Network: z.network}
			if z.north != nil {
				zone.North = z.north.Snapshot()
			}
			named = append(named, zone)
		}
		index := names.New(named...)
		return func(f *trace.Flow) (cause string, rows []string) {
			for i, z := range zones {
				z.north.UseTitles(index.TitleOf)
				if cause == "" {
					cause = index.Cause(i, f, nil, nil)
				}
				rows = append(rows, z.north.Origins(f)...)
			}
			return cause, rows
		}
	}
	report.Name(naming(sides[0]), naming(sides[1]))
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
		nameCauses(report, [2][]namedZone{{{p[0].String(), nets[0], norths[0]}}, {{p[1].String(), nets[1], norths[1]}}})
	}
	return report, err
}

// compareZones compares the zones that both sides have, one after the other.
// Packets of a suite, nil for none, and connections cross to other zones.
func (o *diffOptions) compareZones(ctx context.Context, sys *System, sides [2]*input.Network, plan *diff.Plan, single bool, how diff.Options) (*diff.Zones, error) {
	pairs, found, err := o.pairs(sides)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(pairs)
	if single {
		if pairs, err = o.sender(sides, pairs, o.microflow); err != nil {
			return nil, err
		}
	}
	var plans map[zonePair]*diff.Plan
	if plan != nil {
		if plans, err = o.byZone(sides, pairs, plan); err != nil {
			return nil, err
		}
		pairs = slices.DeleteFunc(pairs, func(p zonePair) bool { return plans[p] == nil })
	}
	if single || plan != nil {
		found = &diff.Zones{} // only packets are compared
	}
	if o.connections {
		return found, o.connectZones(ctx, sys, sides, all, pairs, single, found)
	}
	var nothing error
	packets := 0
	for _, p := range pairs {
		report, err := o.comparePair(ctx, p, func(nets [2]*lflow.Network) (*diff.Report, error) {
			of := *o
			if err := of.destination(ctx, sides[0], nets[0]); err != nil {
				return nil, err
			}
			var report *diff.Report
			var err error
			if plans != nil {
				how.Across = [2]func(*lflow.Port) sim.Entry{across(ctx, sides[0]), across(ctx, sides[1])}
				report, err = of.comparePlan(ctx, sys, plans[p], p, how)
			} else {
				report, err = of.comparePackets(ctx, sys, nets, single, how)
			}
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
			if report.Same() && plans == nil { // otherwise the report refers to the databases, or packets cross them
				z.Forget()
			}
		}
	}
	if packets == 0 && found.Same() {
		return nil, nothing
	}
	return found, nil
}

// zonesByName returns the zones of both sides by name. A database that cannot be read is an
// error, or is skipped if the policy allows damage.
func zonesByName(sides [2]*input.Network, dbs [2]string, damage input.DamagePolicy) (named [2]map[string]*input.Zone, err error) {
	for i, side := range sides {
		named[i] = map[string]*input.Zone{}
		for _, z := range side.Zones {
			if z.Err != nil {
				if !damage.Allowed {
					return named, fmt.Errorf("%w; use another copy, or skip the zone with --allow-damaged", z.Err)
				}
				continue
			}
			if twin := named[i][z.String()]; twin != nil {
				return named, fmt.Errorf("%s: zones are matched by name, and the databases %s and %s are both of zone %s: give one of them", dbs[i], twin.Path, z.Path, z)
			}
			named[i][z.String()] = z
		}
	}
	return named, nil
}

// pairs returns the zones that both sides have, sorted by name, and a report of the zones
// that only one side has.
func (o *diffOptions) pairs(sides [2]*input.Network) (pairs []zonePair, found *diff.Zones, err error) {
	named, err := zonesByName(sides, o.dbs, o.damage)
	if err != nil {
		return nil, nil, err
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

// byZone groups the packets of a suite by the zone of their sender.
func (o *diffOptions) byZone(sides [2]*input.Network, pairs []zonePair, plan *diff.Plan) (map[zonePair]*diff.Plan, error) {
	plans := map[zonePair]*diff.Plan{}
	for _, packet := range plan.Packets {
		of, err := o.sender(sides, pairs, packet.Microflow)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", packet.Name, err)
		}
		for _, p := range of {
			if plans[p] == nil {
				plans[p] = &diff.Plan{Notes: plan.Notes}
			}
			plans[p].Packets = append(plans[p].Packets, packet)
		}
	}
	return plans, nil
}

// sender returns the pairs of zones that have the sender of a packet on the old side, or
// else on the new one.
func (o *diffOptions) sender(sides [2]*input.Network, pairs []zonePair, microflow string) ([]zonePair, error) {
	for i, side := range sides {
		having := o.senders(side, microflow)
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
