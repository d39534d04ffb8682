package open

import (
	"errors"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
)

// TestMemberBySuffix names members of archives and directories by the ends of their
// paths.
func TestMemberBySuffix(t *testing.T) {
	store := ovsdbtest.Gzipped(ovsdbtest.Tarred("s/ovnkube-node-7xk2p_nbdb", nbOne, "s/ovnkube-node-7xk2p_sbdb", sbOne, "s/ovnkube-node-9abcd_sbdb.gz", ovsdbtest.Gzipped(sbTwo)))
	for _, tt := range []struct {
		name  string
		files []string
		path  string
		want  string // the address set's name
		file  string // the end of Snapshot.File
		text  string // what the error says
	}{
		{"name", []string{"a.tar.gz", store}, "a.tar.gz//ovnkube-node-7xk2p_sbdb", "one", "a.tar.gz//s/ovnkube-node-7xk2p_sbdb", ""},
		{"end of a name", []string{"a.tar.gz", store}, "a.tar.gz//7xk2p_sbdb", "one", "//s/ovnkube-node-7xk2p_sbdb", ""},
		{"compression left out", []string{"a.tar.gz", store}, "a.tar.gz//9abcd_sbdb", "two", "//s/ovnkube-node-9abcd_sbdb.gz", ""},
		{"schema decides", []string{"a.tar", ovsdbtest.Tarred("x/1db", sbOne, "y/1db", nbOne)}, "a.tar//1db", "one", "a.tar//x/1db", ""},
		{"in an archive of a directory", []string{"d/x/store.tar.gz", store}, "d//7xk2p_sbdb", "one", "d//x/store.tar.gz//s/ovnkube-node-7xk2p_sbdb", ""},
		{"in a zip archive", []string{"a.zip", ovsdbtest.Zipped("p/x.db", sbOne, "p/y.db", sbTwo)}, "a.zip//y.db", "two", "a.zip//p/y.db", ""},
		{"in a directory", []string{"d/p/x.db", sbOne, "d/p/y.db", sbTwo}, "d//y.db", "two", "d//p/y.db", ""},
		{"directory of a directory", []string{"d/p/q/x.db", sbOne, "d/p/r/x.db", sbTwo}, "d//r", "two", "d//p/r/x.db", ""},
		{"whole path first", []string{"d/x.db", sbOne, "d/p/x.db", sbTwo}, "d//x.db", "one", "d//x.db", ""},
		{"several", []string{"a.tar.gz", store}, "a.tar.gz//sbdb", "", "", "a.tar.gz//sbdb holds 2 databases; give one of them:"},
		{"northbound", []string{"a.tar.gz", store}, "a.tar.gz//7xk2p_nbdb", "", "", "no OVN_Southbound database, but:"},
		{"none", []string{"a.tar.gz", store}, "a.tar.gz//7xk2p", "", "", "no database has this path or end of a path; give one of them:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := layOut(t, tt.files...)
			s, err := Path(t.Context(), dir+"/"+tt.path, ovsdb.Options{Schema: "OVN_Southbound"})
			if tt.text != "" {
				if err == nil || !strings.Contains(err.Error(), tt.text) {
					t.Fatalf("error %v, want %q", err, tt.text)
				}
				if several, ok := errors.AsType[*ovsdb.SeveralError](err); ok && (len(several.Members) != 2 || !strings.HasSuffix(several.Members[1].Path, "//s/ovnkube-node-9abcd_sbdb.gz")) {
					t.Errorf("members %v", several.Members)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if ovsdbtest.SetName(s) != tt.want || !strings.HasSuffix(s.File, tt.file) || len(s.Warnings) != 0 {
				t.Errorf("%q of %s, %v; want %q of ...%s", ovsdbtest.SetName(s), s.File, s.Warnings, tt.want, tt.file)
			}
		})
	}
}

// TestBeside finds northbound databases beside southbound ones.
func TestBeside(t *testing.T) {
	for _, tt := range []struct {
		name       string
		files      []string
		path, self string
		others     []string
	}{
		{"file", []string{"sb.db", sbOne, "nb.db", nbOne, "x", notes, "d/nb.db", nbOne}, "sb.db", "/sb.db", []string{"//nb.db"}},
		{"packed file", []string{"sb.db.gz", ovsdbtest.Gzipped(sbOne), "nb.db.gz", ovsdbtest.Gzipped(nbOne)}, "sb.db.gz", "/sb.db.gz", []string{"//nb.db.gz"}},
		{"archive", []string{"a.tar", ovsdbtest.Tarred("s", sbOne, "n", nbOne)}, "a.tar", "a.tar//s", []string{"a.tar//n"}},
		{"member by its end", []string{"a.tar", ovsdbtest.Tarred("d/1_sb", sbOne, "d/1_nb", nbOne, "d/2_sb", sbTwo, "d/2_nb", nbOne)}, "a.tar//2_sb", "a.tar//d/2_sb", []string{"a.tar//d/1_nb", "a.tar//d/2_nb"}},
		{"directory", []string{"d/x/s", sbOne, "d/y/n", nbOne}, "d", "d//x/s", []string{"d//y/n"}},
		{"none", []string{"sb.db", sbOne}, "sb.db", "/sb.db", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := layOut(t, tt.files...)
			self, others, err := Beside(t.Context(), dir+"/"+tt.path, ovsdb.Options{Schema: "OVN_Southbound"}, "OVN_Northbound")
			if err != nil || !strings.HasSuffix(self, tt.self) || len(others) != len(tt.others) {
				t.Fatalf("%s, %v, %v", self, others, err)
			}
			for i, m := range others {
				if !strings.HasSuffix(m.Path, tt.others[i]) {
					t.Errorf("%s, want ...%s", m.Path, tt.others[i])
				}
			}
		})
	}
}
