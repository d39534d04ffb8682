package input

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/kube"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// Request is the databases that a command reads, and how.
type Request struct {
	DB      []string // southbound databases, archives and directories; "demo", "-", servers
	North   []string // northbound databases: PATH or "auto", for one zone as ZONE=PATH
	Release []string // releases instead of those detected: RELEASE, for one zone as ZONE=RELEASE
	Chassis string   // the chassis from which to look, "" for none

	AsChassis bool // whether the template variables of the only chassis of a zone are used

	ReleaseOption string // the option that sets Release, "" for --release

	Source lflow.Source // access to the databases, without progress
	Damage DamagePolicy

	// Warn is called with problems of databases; if nil, the session's is used.
	Warn func(text string)
}

// ErrNone is the error for a request without a database.
var ErrNone = errors.New("no database given: use --db FILE, set OVN_SB_DB, or try the built-in network with --db demo")

// Network is the southbound databases of a cluster, one for each zone. Each is read when it
// is first used.
type Network struct {
	Zones []*Zone

	session *Session
	request Request
	objects map[string]*kube.Objects // by the archive or directory that contains them
}

// Open finds the zones that a request names. A single database is read at once.
func Open(ctx context.Context, s *Session, r Request) (*Network, error) {
	if r.Warn == nil {
		r.Warn = s.WarnOnce
	}
	n := &Network{session: s, request: r}
	if err := n.find(ctx); err != nil {
		return nil, err
	}
	if err := n.check(); err != nil {
		return nil, err
	}
	if len(n.Zones) == 1 {
		_, err := n.Zones[0].Network(ctx)
		return n, err
	}
	for _, z := range n.Zones {
		if z.Err != nil {
			s.WarnOnce(fmt.Sprintf("%v; the zone is left out", z.Err))
		}
		for _, w := range z.Warnings {
			if w.Damage {
				r.Warn(w.Text)
			}
		}
	}
	return n, nil
}

// find finds the zones.
func (n *Network) find(ctx context.Context) error {
	all := slices.Compact(slices.Sorted(slices.Values(n.request.DB)))
	paths := slices.DeleteFunc(slices.Clone(all), func(path string) bool { return path == "" || path == demo.Name || path == "-" })
	o, stop := n.options(strings.Join(all, ", "))
	defer stop()
	for _, path := range all {
		var z *lflow.Zone
		var err error
		switch path {
		case "":
			err = ErrNone
		case demo.Name:
			z, err = lflow.ReadZone(ctx, path, demo.Bytes(), o)
		case "-":
			z, err = lflow.ReadZoneFrom(ctx, "standard input", n.session.Stdin, o)
		}
		if err != nil {
			return err
		}
		if z != nil {
			n.add(z)
		}
	}
	zones, warnings, err := lflow.Zones(ctx, paths, o)
	for _, z := range zones {
		n.add(z)
	}
	for _, w := range warnings { // that belong to no zone
		n.session.WarnOnce(w.Text)
	}
	if len(n.Zones) == 0 && err == nil {
		err = ErrNone
	}
	return err
}

func (n *Network) add(z *lflow.Zone) {
	n.Zones = append(n.Zones, &Zone{Zone: z, of: n})
	n.session.Own(n.Zones[len(n.Zones)-1])
}

// options returns the options of reading databases, with a progress bar until stop is called.
func (n *Network) options(name string) (o lflow.Options, stop func()) {
	bar := n.session.Progress(name)
	o.Source = n.request.Source
	o.Source.Progress, o.Source.Files = bar.At, kube.HasNames
	return o, bar.Stop
}

// check returns an error if an option names a zone, release or chassis that does not
// exist.
func (n *Network) check() error {
	for _, value := range n.request.Release {
		name, release, named := strings.Cut(value, "=")
		if !named {
			release = value
		} else if n.named(name) == nil {
			return fmt.Errorf("%s=%s: %w", cmp.Or(n.request.ReleaseOption, "--release"), value, n.unknown(name))
		}
		if _, err := dialect.Parse(release); err != nil {
			return err
		}
	}
	if c := n.request.Chassis; c != "" && len(n.Zones) > 1 && len(n.withChassis(c)) == 0 {
		return fmt.Errorf("--chassis=%s: it is not a chassis of any zone; the zones have: %s", c, strings.Join(n.chassis(), ", "))
	}
	return nil
}

