package dropin

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/daemon/vlog"
	"github.com/ovnwalk/ovnwalk/sim"
)

// setCT parses a conntrack state.
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
		d.conflicts = append(d.conflicts, conflicts...)
	}
	d.choices.CT = append(d.choices.CT, state)
	return nil
}

// setLBDst parses a backend.
func (d *call) setLBDst(c *sim.Choices, value string) error {
	b, err := sim.ParseBackend(value)
	if bad, ok := errors.AsType[*sim.BackendError](err); ok {
		if !bad.Unlogged {
			d.log.Logf("socket_util", vlog.Err, "%s: %s", bad.Text, bad.Reason)
		}
		return fmt.Errorf("%s: bad address", value)
	}
	c.LBDst = b
	return err
}
