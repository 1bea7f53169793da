package phone

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"holdfast/api/client"
	"holdfast/devstack/stack"
	"holdfast/hold"
)

// FaceLink asks the app for the link of a face check.
func FaceLink(ctx context.Context, at, token string, id hold.ChallengeID) (string, error) {
	c, err := inSession(at, token)
	if err != nil {
		return "", err
	}
	var link client.FaceLink
	res, err := c.OpenLink(ctx, id)
	return link.Url, stack.Reply(res, err, &link)
}

// ErrLinkDead means that a link opens nothing any more.
var ErrLinkDead = errors.New("the link opens nothing any more")

// Browser opens a face check's link, as a customer's would: it looks, agrees,
// and sends three pictures. A vendor's page is where it ends up otherwise.
func Browser(ctx context.Context, link string, face color.Color) (end string, err error) {
	c := &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	u, err := url.Parse(link)
	if err != nil {
		return "", err
	}
	base, cookie := u.Scheme+"://"+u.Host, ""
	ask := func(method, at, kind string, body io.Reader) (*http.Response, error) {
		r, err := http.NewRequestWithContext(ctx, method, at, body)
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Cookie", cookie)
		res, err := c.Do(r)
		if err != nil {
			return nil, err
		}
		defer res.Body.Close() //nolint:errcheck // nobody reads the page
		for _, k := range res.Cookies() {
			cookie = k.Name + "=" + k.Value
		}
		if res.StatusCode == http.StatusGone {
			return nil, ErrLinkDead
		}
		return res, nil
	}
	if _, err := ask(http.MethodGet, link, "", nil); err != nil {
		return "", err
	}
	if _, err := ask(http.MethodPost, link+"/start", "application/x-www-form-urlencoded",
		strings.NewReader("consent=yes&camera=yes")); err != nil {
		return "", err
	}
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for i := range 3 {
		w, err := m.CreateFormFile("frame", fmt.Sprint(i, ".jpg"))
		if err == nil {
			err = jpeg.Encode(w, portrait(face), nil)
		}
		if err != nil {
			return "", err
		}
	}
	if err := m.Close(); err != nil {
		return "", err
	}
	res, err := ask(http.MethodPost, base+"/face/frames", m.FormDataContentType(), &body)
	if err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusSeeOther {
		return "", fmt.Errorf("the page answered %s", res.Status)
	}
	return res.Header.Get("Location"), nil
}

// portrait is as much of a face as the sandbox needs: whose colour it is.
func portrait(face color.Color) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for x := range 320 {
		for y := range 240 {
			img.Set(x, y, face)
		}
	}
	return img
}
