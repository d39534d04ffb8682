package address_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
)

func shop(t *testing.T) *address.Resolver { return open(t, "../../testdata/suites/shop.db.gz") }

func open(t *testing.T, file string) *address.Resolver {
	t.Helper()
	n := tracetest.Open(t, file, lflow.Options{})
	return address.NewResolver(n)
}

func read(t *testing.T, name string, db []byte) *address.Resolver {
	t.Helper()
	n := tracetest.Read(t, name, db, lflow.Options{})
	return address.NewResolver(n)
}

// The addresses of the shop.
const (
	web1     = `inport == "web1" && eth.src == 0a:00:00:00:01:0b`
	db1      = `inport == "db1" && eth.src == 0a:00:00:00:02:05`
	client   = `inport == "client" && eth.src == 0a:00:00:00:03:63`
	toRouter = ` && eth.dst == 0a:00:00:00:01:01`
	v4       = ` && ip4.src == 10.1.0.11`
)

func TestProbe(t *testing.T) {
	tests := []struct {
		name string
		p    address.Probe
		want string
	}{
		{"on the same switch", address.Probe{From: "web1", To: "web2"}, web1 + " && eth.dst == 0a:00:00:00:01:0c" + v4 + " && ip4.dst == 10.1.0.12 && ip.ttl == 64"},
		{"over the router", address.Probe{From: "web1", To: "db1"}, web1 + toRouter + v4 + " && ip4.dst == 10.2.0.5 && ip.ttl == 64"},
		{"to an address", address.Probe{From: "web1", To: "10.2.0.5"}, web1 + toRouter + v4 + " && ip4.dst == 10.2.0.5 && ip.ttl == 64"},
		{"to nobody's address", address.Probe{From: "web1", To: "8.8.8.8"}, web1 + toRouter + v4 + " && ip4.dst == 8.8.8.8 && ip.ttl == 64"},
		{"to an IPv6 address", address.Probe{From: "web1", To: "fd02::5"}, web1 + toRouter + " && ip6.src == fd01::b && ip6.dst == fd02::5 && ip.ttl == 64"},
		{"to the router", address.Probe{From: "web1", To: "shop-web"}, web1 + toRouter + v4 + " && ip4.dst == 10.1.0.1 && ip.ttl == 64"},
		{"to the switch's port to the router", address.Probe{From: "web1", To: "web-shop"}, web1 + toRouter + v4 + " && ip4.dst == 10.1.0.1 && ip.ttl == 64"},
		{"to the router's other port", address.Probe{From: "web1", To: "shop-db"}, web1 + toRouter + v4 + " && ip4.dst == 10.2.0.1 && ip.ttl == 64"},
		{"to what NAT answers for", address.Probe{From: "client", To: "172.16.0.10"}, client + " && eth.dst == 0a:00:00:00:03:01 && ip4.src == 172.16.0.99 && ip4.dst == 172.16.0.10 && ip.ttl == 64"},
		{"to all", address.Probe{From: "web1", To: "255.255.255.255"}, web1 + " && eth.dst == ff:ff:ff:ff:ff:ff" + v4 + " && ip4.dst == 255.255.255.255 && ip.ttl == 64"},
		{"to a group", address.Probe{From: "web1", To: "239.1.2.3"}, web1 + " && eth.dst == 01:00:5e:01:02:03" + v4 + " && ip4.dst == 239.1.2.3 && ip.ttl == 64"},
		{"to an IPv6 group", address.Probe{From: "web1", To: "ff02::1"}, web1 + " && eth.dst == 33:33:00:00:00:01 && ip6.src == fd01::b && ip6.dst == ff02::1 && ip.ttl == 64"},
		{"destination in the packet", address.Probe{From: "web1", Packet: "ip4.dst == 10.2.0.6"}, web1 + toRouter + v4 + " && ip.ttl == 64 && ip4.dst == 10.2.0.6"},
		{"sender in the packet", address.Probe{To: "db1", Packet: `inport == "web1"`}, `eth.src == 0a:00:00:00:01:0b` + toRouter + v4 + ` && ip4.dst == 10.2.0.5 && ip.ttl == 64 && inport == "web1"`},
		{"nothing but a sender", address.Probe{From: "web1"}, web1 + v4 + " && ip.ttl == 64"},
		{"TCP", address.Probe{From: "web1", To: "db1", Proto: "tcp:443"}, web1 + toRouter + v4 + " && ip4.dst == 10.2.0.5 && ip.ttl == 64 && tcp.src == 49152 && tcp.dst == 443"},
		{"both ports", address.Probe{From: "web1", To: "db1", Proto: "udp:53:5353"}, web1 + toRouter + v4 + " && ip4.dst == 10.2.0.5 && ip.ttl == 64 && udp.dst == 53 && udp.src == 5353"},
		{"ping", address.Probe{From: "web1", To: "db1", Proto: "icmp"}, web1 + toRouter + v4 + " && ip4.dst == 10.2.0.5 && ip.ttl == 64 && icmp4.type == 8 && icmp"},
		{"IPv6 ping", address.Probe{From: "web1", To: "db1", Proto: "icmp6"}, web1 + toRouter + " && ip6.src == fd01::b && ip6.dst == fd02::5 && ip.ttl == 64 && icmp6.type == 128 && icmp6"},
		{"ping by family", address.Probe{From: "web1", To: "fd02::5", Proto: "icmp"}, web1 + toRouter + " && ip6.src == fd01::b && ip6.dst == fd02::5 && ip.ttl == 64 && icmp6.type == 128 && icmp"},
		{"a number", address.Probe{From: "web1", To: "db1", Proto: "47"}, web1 + toRouter + v4 + " && ip4.dst == 10.2.0.5 && ip.ttl == 64 && ip.proto == 47"},
		{"ARP", address.Probe{From: "web1", To: "10.1.0.1", Proto: "arp"}, web1 + " && arp.sha == 0a:00:00:00:01:0b && arp.spa == 10.1.0.11 && eth.dst == ff:ff:ff:ff:ff:ff && arp.op == 1 && arp.tpa == 10.1.0.1 && arp"},
		{
			"what the packet says wins",
			address.Probe{From: "web1", To: "db1", Packet: "eth.dst == 0a:00:00:00:00:77 && ip.ttl == 3 && tcp.src == 1"},
			web1 + v4 + " && ip4.dst == 10.2.0.5 && eth.dst == 0a:00:00:00:00:77 && ip.ttl == 3 && tcp.src == 1",
		},
		{"another's source", address.Probe{From: "web1", To: "db1", Packet: "ip4.src == 10.1.0.12"}, web1 + toRouter + " && ip4.dst == 10.2.0.5 && ip.ttl == 64 && ip4.src == 10.1.0.12"},
		{"alternatives that the rest decides", address.Probe{From: "web1", To: "db1", Packet: "ip4 || arp"}, web1 + toRouter + v4 + " && ip4.dst == 10.2.0.5 && ip.ttl == 64 && (ip4 || arp)"},
		{
			"from outside",
			address.Probe{From: "ln-public", To: "172.16.0.10", Packet: "ip4.src == 8.8.8.8 && eth.src == 0a:00:00:00:00:01"},
			`inport == "ln-public" && eth.dst == 0a:00:00:00:03:01 && ip4.dst == 172.16.0.10 && ip.ttl == 64 && ip4.src == 8.8.8.8 && eth.src == 0a:00:00:00:00:01`,
		},
		{"into a router", address.Probe{From: "shop-web", To: "db1", Packet: "ip4.src == 10.1.0.11"}, `inport == "shop-web" && eth.dst == 0a:00:00:00:01:01 && ip4.dst == 10.2.0.5 && ip.ttl == 64 && ip4.src == 10.1.0.11`},
		{"via an address", address.Probe{From: "db1", To: "db2", Via: "10.2.0.1"}, db1 + " && eth.dst == 0a:00:00:00:02:01 && ip4.src == 10.2.0.5 && ip4.dst == 10.2.0.6 && ip.ttl == 64"},
		{"via a MAC", address.Probe{From: "db1", To: "db2", Via: "0a:0a:0a:0a:0a:0a"}, db1 + " && eth.dst == 0a:0a:0a:0a:0a:0a && ip4.src == 10.2.0.5 && ip4.dst == 10.2.0.6 && ip.ttl == 64"},
		{"via a router", address.Probe{From: "db1", To: "db2", Via: "shop"}, db1 + " && eth.dst == 0a:00:00:00:02:01 && ip4.src == 10.2.0.5 && ip4.dst == 10.2.0.6 && ip.ttl == 64"},
		{"via a neighbor", address.Probe{From: "db1", To: "web1", Via: "db2"}, db1 + " && eth.dst == 0a:00:00:00:02:06 && ip4.src == 10.2.0.5 && ip4.dst == 10.1.0.11 && ip.ttl == 64"},
	}
	b := shop(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := b.Resolve(tt.p)
			if err != nil {
				t.Fatal(err)
			}
			if a.Microflow != tt.want {
				t.Errorf("got  %s\nwant %s", a.Microflow, tt.want)
			}
			_, made, _, err := sim.Start(b.Network(), a.Request(sim.Choices{}))
			_, read, _, err2 := sim.Start(b.Network(), sim.Request{Datapath: a.From.Datapath.UUID, Microflow: a.Microflow})
			if err != nil || err2 != nil || made != read {
				t.Errorf("the packet is %v (%v), the one of the text %v (%v)", made, err, read, err2)
			}
		})
	}
}

