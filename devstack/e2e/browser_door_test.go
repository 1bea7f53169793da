package e2e

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"holdfast/devstack/stack"
	"holdfast/hold"
)

// newDoor is a stack as make run has it: under its own policy.
func newDoor(t *testing.T) *page {
	t.Helper()
	o := childOptions(t.TempDir())
	o.LedgerLoses, o.PolicyFile = 0, ""
	p := &page{T: t, options: o}
	p.start()
	t.Cleanup(func() { _ = p.Stop() })
	if err := stack.Seed(t.Context(), o.Dir, p.Coordinates); err != nil {
		t.Fatal(err)
	}
	return p
}

// inFrame does something to what a frame shows, once it shows it.
func (b *tab) inFrame(frame, selector, js string) {
	b.Helper()
	f, _ := json.Marshal(test(frame))
	s, _ := json.Marshal(selector)
	b.eval(fmt.Sprintf(`new Promise((ok, no) => {
		let n = 0;
		const look = () => {
			const e = document.querySelector(%s)?.contentDocument?.querySelector(%s);
			if (e) { %s; ok(true); } else if (n++ > 1200) no(new Error("not in the frame: " + %s + "\n" + document.querySelector(%s)?.contentDocument?.body?.innerText)); else setTimeout(look, 50);
		};
		look();
	})`, f, s, js, s, f), nil)
}

// pressIn presses what can be pressed: a press on a button that is still disabled is lost.
func (b *tab) pressIn(frame, name string) {
	b.Helper()
	b.inFrame(frame, test(name)+":not(:disabled)", "e.click()")
}

// typeIn types into a field of React's in a frame.
func (b *tab) typeIn(frame, name, text string) {
	b.Helper()
	b.inFrame(frame, test(name)+":not(:disabled)", fmt.Sprintf(`Object.getOwnPropertyDescriptor(e.ownerDocument.defaultView.HTMLInputElement.prototype, "value").set.call(e, %q); e.dispatchEvent(new e.ownerDocument.defaultView.Event("input", {bubbles: true}))`, text))
}

// play begins a story, and ends when the picture of the hold's life shows its
// end.
func (b *tab) play(story string, act func(), end hold.Status) {
	b.Helper()
	b.click(test("scenario-" + story))
	b.see(`[data-test="next"][data-state="held"]`)
	act()
	b.see(fmt.Sprintf(`[data-test="next"][data-state=%q]`, end))
}

// The front door's stories end as they say, by pressing what they say.
func TestDoor(t *testing.T) {
	t.Parallel()
	p := newDoor(t)
	for _, locale := range []string{"en", "zh-Hans"} {
		b := newTab(t, look{1440, "light", locale})
		b.open(p.URL + "/")
		b.see(test("frame-app"))
		b.state("door-start")
		b.play("ordinary", func() {
			b.pressIn("frame-app", "approve")
			b.typeIn("frame-app", "pin", "1234")
			b.pressIn("frame-app", "send")
		}, hold.Released)
		b.state("door-released")
		b.pressIn("frame-app", "done")
		b.play("stolen", func() {
			b.pressIn("frame-app", "not-me")
			b.pressIn("frame-app", "not-me-do")
		}, hold.Reversed)
		b.state("door-reversed")
		if locale == "en" {
			continue
		}
		b.open(p.URL + "/")
		b.see(test("frame-app"))
		b.play("sim", func() {
			b.see(test("challenge-sms"))
			b.pressIn("frame-app", "approve")
			b.typeIn("frame-app", "pin", "1234")
			b.pressIn("frame-app", "send")
		}, hold.Released)
	}
}

