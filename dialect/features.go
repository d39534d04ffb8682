package dialect

// FeatureRow is one row of [Features].
type FeatureRow struct {
	Feature Feature
	Name    string // the name of the constant
	Span           // the releases that have it
	Commit  string // upstream's change, by hash and subject; it is of OVS if stated
	Doc     string // what releases with the feature do, as sentences
	Else    string // what the other releases do
}

// Features lists the features, in the order of their constants.
var Features = []FeatureRow{
	{
		FragInHeader, "FragInHeader", MustSpan("22.12.. +22.03.2 +22.06.1 +22.09.1"),
		"OVS fcdf8ae4a lib: Print nw_frag in flow key.",
		"The line of an IP packet contains nw_frag=no, first or later after nw_ttl.",
		"The line has no nw_frag.",
	},
	{
		IGMPInHeader, "IGMPInHeader", MustSpan("2.11..21.12"),
		`OVS f88ee78e0 match: Do not print "igmp" match keyword.`,
		"The line of an IGMP packet begins with igmp and contains igmp_type and igmp_code.",
		"It begins with ip and contains nw_proto=2, tp_src and tp_dst.",
	},

	{
		DatapathOptional, "DatapathOptional", MustSpan("20.12.."),
		`aade361c7 ovn-trace: Make the "datapath" command-line argument optional.`,
		"The DATAPATH argument is optional; the default is the datapath of the microflow's inport.",
		"DATAPATH and MICROFLOW are both required.",
	},
	{
		UnknownDatapathLate, "UnknownDatapathLate", MustSpan("20.12..21.03"),
		"7c046cc48 ovn-trace: fix core dump with unknown datapath.",
		"An error in the microflow is reported before an unknown datapath; on an unknown datapath alone the real tool crashes.",
		"An unknown datapath is reported first.",
	},
	{
		InportRequired, "InportRequired", MustSpan("24.09.. +23.06.4 +23.09.4 +24.03.2"),
		"73bbf6b90 ovn-trace: Make sure we don't exit when the port is not specified.",
		"A microflow without inport is an error, printed without a newline.",
		`The packet is traced from an inport "(unnamed)".`,
	},
	{
		SupersetsDropped, "SupersetsDropped", MustSpan("23.06.."),
		"422ab29e7 expr: Remove supersets from OR expressions.",
		"A value of a set that another value of the set covers is removed, so that more microflows are unambiguous.",
		"Such values are kept.",
	},
	{
		SetMembersKept, "SetMembersKept", MustSpan("24.09.. +23.09.4 +24.03.2"),
		"cce476ce3 controller: Track individual address set constants.",
		"SupersetsDropped removes no value if one of the values is of an address set.",
		"It removes none if the values are those of one address set, without duplicates.",
	},
	{
		ProductsCrushed, "ProductsCrushed", MustSpan("21.06.."),
		"c8c03c7f5 expr: crush the result of a sorted OR expression.",
		"Equal products of conjoined sets of one field become one value.",
		"They are kept, and a microflow with such products is ambiguous.",
	},
	{
		AddressSetsSorted, "AddressSetsSorted", MustSpan("22.03.."),
		"c0fe8dca7 ovn-controller: Tracking SB address set updates.",
		"The values of an address set are in the order of their bytes.",
		"They are in the order of the database column, which sorts their texts.",
	},
	{
		InequalityByPrefix, "InequalityByPrefix", MustSpan("26.03.. +24.03.7 +24.09.4 +25.03.2 +25.09.1"),
		"557020bac expr: Use prefixes instead of single bit masks for inequality.",
		"x != v expands to the prefixes of v with the last bit inverted. A value matches at most one of them.",
		"It expands to the inverted bits of v, so that more microflows with != are ambiguous.",
	},

	{
		HyphenToken, "HyphenToken", MustSpan("20.06.."),
		"509733cb1 NAT: Northd and parser changes to support port range",
		"A single - is a token.",
		"The lexer rejects it.",
	},
	{
		StrayMaskBits, "StrayMaskBits", MustSpan("20.09.."),
		"2104f67aa lex: Allow unmasked bits in value/mask tokens.",
		"1-bits of a value outside of its mask are cleared.",
		"The lexer rejects them.",
	},
	{
		PortNamedNone, "PortNamedNone", MustSpan("21.03.."),
		"dd94f1266 northd: MAC learning: Add logical flows for fdb.",
		`The port name "none" means no port, as "" does.`,
		`"none" is an unknown port.`,
	},
	{
		PortGroupByDatapath, "PortGroupByDatapath", MustSpan("20.09.. +20.06.1"),
		"bff01d49d Split SB Port_Group per datapath.",
		"@pg is looked up as KEY_pg, where KEY is the tunnel key of the flow's datapath, or 0 in a microflow.",
		"@pg is looked up as pg only.",
	},
	{
		PortGroupByName, "PortGroupByName", MustSpan("2.11..23.09"),
		"be69d6b77 expr.c: Remove backwards compatibility lookup in parse_port_group().",
		"@pg is looked up as pg, after the lookup as KEY_pg in a release that has PortGroupByDatapath.",
		"@pg is looked up as KEY_pg only.",
	},
	{
		TemplateToken, "TemplateToken", MustSpan("22.12.."),
		"df592a47d controller: Add support for templated actions and matches.",
		"^NAME is a token.",
		"^ is an invalid character.",
	},
	{
		TemplateNameStays, "TemplateNameStays", MustSpan("22.12..25.03 -24.03.5 -24.09.2"),
		"df592a47d controller: Add support for templated actions and matches.",
		"In a text with ^, a variable without a value is replaced by its bare name, and spaces between tokens are removed.",
		"See TemplateRefused.",
	},
	{
		TemplateRefused, "TemplateRefused", MustSpan("25.03.. +24.03.5 +24.09.2"),
		"6154aa104 lex: Indicate that the template wasn't found during parsing.",
		"A text that has a variable without a value is rejected: a flow is dropped; of a microflow, an error is printed without a newline.",
		"See TemplateNameStays.",
	},

	{
		WriteScopes, "WriteScopes", MustSpan("20.09.."),
		"6cfb44a76 Used nested actions in ct_commit",
		"Conntrack fields can be assigned only inside ct_commit { }, other fields only outside of it. The right side of an assignment need not be modifiable.",
		"There is one kind of modifiable field, and both sides must be modifiable.",
	},
	{
		NextToEgress, "NextToEgress", MustSpan("20.06.. +20.03.1"),
		"b4b68177e Fix conntrack entry leaks because of TCP RST packets not sent to conntrack.",
		"next can go from the ingress to the egress pipeline.",
		"It is rejected.",
	},
	{
		NextBoundByTarget, "NextBoundByTarget", MustSpan("25.09.."),
		"c9edcafe0 lib: Fixed pipeline len for logical flows.",
		"The table of next is limited by the length of the target pipeline, which the error names.",
		"It is limited by the length of the flow's own pipeline; the error names the last table.",
	},
	{
		CTNextZone, "CTNextZone", MustSpan("25.03.. +24.03.4 +24.09.1"),
		"8114a5c60 northd, controller: Use ct_next to get the CT state for direct SNAT.",
		"ct_next accepts (dnat) and (snat), and is always printed with one of them.",
		"It accepts neither.",
	},
	{
		CTCommitArgs, "CTCommitArgs", MustSpan("2.11..24.09 -20.09.0"),
		"add441fa5 actions: Remove ct_commit_v1. (6cfb44a76 and 4799f73fd took it out and back in)",
		"ct_commit accepts (ct_mark=..., ct_label=...).",
		"It does not.",
	},
	{
		CTCommitBlock, "CTCommitBlock", MustSpan("20.09.."),
		"6cfb44a76 Used nested actions in ct_commit",
		"ct_commit accepts { actions }.",
		"It does not.",
	},
	{
		CTCommitNATZone, "CTCommitNATZone", MustSpan("24.03.. +23.09.2"),
		"b252f4550 actions: Adjust the ct_commit_nat action.",
		"ct_commit_nat accepts (dnat) and (snat), and is always printed with one of them. Its error in the last table names ct_commit_nat.",
		"It accepts neither; the error names ct_commit_related.",
	},
	{
		NATIPv6, "NATIPv6", MustSpan("20.03.."),
		"e305ef0af actions: Add IPv6 support to lflow NAT actions",
		"ct_dnat and ct_snat accept an IPv6 address, and print 0.0.0.0 as an address.",
		"They accept IPv4 only; 0.0.0.0 means no address.",
	},
	{
		NATPortRange, "NATPortRange", MustSpan("20.06.."),
		"509733cb1 NAT: Northd and parser changes to support port range",
		"ct_dnat and ct_snat accept a port or a range of ports after the address.",
		"They do not.",
	},
	{
		CTLBBackends, "CTLBBackends", MustSpan("20.06.."),
		"5af304e74 Support selection fields in load balancer.",
		`ct_lb accepts (backends=A,B; hash_fields="..."), and is printed without a space after the comma.`,
		"It accepts (A, B).",
	},
	{
		CTLBSNATFlags, "CTLBSNATFlags", MustSpan("22.12.. +22.03.3 +22.09.2"),
		"c1d6b8ac3 northd: Store skip_snat and force_snat in ct_label/mark",
		"ct_lb and ct_lb_mark accept ; skip_snat and ; force_snat. After these and after hash_fields, any token is accepted in place of the closing parenthesis.",
		"They do not.",
	},
	{
		CTLBLastTableStar, "CTLBLastTableStar", MustSpan("26.03.90.."),
		"d935db5c5 treewide: Remove the deprecated ct_lb action.",
		`The error for a load-balancing action in the last table names "ct_lb_*".`,
		`It names "ct_lb".`,
	},
	{
		SelectHashFields, "SelectHashFields", MustSpan("25.03.."),
		"84030e9bb Support selection fields for ECMP routes.",
		`select accepts (values=(...); hash_fields="...").`,
		"It does not.",
	},
	{
		ARPOfAnyIP, "ARPOfAnyIP", MustSpan("25.03.."),
		"bcba1b74c pinctrl: Handle arp/nd for other address families.",
		"arp and nd_ns have the prerequisite ip.",
		"The prerequisites are ip4 and ip6.",
	},
	{
		LogPass, "LogPass", MustSpan("24.09.. +23.06.4 +23.09.4 +24.03.2"),
		`a08518783 acl-log: Properly log the "pass" verdict.`,
		"log accepts verdict=pass.",
		"It does not.",
	},
	{
		FwdGroupBareLiveness, "FwdGroupBareLiveness", MustSpan("20.12.."),
		"ed525538a actions: Fix issues with fwd_group action.",
		"The liveness of fwd_group is true or false, with or without quotes.",
		`It is "true", with quotes.`,
	},
	{
		SampleFromField, "SampleFromField", MustSpan("24.09.."),
		"bcdd3fade actions: Add support for sample with register.",
		"The obs_point of sample can be a field.",
		"It cannot.",
	},
	{
		EventMeter, "EventMeter", MustSpan("20.03..21.09"),
		"da1253be2 add meter support to trigger_event action (e050e63c6 took it out)",
		`trigger_event accepts and prints meter="...".`,
		"It does not.",
	},
	{
		EventSCTP, "EventSCTP", MustSpan("20.06.."),
		"c4700eed1 Add SCTP support to load balancers.",
		"The protocol of trigger_event can be sctp; the error for another protocol lists it.",
		"It cannot.",
	},
	{
		EventOptions, "EventOptions", MustSpan("21.03.. +20.03.2 +20.06.3"),
		"f35e33228 ovn-trace: fix trigger_event warning.",
		"ovn-trace accepts the options of the events of trigger_event.",
		"It rejects the action if it has options, and drops the flow.",
	},
	{
		DHCPHostID, "DHCPHostID", MustSpan("20.09.."),
		"b06319993 Fix the data type for DHCP option tftp_server (66); d79bb92c4 Add support for DHCP domain search option (119)",
		"DHCP options of type host_id accept any value, and those of type domains a string.",
		"Both require a number.",
	},
	{
		DHCPDomain, "DHCPDomain", MustSpan("23.09.."),
		"b3ae86a15 northd, controller: Add support for DHCPv6 FQDN option",
		"DHCP options of type domain accept a string.",
		"They require a number.",
	},
	{
		RARouterPreference, "RARouterPreference", MustSpan("20.09.. +20.03.2 +20.06.1"),
		"f17b6ce79 Honour router_preference for solicited RA",
		"put_nd_ra_opts accepts router_preference.",
		"It does not.",
	},
	{
		RADNSAndRoutes, "RADNSAndRoutes", MustSpan("22.03.. +21.12.1"),
		"bb1587796 introduce rdnss, dnssl and route_info opt in put_nd_ra_opts action",
		"put_nd_ra_opts accepts rdnss, dnssl and route_info.",
		"It does not.",
	},
	{
		RAPrefixOrStateful, "RAPrefixOrStateful", MustSpan("2.11..2.12 -2.11.1"),
		"OVS 36ffc4666 OVN: Always send prefix option in RAs",
		"put_nd_ra_opts rejects a prefix if the address mode is dhcpv6_stateful.",
		"It accepts both.",
	},

	{
		NATKeepsAddress, "NATKeepsAddress", MustSpan("20.03..21.09"),
		"e305ef0af actions: Add IPv6 support to lflow NAT actions (e230fa009 put it right)",
		"ct_dnat and ct_snat set their bit of ct_state and do not change the address.",
		"They rewrite the address.",
	},
	{
		NATTracks, "NATTracks", MustSpan("21.12.. +21.09.1"),
		"c117ce1cf ovn-trace: Set ct_state if not already set when tracing ct(nat).",
		"ct_dnat and ct_snat give an untracked packet the next conntrack state.",
		"They do not.",
	},
	{
		LBTracks, "LBTracks", MustSpan("21.12.."),
		"8fd4cecf3 ovn-trace: honor ct state in execute_ct_lb",
		"A load-balancing action adds the next conntrack state.",
		"It does not.",
	},
	{
		LBSavesTuple, "LBSavesTuple", MustSpan("22.09.."),
		"70fe29a4a ovn-trace: implement chk_lb_hairpin_reply and ct_snat_to_vip actions",
		"A load-balancing action that chose a destination saves the previous one as that of the connection.",
		"It does not.",
	},
	{
		CTSavesTuple, "CTSavesTuple", MustSpan("25.09.."),
		"acf9c8a9d ovn-trace: Populate CT fields during CT actions.",
		"Every conntrack action saves the protocol, addresses and ports of the packet as those of the connection; a log line shows them.",
		"They do not.",
	},
	{
		HairpinByVIP, "HairpinByVIP", MustSpan("22.09.."),
		"70fe29a4a ovn-trace: implement chk_lb_hairpin_reply and ct_snat_to_vip actions",
		"chk_lb_hairpin, chk_lb_hairpin_reply and ct_snat_to_vip use the Load_Balancer table.",
		"The first compares addresses only; the others are not implemented.",
	},
	{
		VIPScope, "VIPScope", MustSpan("22.12.."),
		"49f1d71f0 util: Avoid double parsing of LB vip and backend ip",
		"HairpinByVIP finds the address of a key with a scope, as [fe80::1%7]:80.",
		"It does not.",
	},
	{
		AbortsOnRAOptions, "AbortsOnRAOptions", MustSpan("2.11..25.03 -23.09.6 -24.03.4 -24.09.1"),
		"ae352404a ovn-trace: Fix copy-paste error for tracing put_nd_ra_opts().",
		"ovn-trace aborts on put_nd_ra_opts.",
		"It does not.",
	},
	{
		CTTupleReads, "CTTupleReads", MustSpan("25.09.."),
		"8e6f9a835 northd: Fix HW offload problem related to ct_tuple.",
		"ct_tp_dst writes the destination port of the packet.",
		"It writes nothing.",
	},
	{
		LogDirection, "LogDirection", MustSpan("22.03.. +21.12.2"),
		"d7514abe1 acl-log: Log the direction (logical pipeline) of the matching ACL.",
		"A log line contains direction=IN or OUT before the verdict.",
		"It does not.",
	},
	{
		RejectAborts, "RejectAborts", MustSpan("21.03.."),
		"646b150fb Implement SCTP-specific reject() action.",
		"reject answers SCTP with sctp_abort.",
		"It answers with icmp4 or icmp6.",
	},
	{
		RejectOnce, "RejectOnce", MustSpan("22.06.. +21.12.2 +22.03.1"),
		"79d5d893e utilities: ovn-trace: fix reject action crash",
		"reject does nothing with a packet that looks like one of its own answers.",
		"It does not end.",
	},

	{
		DatapathNBUUID, "DatapathNBUUID", MustSpan("25.09.."),
		"6919992d8 Datapath_Binding: Separate type column and sync NB.UUID to SB.",
		"The northbound UUID of a datapath is in the column nb_uuid, if that and type are set.",
		"It is in external_ids.",
	},

	{
		GatewayDatapathLocal, "GatewayDatapathLocal", MustSpan("25.09.. +25.03.1"),
		"f1c391c18 controller: Optimize adding 'dps' to the local datapaths.",
		"A chassis that has a switch has a router behind a distributed gateway port only if that port can be bound to the chassis, and none has a distributed router because its gateway router is joined to it.",
		"It has the router in all cases.",
	},
	{
		MixedPeers, "MixedPeers", MustSpan("25.03.."),
		"c5058ec79 physical: Allow l3gateway and patch port to be peers.",
		"Packets pass from a patch port to an l3gateway port and back.",
		"They pass only between ports of the same type.",
	},
	{
		SolicitsNextHop, "SolicitsNextHop", MustSpan("26.03.90.."),
		"796071dc8 northd: Remove per-IPv6-route priority-200 nd_ns flows.",
		"nd_ns solicits the next hop in xxreg0.",
		"It solicits the destination of the packet, and is sent to that address's solicited-node group.",
	},
	{
		BalancerRegisters, "BalancerRegisters", MustSpan("25.03.."),
		"91988089c northd: Consolidate register usage in logical flows.",
		"The original destination of a load balancer is in reg4; the backend of a client's affinity is in reg4 or xxreg1, its port in reg2.",
		"The original destination is in reg1; the backend is in reg4 or xxreg0 (switches) or xxreg1 (routers), its port in reg8.",
	},
	{
		HairpinByRegisters, "HairpinByRegisters", MustSpan("25.09.."),
		`0771a2e26 northd, controller: Remove "hairpin_orig_tuple" compatibility option.`,
		"Hairpinned packets are found by the original destination in registers.",
		"So they are if the load balancer has the option hairpin_orig_tuple; if not, by the original tuple of conntrack.",
	},
	{
		ChecksMultichassisMTU, "ChecksMultichassisMTU", MustSpan("23.09.."),
		"2d6e586e6 Implement MTU Path Discovery for multichassis ports",
		"The length of IP packets from and to a port on several chassis is compared with the MTU, if its switch has a localnet port: what a flow does after output is lost.",
		"It is not.",
	},
	{
		DeepRecirculation, "DeepRecirculation", MustSpan("24.03.."),
		"OVS 5df46a44e dpif-netdev: Increase MAX_RECIRC_DEPTH to 8.",
		"A packet can pass conntrack 8 times on a chassis.",
		"6 times.",
	},
	{
		RecirculatesPacketOut, "RecirculatesPacketOut", MustSpan("24.03.."),
		"OVS 154e4299d ofproto-dpif-xlate: Fix recirculation with patch port and controller.",
		"A packet that a controller sent can pass conntrack after it crossed bridges.",
		"Open vSwitch drops it there.",
	},
	{
		TracksSCTPPorts, "TracksSCTPPorts", MustSpan("23.09.."),
		"OVS 501f665a5 conntrack: Extract l4 information for SCTP.",
		"Conntrack of the userspace datapath tracks and translates ports of SCTP.",
		"It tracks and translates only the addresses.",
	},
	{
		ReleasesOnLearning, "ReleasesOnLearning", MustSpan("23.06.."),
		"2d7cf21c6 controller: Move the packet buffering into mac-learn",
		"A controller releases packets that wait for a binding when it learns the binding.",
		"It releases them when the database has the binding.",
	},
	{
		GatewayHairpins, "GatewayHairpins", MustSpan("24.09.. +24.03.6"),
		"8d13579bf Add support for centralize routing for distributed gw ports.",
		"A packet that a gateway chassis gets by a tunnel for a chassisredirect port may leave by the same tunnel.",
		"It is dropped there.",
	},
	{
		TunnelsProviderNetworks, "TunnelsProviderNetworks", MustSpan("24.09.."),
		"87a290640 provider networks: Provide the option to tunnel traffic.",
		"With always_tunnel, packets for a port on another chassis take a tunnel although the switch has a localnet port.",
		"They leave by the localnet port.",
	},
	{
		ActivationStrategies, "ActivationStrategies", MustSpan("25.09.."),
		"f69ebdc1f controller: Add support for additional activation strategies.",
		"A port on an additional chassis is activated by RARP, gratuitous ARP or a neighbor advertisement, as activation-strategy lists.",
		"Only RARP activates it, if the option is just that.",
	},
	{
		DisablesAnnouncements, "DisablesAnnouncements", MustSpan("24.09.. +24.03.8"),
		"6234e092d controller: Add lsp option disable_garp_rarp.",
		"A port with the option disable_garp_rarp is not announced to physical networks.",
		"It is announced.",
	},
	{
		SolicitsSecured, "SolicitsSecured", MustSpan("26.03.. +24.03.8 +25.03.3 +25.09.3"),
		"35144aba9 lflow: Enable default drop for ND NS in with port security enabled. (d9e2393e9 added VRRPv3)",
		"Port security refuses neighbor solicitations from other Ethernet addresses. It has entries for virtual routers (VRRPv3); an entry with an invalid part does not count.",
		"It refuses none; an entry counts up to its invalid part.",
	},
}
