package lflow

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// essential are tables and columns of the southbound databases of all releases without which a
// walk would end at its first table or take wrong flows.
var essential = []struct {
	table   string
	columns []string
}{
	{"Datapath_Binding", []string{"tunnel_key", "external_ids"}},
	{"Port_Binding", []string{"logical_port", "datapath", "tunnel_key", "type", "options"}},
	{"Logical_Flow", []string{"logical_datapath", "pipeline", "table_id", "priority", "match", "actions"}},
}

// complete returns an error for the first essential table or column that a database lacks.
func complete(db *ovsdb.Snapshot) error {
	lacks := func(table, what string) error {
		return &ovsdb.Error{
			File: db.File, Offset: -1, Table: table, Err: ovsdb.ErrDamaged,
			Text: what + ", which all releases of OVN have: give the whole southbound database",
		}
	}
	for _, r := range essential {
		if !db.Has(r.table, "") {
			return lacks(r.table, "the database does not have this table")
		}
		for _, column := range r.columns {
			if !db.Has(r.table, column) {
				return lacks(r.table, fmt.Sprintf("the table does not have the column %s", column))
			}
		}
	}
	return nil
}
