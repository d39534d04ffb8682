package lab

import (
	"context"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
)

// tiedFlows are rows whose order in the real tool the file does not determine.
//
// If several flows of one table and priority match, the tool takes the first one in its
// hash table, in the order of the masked first 32 bits of the UUIDs. Flows with equal
// masked bits are in an order of their own. The same holds for load balancers, of which it
// takes the first with an address.
type tiedFlows struct {
	flows map[string][]string // by the first eight digits of a flow's UUID
	vips  bool                // whether two tied load balancers have a common address
}

// ties finds the ties among the plane's flows.
func (p *ControlPlane) ties(ctx context.Context) (tiedFlows, error) {
	groups, err := p.datapathGroups(ctx)
	if err != nil {
		return tiedFlows{}, err
	}
	flows, err := p.rows(ctx, "logical_flow", "_uuid", "pipeline", "table_id", "priority", "logical_datapath", "logical_dp_group")
	if err != nil {
		return tiedFlows{}, err
	}
	places := map[string][]string{}
	for _, r := range flows {
		short := r.text("_uuid")[:8]
		bucket, err := bucketOf(r, len(flows))
		if err != nil {
			return tiedFlows{}, err
		}
		for _, d := range append(r.strings("logical_datapath"), groups[r.text("logical_dp_group")]...) {
			place := fmt.Sprint(d, r.text("pipeline"), r.text("table_id"), "/", r.text("priority"), "/", bucket)
			places[place] = append(places[place], short)
		}
	}
	t := tiedFlows{flows: map[string][]string{}}
	for _, tied := range places {
		for _, a := range tied {
			for _, b := range tied {
				if a != b {
					t.flows[a] = append(t.flows[a], b)
				}
			}
		}
	}
	t.vips, err = p.hasTiedVIPs(ctx)
	return t, err
}

// bucketOf returns the bucket of a row in the real tool's hash table of a number of rows.
func bucketOf(r row, rows int) (uint64, error) {
	bits, err := strconv.ParseUint(r.text("_uuid")[:8], 16, 32)
	if err != nil {
		return 0, fmt.Errorf("the row %s: %w", r.text("_uuid"), err)
	}
	mask := uint64(1)
	for mask < uint64(rows/2) {
		mask = 2*mask + 1
	}
	return bits & mask, nil
}

// hasTiedVIPs reports whether two load balancers of one bucket have a common address.
func (p *ControlPlane) hasTiedVIPs(ctx context.Context) (bool, error) {
	balancers, err := p.rows(ctx, "load_balancer", "_uuid", "vips")
	if err != nil {
		return false, err
	}
	at := map[string]bool{}
	for _, r := range balancers {
		bucket, err := bucketOf(r, len(balancers))
		if err != nil {
			return false, err
		}
		own := map[string]bool{}
		for vip := range r.pairs("vips") {
			if host, _, err := net.SplitHostPort(vip); err == nil {
				vip = host
			}
			own[fmt.Sprint(bucket, " ", vip)] = true
		}
		for vip := range own {
			if at[vip] {
				return true, nil
			}
			at[vip] = true
		}
	}
	return false, nil
}

// byVIP matches the actions that look up the first load balancer with an address.
var byVIP = regexp.MustCompile(`chk_lb_hairpin|ct_snat_to_vip`)

// flowUUID matches a flow in a detailed trace.
var flowUUID = regexp.MustCompile(`, uuid ([0-9a-f]{8})\n`)

// met reports whether a detailed trace takes a tied flow, or looks up a tied load balancer.
func (t tiedFlows) met(trace string) bool {
	for _, m := range flowUUID.FindAllStringSubmatch(trace, -1) {
		if len(t.flows[m[1]]) > 0 {
			return true
		}
	}
	return t.vips && byVIP.MatchString(trace)
}

// explain reports whether two detailed traces first differ where they take two tied flows,
// or after a lookup of a tied load balancer.
func (t tiedFlows) explain(a, b string) bool {
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	if t.vips && byVIP.MatchString(a[:same]) {
		return true
	}
	as, bs := flowUUID.FindAllStringSubmatch(a, -1), flowUUID.FindAllStringSubmatch(b, -1)
	for i := range min(len(as), len(bs)) {
		if as[i][1] != bs[i][1] {
			return strings.Contains(strings.Join(t.flows[as[i][1]], " "), bs[i][1])
		}
	}
	return false
}
