package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"testing"
	"time"

	"holdfast/devstack/provider"
	"holdfast/devstack/stack"
	"holdfast/hold"

	"github.com/chromedp/cdproto/fetch"
)

// screens is the example policy with time for people to look.
func screens(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(policyFile)
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.ReplaceAll(b, []byte(": 20s"), []byte(": 10m"))
	b = bytes.ReplaceAll(b, []byte("lifetime: 10s"), []byte("lifetime: 5m"))
	b = bytes.ReplaceAll(b, []byte("timeout: 8s"), []byte("timeout: 5m"))
	b = bytes.ReplaceAll(b, []byte("timeout: 15s"), []byte("timeout: 9m"))
	b = bytes.ReplaceAll(b, []byte("lifetime: 12s"), []byte("lifetime: 9m"))
	return string(bytes.ReplaceAll(b, []byte("timeout: 12s"), []byte("timeout: 9m")))
}

func test(name string) string { return `[data-test="` + name + `"]` }

// speakers are a customer for each language.
var speakers = map[string]hold.CustomerID{"en": "maria", "zh-Hans": "lin"}

// app opens the web app as a phone that the bank has known for long.
func (p *page) app(l look) *tab {
	p.Helper()
	b := newTab(p.T, l)
	b.open(p.URL + "/app")
	b.click(test("known-" + string(speakers[l.locale])))
	b.see(test("link-socket"))
	return b
}

// holdsLists lets an app's page stand still: with window.still no list comes that would
// take away what is looked at.
const holdsLists = `const real = fetch; window.fetch = (r, ...more) => real(r, ...more).then(x => window.still && (r.url ?? r).endsWith("/v1/app/challenges") ? new Promise(() => {}) : x)`

// stillApp is app with a page that can stand still.
func (p *page) stillApp(l look) *tab {
	p.Helper()
	b := newTab(p.T, l)
	b.before(holdsLists)
	b.open(p.URL + "/app")
	b.click(test("known-" + string(speakers[l.locale])))
	b.see(test("link-socket"))
	return b
}

// inLooks runs a flow for each language, on a phone.
func inLooks(t *testing.T, flow func(t *testing.T, l look)) {
	for locale := range speakers {
		t.Run(locale, func(t *testing.T) { flow(t, look{390, "light", locale}) })
	}
}

// A push is approved with two presses and the PIN, and the money goes; what is
// wrong with the PIN is said, and nothing of the payment is in the title.
func TestAppApproves(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	inLooks(t, func(t *testing.T, l look) {
		p := p.as(t)
		b := newTab(t, l)
		b.open(p.URL + "/app")
		b.see(test("pick"))
		b.state("app-pick")
		b.click(test("known-" + string(speakers[l.locale])))
		b.see(test("home"))
		b.see(test("link-socket"))
		b.state("app-home")
		id := p.hold("approve-"+l.locale, speakers[l.locale], func(r *hold.Request) { r.Payee.Name = hostile })
		b.see(test("question"))
		b.see(test("phrase"))
		var title string
		b.eval(`document.title`, &title)
		if regexp.MustCompile(`1.?250|Bank: approve|img`).MatchString(title) {
			t.Errorf("the title says %q", title)
		}
		b.state("app-question")
		b.click(test("approve"))
		b.see(test("sure"))
		b.enter(test("pin"), "9999\r")
		b.see(".error")
		b.state("app-wrong-pin")
		b.enter(test("pin"), "1234\r")
		b.see(test("ended-answered"))
		p.decided(id, hold.Release, hold.ReasonApproved)
		b.see(`[data-outcome="release"]`)
		b.state("app-approved")
		b.click(test("done"))
		b.click(test("log"))
		b.see(`[data-event="hold.decided"]`)
		b.state("app-log")
		b.click(`[data-event="hold.decided"] ` + test("log-not-me"))
		b.see("dialog")
		b.state("app-log-sure")
		b.keys("\x1b")
		b.gone("dialog")
		b.click(test("log-view") + ` > .button`)
		b.click(test("devices"))
		b.see(test("devices-view") + ` li`)
		b.state("app-devices")
		b.click(test("devices-view") + ` > .button`)
		b.click(test("is-it"))
		b.see(test("is-it-no"))
		b.state("app-not-calling")
		b.click(test("help"))
		b.see(test("help-view"))
		b.run(enabled(test("help-do")))
		b.state("app-help")
	})
}

// A push that is ignored becomes a text, whose code is typed: wrong, and right.
func TestAppTypesCode(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	inLooks(t, func(t *testing.T, l look) {
		p, who := p.as(t), speakers[l.locale]
		person, _ := stack.Named(who)
		id := p.hold("code-"+l.locale, who, nil)
		texts, err := provider.Handset{URL: p.Provider, Number: person.Number}.Messages(t.Context(), 0)
		if err != nil || len(texts) == 0 {
			t.Fatal("no text", err)
		}
		code := provider.Code(texts[len(texts)-1].Body)
		b := p.app(l)
		b.click(test("have-code")) // the push stays answerable beside it
		b.see(test("code"))
		b.state("app-code")
		wrong := "000000"
		if code == wrong {
			wrong = "000001"
		}
		b.enter(test("code-input"), wrong+"\r")
		b.see(".error")
		b.state("app-wrong-code")
		b.enter(test("code-input"), code+"\r")
		b.see(test("ended-answered"))
		p.decided(id, hold.Release, hold.ReasonApproved)
	})
}

