package cli

import (
	"context"

	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/trace"
)

// origins returns the northbound rows that a flow was generated from.
type origins func(*trace.Flow) []string

// newOrigins opens the northbound databases of the zones that were read.  The function that
// it returns has nil for all flows without --nb, and an empty list for flows without rows
// with it.
func newOrigins(ctx context.Context, zones *input.Network) (origins, error) {
	if len(zones.Request().North) == 0 {
		return func(*trace.Flow) []string { return nil }, nil
	}
	for _, z := range zones.Zones {
		if z.Opened() == nil {
			continue
		}
		if _, err := z.North(ctx); err != nil {
			return nil, err
		}
	}
	return originsIn(zones.Rows), nil
}

// originsIn returns origins with an empty list for flows without rows.
func originsIn(rows origins) origins {
	return func(f *trace.Flow) []string {
		if f == nil {
			return nil
		}
		return append([]string{}, rows(f)...)
	}
}
