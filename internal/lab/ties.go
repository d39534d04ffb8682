package lab

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// ties are, by the first eight digits of a flow's UUID, the flows that the
// real tool may take in its place although the file does not say so.
//
// Where several flows of one table and priority match, it takes the first in
// its hash table, in the order of the masked first 32 bits of the UUIDs. Flows
// whose masked bits are equal too lie in an order of its own.
type ties map[string][]string

// ties finds the ties among the plane's flows.
func (p *Plane) ties(ctx context.Context) (ties, error) {
	groups, err := p.datapathGroups(ctx)
	if err != nil {
		return nil, err
	}
	flows, err := p.rows(ctx, "logical_flow", "_uuid", "pipeline", "table_id", "priority", "logical_datapath", "logical_dp_group")
	if err != nil {
		return nil, err
	}
	mask := uint64(1)
	for mask < uint64(len(flows)/2) {
		mask = 2*mask + 1
	}
	places := map[string][]string{}
	for _, r := range flows {
		short := r.text("_uuid")[:8]
		bits, err := strconv.ParseUint(short, 16, 32)
		if err != nil {
			return nil, fmt.Errorf("the flow %s: %w", r.text("_uuid"), err)
		}
		for _, d := range append(r.strings("logical_datapath"), groups[r.text("logical_dp_group")]...) {
			place := fmt.Sprint(d, r.text("pipeline"), r.text("table_id"), "/", r.text("priority"), "/", bits&mask)
			places[place] = append(places[place], short)
		}
	}
	t := ties{}
	for _, tied := range places {
		for _, a := range tied {
			for _, b := range tied {
				if a != b {
					t[a] = append(t[a], b)
				}
			}
		}
	}
	return t, nil
}

// flowUUID is a flow in a detailed trace.
var flowUUID = regexp.MustCompile(`, uuid ([0-9a-f]{8})\n`)

// met says whether a detailed trace goes through a flow that has a tie.
func (t ties) met(trace string) bool {
	for _, m := range flowUUID.FindAllStringSubmatch(trace, -1) {
		if len(t[m[1]]) > 0 {
			return true
		}
	}
	return false
}

// explain says whether two detailed traces first differ where one took a flow
// and the other took one that is tied with it.
func (t ties) explain(a, b string) bool {
	as, bs := flowUUID.FindAllStringSubmatch(a, -1), flowUUID.FindAllStringSubmatch(b, -1)
	for i := range min(len(as), len(bs)) {
		if as[i][1] != bs[i][1] {
			return strings.Contains(strings.Join(t[as[i][1]], " "), bs[i][1])
		}
	}
	return false
}
