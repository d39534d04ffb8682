package dialect

// FeatureRow is one row of [Features].
type FeatureRow struct {
	Feature Feature
	Name    string // the constant's own
	Span           // the releases that have it
	Commit  string // upstream's change, by hash and subject; OVS's where it says so
	Doc     string // what releases that have it do, and after "else" what others do
}

// Features lists the features, in the order of their constants.
var Features = []FeatureRow{
	{
		FragInHeader, "FragInHeader", MustSpan("22.12.. +22.03.2 +22.06.1 +22.09.1"),
		"OVS fcdf8ae4a lib: Print nw_frag in flow key.",
		`An IP packet's line holds nw_frag=no, first or later after nw_ttl; else it never does.`,
	},
	{
		IGMPInHeader, "IGMPInHeader", MustSpan("2.11..21.12"),
		`OVS f88ee78e0 match: Do not print "igmp" match keyword.`,
		`An IGMP packet's line begins with igmp and names igmp_type and igmp_code; else with ip, and names nw_proto=2, tp_src and tp_dst.`,
	},

	{
		DatapathOptional, "DatapathOptional", MustSpan("20.12.."),
		`aade361c7 ovn-trace: Make the "datapath" command-line argument optional.`,
		`The datapath may be left out, and is then that of the microflow's one inport; else two arguments are required.`,
	},
	{
		UnknownDatapathLate, "UnknownDatapathLate", MustSpan("20.12..21.03"),
		"7c046cc48 ovn-trace: fix core dump with unknown datapath.",
		`What is wrong with a microflow is reported before an unknown datapath, of which the real tool then dies.`,
	},
	{
		InportRequired, "InportRequired", MustSpan("24.09.. +23.06.4 +23.09.4 +24.03.2"),
		"73bbf6b90 ovn-trace: Make sure we don't exit when the port is not specified.",
		`A microflow without inport is answered by a sentence without newline; else it is traced from an inport "(unnamed)".`,
	},
	{
		SupersetsDropped, "SupersetsDropped", MustSpan("23.06.."),
		"422ab29e7 expr: Remove supersets from OR expressions.",
		`A value that another of its set covers is dropped, so that a microflow may be unambiguous that else is not.`,
	},
	{
		ProductsCrushed, "ProductsCrushed", MustSpan("21.06.."),
		"c8c03c7f5 expr: crush the result of a sorted OR expression.",
		`Equal products of conjoined sets of one field become one value; else they stay, and a microflow that holds them is ambiguous.`,
	},
	{
		AddressSetsSorted, "AddressSetsSorted", MustSpan("22.03.."),
		"c0fe8dca7 ovn-controller: Tracking SB address set updates.",
		`An address set's values stand in the order of their bytes; else in the order of the database's column, that of their texts.`,
	},
	{
		InequalityByPrefix, "InequalityByPrefix", MustSpan("26.03.. +24.03.7 +25.03.2 +25.09.1"),
		"557020bac expr: Use prefixes instead of single bit masks for inequality.",
		"x != v stands for the prefixes of v with their last bit inverted, of which a value has one at the most; else for the inverted bits of v alone, so that a microflow with != is ambiguous more often.",
	},

	{
		HyphenToken, "HyphenToken", MustSpan("20.06.."),
		"509733cb1 NAT: Northd and parser changes to support port range",
		"A single - is a token; else the lexer refuses it.",
	},
	{
		StrayMaskBits, "StrayMaskBits", MustSpan("20.09.."),
		"2104f67aa lex: Allow unmasked bits in value/mask tokens.",
		`1-bits of a value outside its mask are cleared; else the lexer refuses them.`,
	},
	{
		PortNamedNone, "PortNamedNone", MustSpan("21.03.."),
		"dd94f1266 northd: MAC learning: Add logical flows for fdb.",
		`The port named "none" is no port, as "" is; else it is unknown.`,
	},
	{
		PortGroupByDatapath, "PortGroupByDatapath", MustSpan("20.09.. +20.06.1"),
		"bff01d49d Split SB Port_Group per datapath.",
		`@pg is looked up as KEY_pg, KEY being the tunnel key of the flow's datapath and 0 in a microflow.`,
	},
	{
		PortGroupByName, "PortGroupByName", MustSpan("2.11..23.09"),
		"be69d6b77 expr.c: Remove backwards compatibility lookup in parse_port_group().",
		`@pg is looked up as pg, where PortGroupByDatapath found nothing.`,
	},
	{
		TemplateToken, "TemplateToken", MustSpan("22.12.."),
		"df592a47d controller: Add support for templated actions and matches.",
		`^NAME is a token; else ^ is an invalid character.`,
	},
	{
		TemplateNameStays, "TemplateNameStays", MustSpan("22.12..25.03 -24.03.5 -24.09.2"),
		"df592a47d controller: Add support for templated actions and matches.",
		`In a text with a ^, a variable without value becomes its bare name, and blanks between tokens go.`,
	},
	{
		TemplateRefused, "TemplateRefused", MustSpan("25.03.. +24.03.5 +24.09.2"),
		"6154aa104 lex: Indicate that the template wasn't found during parsing.",
		`A text with a variable without value is refused: a flow is dropped, a microflow answered by a sentence without newline.`,
	},

	{
		WriteScopes, "WriteScopes", MustSpan("20.09.."),
		"6cfb44a76 Used nested actions in ct_commit",
		`Conntrack fields are written only inside ct_commit { }, and other fields only outside; an assignment's right side need not be modifiable. Else there is one kind of modifiable, and both sides must be.`,
	},
	{
		NextToEgress, "NextToEgress", MustSpan("20.06.. +20.03.1"),
		"b4b68177e Fix conntrack entry leaks because of TCP RST packets not sent to conntrack.",
		`next may go from the ingress to the egress pipeline; else it is refused.`,
	},
	{
		NextBoundByTarget, "NextBoundByTarget", MustSpan("25.09.."),
		"c9edcafe0 lib: Fixed pipeline len for logical flows.",
		`next's table is bounded by the length of the pipeline that it goes to, which the refusal names; else by its own pipeline's, and the refusal names the last table.`,
	},
	{
		CTNextZone, "CTNextZone", MustSpan("25.03.. +24.03.4 +24.09.1"),
		"8114a5c60 northd, controller: Use ct_next to get the CT state for direct SNAT.",
		`ct_next takes (dnat) or (snat) and prints one of them always; else neither.`,
	},
	{
		CTCommitArgs, "CTCommitArgs", MustSpan("2.11..24.09 -20.09.0"),
		"add441fa5 actions: Remove ct_commit_v1. (6cfb44a76 and 4799f73fd took it out and back in)",
		`ct_commit takes (ct_mark=..., ct_label=...).`,
	},
	{
		CTCommitBlock, "CTCommitBlock", MustSpan("20.09.."),
		"6cfb44a76 Used nested actions in ct_commit",
		`ct_commit takes { actions }.`,
	},
	{
		CTCommitNATZone, "CTCommitNATZone", MustSpan("24.03.. +23.09.2"),
		"b252f4550 actions: Adjust the ct_commit_nat action.",
		`ct_commit_nat takes (dnat) or (snat), prints one of them always, and calls itself by its name in the last table; else it takes neither and calls itself ct_commit_related.`,
	},
	{
		NATIPv6, "NATIPv6", MustSpan("20.03.."),
		"e305ef0af actions: Add IPv6 support to lflow NAT actions",
		`ct_dnat and ct_snat take an IPv6 address and print 0.0.0.0; else IPv4 only, and 0.0.0.0 is no address.`,
	},
	{
		NATPortRange, "NATPortRange", MustSpan("20.06.."),
		"509733cb1 NAT: Northd and parser changes to support port range",
		`ct_dnat and ct_snat take a port or a range of ports after the address.`,
	},
	{
		CTLBBackends, "CTLBBackends", MustSpan("20.06.."),
		"5af304e74 Support selection fields in load balancer.",
		`ct_lb takes (backends=A,B; hash_fields="..."), printed without blank after the comma; else (A, B).`,
	},
	{
		CTLBSNATFlags, "CTLBSNATFlags", MustSpan("22.12.. +22.03.3 +22.09.2"),
		"c1d6b8ac3 northd: Store skip_snat and force_snat in ct_label/mark",
		`ct_lb and ct_lb_mark take ; skip_snat or ; force_snat, and any token for the closing parenthesis after them and after hash_fields.`,
	},
	{
		CTLBLastTableStar, "CTLBLastTableStar", MustSpan("26.03.90.."),
		"d935db5c5 treewide: Remove the deprecated ct_lb action.",
		`The refusal of a load balancing action in the last table names "ct_lb_*"; else "ct_lb".`,
	},
	{
		SelectHashFields, "SelectHashFields", MustSpan("25.03.."),
		"84030e9bb Support selection fields for ECMP routes.",
		`select takes (values=(...); hash_fields="...").`,
	},
	{
		ARPOfAnyIP, "ARPOfAnyIP", MustSpan("25.03.."),
		"bcba1b74c pinctrl: Handle arp/nd for other address families.",
		`arp and nd_ns require ip; else ip4 and ip6.`,
	},
	{
		LogPass, "LogPass", MustSpan("24.09.. +23.06.4 +23.09.4 +24.03.2"),
		`a08518783 acl-log: Properly log the "pass" verdict.`,
		`log takes verdict=pass.`,
	},
	{
		FwdGroupBareLiveness, "FwdGroupBareLiveness", MustSpan("20.12.."),
		"ed525538a actions: Fix issues with fwd_group action.",
		`fwd_group's liveness is true or false, quoted or not; else "true" alone, quoted.`,
	},
	{
		SampleFromField, "SampleFromField", MustSpan("24.09.."),
		"bcdd3fade actions: Add support for sample with register.",
		`sample's obs_point may be a field.`,
	},
	{
		EventMeter, "EventMeter", MustSpan("20.03..21.09"),
		"da1253be2 add meter support to trigger_event action (e050e63c6 took it out)",
		`trigger_event takes and prints meter="...".`,
	},
	{
		EventSCTP, "EventSCTP", MustSpan("20.06.."),
		"c4700eed1 Add SCTP support to load balancers.",
		`trigger_event's protocol may be sctp, which its refusal of others names.`,
	},
	{
		EventOptions, "EventOptions", MustSpan("21.03.. +20.03.2 +20.06.3"),
		"f35e33228 ovn-trace: fix trigger_event warning.",
		`ovn-trace knows the options of trigger_event's events; else it refuses the action when it has any, and drops the flow.`,
	},
	{
		DHCPHostID, "DHCPHostID", MustSpan("20.09.."),
		"b06319993 Fix the data type for DHCP option tftp_server (66); d79bb92c4 Add support for DHCP domain search option (119)",
		`DHCP options of type host_id take any value and of type domains a string; else both a number.`,
	},
	{
		DHCPDomain, "DHCPDomain", MustSpan("23.09.."),
		"b3ae86a15 northd, controller: Add support for DHCPv6 FQDN option",
		`DHCP options of type domain take a string; else a number.`,
	},
	{
		RARouterPreference, "RARouterPreference", MustSpan("20.09.. +20.03.2 +20.06.1"),
		"f17b6ce79 Honour router_preference for solicited RA",
		`put_nd_ra_opts takes router_preference.`,
	},
	{
		RADNSAndRoutes, "RADNSAndRoutes", MustSpan("22.03.. +21.12.1"),
		"bb1587796 introduce rdnss, dnssl and route_info opt in put_nd_ra_opts action",
		`put_nd_ra_opts takes rdnss, dnssl and route_info.`,
	},
	{
		RAPrefixOrStateful, "RAPrefixOrStateful", MustSpan("2.11..2.12 -2.11.1"),
		"OVS 36ffc4666 OVN: Always send prefix option in RAs",
		`put_nd_ra_opts refuses a prefix when the address mode is dhcpv6_stateful.`,
	},

	{
		NATKeepsAddress, "NATKeepsAddress", MustSpan("20.03..21.09"),
		"e305ef0af actions: Add IPv6 support to lflow NAT actions (e230fa009 put it right)",
		`ct_dnat and ct_snat set their bit of ct_state but leave the address; else they rewrite it.`,
	},
	{
		NATTracks, "NATTracks", MustSpan("21.12.. +21.09.1"),
		"c117ce1cf ovn-trace: Set ct_state if not already set when tracing ct(nat).",
		`ct_dnat and ct_snat give an untracked packet the next conntrack state; else they give none.`,
	},
	{
		LBTracks, "LBTracks", MustSpan("21.12.."),
		"8fd4cecf3 ovn-trace: honor ct state in execute_ct_lb",
		`A load balancing action adds the next conntrack state; else it adds none.`,
	},
	{
		LBSavesTuple, "LBSavesTuple", MustSpan("22.09.."),
		"70fe29a4a ovn-trace: implement chk_lb_hairpin_reply and ct_snat_to_vip actions",
		`A load balancing action that chose a destination keeps the one before as the connection's.`,
	},
	{
		CTSavesTuple, "CTSavesTuple", MustSpan("25.09.."),
		"acf9c8a9d ovn-trace: Populate CT fields during CT actions.",
		`Every conntrack action keeps the packet's protocol, addresses and ports as the connection's, which a log line then shows.`,
	},
	{
		HairpinByVIP, "HairpinByVIP", MustSpan("22.09.."),
		"70fe29a4a ovn-trace: implement chk_lb_hairpin_reply and ct_snat_to_vip actions",
		`chk_lb_hairpin, chk_lb_hairpin_reply and ct_snat_to_vip ask the Load_Balancer table; else the first compares addresses only and the others are not implemented.`,
	},
	{
		AbortsOnRAOptions, "AbortsOnRAOptions", MustSpan("2.11..25.03 -23.09.6 -24.03.4 -24.09.1"),
		"ae352404a ovn-trace: Fix copy-paste error for tracing put_nd_ra_opts().",
		`ovn-trace aborts on put_nd_ra_opts.`,
	},
	{
		CTTupleReads, "CTTupleReads", MustSpan("25.09.."),
		"8e6f9a835 northd: Fix HW offload problem related to ct_tuple.",
		`ct_tp_dst writes the packet's destination port; else nothing.`,
	},
	{
		LogDirection, "LogDirection", MustSpan("22.03.. +21.12.2"),
		"d7514abe1 acl-log: Log the direction (logical pipeline) of the matching ACL.",
		`A log line names direction=IN or OUT before the verdict.`,
	},
	{
		RejectAborts, "RejectAborts", MustSpan("21.03.."),
		"646b150fb Implement SCTP-specific reject() action.",
		`reject answers SCTP with sctp_abort; else with icmp4 or icmp6.`,
	},
	{
		RejectOnce, "RejectOnce", MustSpan("22.06.. +21.12.2 +22.03.1"),
		"79d5d893e utilities: ovn-trace: fix reject action crash",
		`reject does nothing with a packet that looks like an answer of its own; else it goes on for ever.`,
	},

	{
		DatapathNBUUID, "DatapathNBUUID", MustSpan("25.09.."),
		"6919992d8 Datapath_Binding: Separate type column and sync NB.UUID to SB.",
		`A datapath's northbound UUID is in its column nb_uuid where that and type are set; else in external_ids.`,
	},

	{
		GatewayDatapathLocal, "GatewayDatapathLocal", MustSpan("25.09.."),
		"f1c391c18 controller: Optimize adding 'dps' to the local datapaths.",
		`A chassis that carries a switch carries a router behind a distributed gateway port only where the port may be; else everywhere.`,
	},
	{
		MixedPeers, "MixedPeers", MustSpan("25.03.."),
		"c5058ec79 physical: Allow l3gateway and patch port to be peers.",
		`Packets cross from a patch port to an l3gateway port and back; else only between ports of one type.`,
	},
	{
		SolicitsNextHop, "SolicitsNextHop", MustSpan("26.03.90.."),
		"796071dc8 northd: Remove per-IPv6-route priority-200 nd_ns flows.",
		`nd_ns solicits the next hop in xxreg0; else the packet's destination, whose group the solicitation goes to.`,
	},
	{
		BalancerRegisters, "BalancerRegisters", MustSpan("25.03.."),
		"91988089c northd: Consolidate register usage in logical flows.",
		`A load balancer's original destination is in reg4, and the back end of a client's affinity in reg4 or xxreg1 with its port in reg2; else in reg1, and in reg4 or xxreg0 (switches) or xxreg1 (routers) with the port in reg8.`,
	},
	{
		HairpinByRegisters, "HairpinByRegisters", MustSpan("25.09.."),
		"91d86fef0 treewide: Remove old northd options.",
		`Hairpinned packets are found by the original destination in registers; else only where the load balancer's option hairpin_orig_tuple says so, and by conntrack's original tuple where not.`,
	},
	{
		DeepRecirculation, "DeepRecirculation", MustSpan("24.03.."),
		"OVS 5df46a44e dpif-netdev: Increase MAX_RECIRC_DEPTH to 8.",
		`A packet may pass conntrack 8 times on a chassis; else 6 times.`,
	},
	{
		RecirculatesPacketOut, "RecirculatesPacketOut", MustSpan("24.03.."),
		"OVS 154e4299d ofproto-dpif-xlate: Fix recirculation with patch port and controller.",
		`A packet that a controller sent and that crossed bridges can pass conntrack; else Open vSwitch loses it.`,
	},
	{
		ReleasesOnLearning, "ReleasesOnLearning", MustSpan("23.06.."),
		"2d7cf21c6 controller: Move the packet buffering into mac-learn",
		`A controller releases the packets that wait for a binding as soon as it learns it; else once the database has it.`,
	},
}
