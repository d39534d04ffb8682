package browsertest

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	traffic "github.com/chromedp/cdproto/network"
	printer "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	pages "github.com/ovnwalk/ovnwalk/internal/page"
	"github.com/ovnwalk/ovnwalk/internal/render/tracehtml"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// requireBrowser names the environment variable that, set to 1, turns the skip
// of tests that need a browser into a failure.
const requireBrowser = "OVNWALK_REQUIRE_BROWSER"

// browser is a headless Chromium with one tab.
type browser struct {
	ctx context.Context

	mu       sync.Mutex
	requests []string // URLs of its requests
	console  []string // messages of its console
}

// openBrowser starts a Chromium with an empty profile, or skips the test.
func openBrowser(t *testing.T) *browser {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	switch {
	case program != "":
	case os.Getenv(requireBrowser) == "1":
		t.Fatalf("%s=1, but no Chromium is installed", requireBrowser)
	default:
		t.Skip("skipped: no Chromium is installed")
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(program), chromedp.UserDataDir(t.TempDir()),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true),
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(closeTab)
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	b := &browser{ctx: ctx}
	if err := chromedp.Listen(ctx, func(event any) {
		if e, ok := event.(*traffic.EventRequestWillBeSent); ok {
			b.mu.Lock()
			b.requests = append(b.requests, e.Request.URL)
			b.mu.Unlock()
		}
	}); err != nil {
		t.Fatal(err)
	}
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.console = append(b.console, m.String())
			b.mu.Unlock()
		}
	}()
	if _, err := chromedp.Call(ctx, traffic.Enable, traffic.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	return b
}

// open shows a page from a file.
func (b *browser) open(t *testing.T, text string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	b.requests = nil
	b.mu.Unlock()
	b.do(t, chromedp.Navigate((&url.URL{Scheme: "file", Path: file}).String()))
}

func (b *browser) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// setView sets the width of the window, the color scheme, light or dark, and the media, screen or print.
func (b *browser) setView(t *testing.T, width int64, scheme, media string) {
	t.Helper()
	b.do(t, chromedp.EmulateViewport(width, 900))
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: media, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// eval runs JavaScript in the page.
func eval[T any](t *testing.T, b *browser, js string) T {
	t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js))
	if err != nil {
		t.Fatalf("%s: %v", js, err)
	}
	return v
}

// want compares the value of an expression.
func want[T comparable](t *testing.T, b *browser, js string, value T) {
	t.Helper()
	if got := eval[T](t, b, js); got != value {
		t.Errorf("%s is %v, want %v", js, got, value)
	}
}

// press presses keys, one after the other.
func (b *browser) press(t *testing.T, keys ...string) {
	t.Helper()
	for _, key := range keys {
		b.do(t, chromedp.KeyEvent(key))
	}
}

// slash presses the slash key with a key event that the page can cancel, unlike that of press.
func (b *browser) slash(t *testing.T) {
	t.Helper()
	for _, e := range []input.DispatchKeyEventParams{
		{Type: input.DispatchKeyEventTypeKeyDown, Key: "/", Code: "Slash", Text: "/"},
		{Type: input.DispatchKeyEventTypeKeyUp, Key: "/", Code: "Slash"},
	} {
		if _, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, e); err != nil {
			t.Fatal(err)
		}
	}
}