// "This was not me" reverses, freezes, and the customer's other device hears.
func TestAppNotMe(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	inLooks(t, func(t *testing.T, l look) {
		p := p.as(t)
		one, other := p.app(l), p.app(l)
		id := p.hold("notme-"+l.locale, speakers[l.locale], nil)
		other.see(test("question"))
		one.click(test("not-me"))
		one.see(test("not-me-sure"))
		one.state("app-not-me")
		one.click(test("not-me-do"))
		one.see(test("ended-answered"))
		p.decided(id, hold.Reverse, hold.ReasonNotMe)
		one.state("app-reported")
		other.see(`[data-test^="ended-"] [data-outcome="reverse"]`) // its session ended with the freeze, and the next one tells
		other.state("app-elsewhere")
		other.click(test("done"))
		other.see(test("home"))
	})
}

// A new phone enrols, may refuse and not yet approve; a scam's warning comes
// before the payment.
func TestAppEnrols(t *testing.T) {
	t.Parallel()
	p := newPage(t, string(bytes.Replace([]byte(screens(t)), []byte("min_device_age: 5s"), []byte("min_device_age: 12h"), 1)))
	inLooks(t, func(t *testing.T, l look) {
		p, who := p.as(t), speakers[l.locale]
		b := newTab(t, l)
		b.open(p.URL + "/app")
		b.click(test("new-" + string(who)))
		b.see(test("enrol"))
		b.see(test("lost-key"))
		b.state("app-enrol")
		b.click(test("enrol-do"))
		b.see(".error")
		b.state("app-enrol-wrong")
		b.enter(test("device-name"), "Laptop")
		b.enter(test("new-pin"), "4711\r")
		b.see(test("enrolled"))
		b.state("app-enrolled")
		b.click(test("go-on"))
		b.see(test("link-socket"))
		id := p.hold("young-"+l.locale, who, func(r *hold.Request) { r.Risk.Reasons = []string{"new_payee"} })
		b.see(test("why-not"))
		b.state("app-young")
		b.click(test("refuse"))
		b.see(test("refuse-why"))
		b.state("app-refuse")
		b.click(test("deny"))
		b.see(test("ended-answered"))
		p.decided(id, hold.Reverse, hold.ReasonRefused)
		b.state("app-refused")
	})
}

// Nothing is lost when everything goes away in the middle of an answer, and
// comes back.
func TestAppCutOff(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	apps, ids := map[string]*tab{}, map[string]hold.ID{}
	for locale, who := range speakers {
		apps[locale] = p.app(look{390, "light", locale})
		ids[locale] = p.hold("cut-"+locale, who, nil)
		apps[locale].see(test("question"))
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, b := range apps {
		b.see(test("link-cut"))
		b.said = nil // of connections that were refused
		b.state("app-cut-off")
		b.click(test("refuse"))
		b.click(test("deny"))
		b.see(test("sending") + " .notice")
		b.said = nil
		b.state("app-sending-cut-off")
	}
	p.start()
	for locale, b := range apps {
		b.see(test("ended-answered"))
		p.decided(ids[locale], hold.Reverse, hold.ReasonRefused)
		b.see(test("link-socket"))
	}
}

// A connection that is half open answers nothing, and the socket says nothing of
// it. Whoever asks about a caller is told at once that nobody can tell, and the
// page does not go on calling itself connected.
func TestAppHalfOpen(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	for locale := range speakers {
		b := p.app(look{390, "light", locale})
		b.see(test("link-socket"))
		b.run(fetch.Enable().WithPatterns([]*fetch.RequestPattern{{URLPattern: "*/v1/app/*"}})) // what is paused is never let go
		b.eval(toldWithin(5*time.Second, test("is-it-failed")+" .notice"), nil)
		b.click(test("is-it"))
		b.see(test("is-it-failed") + " .notice")
		var intime bool
		if b.eval(`window.told`, &intime); !intime {
			b.Error("whoever asked was not told within five seconds of the page's own clock")
		}
		b.see(test("link-cut"))
		b.said = nil // of a socket that is opened anew and hears nothing
		b.state("app-cannot-tell")
	}
}

// toldWithin has the page look for something so long after the next click: by a timer
// that waits for the same processor as the page's own, and lets it show what it then knows.
func toldWithin(d time.Duration, selector string) string {
	return fmt.Sprintf(`addEventListener("click", () => { window.told = new Promise(ok => setTimeout(async () => {
		for (let i = 0; i < 9; i++) await new Promise(r => setTimeout(r));
		ok(!!document.querySelector(%q));
	}, %d)) }, {capture: true, once: true}), 0`, selector, (d + d/20).Milliseconds())
}

// Another origin gets no socket, no session and no answer.
func TestForeignPage(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(w, "<!doctype html><html lang=en><title>Prize</title><p>You have won")
	}))
	t.Cleanup(evil.Close)
	token, err := p.bank.Session(t.Context(), "maria")
	if err != nil {
		t.Fatal(err)
	}
	b := newTab(t, wide)
	b.open(evil.URL)
	var opened bool
	b.eval(fmt.Sprintf(`new Promise(r => { const s = new WebSocket(%q, ["holdfast.v1", %q]); s.onopen = () => r(true); s.onclose = () => r(false); })`,
		"ws"+p.URL[len("http"):]+"/v1/app/ws", "token."+token), &opened)
	if opened {
		t.Error("another origin has a socket")
	}
	for path, body := range map[string]string{"/dev/sessions": `{"customer":"maria"}`, "/v1/app/help": ``, "/console/signout": `{}`} {
		var read string
		b.eval(fmt.Sprintf(`fetch(%q, {method: "POST", credentials: "include", headers: {"Content-Type": "text/plain"}, body: %q}).then(r => "read " + r.status, () => "refused")`, p.URL+path, body), &read)
		if read != "refused" {
			t.Errorf("another origin reads %s: %s", path, read)
		}
	}
	if _, err := p.bank.Session(t.Context(), "maria"); err != nil {
		t.Error("it froze the customer", err)
	}
}
