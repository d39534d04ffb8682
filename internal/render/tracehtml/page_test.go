package tracehtml

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	pages "github.com/ovnwalk/ovnwalk/internal/page"
	"github.com/ovnwalk/ovnwalk/internal/render/route"
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// pageOf returns the page of a trace.
func pageOf(t testing.TB, tr *trace.Trace, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, tr, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// hostileOptions returns options with names that are markup.
func hostileOptions() Options {
	return Options{
		Near: func(at *trace.Table) []verdict.NearMiss {
			match := tracetest.Hostile[0] + " && " + tracetest.Hostile[1]
			return []verdict.NearMiss{{
				Place: trace.Place{Stage: tracetest.Hostile[7], Flow: &trace.Flow{UUID: tracetest.Hostile[1], Source: tracetest.Hostile[0]}},
				Match: match, Actions: tracetest.Hostile[0],
				Parts: []verdict.FailedPart{{Start: 0, End: len(tracetest.Hostile[0]), Field: tracetest.Hostile[1], Actual: tracetest.Hostile[0], Wanted: tracetest.Hostile[7]}},
			}}
		},
		Origins: func(*trace.Flow) []string { return tracetest.Hostile },
		Why:     &Explanation{Summary: strings.Join(tracetest.Hostile, "\n"), Notes: tracetest.Hostile, Close: []verdict.NearMiss{{Match: tracetest.Hostile[0], Place: trace.Place{Stage: tracetest.Hostile[7], Datapath: trace.DatapathNamed(tracetest.Hostile[1], 1)}}}},
		About:   pages.About{File: tracetest.Hostile[0], Time: tracetest.Hostile[1], Command: tracetest.Hostile[2], Program: tracetest.Hostile[8]},
	}
}

var (
	tags   = regexp.MustCompile(`<[a-zA-Z/!][^>]*>`)
	known  = regexp.MustCompile(`^</?(html|head|meta|title|link|style|script|noscript|body|a|header|div|h1|h2|h4|p|b|s|ins|button|svg|circle|path|rect|g|text|span|main|section|article|code|ul|li|details|summary|pre|input|kbd|output|footer|dl|dt|dd|table|tbody|tr|th|td|mark)\b|^<!DOCTYPE html>$`)
	events = regexp.MustCompile(`(?i)\son[a-z]+\s*=`)
)

// TestPageOfHostileNames checks that no name becomes markup: the page has only the elements of its
// template and its own script.
func TestPageOfHostileNames(t *testing.T) {
	for i, tr := range tracetest.Traces(t)[:14] {
		page := pageOf(t, tr, hostileOptions())
		page = strings.Replace(page, string(pageShell.Script), "", 1)
		if strings.Contains(page, string(pageShell.Script)) || strings.Count(page, "<script>") != 1 || strings.Count(page, "<style>") != 2 {
			t.Errorf("trace %d: not one script and two styles", i)
		}
		for _, tag := range tags.FindAllString(page, -1) {
			if !known.MatchString(tag) {
				t.Errorf("trace %d: element %s", i, tag)
			}
			if events.MatchString(regexp.MustCompile(`"[^"]*"`).ReplaceAllString(tag, "")) {
				t.Errorf("trace %d: a handler in %s", i, tag)
			}
		}
	}
}

var (
	address = regexp.MustCompile(`(?i)\s(?:src|href|action|srcset|poster|data)\s*=\s*"([^"]*)"`)
	request = regexp.MustCompile(`(?i)url\(|@import|fetch\(|XMLHttpRequest|WebSocket|sendBeacon|import\s*\(|https?:`)
)

// TestPageIsSelfContained checks that a page makes no requests.
func TestPageIsSelfContained(t *testing.T) {
	page := pageOf(t, tracetest.Demo(t, tracetest.AcrossTheRouter), Options{})
	for _, tag := range tags.FindAllString(page, -1) {
		for _, m := range address.FindAllStringSubmatch(tag, -1) {
			if target := m[1]; !strings.HasPrefix(target, "#") && target != "data:," {
				t.Errorf("request of %s", target)
			}
		}
	}
	if m := request.FindString(string(pageShell.Style) + string(pageShell.Script)); m != "" {
		t.Errorf("style or script has %s", m)
	}
	if !strings.Contains(page, "default-src &#39;none&#39;") {
		t.Error("no policy against requests")
	}
}

// TestPagePolicy checks that the policy has the hashes of the page's style and script.
func TestPagePolicy(t *testing.T) {
	page := pageOf(t, tracetest.Demo(t, tracetest.AcrossTheRouter), Options{})
	for _, element := range []string{"style", "script"} {
		for _, m := range regexp.MustCompile(`(?s)<`+element+`>(.*?)</`+element+`>`).FindAllStringSubmatch(page, -1) {
			want := strings.NewReplacer("'", "&#39;", "+", "&#43;").Replace(pages.Hash(m[1]))
			if !strings.Contains(page, want) {
				t.Errorf("the policy has no %s for %s %.40q", want, element, m[1])
			}
		}
	}
}

var (
	ids      = regexp.MustCompile(`\sid="([^"]+)"`)
	controls = regexp.MustCompile(`(?:aria-controls|aria-labelledby|aria-describedby)="([^"]+)"|href="#([^"]+)"`)
)

// TestPageLinks checks that every reference of a link or button has a target and that ids are unique.
func TestPageLinks(t *testing.T) {
	for i, tr := range append(tracetest.Traces(t)[:14], tracetest.Demo(t, tracetest.Broadcast)) {
		page := pageOf(t, tr, Options{})
		have := map[string]bool{}
		for _, m := range ids.FindAllStringSubmatch(page, -1) {
			if have[m[1]] {
				t.Errorf("trace %d: two have the id %s", i, m[1])
			}
			have[m[1]] = true
		}
		for _, m := range controls.FindAllStringSubmatch(page, -1) {
			if name := m[1] + m[2]; !have[name] {
				t.Errorf("trace %d: nothing is called %s", i, name)
			}
		}
	}
}

// TestPageContents checks the tables, matches and changes on a page.
func TestPageContents(t *testing.T) {
	tr := tracetest.Demo(t, tracetest.AcrossTheRouter)
	page := pageOf(t, tr, Options{
		Near: func(at *trace.Table) []verdict.NearMiss {
			if at.Stage != "ls_in_l2_lkup" {
				return nil
			}
			return []verdict.NearMiss{{
				Match: "eth.dst == 40:44:00:00:00:09 && ip", Actions: "drop;", Place: trace.Place{Stage: "ls_in_l2_lkup", Flow: tracetest.Flow(3)},
				Parts: []verdict.FailedPart{{Start: 0, End: 28, Field: "eth.dst", Actual: "40:44:00:00:00:03", Wanted: "40:44:00:00:00:09"}},
			}}
		},
		Why:   &Explanation{Summary: "because"},
		About: pages.About{File: "sb.db", Command: "ovnwalk trace"},
	})
	tables := 0
	trace.Walk(tr.Root, func(n trace.Node) bool {
		if table, ok := n.(*trace.Table); ok {
			tables++
			if !strings.Contains(page, table.Flow.UUID) {
				t.Errorf("no flow %s", table.Flow.UUID)
			}
		}
		return true
	})
	if got := strings.Count(page, `<span class="number">`); got != tables {
		t.Errorf("%d steps for %d lookups", got, tables)
	}
	for _, want := range []string{
		`<span class="outcome-word">delivered</span>`,
		`<span class="mark rewrite">ip.ttl--</span>`,
		`<span class="mark outport">outport router1-net2</span>`,
		`<tr class="changed"><th scope="row">ip.ttl</th><td><s>64</s> <span aria-hidden="true">→</span> <ins>63</ins></td></tr>`,
		`<tr class="changed"><th scope="row">reg15 (outport)</th><td><s>0</s> <span aria-hidden="true">→</span> <ins>0x2 router1-net2</ins></td></tr>`,
		`Near misses (1)`,
		`<mark>eth.dst == 40:44:00:00:00:09</mark> &amp;&amp; ip`,
		`<p class="lead">because</p>`,
		`<dd>sb.db</dd>`,
		`Table 0 lets every packet pass.`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
}

// TestPageIsBounded checks that a page has at most MaxSteps steps and the number of the others.
func TestPageIsBounded(t *testing.T) {
	page := pageOf(t, tracetest.Loop(MaxSteps), Options{})
	if n := strings.Count(page, `<span class="number">`); n != MaxSteps {
		t.Errorf("%d steps", n)
	}
	if want := "The page has the first 4000 steps; 4000 more are in the trace."; !strings.Contains(page, want) {
		t.Errorf("the page does not have %q", want)
	}
}

func TestNearMisses(t *testing.T) {
	const match = "a == 1 && b == 2"
	for _, c := range []struct {
		name  string
		parts []verdict.FailedPart
		want  string
	}{
		{"none", nil, match},
		{"first", []verdict.FailedPart{{Start: 0, End: 6}}, "[a == 1] && b == 2"},
		{"both", []verdict.FailedPart{{Start: 0, End: 6}, {Start: 10, End: 16}}, "[a == 1] && [b == 2]"},
		{"actions", []verdict.FailedPart{{}}, match},
		{"beyond", []verdict.FailedPart{{Start: 10, End: 99}}, match},
		{"within", []verdict.FailedPart{{Start: 0, End: 6}, {Start: 2, End: 4}}, "[a == 1] && b == 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			for _, p := range nearMisses([]verdict.NearMiss{{Match: match, Parts: c.parts}}, nil)[0].Match {
				if p.Failed {
					got += "[" + p.Text + "]"
				} else {
					got += p.Text
				}
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestMarks(t *testing.T) {
	st := &step{}
	for i := range maxRewrites + 3 {
		st.mark(stepLabel{"rewrite", fmt.Sprint("x", i)})
	}
	st.mark(stepLabel{"dropped", "drop"})
	st.mark(stepLabel{"dropped", "drop"}) // a duplicate
	if n := len(st.Marks); n != maxRewrites+2 || st.Marks[maxRewrites].Text != "+3" {
		t.Errorf("%+v", st.Marks)
	}
}

func TestPageIsDeterministic(t *testing.T) {
	for i, tr := range tracetest.Traces(t)[:14] {
		var first, second bytes.Buffer
		err1, err2 := Write(&first, tr, Options{}), Write(&second, tr, Options{})
		if err1 != nil || err2 != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("trace %d: two runs differ (%v, %v)", i, err1, err2)
		}
	}
}

// TestPictureLayout checks that shapes are inside the picture and that rectangles do not overlap.
func TestPictureLayout(t *testing.T) {
	for i, tr := range tracetest.Traces(t) {
		r := route.Of(tr, wording.Names{})
		for _, p := range []*diagramPicture{widePicture(r, "TCP", "10.0.0.1:4000", func(*trace.Table) string { return "" }), trackPicture(r, "TCP", "10.0.0.1:4000", func(*trace.Table) string { return "" })} {
			var boxes []shape
			for _, g := range p.Groups {
				for _, s := range g.Shapes {
					if s.Kind == "rect" {
						boxes = append(boxes, s)
					}
					if s.X < 0 || s.Y < 0 || s.X > p.W || s.Y > p.H {
						t.Errorf("trace %d, %s: %+v is outside of %d by %d", i, p.Class, s, p.W, p.H)
					}
				}
			}
			for j, a := range boxes {
				if a.X+a.W > p.W || a.Y+a.H > p.H {
					t.Errorf("trace %d, %s: %+v is outside of %d by %d", i, p.Class, a, p.W, p.H)
				}
				for _, b := range boxes[:j] {
					if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
						t.Errorf("trace %d, %s: %+v overlaps %+v", i, p.Class, a, b)
					}
				}
			}
		}
	}
}
