package input

import (
	"context"

	"github.com/ovnwalk/ovnwalk/internal/names"
)

// Names returns the book of the objects of the zones that were read, with their
// northbound databases, and the name of each of these zones.
func (n *Network) Names(ctx context.Context) (book *names.Book, titles []string, err error) {
	var zones []names.Zone
	for _, z := range n.Zones {
		network := z.Opened()
		if network == nil {
			continue
		}
		zone := names.Zone{Name: z.String(), Network: network}
		norths, err := z.North(ctx)
		if err != nil {
			return nil, nil, err
		}
		if len(norths) > 0 {
			zone.North = norths[0].Snapshot()
		}
		zones, titles = append(zones, zone), append(titles, z.String())
	}
	book = names.New(zones...)
	for _, z := range n.Zones {
		for _, north := range z.norths {
			north.UseTitles(book.TitleOf)
		}
	}
	return book, titles, nil
}
