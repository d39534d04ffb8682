package lab

import "strings"

// UserDefinedNetwork is the network of testdata/names/kubernetes-udn: a node of a cluster
// of ovn-kubernetes with pods in the default network and in a primary user-defined network
// of layer 2 that has the same addresses, and an EgressFirewall in each.
func UserDefinedNetwork(generation int) *Network {
	const (
		node    = "node1"
		udn     = "cluster_udn_tenant" // of a ClusterUserDefinedNetwork
		tenant  = udn + "-network-controller"
		layer2  = udn + "_ovn_layer2_switch"
		gateway = "GR_" + udn + "_" + node
	)
	s := newSite("kubernetes-udn", generation)
	s.chassis(node, "172.18.0.2")
	s.router("ovn_cluster_router", "k8s-cluster-router", "yes")
	s.vswitch("join")
	s.joinBy("ovn_cluster_router", "rtoj-ovn_cluster_router", "join", "jtor-ovn_cluster_router", "0a:58:64:40:00:01", "100.64.0.1/16")
	s.node(k8sNode{node, 0})
	scope := func(role string) []string {
		return []string{"k8s.ovn.org/network", udn, "k8s.ovn.org/topology", "layer2", "k8s.ovn.org/role", role}
	}
	s.vswitch(layer2, scope("primary")...)
	s.router(gateway, append(scope("primary"), "physical_ip", "172.18.0.2/16")...)
	s.North.Addf("set logical_router %s options:chassis=%s", gateway, node)
	s.joinBy(gateway, "rtos-"+layer2, layer2, "stor-"+layer2, "0a:58:0a:f4:00:01", "10.244.0.1/24")
	var ports [2][]string // of the default network and of the tenant's
	for _, p := range []struct{ namespace, name, number string }{{"blue", "web-0", "5"}, {"blue", "db-0", "6"}, {"ops", "probe", "7"}} {
		ids := []string{"namespace", p.namespace, "pod", "true"}
		name, address := p.namespace+"_"+p.name, "10.244.0."+p.number
		if p.namespace == "ops" {
			s.port(node, name, "0a:58:0a:f4:00:0"+p.number+" "+address, node, ids...)
			ports[0] = append(ports[0], name)
			continue
		}
		s.port(node, name, "0a:58:0a:f4:01:0"+p.number+" 10.244.0.1"+p.number, node, ids...)
		port := strings.NewReplacer("-", ".", "/", ".").Replace("blue/tenant") + "_" + name
		s.port(layer2, port, "0a:58:0a:f4:00:0"+p.number+" "+address, node, append(ids, "k8s.ovn.org/nad", "blue/tenant", "k8s.ovn.org/network", udn, "k8s.ovn.org/topology", "layer2")...)
		ports[1] = append(ports[1], port)
	}
	for i, x := range []struct{ owner, namespace string }{{controller, "ops"}, {tenant, "blue"}} {
		id := x.owner + ":Namespace:" + x.namespace
		group := k8sHash(id)
		s.group(group, ports[i], "k8s.ovn.org/owner-controller", x.owner, "k8s.ovn.org/owner-type", "Namespace", "k8s.ovn.org/name", x.namespace, "k8s.ovn.org/id", id)
		s.acl(group, "to-lport", 10000, "(ip4.dst == 10.244.0.6/32) && inport == @"+group+" && ((tcp && (tcp.dst == 25)))", "drop", "EF:"+x.namespace+":0",
			owner("EgressFirewall", x.namespace, controller+":EgressFirewall:"+x.namespace+":0", "rule-index", "0")...)
	}
	return s.Network
}
