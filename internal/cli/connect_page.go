package cli

import (
	"io"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/page"
	"github.com/ovnwalk/ovnwalk/internal/render/connecthtml"
)

// writeConnectPage writes an answer as an HTML page, with the output of --why-not and
// --physical.
func writeConnectPage(out io.Writer, a *connect.Answer, about *connectAbout, from page.About) error {
	var failure error
	o := connecthtml.Options{Origins: about.origins, About: from}
	o.WhyNot = func(p *connect.Packet) (lines []string) {
		var b strings.Builder
		if err := about.writeWhyNot(&b, p); err != nil {
			failure = err
		}
		for i := range p.Arrived {
			about.writePhysical(&b, p.Arrived[i].Path)
		}
		if text := strings.TrimRight(b.String(), "\n"); text != "" {
			lines = slices.Collect(strings.SplitSeq(text, "\n"))
		}
		return lines
	}
	if err := connecthtml.Write(out, a, o); err != nil {
		return err
	}
	return failure
}
