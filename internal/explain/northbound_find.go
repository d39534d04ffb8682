package explain

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// FindNorth returns the path of the northbound database of a network beside the southbound one: in the
// same archive or directory. It has rows from which the network's datapaths were made. If there are
// several, as on the members of a cluster, it is the one whose path differs only in "nb" instead of "sb".
func FindNorth(ctx context.Context, southbound string, o ovsdb.Options, network *lflow.Network) (string, error) {
	self, members, err := open.Beside(ctx, southbound, o, ovsdb.Northbound)
	if err != nil {
		return "", err
	}
	isPaired := func(m ovsdb.Member) bool { return open.PairName(m.Path) == open.PairName(self) }
	slices.SortStableFunc(members, func(a, b ovsdb.Member) int {
		rank := map[bool]int{true: 0, false: 1}
		return cmp.Compare(rank[isPaired(a)], rank[isPaired(b)])
	})
	var fit, unknown []ovsdb.Member // unknown: those that cannot be compared
	var unread error
	for _, m := range members {
		shares, comparable, err := sharesRows(ctx, m.Path, network)
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case err != nil:
			unread = cmp.Or(unread, err)
		case shares && isPaired(m):
			return m.Path, nil
		case shares:
			fit = append(fit, m)
		case !comparable && isPaired(m):
			unknown = append(unknown, m)
		}
	}
	if len(fit) == 0 {
		fit = unknown
	}
	switch {
	case len(fit) == 1:
		return fit[0].Path, nil
	case len(fit) > 1:
		return "", fmt.Errorf("there are %d northbound databases of the network beside %s; give one of them:%s", len(fit), self, ovsdb.MemberLines(fit))
	case unread != nil:
		return "", unread
	case len(members) > 0:
		return "", fmt.Errorf("no northbound database beside %s belongs to its network:%s", self, ovsdb.MemberLines(members))
	}
	return "", fmt.Errorf("there is no northbound database beside %s", self)
}

// sharesRows reports whether a database has rows from which a network was generated, and whether
// that is known.
func sharesRows(ctx context.Context, path string, network *lflow.Network) (shares, comparable bool, err error) {
	n, err := OpenNorth(ctx, path)
	if err != nil {
		return false, false, err
	}
	defer n.Close()
	shares, comparable = n.shares(network)
	return shares, comparable, n.Changed()
}
