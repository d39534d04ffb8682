package lab

import (
	"fmt"
	"net/netip"
	"strings"
)

// pod is a pod of the shop, on one of two nodes.
type pod struct{ namespace, name, node, mac, ip string }

// shopPods are the pods of the scenarios of ovn-kubernetes.
var shopPods = []pod{
	{"shop", "web-7d9f", "node1", "0a:58:0a:f4:00:05", "10.244.0.5"},
	{"shop", "db-0", "node2", "0a:58:0a:f4:01:07", "10.244.1.7"},
	{"shop", "cache-0", "node2", "0a:58:0a:f4:01:08", "10.244.1.8"},
	{"ops", "probe", "node1", "0a:58:0a:f4:00:09", "10.244.0.9"},
}

// port returns the name of the pod's logical port (util.GetLogicalPortName).
func (p *pod) port() string { return p.namespace + "_" + p.name }

// k8sNode is a node: the number is a part of its addresses.
type k8sNode struct {
	name   string
	number int
}

var k8sNodes = []k8sNode{{"node1", 0}, {"node2", 1}}

// controller is the owner in ovn-kubernetes' rows of the default network.
const controller = "default-network-controller"

// KubernetesNetwork is the network of testdata/names/kubernetes: a cluster of
// ovn-kubernetes in one zone, with two nodes, four pods, two services, network
// policies, an AdminNetworkPolicy and an EgressIP.
func KubernetesNetwork(generation int) *Network {
	s := newSite("kubernetes", generation)
	for _, n := range k8sNodes {
		s.chassis(n.name, fmt.Sprintf("172.18.0.%d", n.number+2))
	}
	s.kubernetes(k8sNodes)
	return s.Network
}

// KubernetesZone is the zone of one node of the same cluster if each node has its own
// databases. The zones are joined by a transit switch.
func KubernetesZone(node, generation int) *Network {
	s := newSite("kubernetes-"+k8sNodes[node].name, generation)
	for _, n := range k8sNodes {
		s.chassis(n.name, fmt.Sprintf("172.18.0.%d", n.number+2))
		if n.number != node {
			s.Chassis.Addf("set chassis %s other_config:is-remote=true", n.name)
		}
	}
	s.kubernetes(k8sNodes[node : node+1])
	s.vswitch("transit_switch")
	s.North.Addf("set logical_switch transit_switch other_config:interconn-ts=transit_switch other_config:requested-tnl-key=16711683")
	for _, n := range k8sNodes {
		address, mac := fmt.Sprintf("100.88.0.%d/16", n.number+2), fmt.Sprintf("0a:58:64:58:00:%02x", n.number+2)
		if n.number == node {
			s.joinBy("ovn_cluster_router", "rtots-"+n.name, "transit_switch", "tstor-"+n.name, mac, address)
			s.North.Addf("lsp-set-options tstor-%s router-port=rtots-%s requested-tnl-key=%d", n.name, n.name, n.number+2)
			continue
		}
		s.North.Addf("lsp-add transit_switch tstor-%s", n.name)
		s.North.Addf("lsp-set-type tstor-%s remote", n.name)
		s.North.Add("lsp-set-addresses", "tstor-"+n.name, mac+" "+address)
		s.North.Addf("lsp-set-options tstor-%s requested-tnl-key=%d requested-chassis=%s", n.name, n.number+2, n.name)
		s.ChassisRows.Bound = append(s.ChassisRows.Bound, Binding{Port: "tstor-" + n.name, Chassis: n.name})
		s.North.Addf("lr-route-add ovn_cluster_router 10.244.%d.0/24 100.88.0.%d", n.number, n.number+2)
		s.North.Addf("lr-route-add ovn_cluster_router 100.64.0.%d/32 100.88.0.%d", n.number+2, n.number+2)
	}
	return s.Network
}

