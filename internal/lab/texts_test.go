package lab_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// bench is a southbound database with rows that no northd wrote.
type bench struct {
	*lab.ControlPlane
	rows lab.Batch
}

// newBench returns a switch sw0 with the port p0 and no flow.
func newBench(t *testing.T) *bench {
	t.Helper()
	lab.Require(t)
	p, err := lab.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	p.Freeze()
	b := &bench{ControlPlane: p}
	b.rows.Addf("--id=@dp create datapath_binding tunnel_key=1 external_ids:name=sw0")
	b.port("p0", 1)
	return b
}

func (b *bench) port(name string, key int, columns ...string) {
	b.rows.Add(append([]string{"create", "port_binding", "datapath=@dp", "logical_port=" + quote(name), fmt.Sprint("tunnel_key=", key)}, columns...)...)
}

func (b *bench) flow(table, priority int, match, actions string) {
	b.rows.Add("create", "logical_flow", "logical_datapath=@dp", "pipeline=ingress", fmt.Sprint("table_id=", table), fmt.Sprint("priority=", priority),
		"match="+quote(match), "actions="+quote(actions))
}

// quote returns a string as in RFC 7047.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// compare writes the rows and compares the output of both tools.
func (b *bench) compare(t *testing.T, microflows []string) {
	t.Helper()
	if err := b.Southbound(t.Context(), b.known(t)); err != nil {
		t.Fatal(err)
	}
	content, err := b.Backup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "sb.db")
	sbtest.WriteFile(t, file, content)
	cases := make([]lab.Case, len(microflows))
	var group sync.WaitGroup
	slots := make(chan struct{}, runtime.NumCPU())
	for i, m := range microflows {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			args := []string{"--all", "sw0", m}
			if datapath, rest, ok := strings.Cut(m, "\x00"); ok {
				args = []string{"--all", datapath, rest}
			}
			a, err := b.Trace(t.Context(), args)
			switch {
			case err == nil && a.Exit != 0 && os.Getenv(lenientEnv) != "":
				return // a failure of that release
			case err != nil || a.Exit != 0:
				t.Errorf("ovn-trace %q: exit status %d, %v: %s", m, a.Exit, err, a.Stderr)
			}
			cases[i] = lab.Case{Args: args, Stdout: a.Stdout, Exit: a.Exit}
		})
	}
	group.Wait()
	if t.Failed() {
		return
	}
	cases = slices.DeleteFunc(cases, func(c lab.Case) bool { return c.Args == nil })
	found := lab.Check(b.tracer(t), file, "sw0", cases)
	for _, d := range found {
		t.Error(d)
	}
	if len(found) > 0 {
		t.Logf("%d of %d differ", len(found), len(cases))
	}
}

// tracer traces as the release of the real tool, which cannot be detected from such rows.
func (b *bench) tracer(t *testing.T) lab.Tracer {
	version, err := lab.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(version)
	release := "--release=" + words[len(words)-1]
	trace := ovnwalk(t)
	return func(database string, args []string) lab.Answer {
		return trace(database, append([]string{release}, args...))
	}
}

// known returns the rows of tables that the release has.
func (b *bench) known(t *testing.T) lab.Batch {
	t.Helper()
	programs, err := lab.Programs()
	if err != nil {
		t.Fatal(err)
	}
	text := sbtest.Content(t, programs.SBSchema)
	var schema struct{ Tables map[string]any }
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	tables := map[string]bool{}
	for name := range schema.Tables {
		tables[strings.ToLower(name)] = true
	}
	return slices.DeleteFunc(slices.Clone(b.rows), func(command []string) bool {
		table := command[slices.Index(command, "create")+1]
		return !tables[table]
	})
}

