package wording

import (
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Words of verdicts.

// Names selects the names of datapaths and ports that are shown: for the zero value, friendly names.
type Names struct {
	Plain bool // the names that flows use
}

// Text returns a text with the selected names.
func (s Names) Text(t trace.Text) string { return t.In(!s.Plain) }

// Datapath returns the name of a datapath.
func (s Names) Datapath(d *trace.DatapathRef) string { return d.DisplayName(!s.Plain) }

// Port returns the name of a port.
func (s Names) Port(p *trace.PortRef) string { return p.DisplayName(!s.Plain) }

// Where returns the port by which a copy left, or the place where its outcome was decided.
func (s Names) Where(d *verdict.Disposition) string {
	if d.Port != nil {
		return s.DatapathIn(d.End.Zone, d.End.Datapath) + "/" + s.Port(d.Port)
	}
	return s.Place(d.DecidedAt)
}

// InTerms returns the object of the orchestrator that dropped a copy, or that owns the port it
// reached, or "" if it is unknown.
func InTerms(d *verdict.Disposition) string {
	switch {
	case d.DecidedAt.Cause != "" && d.TentativeOutcome == verdict.OutcomeDropped:
		return " by " + d.DecidedAt.Cause + ":"
	case d.Owner != "":
		return " to " + d.Owner + ":"
	}
	return ""
}

// Place returns a datapath and a stage, or pipeline and table if the database has no stage names.
func (s Names) Place(p trace.Place) string {
	name := s.DatapathIn(p.Zone, p.Datapath)
	switch {
	case p.Stage != "":
		return name + "/" + p.Stage
	case p.Egress:
		return name + "/egress-" + strconv.Itoa(p.Table)
	}
	return name + "/ingress-" + strconv.Itoa(p.Table)
}

// DatapathIn returns the name of a datapath with that of its interconnect zone, if
// the packet entered another one.
func (s Names) DatapathIn(zone string, d *trace.DatapathRef) string {
	if zone == "" {
		return s.Datapath(d)
	}
	return zone + ":" + s.Datapath(d)
}

// DecidedAt describes the flow that decided, and the stage where the decision took effect.
func (s Names) DecidedAt(d *verdict.Disposition) string {
	var b strings.Builder
	if d.Origin != verdict.OriginPacket {
		b.WriteString(", the " + d.Origin.String())
	}
	f := d.DecidedAt.Flow
	if f == nil {
		b.WriteString(": no flow matched")
		return b.String()
	}
	b.WriteString(": flow " + Cookie(f) + ", priority " + strconv.Itoa(f.Priority) + ", " + s.Text(f.Match))
	if d.End.Stage != d.DecidedAt.Stage {
		b.WriteString("; in effect at " + d.End.Stage)
	}
	if f.Hint != "" {
		b.WriteString("; stage-hint " + f.Hint)
	}
	return b.String()
}

// Cookie returns the digits by which a trace identifies a flow.
func Cookie(f *trace.Flow) string {
	s := strconv.FormatUint(uint64(f.Cookie), 16)
	return strings.Repeat("0", 8-len(s)) + s
}

// VisibleFields returns a packet without the metadata of pipelines.
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
		return "the packet continues in the zone of " + d.Text + ", whose database is not given"
	}
	return ""
}

func AssumptionText(a verdict.Assumption) string {
	switch a.Kind {
	case verdict.AssumedState:
		return "ct_state " + a.Value
	case verdict.AssumedBackend:
		return "backend " + a.Value
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
