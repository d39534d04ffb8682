package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// zones are the southbound databases of a network's interconnect zones.  It is the
// value of --db for verbs that take several.
type zones []string

// flags has --db name one database more each time.
func (z *zones) flags(f *pflag.FlagSet) {
	db := f.Lookup("db")
	db.Value = z
	db.Usage += ";\nmay be repeated, once for each interconnect zone; an archive or folder with several means all of them"
}

// String returns the values.
func (z *zones) String() string { return strings.Join(*z, " ") }

// Type returns the word for a value in a usage.
func (z *zones) Type() string { return "string" }

// Set adds a value.
func (z *zones) Set(value string) error {
	*z = append(*z, value)
	return nil
}

// open reads the databases of all zones, and returns the path of each.
func (z *zones) open(ctx context.Context, sys *System, s source) (networks []*lflow.Network, from []string, err error) {
	paths := slices.Compact(slices.Sorted(slices.Values(*z)))
	if len(paths) == 0 {
		paths = []string{""} // as the environment says
	}
	for _, path := range paths {
		s.db = path
		n, err := s.open(ctx, sys)
		var several *lflow.SeveralError
		if !errors.As(err, &several) {
			if err != nil {
				return nil, nil, err
			}
			networks, from = append(networks, n), append(from, s.db)
			continue
		}
		before := len(networks)
		for _, m := range several.Members {
			if m.Database != lflow.Schema {
				continue
			}
			s.db = m.Path
			if n, err = s.open(ctx, sys); err != nil {
				return nil, nil, err
			}
			networks, from = append(networks, n), append(from, s.db)
		}
		if len(networks) == before {
			return nil, nil, err
		}
	}
	return networks, from, nil
}