// constants are texts of valid and invalid constants.
var constants = []string{
	"10.0.0.1", "0.0.0.0", "255.255.255.255", "300.1.1.1", "10.0.0.256", "10.0.0.257/24", "1.2.3.4.5", "1.2.3", "1.2.3.", "1.2..3", "01.2.3.4",
	"10.0.0.01", "10.0.0.00", "00.0.0.0", "10.0.0.1000", "10.0.0.0x1", "1.2.3.4/24", "1.2.3.0/24", "1.2.3.0/024", "1.2.3.0/33", "1.2.3.4/-1",
	"1.2.3.4/255.255.255.0", "1.2.3.4/255.0.255.0", "1.2.3.4/255.255.255.256", "1.2.3.4/255.255.255.00", "1.2.3.4/255.255.255.0.0", "1.2.3.4/",
	"1.2.3.4/0xff000000", "1.2.3.4/::1", "1.2.3.4/ff:ff:ff:ff:ff:ff", "1.2.3.4a", "a.1.2.3", "1.2.3.4:80",
	"::", "::1", "1::2::3", "::ffff:10.0.0.1", "::ffff:10.0.0.01", "::ffff:10.0.0.256", "::10.0.0.1.2", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9",
	"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7", "00001::", "12345::", "0001::", "fd00::1/64", "fd00::/129", "fd00::/ffff::", "fd00::/064", "fd00::1%1", "::1:", "1::/1.2.3.4",
	"0a:00:00:00:00:01", "0x1:22:33:44:55:6", "000:11:22:33:44:5", "100:11:22:33:44:5", "1:2:3:4:5:6", "01:02:0x3:4:5:0x6", "0X1:22:33:44:55:6",
	"0a:00:00:00:00:1", "0a:00:00:00:00:0g", "0a-00-00-00-00-01", "0a:00:00:00:00:01:02", "0a:00:00:00:00:01/ff:ff:ff:00:00:00", "0a:00:00:00:00:01/24",
	"0", "00", "01", "1", "18446744073709551615", "18446744073709551616", "0x", "0x0", "0xg", "1/1", "1/0", "0/0xf", "0xf/0xf0", "0x10/15",
	"1e5", "1.5", "..1", "1..5", "-1", "+1", "", "$1.2.3.4",
}

// TestConstants compares constants of the lexer with the real tool.
func TestConstants(t *testing.T) {
	b := newBench(t)
	var microflows []string
	for _, c := range sample(constants) {
		for _, field := range []string{"ip4.src", "ip6.src", "eth.src", "xxreg0"} {
			microflows = append(microflows, fmt.Sprintf(`inport == "p0" && %s == %s`, field, c))
		}
	}
	b.compare(t, microflows)
}

// TestConstantsOfFlows compares constants in address sets, actions and options with the real tool.
func TestConstantsOfFlows(t *testing.T) {
	b := newBench(t)
	for _, o := range []string{"offerip 0", "router 3", "netmask 1"} {
		name, code, _ := strings.Cut(o, " ")
		b.rows.Add("create", "dhcp_options", "name="+name, "code="+code, "type=ipv4")
	}
	b.rows.Add("create", "dhcpv6_options", "name=ia_addr", "code=5", "type=ipv6")
	var microflows []string
	for i, c := range sample(constants) {
		b.rows.Add("create", "address_set", fmt.Sprint("name=as", i), "addresses=["+quote(c)+"]")
		mine := fmt.Sprintf("reg9 == %d", i)
		for table, match := range []string{"ip4.src == $as%d", "eth.src != $as%d"} {
			b.flow(table, 1, mine+" && "+fmt.Sprintf(match, i), "next;")
		}
		for j, action := range []string{
			"ip4.src = %s; next;", "ip6.src = %s; next;", "eth.src = %s; next;", "clone { reg0 = %s; output; }; next;",
			"ct_snat(%s);", "ct_dnat(%s);", "ct_lb(backends=%s);", "ct_lb(backends=%s:80);", "ct_lb(backends=[%s]:80);",
			"reg0[0] = put_dhcp_opts(offerip = %s, router = 10.0.0.1); next;", "reg0[0] = put_dhcp_opts(offerip = 10.0.0.4, router = {%s, 1.1.1.1}); next;",
			"reg0[0] = put_dhcpv6_opts(ia_addr = %s); next;", "arp { arp.tpa = %s; output; }; next;",
			`trigger_event(event = "empty_lb_backends", vip = "%s", protocol = "tcp", load_balancer = "x"); next;`,
			`commit_lb_aff(vip = "%s", backend = "10.0.0.1:80", proto = tcp, timeout = 30); next;`,
			`commit_lb_aff(vip = "10.0.0.9:80", backend = "%s:80", proto = tcp, timeout = 30); next;`,
		} {
			b.flow(2+j, 1, mine, fmt.Sprintf(action, c))
		}
		microflows = append(microflows, fmt.Sprintf(`inport == "p0" && reg9 == %d && tcp && ip%d`, i, 4+i%2*2))
	}
	for table := range 18 {
		b.flow(table, 0, "1", "next;")
	}
	b.compare(t, microflows)
}

