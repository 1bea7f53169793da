package e2e

import (
	"strings"
	"testing"
	"time"

	"holdfast/devstack/stack"
	"holdfast/hold"
)

// talks is what comes before paying, in the policy of a test.
const talks = `
interview:
  device_warning: screen
  warnings:
    screen:
      en: Somebody may be seeing your screen. Close every program that you were asked to install. We never ask you to share your screen.
      zh-Hans: 可能有人正在查看您的屏幕。请关闭对方让您安装的软件。银行绝不会要求您共享屏幕。
    secret:
      en: Whoever asks you to keep a payment secret is deceiving you. We never tell you what to say.
      zh-Hans: 要求您对付款保密的人是在欺骗您。银行绝不会教您怎么回答。
      seconds: 5
  questions:
    - code: on_call
      en: Are you on a telephone call, or is somebody seeing your screen, right now?
      zh-Hans: 您现在是否正在通话，或有人在查看您的屏幕？
      answers:
        - {code: "no", en: "No", zh-Hans: 否, then: none, contradicts: [on_call, screen_shared], warning: screen}
        - {code: "yes", en: "Yes", zh-Hans: 是, then: wait, warning: screen}
    - code: told
      en: Did somebody tell you what to say, or to keep this to yourself?
      zh-Hans: 是否有人教您怎么回答，或要求您保密？
      answers:
        - {code: "no", en: "No", zh-Hans: 否, then: none}
        - {code: "yes", en: "Yes", zh-Hans: 是, then: warn, warning: secret}
scenarios:
  - code: general
    wait: 12h
`

// talkPolicy is the policy of the screens, with what comes before paying for a payment
// to a mule's account, and deadlines of days.
func talkPolicy(t *testing.T) string {
	t.Helper()
	source := screens(t)
	source = strings.Replace(source, "\nladders:\n", talks+"\nladders:\n  talk:\n    rungs:\n      - name: push\n"+
		"        ask: [{channel: push, min_uv: pin, interview: auto}]\n        timeout: 10m\n"+
		"      - name: call\n        ask: [{channel: callback, interview: auto}]\n        timeout: 8h\n", 1)
	source = strings.Replace(source, "\nrules:\n",
		"\nrules:\n  - name: talk\n    when: '\"mule_account\" in hold.risk.reasons'\n    ladder: talk\n", 1)
	for name, day := range map[string]string{"card": "24h", "transfer": "24h", "cash_out": "24h", "scam": "72h"} {
		source = deadline(source, name, day)
	}
	return source
}

// talked is a payment that is asked about with an interview, by talkPolicy.
func (p *page) talked(tx string, who hold.CustomerID) hold.ID {
	p.Helper()
	return p.hold(tx, who, func(r *hold.Request) { r.Risk.Reasons = []string{"mule_account"} })
}

// passes puts the clock forward.
func (p *page) passes(by time.Duration) {
	p.Helper()
	if _, err := stack.PutForward(p.Context(), p.URL, by); err != nil {
		p.Fatal(err)
	}
}

// The questions come before any way to pay; a warning has to be read, and stopping is
// the easy way; what waits says so, is asked about anew, and can be stopped.
func TestAppTalksFirst(t *testing.T) {
	t.Parallel()
	source := talkPolicy(t)
	for _, locale := range locales {
		t.Run(locale, func(t *testing.T) {
			t.Parallel()
			p, who := newPage(t, source), speakers[locale]
			b := p.app(look{390, "light", locale})
			p.talked("talk-"+locale, who)
			b.see(test("interview"))
			b.state("app-interview")
			b.gone(test("approve"))
			b.click(test("say-no"))
			b.see(test("back"))
			b.state("app-interview-next")
			b.click(test("back"))
			b.click(test("say-no"))
			b.click(test("say-yes")) // told what to say
			b.see(test("talk-warning"))
			b.state("app-talk-warning")
			b.click(test("onward"))
			b.see(test("warning-sure"))
			b.state("app-warning-sure")
			b.click(test("go-on"))
			b.see(test("question"))
			b.click(test("refuse"))
			b.click(test("deny"))
			b.see(test("ended-answered"))
			b.click(test("done"))

			id := p.talked("wait-"+locale, who)
			b.see(test("interview"))
			b.click(test("say-yes")) // somebody is on the line
			b.click(test("say-no"))
			b.see(test("waiting"))
			b.state("app-waits")
			p.passes(12 * time.Hour) // and the warning is not read
			b.see(test("talk-warning"))
			b.click(test("stop"))
			b.click(test("deny"))
			b.see(test("ended-answered"))
			p.decided(id, hold.Reverse, hold.ReasonRefused)
			if locale == "en" {
				p.achieved(id)
			}
			b.click(test("done"))

			// A warning that is read while the payment waits is not shown again, and
			// what was answered is.
			id = p.talked("read-"+locale, who)
			b.click(test("say-yes"))
			b.click(test("say-no"))
			b.click(test("stop-ask"))
			b.see(test("stop-wait"))
			b.state("app-waits-stop")
			b.click(test("back"))
			b.click(test("onward"))
			b.see(test("go-on"))
			b.state("app-waits-sure")
			b.click(test("go-on"))
			b.see(test("waiting") + " " + test("you-said"))
			b.gone(test("told"))
			b.state("app-waits-read")
			p.passes(12 * time.Hour)
			b.see(test("question") + " " + test("you-said"))
			b.see(test("approve"))
			b.state("app-asked-anew")
			b.click(test("refuse"))
			b.click(test("deny"))
			p.decided(id, hold.Reverse, hold.ReasonRefused)
		})
	}
}

// achieved looks at what that came to on the wallboard: one went on, one waited 12 hours
// and then stopped, and was a fraud as the bank learns now.
func (p *page) achieved(id hold.ID) {
	p.Helper()
	p.wasFraud(id)
	sam := p.console("sam", wide)
	sam.open(p.URL + "/console/wall")
	sam.see(test("achieved"))
	for figure, n := range map[string]string{"shown": "2", "stopped": "1", "went-on": "1", "fraud": "1", "delay": "720"} {
		sam.see(test("figure-" + figure))
		var says string
		sam.eval(`document.querySelector('[data-test="figure-`+figure+`"] .muted').innerText`, &says)
		if says != n+" in 30 days" {
			p.Errorf("%s: %q, want %s", figure, says, n)
		}
	}
	sam.click(test("by-scenario"))
	sam.see(test("scenarios"))
	sam.state("console-wall-warnings")
}

// deadline sets one of a policy's deadlines.
func deadline(source, of, to string) string {
	i := strings.Index(source, "\ndeadlines:\n")
	j := i + strings.Index(source[i:], "  "+of+": ")
	end := j + strings.Index(source[j:], "\n")
	return source[:j] + "  " + of + ": " + to + source[end:]
}