// kubernetes adds the nodes of one zone.
func (s *site) kubernetes(local []k8sNode) {
	s.router("ovn_cluster_router", "k8s-cluster-router", "yes")
	s.vswitch("join")
	s.joinBy("ovn_cluster_router", "rtoj-ovn_cluster_router", "join", "jtor-ovn_cluster_router", "0a:58:64:40:00:01", "100.64.0.1/16")
	var switches, gateways []string
	for _, n := range local {
		s.node(n)
		switches, gateways = append(switches, n.name), append(gateways, "GR_"+n.name)
	}
	here := map[string]bool{}
	var ports []string
	addresses := map[string][]string{}
	for i := range shopPods {
		p := &shopPods[i]
		addresses[p.namespace] = append(addresses[p.namespace], p.ip)
		for _, n := range local {
			if n.name == p.node {
				s.port(p.node, p.port(), p.mac+" "+p.ip, p.node, "namespace", p.namespace, "pod", "true")
				here[p.port()] = true
				ports = append(ports, p.port())
			}
		}
	}
	for _, namespace := range []string{"ops", "shop"} {
		id := controller + ":Namespace:" + namespace + ":v4"
		s.addressSet(k8sHash(id), addresses[namespace], owner("Namespace", namespace, id, "ip-family", "v4")...)
	}
	s.k8sPolicies(func(names ...string) (out []string) {
		for _, n := range names {
			if here[n] {
				out = append(out, n)
			}
		}
		return out
	}, ports)
	for _, b := range []struct{ service, vip, backends string }{
		{"shop/web", "10.96.0.10:80", "10.244.0.5:8080"},
		{"shop/db", "10.96.0.20:5432", "10.244.1.7:5432"},
	} {
		s.balancer("Service_"+b.service+"_TCP_cluster", b.vip, b.backends, "tcp", switches, gateways, "k8s.ovn.org/owner", b.service, "k8s.ovn.org/kind", "Service")
	}
}

// node adds a node: its switch, its gateway router and its external switch.
func (s *site) node(n k8sNode) {
	gateway, outside := "GR_"+n.name, "ext_"+n.name
	s.vswitch(n.name)
	s.joinBy("ovn_cluster_router", "rtos-"+n.name, n.name, "stor-"+n.name, fmt.Sprintf("0a:58:0a:f4:%02x:01", n.number), fmt.Sprintf("10.244.%d.1/24", n.number))
	s.port(n.name, "k8s-"+n.name, fmt.Sprintf("0a:58:0a:f4:%02x:02 10.244.%d.2", n.number, n.number), n.name)
	s.router(gateway, "physical_ip", fmt.Sprintf("172.18.0.%d/16", n.number+2), "physical_ips", fmt.Sprintf("172.18.0.%d/16", n.number+2))
	s.North.Addf("set logical_router %s options:chassis=%s", gateway, n.name)
	s.joinBy(gateway, "rtoj-"+gateway, "join", "jtor-"+gateway, fmt.Sprintf("0a:58:64:40:00:%02x", n.number+2), fmt.Sprintf("100.64.0.%d/16", n.number+2))
	s.vswitch(outside)
	s.joinBy(gateway, "rtoe-"+gateway, outside, "etor-"+gateway, fmt.Sprintf("02:42:ac:12:00:%02x", n.number+2), fmt.Sprintf("172.18.0.%d/16", n.number+2))
	s.localnet(outside, "breth0_"+n.name, "physnet")
	s.ChassisRows.Neighbors = append(s.ChassisRows.Neighbors, Neighbor{Port: "rtoe-" + gateway, IP: netip.MustParseAddr("172.18.0.1"), MAC: "02:42:ac:12:00:01"})
	s.North.Addf("--policy=src-ip lr-route-add ovn_cluster_router 10.244.%d.0/24 100.64.0.%d", n.number, n.number+2)
	s.North.Addf("lr-route-add %s 10.244.0.0/16 100.64.0.1", gateway)
	s.North.Addf("lr-route-add %s 0.0.0.0/0 172.18.0.1 rtoe-%s", gateway, gateway)
	for _, p := range shopPods {
		if p.node != n.name {
			continue
		}
		if p.namespace == "ops" {
			name := "eip-1_" + p.namespace + "/" + p.name
			s.nat(gateway, "snat", "172.18.0.100", p.ip, owner("EgressIP", name, controller+":EgressIP:"+name+":ip4", "ip-family", "ip4")...)
		} else {
			s.nat(gateway, "snat", fmt.Sprintf("172.18.0.%d", n.number+2), p.ip)
		}
	}
}

// owner returns the external_ids by which ovn-kubernetes marks its rows.
func owner(typ, name, id string, more ...string) []string {
	return append([]string{"k8s.ovn.org/owner-controller", controller, "k8s.ovn.org/owner-type", typ, "k8s.ovn.org/name", name, "k8s.ovn.org/id", id}, more...)
}

