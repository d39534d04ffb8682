package witness

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// isCarried reports whether packets that leave by a port may enter by such ports.
func (x *Finder) isCarried(port *lflow.Port) bool { return x.Carried != nil && x.Carried(port) }

// carried goes backward from packets that enter by a port to the ports by which they left before.
// inner is their region without the port.
func (w *sweep) carried(port *lflow.Port, r, inner *Region) {
	if !w.a.x.isCarried(port) {
		return
	}
	frame := *inner // it has headers only
	for i := range 7 {
		frame.mask[i], frame.val[i] = 0, 0
	}
	for _, d := range w.a.x.n.Datapaths {
		if !w.within[d] {
			continue
		}
		for _, from := range d.Ports() {
			if w.a.x.isCarried(from) {
				w.leave(w.a.x.path(d), from, &frame)
			}
		}
	}
	if !slices.ContainsFunc(w.far, r.within) {
		w.far = append(w.far, r)
	}
}