// The front door's slow stories: nobody answers, and the money stays; somebody poses
// as the bank, and an agent calls before anything is sent. There is one desk, so each
// language has a stack of its own.
func TestDoorTellsSlowStories(t *testing.T) {
	t.Parallel()
	for _, locale := range locales {
		t.Run(locale, func(t *testing.T) {
			t.Parallel()
			p := newDoor(t)
			who := string(speakers[locale])
			b := newTab(t, look{1440, "light", locale})
			b.open(p.URL + "/")
			b.see(test("frame-app"))
			b.play("silence", func() { b.state("door-silence") }, hold.Reversed)
			b.state("door-silence-over")

			b.play("scam", func() {
				b.inFrame("frame-app", test("interview"), "")
				b.state("door-scam")
				p.as(t).passes(2 * time.Minute) // nobody answers
				b.see(test("challenge-callback"))
				b.state("door-scam-call")
				b.callsFromDesk(who)
				b.inFrame("frame-console", `progress[value="30"]`, "") // as long as a confirmation takes
				b.pressIn("frame-phone", "call-hangup")
				b.pressIn("frame-console", "disposition-confirmed")
				b.pressIn("frame-console", "dispose-do")
			}, hold.Released)
		})
	}
}

// callsFromDesk has the agent in the door's frame take the case, call the customer, type
// the digits, and ask aloud what is asked before paying: the first answer to each.
func (b *tab) callsFromDesk(who string) {
	b.Helper()
	b.pressIn("frame-console", "next")
	b.pressIn("frame-console", "place-call")
	b.inFrame("frame-phone", test("notify-ana")+" button", "e.click()")
	b.pressIn("frame-phone", "call-answer")
	b.inFrame("frame-phone", test("notify-"+who)+" button", "e.click()")
	b.pressIn("frame-phone", "call-answer")
	var digits string
	b.inFrame("frame-app", test("digits"), "window.digits = e.textContent")
	b.eval(`window.digits`, &digits)
	b.typeIn("frame-console", "digits", digits)
	b.pressIn("frame-console", "identify")
	for _, question := range []string{"company", "told", "contact", "purpose"} {
		b.inFrame("frame-console", test("ask-"+question)+" input", "e.click()")
	}
	b.pressIn("frame-console", "interview-send")
	b.inFrame("frame-console", test("said-agent"), "")
}

// answersIn answers the interview on the door's phone.
func (b *tab) answersIn(answers ...string) {
	b.Helper()
	for _, a := range answers {
		b.pressIn("frame-app", "say-"+a)
	}
	b.inFrame("frame-app", test("waiting"), "")
}

// doing waits until the line that says what to do next has these words.
func (b *tab) doing(words string) {
	b.Helper()
	b.run(named("next: "+words, chromedp.Poll(fmt.Sprintf(`document.querySelector('[data-test="next"]').innerText.includes(%q)`, words), nil,
		chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(patience))))
}