// pageOf returns the page of a trace.
func pageOf(t testing.TB, tr *trace.Trace, o tracehtml.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := tracehtml.Write(&b, tr, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// hostileOptions returns options with names that are markup.
func hostileOptions() tracehtml.Options {
	names := tracetest.Hostile
	return tracehtml.Options{
		Near: func(*trace.Table) []verdict.NearMiss {
			return []verdict.NearMiss{{
				Place: trace.Place{Stage: names[7], Flow: &trace.Flow{UUID: names[1], Source: names[0]}}, Match: names[0], Actions: names[0],
				Parts: []verdict.FailedPart{{End: len(names[0]), Field: names[1], Actual: names[0], Wanted: names[7]}},
			}}
		},
		Origins: func(*trace.Flow) []string { return names },
		Why:     &tracehtml.Explanation{Summary: strings.Join(names, "\n"), Notes: names},
		About:   pages.About{File: names[0], Time: names[1], Command: names[2], Program: names[8]},
	}
}

// near is a page option that gives a table a near miss.
func near(at *trace.Table) []verdict.NearMiss {
	if at.Stage != "lr_in_ip_routing" {
		return nil
	}
	return []verdict.NearMiss{{
		Match: "ip4.dst == 10.0.0.0/8", Actions: "drop;", Place: trace.Place{Stage: at.Stage, Flow: tracetest.Flow(3)},
		Parts: []verdict.FailedPart{{Start: 0, End: 21, Field: "ip4.dst", Actual: "192.168.1.11", Wanted: "10.0.0.0/8"}},
	}}
}

func TestPageInBrowser(t *testing.T) {
	b := openBrowser(t)
	text := pageOf(t, tracetest.Demo(t, tracetest.AcrossTheRouter), tracehtml.Options{Near: near, Why: &tracehtml.Explanation{Summary: "8.8.8.8 is named by no flow"}})

	t.Run("no requests", func(t *testing.T) {
		b.setView(t, 1440, "light", "screen")
		b.open(t, text)
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, r := range b.requests {
			if !strings.HasPrefix(r, "file:") && !strings.HasPrefix(r, "data:") {
				t.Errorf("request of %s", r)
			}
		}
		if len(b.requests) == 0 {
			t.Error("no request was recorded, not even that of the page")
		}
	})
	t.Run("folds by click", func(t *testing.T) {
		b.open(t, text)
		const row, panel = `document.querySelector('.step .row')`, `document.querySelector('.step .panel')`
		want(t, b, row+`.getAttribute('aria-expanded')`, "false")
		want(t, b, panel+`.offsetHeight > 0`, false)
		b.do(t, chromedp.Click(chromedp.CSS(".step .row")))
		want(t, b, row+`.getAttribute('aria-expanded')`, "true")
		want(t, b, panel+`.offsetHeight > 0`, true)
		b.do(t, chromedp.Click(chromedp.CSS(".step .row")))
		want(t, b, panel+`.offsetHeight > 0`, false)
		b.do(t, chromedp.Click(chromedp.CSS(".part .head")))
		want(t, b, row+`.offsetHeight > 0`, false)
		want(t, b, `document.querySelector('.part .head').getAttribute('aria-expanded')`, "false")
	})
	t.Run("folds by keyboard", func(t *testing.T) {
		b.open(t, text)
		const active, open = `document.activeElement.id`, `document.activeElement.getAttribute('aria-expanded')`
		eval[any](t, b, `document.querySelector('#walk .row').focus(), 0`)
		want(t, b, active, "s1")
		b.press(t, kb.ArrowDown)
		want(t, b, active, "s2")
		b.press(t, kb.Enter)
		want(t, b, open, "true")
		b.press(t, " ")
		want(t, b, open, "false")
		b.press(t, kb.ArrowRight)
		want(t, b, open, "true")
		b.press(t, kb.ArrowLeft)
		want(t, b, open, "false")
		want(t, b, active, "s2")
		b.press(t, kb.ArrowLeft) // to the section
		want(t, b, active, "s1")
		b.press(t, kb.ArrowLeft)
		want(t, b, open, "false")
		b.press(t, kb.ArrowDown) // past what is folded
		want(t, b, `document.activeElement.classList.contains('head')`, true)
		want(t, b, active, "s4")
		b.press(t, kb.ArrowUp, kb.ArrowRight, kb.ArrowRight)
		want(t, b, active, "s2")
		b.press(t, kb.End)
		want(t, b, active, eval[string](t, b, `[...document.querySelectorAll('#walk .row')].at(-1).id`))
		b.press(t, kb.ArrowDown)
		want(t, b, active, eval[string](t, b, `[...document.querySelectorAll('#walk .row')].at(-1).id`))
		b.press(t, kb.Home)
		want(t, b, active, "s1")
	})
	t.Run("unfolds all", func(t *testing.T) {
		b.open(t, text)
		const unfolded = `document.querySelectorAll('.step .row[aria-expanded=true]').length`
		b.do(t, chromedp.Click(chromedp.CSS("#unfold")))
		want(t, b, unfolded, eval[int](t, b, `document.querySelectorAll('.step').length`))
		b.do(t, chromedp.Click(chromedp.CSS("#fold")))
		want(t, b, unfolded, 0)
	})
	t.Run("searches", func(t *testing.T) {
		b.open(t, text)
		const found, current = `document.getElementById('found').textContent`, `document.querySelector('.step.current .stage').textContent`
		b.slash(t)
		want(t, b, `document.activeElement.id`, "search")
		want(t, b, `document.getElementById('search').value`, "")
		b.press(t, "i", "p", "_", "r", "o", "u", "t", "i", "n", "g")
		want(t, b, found, "3 steps")
		want(t, b, `document.querySelectorAll('.step.found').length`, 3)
		want(t, b, `CSS.highlights.get('found').size > 0`, true)
		b.press(t, kb.Enter)
		want(t, b, found, "1 of 3")
		want(t, b, current, "lr_in_ip_routing_pre")
		b.press(t, kb.Enter)
		want(t, b, current, "lr_in_ip_routing")
		b.press(t, kb.Enter, kb.Enter)
		want(t, b, found, "1 of 3")
		b.press(t, kb.Escape)
		want(t, b, `document.getElementById('search').value`, "")
		want(t, b, `document.activeElement.querySelector('.stage').textContent`, "lr_in_ip_routing_pre")
		want(t, b, `document.querySelectorAll('.step.found').length`, 0)

		// Search finds folded steps and unfolds their sections.
		eval[any](t, b, `document.querySelectorAll('.part .head').forEach((h) => h.click()), 0`)
		b.slash(t)
		b.do(t, chromedp.SendKeys(chromedp.CSS("#search"), "IP.TTL-- northd.c:10388"))
		want(t, b, found, "1 step")
		want(t, b, `document.querySelector('.step.found').offsetHeight > 0`, true)
		b.do(t, chromedp.SendKeys(chromedp.CSS("#search"), " nothing like it"))
		want(t, b, found, "no step")
	})
	t.Run("near misses on demand", func(t *testing.T) {
		b.open(t, text)
		const miss = `document.querySelector('.near .near-miss')`
		want(t, b, miss+`.offsetHeight > 0`, false)
		eval[any](t, b, miss+`.closest('.step').querySelector('.row').click(), 0`)
		want(t, b, miss+`.checkVisibility()`, false)
		b.do(t, chromedp.Click(chromedp.CSS(".near summary")))
		want(t, b, miss+`.checkVisibility()`, true)
		want(t, b, `document.querySelector('.near mark').textContent`, "ip4.dst == 10.0.0.0/8")
	})
	t.Run("links lead to steps", func(t *testing.T) {
		b.open(t, text)
		eval[any](t, b, `document.querySelectorAll('.part .head').forEach((h) => h.click()), 0`)
		eval[any](t, b, `[...document.querySelectorAll('svg.wide a')].at(-1).dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true})), 0`)
		want(t, b, `document.activeElement.querySelector('.stage').textContent`, "ls_out_apply_port_sec")
		want(t, b, `document.activeElement.getAttribute('aria-expanded')`, "true")
		want(t, b, `document.activeElement.offsetHeight > 0`, true)
	})
	t.Run("light and dark", func(t *testing.T) {
		const paper = `getComputedStyle(document.body).backgroundColor`
		b.setView(t, 1440, "light", "screen")
		b.open(t, text)
		light := eval[string](t, b, paper)
		b.setView(t, 1440, "dark", "screen")
		b.open(t, text)
		dark := eval[string](t, b, paper)
		if light == dark {
			t.Errorf("light and dark are both %s", light)
		}
		want(t, b, `document.getElementById('theme').getAttribute('aria-pressed')`, "true")
		b.do(t, chromedp.Click(chromedp.CSS("#theme")))
		want(t, b, paper, light)
		want(t, b, `document.getElementById('theme').getAttribute('aria-pressed')`, "false")
		b.do(t, chromedp.Reload())
		want(t, b, paper, light) // the choice is stored
		b.do(t, chromedp.Click(chromedp.CSS("#theme")))
		want(t, b, paper, dark)
		eval[any](t, b, `localStorage.clear(), 0`)
	})
	t.Run("paper", func(t *testing.T) {
		b.setView(t, 720, "dark", "print")
		b.open(t, text)
		want(t, b, `getComputedStyle(document.body).backgroundColor`, "rgb(255, 255, 255)")
		want(t, b, `document.querySelector('.bar').offsetHeight`, 0)
		want(t, b, `document.querySelector('svg.narrow').checkVisibility()`, true)
		want(t, b, `document.documentElement.scrollWidth <= 720`, true)
		pdf, err := chromedp.Call(b.ctx, printer.PrintToPDF, printer.PrintToPDFParams{})
		if err != nil || !strings.HasPrefix(string(pdf.Data), "%PDF-") {
			t.Errorf("does not print: %v", err)
		}
		b.setView(t, 1440, "light", "screen")
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.console {
		t.Errorf("console: %s", m)
	}
}

// widthsAndSchemes are window widths and color schemes.
var widthsAndSchemes = []struct {
	width  int64
	scheme string
}{{390, "light"}, {390, "dark"}, {768, "light"}, {1440, "light"}, {1440, "dark"}}

// TestAccessibility checks that the page fits every window, that its texts have enough contrast, and
// that its controls have names for screen readers.
func TestAccessibility(t *testing.T) {
	b := openBrowser(t)
	for name, tr := range map[string]*trace.Trace{"router": tracetest.Demo(t, tracetest.AcrossTheRouter), "arp": tracetest.Demo(t, tracetest.Broadcast), "everything": tracetest.Everything()} {
		text := pageOf(t, tr, tracehtml.Options{Near: near, Why: &tracehtml.Explanation{Summary: "because", Notes: []string{"of this"}}})
		for _, c := range widthsAndSchemes {
			t.Run(fmt.Sprintf("%s %d %s", name, c.width, c.scheme), func(t *testing.T) {
				b.setView(t, c.width, c.scheme, "screen")
				b.open(t, text)
				b.do(t, chromedp.Click(chromedp.CSS("#unfold")))
				want(t, b, fmt.Sprintf(`document.documentElement.scrollWidth <= %d`, c.width), true)
				want(t, b, `document.querySelector('svg.narrow').checkVisibility()`, c.width < 760)
				want(t, b, `document.querySelector('svg.wide').checkVisibility()`, c.width >= 760)
				want(t, b, `[...document.querySelectorAll('button, a, input, summary, svg[role=img]')].filter((e) => e.checkVisibility() && !(e.textContent.trim() || e.getAttribute('aria-label'))).length`, 0)
				if poor := eval[string](t, b, contrastJS); poor != "" {
					t.Errorf("low contrast:\n%s", poor)
				}
			})
		}
	}
}

// TestContrastCheck checks that the check of contrasts finds a poor one.
func TestContrastCheck(t *testing.T) {
	b := openBrowser(t)
	b.setView(t, 1440, "light", "screen")
	b.open(t, pageOf(t, tracetest.Demo(t, tracetest.AcrossTheRouter), tracehtml.Options{}))
	eval[any](t, b, `document.documentElement.style.setProperty('--quiet', '#c0c4c8'), 0`)
	if poor := eval[string](t, b, contrastJS); !strings.Contains(poor, "SPAN.match") {
		t.Errorf("found %q", poor)
	}
}

// contrastJS lists the texts whose contrast is below 4.5, or 3 where they are
// large (WCAG 2.2, success criterion 1.4.3).
const contrastJS = `(() => {
  const context = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = (color) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, under) => top.slice(0, 3).map((v, i) => v * top[3] + under[i] * (1 - top[3]));
  const behind = (e) => {
    const layers = [];
    for (; e; e = e.parentElement) {
      const style = getComputedStyle(e);
      layers.push(rgba(style.backgroundColor));
      if (e.tagName === 'g' && e.querySelector('rect')) layers.push(rgba(getComputedStyle(e.querySelector('rect')).fill));
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
  };
  const luminance = (c) => {
    const [r, g, b] = c.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const poor = new Set();
  for (const e of document.querySelectorAll('body *')) {
    const text = [...e.childNodes].filter((n) => n.nodeType === 3 && n.data.trim());
    if (!text.length || !e.checkVisibility() || e.closest('.sr, .skip, script, style, title')) continue;
    const style = getComputedStyle(e);
    const under = behind(e);
    const ink = over(rgba(e instanceof SVGElement ? style.fill : style.color), under);
    const [hi, lo] = [luminance(ink), luminance(under)].sort((a, b) => b - a);
    const ratio = (hi + 0.05) / (lo + 0.05);
    const large = parseFloat(style.fontSize) >= 24;
    if (ratio < (large ? 3 : 4.5)) poor.add(e.tagName + '.' + e.getAttribute('class') + ' ' + ratio.toFixed(2) + ' ' + text[0].data.trim().slice(0, 40));
  }
  return [...poor].join('\n');
})()`

// TestHostilePageInBrowser checks that names that are markup are shown as text.
func TestHostilePageInBrowser(t *testing.T) {
	b := openBrowser(t)
	for i, tr := range tracetest.Traces(t)[4:12] {
		b.open(t, pageOf(t, tr, hostileOptions()))
		b.do(t, chromedp.Click(chromedp.CSS("#unfold")))
		want(t, b, `typeof window.pwned`, "undefined")
		want(t, b, `document.querySelectorAll('img, iframe, object, embed, b b').length`, 0)
		want(t, b, `document.querySelectorAll('script').length`, 1)
		if inport := eval[string](t, b, `document.querySelectorAll('.sub b')[1].textContent`); inport != strings.TrimSpace(escape.Text(tr.Root.Inport.DisplayName(true))) {
			t.Errorf("trace %d: shows %q for %q", i, inport, tr.Root.Inport)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.console {
		t.Errorf("the page complains: %s", m)
	}
}
