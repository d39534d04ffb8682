package cli

import (
	"context"
	"fmt"

	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/kube"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/vet"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// objectCodes are the codes of differences between objects and databases.
var objectCodes = map[kube.Kind]vet.Code{kube.Missing: vet.ObjectMissing, kube.Stale: vet.ObjectStale, kube.Different: vet.ObjectDifferent}

// readObjects reads the Kubernetes objects of --objects, or of the archive or directory that has
// the database; nil for none.
func (o *vetOptions) readObjects(ctx context.Context, sys *System) (*kube.Objects, error) {
	if o.objects != "" {
		objects, err := kube.Read(ctx, o.objects)
		if err == nil && objects.Len() == 0 {
			err = fmt.Errorf("%s: no files of objects, such as namespaces/NS/core/services.yaml", o.objects)
		}
		if err != nil {
			return nil, fmt.Errorf("--objects: %w", err)
		}
		return objects, nil
	}
	objects, err := kube.Beside(ctx, o.name(sys))
	if err != nil && ctx.Err() == nil {
		sys.warnOnce(fmt.Sprintf("no Kubernetes objects are compared: %v", err))
		return nil, nil
	}
	return objects, err
}

// compareObjects returns the differences between objects and databases as findings.
func compareObjects(objects *kube.Objects, n *lflow.Network, north *explain.Northbound) (out []vet.Finding) {
	if objects == nil {
		return nil
	}
	var rows *ovsdb.Snapshot
	if north != nil {
		rows = north.Snapshot()
	}
	for _, d := range kube.Compare(objects, n, rows) {
		out = append(out, vet.Finding{Code: objectCodes[d.Kind], Message: d.Object + ": " + d.Message, Packet: d.Packet})
	}
	return out
}
