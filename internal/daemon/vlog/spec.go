package vlog

import (
	"fmt"
	"slices"
	"strings"
)

// Set changes levels, a pattern or the facility as --verbose=SPEC says.  The
// error is in the words of the OVS tools.
func (l *Log) Set(spec string) error {
	first, rest := word(spec)
	switch strings.ToUpper(first) {
	case "PATTERN":
		return l.setPattern(rest)
	case "FACILITY":
		if !slices.Contains(facilities, strings.ToLower(rest)) {
			return fmt.Errorf("invalid facility")
		}
		return nil
	}
	return l.setLevels(spec)
}

// SetAll lets all messages through, as --verbose without SPEC does.
func (l *Log) SetAll() { l.apply("", destinations, Dbg) }

// setPattern reads "DESTINATION:PATTERN".
func (l *Log) setPattern(spec string) error {
	name, pattern := word(spec)
	if name == "" {
		return fmt.Errorf("missing destination")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if strings.EqualFold(name, "ANY") {
		for d := range l.patterns {
			l.patterns[d] = pattern
		}
		return nil
	}
	d := index(destinationNames, name)
	if d < 0 {
		return fmt.Errorf("unknown destination %q", name)
	}
	l.patterns[d] = pattern
	return nil
}

// setLevels reads a destination, a level and a module in any order, each at
// most once.
func (l *Log) setLevels(spec string) error {
	dest, level, module := destinations, Level(0), ""
	hasLevel := false
	for w, rest := word(spec); w != ""; w, rest = word(rest) {
		d, v, m := index(destinationNames, w), index(levelNames, w), strings.ToLower(w)
		switch {
		case strings.EqualFold(w, "ANY"):
		case d >= 0 && dest != destinations:
			return fmt.Errorf("cannot specify multiple destinations")
		case d >= 0:
			dest = Destination(d)
		case v >= 0 && hasLevel:
			return fmt.Errorf("cannot specify multiple levels")
		case v >= 0:
			level, hasLevel = Level(v), true
		case !slices.Contains(modules, m):
			return fmt.Errorf("no destination, level, or module %q", w)
		case module != "":
			return fmt.Errorf("cannot specify multiple modules")
		default:
			module = m
		}
	}
	if !hasLevel {
		level = Dbg
	}
	l.apply(module, dest, level)
	return nil
}

// apply sets a level; an empty module stands for all, and so does a destination
// past the last.
func (l *Log) apply(module string, dest Destination, level Level) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for m, levels := range l.levels {
		if module != "" && m != module {
			continue
		}
		for d := range levels {
			if dest == destinations || Destination(d) == dest {
				levels[d] = level
			}
		}
	}
}

// word cuts the first word off a specification: blanks, commas and colons
// stand between words.
func word(s string) (first, rest string) {
	const between = " ,:\t"
	s = strings.TrimLeft(s, between)
	i := strings.IndexAny(s, between)
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+1:]
}

// index finds a name, in whatever case.
func index(names []string, name string) int {
	return slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// facilities are those of syslog(3).
var facilities = strings.Fields(`
	kern user mail daemon auth syslog lpr news uucp clock ftp ntp audit alert
	clock2 local0 local1 local2 local3 local4 local5 local6 local7`)

// modules are the modules that the OVN and OVS libraries have in some release
// since 2.11: an option that names one of them is no mistake.
var modules = strings.Fields(`
	acl_log actions backtrace bfd bundle cfm command_line conntrack conntrack_tp
	cooperative_multitasking coverage ct_dpif daemon daemon_unix daemon_windows
	db_ctl_base dns_resolve dp_packet_gso dpctl dpdk dpif
	dpif_lookup_autovalidator dpif_lookup_avx512_gather dpif_lookup_generic
	dpif_mfex_extract_study dpif_netdev dpif_netdev_extract dpif_netdev_impl
	dpif_netdev_lookup dpif_netlink dpif_netlink_rtnl entropy expr extend_table
	fatal_signal features flow getopt_long hmap inc_proc_eng ipf jsonrpc lacp lb
	learning_switch lldp lldpd lldpd_structs lockfile mac_binding_index memory
	memory_trim meta_flow native_tnl netdev netdev_afxdp netdev_bsd netdev_dpdk
	netdev_dummy netdev_linux netdev_offload netdev_offload_dpdk
	netdev_offload_tc netdev_tc_offloads netdev_vport netdev_windows netlink
	netlink_conntrack netlink_notifier netlink_socket nx_match odp_execute
	odp_execute_avx512 odp_execute_impl odp_util ofp_actions ofp_bundle
	ofp_connection ofp_ct ofp_errors ofp_flow ofp_group ofp_match ofp_meter
	ofp_monitor ofp_msgs ofp_packet ofp_port ofp_protocol ofp_queue ofp_table
	ofp_util ovn_parallel_hmap ovn_util ovntrace ovs_lldp ovs_numa ovs_rcu
	ovs_replay ovs_router ovs_thread ovsdb_cs ovsdb_error ovsdb_idl ox_stat pcap
	pmd_perf poll_loop process rconn reconnect resource_dep route_table
	route_table_bsd rstp rstp_sm rtbsd sha1 signals socket_util socket_util_unix
	stopwatch stp stream stream_fd stream_nossl stream_replay stream_ssl
	stream_tcp stream_unix stream_windows svec tc timeval unixctl userspace_tso
	util uuid vconn vconn_stream vif_plug_dummy vif_plug_provider vlog`)
