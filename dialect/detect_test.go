package dialect

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

func TestDetect(t *testing.T) {
	every := func(string, string) bool { return true }
	none := func(string, string) bool { return false }
	for _, tt := range []struct {
		name     string
		evidence Evidence
		want     string // empty: no evidence
		by       Source
	}{
		{"northd's version decides", Evidence{"22.03.2-20.21.0-58.4", "20.27.0", every}, "22.03.2", ByInternalVersion},
		{"northd's version of the head", Evidence{InternalVersion: "26.03.90-21.11.0-82.15"}, "26.03.90", ByInternalVersion},
		{"northd's version to come", Evidence{InternalVersion: "26.09.0-22.0.0-83.1"}, "26.09.0", ByInternalVersion},
		{"northd's version makes no sense", Evidence{InternalVersion: "something", SchemaVersion: "20.41.0"}, "25.03.0", BySchemaVersion},
		{"northd's version is of no release", Evidence{InternalVersion: "25.04.0-1.2.3-4.5", SchemaVersion: "21.5.0"}, "25.09.0", BySchemaVersion},
		{"schema", Evidence{SchemaVersion: "2.0.0", Has: every}, "2.11.7", BySchemaVersion},
		{"schema of releases that write no version", Evidence{SchemaVersion: "2.8.0"}, "20.06.3", BySchemaVersion},
		{"schema of two series", Evidence{SchemaVersion: "20.21.0"}, "22.03.0", BySchemaVersion},
		{"schema of two series, the other", Evidence{SchemaVersion: "20.27.0"}, "23.03.0", BySchemaVersion},
		{"schema of a point", Evidence{SchemaVersion: "20.31.0"}, "23.06.4", BySchemaVersion},
		{"schema of a snapshot", Evidence{SchemaVersion: "20.30.0"}, "24.03.0", BySchemaVersion},
		{"schema of a snapshot between points", Evidence{SchemaVersion: "20.28.0"}, "24.03.0", BySchemaVersion},
		{"schema of a snapshot before the head", Evidence{SchemaVersion: "21.9.0"}, "26.03.90", BySchemaVersion},
		{"schema to come", Evidence{SchemaVersion: "22.0.0"}, "26.03.90", BySchemaVersion},
		{"schema of long ago", Evidence{SchemaVersion: "1.16.0"}, "2.11.0", BySchemaVersion},
		{"schema makes no sense", Evidence{SchemaVersion: "2.x.0", Has: every}, "26.03.90", ByColumns},
		{"columns", Evidence{Has: func(t, c string) bool { return t == "Logical_Flow" && c == "" }}, "2.11.0", ByColumns},
		{"no columns", Evidence{Has: none}, "", 0},
		{"nothing", Evidence{}, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Detect(tt.evidence)
			if tt.want == "" {
				if !errors.Is(err, ErrNoEvidence) {
					t.Fatalf("Detect = %v, %v; want ErrNoEvidence", got, err)
				}
				return
			}
			if err != nil || got.Release.String() != tt.want || got.By != tt.by || got.Evidence == "" {
				t.Errorf("Detect = %v by %v (%s), %v; want %s by %v", got.Release, got.By, got.Evidence, err, tt.want, tt.by)
			}
		})
	}
}

