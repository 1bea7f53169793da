package facelink

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/base64"
	"errors"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"holdfast/channels"
	"holdfast/hold"
	"holdfast/interview"
	"holdfast/messages"
)

//go:embed page.html
var source string

var page = template.Must(template.New("page").Parse(source))

// Record is what the pages need of the record. Each refuses where there is
// nothing to be had.
type Record interface {
	FaceLink(ctx context.Context, link hold.Digest) (hold.FaceCheck, hold.Refusal, error) // before it is started; changes nothing
	StartLink(ctx context.Context, link, cookie hold.Digest, gesture string) (hold.FaceCheck, hold.Refusal, error)
	FaceCheck(ctx context.Context, cookie hold.Digest) (hold.FaceCheck, hold.Refusal, error)
	SubmitFrames(ctx context.Context, cookie hold.Digest, frames [3]hold.Sealed) (hold.Refusal, error)
	AskFaceSession(ctx context.Context, cookie hold.Digest) (hold.Refusal, error) // counts, before the vendor is asked for one
	FaceSessionNotMade(ctx context.Context, cookie hold.Digest) error             // the vendor made none
	FaceSession(ctx context.Context, cookie hold.Digest, session string) (hold.Refusal, error)
	CannotFace(ctx context.Context, by hold.Digest, r hold.Rules) (hold.Refusal, error)
	RenewLink(ctx context.Context, by hold.Digest, link func(hold.ChallengeID, int) hold.Digest) error
}

// Pages serve the face check. Vendor is nil where the bank's own people look.
type Pages struct {
	Record Record
	Talk   Talk
	Rules  hold.Rules // for who cannot do it, and is asked otherwise
	Links  Links
	Vault  *Vault
	Bank   string
	Head   template.HTML // loads the page's script and style
	Vendor *Vendor
	Count  func(event string)
	Log    *slog.Logger
}

// cookie binds a started check to one browser. The prefix keeps it to HTTPS (or
// the machine itself), to this host and to no other path (RFC 6265bis §4.1.3).
const cookie = "__Host-face"

// Handler serves /f/{token}… and /face….
func (p Pages) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /f/{token}", p.open)
	mux.HandleFunc("POST /f/{token}/start", p.start)
	mux.HandleFunc("GET /face", p.check)
	mux.HandleFunc("POST /face/frames", p.frames)
	for _, at := range []string{"/f/{token}", "/face"} { // before the start, and after it
		mux.HandleFunc("POST "+at+"/interview", p.interview)
		mux.HandleFunc("POST "+at+"/warning", p.warning)
		mux.HandleFunc("POST "+at+"/cannot", p.cannot)
		mux.HandleFunc("POST "+at+"/renew", p.renew)
	}
	mux.HandleFunc("GET /face/done", func(w http.ResponseWriter, r *http.Request) {
		p.show(w, r, http.StatusOK, view{Step: "thanks"}, "")
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.guard(w)
		limit := int64(maxForm)
		if r.URL.Path == "/face/frames" {
			limit = 3*MaxFrame + 64<<10
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		mux.ServeHTTP(w, r)
	})
}

// guard keeps the pages to themselves.
func (p Pages) guard(w http.ResponseWriter) {
	action := "'self'"
	if p.Vendor != nil {
		action += " " + p.Vendor.Origin
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Permissions-Policy", "camera=(self)")
	h.Set("Content-Security-Policy",
		"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; "+
			"form-action "+action+"; frame-ancestors 'none'; base-uri 'none'")
}

type view struct {
	Step, Bank, At, Renew                    string // At is where the page's forms go
	Head                                     template.HTML
	Words                                    messages.FaceWords
	Amount, Payee, Account, Gesture, Problem string
	Vendor                                   bool
	Shown                                    *interview.Shown
	NotBefore, Follows, Refuse               string // of a wait; how the payment is refused
}

// show writes a page in the locale, or in the browser's when it is unknown.
func (p Pages) show(w http.ResponseWriter, r *http.Request, status int, v view, locale string) {
	if locale == "" {
		locale = strings.TrimSpace(strings.SplitN(r.Header.Get("Accept-Language"), ",", 2)[0])
	}
	v.Bank, v.Head, v.Words, v.Vendor, v.At = p.Bank, p.Head, messages.Face(locale), p.Vendor != nil, at(r)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err := page.Execute(w, v); err != nil {
		p.Log.WarnContext(r.Context(), "a page of the face check could not be written", "error", err)
	}
}

// failed shows what is refused, by the one page of every link that opens
// nothing, or that it is our fault.
func (p Pages) failed(w http.ResponseWriter, r *http.Request, why hold.Refusal, err error) {
	if why != "" {
		p.Count("face_link_dead")
		v := view{Step: "dead"}
		if r.PathValue("token") != "" || cookieOf(r) != "" {
			v.Renew = at(r) + "/renew"
		}
		p.show(w, r, http.StatusGone, v, "")
		return
	}
	p.Log.ErrorContext(r.Context(), "a page of the face check failed", "error", err)
	wait := 5 * time.Second
	var f *channels.DeliveryError // the vendor's
	if errors.As(err, &f) {
		wait = max(wait, f.RetryAfter)
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)))
	p.show(w, r, http.StatusServiceUnavailable, view{Step: "failed"}, "")
}

