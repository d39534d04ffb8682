package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/render"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// why is what ovnwalk trace says of a walk besides its views: how it ended, why
// it did not go elsewhere, and who carries it.
type why struct {
	verdict bool
	nb      string
	viewed  bool // whether a view was asked for too
}

func (o *why) flags(f *pflag.FlagSet) {
	f.BoolVar(&o.verdict, "verdict", false, "show only how the walk ended: a line for each copy of the packet")
	f.StringVar(&o.nb, "nb", "", "northbound database, which gives names to what is to blame")
}

// used reports whether something besides the views is wanted.
func (o *why) used() bool { return o.verdict }

// check finds options that do not go together.
func (o *why) check(f *formatting, viewed bool) error {
	o.viewed = viewed
	switch {
	case o.used() && f.form.write != nil:
		return fmt.Errorf("--verdict answers in text; --format=%s has no place for it", f.format)
	case o.nb != "" && !o.used():
		return errors.New("--nb gives names to what --verdict shows; give one of these too")
	}
	return nil
}

// answer writes what was asked for, below the views if there are any.
func (o *why) answer(ctx context.Context, sys *System, n *lflow.Network, req sim.Request, t *trace.Trace, paint render.Paint) error {
	var by render.Origins
	if o.nb != "" {
		north, err := explain.OpenNorth(ctx, o.nb)
		if err != nil {
			return err
		}
		defer north.Close()
		by = north.Origins
	}
	if o.viewed {
		fmt.Fprintln(sys.Stdout)
	}
	return render.Verdicts(sys.Stdout, t, trace.Verdicts(t), by, paint)
}
