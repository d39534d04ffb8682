package wirelab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/lab"
)

const (
	// settleLimit is the time limit for a network to settle.
	settleLimit = 3 * time.Minute
	// stepLimit is the time limit for the frames that one frame causes.
	stepLimit = 15 * time.Second
	// poll is the interval between two checks.
	poll = 4 * time.Millisecond
	// shortQuiet is how long nothing must happen after a frame that only switches forward,
	// longQuiet after one from which ovn-controller has learned.
	shortQuiet = 50 * time.Millisecond
	longQuiet  = 300 * time.Millisecond
	// looks is the number of times that every switch must have answered in this time: a
	// switch answers between two batches of packets.
	looks = 8
)

// counters are the counters of vswitchd for messages with ovn-controller.
var counters = []string{"ofproto_packet_out", "ofproto_recv_openflow", "rconn_sent"}

// activity has the counters of everything that the network has done so far.
type activity struct {
	events, hops, messages int64
}

func (l *Lab) activity() (activity, error) {
	a := activity{events: l.eventCount(), hops: l.hops.Load()}
	for _, c := range l.chassis {
		for _, name := range counters {
			n, err := c.counter(name)
			if err != nil {
				return a, err
			}
			a.messages += n
		}
	}
	return a, nil
}

// counter reads a counter of vswitchd.
func (c *chassis) counter(name string) (int64, error) {
	text, err := c.vswitchd.command("coverage/read-counter", name)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("counter %s of %s: %w", name, c.Name, err)
	}
	return n, nil
}

// dropCounters are the counters of the datapath in user space for packets that it dropped
// for other reasons than flows.
var dropCounters = []string{
	"datapath_drop_recirc_error", "datapath_drop_meter", "datapath_drop_upcall_error",
	"datapath_drop_tunnel_push_error", "datapath_drop_tunnel_pop_error", "datapath_drop_invalid_port",
}

// drops reads the drop counters, summed over all chassis.
func (l *Lab) drops() (map[string]int64, error) {
	all := map[string]int64{}
	for _, c := range l.chassis {
		for _, name := range dropCounters {
			n, err := c.counter(name)
			if err != nil {
				return nil, err
			}
			all[name] += n
		}
	}
	return all, nil
}

// errLoop reports a forwarding loop.
var errLoop = errors.New("the network does not become quiet: frames go round")

// errUnsettled reports a network whose chassis go on changing rows, as where two of them claim
// a port from each other.
var errUnsettled = errors.New("the network does not settle")

// quiet waits until the network is idle: for shortQuiet if ovn-controller was not involved,
// else for longQuiet.
func (l *Lab) quiet(ctx context.Context, before activity) error {
	start := time.Now()
	last, since, seen := before, start, 0
	for {
		if err := l.pause(ctx, poll); err != nil {
			return err
		}
		now, err := l.activity()
		if err != nil {
			return err
		}
		if now != last {
			last, since, seen = now, time.Now(), 0
			if time.Since(start) > stepLimit {
				return errLoop
			}
			continue
		}
		seen++
		wait := shortQuiet
		if now.messages != before.messages {
			wait = longQuiet
		}
		if seen >= looks && time.Since(since) >= wait {
			return nil
		}
	}
}

func (l *Lab) pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-l.alive.Done():
		return context.Cause(l.alive)
	}
}

// settle waits until every chassis has the flows of the whole network: until nothing that
// the chassis write about ports changes any more.
func (l *Lab) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, settleLimit, errUnsettled)
	defer cancel()
	if err := l.registered(ctx); err != nil {
		return err
	}
	if err := l.sync(ctx); err != nil {
		return err
	}
	// If a port is on several chassis, tunnels are monitored, and the chassis of the port
	// changes until all of them are up.
	stable := time.Second
	if len(l.chassis) > 1 {
		stable = 3 * time.Second
	}
	last, since := "", time.Now()
	for time.Since(since) < stable {
		if err := l.pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
		now := ""
		for _, z := range l.zones {
			rows, err := z.sb.transact("OVN_Southbound",
				selection("Port_Binding", "logical_port", "chassis", "up"), selection("HA_Chassis_Group", "ref_chassis"), selection("SB_Global", "nb_cfg"))
			if err != nil {
				return err
			}
			now += sorted(rows)
		}
		if now != last {
			last, since = now, time.Now()
		}
	}
	if err := l.recompute(); err != nil {
		return err
	}
	if err := l.sync(ctx); err != nil {
		return err
	}
	if err := l.findLearnTables(ctx); err != nil {
		return err
	}
	a, err := l.activity()
	if err != nil {
		return err
	}
	if err := l.announce(); err != nil {
		return err
	}
	if err := l.quiet(ctx, a); err != nil {
		return err
	}
	if err := l.join(ctx); err != nil {
		return err
	}
	return l.Forget(ctx)
}

// recompute makes every ovn-controller compute its flows from the start. The result of its
// incremental processing depends on the order of rows: a switch that becomes local late may
// have no flow for the hairpin_snat_ip of a load balancer that was processed before.
func (l *Lab) recompute() error {
	for _, c := range l.chassis {
		sockets, err := filepath.Glob(c.Path(c.dir + "/ovn-controller.*.ctl"))
		if err != nil {
			return err
		}
		if len(sockets) != 1 {
			return fmt.Errorf("chassis %s: ovn-controller has %d control sockets", c.Name, len(sockets))
		}
		controller := client{path: sockets[0]}
		_, err = controller.command("inc-engine/recompute")
		controller.close()
		if err != nil {
			return fmt.Errorf("chassis %s: %w", c.Name, err)
		}
	}
	return nil
}