// open shows the bank's name, asks what comes first, and then for consent and a camera.
// Whoever only looks, a mail scanner or a preview, changes nothing.
func (p Pages) open(w http.ResponseWriter, r *http.Request) {
	c, why, err := p.Record.FaceLink(r.Context(), by(r))
	if err != nil || why != "" {
		p.failed(w, r, why, err)
		return
	}
	p.next(w, r, http.StatusOK, c, "")
}

// start consumes the link.
func (p Pages) start(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("consent") != "yes" || r.PostFormValue("camera") != "yes" {
		p.open(w, r)
		return
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	value := base64.RawURLEncoding.EncodeToString(secret)
	gesture := Gesture(r.PostFormValue("still") == "yes")
	if _, why, err := p.Record.StartLink(r.Context(), by(r), hold.DigestOf([]byte(value)), gesture); err != nil || why != "" {
		p.refused(w, r, why, err)
		return
	}
	// longer than the check may take: its dead page offers a new link
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: value, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		MaxAge: 60 * 60})
	p.Count("face_started")
	http.Redirect(w, r, "/face", http.StatusSeeOther)
}

func cookieOf(r *http.Request) hold.Digest {
	c, err := r.Cookie(cookie)
	if err != nil || c.Value == "" {
		return ""
	}
	return hold.DigestOf([]byte(c.Value))
}

// at is where a request's page is: at its link, or at the check that the link began.
func at(r *http.Request) string {
	if t := r.PathValue("token"); t != "" {
		return "/f/" + t
	}
	return "/face"
}

// by is what a request is known by: the digest of its link, or of its cookie.
func by(r *http.Request) hold.Digest {
	if t := r.PathValue("token"); t != "" {
		return DigestOfToken(t)
	}
	return cookieOf(r)
}

// check shows the payment and the gesture.
func (p Pages) check(w http.ResponseWriter, r *http.Request) {
	c, why, err := p.Record.FaceCheck(r.Context(), by(r))
	switch {
	case err != nil, why != "":
		p.failed(w, r, why, err)
	case c.Submitted:
		p.show(w, r, http.StatusOK, view{Step: "thanks"}, c.Locale)
	default:
		p.next(w, r, http.StatusOK, c, "")
	}
}

func document(c hold.FaceCheck) view {
	q := c.Hold.Request
	return view{Step: "check", Amount: messages.AmountIn(q.Amount, c.Locale), Payee: messages.Safe(q.Payee.Name),
		Account: messages.Safe(q.Payee.Account), Gesture: messages.Gesture(c.Gesture, c.Locale)}
}

