package connecthtml_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/page"
	"github.com/ovnwalk/ovnwalk/internal/render/connecthtml"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/trace"
)

// answer walks a connection over the network of the guide's tickets.
func answer(t *testing.T, p address.Probe, o connect.Options) *connect.Answer {
	t.Helper()
	n := tracetest.Open(t, "../../../testdata/tickets/sb.db.gz", lflow.Options{})
	c, err := cluster.New([]*lflow.Network{n}, cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := connect.Opening{Probe: p}.First(c)
	if err != nil {
		t.Fatal(err)
	}
	return connect.Ask(c, &o, f)
}

func pageOf(t *testing.T, a *connect.Answer, o connecthtml.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := connecthtml.Write(&b, a, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var (
	toDatabase = address.Probe{From: "web1", To: "db1", Proto: "tcp:5432"}
	toShop     = address.Probe{From: "pc1", To: "10.9.9.9", Proto: "tcp:443"}
	toFloating = address.Probe{From: "physnet", To: "172.16.0.111", Proto: "tcp:443", Packet: "eth.src == 0a:00:00:00:fa:01 && ip4.src == 172.16.0.200"}
)

// found returns what a pattern's group matches in a text, in order.
func found(text, pattern string) (all []string) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

func equal(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// TestLanes checks that there is a lane for each chassis and physical network, in the order of the
// request's path, and the packets below each other.
func TestLanes(t *testing.T) {
	text := pageOf(t, answer(t, toFloating, connect.Options{HostsAnswer: true}), connecthtml.Options{})
	equal(t, "lanes", found(text, `<div class="lane [^>]*>.*?<b>([^<]*)</b>`), "physical", "gw1", "hv1")
	equal(t, "packets", found(text, `<span class="what">([^<]*)<`), "Request", "Reply", "Third")
	equal(t, "links", found(text, `<div class="link[^>]*><span>([^<]*)<`), "network", "tunnel", "tunnel", "network", "network", "tunnel")
	equal(t, "directions", found(text, `<div class="link r\d+ c\d e\d( back|)">`), "", "", " back", " back", "", "")
	equal(t, "translations", found(text, `<div class="event"><b>([^<]*)<`), "ip4.dst", "ip4.src", "ip4.dst")
	equal(t, "hosts", found(text, `<div class="host[^>]*><b>([^<]*)<`), "a host outside", "web1", "web1", "a host outside", "a host outside", "web1")
	if strings.Contains(text, `class="loss"`) {
		t.Error("something is lost")
	}
}

// TestLoss checks the place where a packet is lost, with its northbound row.
func TestLoss(t *testing.T) {
	rows := func(f *trace.Flow) []string {
		if f == nil {
			return nil
		}
		return []string{"ROW OF " + f.Stage}
	}
	text := pageOf(t, answer(t, toDatabase, connect.Options{}), connecthtml.Options{Origins: rows})
	equal(t, "lost", found(text, `<h3 class="packet r\d+ lost"><span class="what">([^<]*)<`), "Reply")
	equal(t, "codes", found(text, `<b class="code">([^<]*)<`), "ct-invalid")
	equal(t, "rows", found(text, `<div class="row">([^<]*)<`), "ROW OF ls_out_acl")
	if strings.Count(text, " lost\"><span class=\"on\">hv1</span>") != 1 {
		t.Error("the loss is not on hv1")
	}
	shop := pageOf(t, answer(t, toShop, connect.Options{}), connecthtml.Options{Origins: rows})
	equal(t, "choices", found(shop, `<h2 class=""><b class="(\w+)">`), "good", "bad")
	equal(t, "lost", found(shop, `<b class="code">([^<]*)<`), "acl-drop")
}

// TestPageIsSelfContained also checks that the page is deterministic.
func TestPageIsSelfContained(t *testing.T) {
	text := pageOf(t, answer(t, toShop, connect.Options{}), connecthtml.Options{})
	if again := pageOf(t, answer(t, toShop, connect.Options{}), connecthtml.Options{}); again != text {
		t.Error("two runs differ")
	}
	for _, banned := range []string{"http:", "https:", "url(", " style=", "<img", "onload"} {
		if strings.Contains(text, banned) {
			t.Errorf("the page has %s", banned)
		}
	}
	if !strings.Contains(text, `Content-Security-Policy" content="default-src &#39;none&#39;`) {
		t.Error("the page has no policy")
	}
	ids := found(text, ` id="([^"]*)"`)
	slices.Sort(ids)
	if len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("ids are not unique: %q", ids)
	}
}

// TestHostileNames checks that no name becomes markup.
func TestHostileNames(t *testing.T) {
	names := tracetest.Hostile
	a := answer(t, toDatabase, connect.Options{Obstacles: true})
	a.Assumed, a.Warnings = names, names
	for i := range a.Outcomes {
		o := &a.Outcomes[i]
		for k := range o.Packets {
			p := &o.Packets[k]
			p.On = names[k%len(names)]
			for j := range p.Arrived {
				for h := range p.Arrived[j].Path {
					hop := &p.Arrived[j].Path[h]
					hop.Chassis, hop.Datapath = names[h%len(names)], trace.DatapathNamed(names[(h+1)%len(names)], 1)
				}
			}
		}
		o.Where.Detail, o.Where.Stage, o.Where.Datapath = names[0], names[1], trace.DatapathNamed(names[2], 1)
	}
	text := pageOf(t, a, connecthtml.Options{
		Origins: func(*trace.Flow) []string { return names }, WhyNot: func(*connect.Packet) []string { return names },
		About: page.About{File: names[0], Command: names[1]},
	})
	for _, tag := range []string{"<script>alert", "<img", "<b>x", "<svg onload", "\x1b", "\u202e"} {
		if strings.Contains(text, tag) {
			t.Errorf("the page has %q", tag)
		}
	}
}

// TestManyChassis has a path over more chassis than there are lanes, and more outcomes than are shown.
func TestManyChassis(t *testing.T) {
	a := answer(t, toDatabase, connect.Options{})
	path := a.Outcomes[0].Packets[0].Arrived[0].Path
	for i := range 400 {
		path = append(path, connect.Hop{Kind: connect.HopTunnel}, connect.Hop{Kind: connect.HopEgress, Chassis: fmt.Sprintf("hv%d", i%50), Datapath: trace.DatapathNamed("d", 1)})
	}
	a.Outcomes[0].Packets[0].Arrived[0].Path = path
	for range connecthtml.MaxOutcomes + 3 {
		a.Outcomes = append(a.Outcomes, a.Outcomes[0])
	}
	text := pageOf(t, a, connecthtml.Options{})
	if n := len(found(text, `<div class="(lane) `)); n != connecthtml.MaxLanes*connecthtml.MaxOutcomes {
		t.Errorf("%d lanes", n)
	}
	for _, want := range []string{"more places are not shown", "4 more outcomes are not shown"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
}
