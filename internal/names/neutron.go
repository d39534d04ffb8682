package names

// Neutron's external_ids (neutron/common/ovn/constants.py), and its names of rows
// (neutron/common/ovn/utils.py).  ovn-northd copies port_name, network_name and
// router_name into the southbound external_ids as name and name2.
const neutronUUID = `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`

// neutronSG is the UUID of a security group in a name that can have no dashes.
const neutronSG = `(?P<sg>[0-9a-f]{8}_[0-9a-f]{4}_[0-9a-f]{4}_[0-9a-f]{4}_[0-9a-f]{12})`

var neutron = System{
	Name: "Neutron",
	Present: []Rule{
		{Class: switchRow, Name: `^neutron-` + neutronUUID + `$`},
		{Class: routerRow, Name: `^neutron-` + neutronUUID + `$`},
		{Class: portRow, IDs: map[string]string{"neutron:revision_number": "."}},
	},
	Rules: []Rule{
		{
			Class: portRow, IDs: map[string]string{"neutron:device_owner": `^(compute|baremetal):`, "neutron:device_id": "."},
			Kind: Server, As: "{neutron:device_id}", Title: "server {neutron:port_name,name,neutron:device_id}",
			Also: []string{"{neutron:port_name,name}", "{row}"}, Networks: []string{"{neutron:network_name}"},
		},
		{
			Class: portRow, IDs: map[string]string{"neutron:device_owner": `^network:(dhcp|distributed)$`},
			Kind: Net, As: "{neutron:network_name,neutron:device_id}", Role: "port of DHCP and metadata",
		},
		{
			Class: portRow, IDs: map[string]string{"neutron:device_owner": `^network:floatingip$`},
			Kind: Floating, As: "{neutron:cidrs}",
		},
		{Class: portRow, IDs: map[string]string{"neutron:subnet_ids": `^(?P<subnet>[^ ]+)`}, Kind: Subnet, As: "{subnet}", Role: "router port"},
		{Class: switchRow, Name: `^neutron-(?P<uuid>` + neutronUUID + `)$`, Kind: Net, As: "{neutron:network_name,name2,uuid}", Also: []string{"{uuid}", "{row}"}},
		{Class: routerRow, Name: `^neutron-(?P<uuid>` + neutronUUID + `)$`, Kind: Router, As: "{neutron:router_name,name2,uuid}", Also: []string{"{uuid}", "{row}"}},
		{
			Class: groupRow, Name: `^pg_` + neutronSG + `$`,
			Kind: SecurityGroup, As: "{sg|dashes}", Title: "security group {neutron:security_group_name,sg|short}", Also: []string{"{neutron:security_group_name}"},
		},
		{Class: groupRow, Name: `^neutron_pg_drop$`, Kind: SecurityGroup, As: "{row}", Title: "the default drop of security groups", Role: DefaultDeny},
		{Class: setRow, Name: `^(?:as_ip[46]|pg)_` + neutronSG, Kind: Addresses, As: "{sg|dashes}", Title: "addresses of security group {neutron:security_group_name,sg|short}"},
		{Class: setRow, Name: `^ag_(?P<group>[0-9a-f_]{36})_ip[46]$`, Kind: Addresses, As: "{group|dashes}", Title: "address group {group|short}"},
		{
			Class: aclRow, IDs: map[string]string{"neutron:security_group_rule_id": "."},
			Kind: SecurityGroup, As: "{neutron:security_group_rule_id}", Title: "security group rule {neutron:security_group_rule_id|short}", Detail: "rule {neutron:security_group_rule_id|short}",
		},
		{
			Class: natRow, IDs: map[string]string{"neutron:fip_id": "."},
			Kind: Floating, As: "{.external_ip}", Title: "floating IP {.external_ip}", Also: []string{"{neutron:fip_id}"},
		},
	},
}
