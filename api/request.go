package api

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

const maxBody = 64 << 10

// checked refuses a request that is not as the specification says, before any
// handler sees it, and puts the body back to be read again.
func (s *spec) checked(w http.ResponseWriter, r *http.Request, op *operation, pattern string) error {
	if err := s.parameters(r, op, pattern); err != nil {
		return err
	}
	if op.body == nil {
		return nil
	}
	if err := contentType(r, "application/json"); err != nil {
		return err
	}
	b, err := readAll(w, r, maxBody)
	if err != nil {
		return err
	}
	v, err := parse(b)
	if err != nil {
		return err
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
	return s.check(op.body, v, "")
}

// readAhead reads a body that its handler would read, before it has a place.
func readAhead(w http.ResponseWriter, r *http.Request, limit int64) error {
	b, err := readAll(w, r, limit)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
	return err
}

func contentType(r *http.Request, want string) error {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := params["charset"]
	if err != nil || kind != want || charset != "" && !strings.EqualFold(charset, "utf-8") || r.Header.Get("Content-Encoding") != "" {
		f := refuse("content_type_unsupported").because("send " + want + " in UTF-8, not compressed")
		f.Field = "Content-Type"
		return f
	}
	return nil
}

func readAll(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, refuse("body_too_large")
	} else if err != nil {
		return nil, refuse("json_invalid").because("the body could not be read to its end")
	}
	return b, nil
}

// parameters checks path, query and headers.
func (s *spec) parameters(r *http.Request, op *operation, pattern string) error {
	query := r.URL.Query()
	known := map[string]bool{}
	path, err := pathValues(pattern, r.URL.EscapedPath())
	if err != nil {
		return err
	}
	for _, p := range op.params {
		var given []string
		switch p.In {
		case openapi3.ParameterInQuery:
			known[p.Name] = true
			if given = query[p.Name]; len(given) == 1 && given[0] == "" { // what is left out by mistake would widen a search
				return field(p.Name, "has no value")
			}
		case openapi3.ParameterInHeader:
			given = r.Header.Values(p.Name)
		case openapi3.ParameterInPath:
			given = []string{path[p.Name]}
		}
		if len(given) == 0 && !p.Required {
			continue
		}
		if err := s.parameter(p, given); err != nil {
			return err
		}
	}
	for name := range query {
		if !known[name] {
			if !plain.MatchString(name) {
				name = ""
			}
			return field(name, "is no known query parameter")
		}
	}
	return nil
}

func (s *spec) parameter(p *openapi3.Parameter, given []string) error {
	var err error = field(p.Name, "must be given once")
	if len(given) == 1 {
		v := any(given[0])
		if p.Schema.Value.Type.Is("boolean") && (given[0] == "true" || given[0] == "false") {
			v = given[0] == "true"
		}
		if p.Schema.Value.Type.Is("integer") {
			if v, err = parse([]byte(given[0])); err != nil {
				return field(p.Name, "must be a whole number")
			}
		}
		if err = s.check(p.Schema.Value, v, ""); err == nil {
			return nil
		}
		asFault(err).Field = p.Name
	}
	switch p.Name {
	case "Idempotency-Key":
		return refuse("idempotency_key_missing").because("send one, of 1 to 128 printable ASCII characters, and the same with every repeat")
	case "If-Match":
		return refuse("if_match_missing").because(`send the revision that you have seen, as "3"`)
	}
	return err
}

// pathValues reads what stands for {name} in a pattern such as
// "GET /v1/holds/{hold_id}".
//
// It reads the path as it was sent, since a %2F parts nothing, and judges what
// that stands for: text that shows as what it is.
func pathValues(pattern, escaped string) (map[string]string, error) {
	_, pattern, _ = strings.Cut(pattern, " ")
	out := map[string]string{}
	parts := strings.Split(escaped, "/")
	for i, p := range strings.Split(pattern, "/") {
		if !strings.HasPrefix(p, "{") || i >= len(parts) {
			continue
		}
		name := strings.Trim(p, "{}")
		value, err := url.PathUnescape(parts[i])
		if err != nil || !shows(value) {
			return nil, field(name, "has characters that do not show")
		}
		out[name] = value
	}
	return out, nil
}

// shows tells whether a text is UTF-8 without characters that cannot be seen:
// controls, marks of direction, what has no width.
func shows(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r == utf8.RuneError || !unicode.IsGraphic(r) })
}
