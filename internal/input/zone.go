package input

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// Zone is a zone of a network.
type Zone struct {
	*lflow.Zone

	of      *Network
	mu      sync.Mutex
	network *lflow.Network // nil until it is read
	err     error

	norths   []*explain.Northbound
	northErr error
	looked   bool // whether northbound databases were searched
}

// Network reads the zone's database on the first call and prints warnings about it. The
// session closes it.
func (z *Zone) Network(ctx context.Context) (*lflow.Network, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.network == nil && z.err == nil {
		n, err := z.read(ctx)
		if err != nil && z.of.Several() {
			err = fmt.Errorf("zone %s: %w", z, err)
		}
		if ctx.Err() != nil {
			return nil, err
		}
		z.network, z.err = n, err
	}
	return z.network, z.err
}

// Opened returns the zone's network if it was read, else nil.
func (z *Zone) Opened() *lflow.Network {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.network
}

func (z *Zone) read(ctx context.Context) (*lflow.Network, error) {
	if z.Err != nil {
		return nil, z.Err
	}
	o, stop := z.of.options(z.Path)
	defer stop()
	o.Release = z.release()
	if c := z.of.request.Chassis; c != "" && (!z.of.Several() || slices.Contains(z.of.withChassis(c), z)) {
		o.Chassis = c
	}
	o.AsChassis = z.of.request.AsChassis
	n, err := z.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	z.of.session.Own(n)
	if err := z.of.request.Damage.Check(n.Warnings); err != nil {
		return nil, err
	}
	for _, w := range n.Warnings {
		z.of.request.Warn(w.Text)
	}
	return n, nil
}

// Release returns the release by which the zone is read, or "" if unknown.
func (z *Zone) Release() string {
	r := z.release()
	if r == (dialect.Release{}) {
		r = z.Detected.Release
	}
	if r == (dialect.Release{}) {
		return ""
	}
	return r.String()
}

// Forget closes the zone's network before the session ends. It is read again when it is
// used again.
func (z *Zone) Forget() {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.network != nil && z.of.Several() {
		z.of.session.Close(z.network)
		z.network = nil
	}
}

// release returns the release that was given for the zone, or the zero value.
func (z *Zone) release() (found dialect.Release) {
	for _, value := range z.of.request.Release {
		name, release, named := strings.Cut(value, "=")
		switch {
		case !named:
			found, _ = dialect.Parse(value) // it was checked
		case name == z.Name:
			found, _ = dialect.Parse(release)
			return found
		}
	}
	return found
}

// Changed returns nil: the zone's network reports changes.
func (z *Zone) Changed() error { return nil }
