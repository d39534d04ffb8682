package dropin

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/daemon/vlog"
	"github.com/ovnwalk/ovnwalk/sim"
)

// setCT reads a conntrack state.
func (d *call) setCT(value string) error {
	state, err := sim.ParseCTState(value)
	if unknown, ok := errors.AsType[*sim.UnknownFlagError](err); ok {
		return fmt.Errorf("%s: unknown connection tracking state flag", unknown.Flag)
	}
	if err != nil {
		return err
	}
	if conflicts := sim.CTStateConflicts(state); len(conflicts) > 0 {
		d.warn(strings.Join(conflicts, "\n"))
	}
	d.choices.CT = append(d.choices.CT, state)
	return nil
}

// setLBDst reads a backend.
func (d *call) setLBDst(c *sim.Choices, value string) error {
	b, err := sim.ParseBackend(value)
	if bad, ok := errors.AsType[*sim.BackendError](err); ok {
		d.log.Logf("socket_util", vlog.Err, "%s: %s", bad.Text, bad.Reason)
		return fmt.Errorf("%s: bad address", value)
	}
	c.LBDst = b
	return err
}

// setSelectID reads a number as strtoul(3) does: what follows its digits is
// passed over.  Of a big one only the last 16 bits count.
func setSelectID(c *sim.Choices, value string) error {
	s := strings.TrimLeft(value, " \t\n\v\f\r")
	s, negative := strings.CutPrefix(s, "-")
	if !negative {
		s = strings.TrimPrefix(s, "+")
	}
	n, overflow := uint64(0), false
	for ; s != "" && s[0] >= '0' && s[0] <= '9'; s = s[1:] {
		digit := uint64(s[0] - '0')
		overflow = overflow || n > (1<<64-1-digit)/10
		n = 10*n + digit
	}
	switch {
	case overflow:
		n = 1<<64 - 1
	case negative:
		n = -n
	}
	if n == 0 {
		return fmt.Errorf("%s: bad select-id", value)
	}
	c.SelectID = uint16(n)
	return nil
}
