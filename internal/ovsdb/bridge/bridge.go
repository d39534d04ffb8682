// Package bridge converts public types of this module to the databases that they were
// read from, for packages of this module that read more of a database than the public
// types offer.
package bridge

import "github.com/ovnwalk/ovnwalk/internal/ovsdb"

// Snapshot returns the database of a *lflow.Network.  Package lflow sets it.
var Snapshot func(network any) *ovsdb.Snapshot
