package diff

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// plan is a small network: switches sw0 with p1 and p2, sw1 with q1, and ext
// with a localnet port, all on router lr.  Its fields are what a test changes.
type plan struct {
	release  string
	acl      []string // matches of switches at egress, after a | their actions and after another their priority, or 2000
	backends string   // of the load balancer 10.9.9.9
	nat      string   // the address behind which p1 hides outside
	routes   []string // prefix and the router's port, and "back" where packets may leave as they came
	queue    string   // what marks packets to q1, "" for nothing
	q1On     string   // the switch of q1
	extra    []string // further ports of sw0
	shift    int      // added to the numbers of the routers' tables
	stage    string   // what stage of ACLs is called
}

func usual() *plan {
	return &plan{
		release: "23.03.0", backends: "10.0.0.1:80,10.1.0.1:80", nat: "172.16.0.9", q1On: "sw1", stage: "ls_out_acl",
		routes: []string{"10.0.0.0/24 lr-sw0", "10.1.0.0/24 lr-sw1", "172.16.0.0/24 lr-ext", "0.0.0.0/0 lr-ext"},
	}
}

// hosts are the ports with their addresses.
var hosts = map[string]string{"p1": "02:00:00:00:00:01 10.0.0.1", "p2": "02:00:00:00:00:02 10.0.0.2", "q1": "02:00:00:00:01:01 10.1.0.1"}

