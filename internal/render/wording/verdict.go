package wording

import (
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Words of verdicts.

// Where returns the port at which a copy left, or the place where its fate was
// decided.
func Where(d *verdict.Disposition) string {
	if d.Port != "" {
		return DatapathName(d.End.Zone, d.End.Datapath) + "/" + d.Port
	}
	return PlaceName(d.DecidedAt)
}

// InTerms returns who dropped a copy, or whose port it reached, in the terms of the
// system behind the network, "" if that is not known.
func InTerms(d *verdict.Disposition) string {
	switch {
	case d.DecidedAt.Cause != "" && d.TentativeOutcome == verdict.OutcomeDropped:
		return " by " + d.DecidedAt.Cause + ":"
	case d.Owner != "":
		return " to " + d.Owner + ":"
	}
	return ""
}

// PlaceName returns a datapath and a stage; where the database has none
// the stage's name, the pipeline and the table's number.
func PlaceName(p trace.Place) string {
	name := DatapathName(p.Zone, p.Datapath)
	switch {
	case p.Stage != "":
		return name + "/" + p.Stage
	case p.Egress:
		return name + "/egress-" + strconv.Itoa(p.Table)
	}
	return name + "/ingress-" + strconv.Itoa(p.Table)
}

// DatapathName returns the name of a datapath with that of its interconnect zone, if
// the packet entered another one.
func DatapathName(zone, datapath string) string {
	if zone == "" {
		return datapath
	}
	return zone + ":" + datapath
}

// DecidedAt says which flow decided, and where that took effect.
func DecidedAt(d *verdict.Disposition) string {
	var b strings.Builder
	if d.Origin != verdict.OriginPacket {
		b.WriteString(", the " + d.Origin.String())
	}
	f := d.DecidedAt.Flow
	if f == nil {
		b.WriteString(": no flow matched")
		return b.String()
	}
	b.WriteString(": flow " + Cookie(f) + ", priority " + strconv.Itoa(f.Priority) + ", " + f.Match)
	if d.End.Stage != d.DecidedAt.Stage {
		b.WriteString("; in effect at " + d.End.Stage)
	}
	if f.Hint != "" {
		b.WriteString("; stage-hint " + f.Hint)
	}
	return b.String()
}

// Cookie returns the digits by which a trace names a flow.
func Cookie(f *trace.Flow) string {
	s := strconv.FormatUint(uint64(f.Cookie), 16)
	return strings.Repeat("0", 8-len(s)) + s
}

// VisibleFields returns a packet without what only the pipelines know of it.
func VisibleFields(p packet.Packet) packet.Packet {
	for i := range packet.NumRegs {
		p.SetUint(packet.Reg(i), 0)
	}
	p.ClearConntrack()
	return p
}

func UncertaintyText(d verdict.Uncertainty) string {
	switch d.Kind {
	case verdict.UncertaintyUnparsed:
		return "flow " + Cookie(d.Flow) + " might match but does not parse: " + strings.TrimSuffix(d.Text, ".")
	case verdict.UncertaintyUnmodelled:
		return "the walk does not follow " + d.Text
	case verdict.UncertaintyLimit:
		return "the walk stopped at its limit of " + d.Text
	case verdict.UncertaintyZone:
		return "the packet goes on in the zone of " + d.Text + ", of which no database is given"
	}
	return ""
}

func AssumptionText(a verdict.Assumption) string {
	switch a.Kind {
	case verdict.AssumedState:
		return "ct_state " + a.Value
	case verdict.AssumedBackend:
		return "back end " + a.Value
	case verdict.AssumedMember:
		return "member " + a.Value
	case verdict.AssumedNoNAT:
		return "no earlier NAT to undo"
	case verdict.AssumedDHCP:
		return "DHCPDISCOVER or DHCPREQUEST"
	case verdict.AssumedRelay:
		return "DHCPOFFER or DHCPACK, broadcast"
	case verdict.AssumedNoDNS:
		return "no DNS record"
	case verdict.AssumedFits:
		return "the packet fits the MTU"
	case verdict.AssumedUnknown:
		return "nothing learned (" + a.Value + ")"
	case verdict.AssumedPriority:
		return "flow " + strings.SplitN(a.Value, "-", 2)[0] + " of the same priority loses"
	}
	return ""
}
