// Package web has the pages that people see, as built from src, and serves
// them. It knows nothing of what they are about: they talk to the API.
package web

import (
	"bytes"
	"compress/gzip"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// Files are the pages of the product: app, console, link.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // it is embedded
	}
	return files
}

// Options say how pages may be used.
type Options struct {
	Sockets   string   // origin of the gateway's sockets, ws:// or wss://; empty: this one's
	Ancestors []string // origins that may show the pages in a frame; none: nobody
	Frames    []string // other origins that the pages may show in a frame
	Script    string   // run before a page's own, by its address: a path here or an https URL
}

// Pages serves built pages.
type Pages struct {
	options Options
	files   map[string]file
}

type file struct {
	kind         string
	plain, small []byte // small is gzip, nil where it saves nothing
}

// New reads the files. They are compressed once.
func New(files fs.FS, o Options) (*Pages, error) {
	if strings.ContainsAny(o.Script+o.Sockets+strings.Join(slices.Concat(o.Frames, o.Ancestors), ""), "\"'<>; ,\n\r") {
		return nil, errors.New("app_script and frame_ancestors: want addresses without quotes, spaces and signs of markup")
	}
	p := &Pages{options: o, files: map[string]file{}}
	return p, fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if o.Script != "" && path.Ext(name) == ".html" {
			b = bytes.Replace(b, []byte("<!-- head -->"), fmt.Appendf(nil, "<script src=%q></script>", o.Script), 1)
		}
		p.files[name] = file{kind: kindOf(name), plain: b, small: compressed(b)}
		return nil
	})
}

func kindOf(name string) string {
	if path.Ext(name) == ".webmanifest" {
		return "application/manifest+json"
	}
	return mime.TypeByExtension(path.Ext(name))
}

func compressed(b []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level exists
	_, _ = w.Write(b)                                       // to memory
	_ = w.Close()
	if out.Len() >= len(b) {
		return nil
	}
	return out.Bytes()
}

// Page serves one page, whatever the path: its script reads the rest.
func (p *Pages) Page(name string) http.HandlerFunc {
	f, known := p.files[name+".html"]
	if !known {
		panic("there is no page " + name)
	}
	policy := p.policy()
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-cache")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		f.serve(w, r)
	}
}

var headTags = regexp.MustCompile(`<script[^>]*></script>|<link rel="(?:stylesheet|modulepreload)"[^>]*>`)

// Head is what loads a page's script and style, for pages that are written
// elsewhere.
func (p *Pages) Head(name string) template.HTML {
	return template.HTML(bytes.Join(headTags.FindAll(p.files[name+".html"].plain, -1), []byte("\n"))) //nolint:gosec // as it was built
}

var styleTags = regexp.MustCompile(`<link rel="stylesheet"[^>]*>`)

// Styles is what loads a page's style alone.
func (p *Pages) Styles(name string) template.HTML {
	return template.HTML(bytes.Join(styleTags.FindAll(p.files[name+".html"].plain, -1), []byte("\n"))) //nolint:gosec // as it was built
}

// policy lets a page load what comes from here and nothing else.
func (p *Pages) policy() string {
	script, sockets, ancestors := "'self'", "'self'", "'none'"
	if strings.HasPrefix(p.options.Script, "https://") {
		script += " " + p.options.Script
	}
	if p.options.Sockets != "" {
		sockets += " " + p.options.Sockets
	}
	if len(p.options.Ancestors) > 0 {
		ancestors = strings.Join(p.options.Ancestors, " ")
	}
	frames := strings.Join(slices.Concat([]string{"'self'"}, p.options.Frames), " ")
	return "default-src 'none'; script-src " + script + "; style-src 'self'; img-src 'self' data: blob:; connect-src " + sockets +
		"; manifest-src 'self'; worker-src 'self'; frame-src " + frames + "; form-action 'self'; base-uri 'none'; frame-ancestors " + ancestors
}

// Static serves everything but pages by its path; 404 for what there is not.
// Names of built files change with what is in them, so that they keep for ever.
func (p *Pages) Static(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	f, known := p.files[name]
	if !known || path.Ext(name) == ".html" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	if strings.Contains(name, "assets/") {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	f.serve(w, r)
}

func (f file) serve(w http.ResponseWriter, r *http.Request) {
	body := f.plain
	w.Header().Set("Content-Type", f.kind)
	w.Header().Add("Vary", "Accept-Encoding")
	if f.small != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body = f.small
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the browser is gone
}