// k8sPolicies adds NetworkPolicies of the shop and an AdminNetworkPolicy. Of the pods of
// shop, only web may reach the database, and none may reach the cache.
func (s *site) k8sPolicies(here func(...string) []string, all []string) {
	isolated := here("shop_db-0", "shop_cache-0")
	for _, direction := range []string{"Ingress", "Egress"} {
		id := controller + ":NetpolNamespace:shop:" + direction
		group, members, acl, port := k8sHash(id), isolated, "to-lport", "outport"
		if direction == "Egress" {
			members, acl, port = nil, "from-lport", "inport"
		}
		s.group(group, members, owner("NetpolNamespace", "shop", id, "direction", direction)...)
		s.acl(group, acl, 1000, port+" == @"+group, "drop", "NP:shop:"+direction,
			owner("NetpolNamespace", "shop", id+":defaultDeny", "direction", direction, "type", "defaultDeny")...)
		s.acl(group, acl, 1001, port+" == @"+group+" && (arp || nd)", "allow", "NP:shop:"+direction,
			owner("NetpolNamespace", "shop", id+":arpAllow", "direction", direction, "type", "arpAllow")...)
	}
	policy := func(name string, members []string) string {
		id := controller + ":NetworkPolicy:shop:" + name
		s.group(k8sHash(id), members, owner("NetworkPolicy", "shop:"+name, id)...)
		return k8sHash(id)
	}
	policy("deny-all", here("shop_cache-0"))
	group := policy("db-from-web", here("shop_db-0"))
	s.acl(group, "to-lport", 1001, fmt.Sprintf("ip4.src == {$%s} && tcp && tcp.dst==5432 && outport == @%s", k8sHash(controller+":Namespace:shop:v4"), group), "allow-related",
		"NP:shop:db-from-web:Ingress:0",
		owner("NetworkPolicy", "shop:db-from-web", controller+":NetworkPolicy:shop:db-from-web:Ingress:0:tcp:-1", "direction", "Ingress", "gress-index", "0", "port-policy-protocol", "tcp", "ip-block-index", "-1")...)

	id := controller + ":AdminNetworkPolicy:no-telnet"
	s.group(k8sHash(id), all, owner("AdminNetworkPolicy", "no-telnet", id)...)
	s.acl(k8sHash(id), "to-lport", 30000, "outport == @"+k8sHash(id)+" && tcp && tcp.dst==23", "drop", "ANP:no-telnet:Ingress:0",
		owner("AdminNetworkPolicy", "no-telnet", id+":Ingress:0:tcp", "direction", "Ingress", "gress-index", "0", "port-policy-protocol", "tcp")...)
}

