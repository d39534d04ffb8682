package suite_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/suite"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// open opens the databases of suites under test.
func open(ctx context.Context, from suite.Source) (*suite.Zones, error) {
	o := lflow.Options{Chassis: from.Chassis}
	if from.Release != "" {
		r, err := dialect.Parse(from.Release)
		if err != nil {
			return nil, err
		}
		o.Release = r
	}
	var n *lflow.Network
	var err error
	if from.DB == "demo" {
		n, err = lflow.Read(ctx, "demo", demo.Bytes(), o)
	} else {
		n, err = lflow.Open(ctx, from.DB, o)
	}
	return &suite.Zones{Networks: []*lflow.Network{n}}, err
}

// run runs suites.
func run(t *testing.T, o suite.Options, files ...string) *suite.Report {
	t.Helper()
	o.Open = open
	r, err := suite.Run(t.Context(), files, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// write writes a suite into a directory of its own.
func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.ovnwalk.yaml")
	sbtest.WriteFile(t, file, []byte(text))
	return file
}

// report returns a report's text, in which a suite written by write is called
// x.
func report(t *testing.T, r *suite.Report, format string, s suite.Style) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b, format, s); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, f := range r.Files {
		if filepath.IsAbs(f.File) {
			text = strings.ReplaceAll(text, f.File, "x")
		}
	}
	return text
}

// TestOwnSuites runs the suites of the tree.
func TestOwnSuites(t *testing.T) {
	for _, name := range []string{"demo", "shop", "connections", "tickets"} {
		t.Run(name, func(t *testing.T) {
			r := run(t, suite.Options{}, filepath.Join(suitesDir, name+".ovnwalk.yaml"))
			if c := r.Counts(); c.Passed == 0 || c.Passed != c.Total() {
				t.Error(report(t, r, "text", suite.Style{}))
			}
		})
	}
}

// TestBrokenRule runs the shop's suite over the database whose rule is gone.
func TestBrokenRule(t *testing.T) {
	r := run(t, suite.Options{DB: filepath.Join(suitesDir, "shop-broken.db.gz")}, filepath.Join(suitesDir, "shop.ovnwalk.yaml"))
	failed := map[string]bool{}
	for _, res := range r.Files[0].Results {
		name, _, _ := strings.Cut(res.Name, " [")
		failed[name] = failed[name] || res.Status == suite.Failed
		for _, f := range res.Failures {
			if f.Want != "dropped acl-drop" || !strings.HasPrefix(f.Got, "delivered db/db") {
				t.Errorf("%s: expected %s, got %s", res.Name, f.Want, f.Got)
			}
			if why := strings.Join(f.Explanation, "\n"); !strings.Contains(why, "no ACL on the path allowed it") {
				t.Errorf("%s: the reason is %s", res.Name, why)
			}
		}
		if res.Status == suite.Errored {
			t.Errorf("%s: %v", res.Name, res.Errors)
		}
	}
	want := map[string]bool{"nobody else reaches the databases": true, "web servers reach the databases at no other port": true, "nor over IPv6": true}
	for name, is := range failed {
		if is != want[name] {
			t.Errorf("%s: failed is %v, want %v", name, is, want[name])
		}
	}
}

