package action

// dhcpOptionRows are the DHCPv4 options (RFC 2132 and others) that northd
// writes.  Codes 0, 253 and 254 are OVN's own.
var dhcpOptionRows = []optionRow{
	{Option{"offerip", offerIPCode, "ipv4"}, "2.11.."},
	{Option{"netmask", 1, "ipv4"}, "2.11.."},
	{Option{"router", 3, "ipv4"}, "2.11.."},
	{Option{"dns_server", 6, "ipv4"}, "2.11.."},
	{Option{"log_server", 7, "ipv4"}, "2.11.."},
	{Option{"lpr_server", 9, "ipv4"}, "2.11.."},
	{Option{"hostname", 12, "str"}, "21.09.."},
	{Option{"domain_name", 15, "str"}, "2.12.."},
	{Option{"swap_server", 16, "ipv4"}, "2.11.."},
	{Option{"ip_forward_enable", 19, "bool"}, "2.11.."},
	{Option{"policy_filter", 21, "ipv4"}, "2.11.."},
	{Option{"default_ttl", 23, "uint8"}, "2.11.."},
	{Option{"mtu", 26, "uint16"}, "2.11.."},
	{Option{"broadcast_address", 28, "ipv4"}, "20.12.."},
	{Option{"router_discovery", 31, "bool"}, "2.11.."},
	{Option{"router_solicitation", 32, "ipv4"}, "2.11.."},
	{Option{"arp_cache_timeout", 35, "uint32"}, "20.06.."},
	{Option{"ethernet_encap", 36, "bool"}, "2.11.."},
	{Option{"tcp_ttl", 37, "uint8"}, "2.11.."},
	{Option{"tcp_keepalive_interval", 38, "uint32"}, "20.06.."},
	{Option{"nis_server", 41, "ipv4"}, "2.11.."},
	{Option{"ntp_server", 42, "ipv4"}, "2.11.."},
	{Option{"netbios_name_server", 44, "ipv4"}, "21.03.."},
	{Option{"netbios_node_type", 46, "uint8"}, "21.03.."},
	{Option{"lease_time", 51, "uint32"}, "2.11.."},
	{Option{"server_id", 54, "ipv4"}, "2.11.."},
	{Option{"T1", 58, "uint32"}, "2.11.."},
	{Option{"T2", 59, "uint32"}, "2.11.."},
	{Option{"tftp_server", 66, "ipv4"}, "2.11..20.09"},
	{Option{"tftp_server", 66, "host_id"}, "20.09.."},
	{Option{"bootfile_name", 67, "str"}, "2.11.."},
	{Option{"domain_search_list", 119, "domains"}, "20.09.."},
	{Option{"classless_static_route", 121, "static_routes"}, "2.11.."},
	{Option{"tftp_server_address", 150, "ipv4"}, "2.12.."},
	{Option{"path_prefix", 210, "str"}, "2.12.."},
	{Option{"ms_classless_static_route", 249, "static_routes"}, "2.11.."},
	{Option{"wpad", 252, "str"}, "2.11.."},
	{Option{"next_server", 253, "ipv4"}, "22.06.. +22.03.2"},
	{Option{"bootfile_name_alt", 254, "str"}, "20.12.."},
}

// offerIPCode is the code of the option that every put_dhcp_opts must have.
const offerIPCode = 0

// dhcpv6OptionRows are the DHCPv6 options (RFC 8415 and others) that northd
// writes.
var dhcpv6OptionRows = []optionRow{
	{Option{"server_id", 2, "mac"}, "2.11.."},
	{Option{"ia_addr", 5, "ipv6"}, "2.11.."},
	{Option{"dns_server", 23, "ipv6"}, "2.11.."},
	{Option{"domain_search", 24, "str"}, "2.11.."},
	{Option{"fqdn", 39, "domain"}, "23.09.."},
	{Option{"bootfile_name", 59, "str"}, "23.06.."},
	{Option{"bootfile_name_alt", 254, "str"}, "23.06.."},
}

// The codes of the options of router advertisements: types of RFC 4861, 4191
// and 8106 where they have one.
const (
	raSourceLinkAddr = 1
	raPrefix         = 3
	raMTU            = 5
	raRouteInfo      = 24
	raRDNSS          = 25
	raDNSSL          = 31
	raAddrMode       = 256 + iota
	raPreference
)

// raOptionRows are the options of put_nd_ra_opts.
var raOptionRows = []optionRow{
	{Option{"addr_mode", raAddrMode, "str"}, "2.11.."},
	{Option{"slla", raSourceLinkAddr, "mac"}, "2.11.."},
	{Option{"prefix", raPrefix, "ipv6"}, "2.11.."},
	{Option{"mtu", raMTU, "uint32"}, "2.11.."},
	{Option{"router_preference", raPreference, "str"}, "20.09.. +20.03.2 +20.06.1"},
	{Option{"rdnss", raRDNSS, "ipv6"}, "22.03.. +21.12.1"},
	{Option{"dnssl", raDNSSL, "str"}, "22.03.. +21.12.1"},
	{Option{"route_info", raRouteInfo, "str"}, "22.03.. +21.12.1"},
}

// The codes of the options of the event empty_lb_backends.
const (
	eventVIP = iota + 1
	eventProtocol
	eventLoadBalancer
)

// eventOptions are the options of the one event that there is.
var eventOptions = []Option{
	{"vip", eventVIP, "str"},
	{"protocol", eventProtocol, "str"},
	{"load_balancer", eventLoadBalancer, "str"},
}
