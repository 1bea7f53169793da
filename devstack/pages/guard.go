package pages

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// sameOrigin answers only the pages of this origin, on its own host (or a
// foreign name that was made to resolve here would be let in). Pages may also
// be opened by typing or by a link: they hold nothing.
func sameOrigin(origin string, next http.Handler) http.Handler {
	u, err := url.Parse(origin)
	if err != nil {
		panic(err) // the stack made it
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := r.Header.Values("Origin")
		site := r.Header.Get("Sec-Fetch-Site") // absent: no browser
		dev := strings.HasPrefix(r.URL.Path, "/dev/") || r.URL.Path == clockPath
		switch {
		case r.Host != u.Host:
			http.Error(w, "This stack is at "+origin+"/ and answers to no other name.", http.StatusMisdirectedRequest)
		case len(from) > 0 && !slices.Equal(from, []string{origin}),
			dev && !slices.Contains([]string{"", "none", "same-origin"}, site),
			dev && site == "none" && r.Method != http.MethodGet:
			http.Error(w, "Only for pages of this origin.", http.StatusForbidden)
		default:
			w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			next.ServeHTTP(w, r)
		}
	})
}

// badRequest is a body that cannot be read.
type badRequest struct{ error }

func (badRequest) HTTPStatus() int { return http.StatusBadRequest }

// read reads a small JSON body.
func read(r *http.Request, v any) error {
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return badRequest{err}
	}
	return nil
}

// answer makes a handler out of what is to be said, as JSON.
func answer(say func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out, err := say(r)
		status := http.StatusOK
		if err != nil {
			status = http.StatusBadGateway
			var known interface{ HTTPStatus() int }
			switch {
			case errors.Is(err, ErrUnknown):
				status = http.StatusNotFound
			case errors.As(err, &known):
				status = known.HTTPStatus()
			}
			out = map[string]string{"error": err.Error()}
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(out) // the browser is gone
	}
}
