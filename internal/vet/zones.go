package vet

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/interconnect"
)

// zoneCodes are the codes of what databases of interconnect zones do not agree on.
var zoneCodes = map[interconnect.Kind]Code{
	interconnect.DatapathKeys:  ZoneKeys,
	interconnect.PortKeys:      ZoneKeys,
	interconnect.UnknownRemote: ZonePort,
	interconnect.AddressTwice:  ZoneAddress,
	interconnect.ClaimedTwice:  ZoneChassis,
	interconnect.MissingZone:   ZoneMissing,
	interconnect.RouteGone:     ZoneRoute,
	interconnect.RecordedApart: ZoneTime,
}

// Merge returns one report for several zones, in which the findings name the zones, with the
// inconsistencies between zones.
func Merge(zones []string, reports []*Report, problems []interconnect.Problem, c Config) *Report {
	all := &Report{Skipped: c.skipped()}
	for i, r := range reports {
		for _, f := range r.Findings {
			f.Message = "zone " + zones[i] + ": " + f.Message
			f.Datapaths = slices.Clone(f.Datapaths)
			for k, name := range f.Datapaths {
				f.Datapaths[k] = zones[i] + ":" + name
			}
			all.Findings = append(all.Findings, f)
		}
		all.Flows, all.Datapaths, all.Ignored = all.Flows+r.Flows, all.Datapaths+r.Datapaths, all.Ignored+r.Ignored
	}
	v := &checker{config: c, report: all}
	for _, p := range problems {
		f := Finding{Code: zoneCodes[p.Kind], Message: p.String()}
		if p.Datapath != "" {
			f.Datapaths = []string{p.Zone + ":" + p.Datapath}
		}
		v.add(f)
	}
	all.sort()
	return all
}
