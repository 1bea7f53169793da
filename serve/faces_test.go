package serve_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/channels/facelink"
	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/serve"
	"holdfast/store"
	"holdfast/store/storetest"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const vendorSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

var linkKey = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{5}, 32))

// checks is a front with face checks, and a hold that asks by one.
type checks struct {
	*front
	b     *storetest.Bundle
	links facelink.Links
	vault *facelink.Vault
	rules hold.Rules
}

func newChecks(t *testing.T, vendor string) *checks {
	t.Helper()
	key := filepath.Join(t.TempDir(), "face")
	b, err := facelink.NewKeyset()
	if err == nil {
		err = os.WriteFile(key, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	c := &checks{front: newFrontWith(t, func(s *serve.Config) {
		s.FaceKey, s.FaceLinkKey, s.FaceRetention, s.OutboundAllow = "file:"+key, linkKey, 30*24*time.Hour, []string{"127.0.0.0/8"}
		if vendor != "" {
			s.FaceVendorURL, s.FaceVendorSecret = vendor, vendorSecret
		}
	})}
	c.links, err = facelink.ReadLinks(linkKey, "/f/")
	c.must(err)
	c.vault, err = facelink.OpenVault("file:" + key)
	c.must(err)
	c.b = &storetest.Bundle{Store: c.db, T: t, Clock: &storetest.Clock{}}
	c.b.Clock.Follow(time.Now)
	_, why, err := c.db.PutCustomer(t.Context(), store.PutCustomer{ID: "maria", Name: "Maria", Locale: "en", TimeZone: "UTC", Phrase: "x",
		Actor: "test", MayBackdate: true,
		Devices: []store.PutDevice{{Name: "old", PublicKey: []byte("old"), Since: hold.At(time.Now().AddDate(-1, 0, 0))}}})
	c.must(storetest.ErrorOf(why, err))
	c.b.Customer, err = c.db.Customer(t.Context(), "maria")
	c.must(err)
	c.rules = hold.Rules{Channels: []hold.Channel{hold.FaceLink, hold.Callback}, Link: c.links.Digest,
		FaceVendor: vendor != "", OfflineWait: 20 * time.Second}
	if vendor == "" {
		c.b.Portrait()
	}
	return c
}

// asked is a hold that asks by face, and then by a call, with its first link.
func (c *checks) asked(payee string) (hold.ID, hold.Challenge, string) {
	c.t.Helper()
	face := storetest.Rung("face", 10*time.Minute, hold.FaceLink)
	face.Asks[0].Lifetime = hold.Duration(10 * time.Minute)
	a := c.b.Accepting(hold.Ladder{Name: "face", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{face, storetest.Rung("call", time.Hour,
		hold.Callback)}})
	a.ClientID, a.Request.TransactionID, a.Key, a.Request.Payee.Name = "bank", store.NewNonce(), store.NewNonce(), payee
	terms := a.Terms
	a.Terms = func(cu hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
		t, deadline, err := terms(cu, p, now)
		t.Callback = hold.CallbackTerms{FourEyes: map[string]int64{"EUR": 500000}, Hours: &hold.Span{From: 0, To: 24 * 60}}
		return t, deadline, err
	}
	res, err := c.db.AcceptHold(c.t.Context(), a)
	c.must(err)
	_, err = c.db.OpenRung(c.t.Context(), res.HoldID, 0, hold.NoRung, c.rules)
	c.must(err)
	cs, err := c.db.Challenges(c.t.Context(), res.HoldID)
	c.must(err)
	n, _, why, err := c.db.OpenLink(c.t.Context(), "maria", cs[0].ID, c.links.Digest)
	c.must(storetest.ErrorOf(why, err))
	return res.HoldID, cs[0], c.links.Link(cs[0].ID, n)
}

// browser keeps one cookie, as a browser would over HTTPS.
type browser struct {
	*checks
	cookie string
}

func (b *browser) ask(method, path, kind string, body io.Reader) (int, string, http.Header) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, body)
	b.must(err)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if b.cookie != "" {
		r.Header.Set("Cookie", b.cookie)
	}
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	b.must(err)
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	b.must(err)
	for _, k := range res.Cookies() {
		if !k.HttpOnly || !k.Secure || k.SameSite != http.SameSiteStrictMode || !strings.HasPrefix(k.Name, "__Host-") {
			b.t.Errorf("cookie %+v", k)
		}
		b.cookie = k.Name + "=" + k.Value
	}
	return res.StatusCode, string(out), res.Header
}

func (b *browser) start(link string) int {
	status, _, _ := b.ask("POST", link+"/start", "application/x-www-form-urlencoded", strings.NewReader(url.Values{"consent": {"yes"},
		"camera": {"yes"}}.Encode()))
	return status
}