// announce sends announcements of the addresses of virtual ports from their parents.
// ovn-controller then binds the ports, and the parents have the addresses too.
func (l *Lab) announce() error {
	for _, s := range l.network.Switches {
		for _, p := range s.Ports {
			for _, b := range l.network.ChassisRows.Bound {
				i := slices.IndexFunc(l.ends, func(e *end) bool { return e.port == b.Parent })
				if p.Type != "virtual" || b.Port != p.Name || i < 0 || !p.Addrs[0].IPs[0].Is4() {
					continue
				}
				e := l.ends[i]
				if err := l.send(e, gratuitousARP(e.addrs[0].MAC, p.Addrs[0].IPs[0])); err != nil {
					return err
				}
				e.addrs = append(slices.Clone(e.addrs), p.Addrs...)
			}
		}
	}
	return nil
}

// registered waits until every chassis has a row in the southbound database of its zone.
func (l *Lab) registered(ctx context.Context) error {
	for _, z := range l.zones {
		for {
			rows, err := z.sb.transact("OVN_Southbound", selection("Chassis", "name"))
			if err != nil {
				return err
			}
			known := 0
			for _, row := range rows[0] {
				if slices.ContainsFunc(z.network.Hosts, func(h lab.Host) bool { return h.Name == row["name"] }) {
					known++
				}
			}
			if known == len(z.network.Hosts) {
				break
			}
			if err := l.pause(ctx, 20*time.Millisecond); err != nil {
				return err
			}
		}
	}
	return nil
}

// sync waits until northd, and then every chassis, has processed the databases, as
// ovn-nbctl --wait=hv sync does.
func (l *Lab) sync(ctx context.Context) error {
	for _, z := range l.zones {
		_, err := z.nb.transact("OVN_Northbound", map[string]any{
			"op": "mutate", "table": "NB_Global", "where": []any{}, "mutations": []any{[]any{"nb_cfg", "+=", 1}},
		})
		if err != nil {
			return err
		}
	}
	for _, z := range l.zones {
		for {
			rows, err := z.nb.transact("OVN_Northbound", selection("NB_Global", "nb_cfg", "hv_cfg"))
			if err != nil {
				return err
			}
			if row := rows[0][0]; row["nb_cfg"].(float64) <= row["hv_cfg"].(float64) {
				break
			}
			if err := l.pause(ctx, poll); err != nil {
				return err
			}
		}
	}
	return nil
}

// learnTable matches the table to which an action adds flows: those of backends with
// affinity, ECMP next hops, and replies to hairpinned packets.
var learnTable = regexp.MustCompile(`learn\(table=(\d+)`)

// findLearnTables writes, for each switch with such actions, a file with which ovs-ofctl(8)
// deletes the flows that they add.
func (l *Lab) findLearnTables(ctx context.Context) error {
	for _, c := range l.chassis {
		flows, err := c.Run(ctx, "ovs-ofctl", "dump-flows", "--no-stats", "unix:"+c.Path(c.dir+"/br-int.mgmt"))
		if err != nil {
			return err
		}
		var lines []string
		for _, m := range learnTable.FindAllStringSubmatch(flows, -1) {
			lines = append(lines, "delete table="+m[1]+"\n")
		}
		slices.Sort(lines)
		if len(lines) == 0 {
			continue
		}
		c.deletions = c.Path(c.dir + "/learned.flows")
		if err := os.WriteFile(c.deletions, []byte(strings.Join(slices.Compact(lines), "")), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Forget clears the connection tables and what routers, switches and the physical network
// have learned, so that the next packet is the first one.
func (l *Lab) Forget(ctx context.Context) error {
	l.mutex.Lock()
	clear(l.stations)
	l.mutex.Unlock()
	for _, c := range l.chassis {
		if _, err := c.vswitchd.command("dpctl/flush-conntrack"); err != nil {
			return err
		}
		if c.deletions == "" {
			continue
		}
		if _, err := c.Run(ctx, "ovs-ofctl", "add-flows", "unix:"+c.Path(c.dir+"/br-int.mgmt"), c.deletions); err != nil {
			return err
		}
	}
	var remove []map[string]any
	for _, table := range learnedTables {
		remove = append(remove, map[string]any{"op": "delete", "table": table, "where": []any{}})
	}
	forgot := false
	for _, z := range l.zones {
		rows, err := z.learned()
		if err != nil {
			return err
		}
		if len(rows[0])+len(rows[1]) == 0 {
			continue
		}
		if _, err := z.sb.transact("OVN_Southbound", remove...); err != nil {
			return err
		}
		forgot = true
	}
	if !forgot {
		return nil
	}
	return l.sync(ctx)
}

// learnedTables are the southbound tables of what controllers learn.
var learnedTables = []string{"MAC_Binding", "FDB"}

// learned returns the rows of learnedTables.
func (z *zone) learned() ([][]map[string]any, error) {
	var look []map[string]any
	for _, table := range learnedTables {
		look = append(look, selection(table, "_uuid"))
	}
	return z.sb.transact("OVN_Southbound", look...)
}

// selection returns the operation that reads columns of all rows of a table.
func selection(table string, columns ...string) map[string]any {
	return map[string]any{"op": "select", "table": table, "where": []any{}, "columns": columns}
}

// sorted returns the rows as text that does not depend on their order.
func sorted(tables [][]map[string]any) string {
	var lines []string
	for i, rows := range tables {
		for _, r := range rows {
			lines = append(lines, fmt.Sprint(i, r))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