// NeutronNetwork is the network of testdata/names/neutron: an OpenStack project with
// two networks, three servers, security groups, a router and a floating IP.
func NeutronNetwork(generation int) *Network {
	s := newSite("neutron", generation)
	s.chassis("compute1", "192.0.2.21")
	s.chassis("compute2", "192.0.2.22")
	const (
		frontNet  = "11aa7a52-6e7c-4a1f-9a44-0e0c2b1d5a01"
		backNet   = "22bb1c9e-1d2f-4c1b-8f3a-9b1f2a7c5b02"
		publicNet = "33cc5d60-9f0e-4f43-b7f4-2a57f6ad6c03"
		routerID  = "44dd6f3b-3d1d-4b53-8ab8-51c09c5a7d04"
		webGroup  = "55ee2a9c-7b53-4c6e-a8d6-6e0a4f1b8e05"
		dbGroup   = "66ff0b17-5a4d-4d0f-8c3e-7f1b5a2c9f06"
		frontSub  = "77a01d6c-4b5e-4e6f-9d7a-8a2c6b3d0a07"
		backSub   = "88b12e7d-5c6f-4f70-8e8b-9b3d7c4e1b08"
	)
	network := func(id, name string) string {
		s.vswitch("neutron-"+id, "neutron:network_name", name, "neutron:mtu", "1442", "neutron:revision_number", "2", "neutron:availability_zone_hints", "")
		return "neutron-" + id
	}
	front, back, public := network(frontNet, "front"), network(backNet, "back"), network(publicNet, "public")
	s.localnet(public, "provnet-99c23f8e-6d70-4081-9f9c-0c4e8d5f2c09", "physnet1")
	edge := "neutron-" + routerID
	s.router(edge, "neutron:router_name", "edge", "neutron:revision_number", "3", "neutron:availability_zone_hints", "")
	for _, p := range []struct{ port, network, mac, net, subnet string }{
		{"a1000000-0000-4000-8000-000000000001", front, "fa:16:3e:00:01:01", "10.0.1.1/24", frontSub},
		{"a1000000-0000-4000-8000-000000000002", back, "fa:16:3e:00:02:01", "10.0.2.1/24", backSub},
		{"a1000000-0000-4000-8000-000000000003", public, "fa:16:3e:00:03:01", "203.0.113.10/24", ""},
	} {
		s.joinBy(edge, "lrp-"+p.port, p.network, p.port, p.mac, p.net)
		s.tag("logical_router_port", "lrp-"+p.port, "neutron:network_name", p.network, "neutron:router_name", edge, "neutron:subnet_ids", p.subnet, "neutron:revision_number", "1",
			"neutron:is_ext_gw", map[bool]string{true: "True", false: "False"}[p.network == public])
	}
	s.North.Addf("lrp-set-gateway-chassis lrp-a1000000-0000-4000-8000-000000000003 compute1 1")
	s.North.Addf("lr-route-add %s 0.0.0.0/0 203.0.113.1 lrp-a1000000-0000-4000-8000-000000000003", edge)
	s.nat(edge, "snat", "203.0.113.10", "10.0.1.0/24")
	s.nat(edge, "snat", "203.0.113.10", "10.0.2.0/24")

	var all []string
	for _, v := range []struct{ port, device, name, network, mac, ip, group, chassis string }{
		{"b2000000-0000-4000-8000-000000000011", "c3000000-0000-4000-8000-000000000011", "web1", front, "fa:16:3e:00:01:11", "10.0.1.11", webGroup, "compute1"},
		{"b2000000-0000-4000-8000-000000000012", "d4000000-0000-4000-8000-000000000012", "web2", front, "fa:16:3e:00:01:12", "10.0.1.12", webGroup, "compute2"},
		{"b2000000-0000-4000-8000-000000000021", "e5000000-0000-4000-8000-000000000021", "db1", back, "fa:16:3e:00:02:21", "10.0.2.21", dbGroup, "compute2"},
	} {
		s.port(v.network, v.port, v.mac+" "+v.ip, v.chassis, "neutron:port_name", v.name+"-port", "neutron:device_id", v.device, "neutron:device_owner", "compute:nova",
			"neutron:project_id", "d41b5bd1b2f94b8d9e0d7c1f1f6b3a77", "neutron:cidrs", v.ip+"/24", "neutron:network_name", v.network, "neutron:security_group_ids", v.group,
			"neutron:revision_number", "4", "neutron:vnic_type", "normal", "neutron:port_capabilities", "")
		s.North.Add("--id=@dns"+v.name, "create", "dns", option("records", v.name, v.ip), option("external_ids", "ls_name", v.network), "--", "add", "logical_switch", v.network, "dns_records", "@dns"+v.name)
		all = append(all, v.port)
	}
	group := func(id string, ports ...string) string {
		name := "pg_" + strings.ReplaceAll(id, "-", "_")
		s.group(name, ports, "neutron:security_group_id", id)
		return name
	}
	s.group("neutron_pg_drop", all)
	s.acl("neutron_pg_drop", "from-lport", 1000, "inport == @neutron_pg_drop && ip", "drop", "")
	s.acl("neutron_pg_drop", "to-lport", 1000, "outport == @neutron_pg_drop && ip", "drop", "")
	web, db := group(webGroup, all[0], all[1]), group(dbGroup, all[2])
	for _, r := range []struct{ group, direction, match, id string }{
		{web, "from-lport", "inport == @" + web + " && ip4", "3f2a0000-0000-4000-8000-000000000001"},
		{web, "to-lport", "outport == @" + web + " && ip4 && ip4.src == 0.0.0.0/0 && tcp && tcp.dst == 443", "3f2b0000-0000-4000-8000-000000000002"},
		{db, "from-lport", "inport == @" + db + " && ip4", "3f2c0000-0000-4000-8000-000000000003"},
		{db, "to-lport", "outport == @" + db + " && ip4 && ip4.src == $" + web + "_ip4 && tcp && tcp.dst == 5432", "3f2d0000-0000-4000-8000-000000000004"},
		{db, "to-lport", "outport == @" + db + " && ip4 && ip4.src == 10.0.1.0/24 && icmp4", "3f2e0000-0000-4000-8000-000000000005"},
	} {
		s.acl(r.group, r.direction, 1002, r.match, "allow-related", "", "neutron:security_group_rule_id", r.id)
	}
	s.nat(edge, "dnat_and_snat", "203.0.113.111", "10.0.1.11", "neutron:fip_id", "f6000000-0000-4000-8000-000000000111", "neutron:fip_port_id", all[0],
		"neutron:router_name", edge, "neutron:fip_external_mac", "fa:16:3e:00:03:11", "neutron:fip_network_id", publicNet, "neutron:revision_number", "1")
	return s.Network
}

