package action

import (
	"strconv"

	"github.com/ovnwalk/ovnwalk/expr"
)

// SetQueue chooses the egress queue: "set_queue(0);".
type SetQueue struct{ ID uint16 }

// SetMeter limits the rate: "set_meter(100, 1000);".
type SetMeter struct {
	Rate  uint64 // in kbit/s
	Burst uint64 // in kbit, 0 for none given
}

// Log writes a line about an ACL:
// log(name="a", verdict=allow, severity=info, meter="m");.
type Log struct {
	HasName, HasMeter bool
	Name, Meter       string
	Verdict           Verdict
	Severity          Severity
}

// Verdict is what an ACL decides.  String returns its word.
type Verdict uint8

// The verdicts.
const (
	VerdictAllow  Verdict = iota // allow
	VerdictDrop                  // drop
	VerdictReject                // reject
	VerdictPass                  // pass
)

// Severity is the severity of a line in a log.  String returns its word.
type Severity uint8

// The severities.
const (
	SeverityAlert   Severity = iota // alert
	SeverityWarning                 // warning
	SeverityNotice                  // notice
	SeverityInfo                    // info
	SeverityDebug                   // debug
)

// Sample samples packets:
// "sample(probability=100,collector_set=1,obs_domain=0,obs_point=$cookie);".
type Sample struct {
	Probability  uint16 // of 65535
	CollectorSet uint32
	ObsDomain    uint8

	// The observation point is the first 32 bits of the flow's UUID where
	// ObsCookie is set, else the value of ObsField where that has a symbol, else
	// ObsPoint.
	ObsCookie bool
	ObsField  expr.FieldRef
	ObsPoint  uint32
}

// Mirror sends a copy to a port: mirror("p1");.
type Mirror struct{ Port string }

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

// Append implements Action.  The numbers are shown as signed ones.
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
