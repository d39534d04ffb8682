package ovs

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

const (
	of10 = `NXST_FLOW reply (xid=0x4):
 cookie=0xc019de6b, duration=0.035s, table=8, n_packets=0, n_bytes=0, idle_age=0, priority=60,ip,reg0=0x1,metadata=0x2,nw_src=10.0.0.0/24 actions=load:0x1->NXM_NX_REG0[],resubmit(,9)
 cookie=0x5, duration=0.013s, table=8, n_packets=0, n_bytes=0, idle_timeout=300, idle_age=0, ip,metadata=0x2 actions=drop
 cookie=0xc019de6b, duration=0.057s, table=8, n_packets=0, n_bytes=0, idle_age=0, priority=50,metadata=0x1 actions=resubmit(,9)
`
	of15    = "OFPST_FLOW reply (OF1.5) (xid=0x2): flags=[more]\n cookie=0x5, table=8, priority=50 actions=drop\nOFPST_FLOW reply (OF1.5) (xid=0x2):\n cookie=0x5, table=9, actions=drop\n"
	noStats = " cookie=0x5, table=8, priority=60,ip actions=resubmit(,9)\n table=0, priority=1 actions=drop\n priority=0 actions=NORMAL"
	crlf    = "cookie=0x5, priority=0 actions=NORMAL\r\n\r\n"
)

func TestDump(t *testing.T) {
	for _, test := range []struct {
		name, text string
		cookie     uint32
		want       []string // the starts of the flows' matches and actions
	}{
		{"OpenFlow 1.0", of10, 0xc019de6b, []string{"priority=60,ip,reg0=0x1,metadata=0x2,nw_src=10.0.0.0/24 actions=load:0x1->NXM_NX_REG0[],resubmit(,9)", "priority=50,metadata=0x1 actions=resubmit(,9)"}},
		{"another cookie", of10, 5, []string{"ip,metadata=0x2 actions=drop"}},
		{"no such cookie", of10, 6, nil},
		{"in pieces", of15, 5, []string{"priority=50 actions=drop", "actions=drop"}},
		{"without statistics", noStats, 5, []string{"priority=60,ip actions=resubmit(,9)"}},
		{"without cookie", noStats, 0, []string{"priority=1 actions=drop", "priority=0 actions=NORMAL"}},
		{"lines of Windows", crlf, 5, []string{"priority=0 actions=NORMAL"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := ReadDump("dump", strings.NewReader(test.text))
			if err != nil {
				t.Fatal(err)
			}
			got, err := d.Flows(test.cookie)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(got, test.want, strings.HasSuffix) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			for _, f := range got {
				if f != strings.TrimSpace(f) {
					t.Errorf("%q has blanks around it", f)
				}
			}
		})
	}
}

func TestDumpErrors(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", "d: no OpenFlow flows; a dump is the output of \"ovs-ofctl dump-flows\""},
		{"heading only", "NXST_FLOW reply (xid=0x4):\n", "d: no OpenFlow flows; a dump is the output of \"ovs-ofctl dump-flows\""},
		{"something else", of10 + "root:x:0:0\n", `d: line 5: neither a flow nor a heading: "root:x:0:0"`},
		{"a bad cookie", " cookie=0xzz, priority=0 actions=drop", `d: line 1: "0xzz" is not a cookie`},
		{"a big cookie", "\n cookie=0x10000000000000000, priority=0 actions=drop", `d: line 2: "0x10000000000000000" is not a cookie`},
	} {
		_, err := ReadDump("d", strings.NewReader(test.text))
		if _, ok := errors.AsType[*DumpError](err); !ok || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
	if _, err := readDump("d", strings.NewReader(of10), 100); !errors.Is(err, ErrTooBig) {
		t.Errorf("over the limit: %v", err)
	}
	if _, err := OpenDump(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func FuzzDump(f *testing.F) {
	for _, s := range []string{of10, of15, noStats, crlf, "cookie=", "cookie=0x1, actions="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ReadDump("d", strings.NewReader(text))
		if err != nil {
			return
		}
		for cookie, flows := range d.flows {
			for _, flow := range flows {
				if got, err := cookieOf(flow); err != nil || got != cookie {
					t.Fatalf("%q is listed under %#x: %#x, %v", flow, cookie, got, err)
				}
			}
		}
	})
}

// TestOpen distinguishes files from switches.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir) // without ovs-ofctl
	dump := filepath.Join(dir, "flows")
	sbtest.WriteFile(t, dump, []byte(of10))
	if f, err := Open(t.Context(), dump, Options{}); err != nil {
		t.Errorf("%s: %v", dump, err)
	} else if _, ok := f.(*Dump); !ok {
		t.Errorf("%s is a %T", dump, f)
	}
	for _, where := range []string{"unix:" + dump, "tcp:127.0.0.1:6653", "ssl:h", "br-int", dir} {
		f, err := Open(t.Context(), where, Options{})
		var e *SwitchError
		if f != nil || !errors.As(err, &e) || !strings.HasPrefix(e.Text, "ovs-ofctl is not installed") {
			t.Errorf("%s: %T, %v", where, f, err)
		}
	}
}