// addresses are texts of port security, some without the Ethernet address of the packets.
var addresses = []string{
	"0a:00:00:00:00:01", "0a:00:00:00:00:01 10.0.0.1", "0a:00:00:00:00:01 10.0.0.1 10.0.0.2 fd00::1", "0a:00:00:00:00:01 10.0.0.1,10.0.0.2", "0a:00:00:00:00:01,10.0.0.1",
	"0a:00:00:00:00:01 10.0.0.1;10.0.0.2", "0a:00:00:00:00:01 10.0.0.1:80 10.0.0.2", "0a:00:00:00:00:01 10.0.0.1/24 10.0.0.2", "0a:00:00:00:00:01 10.0.0.1/33",
	"0a:00:00:00:00:01 10.0.0.1/33 fd00::1", "0a:00:00:00:00:01 10.0.0.1/-1", "0a:00:00:00:00:01 10.0.0.1/-1 fd00::1 10.0.0.2", "0a:00:00:00:00:01 10.0.0.1/255.0.255.0",
	"0a:00:00:00:00:01 10.0.0.1/255.0.255.0 fd00::1", "0a:00:00:00:00:01 10.0.0.1/255.255.255.0 fd00::1", "0a:00:00:00:00:01 10.0.0.257", "0a:00:00:00:00:01 266.0.0.01",
	"0a:00:00:00:00:01 -246.0.0.1", "0a:00:00:00:00:01 10. 0. 0. 1", "0a:00:00:00:00:01 10 .0.0.1", "0a:00:00:00:00:01 10.0.0.1/ 24", "0a:00:00:00:00:01 10.0.0.1 /24 10.0.0.2",
	"0a:00:00:00:00:01 10.0.0.1/4294967320 10.0.0.2", "0a:00:00:00:00:01 10.0.0.1.10.0.0.2", "0a:00:00:00:00:01 10.0.0.1fd00::1", "0a:00:00:00:00:01 fd00::1/129",
	"0a:00:00:00:00:01 fd00::1/129 10.0.0.1", "0a:00:00:00:00:01 fd00::1/64 10.0.0.1", "0a:00:00:00:00:01 fd00::1/ffff:: 10.0.0.1", "0a:00:00:00:00:01 fd00::1/ffff::1 10.0.0.1",
	"0a:00:00:00:00:01 10.0.0.2 fd00::2/12fd00::1", "0a:00:00:00:00:01 fd00::1/zz 10.0.0.1", "0a:00:00:00:00:01 fd00::1/ 10.0.0.1", "0a:00:00:00:00:01 fd00::1%eth0 10.0.0.1", "0a:00:00:00:00:01 fd00::1%1",
	"0a:00:00:00:00:01 fd00::g 10.0.0.1", "0a:00:00:00:00:01 fd00::1,fd00::2", "0a:00:00:00:00:01 ::ffff:10.0.0.1", "0a:00:00:00:00:01 [fd00::1]", "0a:00:00:00:00:01 10.0.0.1/24/24 10.0.0.2",
	"0a:00:00:00:00:01\t10.0.0.1\n10.0.0.2", "0a:00:00:00:00:01  10.0.0.1  ", " 0a:00:00:00:00:01 10.0.0.1", "a:0:0:0:0:1 10.0.0.1", "10a:000:0x0:00:00:01 10.0.0.1", "0xa:0:0:0:0:0x1 10.0.0.1",
	"0a: 00: 00:00:00:01 10.0.0.1", "0a:00:00:00:00 10.0.0.1", "0a:00:00:00:00:01:02 10.0.0.1", "0a:00:00:00:00:0110.0.0.1", "0a-00-00-00-00-01 10.0.0.1", "0a:00:00:00:00: 10.0.0.1",
	"0a:00:00:00:00:01 dynamic", "0a:00:00:00:00:01 10.0.0.1 dynamic 10.0.0.2", "dynamic", "", " ", "10.0.0.1", "unknown", "router", "+a:-0:0:0:0:1 +10.0.0.1",
}