// KubeOVNNetwork is the network of testdata/names/kubeovn: a cluster of Kube-OVN with
// its default VPC, two subnets, a network policy and a security group.
func KubeOVNNetwork(generation int) *Network {
	s := newSite("kubeovn", generation)
	s.chassis("node1", "192.0.2.31")
	s.chassis("node2", "192.0.2.32")
	vendor := []string{"vendor", "kube-ovn"}
	s.router("ovn-cluster", vendor...)
	for _, n := range []struct{ name, mac, net string }{
		{"ovn-default", "00:00:00:10:16:01", "10.16.0.1/16"}, {"join", "00:00:00:64:40:01", "100.64.0.1/16"}, {"blue", "00:00:00:10:20:01", "10.20.0.1/24"},
	} {
		s.vswitch(n.name, vendor...)
		s.joinBy("ovn-cluster", "ovn-cluster-"+n.name, n.name, n.name+"-ovn-cluster", n.mac, n.net)
		s.tag("logical_router_port", "ovn-cluster-"+n.name, append([]string{"lr", "ovn-cluster"}, vendor...)...)
	}
	for i, node := range []string{"node1", "node2"} {
		s.port("join", "node-"+node, fmt.Sprintf("00:00:00:64:40:%02x 100.64.0.%d", i+2, i+2), node, append([]string{"ls", "join"}, vendor...)...)
	}
	for _, p := range []struct{ namespace, name, subnet, node, mac, ip string }{
		{"shop", "web-7d9f", "ovn-default", "node1", "00:00:00:10:16:05", "10.16.0.5"},
		{"shop", "db-0", "ovn-default", "node2", "00:00:00:10:16:07", "10.16.0.7"},
		{"ops", "probe", "blue", "node1", "00:00:00:10:20:09", "10.20.0.9"},
	} {
		ids := append([]string{"pod", p.namespace + "/" + p.name, "ls", p.subnet}, vendor...)
		if p.namespace == "ops" {
			ids = append(ids, "security_groups", "guests", "associated_sg_guests", "true")
		}
		s.port(p.subnet, p.name+"."+p.namespace, p.mac+" "+p.ip, p.node, ids...)
	}
	s.addressSet("db.from.web.shop.ingress.allow.IPv4.0", []string{"10.16.0.5"}, "np", "shop/db-from-web/ingress", "vendor", "kube-ovn")
	const policy = "db.from.web.shop"
	s.group(policy, []string{"db-0.shop"}, append([]string{"np", "shop/db-from-web"}, vendor...)...)
	s.acl(policy, "to-lport", 2000, "outport == @"+policy+" && ip", "drop", "shop/db-from-web", append([]string{"parent", policy}, vendor...)...)
	s.acl(policy, "to-lport", 2001, "outport == @"+policy+" && ip4 && ip4.src == $db.from.web.shop.ingress.allow.IPv4.0 && tcp.dst == 5432", "allow-related",
		"np/db-from-web.shop/ingress/IPv4/0", append([]string{"parent", policy}, vendor...)...)
	const guests = "ovn.sg.guests"
	s.group(guests, []string{"probe.ops"}, append([]string{"type", "security_group", "sg", "guests"}, vendor...)...)
	s.acl(guests, "from-lport", 2300, "inport == @"+guests+" && ip4 && ip4.dst == 10.16.0.0/16 && tcp.dst == 22", "drop", "", append([]string{"parent", guests}, vendor...)...)
	s.balancer("cluster-tcp-loadbalancer", "10.96.0.10:80", "10.16.0.5:8080", "tcp", []string{"ovn-default", "blue"}, nil, vendor...)
	return s.Network
}