// Beside declares that the same values of --nb are given for another network: this network
// ignores those for zones that only the other one has.
func (n *Network) Beside(o *Network) {
	n.request.North = slices.DeleteFunc(slices.Clone(n.request.North), func(value string) bool {
		name, _, ok := strings.Cut(value, "=")
		return ok && n.named(name) == nil && o.named(name) != nil
	})
}

// Request returns the request by which the network was opened.
func (n *Network) Request() Request { return n.request }

// Networks reads all zones, except those with errors. It returns an error if none is left.
func (n *Network) Networks(ctx context.Context) (all []*lflow.Network, err error) {
	for _, z := range n.Zones {
		if z.Err != nil && n.Several() {
			err = cmp.Or(err, z.Err)
			continue
		}
		net, err := z.Network(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, net)
	}
	if len(all) == 0 {
		return nil, err
	}
	return all, nil
}

// Opened returns the networks of the zones that were read.
func (n *Network) Opened() (all []*lflow.Network) {
	for _, z := range n.Zones {
		if net := z.Opened(); net != nil {
			all = append(all, net)
		}
	}
	return all
}

// Each reads one zone after the other, except those with errors. If there are several, it
// closes each before the next.
func (n *Network) Each(ctx context.Context, f func(*Zone, *lflow.Network) error) error {
	for _, z := range n.Zones {
		if z.Err != nil && n.Several() {
			continue
		}
		net, err := z.Network(ctx)
		if err == nil {
			err = f(z, net)
		}
		if err == nil {
			err = net.Changed()
		}
		z.Forget()
		if err != nil {
			return err
		}
	}
	return nil
}

// Missing returns the nodes whose chassis is in no zone's own database, sorted.
func (n *Network) Missing() (nodes []string) {
	own := map[string]bool{}
	for _, z := range n.Zones {
		for _, c := range z.Own() {
			own[c.Name] = true
		}
	}
	for _, z := range n.Zones {
		for _, c := range z.Chassis {
			if !own[c.Name] {
				nodes = append(nodes, c.Node())
			}
		}
	}
	slices.Sort(nodes)
	return slices.Compact(nodes)
}

// Several reports whether there is more than one zone.
func (n *Network) Several() bool { return len(n.Zones) > 1 }

// Named returns the zone with a name, a path of its database, or an end of that path that
// is unique.
func (n *Network) Named(name string) (*Zone, error) {
	if z := n.named(name); z != nil {
		return z, nil
	}
	ends := func(z *Zone) bool { return name != "" && strings.HasSuffix(z.Path, name) }
	if i := slices.IndexFunc(n.Zones, ends); i >= 0 && !slices.ContainsFunc(n.Zones[i+1:], ends) {
		return n.Zones[i], nil
	}
	return nil, n.unknown(name)
}

// ZoneNames returns the names of the zones.
func (n *Network) ZoneNames() (names []string) {
	for _, z := range n.Zones {
		names = append(names, z.String())
	}
	return names
}

// named returns the zone with a name, or nil.
func (n *Network) named(name string) *Zone {
	for _, z := range n.Zones {
		if z.Name == name && name != "" {
			return z
		}
	}
	return nil
}

// unknown returns the error for a name of no zone.
func (n *Network) unknown(name string) error {
	return fmt.Errorf("no zone is called %q; there are: %s", name, strings.Join(n.ZoneNames(), ", "))
}

// withChassis returns the zones to which the chassis with a name or host name belongs.
func (n *Network) withChassis(name string) (found []*Zone) {
	for _, z := range n.Zones {
		if slices.ContainsFunc(z.Own(), func(c lflow.ZoneChassis) bool { return c.Name == name || c.Hostname == name }) {
			found = append(found, z)
		}
	}
	return found
}

// chassis returns the names of all chassis, sorted.
func (n *Network) chassis() (names []string) {
	for _, z := range n.Zones {
		for _, c := range z.Own() {
			names = append(names, c.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