// TestAddresses compares port security with the real tool.
func TestAddresses(t *testing.T) {
	b := newBench(t)
	b.flow(0, 1, "1", "reg0[0] = check_in_port_sec(); next;")
	b.flow(1, 1, "reg0[0] == 1", "drop;")
	b.flow(1, 0, "1", "next;")
	var microflows []string
	for i, a := range sample(addresses) {
		name := fmt.Sprint("q", i)
		b.port(name, 10+i, "port_security=["+quote(a)+"]")
		for _, ip := range []string{"ip4.src == 10.0.0.1", "ip4.src == 10.0.0.2", "ip4.src == 10.0.0.9", "ip6.src == fd00::1", "ip6.src == fd00::9", "ip6.src == ::ffff:10.0.0.1", "eth.type == 0x1234"} {
			microflows = append(microflows, fmt.Sprintf(`inport == "%s" && eth.src == 0a:00:00:00:00:01 && %s`, name, ip))
		}
	}
	b.compare(t, microflows)
}

// ethernets are texts of Ethernet addresses.
var ethernets = []string{
	"0a:00:00:00:00:01", "a:0:0:0:0:1", "0A:0:0:0:0:01", "0x1a:22:33:44:55:66", "10a:100:0:0:0:1", " 0a:00:00:00:00:01", "0a:00:00:00:00:01 ", "0a: 0:0:0:0:1", "-f6:0:0:0:0:1",
	"+a:0:0:0:0:1", "0a:00:00:00:00", "0a:00:00:00:00:01:02", "0a-00-00-00-00-01", "0a0000000001", "", "0xa:0x0:0:0:0:1", "0x:0:0:0:0:1", "a:0:0:0:0:1000000000000000001",
}

// TestLearned compares lookups in FDB and MAC_Binding with the real tool.
func TestLearned(t *testing.T) {
	b := newBench(t)
	b.flow(0, 1, "ip", "get_arp(inport, ip4.dst); next;")
	b.flow(0, 0, "eth.type == 0x1234", "outport = get_fdb(eth.dst); reg0[0] = lookup_fdb(inport, eth.src); next;")
	b.flow(0, 2, "ip6", "get_nd(inport, ip6.dst); next;")
	b.flow(1, 1, "reg0[0] == 1", "drop;")
	b.flow(1, 0, "1", "next;")
	var microflows []string
	for i, e := range sample(ethernets) {
		name := fmt.Sprint("q", i)
		b.port(name, 10+i)
		b.rows.Add("create", "mac_binding", "datapath=@dp", "logical_port="+name, `ip="10.0.0.9"`, "mac="+quote(e))
		b.rows.Add("create", "fdb", "dp_key=1", fmt.Sprint("port_key=", 10+i), "mac="+quote(e))
		microflows = append(microflows, fmt.Sprintf(`inport == "%s" && ip4.dst == 10.0.0.9`, name))
	}
	for i, ip := range []string{"10.0.0.01", "10.0.0.257", "10.0.0.1/24", " 10.0.0.1", "::ffff:10.0.0.1", "fd00::1", "FD00:0::1", "fd00::1%1", "fd00::1/64", "[fd00::1]"} {
		name := fmt.Sprint("i", i)
		b.port(name, 100+i)
		b.rows.Add("create", "mac_binding", "datapath=@dp", "logical_port="+name, "ip="+quote(ip), `mac="0a:00:00:00:00:05"`)
		microflows = append(microflows, fmt.Sprintf(`inport == "%s" && ip4.dst == 10.0.0.1`, name), fmt.Sprintf(`inport == "%s" && ip6.dst == fd00::1`, name))
	}
	for _, mac := range []string{"0a:00:00:00:00:01", "1a:22:33:44:55:66", "00:00:00:00:00:00"} {
		microflows = append(microflows, fmt.Sprintf(`inport == "p0" && eth.src == %s && eth.dst == %[1]s && eth.type == 0x1234`, mac))
	}
	b.compare(t, microflows)
}

