package action_test

import (
	"fmt"
	"log"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr/action"
)

// first parses the first action of a text, as the newest release has it.
func first(text string) action.Action {
	a, err := action.Parse(text, action.Env{})
	if err != nil {
		log.Fatal(err)
	}
	return a.List[0]
}

// The backends of a load balancer are asked of its action.
func ExampleBackend() {
	lb := first("ct_lb_mark(backends=10.0.0.2:80,[fd00::2]:8080; skip_snat);").(*action.CTLB)
	for _, b := range lb.Backends {
		fmt.Printf("%s IPv6 %v\n", b.Append(nil), b.Addr.Is6())
	}
	flags := map[action.LBFlag]string{action.LBSkipSNAT: "keeps the source", action.LBForceSNAT: "changes the source"}
	kinds := map[action.LBKind]string{action.CTLBLabel: "ct_label", action.CTLBMark: "ct_mark"}
	fmt.Println(lb.Kind, flags[lb.Flag], "and notes it in", kinds[lb.Kind])
	// Output:
	// 10.0.0.2:80 IPv6 false
	// [fd00::2]:8080 IPv6 true
	// ct_lb_mark keeps the source and notes it in ct_mark
}

// The members of a select have weights, of which each gets its share.
func ExampleMember() {
	sel := first("reg8[16..31] = select(1=50, 2=150);").(*action.Select)
	sum := 0
	for _, m := range sel.Members {
		sum += int(m.Weight)
	}
	for _, m := range sel.Members {
		fmt.Printf("%d gets %d%%\n", m.ID, 100*int(m.Weight)/sum)
	}
	// Output:
	// 1 gets 25%
	// 2 gets 75%
}

// What an ACL logs is said by its verdict and severity.
func ExampleLog() {
	worrying := map[action.Severity]bool{action.SeverityAlert: true, action.SeverityWarning: true}
	verdicts := map[action.Verdict]string{action.VerdictDrop: "dropped", action.VerdictAllow: "let through"}
	if l, ok := first(`log(name="no-ssh", verdict=drop, severity=alert);`).(*action.Log); ok {
		fmt.Println(l.Name, verdicts[l.Verdict], worrying[l.Severity])
		fmt.Println(l.Verdict, l.Severity)
	}
	// Output:
	// no-ssh dropped true
	// drop alert
}

// The protocol of a learned next hop is an IP protocol number.
func ExampleProto() {
	if a, ok := first("commit_ecmp_nh(ipv6 = false, proto = tcp);").(*action.CommitECMPNH); ok {
		fmt.Println(a.Proto, a.Proto == action.TCP)
	}
	// Output: tcp true
}

// An action of a router names a conntrack zone of its datapath.
func ExampleZone() {
	zones := map[action.Zone]string{action.ZoneUnnamed: "the DNAT zone", action.ZoneDNAT: "the DNAT zone", action.ZoneSNAT: "the SNAT zone"}
	if a, ok := first("ct_commit_nat(snat);").(*action.CTCommitNAT); ok {
		fmt.Println("commits in", zones[a.Zone])
	}
	// Output: commits in the SNAT zone
}

// The outcome of a query is stored in a field that is wide enough for it.
func ExampleResultKind() {
	for _, text := range []string{"reg0[0] = dns_lookup();", "reg1[0..15] = ct_tp_dst();"} {
		if r, ok := first(text).(*action.Result); ok {
			fmt.Printf("%v stores %d bits in %v\n", r.Kind, r.Kind.Bits(), r.Dst)
		}
	}
	// Output:
	// dns_lookup stores 1 bits in reg0[0]
	// ct_tp_dst stores 16 bits in reg1[0..15]
}

// Some types stand for two actions and know which of them they are.
func ExampleGetMACBind_Name() {
	for _, text := range []string{"get_arp(outport, reg0);", "get_nd(outport, xxreg0);"} {
		if a, ok := first(text).(*action.GetMACBind); ok {
			fmt.Println(a.Name(), "looks up", a.IP)
		}
	}
	// Output:
	// get_arp looks up reg0
	// get_nd looks up xxreg0
}

// Options of DHCP come with their values, as the database's tables describe
// them.
func ExampleOptionValue() {
	put := first(`reg1[0] = put_dhcp_opts(offerip = 10.0.0.2, router = 10.0.0.1);`).(*action.PutOpts)
	protocols := map[action.PutOptsKind]string{action.DHCPv4: "DHCP", action.DHCPv6: "DHCPv6", action.NDRA: "router advertisement"}
	for _, o := range put.Options {
		fmt.Printf("%s option %d: %s\n", protocols[put.Kind], o.Option.Code, o.Append(nil))
	}
	// Output:
	// DHCP option 0: offerip = 10.0.0.2
	// DHCP option 3: router = 10.0.0.1
}

// The options that a release's northd writes are there for those who have no
// database.
func ExampleDHCPOptions() {
	d := dialect.For(dialect.MustParse("24.03"))
	if o, ok := action.DHCPOptions(d).Lookup("lease_time"); ok {
		fmt.Printf("%s is option %d of type %s\n", o.Name, o.Code, o.Type)
	}
	if o, ok := action.DHCPv6Options(d).Lookup("ia_addr"); ok {
		fmt.Printf("%s is option %d of type %s\n", o.Name, o.Code, o.Type)
	}
	// Output:
	// lease_time is option 51 of type uint32
	// ia_addr is option 5 of type ipv6
}

// A database may have options of its own, which actions then may set.
func ExampleNewOptions() {
	env := action.Env{DHCP: action.NewOptions([]action.Option{
		{Name: "offerip", Code: 0, Type: "ipv4"},
		{Name: "boot_server", Code: 224, Type: "str"},
	})}
	for _, option := range []string{`boot_server = "pxe"`, "router = 10.0.0.1"} {
		_, err := action.Parse("reg1[0] = put_dhcp_opts(offerip = 10.0.0.2, "+option+");", env)
		fmt.Println(option, err)
	}
	// Output:
	// boot_server = "pxe" <nil>
	// router = 10.0.0.1 Syntax error at `router' expecting DHCPv4 option name.
}