// TestExpectations checks each kind of expectation with walks that meet it and walks that do not.
func TestExpectations(t *testing.T) {
	const reached, unrouted, pinged = "from: vm1, to: vm2", "from: vm1, to: 8.8.8.8", "from: vm1, to: 192.168.0.1, proto: icmp"
	tests := []struct{ name, send, expect, failure string }{
		{"delivered", reached, "{delivered: vm2}", ""},
		{"to any port", reached, "{delivered: true}", ""},
		{"to the port named", reached, "{delivered: $to}", ""},
		{"to another port", reached, "{delivered: vm1}", "expected delivered to vm1, got delivered network2/vm2"},
		{"to one more port", reached, "{delivered: [vm1, vm2]}", "expected delivered to vm1, vm2, got delivered network2/vm2"},
		{"to nobody", reached, "{delivered: []}", "expected delivered to nobody, got delivered network2/vm2"},
		{"to none", reached, "{delivered: false}", "expected delivered to nobody, got delivered network2/vm2"},
		{"nobody indeed", unrouted, "{delivered: false}", ""},
		{"to any port, in vain", unrouted, "{delivered: true}", "expected delivered, got dropped no-route router1/lr_in_ip_routing"},
		{"dropped", unrouted, "{dropped: true}", ""},
		{"dropped for a reason", unrouted, "{dropped: no-route}", ""},
		{"dropped for one of two", unrouted, "{dropped: [acl-drop, no-route]}", ""},
		{"dropped for another reason", unrouted, "{dropped: acl-drop}", "expected dropped acl-drop, got dropped no-route router1/lr_in_ip_routing"},
		{"not dropped", reached, "{dropped: false}", ""},
		{"dropped after all", unrouted, "{dropped: false}", "expected not dropped, got dropped no-route router1/lr_in_ip_routing"},
		{"delivered instead", reached, "{dropped: true}", "expected dropped, got delivered network2/vm2"},
		{"replied", pinged, "{replied: true}", ""},
		{"replied how", pinged, "{replied: echo}", ""},
		{"replied otherwise", pinged, "{replied: [arp, icmp]}", "expected replied arp or icmp, got replied echo network1/vm1"},
		{"not replied", reached, "{replied: false}", ""},
		{"no reply", reached, "{replied: true}", "expected replied, got delivered network2/vm2"},
		{"an answer is no delivery", pinged, "{delivered: true}", "expected delivered, got replied echo network1/vm1"},
		{"not to the controller", reached, "{controller: false}", ""},
		{"to the controller", reached, "{controller: put_arp}", "expected controller put_arp, got delivered network2/vm2"},
		{"no loop", reached, "{looped: false}", ""},
		{"a loop", reached, "{looped: true}", "expected looped, got delivered network2/vm2"},
		{"rewritten", reached, "{rewritten: {ip.ttl: 63}}", ""},
		{"rewritten to one of a set", reached, `{rewritten: {ip.ttl: "{62, 63}", ip4.dst: 192.168.1.0/24}}`, ""},
		{"a part of a field", reached, `{rewritten: {"eth.dst[0..7]": 2}}`, ""},
		{"not rewritten", reached, "{rewritten: {ip.ttl: 64}}", "expected ip.ttl = 64, got ip.ttl = 63 at network2/vm2"},
		{"part not rewritten", reached, `{rewritten: {"eth.dst[0..7]": 3}}`, "expected eth.dst[0..7] = 3, got eth.dst[0..7] = 2 at network2/vm2"},
		{"no such field", reached, "{rewritten: {tcp.dst: 1}}", "expected tcp.dst = 1, got tcp.dst = none, for the packet has no such field at network2/vm2"},
		{"nothing to look at", unrouted, "{rewritten: {ip.ttl: 63}}", "expected ip.ttl = 63, got nothing was delivered: dropped no-route router1/lr_in_ip_routing"},
		{"visits", reached, "{visits: [lr_in_policy, network2/ls_in_l2_lkup]}", ""},
		{"visits not", reached, "{visits: ls_in_l2_unknown}", "expected a visit to ls_in_l2_unknown, got none"},
		{"visits not there", reached, "{visits: network1/lr_in_policy}", "expected a visit to network1/lr_in_policy, got none"},
		{"never", reached, "{never: [ls_in_l2_unknown, network1/lr_in_policy]}", ""},
		{"not never", reached, "{never: router1/lr_in_policy}", "expected no visit to router1/lr_in_policy, got one"},
		{"reply", reached, "{reply: {delivered: $from, rewritten: {ip.ttl: 63}}}", ""},
		{"reply dropped", reached, "{reply: {dropped: true}}", "expected of the reply: dropped, got delivered network1/vm1"},
		{"nothing to reply to", unrouted, "{reply: {delivered: true}}", "expected one copy delivered, that can be answered, got dropped no-route router1/lr_in_ip_routing"},
		{"golden", unrouted, `{minimal: ""}`, ""},
		{"wrong golden", reached, `{minimal: "x"}`, "expected the minimal view that the file has, got another (-want +got)"},
		{"golden to come", reached, "{summary: null}", "expected the summary view that the file has, got nothing yet: --update fills it in"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := run(t, suite.Options{}, write(t, "db: demo\ntests:\n  - {name: a, "+tt.send+", expect: "+tt.expect+"}\n"))
			res := r.Files[0].Results[0]
			var got []string
			for _, f := range res.Failures {
				got = append(got, f.Text())
			}
			want := suite.Passed
			if tt.failure != "" {
				want = suite.Failed
			}
			if strings.Join(got, "\n") != tt.failure || res.Status != want {
				t.Errorf("%v\ngot  %s\nwant %s\n%v", res.Status, strings.Join(got, "\n"), tt.failure, res.Errors)
			}
		})
	}
}

