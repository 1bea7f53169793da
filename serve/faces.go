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
	f.vendor, err = facelink.NewVendor(c.FaceVendorURL, c.FaceVendorSecret, base+"/face/done", c.providersURL()+facelink.ResultPath,
		client(10*time.Second))
	return &f, err
}

// faceRules are what the API needs; empty without face checks.
func (p *Process) faceRules() api.FaceRules {
	if p.faces == nil {
		return api.FaceRules{}
	}
	f := p.faces
	return api.FaceRules{Channel: &facelink.Channel{}, Link: f.links.Link, Digest: f.links.Digest, Seal: f.vault.Seal, Open: f.vault.Open,
		Clean: func(b []byte) ([]byte, hold.Digest, error) {
			frame, err := facelink.Clean(b)
			return frame.JPEG, frame.Digest, err
		},
		Pages: facelink.Pages{Record: p.apps, Talk: p.desk(), Rules: p.rules(), Links: f.links, Vault: f.vault, Bank: p.BankName, Head: f.head,
			Vendor: f.vendor, Count: p.metrics.count, Log: p.log}.Handler()}
}

// faceWebhooks are the vendor's calls; none without one.
func (p *Process) faceWebhooks() map[string]http.Handler {
	if p.faces == nil || p.faces.vendor == nil {
		return map[string]http.Handler{}
	}
	return facelink.Results{Vendor: p.faces.vendor, Take: p.apps.TakeFaceResult, Count: p.metrics.count, Problem: api.WriteProblem, Log: p.log,
		Refused: func(ctx context.Context, why string) error { return p.apps.WebhookRefused(ctx, "face", "result", why) }}.Routes()
}
