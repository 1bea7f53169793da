package facelink_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"holdfast/channels"
	"holdfast/channels/facelink"
	"holdfast/hold"
	"holdfast/interview"
)

var coached = interview.Scenario{Code: "general", Questions: []interview.Question{
	{Code: "company", Text: interview.Text{En: "Is somebody with you?", ZhHans: "有人陪着您吗？"}, Options: []interview.Option{
		{Code: "no", Text: interview.Text{En: "Nobody", ZhHans: "没有"}}, {Code: "yes", Text: interview.Text{En: "Yes", ZhHans: "有"}}}},
	{Code: "told", Text: interview.Text{En: "Were you told what to say?", ZhHans: "有人教您怎么说吗？"}, Options: []interview.Option{
		{Code: "no", Text: interview.Text{En: "No", ZhHans: "没有"}}, {Code: "yes", Text: interview.Text{En: "Yes", ZhHans: "有"}}}},
}, Warnings: []interview.Warning{{Code: "secret", Text: interview.Text{En: "Hang <up>.", ZhHans: "请挂断。"}, Seconds: 7}}}

// talking is a record with one link, and what is said about it.
type talking struct {
	facelink.Record
	check  hold.FaceCheck
	shown  *interview.Shown
	why    hold.Refusal // of everything that is said or sent
	said   []hold.Said
	warned channels.Warned
	by     []hold.Digest
}

func (k *talking) FaceLink(context.Context, hold.Digest) (hold.FaceCheck, hold.Refusal, error) {
	return k.check, "", nil
}

func (k *talking) FaceCheck(context.Context, hold.Digest) (hold.FaceCheck, hold.Refusal, error) {
	return k.check, "", nil
}

func (k *talking) StartLink(context.Context, hold.Digest, hold.Digest, string) (hold.FaceCheck, hold.Refusal, error) {
	return k.check, k.why, nil
}

func (k *talking) LinkShows(context.Context, hold.FaceCheck) (*interview.Shown, error) {
	return k.shown, nil
}

func (k *talking) AnswerLink(_ context.Context, by hold.Digest, said []hold.Said) (hold.Refusal, error) {
	k.by, k.said = append(k.by, by), said
	return k.why, nil
}

func (k *talking) WarnLink(_ context.Context, by hold.Digest, w channels.Warned) (hold.Refusal, error) {
	k.by, k.warned = append(k.by, by), w
	return k.why, nil
}

const (
	linkToken  = "AAAAAAAAAAAAAAAAAAAAAA"
	linkAt     = "/f/" + linkToken
	askedLater = hold.Instant(1_800_000_000_000_000)
)

func (k *talking) ask(t *testing.T, method, path string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	pages := facelink.Pages{Record: k, Talk: k, Bank: "Nordbank", Count: func(string) {}, Log: slog.New(slog.DiscardHandler)}
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Cookie", "__Host-face=x")
	w := httptest.NewRecorder()
	pages.Handler().ServeHTTP(w, r)
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("%s %s: %s", method, path, csp)
	}
	return w
}

// shows tells which of these a page shows.
func shows(w *httptest.ResponseRecorder, words ...string) (missing []string) {
	for _, word := range words {
		if !strings.Contains(w.Body.String(), word) {
			missing = append(missing, word)
		}
	}
	return missing
}

// newTalking has a hold whose face check is asked about first.
func newTalking(locale string, change func(*talking)) *talking {
	ask := hold.Ask{Channel: hold.FaceLink, Interview: "general"}
	k := &talking{check: hold.FaceCheck{Locale: locale, Now: 1,
		Challenge: hold.Challenge{Channel: hold.FaceLink, Status: hold.Open, Revision: 1},
		Hold: hold.Hold{Status: hold.Held, Revision: 1, Deadline: askedLater + 1, Request: hold.Request{Amount: hold.Money{Minor: 125000,
			Currency: "EUR"}, Payee: hold.Payee{Name: "Kovacs", Account: payeesAccount}}, Terms: hold.Terms{Ladder: hold.Ladder{
			Rungs: []hold.Rung{{Asks: []hold.Ask{ask}}}}}}}, shown: coached.Ask(locale)}
	change(k)
	return k
}

// unread is the state in which a warning is to be read.
func unread(k *talking) {
	k.check.Hold.LinkInterviewedAt, k.check.Hold.LinkWarningAt = 1, 1
	k.shown = coached.Recall([]hold.Said{{Question: "company", Answer: "yes"}, {Question: "told", Answer: "no"}}, "secret", k.check.Locale)
}

func waiting(k *talking) {
	unread(k)
	k.check.Hold.NotBefore, k.check.Challenge.Status = askedLater, hold.Cancelled
}