// frames takes the pictures; with a vendor, the customer goes there instead.
func (p Pages) frames(w http.ResponseWriter, r *http.Request) {
	by := by(r)
	c, why, err := p.Record.FaceCheck(r.Context(), by)
	if c.Submitted {
		why = hold.LinkDead
	}
	if err != nil || why != "" {
		p.failed(w, r, why, err)
		return
	}
	if p.Vendor != nil {
		p.toVendor(w, r, by, c)
		return
	}
	done, ok := sending.enter(c.Challenge.ID)
	if !ok {
		p.failed(w, r, "", errFull)
		return
	}
	defer done()
	frames, err := readFrames(r)
	if err != nil {
		status := http.StatusBadRequest
		if errors.Is(err, ErrTooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		p.Count("face_picture_refused")
		p.next(w, r, status, c, problem(err, messages.Face(c.Locale)))
		return
	}
	sealed, err := p.seal(c.Challenge.ID, frames)
	if err == nil {
		why, err = p.Record.SubmitFrames(r.Context(), by, sealed)
	}
	if err != nil || why != "" {
		p.refused(w, r, why, err)
		return
	}
	p.Count("face_submitted")
	http.Redirect(w, r, "/face", http.StatusSeeOther)
}

// seal locks the pictures away before they reach the record.
func (p Pages) seal(id hold.ChallengeID, frames [3]Frame) (sealed [3]hold.Sealed, err error) {
	for i, f := range frames {
		if sealed[i].Bytes, err = p.Vault.Seal(f.JPEG, hold.FrameOf(id, i+1)); err != nil {
			return sealed, err
		}
		sealed[i].Digest = f.Digest
	}
	return sealed, nil
}

// problem says what was wrong with the pictures, and what to do.
func problem(err error, w messages.FaceWords) string {
	switch {
	case errors.Is(err, ErrTooLarge):
		return w.TooLarge
	case errors.Is(err, ErrDimensions):
		return w.Dimensions
	case errors.Is(err, ErrNoImage):
		return w.NoImage
	}
	return w.Three
}

const maxForm = 8 << 10

// uploads bound how many started checks send their pictures at once, each three
// of 2 MiB, and each check once: nobody takes another's place.
type uploads struct {
	mu  sync.Mutex
	now map[hold.ChallengeID]bool
}

const maxUploads = 64

var sending = uploads{now: map[hold.ChallengeID]bool{}}

func (u *uploads) enter(id hold.ChallengeID) (leave func(), ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.now[id] || len(u.now) >= maxUploads {
		return nil, false
	}
	u.now[id] = true
	return func() { u.mu.Lock(); defer u.mu.Unlock(); delete(u.now, id) }, true
}

var errFull = errors.New("too many at once")

var errThree = errors.New("three pictures are wanted")

// readFrames reads exactly three pictures, each to its bound.
func readFrames(r *http.Request) (frames [3]Frame, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return frames, errThree
	}
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) && n == len(frames) {
			return frames, nil
		}
		if err != nil || n == len(frames) {
			return frames, tooLarge(err, errThree)
		}
		b, err := io.ReadAll(io.LimitReader(part, MaxFrame+1))
		if err != nil {
			return frames, tooLarge(err, ErrNoImage)
		}
		frames[n], err = Clean(b)
		if err != nil {
			return frames, err
		}
	}
}

func tooLarge(err, otherwise error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return ErrTooLarge
	}
	return otherwise
}

func (p Pages) toVendor(w http.ResponseWriter, r *http.Request, by hold.Digest, c hold.FaceCheck) {
	if why, err := p.Record.AskFaceSession(r.Context(), by); err != nil || why != "" {
		p.refused(w, r, why, err)
		return
	}
	ctx := context.WithoutCancel(r.Context()) // who goes away now has been counted
	var why hold.Refusal
	session, at, err := p.Vendor.Create(ctx, c.Hold, c.Challenge)
	var f *channels.DeliveryError
	switch {
	case err == nil:
		why, err = p.Record.FaceSession(ctx, by, session)
	case errors.As(err, &f) && (f.Class == channels.Retryable || f.Class == channels.Throttled):
		err = errors.Join(err, p.Record.FaceSessionNotMade(ctx, by))
	}
	if err != nil || why != "" {
		p.failed(w, r, why, err)
		return
	}
	http.Redirect(w, r, at, http.StatusSeeOther)
}

// cannot leads to a person.
func (p Pages) cannot(w http.ResponseWriter, r *http.Request) {
	if why, err := p.Record.CannotFace(r.Context(), by(r), p.Rules); err != nil || why != "" {
		p.failed(w, r, why, err)
		return
	}
	p.Count("face_cannot")
	p.show(w, r, http.StatusOK, view{Step: "calling"}, "")
}

// renew says the same to everybody.
func (p Pages) renew(w http.ResponseWriter, r *http.Request) {
	if err := p.Record.RenewLink(r.Context(), by(r), p.Links.Digest); err != nil {
		p.failed(w, r, "", err)
		return
	}
	p.show(w, r, http.StatusOK, view{Step: "renewed"}, "")
}
