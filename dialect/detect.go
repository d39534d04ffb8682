package dialect

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Evidence is the data in a database by which its release is detected. All of it is
// optional.
type Evidence struct {
	// InternalVersion is SB_Global.options:northd_internal_version, which
	// ovn-northd writes since 20.12. "25.03.0-20.41.0-77.6" has the versions of the package and
	// of the schema, the number of actions and a counter.
	InternalVersion string
	// SchemaVersion is the version in the database's schema, "20.41.0".
	SchemaVersion string
	// Has reports whether the database has a table or, if column is not empty, that
	// column of it.
	Has func(table, column string) bool
}

// Source is the kind of evidence by which a release was detected.
type Source uint8

const (
	_ Source = iota
	ByInternalVersion
	BySchemaVersion
	ByColumns
)

// String returns a short description of the source.
func (s Source) String() string {
	switch s {
	case ByInternalVersion:
		return "northd_internal_version"
	case BySchemaVersion:
		return "schema version"
	case ByColumns:
		return "tables and columns"
	}
	return fmt.Sprintf("Source(%d)", uint8(s))
}

// Detection is the release that wrote a database.
type Detection struct {
	Release Release
	By      Source
	// Evidence is the evidence for the release: a version, or a table or column that
	// was new in the release.
	Evidence string
}

// ErrNoEvidence is the error for a database without evidence of its release.
var ErrNoEvidence = errors.New("nothing in the database identifies the release of OVN that wrote it; name one with --release")

// Detect returns the release that wrote a database: that of northd's own version, else that
// of the schema's version, else the newest one that introduced a table or column of the
// database. If several releases match, see [Releases]. The development head differs from
// 26.03 by its point release, 90, and by its schema. If there is no evidence, it returns
// [ErrNoEvidence].
func Detect(e Evidence) (Detection, error) {
	if r, err := Parse(e.InternalVersion); err == nil {
		return Detection{r, ByInternalVersion, e.InternalVersion}, nil
	}
	if r, ok := ofSchema(e.SchemaVersion); ok {
		return Detection{r, BySchemaVersion, e.SchemaVersion}, nil
	}
	if e.Has != nil {
		for _, m := range marks {
			if e.Has(m.table, m.column) {
				return Detection{m.release, ByColumns, strings.TrimSuffix(m.table+"."+m.column, ".")}, nil
			}
		}
	}
	return Detection{}, ErrNoEvidence
}

// versioned is the first release whose ovn-northd writes its version.
var versioned = Release{20, 12, 0}

// ofSchema returns the release of a version of the schema: the last row of [Releases] with
// the version. Before 20.12, when databases have no other evidence, it returns the last
// point release of the series. A version that no release had is a snapshot's and belongs to
// the next series; one before that of the oldest release belongs to the oldest.
func ofSchema(version string) (Release, bool) {
	v, ok := parseSchemaVersion(version)
	if !ok {
		return Release{}, false
	}
	var exact, next Release
	for _, k := range Releases {
		kv, _ := parseSchemaVersion(k.Schema)
		switch c := compareVersions(kv, v); {
		case c == 0:
			exact = k.Release
			if exact.Before(versioned) {
				exact.Point = k.Last
			}
		case c > 0 && next == Release{} && (k.Release.Point == 0 || k.Release == Newest):
			next = k.Release
		}
	}
	switch {
	case exact != Release{}:
		return exact, true
	case next != Release{}:
		return next, true
	}
	return Newest, true
}

// parseSchemaVersion parses the three numbers of a schema's version (RFC 7047, section
// 3.2).
func parseSchemaVersion(s string) (v [3]int, ok bool) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return v, false
	}
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 31)
		if err != nil {
			return v, false
		}
		v[i] = int(n)
	}
	return v, true
}

func compareVersions(a, b [3]int) int {
	return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]), cmp.Compare(a[2], b[2]))
}

// marks are tables and columns that a release introduced and none removed, newest first.
// Releases that introduced none are detected as the next: 21.03 as 21.06, 21.12 as 22.03,
// and 22.12 and 23.06 as 23.03.
var marks = []struct {
	table, column string
	release       Release
}{
	{"SB_Global", "nb_cfg_timestamp", Newest},
	{"Address_Set", "options", Newest},
	{"Advertised_MAC_Binding", "", Release{26, 3, 0}},
	{"Service_Monitor", "logical_input_port", Release{26, 3, 0}},
	{"Datapath_Binding", "nb_uuid", Release{25, 9, 0}},
	{"Port_Binding", "mirror_port", Release{25, 9, 0}},
	{"Advertised_Route", "", Release{25, 3, 0}},
	{"ACL_ID", "", Release{25, 3, 0}},
	{"Logical_Flow", "flow_desc", Release{24, 9, 0}},
	{"IGMP_Group", "protocol", Release{24, 9, 0}},
	{"DNS", "options", Release{24, 3, 0}},
	{"FDB", "timestamp", Release{23, 9, 0}},
	{"Chassis_Template_Var", "", Release{23, 3, 0}},
	{"Port_Binding", "mirror_rules", Release{23, 3, 0}},
	{"MAC_Binding", "timestamp", Release{22, 9, 0}},
	{"Load_Balancer", "datapath_group", Release{22, 9, 0}},
	{"Port_Binding", "port_security", Release{22, 6, 0}},
	{"Static_MAC_Binding", "", Release{22, 6, 0}},
	{"Port_Binding", "requested_chassis", Release{22, 3, 0}},
	{"Logical_Flow", "tags", Release{21, 9, 0}},
	{"FDB", "", Release{21, 6, 0}},
	{"Port_Binding", "up", Release{21, 6, 0}},
	{"Logical_DP_Group", "", Release{20, 12, 0}},
	{"Logical_Flow", "logical_dp_group", Release{20, 12, 0}},
	{"Chassis_Private", "", Release{20, 9, 0}},
	{"Chassis", "other_config", Release{20, 6, 0}},
	{"Service_Monitor", "", Release{20, 3, 0}},
	{"IGMP_Group", "", Release{2, 12, 0}},
	{"Port_Binding", "virtual_parent", Release{2, 12, 0}},
	{"Logical_Flow", "", Release{2, 11, 0}},
}
