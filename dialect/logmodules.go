package dialect

import (
	"slices"
	"strings"
)

// LogModules returns the log modules of a release's ovn-trace, as vlog/list shows them,
// sorted. Those of 23.03 and of the development head are from the programs, those of the
// releases between from the modules that their sources define. They are those of a
// distribution's program, built with TLS and a DNS resolver.
func LogModules(d Dialect) []string {
	modules := strings.Fields(logModules)
	for _, m := range someLogModules {
		if m.span.Holds(d.Release()) {
			modules = append(modules, m.name)
		}
	}
	slices.Sort(modules)
	return modules
}

// AllLogModules returns the modules that some release's ovn-trace has, sorted.
func AllLogModules() []string {
	modules := strings.Fields(logModules)
	for _, m := range someLogModules {
		modules = append(modules, m.name)
	}
	slices.Sort(modules)
	return modules
}

// logModules are those of all releases.
const logModules = `
	acl_log actions backtrace bundle command_line conntrack coverage ct_dpif daemon
	daemon_unix dns_resolve dpdk dpif dpif_netdev dpif_netlink dpif_netlink_rtnl
	entropy expr extend_table fatal_signal hmap jsonrpc lockfile meta_flow
	native_tnl netdev netdev_linux netdev_vport netlink netlink_conntrack
	netlink_notifier netlink_socket nx_match odp_util ofp_actions ofp_bundle
	ofp_connection ofp_errors ofp_flow ofp_group ofp_match ofp_meter ofp_monitor
	ofp_msgs ofp_packet ofp_port ofp_protocol ofp_queue ofp_table ofp_util ovn_util
	ovntrace ovs_numa ovs_rcu ovs_router ovs_thread ovsdb_error ovsdb_idl ox_stat
	pmd_perf poll_loop process rconn reconnect route_table signals socket_util
	socket_util_unix stream stream_fd stream_ssl stream_tcp stream_unix svec tc
	timeval unixctl util vconn vconn_stream vlog`

var someLogModules = []struct {
	name string
	span Span
}{
	{"conntrack_tp", MustSpan("20.09..")},
	{"cooperative_multitasking", MustSpan("24.03..")},
	{"dp_packet_gso", MustSpan("24.03..")},
	{"dpif_lookup_autovalidator", MustSpan("20.09..26.03.90")},
	{"dpif_lookup_generic", MustSpan("2.12..26.03.90")},
	{"dpif_mfex_extract_study", MustSpan("21.09..26.03.90")},
	{"dpif_netdev_dpcls", MustSpan("26.03.90..")},
	{"dpif_netdev_extract", MustSpan("21.09..26.03.90")},
	{"dpif_netdev_impl", MustSpan("21.09..26.03.90")},
	{"dpif_netdev_lookup", MustSpan("20.09..26.03.90")},
	{"dpif_offload", MustSpan("26.03..")},
	{"dpif_offload_dummy", MustSpan("26.03..")},
	{"dpif_offload_tc", MustSpan("26.03..")},
	{"dpif_offload_tc_netdev", MustSpan("26.03..")},
	{"features", MustSpan("21.09..")},
	{"flow", MustSpan("21.09..")},
	{"ipf", MustSpan("2.12..")},
	{"netdev_dummy", MustSpan("26.03..")},
	{"netdev_offload", MustSpan("2.12..26.03")},
	{"netdev_offload_tc", MustSpan("2.12..26.03")},
	{"odp_execute", MustSpan("20.03..")},
	{"odp_execute_impl", MustSpan("22.12..26.03.90")},
	{"ofp_ct", MustSpan("24.03..")},
	{"ovs_replay", MustSpan("21.09..")},
	{"ovsdb_cs", MustSpan("21.03..")},
	{"pcap", MustSpan("26.03..")},
	{"sha1", MustSpan("22.09..")},
	{"stream_replay", MustSpan("21.09..")},
	{"userspace_tso", MustSpan("20.03..")},
	{"uuid", MustSpan("21.09..")},
}
