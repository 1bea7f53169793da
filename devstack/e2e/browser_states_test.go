package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Every state that a person can meet, by page. A test drives each of them, looks
// at it in every way there is, and leaves a picture of each; a run of all tests
// fails where one is missing.
var states = map[string][]string{
	"app": {"pick", "home", "question", "wrong-pin", "approved", "log", "log-sure", "devices", "not-calling", "cannot-tell", "help", "code",
		"wrong-code", "code-spent", "resend", "resent",
		"not-me", "reported", "elsewhere", "enrol", "enrol-wrong", "enrolled", "young", "refuse", "refused", "cut-off", "sending-cut-off",
		"open-from-bank", "polling",
		"taken-back", "revoked", "interview", "interview-next", "talk-warning", "warning-sure", "waits", "waits-sure", "waits-stop", "waits-read",
		"asked-anew",
		"warning", "callback-only", "ask-for-call", "call-follows", "calling", "calling-read", "is-calling", "helped",
		"no-storage", "time-up", "no-number", "acknowledgement-lost",
		"check", "check-wrong", "check-listed", "check-unknown", "check-misnamed", "check-nearly", "check-often", "check-away",
		"protected", "protected-later", "protected-calling", "protected-nobody", "protected-nothing-held",
		"recalled",
		"contacts", "contacts-sure", "contact-new", "contacts-asked", "contact-wrong",
		"contacts-trouble", "contacts-away", "contacts-leaving",
		"stop-sure", "stop-failed", "stopped", "home-stopped", "locks", "home-locks", "lock-places", "lock-hours", "lock-limit",
		"lock-new_payees", "lock-ways", "lock-devices", "lock-loosen", "lock-refused"},
	"console": {"no-case", "case", "ringing-agent", "ringing-customer", "connected", "call-ended", "identified", "not-callable", "confirm",
		"recorded", "approval", "approve", "changed-since", "story", "wall", "wall-warnings", "agents",
		"search", "lease-lost", "face", "second-face-asked", "second-face", "signed-out", "session-ended", "idle-warning", "idle-ended",
		"decided-elsewhere", "all-decided-elsewhere", "recall-wanted", "amended", "unfreeze", "unfreeze-approval", "revoke", "revoked",
		"menu", "keys", "loading", "away", "unreachable", "queue-cut-off",
		"urgent", "machine", "last-attempt", "plan-spent", "safe-now", "not-yet", "second-call", "provider-silent", "second-call-waits",
		"second-call-approval", "interview", "interview-asked",
		"payee-known", "payee", "verdicts", "verdict-withdraw", "verdict-renew",
		"counter", "counter-case", "counter-asked", "sheet", "counter-document", "counter-recorded",
		"recalls", "recall-confirm", "recall-returned",
		"refer", "referrals-waiting", "referral-agree", "referral", "complaints", "complaint-answer", "complaint-upheld", "complaint-recall",
		"complaint-misplaced",
		"contacts", "contact-sure", "contact-called"},
	"face": {"ask", "check", "taken", "thanks", "dead", "renewed", "calling", "interview", "talk-warning", "talk-sure", "waits", "call",
		"stopped", "over"},
	"door": {"start", "released", "reversed", "scam", "scam-call", "scam-waits", "scam-anew", "scam-over", "silence",
		"silence-over", "caught", "caught-asked", "caught-stopped", "caught-back", "caught-over"},
	"phone": {"texts", "all", "replied", "link", "ringing", "keypad", "network"},
}

var (
	widths  = []int64{390, 1440}
	themes  = []string{"light", "dark"}
	locales = []string{"en", "zh-Hans"}
)

// zoomed is what a window of 1280 by 1024 is at 400 % (WCAG 2.2, 1.4.10).
const zoomedWidth, zoomedHeight = 320, 256

// pictures is where the pictures of pages are kept; git leaves it out.
const pictures = "../../.pictures"

// taken are the pictures that this run made.
var taken sync.Map

func pictureOf(state string, l look) string {
	return fmt.Sprintf("%s_%s_%d_%s", state, l.locale, l.width, l.theme)
}

