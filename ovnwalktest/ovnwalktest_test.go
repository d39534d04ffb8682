package ovnwalktest_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/ovnwalktest"
	"github.com/ovnwalk/ovnwalk/verdict"
)

const shop = "../testdata/suites/shop.db.gz"

var opened = []string{"new", "new", "new"}

func TestSuiteOfShop(t *testing.T) {
	n := ovnwalktest.Open(t, shop)
	n.Walk(t, ovnwalktest.Packet{From: "web1", To: "db1", Proto: "tcp:5432", CT: opened}).
		Delivered(t, "db1").Delivered(t).Rewritten(t, "ip.ttl", "63").Visits(t, "db/ls_out_acl", "ls_in_acl").Never(t, "ls_in_l2_unknown").
		Reply(t).Delivered(t, "web1").Rewritten(t, "tcp.src", "5432")
	n.Walk(t, ovnwalktest.Packet{From: "client", To: "db1", Match: "tcp.dst == 5432", CT: opened}).Dropped(t).Dropped(t, verdict.ACLDrop, verdict.Other)
	n.Walk(t, ovnwalktest.Packet{From: "web1", To: "10.9.0.1", Proto: "tcp:5432", CT: opened, LBDst: "10.2.0.6"}).Delivered(t, "db2")
	n.Walk(t, ovnwalktest.Packet{From: "web1", To: "10.1.0.1", Proto: "icmp"}).Replied(t).Replied(t, "arp", "echo")
	n.Walk(t, ovnwalktest.Packet{Microflow: `inport == "client" && eth.src == 0a:00:00:00:03:63 && eth.dst == 0a:00:00:00:03:01 && ip4.src == 172.16.0.99 && ip4.dst == 172.16.0.1 && ip.ttl == 64`, Datapath: "public"}).
		Minimal(t, `
ct_snatin_czone /* assuming no un-snat entry, so no change */ {
    ip.ttl--;
    eth.src = 0a:00:00:00:03:01;
};
`)
}

// double records what a test would report.
type double struct {
	errors, fatal []string
	cleanup       []func()
}

func (d *double) Helper()             {}
func (d *double) Cleanup(f func())    { d.cleanup = append(d.cleanup, f) }
func (d *double) Logf(string, ...any) {}
func (d *double) Errorf(format string, a ...any) {
	d.errors = append(d.errors, fmt.Sprintf(format, a...))
}

func (d *double) Fatalf(format string, a ...any) {
	d.fatal = append(d.fatal, fmt.Sprintf(format, a...))
	runtime.Goexit()
}

// recorded runs a test with a double and returns what it reported.
func recorded(f func(t ovnwalktest.TB)) *double {
	d := &double{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(d)
	}()
	<-done
	for _, c := range d.cleanup {
		c()
	}
	return d
}