func TestProbeRefuses(t *testing.T) {
	tests := []struct {
		name string
		p    address.Probe
		want string
	}{
		{"unknown sender", address.Probe{From: "web3", To: "db1"}, `the database has no logical port "web3"; did you mean web1 or web2?`},
		{"unknown receiver", address.Probe{From: "web1", To: "pc"}, `the database has no logical port "pc"`},
		{"no sender", address.Probe{To: "db1"}, "no port to send from: flow match expression does not match on inport"},
		{"two senders", address.Probe{To: "db1", Packet: `inport == {"web1", "web2"}`}, "no port to send from: flow match expression matches on multiple inports"},
		{"a sender twice", address.Probe{From: "web1", Packet: `inport == "web1"`}, "the packet names an inport, though it is sent from web1"},
		{"nobody there", address.Probe{From: "web1", To: "10.1.0.77"}, "nobody on web has or answers for 10.1.0.77: say eth.dst in the packet, or name a router to send it via"},
		{"no source", address.Probe{From: "ln-public", To: "172.16.0.10"}, "port ln-public leads to a physical network, on which this database knows no system to send from: say its addresses in the packet, such as 'eth.src == 0a:00:00:00:00:01 && ip4.src == 192.0.2.1'"},
		{"no destination", address.Probe{From: "web1", To: "ln-public"}, "port ln-public has no address in this database: name the destination by its IP address"},
		{"families apart", address.Probe{From: "client", To: "db1", Packet: "ip6"}, "ports client and db1 have no addresses of one family that the packet allows"},
		{"no address of the family", address.Probe{From: "client", To: "fd02::5"}, "port client has no IPv6 address to send from, only 172.16.0.99: say ip6.src in the packet, or give a destination of the other family"},
		{"family against address", address.Probe{From: "web1", To: "10.2.0.5", Packet: "ip6"}, "the packet is not one that can go to 10.2.0.5"},
		{"contradiction", address.Probe{From: "web1", To: "db1", Proto: "tcp", Packet: "udp"}, "no packet is what is said of it: tcp && udp"},
		{"syntax", address.Probe{From: "web1", To: "db1", Packet: "tcp.dst =="}, "Syntax error at end of input expecting constant."},
		{"protocol", address.Probe{From: "web1", To: "db1", Proto: "tcpp"}, "protocol tcpp: not one of tcp, udp, sctp, icmp, icmp4, icmp6, ip4, ip6, arp, a number, or one of the first three with a port, such as tcp:443"},
		{"a port of ICMP", address.Probe{From: "web1", To: "db1", Proto: "icmp:8"}, "protocol icmp:8: it has no ports"},
		{"no port", address.Probe{From: "web1", To: "db1", Proto: "tcp:"}, `protocol tcp:: "" is no port from 0 to 65535`},
		{"via a stranger", address.Probe{From: "web1", To: "db1", Via: "shop-db"}, "cannot send via shop-db, which is not attached to web: the routers there are shop by shop-web (10.1.0.1 fd01::1)"},
		{"via nobody's address", address.Probe{From: "web1", To: "db1", Via: "10.1.0.77"}, "nobody on web has the next hop's address 10.1.0.77"},
	}
	b := shop(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := b.Resolve(tt.p)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

// small returns a switch with ports a and b and routers of which none, or some,
// have a port on the destination's network.
func small(routers ...string) []byte {
	db := sbtest.New("23.03")
	sw := db.Datapath("sw", 1)
	db.Port(sw, "a", 1, "", "mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.11"))
	for i, nets := range routers {
		name := string(rune('r' + i))
		r := db.Row("Datapath_Binding", map[string]any{"tunnel_key": 10 + i, "external_ids": sbtest.Map("name", name, "logical-router", "00000000-0000-4000-8000-00000000000"+string(rune('0'+i)))})
		near := "sw-" + name
		db.Port(sw, near, 2+i, "patch", "mac", sbtest.Set("router"), "options", sbtest.Map("peer", name+"-0"))
		for j, net := range strings.Fields(nets) {
			port := name + "-" + string(rune('0'+j))
			more := []any{"mac", sbtest.Set("0a:00:00:00:0" + string(rune('1'+i)) + ":0" + string(rune('0'+j)) + " " + net)}
			if j == 0 {
				more = append(more, "options", sbtest.Map("peer", near))
			}
			db.Port(r, port, 1+j, "patch", more...)
		}
	}
	return db.Bytes()
}

// TestGateways checks to which of several routers a packet is sent.
func TestGateways(t *testing.T) {
	tests := []struct {
		name    string
		routers []string
		to, via string
		want    string // the next hop, or the error
	}{
		{"no router", nil, "10.9.0.1", "", "nobody on sw has or answers for 10.9.0.1: say eth.dst in the packet, or name a router to send it via"},
		{"the only one", []string{"10.0.0.1/24"}, "10.9.0.1", "", "0a:00:00:00:01:00"},
		{"the one on the sender's network", []string{"10.0.0.1/24", "10.5.0.1/24"}, "10.9.0.1", "", "0a:00:00:00:01:00"},
		{"the one on the destination's network", []string{"10.0.0.1/24", "10.0.0.2/24 10.9.0.2/24"}, "10.9.0.1", "", "0a:00:00:00:02:00"},
		{"none that is on the sender's network", []string{"10.5.0.1/24"}, "10.9.0.1", "", "0a:00:00:00:01:00"},
		{
			"who knows",
			[]string{"10.0.0.1/24", "10.0.0.2/24"},
			"10.9.0.1", "",
			"several routers lead out of sw, and nothing says which of them takes packets to 10.9.0.1: name one to send it via: r by r-0 (10.0.0.1), s by s-0 (10.0.0.2)",
		},
		{
			"both have it",
			[]string{"10.0.0.1/24 10.9.0.3/24", "10.0.0.2/24 10.9.0.2/24"},
			"10.9.0.1", "",
			"several routers lead out of sw, and nothing says which of them takes packets to 10.9.0.1: name one to send it via: r by r-0 (10.0.0.1), s by s-0 (10.0.0.2)",
		},
		{"the one that is named", []string{"10.0.0.1/24", "10.0.0.2/24"}, "10.9.0.1", "s", "0a:00:00:00:02:00"},
		{"by its port", []string{"10.0.0.1/24", "10.0.0.2/24"}, "10.9.0.1", "s-0", "0a:00:00:00:02:00"},
		{"by the switch's port", []string{"10.0.0.1/24", "10.0.0.2/24"}, "10.9.0.1", "sw-s", "0a:00:00:00:02:00"},
		{"by its address", []string{"10.0.0.1/24", "10.0.0.2/24"}, "10.9.0.1", "10.0.0.2", "0a:00:00:00:02:00"},
		{"none to go via", nil, "10.9.0.1", "s", "cannot send via s: no router is attached to sw"},
		{"the router itself", []string{"10.0.0.1/24"}, "10.0.0.1", "", "0a:00:00:00:01:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := read(t, "small", small(tt.routers...)).Resolve(address.Probe{From: "a", To: tt.to, Via: tt.via})
			var several *address.RouterChoiceError
			switch {
			case err == nil && strings.Contains(a.Microflow, " && eth.dst == "+tt.want+" && "):
			case err != nil && err.Error() == tt.want:
				if errors.As(err, &several) && strings.Join(several.Ports, " ") != "r-0 s-0" {
					t.Errorf("ports %v", several.Ports)
				}
			default:
				t.Errorf("got %v, %v, want %s", a, err, tt.want)
			}
		})
	}
}

