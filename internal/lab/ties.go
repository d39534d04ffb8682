package lab

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"regexp"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
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
	db, err := p.rows(ctx)
	if err != nil {
		return tiedFlows{}, err
	}
	defer db.Close()
	places := map[string][]string{}
	for r := range db.Table("Logical_Flow").Rows() {
		for _, d := range datapathsOf(db, r) {
			place := fmt.Sprint(d, r.Text("pipeline"), r.Int(r.Col("table_id")), "/", r.Int(r.Col("priority")), "/", bucketOf(r))
			places[place] = append(places[place], r.UUID().String()[:8])
		}
	}
	t := tiedFlows{flows: map[string][]string{}, vips: hasTiedVIPs(db.Table("Load_Balancer"))}
	for _, tied := range places {
		for _, a := range tied {
			for _, b := range tied {
				if a != b {
					t.flows[a] = append(t.flows[a], b)
				}
			}
		}
	}
	return t, nil
}

// bucketOf returns the bucket of a row in the real tool's hash table of its table.
func bucketOf(r ovsdb.Row) uint32 {
	u, mask := r.UUID(), uint32(1)
	for mask < uint32(r.Table().Len()/2) {
		mask = 2*mask + 1
	}
	return binary.BigEndian.Uint32(u[:4]) & mask
}

// hasTiedVIPs reports whether two load balancers of one bucket have a common address.
func hasTiedVIPs(balancers *ovsdb.Table) bool {
	at := map[string]bool{}
	for r := range balancers.Rows() {
		own := map[string]bool{}
		for vip := range r.Map(r.Col("vips")) {
			if host, _, err := net.SplitHostPort(vip); err == nil {
				vip = host
			}
			own[fmt.Sprint(bucketOf(r), " ", vip)] = true
		}
		for vip := range own {
			if at[vip] {
				return true
			}
			at[vip] = true
		}
	}
	return false
}

// byVIP matches the actions that look up the first load balancer with an address.
var byVIP = regexp.MustCompile(`chk_lb_hairpin|ct_snat_to_vip`)

// flowUUID matches a flow in a detailed trace.
var flowUUID = regexp.MustCompile(`, uuid ([0-9a-f]{8})\n`)

// matches reports whether a detailed trace takes a tied flow, or looks up a tied load balancer.
func (t tiedFlows) matches(trace string) bool {
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
