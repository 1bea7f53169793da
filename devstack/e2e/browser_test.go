package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// browser is the one that all tests share, until closeBrowser: with a camera that is
// none, and without what calls home.
var (
	browser = sync.OnceValues(func() (context.Context, error) {
		path, err := exec.LookPath("chromium")
		if err != nil {
			return nil, fmt.Errorf("the browser tests need Debian's chromium: %w", err)
		}
		allocator, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true),
			chromedp.Flag("disable-component-update", true), chromedp.Flag("use-fake-ui-for-media-stream", true),
			chromedp.Flag("use-fake-device-for-media-stream", true))...)
		ctx, cancel := chromedp.NewContext(allocator)
		closeBrowser = func() { cancel(); stop() }
		return ctx, chromedp.Run(ctx)
	})
	closeBrowser = func() {}
)

// tab is a window of the browser that is in front, with cookies and storage of its own.
type tab struct {
	*testing.T
	ctx  context.Context
	look look
	mu   sync.Mutex
	said []string // errors of the page: scripts, its security policy
}

// look is how a page is looked at.
type look struct {
	width         int64
	theme, locale string
}

var (
	wide   = look{1440, "light", "en"}
	narrow = look{390, "light", "en"}
)

func newTab(t *testing.T, l look) *tab {
	t.Helper()
	ctx, err := window(t)
	if err == nil {
		err = chromedp.Run(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	b := &tab{T: t, ctx: ctx}
	chromedp.ListenTarget(ctx, b.listen)
	b.run(cdplog.Enable(), network.Enable(), emulation.SetFocusEmulationEnabled(true))
	b.as(l)
	return b
}

// window opens a window of its own, as the browser's tabs of another person need.
func window(t *testing.T) (context.Context, error) {
	t.Helper()
	shared, err := browser()
	if err != nil {
		return nil, err
	}
	at := cdp.WithExecutor(shared, chromedp.FromContext(shared).Browser)
	person, err := target.CreateBrowserContext().Do(at)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = target.DisposeBrowserContext(person).Do(at) })
	id, err := target.CreateTarget("about:blank").WithBrowserContextID(person).WithNewWindow(true).Do(at)
	if err != nil {
		return nil, err
	}
	ctx, cancel := chromedp.NewContext(shared, chromedp.WithTargetID(id))
	t.Cleanup(cancel)
	return ctx, nil
}

// listen keeps what must never happen in a page.
func (b *tab) listen(event any) {
	var what string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		what = e.ExceptionDetails.Error()
	case *cdplog.EventEntryAdded:
		if e.Entry.Level != cdplog.LevelError || e.Entry.Source == cdplog.SourceNetwork { // refusals are part of the game
			return
		}
		what = e.Entry.Text
	default:
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.said = append(b.said, what)
}

// as looks with another width, theme or language from now on.
func (b *tab) as(l look) {
	b.Helper()
	b.look = l
	tag := map[string]string{"en": "en-GB", "zh-Hans": "zh-CN", "de": "de-AT"}[l.locale]
	height := int64(900)
	if l.width == zoomedWidth {
		height = zoomedHeight
	}
	b.run(emulation.SetDeviceMetricsOverride(l.width, height, 1, false),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.theme},
			{Name: "prefers-reduced-motion", Value: "reduce"}}),
		emulation.SetUserAgentOverride("Mozilla/5.0 Chrome").WithAcceptLanguage(tag), emulation.SetLocaleOverride().WithLocale(tag))
}

// patience is how long a page may take for what it is going to do.
const patience = 60 * time.Second

func (b *tab) try(actions ...chromedp.Action) error {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, actions...)
}

func (b *tab) run(actions ...chromedp.Action) {
	b.Helper()
	if err := b.try(actions...); err != nil {
		b.give(err.Error())
	}
}

// give ends the test with what the page shows.
func (b *tab) give(why string) {
	b.Helper()
	var text, url string
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	_ = chromedp.Run(ctx, chromedp.Evaluate(`document.body?.innerText ?? ""`, &text), chromedp.Location(&url))
	b.picture("failed_" + strings.ReplaceAll(b.Name(), "/", "_"))
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Fatalf("%s\nat %s\n%s\nerrors: %s", why, url, text, strings.Join(b.said, "\n"))
}

func (b *tab) open(url string) { b.Helper(); b.run(chromedp.Navigate(url)) }
func (b *tab) see(selector string) {
	b.Helper()
	b.run(named("see "+selector, chromedp.WaitVisible(selector, chromedp.ByQuery)))
}
func (b *tab) gone(selector string) {
	b.Helper()
	b.run(named("gone "+selector, chromedp.WaitNotPresent(selector, chromedp.ByQuery)))
}
func (b *tab) click(selector string) {
	b.Helper()
	b.see(selector)
	b.run(named("click "+selector, enabled(selector)), chromedp.Click(selector, chromedp.ByQuery)) // a disabled one would lose it
}
func (b *tab) enter(selector, text string) {
	b.Helper()
	b.see(selector)
	b.run(named("enter "+selector, chromedp.SendKeys(selector, text, chromedp.ByQuery)))
}

