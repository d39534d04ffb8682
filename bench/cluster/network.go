package main

import (
	"fmt"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/lab"
)

// maxSize bounds each number, so that addresses suffice.
const maxSize = 4000

// maxPorts bounds a node's ports, which share 24 bits' net.
const maxPorts = 250

// groups is how many port groups the ports are spread over.
const groups = 10

// cluster is a network such as a container platform has: a switch for each node
// with the pods' ports, one router between them, and for each node a gateway
// router to the world, with all load balancers everywhere.
type cluster struct{ nodes, ports, balancers, rules int }

// perBatch is about how many commands go into one transaction.
const perBatch = 4000

// batches returns the commands that lay the network.
func (c cluster) batches() []lab.Batch {
	var all []lab.Batch
	var b lab.Batch
	flush := func(from int) {
		if len(b) > from {
			all = append(all, b)
			b = nil
		}
	}
	b.Addf("lr-add cluster")
	b.Addf("lrp-add cluster rtoj-cluster %s 100.64.0.1/16", mac(0, 1, 5))
	b.Addf("ls-add join")
	c.attach(&b, "join", "jtor-cluster", "rtoj-cluster")
	members := make([][]string, groups)
	for n := range c.nodes {
		c.node(&b, n, members)
		flush(perBatch)
	}
	flush(0)
	for g, ports := range members {
		b.Add(append([]string{"pg-add", fmt.Sprint("pg", g)}, ports...)...)
		c.security(&b, g)
	}
	flush(0)
	c.balance(&b)
	flush(0)
	return all
}

// node lays node n: its switch, its gateway router and the switch outside.
func (c cluster) node(b *lab.Batch, n int, members [][]string) {
	subnet, join, outside := fmt.Sprintf("10.%d.%d", 128+n>>8, n&255), spread("100.64", n), spread("172.18", n)
	b.Addf("ls-add node%d -- set logical_switch node%d other_config:subnet=%s.0/24", n, n, subnet)
	b.Addf("lrp-add cluster rtos-node%d %s %s.1/24", n, mac(n, 0, 1), subnet)
	c.attach(b, fmt.Sprint("node", n), fmt.Sprint("stor-node", n), fmt.Sprint("rtos-node", n))
	for p := range c.ports {
		name, addr := fmt.Sprintf("pod%d-%d", n, p), fmt.Sprintf("%s %s.%d", mac(n, p+1, 2), subnet, p+3)
		b.Addf("lsp-add node%d %s", n, name)
		b.Add("lsp-set-addresses", name, addr)
		b.Add("lsp-set-port-security", name, addr)
		members[p%groups] = append(members[p%groups], name)
	}
	gateway := fmt.Sprintf("GR_node%d", n)
	b.Addf("lr-add %s -- set logical_router %s options:chassis=chassis%d options:lb_force_snat_ip=%s", gateway, gateway, n, join)
	b.Addf("lrp-add %s rtoj-%s %s %s/16", gateway, gateway, mac(n, 0, 3), join)
	c.attach(b, "join", "jtor-"+gateway, "rtoj-"+gateway)
	b.Addf("ls-add ext_node%d", n)
	b.Addf("lrp-add %s rtoe-%s %s %s/16", gateway, gateway, mac(n, 0, 4), outside)
	c.attach(b, fmt.Sprint("ext_node", n), "etor-"+gateway, "rtoe-"+gateway)
	b.Addf("lsp-add ext_node%d br-ex_node%d -- lsp-set-type br-ex_node%d localnet -- lsp-set-addresses br-ex_node%d unknown", n, n, n, n)
	b.Addf("lsp-set-options br-ex_node%d network_name=physnet", n)
	b.Addf("lr-route-add %s 0.0.0.0/0 172.18.255.254 rtoe-%s", gateway, gateway)
	b.Addf("lr-route-add %s 10.128.0.0/9 100.64.0.1", gateway)
	b.Addf("--policy=src-ip lr-route-add cluster %s.0/24 %s", subnet, join)
	b.Addf("lr-nat-add %s snat %s 10.128.0.0/9", gateway, outside)
}

// attach joins a switch's port to a router's.
func (c cluster) attach(b *lab.Batch, sw, port, peer string) {
	b.Addf("lsp-add %s %s -- lsp-set-type %s router -- lsp-set-addresses %s router -- lsp-set-options %s router-port=%s", sw, port, port, port, port, peer)
}

// security writes the ACLs of a port group.
func (c cluster) security(b *lab.Batch, g int) {
	for i := range c.rules {
		b.Add("acl-add", fmt.Sprint("pg", g), "to-lport", fmt.Sprint(1001+i),
			fmt.Sprintf("outport == @pg%d && ip4 && ip4.src == $pg%d_ip4 && tcp && tcp.dst == %d", g, (g+i)%groups, 1000+i), "allow-related")
	}
	b.Add("acl-add", fmt.Sprint("pg", g), "to-lport", "1000", fmt.Sprintf("outport == @pg%d && ip", g), "drop")
	b.Add("acl-add", fmt.Sprint("pg", g), "from-lport", "1001", fmt.Sprintf("inport == @pg%d && ip", g), "allow-related")
}

// balance gives all load balancers to every node's switch and gateway.
func (c cluster) balance(b *lab.Batch) {
	names := make([]string, c.balancers)
	for i := range names {
		names[i] = fmt.Sprintf("@lb%d", i)
		back := make([]string, 4)
		for k := range back {
			n := (7*i + k) % c.nodes
			back[k] = fmt.Sprintf("10.%d.%d.%d:8080", 128+n>>8, n&255, 3+i%c.ports)
		}
		b.Add("--id="+names[i], "create", "load_balancer", fmt.Sprintf("name=lb%d", i), "protocol=tcp",
			fmt.Sprintf(`vips:"172.30.%d.%d:80"="%s"`, i/250, i%250+1, strings.Join(back, ",")))
	}
	b.Add("--id=@all", "create", "load_balancer_group", "name=all", "load_balancer="+strings.Join(names, ","))
	for n := range c.nodes {
		b.Addf("add logical_switch node%d load_balancer_group @all", n)
		b.Addf("add logical_router GR_node%d load_balancer_group @all", n)
	}
}

// mac makes an address of a node, a place on it and a kind.
func mac(n, place, kind int) string {
	return fmt.Sprintf("0a:%02x:%02x:%02x:%02x:%02x", n>>8, n&255, place>>8, place&255, kind)
}

// spread returns node n's address in a net of 16 bits; the lowest are left to
// routers.
func spread(net string, n int) string { return fmt.Sprintf("%s.%d.%d", net, (n+16)>>8, (n+16)&255) }
