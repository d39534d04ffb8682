// Package bridge leads from the public types of this module to the rows that they
// are made of, so that packages of this module can read more of a database than
// the public ones show.
package bridge

import "github.com/ovnwalk/ovnwalk/internal/ovsdb"

// Snapshot returns the database of a *lflow.Network.  Package lflow sets it.
var Snapshot func(network any) *ovsdb.Snapshot