func (b *tab) picture(name string) {
	b.Helper()
	var png []byte
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	// The whole page has its bar at its foot, and not where the window ends.
	err := chromedp.Run(ctx, chromedp.Evaluate(bars("aside.bar", "static"), nil), chromedp.ActionFunc(func(ctx context.Context) (err error) {
		png, err = cdppage.CaptureScreenshot().WithCaptureBeyondViewport(true).WithFromSurface(true).WithOptimizeForSpeed(true).Do(ctx)
		return err
	}), chromedp.Evaluate(bars("aside.bar", ""), nil))
	if err == nil {
		err = os.MkdirAll(pictures, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(pictures, name+".png"), png, 0o600)
	}
	if err != nil {
		b.Logf("no picture %s: %v", name, err)
		return
	}
	taken.Store(name, true)
}

// state checks a listed state in every look and takes its picture, and checks it
// at 400 %. A page of the console is looked at in both languages: they are the
// agent's choice, made at any time.
func (b *tab) state(name string) {
	b.Helper()
	page, what, _ := strings.Cut(name, "-")
	if !slices.Contains(states[page], what) {
		b.Errorf("%s is not in the list of states", name)
	}
	was, spoken := b.look, []string{b.look.locale}
	if page == "console" {
		spoken = locales
	}
	b.eval(`scrollTo(0, 0)`, nil)
	for _, locale := range spoken {
		if page == "console" {
			b.speak(locale)
		}
		for _, width := range widths {
			for _, theme := range themes {
				l := look{width, theme, locale}
				b.as(l)
				b.sound(pictureOf(name, l))
				b.picture(pictureOf(name, l))
			}
		}
		b.zoomed(name, locale)
		if page == "app" && what != "pick" { // which is the stack's own
			b.helpAtHand(name, locale)
		}
	}
	if page == "console" {
		b.speak(was.locale)
	}
	b.as(was)
}

// zoomed checks a state at 400 %: nothing is cut off or needs sideways scrolling,
// and what is to be pressed can be reached.
func (b *tab) zoomed(name, locale string) {
	b.Helper()
	b.as(look{zoomedWidth, "light", locale})
	var wrong []string
	b.eval(clipped+`.concat(`+unreachable+`)`, &wrong)
	for _, w := range wrong {
		b.Errorf("%s at 400 %%: %s", pictureOf(name, b.look), w)
	}
	b.picture(pictureOf(name, b.look))
}

// unreachable finds primary buttons that something lies over, wherever one scrolls.
const unreachable = `(() => {
	const out = [], open = document.querySelector("dialog[open]") ?? document, at = scrollY;
	for (const e of open.querySelectorAll(".button.primary, .button.danger")) {
		if (!e.checkVisibility()) continue;
		e.scrollIntoView({block: "center", behavior: "instant"});
		const r = e.getBoundingClientRect(), x = document.elementFromPoint(r.left + r.width / 2, (Math.max(r.top, 0) + Math.min(r.bottom, innerHeight)) / 2);
		if (!x || !e.contains(x)) out.push("cannot be reached: " + e.innerText + ", under " + (x?.outerHTML ?? "nothing").slice(0, 100));
	}
	scrollTo(0, at);
	return out;
})()`

// speak changes the console's language as another of its windows would.
func (b *tab) speak(locale string) {
	b.Helper()
	b.eval(fmt.Sprintf(`localStorage.setItem("holdfast.console", JSON.stringify({locale: %q, theme: "system", keys: true})), dispatchEvent(new StorageEvent("storage", {key: "holdfast.console"}))`, locale), nil)
	b.see(fmt.Sprintf("html[lang=%q]", locale))
}

// unseen are the pictures that a run of all tests has not made.
func unseen() (missing []string) {
	for _, few := range []string{"test.run", "test.list"} {
		if f := flag.Lookup(few); f != nil && f.Value.String() != "" {
			return nil // somebody runs a few, or none
		}
	}
	for page, names := range states {
		for _, name := range names {
			for _, locale := range locales {
				for _, width := range append([]int64{zoomedWidth}, widths...) {
					for _, theme := range themes {
						l := look{width, theme, locale}
						if _, ok := taken.Load(pictureOf(page+"-"+name, l)); !ok && (width != zoomedWidth || theme == "light") {
							missing = append(missing, pictureOf(page+"-"+name, l))
						}
					}
				}
			}
		}
	}
	slices.Sort(missing)
	return missing
}
