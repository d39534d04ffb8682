package browsertest

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/render/connecthtml"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/trace"
)

// connection returns the page of a connection over the network of the guide's
// tickets.
func connection(t *testing.T, p address.Probe, o connect.Options) string {
	t.Helper()
	n, err := lflow.Open(t.Context(), "../../testdata/tickets/sb.db.gz", lflow.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	c, err := cluster.New([]*lflow.Network{n}, cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := connect.Opening{Probe: p}.First(c)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	rows := func(f *trace.Flow) []string {
		return []string{"ACL firewalls-closed (to-lport, priority 1001, drop) of port group firewalls"}
	}
	if err := connecthtml.Write(&b, connect.Ask(c, &o, f), connecthtml.Options{Origins: rows}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestConnectionInBrowser checks pages of connections on wide and narrow screens, in the dark color
// scheme and in print.
func TestConnectionInBrowser(t *testing.T) {
	b := openBrowser(t)
	lost := connection(t, address.Probe{From: "web1", To: "db1", Proto: "tcp:5432"}, connect.Options{Obstacles: true})
	outside := connection(t, address.Probe{From: "physnet", To: "172.16.0.111", Proto: "tcp:443", Packet: "eth.src == 0a:00:00:00:fa:01 && ip4.src == 172.16.0.200"}, connect.Options{HostsAnswer: true})

	const rect = `(s, i = 0) => document.querySelectorAll(s)[i].getBoundingClientRect()`
	t.Run("asks for nothing", func(t *testing.T) {
		b.setView(t, 1440, "light", "screen")
		b.open(t, outside)
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, r := range b.requests {
			if !strings.HasPrefix(r, "file:") && !strings.HasPrefix(r, "data:") {
				t.Errorf("asked for %s", r)
			}
		}
		if len(b.console) > 0 {
			t.Errorf("complaints: %q", b.console)
		}
	})
	t.Run("lanes", func(t *testing.T) {
		b.setView(t, 1440, "light", "screen")
		b.open(t, outside)
		want(t, b, `[...document.querySelectorAll('.lane b')].map((l) => l.textContent).join()`, "physical,gw1,hv1")
		x := eval[[]float64](t, b, `[...document.querySelectorAll('.lane')].map((l) => l.getBoundingClientRect().x)`)
		if !slices.IsSorted(x) {
			t.Errorf("lanes at %v", x)
		}
		want(t, b, `(() => { const r = `+rect+`; return [...document.querySelectorAll('.place')].every((p) => { const x = p.getBoundingClientRect(); return [...document.querySelectorAll('.band')].some((l) => { const y = l.getBoundingClientRect(); return x.left >= y.left && x.right <= y.right && x.bottom <= y.bottom }) }) })()`, true)
		want(t, b, `(() => { const r = `+rect+`; return r('.packet', 0).top < r('.packet', 1).top })()`, true)
		want(t, b, `(() => { const r = `+rect+`; return r('.link', 0).left >= r('.band', 0).right - 10 && r('.link', 0).right <= r('.band', 1).left + 10 })()`, true)
		want(t, b, `document.documentElement.scrollWidth <= innerWidth`, true)
	})
	t.Run("loss", func(t *testing.T) {
		b.setView(t, 1440, "light", "screen")
		b.open(t, lost)
		want(t, b, `getComputedStyle(document.querySelector('.loss')).borderTopColor`, "rgb(179, 38, 30)")
		want(t, b, `document.querySelector('.loss .row').textContent.startsWith('ACL firewalls-closed')`, true)
		want(t, b, `document.querySelector('.loss pre').checkVisibility()`, false)
		b.do(t, chromedp.Click(chromedp.CSS(".loss summary")))
		want(t, b, `document.querySelector('.loss pre').checkVisibility()`, true)
	})
	t.Run("dark", func(t *testing.T) {
		b.setView(t, 1440, "dark", "screen")
		b.open(t, lost)
		want(t, b, `getComputedStyle(document.body).backgroundColor`, "rgb(17, 20, 24)")
		b.do(t, chromedp.Click(chromedp.CSS("#theme")))
		want(t, b, `getComputedStyle(document.body).backgroundColor`, "rgb(246, 247, 249)")
	})
	t.Run("phone", func(t *testing.T) {
		b.setView(t, 390, "light", "screen")
		for _, text := range []string{lost, outside} {
			b.open(t, text)
			want(t, b, `document.documentElement.scrollWidth`, 390)
			want(t, b, `document.querySelector('.lane').checkVisibility()`, false)
			want(t, b, `document.querySelector('.on').checkVisibility()`, true)
			y := eval[[]float64](t, b, `[...document.querySelectorAll('.place, .link, .packet')].map((l) => l.getBoundingClientRect().y)`)
			if !slices.IsSorted(y) {
				t.Errorf("places at %v", y)
			}
		}
	})
	t.Run("paper", func(t *testing.T) {
		b.setView(t, 720, "dark", "print")
		b.open(t, outside)
		want(t, b, `getComputedStyle(document.body).backgroundColor`, "rgb(255, 255, 255)")
		want(t, b, `document.getElementById('theme').checkVisibility()`, false)
	})
}