func (p *plan) network(t *testing.T) *lflow.Network {
	t.Helper()
	db := sbtest.New(p.release)
	paths := map[string]string{}
	for i, name := range []string{"lr", "sw0", "sw1", "ext"} {
		kind := "logical-switch"
		if name == "lr" {
			kind = "logical-router"
		}
		paths[name] = db.Row("Datapath_Binding", map[string]any{"tunnel_key": i + 1, "external_ids": sbtest.Map("name", name, kind, fmt.Sprintf("%08x-1111-4000-8000-000000000000", i+1))})
	}
	flow := func(d, pipeline string, table, priority int, stage, match, actions string) {
		db.Row("Logical_Flow", map[string]any{
			"logical_datapath": sbtest.Ref(paths[d]), "pipeline": pipeline, "table_id": table, "priority": priority,
			"match": match, "actions": actions, "external_ids": sbtest.Map("stage-name", stage),
		})
	}
	key := 0
	port := func(d, name, typ string, more ...any) {
		key++
		db.Port(paths[d], name, key, typ, more...)
	}
	vif := func(d, name, mac string) {
		port(d, name, "", "mac", sbtest.Set(mac))
		flow(d, "ingress", 2, 50, "ls_in_l2_lkup", "eth.dst == "+mac[:17], fmt.Sprintf("outport = %q; output;", name))
	}
	vif("sw0", "p1", hosts["p1"])
	vif("sw0", "p2", hosts["p2"])
	vif(p.q1On, "q1", hosts["q1"])
	for i, name := range p.extra {
		vif("sw0", name, fmt.Sprintf("02:00:00:00:02:%02x 10.0.0.%d", i, 100+i))
	}
	port("ext", "ln", "localnet")
	flow("ext", "ingress", 2, 0, "ls_in_l2_lkup", "1", `outport = "ln"; output;`)
	flow("lr", "ingress", 0, 0, "lr_in_admission", "1", "drop;")
	nets := map[string]string{"sw0": "10.0.0.254/24", "sw1": "10.1.0.254/24", "ext": "172.16.0.254/24"}
	for i, sw := range []string{"sw0", "sw1", "ext"} {
		mac := fmt.Sprintf("02:00:00:00:ff:%02x", i)
		port("lr", "lr-"+sw, "patch", "mac", sbtest.Set(mac+" "+nets[sw]), "options", sbtest.Map("peer", sw+"-lr"))
		port(sw, sw+"-lr", "patch", "mac", sbtest.Set("router"), "options", sbtest.Map("peer", "lr-"+sw))
		flow(sw, "ingress", 2, 50, "ls_in_l2_lkup", "eth.dst == "+mac, fmt.Sprintf("outport = %q; output;", sw+"-lr"))
		flow("lr", "ingress", 0, 50, "lr_in_admission", fmt.Sprintf("eth.dst == %s && inport == %q", mac, "lr-"+sw), "next;")

		flow(sw, "ingress", 0, 0, "ls_in_pre_lb", "1", "next;")
		flow(sw, "ingress", 0, 100, "ls_in_pre_lb", "ip", "ct_next;")
		flow(sw, "ingress", 1, 0, "ls_in_lb", "1", "next;")
		if p.backends != "" {
			flow(sw, "ingress", 1, 120, "ls_in_lb", "ct.new && ip4.dst == 10.9.9.9 && tcp.dst == 80", "ct_lb_mark(backends="+p.backends+");")
		}
		flow(sw, "egress", 0, 0, p.stage, "1", "next;")
		for _, a := range p.acl {
			f := strings.Split(a, "|")
			priority := 2000
			if len(f) > 2 {
				priority, _ = strconv.Atoi(f[2])
			}
			flow(sw, "egress", 0, priority, p.stage, f[0], f[1])
		}
		flow(sw, "egress", 1, 0, "ls_out_qos_mark", "1", "next;")
		if p.queue != "" {
			flow(sw, "egress", 1, 50, "ls_out_qos_mark", `outport == "q1" && ip`, p.queue)
		}
		flow(sw, "egress", 2, 0, "ls_out_delivery", "1", "output;")
	}
	at := 1 + p.shift
	for i := range p.shift {
		flow("lr", "ingress", 1+i, 0, fmt.Sprintf("lr_in_new%d", i), "1", "next;")
	}
	flow("lr", "ingress", at, 0, "lr_in_ip_routing", "1", "drop;")
	for _, r := range p.routes {
		prefix, out, _ := strings.Cut(r, " ")
		length := 0
		loop := ""
		if out, _ = strings.CutSuffix(out, " back"); strings.HasSuffix(r, " back") {
			loop = "flags.loopback = 1; "
		}
		fmt.Sscanf(prefix[strings.Index(prefix, "/")+1:], "%d", &length)
		flow("lr", "ingress", at, 10+length, "lr_in_ip_routing", "ip4.dst == "+prefix,
			fmt.Sprintf("ip.ttl--; %sreg0 = ip4.dst; eth.src = 02:00:00:00:ff:00; outport = %q; next;", loop, out))
	}
	flow("lr", "ingress", at+1, 0, "lr_in_arp_resolve", "1", "eth.dst = 02:00:00:00:ee:ee; next;")
	for _, h := range []string{"p1", "p2", "q1"} {
		mac, ip, _ := strings.Cut(hosts[h], " ")
		flow("lr", "ingress", at+1, 100, "lr_in_arp_resolve", "reg0 == "+ip, "eth.dst = "+mac+"; next;")
	}
	flow("lr", "ingress", at+2, 0, "lr_in_arp_request", "1", "output;")
	flow("lr", "egress", 0, 0, "lr_out_snat", "1", "next;")
	flow("lr", "egress", 0, 33, "lr_out_snat", `ip && ip4.src == 10.0.0.1 && outport == "lr-ext"`, "ct_snat("+p.nat+");")
	flow("lr", "egress", 1, 0, "lr_out_delivery", "1", "output;")
	return tracetest.Read(t, "test", db.Bytes(), lflow.Options{})
}

func difference(t *testing.T, before, after *lflow.Network) *Report {
	t.Helper()
	list := allPairs(t, before, after, DefaultLimit)
	r, err := Compare(context.Background(), before, after, list.Packets, Options{CTNew: true})
	if err != nil {
		t.Fatal(err)
	}
	r.Notes = append(list.Notes, r.Notes...)
	return r
}

