package input

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/trace"
)

// NorthAuto is the value of --nb for the northbound database beside the southbound one.
const NorthAuto = "auto"

// North returns the northbound databases of the zone that the request names, after the zone
// was read. They are opened on the first call; the session closes them.
func (z *Zone) North(ctx context.Context) ([]*explain.Northbound, error) {
	n, err := z.Network(ctx)
	if err != nil {
		return nil, err
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.looked {
		return z.norths, z.northErr
	}
	z.looked = true
	var other error
	for _, value := range z.of.request.North {
		nb := value
		if name, path, ok := strings.Cut(value, "="); ok && z.of.named(name) != nil {
			if name != z.Name {
				continue
			}
			nb = path
		}
		north, err := z.openNorth(ctx, nb, n)
		switch {
		case err == nil:
			z.of.session.Own(north)
			z.norths = append(z.norths, north)
		case nb == value && errors.Is(err, explain.ErrOtherNetwork):
			other = err // it may be an error about another zone's database
		default:
			z.northErr = fmt.Errorf("--nb=%s: %w", value, err)
			return nil, z.northErr
		}
	}
	if other != nil && !z.of.Several() {
		z.northErr = fmt.Errorf("--nb=%s: %w", strings.Join(z.of.request.North, " --nb="), other)
	}
	return z.norths, z.northErr
}

// NorthSource returns the source of the zone's northbound database: what the request names
// for the zone, or for all zones, or the database beside the southbound one.
func (z *Zone) NorthSource() (string, error) {
	plain := ""
	for _, value := range z.of.request.North {
		name, path, ok := strings.Cut(value, "=")
		switch {
		case ok && z.of.named(name) != nil:
			if name == z.Name {
				return path, nil
			}
		case value != NorthAuto && plain != "":
			return "", fmt.Errorf("--nb=%s and --nb=%s: give the northbound database of zone %s, as %s=PATH", plain, value, z, z)
		case value != NorthAuto:
			plain = value
		}
	}
	if plain != "" {
		return plain, nil
	}
	if z.Northbound == "" {
		return "", fmt.Errorf("there is no northbound database of zone %s beside its southbound one (%s): give it as --nb %s=PATH", z, z.Path, z)
	}
	return z.Northbound, nil
}

// openNorth opens one northbound database of the zone.
func (z *Zone) openNorth(ctx context.Context, nb string, n *lflow.Network) (*explain.Northbound, error) {
	if nb == NorthAuto && z.Northbound != "" {
		nb = z.Northbound
		z.of.session.NoteOnce("the northbound database is " + nb)
	}
	return OpenNorth(ctx, z.of.session, nb, z.Path, z.of.request.Source, n, z.of.request.Warn)
}

// OpenNorth opens the northbound database of a network that was read from a path. If there
// are several at nb, it opens the one that belongs to the network.
func OpenNorth(ctx context.Context, s *Session, nb, southbound string, source lflow.Source, n *lflow.Network, warn func(text string)) (*explain.Northbound, error) {
	if nb == NorthAuto {
		if southbound == demo.Name || southbound == "-" {
			return nil, errors.New("the southbound database is in no archive or directory; give the northbound one by its path")
		}
		path, err := explain.FindNorth(ctx, southbound, everything(source), n)
		if err != nil {
			return nil, err
		}
		s.NoteOnce("the northbound database is " + path)
		nb = path
	}
	north, err := explain.OpenNorth(ctx, nb)
	if several, ok := errors.AsType[*ovsdb.SeveralError](err); ok {
		return oneOf(ctx, several, n, warn)
	}
	if err != nil {
		return nil, err
	}
	return northOf(north, n, warn)
}

// northOf returns a northbound database if it belongs to a network, and otherwise closes it.
func northOf(north *explain.Northbound, n *lflow.Network, warn func(text string)) (*explain.Northbound, error) {
	if err := north.Of(n); err != nil {
		return nil, errors.Join(err, north.Close())
	}
	for _, w := range north.Warnings() {
		warn(w)
	}
	return north, nil
}

// oneOf returns the one of several northbound databases that belongs to a network.
func oneOf(ctx context.Context, several *ovsdb.SeveralError, n *lflow.Network, warn func(text string)) (*explain.Northbound, error) {
	for _, m := range several.Members {
		north, err := explain.OpenNorth(ctx, m.Path)
		if err != nil {
			continue
		}
		if north, err = northOf(north, n, warn); err == nil {
			return north, nil
		}
	}
	return nil, explain.ErrOtherNetwork
}

// everything converts the access to a southbound database to options that read all of a
// database of any schema.
func everything(s lflow.Source) ovsdb.Options {
	return ovsdb.Options{
		Schema: lflow.Schema, Uncommitted: s.Uncommitted, NoLeaderOnly: s.NoLeaderOnly, MaxBytes: s.MaxBytes,
		TLS: ovsdb.TLS{PrivateKey: s.PrivateKey, Certificate: s.Certificate, CACert: s.CACert, VerifyHost: s.VerifyHost},
	}
}

// Rows returns descriptions of the northbound rows from which a flow was made, in the
// databases of the zones that were read.
func (n *Network) Rows(f *trace.Flow) (rows []string) {
	for _, z := range n.Zones {
		z.mu.Lock()
		for _, north := range z.norths {
			rows = append(rows, north.Origins(f)...)
		}
		z.mu.Unlock()
	}
	return rows
}

// NorthOf returns the northbound database of a zone's network, or nil.
func (n *Network) NorthOf(network *lflow.Network) *explain.Northbound {
	for _, z := range n.Zones {
		if z.Opened() == network && len(z.norths) > 0 {
			return z.norths[0]
		}
	}
	return nil
}
