package action

import (
	"strconv"

	"github.com/ovnwalk/ovnwalk/expr"
)

// SetQueue sets the queue of the interface that sends the packet: "set_queue(3);".
type SetQueue struct {
	ID uint16 // up to 61440, by ovn-sb(5)
}

// SetMeter drops packets of the flow above a rate: "set_meter(200, 400);".
type SetMeter struct {
	Rate  uint64 // in kbit/s
	Burst uint64 // in kbit, 0 if absent
}

// Log has ovn-controller write a line to its log about the ACL that matched:
// log(name="a", verdict=allow, severity=info, meter="m");.
type Log struct {
	HasName, HasMeter bool
	Name, Meter       string
	Verdict           Verdict
	Severity          Severity
}

// Verdict is the decision of an ACL in a log action.  String returns its keyword.
type Verdict uint8

// The verdicts, by their keywords.
const (
	VerdictAllow  Verdict = iota // allow
	VerdictDrop                  // drop
	VerdictReject                // reject
	VerdictPass                  // pass
)

// Severity is the severity of a log line, as in syslog. String returns its keyword.
type Severity uint8

// The severities, by their keywords.
const (
	SeverityAlert   Severity = iota // alert
	SeverityWarning                 // warning
	SeverityNotice                  // notice
	SeverityInfo                    // info
	SeverityDebug                   // debug
)

// Sample sends a sample of the packets to IPFIX collectors:
// "sample(probability=100,collector_set=1,obs_domain=0,obs_point=$cookie);".
type Sample struct {
	Probability  uint16 // number of packets out of 65535
	CollectorSet uint32 // the ID of a row of table Flow_Sample_Collector_Set of Open vSwitch
	ObsDomain    uint8  // the upper 8 bits of the observation domain ID

	// The observation point is the first 32 bits of the flow's UUID if ObsCookie is
	// set, else the value of ObsField if that has a symbol, else ObsPoint.
	ObsCookie bool
	ObsField  expr.FieldRef
	ObsPoint  uint32
}

// Mirror sends a copy of the packet to a port of type mirror: mirror("p1");.
type Mirror struct {
	Port string // its name
}

func (*SetQueue) isAction() {}
func (*SetMeter) isAction() {}
func (*Log) isAction()      {}
func (*Sample) isAction()   {}
func (*Mirror) isAction()   {}

// Append implements Action.
func (a *SetQueue) Append(b []byte) []byte {
	b = strconv.AppendUint(append(b, "set_queue("...), uint64(a.ID), 10)
	return append(b, ");"...)
}

// Append implements Action. It prints the numbers as signed ones, as upstream does.
func (a *SetMeter) Append(b []byte) []byte {
	b = strconv.AppendInt(append(b, "set_meter("...), int64(a.Rate), 10)
	if a.Burst != 0 {
		b = strconv.AppendInt(append(b, ", "...), int64(a.Burst), 10)
	}
	return append(b, ");"...)
}

// Append implements Action.
func (a *Log) Append(b []byte) []byte {
	b = append(b, "log("...)
	if a.HasName {
		b = append(b, `name="`+a.Name+`", `...)
	}
	b = append(b, "verdict="+a.Verdict.String()+", severity="+a.Severity.String()...)
	if a.HasMeter {
		b = append(b, `, meter="`+a.Meter+`"`...)
	}
	return append(b, ");"...)
}

// Append implements Action.
func (a *Sample) Append(b []byte) []byte {
	b = strconv.AppendUint(append(b, "sample(probability="...), uint64(a.Probability), 10)
	b = strconv.AppendUint(append(b, ",collector_set="...), uint64(a.CollectorSet), 10)
	b = strconv.AppendUint(append(b, ",obs_domain="...), uint64(a.ObsDomain), 10)
	b = append(b, ",obs_point="...)
	switch {
	case a.ObsCookie:
		b = append(b, "$cookie"...)
	case a.ObsField.Symbol != nil:
		b = a.ObsField.Append(b)
	default:
		b = strconv.AppendUint(b, uint64(a.ObsPoint), 10)
	}
	return append(b, ");"...)
}

// Append implements Action.
func (a *Mirror) Append(b []byte) []byte { return append(b, `mirror("`+a.Port+`");`...) }
