package action_test

import (
	"fmt"
	"log"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
)

// Actions parse as a release has them: here ct_next got a conntrack zone later
// on.
func ExampleParse() {
	for _, release := range []string{"22.03", "25.03"} {
		env := action.Env{Dialect: dialect.For(dialect.MustParse(release)), Table: 3}
		a, err := action.Parse("ip.ttl--; ct_next;", env)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(a)
		fmt.Println("  requires", expr.Format(a.Prereqs))
		for _, a := range a.List {
			if next, ok := a.(*action.CTNext); ok {
				fmt.Println("  goes on in table", next.Table)
			}
		}
	}
	_, err := action.Parse("ip.ttl = 300;", action.Env{})
	fmt.Println(err)
	// Output:
	// ip.ttl--; ct_next;
	//   requires ip && ip
	//   goes on in table 4
	// ip.ttl--; ct_next(dnat);
	//   requires ip && ip
	//   goes on in table 4
	// 9-bit constant is not compatible with 8-bit field ip.ttl.
}

// A tool that sorts actions by what they do needs one switch over all types of
// the tree.
func ExampleAction() {
	kind := func(a action.Action) string {
		switch a.(type) {
		case *action.Output, *action.Next, *action.FwdGroup, *action.FloodRemote, *action.Mirror, *action.Nested:
			return "forwards"
		case *action.Load, *action.OVNFieldLoad, *action.Move, *action.Exchange, *action.Push, *action.Pop, *action.DecTTL, *action.Select:
			return "rewrites"
		case *action.CTClear, *action.CTNext, *action.CTCommit, *action.CTCommitParams, *action.CTCommitToZone:
			return "tracks connections"
		case *action.CTCommitNAT, *action.CTNAT, *action.CTLB, *action.CTSNATToVIP:
			return "translates addresses"
		case *action.GetMACBind, *action.PutMACBind, *action.LookupMACBind, *action.LookupMACBindIP, *action.ChkEVPNARP,
			*action.GetFDB, *action.PutFDB, *action.LookupFDB, *action.MACCacheUse, *action.CommitECMPNH, *action.CommitLBAff, *action.BindVport:
			return "learns or looks up"
		case *action.PutOpts, *action.DHCPRelay, *action.DHCPv6Reply, *action.IGMP, *action.BFDMsg, *action.HandleSvcCheck, *action.TriggerEvent:
			return "asks the controller"
		case *action.SetQueue, *action.SetMeter, *action.Log, *action.Sample:
			return "limits or records"
		case *action.Result, *action.CheckPktLarger:
			return "asks about the packet"
		}
		return "is new"
	}
	a, err := action.Parse("ct_lb_mark(backends=10.0.0.2:80); reg0 = 1; put_fdb(inport, eth.src); output;", action.Env{})
	if err != nil {
		log.Fatal(err)
	}
	for _, a := range a.List {
		fmt.Println(action.Name(a), kind(a))
	}
	// Output:
	// ct_lb_mark translates addresses
	// = rewrites
	// put_fdb learns or looks up
	// output forwards
}

// Nested actions are lists of their own.  Here a tool asks where a flow sends
// packets, copies included.
func ExampleNested() {
	a, err := action.Parse(`clone { outport = "vm1"; output; }; arp { eth.dst = ff:ff:ff:ff:ff:ff; output; }; outport = "vm2"; output;`, action.Env{})
	if err != nil {
		log.Fatal(err)
	}
	copies := map[action.NestedKind]string{action.Clone: "a clone", action.ARP: "an ARP request"}
	var show func(list []action.Action, who string)
	show = func(list []action.Action, who string) {
		for _, a := range list {
			switch a := a.(type) {
			case *action.Nested:
				show(a.List, copies[a.Kind])
			case *action.Output:
				fmt.Println(who, "goes out")
			}
		}
	}
	show(a.List, "the packet")
	// Output:
	// a clone goes out
	// an ARP request goes out
	// the packet goes out
}

// A packet that conntrack or select recirculates goes on in the next table of its
// pipeline.
func ExampleNextTable() {
	a, err := action.Parse("reg0 = 1; ct_next; next(pipeline=egress, table=5);", action.Env{Table: 20})
	if err != nil {
		log.Fatal(err)
	}
	for _, a := range a.List {
		if pipeline, table, ok := action.NextTable(a, action.Ingress); ok {
			fmt.Println(action.Format(a), "leads to", pipeline, table)
		}
	}
	// Output:
	// ct_next(dnat); leads to ingress 21
	// next(pipeline=egress, table=5); leads to egress 5
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
