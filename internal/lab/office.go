package lab

import "fmt"

// OfficeNetwork is the network of testdata/office, with which the guide explains why
// packets do not arrive: an office with a web and a database network behind a router with
// an external port, rules on the database's port, port security, a rack behind a VTEP
// gateway, and a second router without a gateway port.
func OfficeNetwork() *Network {
	n := &Network{Name: "office", Stepwise: true}
	for _, c := range []struct{ name, encaps, ip string }{
		{"gw1", "geneve", "192.0.2.11"}, {"gw2", "geneve", "192.0.2.12"}, {"hv1", "geneve,vxlan", "192.0.2.13"}, {"hv2", "geneve,vxlan", "192.0.2.14"},
	} {
		n.addChassis(c.name, c.encaps, c.ip)
	}
	// A VTEP gateway supports VXLAN only, which the hypervisors need for it.
	n.Chassis.Addf("chassis-add rack vxlan 192.0.2.20")

	for _, s := range []string{"web", "db", "public"} {
		n.North.Addf("ls-add %s", s)
	}
	for _, p := range []struct{ network, name, mac, ip, chassis string }{
		{"web", "web1", "0a:00:00:00:01:11", "10.0.1.11", "hv1"},
		{"web", "web2", "0a:00:00:00:01:12", "10.0.1.12", "hv2"},
		{"db", "db1", "0a:00:00:00:02:21", "10.0.2.21", "hv2"},
	} {
		n.North.Addf("lsp-add %s %s", p.network, p.name)
		n.North.Add("lsp-set-addresses", p.name, p.mac+" "+p.ip)
		n.North.Add("lsp-set-port-security", p.name, p.mac+" "+p.ip)
		n.ChassisRows.Bound = append(n.ChassisRows.Bound, Binding{Port: p.name, Chassis: p.chassis})
	}
	n.North.Addf("lsp-add db db-rack")
	n.North.Addf("lsp-set-type db-rack vtep")
	n.North.Add("lsp-set-addresses", "db-rack", "0a:00:00:00:02:99 10.0.2.99")
	n.North.Addf("lsp-set-options db-rack vtep-physical-switch=rack vtep-logical-switch=db")
	n.ChassisRows.Bound = append(n.ChassisRows.Bound, Binding{Port: "db-rack", Chassis: "rack"})
	n.addLocalnet("public", "physical")

	n.North.Addf("lr-add edge")
	n.join("edge", "web", "0a:00:00:00:0e:01", "10.0.1.1/24")
	n.join("edge", "db", "0a:00:00:00:0e:02", "10.0.2.1/24")
	n.join("edge", "public", "0a:00:00:00:0e:03", "172.16.0.1/24")
	n.North.Addf("lrp-set-gateway-chassis edge-public gw1 20")
	n.North.Addf("lrp-set-gateway-chassis edge-public gw2 10")
	n.North.Addf("lr-route-add edge 0.0.0.0/0 172.16.0.254")
	n.North.Addf("lr-route-add edge 10.66.0.0/16 discard")
	n.North.Addf("lr-nat-add edge snat 172.16.0.1 10.0.0.0/16")
	n.North.Addf("lr-nat-add edge dnat_and_snat 172.16.0.111 10.0.1.11")
	n.North.Add("lr-policy-add", "edge", "100", "ip4.src == 10.0.1.12 && ip4.dst == 192.0.2.0/24", "drop")

	n.North.Addf("lr-add spare")
	n.join("spare", "web", "0a:00:00:00:0f:01", "10.0.1.2/24")
	n.North.Addf("lr-nat-add spare dnat_and_snat 172.16.0.130 10.0.1.12")

	n.North.Addf("pg-add databases db1")
	for _, a := range []struct {
		name     string
		priority int
		match    string
		verdict  string
	}{
		{"web-may-query", 1002, "outport == @databases && ip4.src == 10.0.1.0/24 && tcp.dst == 5432", "allow-related"},
		{"no-telnet", 1003, "outport == @databases && tcp.dst == 23", "reject"},
		{"nobody-else", 1001, "outport == @databases && ip", "drop"},
	} {
		n.North.Add("--name="+a.name, "acl-add", "databases", "to-lport", fmt.Sprint(a.priority), a.match, a.verdict)
	}

	n.North.Addf("lb-add shop 10.9.9.9:80 10.0.1.11:80,10.0.1.12:80")
	n.North.Addf("lb-add closed 10.9.9.8:80 10.0.1.11:80")
	n.North.Addf("ls-lb-add web shop")
	n.North.Addf("ls-lb-add web closed")
	n.North.Add("set", "load_balancer", "closed", `vips={"10.9.9.8:80"=""}`)
	return n
}