func reportText(t *testing.T, r *Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.Write(&b, "text", Style{Style: report.Style{Verbose: true}}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestSingleDifferences changes one thing at a time.
func TestSingleDifferences(t *testing.T) {
	tests := []struct {
		name   string
		change func(*plan)
		kind   Kind
		what   string
		before string // a piece of the flow that decided, "" for none
		after  string
		packet string // a packet that is among those that differ, and the outcome of it
		was    string
		now    string
		others string // a packet that is not
	}{
		{
			"an ACL drops", func(p *plan) { p.acl = []string{`outport == "q1" && tcp.dst == 22|drop;`} },
			Verdict, "acl-drop", "1: next;", `outport == "q1" && tcp.dst == 22: drop;`, "p1 to q1, tcp:22", "delivered to q1", "dropped acl-drop", "p1 to q1, icmp",
		},
		{
			"a route is gone", func(p *plan) { p.routes = p.routes[:3] },
			Verdict, "no-route", "ip4.dst == 0.0.0.0/0", "1: drop;", "p2 to 192.0.2.254, icmp", "delivered to ln", "dropped no-route", "p1 to q1, icmp",
		},
		{
			"a route leads elsewhere", func(p *plan) { p.routes[1] = "10.1.0.0/24 lr-ext" },
			Verdict, `output port: "lr-sw1", now "lr-ext"`, `outport = "lr-sw1"`, `outport = "lr-ext"`, "p2 to q1, icmp", "delivered to q1", "delivered to ln", "p1 to p2, icmp",
		},
		{
			"NAT hides behind another address", func(p *plan) { p.nat = "172.16.0.10" },
			Rewrite, "source NAT of 10.0.0.1: 172.16.0.9, now 172.16.0.10", "ct_snat(172.16.0.9);", "ct_snat(172.16.0.10);", "p1 to 192.0.2.254, icmp", "nw_src=172.16.0.9,", "nw_src=172.16.0.10,", "p2 to 192.0.2.254, icmp",
		},
		{
			"a backend is gone", func(p *plan) { p.backends = "10.0.0.1:80" },
			Verdict, "load balancer of 10.9.9.9: 10.0.0.1:80,10.1.0.1:80, now 10.0.0.1:80", "backends=10.0.0.1:80,10.1.0.1:80", "backends=10.0.0.1:80", "p2 to 10.9.9.9, tcp:80", "delivered to q1", "", "p2 to q1, icmp",
		},
		{
			"a backend is another", func(p *plan) { p.backends = "10.0.0.1:80,10.0.0.2:80" },
			Verdict, "", "10.1.0.1:80", "10.0.0.2:80", "q1 to 10.9.9.9, tcp:80", "dropped same-port", "delivered to p2", "p2 to q1, icmp",
		},
		{
			"a port of a backend is another", func(p *plan) { p.backends = "10.0.0.1:8080,10.1.0.1:80" },
			Rewrite, "load balancer of 10.9.9.9: 10.0.0.1:80,10.1.0.1:80, now 10.0.0.1:8080,10.1.0.1:80", "10.0.0.1:80,", "10.0.0.1:8080,", "q1 to 10.9.9.9, tcp:80", "tp_dst=80,", "tp_dst=8080,", "p2 to q1, icmp",
		},
		{
			"packets are marked", func(p *plan) { p.queue = "ip.dscp = 10; next;" },
			Rewrite, "ip.dscp", "1: next;", "ip.dscp = 10; next;", "p1 to q1, icmp", "nw_tos=0,", "nw_tos=40,", "q1 to p1, icmp",
		},
		{
			"a port is on another switch", func(p *plan) { p.q1On = "sw0" },
			Port, "port q1 was on sw1 and is on sw0", "", "", "p1 to q1, icmp", "delivered to q1", "dropped unknown-mac", "p1 to p2, icmp",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			changed := usual()
			tt.change(changed)
			r := difference(t, usual().network(t), changed.network(t))
			if r.Same() {
				t.Fatal("nothing differs")
			}
			shown := reportText(t, r)
			if strings.Contains(shown, "    "+tt.others+"\n") {
				t.Errorf("%s differs:\n%s", tt.others, shown)
			}
			for _, c := range r.Causes {
				for _, d := range c.Packets {
					if d.Name != tt.packet {
						continue
					}
					if c.Kind != tt.kind || tt.what != "" && c.Summary != tt.what || tt.before != "" && !strings.Contains(c.Before.text(), tt.before) || tt.after != "" && !strings.Contains(c.After.text(), tt.after) ||
						!strings.Contains(strings.Join(d.Was, " or "), tt.was) || !strings.Contains(strings.Join(d.Now, " or "), tt.now) {
						t.Errorf("%s %s\nwas %s\nnow %s\n%s: %q, then %q", c.Kind, c.Summary, c.Before.text(), c.After.text(), d.Name, d.Was, d.Now)
					}
					return
				}
			}
			t.Errorf("%s does not differ:\n%s", tt.packet, shown)
		})
	}
}

// TestAddedAndRemovedPorts: such ports are reported, and differ.
func TestAddedAndRemovedPorts(t *testing.T) {
	with := usual()
	with.extra = []string{"p3"}
	for _, tt := range []struct {
		before, after *plan
		want          string
	}{{usual(), with, "port p3 of sw0 is new"}, {with, usual(), "port p3 of sw0 is gone"}} {
		r := difference(t, tt.before.network(t), tt.after.network(t))
		if len(r.Ports) != 1 || r.Ports[0] != tt.want || len(r.Causes) != 0 || r.Same() {
			t.Errorf("got %q and %d causes, want %q", r.Ports, len(r.Causes), tt.want)
		}
	}
}

// TestIgnoredDifferences changes what behavior does not hang on.
func TestIgnoredDifferences(t *testing.T) {
	tests := []struct {
		name   string
		change func(*plan)
	}{
		{"nothing", func(*plan) {}},
		{"numbers of tables", func(p *plan) { p.shift = 3 }},
		{"the name of a stage", func(p *plan) { p.stage = "ls_out_acl_eval" }},
		{"the release", func(p *plan) { p.release = "25.03.0" }},
		{"the order of backends", func(p *plan) { p.backends = "10.1.0.1:80,10.0.0.1:80" }},
		{"a flow that says the same", func(p *plan) { p.acl = []string{`outport == "q1" && ip|reg5 = 1; next;`} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			changed := usual()
			tt.change(changed)
			r := difference(t, usual().network(t), changed.network(t))
			if !r.Same() {
				t.Error(reportText(t, r))
			}
			if r.Packets < 20 {
				t.Errorf("only %d packets", r.Packets)
			}
		})
	}
}

// TestPackets checks which packets are sent between all pairs.
func TestPackets(t *testing.T) {
	p := usual()
	p.acl = []string{`tcp.dst == {22, 443}|drop;`, "udp.dst == 53|drop;"}
	n := p.network(t)
	names := map[string]bool{}
	list := allPairs(t, n, n, DefaultLimit)
	for _, k := range list.Packets {
		if names[k.Name] {
			t.Errorf("%s is sent twice", k.Name)
		}
		names[k.Name] = true
	}
	for _, name := range []string{
		"p1 to p2, icmp", "p1 to q1, tcp:22", "p1 to q1, tcp:443", "p1 to q1, tcp:80", "q1 to p1, udp:53", "q1 to p1, tcp:33434",
		"p1 to 10.9.9.9, tcp:80", "p2 to 192.0.2.254, icmp",
	} {
		if !names[name] {
			t.Errorf("%s is not sent", name)
		}
	}
	few := allPairs(t, n, n, 10)
	if len(few.Packets) != 10 || !strings.Contains(strings.Join(few.Notes, "\n"), "left out, past the limit of 10") {
		t.Errorf("%d packets, notes %q", len(few.Packets), few.Notes)
	}
	for i := range few.Packets {
		if few.Packets[i] != list.Packets[i] {
			t.Errorf("packet %d is %s, and without a limit %s", i, few.Packets[i].Name, list.Packets[i].Name)
		}
	}
}

// TestDeterministic compares twice, with few and many jobs.
func TestDeterministic(t *testing.T) {
	changed := usual()
	changed.acl = []string{`tcp|drop;`, `icmp4|drop;`}
	changed.nat = "172.16.0.77"
	var last string
	for jobs := range 4 {
		a, b := usual().network(t), changed.network(t)
		r, err := Compare(context.Background(), a, b, allPairs(t, a, b, DefaultLimit).Packets, Options{CTNew: true, Jobs: jobs + 1})
		if err != nil {
			t.Fatal(err)
		}
		got := reportText(t, r)
		if last != "" && got != last {
			t.Fatalf("one time\n%s\nanother\n%s", last, got)
		}
		last = got
	}
}

// TestRefusedPackets has packets that neither network takes.
func TestRefusedPackets(t *testing.T) {
	n := usual().network(t)
	r, err := Compare(context.Background(), n, n, []Packet{{Name: "x", Microflow: "ip4 &&"}}, Options{})
	if err != nil || r.Errors() == nil || !r.Same() || !strings.Contains(reportText(t, r), "1 packet was refused by both") {
		t.Errorf("error %v, trouble %v", err, r.Errors())
	}
	resolvers := [2]*address.Resolver{address.NewResolver(n), address.NewResolver(n)}
	if _, err := BuildPackets(resolvers, address.Probe{From: "p9", To: "p1"}); err == nil || !strings.Contains(err.Error(), "p9") {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Compare(ctx, n, n, allPairs(t, n, n, 100).Packets, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestAllChoices counts the ways of two decisions.
func TestAllChoices(t *testing.T) {
	var c decisions
	var got []string
	for {
		c.rewind()
		way := fmt.Sprint(c.pick(nil, 2))
		if way == "0" {
			way += fmt.Sprint(c.pick(nil, 3))
		}
		got = append(got, way)
		if !c.next() {
			break
		}
	}
	if strings.Join(got, " ") != "00 01 02 1" {
		t.Errorf("ways %v", got)
	}
}

// trulyDifferent are the scenarios of the corpus of which 25.03 makes something
// else than 22.03, and how many packets the causes have: northd of 22.03 does
// not know affinity of sessions (05-lb) nor what the options of 09-extras say,
// drops for no backend by an action that does not parse (10-k8s), names a
// disabled port by port security (02-l2), and lets a packet to an address of
// SNAT go round (04-nat).
var trulyDifferent = map[string][]string{
	"02-l2":     {"port-security, now port-disabled"},
	"04-nat":    {"nat-unmatched"},
	"05-lb":     {"lb-affinity", "no longer no-route"},
	"09-extras": {"acl-reject", "ip.dscp"},
	"10-k8s":    {"lb-no-backend"},
}

// TestCorpus compares the corpus with itself, and across releases.
func TestCorpus(t *testing.T) {
	corpus := os.Getenv("OVNWALK_CORPUS")
	if corpus == "" {
		t.Skip("OVNWALK_CORPUS is not set")
	}
	open := func(release, name string) *lflow.Network {
		return tracetest.Open(t, filepath.Join(corpus, release, name+".db.gz"), lflow.Options{})
	}
	for _, name := range []string{"01-routing", "02-l2", "03-secgroups", "04-nat", "05-lb", "06-services", "07-vtep", "08-v6-routing", "09-extras", "10-k8s"} {
		t.Run(name, func(t *testing.T) {
			limit := 400
			old, recent := open("22.03", name), open("25.03", name)
			list := allPairs(t, old, old, limit)
			r, err := Compare(context.Background(), old, old, list.Packets, Options{CTNew: true})
			if err != nil || !r.Same() {
				t.Errorf("differs from itself: %v\n%s", err, reportText(t, r))
			}
			if testing.Short() {
				return
			}
			r = difference(t, old, recent)
			var causes []string
			for _, c := range r.Causes {
				causes = append(causes, c.Summary)
			}
			if strings.Join(causes, "|") != strings.Join(trulyDifferent[name], "|") {
				t.Errorf("causes %q, want %q\n%s", causes, trulyDifferent[name], reportText(t, r))
			}
		})
	}
}

// TestDemoHasNoDifferences compares the built-in network with itself.
func TestDemoHasNoDifferences(t *testing.T) {
	read := func() *lflow.Network {
		return tracetest.Read(t, "demo", demo.Bytes(), lflow.Options{})
	}
	if r := difference(t, read(), read()); !r.Same() || r.Packets == 0 {
		t.Error(reportText(t, r))
	}
}

func allPairs(t *testing.T, before, after *lflow.Network, limit int) *Plan {
	t.Helper()
	plan, err := AllPairs(t.Context(), before, after, limit)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}