// keys are keys of load balancers, each with another address.
var keys = []string{
	"10.0.1.%d:80", "10.0.1.%d", "10.0.1.%d: 80", "10.0.1.%d:+80", "10.0.1.%d:080", "10.0.1.%d:80 ", "10.0.1.%d:-80", "10.0.1.%d:65536", "10.0.1.%d:65616", "10.0.1.%d:", "10.0.1.%d:[80]",
	"10.0.1.%d:0x50", "[10.0.1.%d]:80", "[10.0.1.%d:80", "10.0.1.0%d:80", " 10.0.1.%d:80", "10.0.1.%d :80", "10.0.1.%d/32:80", "10.0.1.%d:80:90", "10.0.1.%d:http", "010.0.1.%d:80",
}

// TestKeys compares keys of load balancers with the real tool.
func TestKeys(t *testing.T) {
	b := newBench(t)
	b.flow(0, 1, "ip4", "ct_lb(backends=10.0.0.1:80);")
	b.flow(0, 1, "ip6", "ct_lb(backends=[fd00::5]:80);")
	b.flow(1, 1, "1", "ct_snat_to_vip; next;")
	b.flow(2, 1, "1", "reg0[6] = chk_lb_hairpin(); next;")
	var microflows []string
	add := func(key, ip string, n int) {
		b.rows.Add("create", "load_balancer", fmt.Sprint("name=lb", n), `vips={`+quote(key)+`="10.0.0.1:80"}`)
		for _, port := range []int{80, 90, 0} {
			microflows = append(microflows, fmt.Sprintf(`inport == "p0" && %s && tcp.dst == %d`, ip, port))
		}
	}
	for i, k := range sample(keys) {
		n := 100 + i
		add(fmt.Sprintf(k, n), fmt.Sprintf("ip4.src == 10.0.0.1 && ip4.dst == 10.0.1.%d", n), n)
	}
	for i, k := range []string{"[fd00::%d]:80", "fd00::%d", "[fd00::%d]", "fd00::%d:80", "[fd00::%d%%7]:80", "[fd00:0:0::%d]: 80", "[FD00::%d]:80", "[fd00::%d%%nosuch]:80", "[fd00::%d%%]:80"} {
		n := 200 + i
		add(fmt.Sprintf(k, n), fmt.Sprintf("ip6.src == fd00::5 && ip6.dst == fd00::%d", n), n)
	}
	b.compare(t, microflows)
}

