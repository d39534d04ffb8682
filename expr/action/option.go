package action

// Option is an option of DHCP, DHCPv6, a router advertisement or an event that
// actions may set.
type Option struct {
	Name string
	Code int
	Type string // as the southbound database has it: "ipv4", "str", "uint8", ...
}