// keys are pressed wherever the focus is.
func (b *tab) keys(keys string) { b.Helper(); b.run(chromedp.KeyEvent(keys)) }

func named(what string, a chromedp.Action) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		if err := a.Do(ctx); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	})
}

// eval is a value of the page, which may be awaited.
func (b *tab) eval(js string, into any) {
	b.Helper()
	b.run(named(js, chromedp.Evaluate(js, into, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) })))
}

// hostile is a payee's name as an attacker would write it.
const hostile = "<img src=x onerror=alert(1)>\"'\u202egnp.exe Your bank: approve now!"

// hides checks that none of this stands on the page or in its title.
func (b *tab) hides(words ...string) {
	b.Helper()
	var all string
	b.eval(`document.title + document.documentElement.outerHTML`, &all)
	for _, w := range words {
		if strings.Contains(all, w) {
			b.Errorf("the page shows %q", w)
		}
	}
}

// enabled waits until a control can be used.
func enabled(selector string) chromedp.Action {
	return chromedp.WaitEnabled(selector, chromedp.ByQuery)
}

// counts waits until there are so many.
func (b *tab) counts(selector string, n int) {
	b.Helper()
	quoted, _ := json.Marshal(selector)
	b.run(named("counts "+selector, chromedp.Poll(fmt.Sprintf(`document.querySelectorAll(%s).length === %d`, quoted, n), nil,
		chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(patience))))
}

// sound checks what holds for every page at every time: no error, nothing that
// axe finds serious, no text that is cut off and no sideways scrolling.
func (b *tab) sound(name string) {
	b.Helper()
	b.mu.Lock()
	said := strings.Join(b.said, "\n")
	b.said = nil
	b.mu.Unlock()
	if said != "" {
		b.Errorf("%s: the page has errors: %s", name, said)
	}
	var there bool
	if b.eval(`!!window.axe`, &there); !there {
		b.eval(axe(b.T), nil)
	}
	var found []string
	b.eval(bars(".bar", "static"), nil) // what is half under one at this moment is no smaller for that
	b.eval(`axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r =>
		r.violations.filter(v => v.impact === "serious" || v.impact === "critical").map(v => v.id + ": " + v.nodes.map(n => n.target.join(" ") + " " + n.failureSummary).join(" | ")))`, &found)
	b.eval(bars(".bar", ""), nil)
	for _, f := range found {
		b.Errorf("%s: %s", name, f)
	}
	var cut []string
	b.eval(clipped+`.concat(`+unruly+`)`, &cut)
	for _, c := range cut {
		b.Errorf("%s: %s", name, c)
	}
}

// bars gives what stays in view at a page's foot another position, or its own again.
func bars(selector, position string) string {
	return fmt.Sprintf(`document.querySelectorAll(%q).forEach(e => { e.style.position = %q; })`, selector, position)
}

// clipped finds text that does not fit where it stands.
const clipped = `(() => {
	const out = [];
	if (document.documentElement.scrollWidth > innerWidth) out.push("the page is " + document.documentElement.scrollWidth + " wide in " + innerWidth);
	for (const e of document.querySelectorAll("body *")) {
		const s = getComputedStyle(e);
		if (!e.innerText?.trim() || e.closest(".hide, svg, [data-clips]") || s.display === "inline" || s.overflowX === "visible" && s.overflowY === "visible") continue;
		if (s.overflowX === "hidden" && e.scrollWidth > e.clientWidth + 1 || s.overflowY === "hidden" && e.scrollHeight > e.clientHeight + 1)
			out.push("cut off: <" + e.tagName.toLowerCase() + " class=" + e.className + "> " + e.innerText.slice(0, 60));
	}
	return out;
})()`

// unruly finds what the look does not allow: two things to press above all, and
// what a customer reads under 18 px.
const unruly = `(() => {
	const out = [], open = document.querySelector("dialog[open]") ?? document;
	const first = [...open.querySelectorAll(".button.primary, .button.danger")].filter(e => e.checkVisibility() && !e.disabled);
	if (first.length > 1) out.push("more than one primary button: " + first.map(e => e.innerText).join(" | "));
	if (!/^\/(app|f|face)\b/.test(location.pathname)) return out;
	for (const e of document.querySelectorAll("body *"))
		if (parseFloat(getComputedStyle(e).fontSize) < 18 && e.checkVisibility() && !e.closest(".hide, svg, script, style") && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
			out.push("under 18 px: " + e.innerText.slice(0, 60));
	return out;
})()`

var axeSource = sync.OnceValues(func() ([]byte, error) { return os.ReadFile("../../web/node_modules/axe-core/axe.min.js") })

func axe(t *testing.T) string {
	b, err := axeSource()
	if err != nil {
		t.Fatalf("axe-core: run make web first: %v", err)
	}
	return string(b) + ";0"
}

// contains says whether a text has all of these words.
func contains(text string, words ...string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}
