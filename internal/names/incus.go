package names

// Names of rows of Incus (internal/server/network/acl/acl_ovn.go and driver_ovn.go), which contain
// numbers of its own database. The names of instances are in DNS records only.
var incus = System{
	Name: "Incus",
	Present: []Rule{
		{Class: switchRow, Name: `^incus-net\d+-ls-(int|ext)$`},
	},
	Rules: []Rule{
		{
			Class: portRow, Name: `^(?P<net>incus-net\d+)-instance-(?P<instance>` + neutronUUID + `)-(?P<device>.+)$`,
			Kind: Server, As: "{instance}", Title: "instance {instance|short} device {device}", Networks: []string{"{net}"},
		},
		{Class: switchRow, Name: `^(?P<net>incus-net\d+)-ls-int$`, Kind: Net, As: "{net}"},
		{Class: switchRow, Name: `^(?P<net>incus-net\d+)-ls-ext$`, Kind: Net, As: "{net}", Role: "external switch"},
		{Class: routerRow, Name: `^(?P<net>incus-net\d+)-lr$`, Kind: Router, As: "{net}"},
		{Class: balancerRow, Name: `^incus-net\d+-lb-(?P<address>.+?)(?:-(?:tcp|udp))?$`, Kind: Service, As: "{address}", Title: "load balancer {address}"},
		{Class: groupRow, Name: `^incus_acl(?P<acl>\d+)(?:_.*)?$`, Kind: Policy, As: "{acl}", Title: "network ACL {acl}"},
		{Class: groupRow, Name: `^incus_net(?P<net>\d+)$`, Kind: Net, As: "incus-net{net}", Title: "network incus-net{net}", Role: "port group"},
		{Class: setRow, Name: `^incus_net(?P<net>\d+)_routes`, Kind: Addresses, As: "incus-net{net}", Title: "routes of network incus-net{net}"},
	},
}