// TestErrors checks that errors are distinguished from failures.
func TestErrors(t *testing.T) {
	tests := []struct{ name, test, want string }{
		{"sender", "from: vm9, to: vm2, expect: {delivered: true}", `x:3:21: the database has no logical port "vm9"; did you mean vm1 or vm2?`},
		{"receiver", "from: vm1, to: vm9, expect: {delivered: true}", `x:3:30: the database has no logical port "vm9"; did you mean vm1 or vm2?`},
		{"port expected", "from: vm1, to: vm2, expect: {delivered: vmm2}", `x:3:55: the database has no logical port "vmm2"; did you mean vm2?`},
		{"$to is no port", "from: vm1, to: 10.0.0.1, expect: {delivered: $to}", `x:3:60: $to is no port here, but "10.0.0.1"`},
		{"port group", "from: {port-group: pg}, to: vm2, expect: {delivered: true}", `x:3:34: the database has no port group "pg"`},
		{"switch", "from: {switch: netwrk1}, to: vm2, expect: {delivered: true}", `x:3:30: the database has no datapath "netwrk1"; did you mean network1 or network2?`},
		{"address set", "from: vm1, to: {address-set: as}, expect: {delivered: true}", `x:3:44: the database has no address set "as"`},
		{"empty group", "from: {switch: router1}, to: vm2, expect: {delivered: true}", `x:3:30: {switch: router1} holds nothing`},
		{"stage", "from: vm1, to: vm2, expect: {visits: lr_in_polcy}", `x:3:52: the database has no stage "lr_in_polcy"; did you mean lr_in_policy?`},
		{"datapath of a stage", "from: vm1, to: vm2, expect: {never: router2/lr_in_policy}", `x:3:51: the database has no datapath "router2"; did you mean router1?`},
		{"field", "from: vm1, to: vm2, expect: {rewritten: {ip.tll: 3}}", "x:3:56: "},
		{"value", "from: vm1, to: vm2, expect: {rewritten: {ip.ttl: lots}}", "x:3:56: ip.ttl: lots: "},
		{"no field of a packet", "from: vm1, to: vm2, expect: {rewritten: {inport: vm1}}", "x:3:56: inport is not a field that a delivered packet has"},
		{"next hop", "from: vm1, to: vm2, via: router9, expect: {delivered: true}", "x:3:40: cannot send via router9, which is not attached to network1: the routers there are router1 by router1-net1 (192.168.0.1)"},
		{"packet", "from: vm1, to: vm2, packet: tcp.dst ==, expect: {delivered: true}", "x:3:43: "},
		{"contradiction", "from: vm1, to: vm2, packet: tcp && udp, expect: {delivered: true}", "x:3:21: no packet is what is said of it: tcp && udp"},
		{"two families", "from: vm1, to: fd00::1, packet: ip4, expect: {delivered: true}", "the packet is not one that can go to fd00::1"},
		{"microflow", `microflow: 'inport == "vm9"', expect: {delivered: true}`, `x:3:26: the database has no logical port "vm9"; did you mean vm1 or vm2?`},
		{"ambiguous microflow", `microflow: 'inport == "vm1" && tcp.dst == {1, 2}', expect: {delivered: true}`, "x:3:26: error parsing flow: Constraints are ambiguous"},
		{"datapath", `microflow: 'inport == "vm1"', datapath: nowhere, expect: {delivered: true}`, `x:3:55: the database has no datapath "nowhere"`},
		{"chassis", "chassis: worker9, from: vm1, to: vm2, expect: {delivered: true}", `x:3:24: unknown chassis "worker9"; the database has: central, worker1, worker2`},
		{"nothing answers UDP that is ICMP", "from: vm1, to: vm2, packet: icmp4.type == 3, expect: {reply: {delivered: true}}", "x:3:69: of ICMP packets, only echo requests have replies"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := run(t, suite.Options{}, write(t, "db: demo\ntests:\n  - {name: a, "+tt.test+"}\n"))
			if c := r.Counts(); c.Errored != 1 || c.Total() != 1 {
				t.Fatalf("%+v", c)
			}
			if text := report(t, r, "text", suite.Style{}); !strings.Contains(text, tt.want) {
				t.Errorf("%q is not in\n%s", tt.want, text)
			}
		})
	}
}

func TestFileErrors(t *testing.T) {
	good := write(t, "db: demo\ntests: [{name: a, from: vm1, to: vm2, expect: {delivered: true}}]\n")
	for _, tt := range []struct{ name, file, want string }{
		{"no file", filepath.Join(t.TempDir(), "gone.ovnwalk.yaml"), "ERROR x: stat x: no such file or directory"},
		{"no suite", write(t, "db: demo\ntest: []\n"), `ERROR x:2:1: a suite has no key "test"; did you mean tests?`},
		{"no database", write(t, "db: gone.db\ntests: [{name: a, from: vm1, expect: {delivered: true}}]\n"), "ERROR x:1:5: stat "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := run(t, suite.Options{}, tt.file, good)
			if c := r.Counts(); c.Errored != 1 || c.Passed != 1 {
				t.Errorf("%+v", c)
			}
			if text := report(t, r, "text", suite.Style{}); !strings.Contains(text, tt.want) {
				t.Errorf("%q is not in\n%s", tt.want, text)
			}
		})
	}
}

