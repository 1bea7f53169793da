package serve

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"strings"
	"time"

	"holdfast/api"
	"holdfast/channels/facelink"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/web"
)

// faces is what face checks are done with; nil: they are not configured.
type faces struct {
	links  facelink.Links
	vault  *facelink.Vault
	vendor *facelink.Vendor // nil: the bank's own people look
	head   template.HTML    // of their pages
}

func (c Config) openFaces(client func(time.Duration) *http.Client) (*faces, error) {
	if c.FaceKey == "" && c.FaceLinkKey == "" {
		return nil, nil
	}
	if c.FaceKey == "" || c.FaceLinkKey == "" {
		return nil, errors.New("face_key and face_link_key: face checks need both")
	}
	var f faces
	pages, err := web.New(web.Files(), web.Options{})
	if err != nil {
		return nil, err
	}
	f.head = pages.Head("link")
	base := strings.TrimSuffix(c.PublicURL, "/")
	if f.links, err = facelink.ReadLinks(c.FaceLinkKey, base+"/f/"); err != nil {
		return nil, err
	}
	if f.vault, err = facelink.OpenVault(c.FaceKey); err != nil {
		return nil, err
	}
	if c.FaceVendorURL == "" {
		return &f, nil
	}
	f.vendor, err = facelink.NewVendor(c.FaceVendorURL, c.FaceVendorSecret, base+"/face/done", c.providersURL()+"/v1/providers/face", client(10*time.Second))
	return &f, err
}

// faceRules are what the API needs; empty without face checks.
func (p *Process) faceRules() api.FaceRules {
	if p.faces == nil {
		return api.FaceRules{}
	}
	f := p.faces
	r := api.FaceRules{Channel: &facelink.Channel{}, Link: f.links.Link, Digest: f.links.Digest, Seal: f.vault.Seal, Open: f.vault.Open,
		Clean: func(b []byte) ([]byte, hold.Digest, error) {
			frame, err := facelink.Clean(b)
			return frame.JPEG, frame.Digest, err
		},
		Pages: facelink.Pages{Record: faceRecord{p}, Bank: p.BankName, Head: f.head, Vendor: f.vendor, Count: p.metrics.count, Log: p.log}.Handler()}
	if f.vendor != nil {
		r.Result = facelink.Results{Vendor: f.vendor, Take: p.faceJudged, Count: p.metrics.count, Problem: api.WriteProblem, Log: p.log,
			Refused: func(ctx context.Context, why string) error { return p.apps.WebhookRefused(ctx, "face", "result", why) }}.Handler()
	}
	return r
}

func (p *Process) faceJudged(ctx context.Context, r facelink.Result) (facelink.Taken, error) {
	out, err := p.apps.TakeFaceResult(ctx, store.FaceResult{Session: r.Session, HoldID: r.HoldID, ChallengeID: r.ChallengeID, Pass: r.Pass, At: r.At})
	return facelink.Taken(out), err
}

// faceRecord is the record as the pages need it.
type faceRecord struct{ *Process }

func dead(err error) error {
	if errors.Is(err, store.ErrLinkDead) || errors.Is(err, store.ErrLinksSpent) || errors.Is(err, store.ErrNotFound) {
		return facelink.ErrDead
	}
	return err
}

func (r faceRecord) Alive(ctx context.Context, link hold.Digest) (bool, error) {
	return r.apps.LinkAlive(ctx, link)
}

func (r faceRecord) Start(ctx context.Context, link, cookie hold.Digest, gesture string) error {
	_, err := r.apps.StartLink(ctx, link, cookie, gesture)
	return dead(err)
}

func (r faceRecord) Check(ctx context.Context, cookie hold.Digest) (facelink.Check, error) {
	c, err := r.apps.FaceCheck(ctx, cookie)
	return facelink.Check{Hold: c.Hold, Challenge: c.Challenge, Locale: c.Locale, Gesture: c.Gesture, Submitted: c.Submitted}, dead(err)
}

func (r faceRecord) Submit(ctx context.Context, cookie hold.Digest, frames [3]facelink.Frame) error {
	c, err := r.apps.FaceCheck(ctx, cookie)
	if err != nil {
		return dead(err)
	}
	var sealed [3]store.Sealed
	for i, f := range frames {
		b, err := r.faces.vault.Seal(f.JPEG, store.FrameOf(c.Challenge.ID, i+1))
		if err != nil {
			return err
		}
		sealed[i] = store.Sealed{Bytes: b, Digest: f.Digest}
	}
	return dead(r.apps.SubmitFrames(ctx, cookie, sealed))
}

func (r faceRecord) Ask(ctx context.Context, cookie hold.Digest) error {
	return dead(r.apps.AskFaceSession(ctx, cookie))
}

func (r faceRecord) NotMade(ctx context.Context, cookie hold.Digest) error {
	return r.apps.FaceSessionNotMade(ctx, cookie)
}

func (r faceRecord) Bind(ctx context.Context, cookie hold.Digest, session string) error {
	return dead(r.apps.FaceSession(ctx, cookie, session))
}

func (r faceRecord) Cannot(ctx context.Context, by hold.Digest) error {
	return dead(r.apps.CannotFace(ctx, by, r.rules()))
}

func (r faceRecord) Renew(ctx context.Context, by hold.Digest) error {
	return dead(r.apps.RenewLink(ctx, by, r.faces.links.Digest))
}