// The page shows the questions, then the warning or the wait, and only then the camera;
// of the payment it says nothing before the check is started. Each says how to refuse.
func TestPageAsksFirst(t *testing.T) {
	t.Parallel()
	const camera, payment = `id="try"`, "1250"
	for name, c := range map[string]struct {
		change func(*talking)
		step   string
		en, zh []string
		action string
	}{
		"questions": {func(*talking) {}, "interview", []string{"Is somebody with you?", "Question 1 of 2", "Were you told", "Nobody"},
			[]string{"有人陪着您吗", "第 1 题，共 2 题"}, "interview"},
		"warning": {unread, "warning", []string{"Hang &lt;up&gt;.", `data-seconds="7"`, "I was told to say this"},
			[]string{"请挂断。", "有人让我这样回答"}, "warning"},
		"wait": {waiting, "waits", []string{"2027-01-15T08:00:00Z", "Hang &lt;up&gt;.", "Then we ask you again"},
			[]string{"2027-01-15T08:00:00Z", "再次向您确认"}, ""},
		"wait, and then a call": {func(k *talking) { waiting(k); k.check.Hold.TalkAt = 1 }, "waits",
			[]string{"2027-01-15T08:00:00Z", "only a call with us"}, []string{"只有与我们通话"}, ""},
		"a call alone": {func(k *talking) { waiting(k); k.check.Hold.TalkAt, k.check.Hold.NotBefore = 1, 0 }, "call",
			[]string{"Only a call releases"}, []string{"只有通话才能放行"}, ""},
		"passed": {func(k *talking) { unread(k); k.check.Hold.LinkWarningPassedAt = 1 }, "ask", []string{camera}, []string{camera}, "start"},
	} {
		for locale, words := range map[string][]string{"en": c.en, "zh-Hans": c.zh} {
			t.Run(name+" "+locale, func(t *testing.T) {
				t.Parallel()
				k := newTalking(locale, c.change)
				w := k.ask(t, "GET", linkAt, nil)
				want := append([]string{`data-test="face-` + c.step + `"`, `lang="` + locale + `"`}, words...)
				if c.action != "" {
					want = append(want, `action="`+linkAt+"/"+c.action+`"`)
				}
				if missing := shows(w, want...); w.Code != http.StatusOK || missing != nil {
					t.Errorf("%d, without %q: %s", w.Code, missing, w.Body)
				}
				if c.step == "ask" {
					return
				}
				refuse := map[string]string{"en": "in your bank&#39;s app, or call", "zh-Hans": "请在银行的应用中告知我们"}[locale]
				if shows(w, camera) == nil || shows(w, payment) == nil || shows(w, refuse) != nil {
					t.Errorf("a camera, the payment, or no way to refuse: %s", w.Body)
				}
				k.check.BySMS = true
				byText := map[string]string{"en": "answer NO to the text", "zh-Hans": "回复“否”"}[locale]
				if missing := shows(k.ask(t, "GET", linkAt, nil), byText); missing != nil {
					t.Errorf("without %q", missing)
				}
			})
		}
	}
}

// After the start the same comes before the camera, by the cookie.
func TestCheckAsksFirst(t *testing.T) {
	t.Parallel()
	k := newTalking("en", unread)
	if missing := shows(k.ask(t, "GET", "/face", nil), `action="/face/warning"`); missing != nil {
		t.Errorf("without %q", missing)
	}
	if w := k.ask(t, "POST", "/face/warning", url.Values{"choice": {"went_on"}}); w.Code != http.StatusSeeOther ||
		w.Header().Get("Location") != "/face" || k.by[0] != hold.DigestOf([]byte("x")) {
		t.Errorf("%d %s %s", w.Code, w.Header().Get("Location"), k.by)
	}
	k.check.Hold.LinkWarningPassedAt = 1
	if missing := shows(k.ask(t, "GET", "/face", nil), `id="video"`, "1250.00", "Is somebody with you?"); missing != nil {
		t.Errorf("without %q", missing)
	}
}

func (k *talking) SubmitFrames(context.Context, hold.Digest, [3]hold.Sealed) (hold.Refusal, error) {
	return k.why, nil
}

