package e2e

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"holdfast/devstack/provider"
	"holdfast/devstack/stack"
	"holdfast/hold"
)

// heardIn keeps what a screen reader is told by live regions (WAI-ARIA 1.2, 6.6.2)
// while a view shows.
func heardIn(view string) string {
	return strings.Replace(heard, "VIEW", view, 1)
}

const heard = `window.heard = []; (() => {
	const live = '[aria-live]:not([aria-live="off"]), [role="status"], [role="alert"], [role="log"], [role="timer"]', said = new Map();
	const listen = () => {
		for (const e of document.querySelectorAll(live)) {
			const text = e.textContent.trim();
			if (text && text !== said.get(e) && document.querySelector('[data-test="VIEW"]')) window.heard.push(text);
			said.set(e, text);
		}
	};
	for (const e of document.querySelectorAll(live)) said.set(e, e.textContent.trim());
	new MutationObserver(listen).observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
})()`

// lateTicks makes the page's clock tick late, as a busy device's or a hidden tab's
// does, so that seconds are left out.
const lateTicks = `const tick = setInterval; window.setInterval = (f, ms, ...more) => tick(f, ms === 1000 ? 1700 : ms, ...more)`

// A question that nobody answers says its time left aloud at 60 s and at 15 s, and
// nothing else: not the seconds between, nor when the clock ticks late. Then the
// time is up.
func TestCountdownIsHeardTwice(t *testing.T) {
	t.Parallel()
	p := newPage(t, strings.Replace(strings.Replace(screens(t), "  transfer: 10m", "  transfer: 70s", 1), "timeout: 6s", "timeout: 5m", 1))
	want := map[string]string{"en": "One minute left|15 seconds left", "zh-Hans": "还剩一分钟|还剩 15 秒"}
	apps := map[string]*tab{}
	for locale, who := range speakers {
		b := newTab(t, look{390, "light", locale})
		if locale == "zh-Hans" {
			b.before(lateTicks)
		}
		b.open(p.URL + "/app")
		b.click(test("known-" + string(who)))
		b.see(test("link-socket"))
		apps[locale] = b
	}
	for locale, b := range apps {
		p.hold("heard-"+locale, speakers[locale], nil)
		b.see(test("question"))
		b.eval(heardIn("question"), nil)
	}
	for locale, b := range apps {
		for n := range 2 {
			b.run(named("something is heard", chromedp.Poll(fmt.Sprintf(`window.heard.length > %d`, n), nil, chromedp.WithPollingTimeout(patience))))
		}
		b.see(test("ended-expired"))
		b.see(`[data-outcome="reverse"]`)
		var all []string
		b.eval(`window.heard`, &all)
		if got := strings.Join(all, "|"); got != want[locale] {
			t.Errorf("%s: a screen reader says %q, want %q", locale, got, want[locale])
		}
		b.state("app-time-up")
	}
}

// A text is sent again after a minute, and its code is spent after three misses.
func TestAppCodeSpent(t *testing.T) {
	t.Parallel()
	p := newPage(t, string(bytes.ReplaceAll([]byte(screens(t)), []byte("timeout: 6s"), []byte("timeout: 1s"))))
	for locale, who := range speakers {
		t.Run(locale, func(t *testing.T) {
			t.Parallel()
			p, b := p.as(t), p.as(t).stillApp(look{390, "light", locale})
			person, _ := stack.Named(who)
			p.hold("spent-"+locale, who, nil)
			got, err := p.handset(person.Number).Messages(t.Context(), 0)
			if err != nil || len(got) == 0 {
				t.Fatal("no text", err)
			}
			wrong := "000000"
			if provider.Code(got[0].Body) == wrong {
				wrong = "000001"
			}
			b.click(test("have-code"))
			b.see(test("resend"))
			b.state("app-resend")
			b.click(test("resend"))
			again, err := p.handset(person.Number).Messages(t.Context(), len(got))
			if err != nil || len(again) != 1 || provider.Code(again[0].Body) != provider.Code(got[0].Body) {
				t.Fatalf("sent again: %v, %v", again, err)
			}
			b.gone(test("resend"))
			b.state("app-resent")
			b.eval(`window.still = true`, nil) // the next list has it no more
			for range 3 {
				b.enter(test("code-input"), wrong+"\r")
				b.run(named("it was judged", chromedp.Poll(`!document.querySelector('[data-test="code-input"]')?.value`, nil,
					chromedp.WithPollingTimeout(patience))))
			}
			b.see(test("code-spent"))
			b.state("app-code-spent")
		})
	}
}

// "This was not me" arrives, and its acknowledgement does not: the app asks what
// stands, and says it.
func TestAppLosesAcknowledgement(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	inLooks(t, func(t *testing.T, l look) {
		p := p.as(t)
		b := newTab(t, l)
		b.before(`window.lost = 0; const Real = WebSocket; window.WebSocket = class extends Real {
			send(d) { super.send(d); this.answered ||= JSON.parse(d).type === "answer"; }
			set onmessage(f) { super.onmessage = e => { if (!this.answered) return f(e); super.onmessage = null; window.lost++; this.close(); }; }
		}`)
		b.open(p.URL + "/app")
		b.click(test("known-" + string(speakers[l.locale])))
		b.see(test("link-socket"))
		id := p.hold("lost-"+l.locale, speakers[l.locale], nil)
		b.click(test("not-me"))
		b.click(test("not-me-do"))
		b.see(test("ended-answered"))
		p.decided(id, hold.Reverse, hold.ReasonNotMe)
		var lost int
		if b.eval(`window.lost`, &lost); lost != 1 {
			t.Errorf("%d acknowledgements were lost", lost)
		}
		b.see(`[data-outcome="reverse"]`)
		b.state("app-acknowledgement-lost")
	})
}

// A number whose SIM is new gets no text. Where there is no other way to ask, the
// payment goes back, and the app says that the customer could not be reached.
func TestAppNumberNotEligible(t *testing.T) {
	t.Parallel()
	const pushed = "      - name: push\n        ask: [{channel: push, min_uv: pin}]\n        timeout: 6s\n"
	policy := screens(t)
	only := strings.Replace(policy, "  demo:\n    rungs:\n"+pushed, "  demo:\n    exhausted: reverse\n    rungs:\n", 1)
	if only == policy {
		t.Fatal("the policy is another one")
	}
	p := newPage(t, only)
	inLooks(t, func(t *testing.T, l look) {
		p, who := p.as(t), speakers[l.locale]
		person, _ := stack.Named(who)
		if err := p.handset(person.Number).SetLine(t.Context(), provider.Line{Swapped: time.Now()}); err != nil {
			t.Fatal(err)
		}
		b := p.app(l)
		p.decided(p.hold("number-"+l.locale, who, nil), hold.Reverse, hold.ReasonExhausted)
		b.run(chromedp.Reload()) // of what it was never asked about it hears when it connects
		b.see(`[data-outcome="reverse"]`)
		b.state("app-no-number")
	})
}