// TestPeerOnSwitch ends at a port whose peer is itself, or goes round.
func TestPeerOnSwitch(t *testing.T) {
	for _, tt := range []struct{ name, p, q string }{
		{"itself", "p", "q"},
		{"each other", "q", "p"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := sbtest.New("23.03")
			sw := db.Datapath("sw", 1)
			db.Port(sw, "a", 1, "", "mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.11"))
			db.Port(sw, "p", 2, "patch", "mac", sbtest.Set("router"), "options", sbtest.Map("peer", tt.p))
			db.Port(sw, "q", 3, "patch", "mac", sbtest.Set("router"), "options", sbtest.Map("peer", tt.q))
			_, err := read(t, tt.name, db.Bytes()).Resolve(address.Probe{From: "a", To: "10.9.0.1"})
			want := "nobody on sw has or answers for 10.9.0.1: say eth.dst in the packet, or name a router to send it via"
			if err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

// TestLearn reads the addresses of a port that the database calls dynamic out of
// the flows.
func TestLearn(t *testing.T) {
	db := sbtest.New("23.03")
	sw := db.Datapath("sw", 1)
	db.Port(sw, "a", 1, "", "mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.11"))
	db.Port(sw, "b", 2, "", "mac", sbtest.Set("dynamic"))
	db.Port(sw, "c", 3, "", "mac", sbtest.Set("0a:00:00:00:00:03 dynamic"))
	for _, p := range []string{"b 02 22", "c 03 33"} {
		f := strings.Fields(p)
		db.Flow(sw, "ingress", 25, 50, "eth.dst == 0a:00:00:00:00:"+f[1], `outport = "`+f[0]+`"; output;`)
		db.Flow(sw, "ingress", 19, 50, "arp.tpa == 10.0.0."+f[2]+" && arp.op == 1", "eth.dst = eth.src; eth.src = 0a:00:00:00:00:"+f[1]+"; arp.op = 2; next;")
		db.Flow(sw, "ingress", 19, 50, "nd_ns && nd.target == fd00::"+f[2], "nd_na { eth.src = 0a:00:00:00:00:"+f[1]+"; output; };")
	}
	db.Flow(sw, "ingress", 25, 70, "eth.mcast", `outport = "b"; output;`)
	b := read(t, "dynamic", db.Bytes())
	for port, want := range map[string]string{
		"b": `inport == "a" && eth.src == 0a:00:00:00:00:01 && eth.dst == 0a:00:00:00:00:02 && ip4.src == 10.0.0.11 && ip4.dst == 10.0.0.22 && ip.ttl == 64`,
		"c": `inport == "a" && eth.src == 0a:00:00:00:00:01 && eth.dst == 0a:00:00:00:00:03 && ip4.src == 10.0.0.11 && ip4.dst == 10.0.0.33 && ip.ttl == 64`,
	} {
		a, err := b.Resolve(address.Probe{From: "a", To: port})
		if err != nil {
			t.Error(err)
		} else if a.Microflow != want {
			t.Errorf("got  %s\nwant %s", a.Microflow, want)
		}
	}
	p, err := b.Port("b")
	if err != nil {
		t.Fatal(err)
	}
	hosts := b.Hosts(p)
	if len(hosts) != 1 || len(hosts[0].IPs) != 2 || hosts[0].IPs[0].String() != "fd00::22/128" || hosts[0].IPs[1].String() != "10.0.0.22/32" {
		t.Errorf("hosts of b: %+v", hosts)
	}
}

// TestCorpus builds packets between all ports with addresses of every recorded network: each result is
// a microflow that can be walked, or an error.
func TestCorpus(t *testing.T) {
	files, _ := filepath.Glob("../../testdata/corpus/*.db.gz")
	if more := os.Getenv("OVNWALK_CORPUS"); more != "" {
		found, _ := filepath.Glob(filepath.Join(more, "*", "*.db.gz"))
		files = append(files, found...)
	}
	walked := 0
	for _, file := range files {
		b := open(t, file)
		n := b.Network()
		for i, from := range n.Ports() {
			for j, to := range n.Ports() {
				if (i+j)%8 > 0 {
					continue // an eighth of all pairs says enough
				}
				for _, proto := range []string{"", "tcp:80"} {
					a, err := b.Resolve(address.Probe{From: from.Name, To: to.Name, Proto: proto})
					if err != nil {
						var e *address.Error
						var s *address.RouterChoiceError
						if !errors.As(err, &e) && !errors.As(err, &s) {
							t.Fatalf("%s: %s to %s %s: %v", file, from.Name, to.Name, proto, err)
						}
						continue
					}
					if _, err := sim.Trace(n, a.Request(sim.Choices{})); err != nil {
						t.Fatalf("%s: %s to %s %s: %s: %v", file, from.Name, to.Name, proto, a.Microflow, err)
					}
					walked++
				}
			}
		}
	}
	if walked < 100 {
		t.Errorf("only %d microflows", walked)
	}
}

func TestDemo(t *testing.T) {
	a, err := read(t, "demo", demo.Bytes()).Resolve(address.Probe{From: "vm1", To: "vm2", Proto: "tcp:443"})
	if err != nil {
		t.Fatal(err)
	}
	if a.From.Name != "vm1" || a.To.Name != "vm2" || !strings.HasSuffix(a.Microflow, "ip4.dst == 192.168.1.11 && ip.ttl == 64 && tcp.src == 49152 && tcp.dst == 443") {
		t.Errorf("got %+v", a)
	}
}
