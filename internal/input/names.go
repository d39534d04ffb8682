package input

import (
	"context"
	"fmt"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/kube"
	"github.com/ovnwalk/ovnwalk/internal/names"
)

// objectsOf returns the Kubernetes objects in the archive or directory with a zone's database,
// or nil if there are none. It reads each archive once.
func (n *Network) objectsOf(ctx context.Context, z *Zone) (*kube.Objects, error) {
	gathered, _, _ := strings.Cut(z.Path, "//")
	if objects, ok := n.objects[gathered]; ok {
		return objects, nil
	}
	var objects *kube.Objects
	var err error
	if z.Files != nil {
		if len(z.Files.Names()) > 0 {
			objects, err = kube.ReadFiles(ctx, gathered, z.Files)
		}
	} else {
		objects, err = kube.Beside(ctx, z.Path)
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		n.request.Warn(fmt.Sprintf("no Kubernetes objects are consulted: %v", err))
	}
	if n.objects == nil {
		n.objects = map[string]*kube.Objects{}
	}
	n.objects[gathered] = objects
	return objects, nil
}

// Names returns the index of the objects of the zones that were read, including those of
// their northbound databases, and the name of each of these zones.
func (n *Network) Names(ctx context.Context) (index *names.Index, titles []string, err error) {
	var zones []names.Zone
	for _, z := range n.Zones {
		network := z.Opened()
		if network == nil {
			continue
		}
		zone := names.Zone{Name: z.String(), Network: network}
		if objects, err := n.objectsOf(ctx, z); err != nil {
			return nil, nil, err
		} else if objects != nil {
			zone.Objects = objects
		}
		norths, err := z.North(ctx)
		if err != nil {
			return nil, nil, err
		}
		if len(norths) > 0 {
			zone.North = norths[0].Snapshot()
		}
		zones, titles = append(zones, zone), append(titles, z.String())
	}
	index = names.New(zones...)
	for _, z := range n.Zones {
		for _, north := range z.norths {
			north.UseTitles(index.TitleOf)
		}
	}
	return index, titles, nil
}