// Pictures that come too soon are not taken, and the page shows what comes before them.
func TestPicturesComeTooSoon(t *testing.T) {
	t.Parallel()
	key, err := facelink.NewKeyset()
	path := filepath.Join(t.TempDir(), "key")
	if err == nil {
		err = os.WriteFile(path, key, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	vault, err := facelink.OpenVault("file:" + path)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		state func(*talking)
		why   hold.Refusal
		step  string
	}{"a warning": {unread, hold.WarningUnread, "warning"}, "a wait": {waiting, hold.TooEarly, "waits"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newTalking("en", func(k *talking) { c.state(k); k.why, k.check.Challenge.ID = c.why, hold.ChallengeID("chal_"+c.step) })
			var body bytes.Buffer
			m := multipart.NewWriter(&body)
			for i := range 3 {
				w, err := m.CreateFormFile("frame", fmt.Sprint(i, ".jpg"))
				if err == nil {
					_, err = w.Write(asJPEG(picture(100, 100)))
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := m.Close(); err != nil {
				t.Fatal(err)
			}
			pages := facelink.Pages{Record: k, Talk: k, Vault: vault, Bank: "Nordbank", Count: func(string) {}, Log: slog.New(slog.DiscardHandler)}
			r := httptest.NewRequest("POST", "/face/frames", &body)
			r.Header.Set("Content-Type", m.FormDataContentType())
			r.Header.Set("Cookie", "__Host-face=x")
			w := httptest.NewRecorder()
			pages.Handler().ServeHTTP(w, r)
			if missing := shows(w, `data-test="face-`+c.step+`"`); w.Code != http.StatusConflict || missing != nil {
				t.Errorf("%d, without %q", w.Code, missing)
			}
		})
	}
}

// What is said is handed on as it was said, by the link's digest, and what becomes of it
// decides the page.
func TestPageHandsOn(t *testing.T) {
	t.Parallel()
	answers := url.Values{"question": {"company", "told"}, "answer": {"no", "yes"}}
	t.Run("answers", func(t *testing.T) {
		t.Parallel()
		k := newTalking("en", func(*talking) {})
		w := k.ask(t, "POST", linkAt+"/interview", answers)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != linkAt || k.by[0] != facelink.DigestOfToken(linkToken) ||
			!slices.Equal(k.said, []hold.Said{{Question: "company", Answer: "no"}, {Question: "told", Answer: "yes"}}) {
			t.Errorf("%d %+v %s", w.Code, k.said, k.by)
		}
	})
	t.Run("a warning", func(t *testing.T) {
		t.Parallel()
		k := newTalking("en", unread)
		w := k.ask(t, "POST", linkAt+"/warning", url.Values{"choice": {"told"}, "digest": {"d"}, "seconds": {"9"}})
		if w.Code != http.StatusSeeOther || k.warned != (channels.Warned{Digest: "d", Seconds: 9, Choice: "told"}) {
			t.Errorf("%d %+v", w.Code, k.warned)
		}
		k.ask(t, "POST", linkAt+"/warning", url.Values{"choice": {"told"}, "seconds": {"-9"}})
		if k.warned.Seconds != 0 {
			t.Errorf("%d seconds", k.warned.Seconds)
		}
	})
	t.Run("stop", func(t *testing.T) {
		t.Parallel()
		k := newTalking("en", unread)
		w := k.ask(t, "POST", linkAt+"/warning", url.Values{"choice": {"stopped"}})
		if missing := shows(w, `data-test="face-stopped"`, "Refuse it now", `action="`+linkAt+`/cannot"`); w.Code != 200 || missing != nil {
			t.Errorf("%d, without %q", w.Code, missing)
		}
	})
	t.Run("more than there are questions", func(t *testing.T) {
		t.Parallel()
		k := newTalking("en", func(*talking) {})
		many := make([]string, 300)
		k.ask(t, "POST", linkAt+"/interview", url.Values{"question": many, "answer": many})
		if len(k.said) > 20 {
			t.Errorf("%d answers", len(k.said))
		}
		k.ask(t, "POST", linkAt+"/interview", url.Values{"question": {strings.Repeat("x", 9<<10)}, "answer": {"no"}})
		if len(k.said) != 0 {
			t.Error("a body that is too large is read")
		}
	})
	for name, c := range map[string]struct {
		path   string
		why    hold.Refusal
		state  func(*talking)
		status int
		step   string
		says   string
	}{
		"no answers":               {"/interview", hold.InterviewInvalid, func(*talking) {}, 422, "interview", "answer each of the questions"},
		"others before":            {"/interview", hold.InterviewAnswered, unread, 409, "warning", "answered already"},
		"decided":                  {"/interview", hold.HoldDecided, unread, 409, "over", "has been decided"},
		"a dead link":              {"/interview", hold.LinkDead, unread, 410, "dead", "does not work any more"},
		"read too soon":            {"/warning", hold.WarningUnread, unread, 409, "warning", "read the warning first"},
		"another text":             {"/warning", hold.DigestMismatch, unread, 409, "warning", "Hang"},
		"started, unanswered":      {"/start", hold.InterviewMissing, func(*talking) {}, 409, "interview", "Question 1 of 2"},
		"started, and not read":    {"/start", hold.WarningUnread, unread, 409, "warning", "read the warning first"},
		"started, during the wait": {"/start", hold.TooEarly, waiting, 409, "waits", "2027-01-15T08:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newTalking("en", func(k *talking) { c.state(k); k.why = c.why })
			w := k.ask(t, "POST", linkAt+c.path, url.Values{"consent": {"yes"}, "camera": {"yes"}, "choice": {"went_on"}})
			if missing := shows(w, `data-test="face-`+c.step+`"`, c.says); w.Code != c.status || missing != nil {
				t.Errorf("%d, without %q", w.Code, missing)
			}
			if again := w.Header().Get("Retry-After"); (again != "") != (c.why == hold.WarningUnread) {
				t.Errorf("Retry-After %q", again)
			}
			if len(w.Result().Cookies()) > 0 {
				t.Error("a check has begun")
			}
		})
	}
}