func TestFailures(t *testing.T) {
	send := func(p ovnwalktest.Packet, check func(t ovnwalktest.TB, w *ovnwalktest.Walk)) func(ovnwalktest.TB) {
		return func(t ovnwalktest.TB) { check(t, ovnwalktest.Open(t, shop).Walk(t, p)) }
	}
	web := ovnwalktest.Packet{From: "web1", To: "db1", Proto: "tcp:5432", CT: opened}
	lost := ovnwalktest.Packet{From: "client", To: "db1", Proto: "tcp:5432", CT: opened}
	tests := []struct {
		name  string
		f     func(ovnwalktest.TB)
		want  string
		fatal bool
	}{
		{"delivered elsewhere", send(web, func(t ovnwalktest.TB, w *ovnwalktest.Walk) { w.Delivered(t, "db2") }), "expected delivered to db2, got delivered db/db1", false},
		{"not dropped", send(web, func(t ovnwalktest.TB, w *ovnwalktest.Walk) { w.Dropped(t) }), "expected dropped, got delivered db/db1", false},
		{"dropped otherwise", send(lost, func(t ovnwalktest.TB, w *ovnwalktest.Walk) { w.Dropped(t, verdict.NoRoute) }), "expected dropped no-route, got dropped acl-drop db/ls_out_acl", false},
		{"why", send(lost, func(t ovnwalktest.TB, w *ovnwalktest.Walk) { w.Delivered(t) }), `outport == @pg_db && ip`, false},
		{"the ACL's flow", send(lost, func(t ovnwalktest.TB, w *ovnwalktest.Walk) { w.Delivered(t) }), "priority 2000: ", false},
		{"no reply", send(web, func(t ovnwalktest.TB, w *ovnwalktest.Walk) { w.Replied(t, "echo") }), "expected replied echo, got delivered db/db1", false},
		{"field", send(web, func(t ovnwalktest.TB, w *ovnwalktest.Walk) { w.Rewritten(t, "ip.ttl", "64") }), "expected ip.ttl = 64, got ip.ttl = 63 at db/db1", false},
		{"reply's field", send(web, func(t ovnwalktest.TB, w *ovnwalktest.Walk) { w.Reply(t).Rewritten(t, "ip.ttl", "64") }), "expected of the reply: ip.ttl = 64, got ip.ttl = 63 at web/web1", false},
		{"stage", send(web, func(t ovnwalktest.TB, w *ovnwalktest.Walk) { w.Visits(t, "ls_out_acll") }), `the database has no stage "ls_out_acll"; did you mean ls_out_acl?`, false},
		{"never", send(web, func(t ovnwalktest.TB, w *ovnwalktest.Walk) { w.Never(t, "db/ls_out_acl") }), "expected no visit to db/ls_out_acl, got one", false},
		{"view", send(web, func(t ovnwalktest.TB, w *ovnwalktest.Walk) { w.Minimal(t, "nothing") }), "-nothing", false},
		{"nothing to answer", send(lost, func(t ovnwalktest.TB, w *ovnwalktest.Walk) { w.Reply(t).Delivered(t) }), "expected one copy delivered, that can be answered, got dropped acl-drop", true},
		{"port", send(ovnwalktest.Packet{From: "web3", To: "db1"}, nil), `the database has no logical port "web3"; did you mean web1 or web2?`, true},
		{"two packets", send(ovnwalktest.Packet{From: "web1", Microflow: "ip4"}, nil), "a microflow says all of its packet", true},
		{"state", send(ovnwalktest.Packet{From: "web1", CT: []string{"old"}}, nil), "old: unknown connection tracking state flag", true},
		{"backend", send(ovnwalktest.Packet{From: "web1", LBDst: "x"}, nil), "x: bad ", true},
		{"file", func(t ovnwalktest.TB) { ovnwalktest.Open(t, "gone.db") }, "gone.db", true},
		{"release", func(t ovnwalktest.TB) { ovnwalktest.Open(t, shop, ovnwalktest.Release("tomorrow")) }, "tomorrow", true},
		{"chassis", func(t ovnwalktest.TB) { ovnwalktest.Open(t, shop, ovnwalktest.Chassis("gw9")) }, `unknown chassis "gw9"; the database has: gw1, hv1`, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := recorded(tt.f)
			got := strings.Join(append(d.errors, d.fatal...), "\n")
			if !strings.Contains(got, tt.want) || (len(d.fatal) > 0) != tt.fatal {
				t.Errorf("got %d errors, %d fatal:\n%s\nwant %s", len(d.errors), len(d.fatal), got, tt.want)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	n := ovnwalktest.Open(t, shop, ovnwalktest.Release("22.03"), ovnwalktest.Chassis("hv1"))
	if got := n.Lflow().Dialect.Release().String(); !strings.HasPrefix(got, "22.03") {
		t.Errorf("the release is %s", got)
	}
}

func TestEnds(t *testing.T) {
	w := ovnwalktest.Open(t, "demo").Walk(t, ovnwalktest.Packet{From: "vm1", To: "vm2"})
	ends := w.Ends()
	if len(ends) != 1 || ends[0].Port.String() != "vm2" || ends[0].Outcome != verdict.OutcomeDelivered {
		t.Errorf("got %+v", ends)
	}
	if w.Trace().Root.Inport.String() != "vm1" || !strings.HasPrefix(w.Packet(), `inport == "vm1" && eth.src == 40:44:00:00:00:01`) {
		t.Errorf("the packet is %s", w.Packet())
	}
}

func TestRunSuites(t *testing.T) {
	ovnwalktest.RunSuites(t, "../testdata/suites/demo.ovnwalk.yaml", "../testdata/suites/shop.ovnwalk.yaml")

	file := filepath.Join(t.TempDir(), "x.ovnwalk.yaml")
	text := "db: demo\ntests:\n  - {name: a, from: vm1, to: vm2, expect: {dropped: true}}\n  - {name: b, from: vm9, expect: {dropped: true}}\n"
	sbtest.WriteFile(t, file, []byte(text))
	d := recorded(func(t ovnwalktest.TB) { ovnwalktest.RunSuites(t, file, "gone.ovnwalk.yaml") })
	want := []string{":3:44: a: expected dropped, got delivered network2/vm2\n", ":4:21: b: the database has no logical port", "gone.ovnwalk.yaml: stat"}
	if len(d.errors) != len(want) {
		t.Fatalf("got %q", d.errors)
	}
	for i, w := range want {
		if !strings.Contains(d.errors[i], w) {
			t.Errorf("error %d is %s", i, d.errors[i])
		}
	}
}
