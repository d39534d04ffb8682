package names

// Kube-OVN's external_ids (pkg/ovs/ovn-nb.go, pkg/controller/controller.go) and
// names of rows (pkg/ovs/util.go): a port is POD.NAMESPACE, a subnet is a switch,
// a VPC is a router, and names of groups have dots for dashes.
const kubeOVNVendor = "^kube-ovn$"

var kubeOVN = System{
	Name:        "Kube-OVN",
	PolicyGroup: "{name|dots}.{ns|dots}",
	Present: []Rule{
		{Class: portRow, IDs: map[string]string{"vendor": kubeOVNVendor}},
		{Class: switchRow, IDs: map[string]string{"vendor": kubeOVNVendor}},
	},
	Rules: []Rule{
		{
			Class: portRow, IDs: map[string]string{"vendor": kubeOVNVendor, "pod": `^(?P<ns>[^/]+)/(?P<pod>.+)$`},
			Kind: Pod, As: "{ns}/{pod}", Networks: []string{"{ls}"},
		},
		{Class: portRow, IDs: map[string]string{"vendor": kubeOVNVendor}, Name: `^node-(?P<node>.+)$`, Kind: Node, As: "{node}", Role: Management},
		{Class: portRow, IDs: map[string]string{"vendor": kubeOVNVendor, "ls": "."}, Kind: Subnet, As: "{ls}", Role: Member},
		{Class: switchRow, Name: `.`, Kind: Subnet, As: "{row}"},
		{Class: routerRow, Name: `.`, Kind: Router, As: "{row}", Title: "VPC {row}"},
		{Class: groupRow, IDs: map[string]string{"np": `^node/(?P<node>.+)$`}, Kind: Node, As: "{node}", Role: "port group"},
		{Class: groupRow, IDs: map[string]string{"np": `^(?P<ns>[^/]+)/(?P<np>.+)$`}, Kind: Policy, As: "{ns}/{np}", Title: "NetworkPolicy {ns}/{np}"},
		{Class: groupRow, IDs: map[string]string{"anp": "."}, Kind: Policy, As: "{anp}", Title: "AdminNetworkPolicy {anp}"},
		{Class: groupRow, IDs: map[string]string{"banp": "."}, Kind: Policy, As: "{banp}", Title: "BaselineAdminNetworkPolicy {banp}"},
		{Class: groupRow, IDs: map[string]string{"cnp": "."}, Kind: Policy, As: "{cnp}", Title: "ClusterNetworkPolicy {cnp}"},
		{Class: groupRow, IDs: map[string]string{"sg": "."}, Kind: SecurityGroup, As: "{sg}"},
		{Class: groupRow, Name: `^ovn\.sg\.(?P<group>.+)$`, Kind: SecurityGroup, As: "{group}"},
		{Class: groupRow, Name: `^node\.(?P<node>.+)$`, Kind: Node, As: "{node}", Role: "port group"},
		{Class: setRow, IDs: map[string]string{"np": `^(?P<ns>[^/]+)/(?P<np>[^/]+)/(?P<dir>ingress|egress)$`}, Kind: Addresses, As: "{ns}/{np}", Title: "{dir} addresses of NetworkPolicy {ns}/{np}"},
		{Class: setRow, IDs: map[string]string{"sg": "."}, Kind: Addresses, As: "{sg}", Title: "addresses of security group {sg}"},
		{Class: setRow, Name: `^ovn\.sg\.(?P<group>.+)\.associated\.v[46]$`, Kind: Addresses, As: "{group}", Title: "addresses of security group {group}"},
		{Class: balancerRow, Name: `^vpc-(?P<vpc>.+)-(?:tcp|udp|sctp)(?:-sess)?-load$`, Kind: Router, As: "{vpc}", Title: "services of VPC {vpc}", Role: "load balancer"},
		{Class: balancerRow, Name: `^cluster-(?:tcp|udp|sctp)(?:-session)?-loadbalancer$`, Kind: Router, As: "ovn-cluster", Title: "services of the cluster", Role: "load balancer"},
	},
	Derived: []Derived{
		{Class: groupRow, Suffix: ".{namespace|dots}", Kind: Policy, As: "{namespace}/{rest}", Title: "NetworkPolicy {namespace}/{rest}"},
	},
}