// TestUnusualTexts compares rare texts with the real tool: exchanges within a field, escapes,
// templates, port groups of odd names and empty names.
func TestUnusualTexts(t *testing.T) {
	b := newBench(t)
	var microflows []string
	for i, a := range []string{
		"reg0[0..7] <-> reg0[8..15]; next;", "reg0 <-> reg1; next;", "reg0[0..15] <-> reg1[16..31]; next;", "reg0 <-> reg4; next;", "xreg0 <-> xreg1; next;", "xreg0 <-> xreg2; next;",
		"eth.src[0..7] <-> eth.src[8..15]; next;", "eth.src <-> eth.dst; next;", "ip4.src[0..7] <-> ip4.src[8..15]; next;", "reg0[0..7] <-> reg0[4..11]; next;", "reg0 <-> reg0; next;",
		"ip4.src <-> ip4.dst; next;", "tcp.src <-> tcp.dst; next;", "xxreg0[0..63] <-> xxreg0[64..127]; next;", "inport <-> outport; next;", "vlan.vid[0..3] <-> vlan.vid[4..7]; next;",
		`inport = "\udc00"; next;`, `inport = "\ud83d\ude00"; next;`, `inport = "\é"; next;`, `inport = "\ud83dx"; next;`, `inport = "\ud83d\u0041"; next;`, `inport = "\uffff"; next;`, `inport = "\u12"; next;`,
		`inport = "\u00g1"; next;`, `inport = "\u+123"; next;`, `inport = "\u0000"; next;`, "inport = \"a\tb\"; next;", `inport = "é"; next;`, `inport = "\u00e9"; next;`, `inport = "\/"; next;`,
		`inport = "^a"; # next;`, `reg0 = 300.1.1.1; /* ^x */ next;`, `reg0 = ^X; next;`, `inport = "^X"; next; "`, "^", "^a", "next; ^", "next; /* ^ */ #", "next; // ^a", "reg0 = 5 ; inport = \"^\"; next;", "inport = \"\\q^\"; next;",
		"reg0[1] = dhcp_relay_req_chk(10.0.0.1, x); next;", "reg0[1] = dhcp_relay_req_chk(10.0.0.1); next;", "reg0[1] = dhcp_relay_req_chk(10.0.0.1, ); next;", "reg0[1] = dhcp_relay_req_chk(10.0.0.1, , ); next;",
		"reg0[1] = dhcp_relay_req_chk(10.0.0.1, #); next;", "reg0[1] = dhcp_relay_req_chk(10.0.0.1, 300.1.1.1); next;", "reg0[1] = dhcp_relay_req_chk(x, 10.0.0.1); next;", "ip4.src = 10.0.0.7; flags.loopback = dhcp_relay_req_chk(x, y); next;",
		"reg0[1] = dhcp_relay_resp_chk(10.0.0.1/24, 10.0.0.2); next;", "reg0[1] = dhcp_relay_resp_chk(10.0.0.1 \"s\"); next;", "reg0[1] = dhcp_relay_resp_chk(10.0.0.1, 5); next;", "reg0[1] = dhcp_relay_resp_chk(10.0.0.1, fd00::1); next;",
		"reg0 = 1 | 2 ^", "inport = \"^\" & 1;", "reg9 = 0x1/0x3; inport = \"^\"; next;", "ip4.src = 10.0.0.0/8; inport = \"^\"; next;",
	} {
		b.flow(0, 1, fmt.Sprintf("reg9 == %d", i), a)
		microflows = append(microflows, fmt.Sprintf(`inport == "p0" && reg9 == %d && reg0 == 0x01020304 && reg1 == 0x05060708 && reg2 == 9 && reg4 == 0x0a0b0c0d && eth.src == 01:02:03:04:05:06 && ip4.src == 10.0.3.1 && tcp.src == 5 && tcp.dst == 6 && vlan.vid == 0x123`, i))
	}
	for _, m := range []string{`"\udc00"`, `"\é"`, `"\ud83d"`, `"\u0041"`, `"é"`, "\"\xc3\"", "\xc3", "é", `"a\`, `"\`, `""`, `"\u00e`, `"\u00zz"`, `"\u0000"`, `"\x"`} {
		microflows = append(microflows, "inport == "+m, "reg0 == "+m, m)
	}
	for i, m := range []string{`inport == "^" && reg0 == 300.1.1.1`, `inport == "^"`, `inport == ^x`, `reg0 == 5 /* ^ */`, `reg0 == 0x10 && inport == {"^", "p0"}`, "# ^", `inport == "\q^"`, `ip4.src == 10.0.0.0/8 || inport == "^"`, `reg0 == 1 && ^`} {
		b.flow(2, 10, m+fmt.Sprintf(" && reg9 == %d", 900+i), "next;")
		microflows = append(microflows, fmt.Sprintf(`inport == "p0" && reg9 == %d && ip4.src == 10.0.0.1 && reg0 == 0x10`, 900+i), m)
	}
	odd := []string{"", " ", "a b", `q"x`, `b\s`, "é", "5", "10.0.0.1", "$as", "@pg", "^t", "a,b", "{", "0x1", "a\nb", "a\tb", "\x01"}
	b.flow(1, 1, "reg9 < 20", "reg5 = reg0; reg6 = reg1; reg7 = reg2; reg8 = reg4; xxreg1[0..47] = eth.src; next;")
	b.flow(2, 1, "reg9 < 20", "xxreg1[0..47] = eth.dst; next;")
	b.flow(3, 1, "reg9 < 20 && ip4", "reg5 = ip4.src; reg6 = ip4.dst; next;")
	b.flow(3, 2, "reg9 < 20 && tcp", "reg5 = ip4.src; reg6 = ip4.dst; reg7[0..15] = tcp.src; reg7[0..11] = vlan.vid; next;")
	for i, name := range odd {
		b.port(name, 10+i)
		group := fmt.Sprint("pg", i)
		b.rows.Add("create", "port_group", "name="+group, "ports=["+quote(name)+"]")
		b.flow(3, 10, fmt.Sprintf("inport == @%s && reg9 == %d", group, 1000+i), "outport = "+quote(name)+"; output;")
		microflows = append(microflows, fmt.Sprintf(`inport == %s && reg9 == %d`, lab.Quote(name), 1000+i), fmt.Sprintf(`inport == @%s && reg9 == %d`, group, 1000+i))
	}
	b.rows.Add("create", "port_group", "name=odd", "ports=["+strings.Join(quoteAll(odd), ",")+"]")
	microflows = append(microflows, "inport == @odd", "inport != @odd", "outport == @odd && inport == \"p0\"")
	b.flow(4, 10, "inport == @odd", "next;")
	for i, ids := range []string{"stage-name=x source=y", `stage-name="" source=y`, `stage-name=x source=""`, "source=y", "stage-name=x", `stage-name="" source=""`, `stage-name="\u0020"`} {
		words := []string{"create", "logical_flow", "logical_datapath=@dp", "pipeline=ingress", fmt.Sprint("table_id=", 5+i), "priority=1", "match=1", `actions="reg3 = 7; next;"`}
		for _, w := range strings.Fields(ids) {
			words = append(words, "external_ids:"+w)
		}
		b.rows.Add(words...)
		b.flow(5+i, 9, "reg9 == 5", "next;")
	}
	microflows = append(microflows, `inport == "p0" && reg9 == 2000`, `inport == "p0" && reg9 == 5 && ip`)
	for table := range 5 {
		b.flow(table, 0, "1", "next;")
	}
	b.compare(t, microflows)
}

// TestEmptyNames compares empty names of datapaths, ports and stages with the real tool.
func TestEmptyNames(t *testing.T) {
	b := newBench(t)
	var microflows []string
	for i, ids := range [][]string{{"name="}, {`name=""`, "name2=x"}, {"name=a", `name2=""`}, {`name2=""`}, {"name=sw0"}, {`name=" "`}} {
		uuid := fmt.Sprintf("%08d-0000-4000-8000-000000000001", i+1)
		words := []string{"--id=" + uuid, "create", "datapath_binding", fmt.Sprint("tunnel_key=", 20+i)}
		for _, id := range ids {
			key, value, _ := strings.Cut(id, "=")
			words = append(words, "external_ids:"+key+"="+quote(strings.Trim(value, `"`)))
		}
		b.rows.Add(words...)
		port := fmt.Sprint("e", i)
		b.rows.Add("create", "port_binding", "datapath="+uuid, "logical_port="+port, "tunnel_key=1", `external_ids:name=""`)
		b.rows.Add("create", "logical_flow", "logical_datapath="+uuid, "pipeline=ingress", "table_id=0", "priority=1", "match=1",
			`actions="outport = \"e`+fmt.Sprint(i)+`\"; output;"`, `external_ids:stage-name=""`, `external_ids:source=""`)
		b.rows.Add("create", "logical_flow", "logical_datapath="+uuid, "pipeline=egress", "table_id=0", "priority=1", "match=ip6",
			"actions=output;", `external_ids:stage-name=""`)
		microflows = append(microflows, uuid+"\x00inport == \""+port+`" && ip4`, uuid+"\x00inport == \""+port+`" && ip6`, "\x00inport == \""+port+`" && ip6`, " \x00inport == \""+port+`" && ip6`)
	}
	b.compare(t, microflows)
}

func quoteAll(all []string) []string {
	quoted := make([]string, len(all))
	for i, s := range all {
		quoted[i] = quote(s)
	}
	return quoted
}