func picture() []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 320, 240)), nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func (b *browser) send(pictures ...[]byte) (int, string) {
	b.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for i, p := range pictures {
		w, err := m.CreateFormFile("frame", fmt.Sprint(i, ".jpg"))
		b.must(err)
		_, err = w.Write(p)
		b.must(err)
	}
	b.must(m.Close())
	status, out, _ := b.ask("POST", "/face/frames", m.FormDataContentType(), &body)
	return status, out
}

// Scanners, previews and reloads change nothing; the customer's own start
// consumes the link, and then it opens nothing, like one that never was.
func TestScannersConsumeNothing(t *testing.T) {
	t.Parallel()
	c := newChecks(t, "")
	_, _, link := c.asked("Anna Kovacs")
	b := &browser{checks: c}
	for i := range 500 {
		if status, page, h := b.ask("GET", link, "", nil); status != 200 || strings.Contains(page, "Anna") || strings.Contains(page, "1250") ||
			i == 0 && (!strings.Contains(page, "Nordbank") ||
				h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(h.Get("Content-Security-Policy"),
				"frame-ancestors 'none'")) {
			t.Fatalf("GET %d: %d %s %v", i, status, page, h)
		}
		if status, _, _ := b.ask("HEAD", link, "", nil); status != 200 {
			t.Fatalf("HEAD %d: %d", i, status)
		}
	}
	if status, _, _ := b.ask("POST", link+"/start", "application/x-www-form-urlencoded", strings.NewReader("consent=yes")); status != 200 {
		t.Errorf("without a camera: %d", status)
	}
	if status := b.start(link); status != 303 || b.cookie == "" {
		t.Fatalf("start: %d", status)
	}
	same := func(s, link string) string { return strings.ReplaceAll(s, strings.TrimPrefix(link, "/f/"), "") }
	status, used, _ := b.ask("GET", link, "", nil)
	altered := link[:len(link)-1] + map[bool]string{true: "B", false: "A"}[strings.HasSuffix(link, "A")]
	other, never, _ := b.ask("GET", altered, "", nil)
	if status != 410 || other != 410 || same(used, link) != same(never, altered) {
		t.Errorf("used %d, altered %d, or the pages differ:\n%s\n%s", status, other, used, never)
	}
	if again := (&browser{checks: c}); again.start(link) != 410 || again.cookie != "" {
		t.Error("a second start")
	}
}

