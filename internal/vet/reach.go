package vet

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// internalPortTypes are the types of ports by which no packet enters from outside: those that lead to
// another datapath, and those for a port on another chassis.
var internalPortTypes = []string{"patch", "l3gateway", "chassisredirect"}

// reach reports the datapaths to which no packet can come: those without a port
// where packets enter, to which no datapath with one leads.
func (v *checker) reach([]*flow) {
	reached := map[*lflow.Datapath]bool{}
	var queue []*lflow.Datapath
	come := func(d *lflow.Datapath) {
		if !reached[d] {
			reached[d] = true
			queue = append(queue, d)
		}
	}
	for _, p := range v.n.Ports() {
		if !slices.Contains(internalPortTypes, p.Type) {
			come(p.Datapath)
		}
	}
	for len(queue) > 0 {
		d := queue[0]
		queue = queue[1:]
		for _, p := range d.Ports() {
			if p.Peer != nil {
				come(p.Peer.Datapath)
			}
		}
	}
	for _, d := range v.n.Datapaths {
		if reached[d] {
			continue
		}
		what := "it has no port"
		if ports := d.Ports(); len(ports) > 0 {
			what = report.Count(len(ports), "port") + ", and none of them leads to a datapath where packets enter"
		}
		v.add(Finding{
			Code: UnreachedDatapath, Datapaths: []string{d.DisplayName(true)},
			Message: "no packet can come to " + d.DisplayName(true) + ": " + what,
		})
	}
}
