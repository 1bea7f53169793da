package serve

import (
	"net/http"
	"net/url"
	"strings"

	"holdfast/web"
)

// pages are what customers and agents see, by the mux's pattern.
func (p *Process) pages() (map[string]http.Handler, error) {
	sockets := origin(p.PublicURL, "ws")
	app, err := web.New(web.Files(), web.Options{Sockets: sockets, Ancestors: p.FrameAncestors, Script: p.AppScript})
	if err != nil {
		return nil, err
	}
	console, err := web.New(web.Files(), web.Options{Ancestors: p.FrameAncestors})
	if err != nil {
		return nil, err
	}
	spoken, err := texts()
	if err != nil {
		return nil, err
	}
	return map[string]http.Handler{
		"GET /app":            app.Page("app"),
		"GET /app/{file}":     http.HandlerFunc(app.Static),
		"GET /texts/{locale}": spoken,
		"GET /console":        console.Page("console"),
		"GET /console/":       console.Page("console"),
		"GET /assets/":        http.HandlerFunc(app.Static),
	}, nil
}

// origin is an address's origin (RFC 6454), with http or ws as its scheme; a
// secure one stays secure.
func origin(address, scheme string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	if strings.HasSuffix(u.Scheme, "s") {
		scheme += "s"
	}
	return scheme + "://" + u.Host
}