// The pictures are taken as they are described, sealed on record, shown to the
// agent who has the case, and judged by them.
func TestFaceReview(t *testing.T) {
	t.Parallel()
	c := newChecks(t, "")
	id, _, link := c.asked(`<script>alert(1)</script>`)
	b := &browser{checks: c}
	if status := b.start(link); status != 303 {
		t.Fatal(status)
	}
	status, page, _ := b.ask("GET", "/face", "", nil)
	if status != 200 || strings.Contains(page, "<script>alert") || !strings.Contains(page, "EUR 1250.00") || !strings.Contains(page,
		"DE02100100100006820101") {
		t.Errorf("%d %s", status, page)
	}
	big := make([]byte, 200<<20)
	for name, want := range map[string]struct {
		status   int
		pictures [][]byte
	}{"none": {400, nil}, "two": {400, [][]byte{picture(), picture()}}, "four": {400, [][]byte{picture(), picture(), picture(), picture()}},
		"text": {400, [][]byte{picture(), []byte("no picture"), picture()}}, "200 MiB": {413, [][]byte{big}}} {
		if status, _ := b.send(want.pictures...); status != want.status {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status, _ := (&browser{checks: c}).send(picture(), picture(), picture()); status != 410 {
		t.Errorf("without the cookie: %d", status)
	}
	if status, out := b.send(picture(), picture(), picture()); status != 303 {
		t.Fatalf("%d %s", status, out)
	}
	if status, _ := b.send(picture(), picture(), picture()); status != 410 {
		t.Errorf("twice: %d", status)
	}
	raw := storetest.Raw(t, c.dsn)
	var sealed []byte
	c.must(raw.Get(&sealed, `SELECT sealed FROM frames WHERE n = 1`))
	if bytes.Contains(sealed, []byte{0xff, 0xd8, 0xff}) {
		t.Error("a picture is on record as it was")
	}
	now, err := c.db.Now(t.Context())
	c.must(err)
	by := store.By{Sub: "ana", GivenName: "Ana", Role: "agent", IssuedAt: now}
	c.must(c.db.SeeAgent(t.Context(), by))
	if _, _, _, err := c.db.Face(t.Context(), by, store.NewID("case"), store.NewID("task"), 1); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another's: %v", err)
	}
	caseID, err := c.db.NextCase(t.Context(), by)
	c.must(err)
	v, why, err := c.db.ViewCase(t.Context(), by, caseID)
	c.must(storetest.ErrorOf(why, err))
	if len(v.Tasks) != 1 || v.Tasks[0].Kind != queue.TaskFace || len(v.Faces) != 1 {
		t.Fatalf("%+v %+v", v.Tasks, v.Faces)
	}
	c.b.Seen(by, v, v.Tasks[0])
	for n := 1; n <= 3; n++ { // each opens for what the record says that it is, and for nothing else
		sealed, of, why, err := c.db.Face(t.Context(), by, caseID, v.Tasks[0].ID, n)
		c.must(storetest.ErrorOf(why, err))
		if _, err := c.vault.Open(sealed, of); err != nil {
			t.Errorf("picture %d: %v", n, err)
		}
	}
	say := func(d hold.Disposition) store.DisposeResult {
		res, err := c.db.Dispose(t.Context(), store.Dispose{By: by, CaseID: caseID, TaskID: v.Tasks[0].ID, Disposition: d, Revision: 1,
			Judge: storetest.JudgeFace})
		c.must(err)
		return res
	}
	if res := say(hold.Confirmed); res.Refusal != hold.DispositionMismatch {
		t.Errorf("confirmed: %+v", res)
	}
	if res := say(hold.SameFace); res.Outcome != store.Disposed {
		t.Errorf("same: %+v", res)
	}
	_, err = c.db.Conclude(t.Context(), id)
	c.must(err)
	if d := c.b.Look(id).Decision; d == nil || d.Outcome != hold.Release {
		t.Errorf("%+v", d)
	}
	if n, err := c.db.PurgeFaces(t.Context(), 30*24*time.Hour); n != 0 || err != nil {
		t.Errorf("deleted early: %d, %v", n, err)
	}
	if n, err := c.db.PurgeFaces(t.Context(), 0); n != 1 || err != nil {
		t.Errorf("deleted: %d, %v", n, err)
	}
	var left int
	c.must(raw.Get(&left, `SELECT COUNT(*) FROM frames`))
	if left != 0 {
		t.Errorf("%d pictures are left", left)
	}
}

// Somebody else's face leads on; what cannot be told leaves the tries that are
// left; who cannot do this is called.
func TestFaceNotReleased(t *testing.T) {
	t.Parallel()
	c := newChecks(t, "")
	id, ch, link := c.asked("Anna Kovacs")
	b := &browser{checks: c}
	if status, page, _ := b.ask("POST", link+"/cannot", "", nil); status != 200 || !strings.Contains(page, "call you") {
		t.Errorf("%d %s", status, page)
	}
	cs, err := c.db.Challenges(t.Context(), id)
	c.must(err)
	if cs[0].Status != hold.Undeliverable || cs[0].Cause != "cannot" {
		t.Errorf("%+v", cs[0])
	}
	if _, _, why, err := c.db.OpenLink(t.Context(), "maria", ch.ID, c.links.Digest); why != hold.LinkDead {
		t.Errorf("another link: %v", err)
	}
	_, ch, link = c.asked("Anna Kovacs")
	for range 2 {
		n, _, why, err := c.db.OpenLink(t.Context(), "maria", ch.ID, c.links.Digest)
		c.must(storetest.ErrorOf(why, err))
		if status := b.start(link); status != 410 {
			t.Errorf("an older link: %d", status)
		}
		link = c.links.Link(ch.ID, n)
	}
	if _, _, why, err := c.db.OpenLink(t.Context(), "maria", ch.ID, c.links.Digest); why != hold.LinksSpent {
		t.Errorf("a fourth link: %v", err)
	}
	if status := b.start(link); status != 303 {
		t.Errorf("the third: %d", status)
	}
}

// With a vendor, only its signed word about this very session counts, once.
func TestVendorJudges(t *testing.T) {
	t.Parallel()
	var host string
	var made atomic.Int64
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if made.Add(1) == 1 { // it made none, and says so
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintf(w, `{"session_id":"session-%s","url":"%s/go"}`, store.NewNonce(), host)
	}))
	t.Cleanup(vendor.Close)
	host = vendor.URL
	c := newChecks(t, vendor.URL)
	id, ch, link := c.asked("Anna Kovacs")
	b := &browser{checks: c}
	b.start(link)
	if status, _, _ := b.ask("POST", "/face/frames", "application/x-www-form-urlencoded", nil); status != 503 {
		t.Fatalf("the vendor is away: %d", status)
	}
	status, _, h := b.ask("POST", "/face/frames", "application/x-www-form-urlencoded", nil)
	if again, _, _ := b.ask("POST", "/face/frames", "application/x-www-form-urlencoded", nil); again != 410 || made.Load() != 2 {
		t.Errorf("sent again: %d, and the vendor was paid %d times", again, made.Load()-1)
	}
	if status != 303 || h.Get("Location") != vendor.URL+"/go" {
		t.Fatalf("%d %s", status, h.Get("Location"))
	}
	var session string
	raw := storetest.Raw(t, c.dsn)
	c.must(raw.Get(&session, `SELECT session FROM links WHERE session <> ''`))
	key, err := webhooks.NewWebhook(vendorSecret)
	c.must(err)
	tell := func(change func(m map[string]any), signed time.Time, spoil string) int {
		m := map[string]any{"session_id": session, "hold_id": id, "challenge_id": ch.ID, "result": "pass", "at": hold.At(time.Now())}
		change(m)
		body, err := json.Marshal(m)
		c.must(err)
		signature, err := key.Sign("msg_1", signed, body)
		c.must(err)
		r, err := http.NewRequestWithContext(t.Context(), "POST", c.url+"/v1/providers/face", bytes.NewReader(body))
		c.must(err)
		r.Header.Set("Webhook-Id", "msg_1")
		r.Header.Set("Webhook-Timestamp", fmt.Sprint(signed.Unix()))
		r.Header.Set("Webhook-Signature", signature+spoil)
		return c.send(r).status
	}
	as := func(name string, value any) func(map[string]any) { return func(m map[string]any) { m[name] = value } }
	nothing := func(map[string]any) {}
	for name, status := range map[string]int{
		"forged": tell(nothing, time.Now(), "x"), "late": tell(nothing, time.Now().Add(-time.Hour), ""),
		"of another session": tell(as("session_id", "session-other1"), time.Now(), ""),
		"of another hold":    tell(as("hold_id", store.NewID("hold")), time.Now(), ""), "of another challenge": tell(as("challenge_id",
			store.NewID("chal")), time.Now(), ""),
		"from before it began": tell(as("at", hold.At(time.Now().Add(-time.Hour))), time.Now(), ""),
	} {
		if status != 401 || c.b.Look(id).Status != hold.Held {
			t.Errorf("%s: %d", name, status)
		}
	}
	if chain, _, err := c.db.Chain(t.Context(), "provider:face"); err != nil || len(chain) < 5 {
		t.Errorf("%d entries, %v", len(chain), err)
	}
	if status := tell(nothing, time.Now(), ""); status != 204 {
		t.Fatalf("the vendor's word: %d", status)
	}
	if status := tell(as("result", "fail"), time.Now(), ""); status != 401 {
		t.Errorf("a second word: %d", status)
	}
	_, err = c.db.Conclude(t.Context(), id)
	c.must(err)
	if d := c.b.Look(id).Decision; d == nil || d.Outcome != hold.Release {
		t.Errorf("%+v", d)
	}
}