// TestDetectByColumns builds up what each release's schema brought, and looks
// whether the sum is that release's or that of one that no column identifies
// from it.
func TestDetectByColumns(t *testing.T) {
	var has []string
	for _, tt := range []struct{ release, brought, want string }{
		{"2.11", "Logical_Flow Datapath_Binding Port_Binding SB_Global Chassis DNS MAC_Binding Address_Set", "2.11"},
		{"2.12", "Chassis.transport_zones Controller_Event HA_Chassis HA_Chassis_Group IGMP_Group IP_Multicast Port_Binding.encap Port_Binding.ha_chassis_group Port_Binding.virtual_parent", "2.12"},
		{"20.03", "IP_Multicast.ip6_src Service_Monitor", "20.03"},
		{"20.06", "Chassis.other_config", "20.06"},
		{"20.09", "Chassis_Private", "20.09"},
		{"20.12", "Datapath_Binding.load_balancers Load_Balancer Logical_DP_Group Logical_Flow.logical_dp_group", "20.12"},
		{"21.03", "BFD FDB Load_Balancer.options Port_Binding.up", "21.06"},
		{"21.06", "", "21.06"},
		{"21.09", "Logical_Flow.controller_meter Logical_Flow.tags", "21.09"},
		{"21.12", "Port_Binding.requested_chassis", "22.03"},
		{"22.03", "", "22.03"},
		{"22.06", "Port_Binding.additional_chassis Port_Binding.additional_encap Port_Binding.port_security Port_Binding.requested_additional_chassis Static_MAC_Binding", "22.06"},
		{"22.09", "Load_Balancer.datapath_group MAC_Binding.timestamp", "22.09"},
		{"22.12", "Chassis_Template_Var Mirror Port_Binding.mirror_rules", "23.03"},
		{"23.03", "", "23.03"},
		{"23.06", "", "23.03"},
		{"23.09", "FDB.timestamp", "23.09"},
		{"24.03", "BFD.chassis_name DNS.options IGMP_Group.chassis_name Load_Balancer.lr_datapath_group Load_Balancer.ls_datapath_group Service_Monitor.chassis_name", "24.03"},
		{"24.09", "IGMP_Group.protocol Logical_Flow.flow_desc", "24.09"},
		{"25.03", "ACL_ID Advertised_Route ECMP_Nexthop Learned_Route SSL.ssl_ciphersuites", "25.03"},
		{"25.09", "Datapath_Binding.nb_uuid Datapath_Binding.type Port_Binding.mirror_port Service_Monitor.ic_learned Service_Monitor.remote", "25.09"},
		{"26.03", "Advertised_MAC_Binding Service_Monitor.logical_input_port Service_Monitor.mac Service_Monitor.type", "26.03"},
		{"main", "Address_Set.options SB_Global.nb_cfg_timestamp", "main"},
	} {
		has = append(has, strings.Fields(tt.brought)...)
		got, err := Detect(Evidence{Has: func(table, column string) bool {
			return slices.Contains(has, strings.TrimSuffix(table+"."+column, "."))
		}})
		if want := MustParse(tt.want); err != nil || got.Release != want || got.By != ByColumns {
			t.Errorf("%s: Detect = %v by %v (%s), %v; want %v", tt.release, got.Release, got.By, got.Evidence, err, want)
		}
	}
}

// TestDetectCorpus detects the release of every database of the corpus, with all of its columns and
// stages and with parts of them.
func TestDetectCorpus(t *testing.T) {
	corpus := os.Getenv("OVNWALK_CORPUS")
	if corpus == "" {
		t.Skip("OVNWALK_CORPUS is not set")
	}
	files, err := filepath.Glob(filepath.Join(corpus, "*", "*.db.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no databases in %s: %v", corpus, err)
	}
	for _, file := range files {
		dir := filepath.Base(filepath.Dir(file))
		t.Run(dir+"/"+filepath.Base(file), func(t *testing.T) {
			e := readEvidence(t, file)
			want := MustParse(dir)
			for _, by := range []Source{ByInternalVersion, BySchemaVersion, ByColumns} {
				switch by {
				case ByInternalVersion:
					if e.InternalVersion == "" {
						if want.AtLeast(MustParse("20.12")) {
							t.Error("northd_internal_version is missing")
						}
						continue
					}
				case BySchemaVersion:
					e.InternalVersion = ""
				case ByColumns:
					e.SchemaVersion = ""
				}
				got, err := Detect(e)
				if err != nil || got.By != by || got.Release.Series() != want.Series() ||
					got.Release.IsDevelopment() != want.IsDevelopment() {
					t.Errorf("Detect = %v by %v (%s), %v; want %v by %v", got.Release, got.By, got.Evidence, err, want, by)
				}
			}
		})
	}
}

// readEvidence reads the records of a standalone database file.
func readEvidence(t *testing.T, file string) (e Evidence) {
	t.Helper()
	for i, body := range sbtest.Records(sbtest.Content(t, file)) {
		if i == 0 {
			var schema struct {
				Version string
				Tables  map[string]struct{ Columns map[string]any }
			}
			if err := json.Unmarshal(body, &schema); err != nil {
				t.Fatal(err)
			}
			e.SchemaVersion = schema.Version
			e.Has = func(table, column string) bool {
				columns, ok := schema.Tables[table]
				if column != "" {
					_, ok = columns.Columns[column]
				}
				return ok
			}
			continue
		}
		var change struct {
			Rows map[string]struct{ Options []any } `json:"SB_Global"`
		}
		if err := json.Unmarshal(body, &change); err != nil {
			t.Fatal(err)
		}
		for _, row := range change.Rows {
			if len(row.Options) != 2 {
				continue
			}
			for _, pair := range row.Options[1].([]any) {
				if p := pair.([]any); p[0] == "northd_internal_version" {
					e.InternalVersion = p[1].(string)
				}
			}
		}
	}
	return e
}