// The front door's scam, to its end: questions, a warning, a day in which the bank writes
// twice, the question anew with what was answered, a call, and the refusal. Whoever says
// that they were told what to say is called at once; the door says what to do each time.
func TestDoorTalks(t *testing.T) {
	t.Parallel()
	says := map[string]struct{ begin, waits, half, end, ahead, anew, call, over, told string }{
		"en": {"say “No” twice", "press “Let a day pass”", "is still waiting", "is over", "24 h 00 min ahead", "shows what was answered",
			"Ask the questions aloud", "That is what the questions", "sign in as Sam"},
		"zh-Hans": {"选两次“没有”", "请点“让一天过去”", "仍在等待中", "等待期已满", "已拨快 24 小时", "显示之前的回答", "逐一口头询问", "这正是提问",
			"以 Sam 登录"},
	}
	for _, locale := range locales {
		t.Run(locale, func(t *testing.T) {
			t.Parallel()
			p, who, say := newDoor(t), string(speakers[locale]), says[locale]
			b := newTab(t, look{1440, "light", locale})
			b.open(p.URL + "/")
			b.see(test("frame-app"))
			b.play("scam", func() {
				b.doing(say.begin)
				b.answersIn("no", "no", "yes", "pay")
				b.doing(say.waits)
				b.see(test("wait"))
				b.pressIn("frame-app", "onward")
				b.pressIn("frame-app", "go-on")
				b.inFrame("frame-app", test("waiting")+" "+test("you-said"), "")
				b.state("door-scam-waits")

				b.click(test("pass-day"))
				b.doing(say.anew)
				b.doing(say.ahead)
				b.gone(test("pass-day"))
				b.inFrame("frame-phone", test("phone-"+who)+` li:nth-child(2) [data-test="text"]`, "window.texts = e.closest('ol').innerText")
				var texts string
				if b.eval(`window.texts`, &texts); !contains(texts, say.half, say.end) {
					t.Errorf("at half time and at the end the bank writes %q", texts)
				}
				b.pressIn("frame-app", "onward") // the warning of the payment's reason
				b.inFrame("frame-app", test("you-said"), "")
				b.state("door-scam-anew")

				b.pressIn("frame-app", "approve")
				b.typeIn("frame-app", "pin", "1234")
				b.pressIn("frame-app", "send")
				b.doing(say.call)
				b.callsFromDesk(who)
				b.pressIn("frame-console", "disposition-refused")
				b.pressIn("frame-console", "dispose-do")
			}, hold.Reversed)
			b.doing(say.over)
			b.state("door-scam-over")

			b.play("scam", func() {
				b.answersIn("no", "no", "yes", "pay")
				b.pressIn("frame-app", "told")
				b.doing(say.told)
				b.see(`[data-test="challenge-callback"][data-status="open"]`)
				b.pressIn("frame-app", "stop-ask")
				b.pressIn("frame-app", "stop-wait")
			}, hold.Reversed)
		})
	}
}

// The front door's story of one caught and all stopped: a customer says not me; one
// supervisor alone changes nothing for the others; two take back what the other phone was
// asked, what had gone comes back, and what waits is reversed.
func TestDoorOneCaught(t *testing.T) {
	t.Parallel()
	says := map[string]struct{ alone, gone, back, over string }{
		"en":      {"It waits for a second person", "had gone is proposed", "came back", "all are stopped"},
		"zh-Hans": {"须由第二人复核", "已转走的款项建议追回", "已追回", "全部止付"},
	}
	for _, locale := range locales {
		t.Run(locale, func(t *testing.T) {
			t.Parallel()
			p, say, gone := newDoor(t), says[locale], "lin"
			if locale != "en" {
				gone = "maria"
			}
			b := newTab(t, look{1440, "light", locale})
			b.open(p.URL + "/")
			b.see(test("frame-app"))
			b.play("caught", func() {
				b.see(test("paid-" + gone))
				b.state("door-caught")
				b.pressIn("frame-app", "not-me")
				b.pressIn("frame-app", "not-me-do")
			}, hold.Reversed)

			b.click(test("act-ask"))
			b.doing(say.alone)
			b.click(test("see-omar"))
			b.inFrame("frame-app", test("approve"), "") // it is still asked
			b.state("door-caught-asked")

			b.click(test("act-agree"))
			b.doing(say.gone)
			b.goneIn("frame-app", "approve")
			b.state("door-caught-stopped")

			b.click(test("act-recall"))
			b.see(`[data-test="caught"][data-step="reverse"]`)
			b.click(test("see-" + gone))
			b.pressIn("frame-app", "log")
			b.inFrame("frame-app", `[data-test="recall"][data-status="returned"]`, "")
			b.run(chromedp.Poll(fmt.Sprintf(`document.querySelector('[data-test="paid-%s"]').innerText.includes(%q)`, gone, say.back), nil))
			b.state("door-caught-back")

			b.click(test("act-reverse"))
			b.doing(say.over)
			b.state("door-caught-over")
		})
	}
}

// goneIn waits until a frame does not show something any more.
func (b *tab) goneIn(frame, name string) {
	b.Helper()
	b.run(named(name+" is gone", chromedp.Poll(fmt.Sprintf(`!document.querySelector(%q)?.contentDocument?.querySelector(%q)`, test(frame), test(name)),
		nil, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(patience))))
}