// One check has one place for its pictures, however slowly they come, and another
// check finds its own.
func TestOneCheckSendsOnce(t *testing.T) {
	t.Parallel()
	c := newChecks(t, "")
	_, _, link := c.asked("Anna Kovacs")
	_, _, of2 := c.asked("Anna Kovacs")
	slow, other := &browser{checks: c}, &browser{checks: c}
	slow.start(link)
	other.start(of2)
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://"))
	c.must(err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "POST /face/frames HTTP/1.1\r\nHost: x\r\nCookie: %s\r\n"+
		"Content-Type: multipart/form-data; boundary=b\r\nExpect: 100-continue\r\nContent-Length: 100000\r\n\r\n", slow.cookie)
	c.must(err)
	// Once it is read it has its place.
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%s %v", line, err)
	}
	if status, _ := slow.send(picture(), picture(), picture()); status != 503 {
		t.Errorf("a second time at once: %d", status)
	}
	if status, _ := other.send(picture(), picture(), picture()); status != 303 {
		t.Errorf("another check: %d", status)
	}
}

// Whoever sends slowly holds up nobody: the pages of others are served.
func TestSlowBodiesHoldUpNobody(t *testing.T) {
	t.Parallel()
	c := newChecks(t, "")
	_, _, link := c.asked("Anna Kovacs")
	for range 80 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://"))
		c.must(err)
		t.Cleanup(func() { _ = conn.Close() })
		_, err = fmt.Fprintf(conn, "POST /f/nothing/start HTTP/1.1\r\nHost: x\r\nContent-Type: "+
			"application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nconsent=")
		c.must(err)
	}
	b := &browser{checks: c}
	if status, _, _ := b.ask("GET", link, "", nil); status != 200 {
		t.Errorf("a page: %d", status)
	}
	if status := b.start(link); status != 303 {
		t.Errorf("a start: %d", status)
	}
	if status, _, _ := b.ask("POST", link+"/start", "application/x-www-form-urlencoded",
		strings.NewReader("x="+strings.Repeat("y", 20<<10))); status != 410 && status != 200 {
		t.Errorf("a large form: %d", status)
	}
}