const many = `db: demo
tests:
  - {name: alpha, tags: [x, y], from: [vm1, vm2], to: [vm1, vm2], proto: [icmp, tcp:80], expect: {delivered: $to}}
  - {name: beta, tags: y, from: vm1, to: 8.8.8.8, expect: {dropped: true}}
  - {name: gamma, skip: not yet, from: vm1, to: 8.8.8.8, expect: {delivered: true}}
  - {name: delta, tags: z, from: vm1, to: vm2, ct: [[new], [est]], expect: {delivered: vm1}}
`

// TestSelection checks which cases run, their order and their names.
func TestSelection(t *testing.T) {
	const (
		a1 = "alpha [from=vm1 to=vm2 proto=icmp]"
		a2 = "alpha [from=vm1 to=vm2 proto=tcp:80]"
		a3 = "alpha [from=vm2 to=vm1 proto=icmp]"
		a4 = "alpha [from=vm2 to=vm1 proto=tcp:80]"
		d1 = "delta [ct=new]"
		d2 = "delta [ct=est]"
	)
	tests := []struct {
		name string
		text string
		o    suite.Options
		want string
	}{
		{"all", many, suite.Options{}, "pass " + a1 + ", pass " + a2 + ", pass " + a3 + ", pass " + a4 + ", pass beta, skip gamma, fail " + d1 + ", fail " + d2},
		{"run", many, suite.Options{Run: regexp.MustCompile("from=vm2|gamma")}, "pass " + a3 + ", pass " + a4 + ", skip gamma"},
		{"run nothing", many, suite.Options{Run: regexp.MustCompile("omega")}, ""},
		{"tags", many, suite.Options{Tags: []string{"z", "w"}}, "fail " + d1 + ", fail " + d2},
		{"skip tags", many, suite.Options{Tags: []string{"y"}, SkipTags: []string{"x"}}, "pass beta"},
		{
			"only", strings.Replace(many, "name: beta", "name: beta, only: true", 1),
			suite.Options{},
			"skip " + a1 + ", skip " + a2 + ", skip " + a3 + ", skip " + a4 + ", pass beta, skip gamma, skip " + d1 + ", skip " + d2,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, res := range run(t, tt.o, write(t, tt.text)).Files[0].Results {
				got = append(got, res.Status.String()+" "+res.Name)
			}
			if text := strings.Join(got, ", "); text != tt.want {
				t.Errorf("got  %s\nwant %s", text, tt.want)
			}
		})
	}
}

func TestTooManyCases(t *testing.T) {
	ports := strings.Repeat("vm1, ", 99) + "vm2"
	text := "db: demo\ntests:\n  - {name: a, from: [" + ports + "], to: [" + ports + "], proto: [" + strings.Repeat("icmp, ", 19) + "tcp], expect: {delivered: true}}\n"
	r := run(t, suite.Options{}, write(t, text))
	if text := report(t, r, "text", suite.Style{}); !strings.Contains(text, "x:3:5: the test's lists multiply to more than 100000 cases") {
		t.Error(text)
	}
}

// TestJobs has many packets under way at once: the report is the same.
func TestJobs(t *testing.T) {
	file := filepath.Join(suitesDir, "shop.ovnwalk.yaml")
	one := report(t, run(t, suite.Options{Jobs: 1, Traces: true, DB: filepath.Join(suitesDir, "shop-broken.db.gz")}, file), "json", suite.Style{Verbose: true})
	for range 5 {
		if many := report(t, run(t, suite.Options{Jobs: 16, Traces: true, DB: filepath.Join(suitesDir, "shop-broken.db.gz")}, file), "json", suite.Style{Verbose: true}); many != one {
			t.Fatalf("one job reports\n%s\nmany report\n%s", one, many)
		}
	}
}

// TestMappedDatabase reads a database that is a plain file, whose text the
// results refer to without a copy.
func TestMappedDatabase(t *testing.T) {
	file := filepath.Join(t.TempDir(), "demo.db")
	db := sbtest.Demo(t)
	sbtest.WriteFile(t, file, db)
	o := suite.Options{Traces: true}
	mapped := o
	mapped.DB = file
	want, got := run(t, o, write(t, mixed)), run(t, mapped, write(t, mixed))
	for _, format := range suite.Formats() {
		s := suite.Style{Verbose: true}
		if text := strings.ReplaceAll(report(t, got, format, s), file, "demo"); text != report(t, want, format, s) {
			t.Errorf("%s: got\n%s", format, text)
		}
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := suite.Run(ctx, []string{filepath.Join(suitesDir, "shop.ovnwalk.yaml")}, suite.Options{Open: func(_ context.Context, s suite.Source) (*suite.Zones, error) {
		return open(context.Background(), s)
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
